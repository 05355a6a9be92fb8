"""Strangers who share the work, the quota or the moving addresses of a careful queue, and no operator."""

from __future__ import annotations

import numpy as np

from elsewhere.background import HANDS, heavy, zipf_pick
from elsewhere.networks import lands
from elsewhere.people import people
from elsewhere.products import app, scripts
from elsewhere.shapes import Beats
from elsewhere.usage import newest, use
from elsewhere.world import API, CONSOLE, World


def extension(w: World, n: int) -> None:
    """Users of a browser extension: two templates, own homes, human hours, builds that follow releases."""
    p = people(w, n, decoy="browser_extension", plan="payg", p_vpn=0.12)
    a = w.pop["assist"][5]
    use(
        w,
        p,
        heavy(w.rng, n, 180, 0.9, 2200, 0.04),
        a,
        chan=API,
        active=0.85,
        size=2.0,
        gap=200,
        weekend=0.9,
        shift_sd=1.8,
    )
    use(w, p, heavy(w.rng, n, 8, 1.2, 200, 0.5), w.raw_app, chan=API, size=3)


def oss_agent(w: World, n: int) -> None:
    """Users of an open-source agent: same template and tools, long runs with follow-ups, own pace."""
    p = people(w, n, decoy="oss_agent", plan="payg", p_vpn=0.06)
    use(
        w,
        p,
        heavy(w.rng, n, 200, 1.1, 3500, 0.04),
        w.pop["agent"][4],
        chan=API,
        active=w.rng.beta(2, 1.4, n),
        size=12,
        gap=22,
        hours=w.rng.choice(HANDS, n),
        weekend=0.7,
    )
    use(w, p, heavy(w.rng, n, 20, 1.2, 500, 0.3), zipf_pick(w.rng, w.pop["flow"], n), chan=API, size=4)


def annotators(w: World, n: int) -> None:
    """A labelling firm's home workers: 30 to 45 tasks a working day, twelve templates, one client, a home each."""
    rng = w.rng
    p = people(
        w,
        n,
        cc=rng.choice(lands("PH", "KE", "IN", "MX"), n),
        decoy="annotators",
        plan="payg",
        age=(20, 420),
        p_mob=0.03,
        p_vpn=0,
        p_relay=0,
    )
    p.lease, days = 60, rng.integers(8, 11, n)
    a = [app(w, 4, client="annot-desk", kind=k, tool=False) for k in ("code_gen", "cot", "write")]
    counts = [np.round(days * rng.uniform(30, 45, n) * s).astype(int) for s in (0.4, 0.35, 0.25)]
    for x, c in zip(a, counts, strict=True):
        use(
            w,
            p,
            c,
            x,
            chan=API,
            hours="office",
            weekend=0.04,
            active=1,
            day_sigma=0.12,
            size=1.25,
            gap=140,
            shift_sd=1.0,
        )
    use(w, p, heavy(rng, n, 12, 1.2, 300, 0.4), w.chat_app, chan=CONSOLE, hours="evening")


def volunteers(w: World, n: int) -> None:
    """A data-set community: one published script, single turns, evenings and weekends, very unequal zeal."""
    rng = w.rng
    p = people(w, n, decoy="dataset_volunteers", plan="payg", age=(30, 900))
    script = app(w, 12, client="python-sdk", kind="cot", tool=False)
    joined = np.clip(rng.gamma(1.5, 2.5, n), 0, 11)
    use(
        w,
        p,
        heavy(rng, n, 230, 1.15, 4500, 0.03),
        script,
        chan=API,
        hours="evening",
        weekend=1.7,
        active=0.75,
        size=9,
        gap=25,
        lo=joined,
    )
    own = scripts(w, n, ["chat", "extract", "long", "eval"], templates=2, tools=False)
    use(w, p, heavy(rng, n, 45, 1.2, 1500, 0.1), own, alt=w.raw_app, chan=API, size=6, gap=40, active=0.5)


def mobile_only(w: World, n: int) -> None:
    """People with a phone only: their carrier gives a new address to each connection, and sometimes within one."""
    rng = w.rng
    place = rng.choice(lands("IN", "ID", "NG", "PH", "BR", "KE"), n)
    p = people(w, n, cc=place, decoy="mobile_only", plan=rng.choice(["pro", "free"], n, p=[0.6, 0.4]))

    def ips(beats: Beats) -> np.ndarray:
        turn = rng.random(len(beats.pos)) < 0.3
        conn = np.cumsum(turn | np.r_[True, np.diff(beats.sitting) > 0]) - 1
        return w.nets.addr(p.mob[beats.pos[np.unique(conn, return_index=True)[1]]])[conn]

    use(
        w,
        p,
        heavy(rng, n, 170, 1.0, 2200, 0.04),
        w.chat_app,
        active=0.85,
        size=4,
        ips=ips,
        builds=newest(w, p, "android-app"),
        hours=rng.choice(["evening", "student"], n),
    )


def vpn_enthusiasts(w: World, n: int) -> None:
    """A new VPN exit and country at each sitting; own scripts, human hours, accounts of years."""
    rng = w.rng
    p = people(
        w,
        n,
        decoy="vpn_enthusiasts",
        plan="payg",
        age=(60, 1000),
        domain=rng.choice(np.array(["proton.me", "gmail.com", "tuta.com"], object), n),
    )

    def ips(beats: Beats) -> np.ndarray:
        return w.nets.exits(rng.choice(w.nets.vpns, len(beats.whose)), 0.2)[beats.sitting]

    clients = ("python-sdk", "node-sdk", "curl")
    own = scripts(w, n, ["chat", "code_gen", "long", "cot"], templates=(1, 4), clients=clients)
    use(
        w,
        p,
        heavy(rng, n, 190, 1.0, 2500, 0.04),
        own,
        alt=zipf_pick(rng, w.pop["agent"], n),
        p_alt=0.3,
        chan=API,
        ips=ips,
        active=0.75,
        size=6,
        gap=60,
        hours=rng.choice(["evening", "student"], n),
    )
