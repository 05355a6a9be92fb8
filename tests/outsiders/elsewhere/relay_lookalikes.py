"""Honest people and firms that look like a relay over subscriptions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from afield.world import DAY

from elsewhere.background import heavy, zipf_pick
from elsewhere.ids import unit
from elsewhere.networks import CC, SHARE, lands
from elsewhere.people import exits_of, one_org, orgs, paid_by, people
from elsewhere.products import app
from elsewhere.shapes import ROUND_THE_CLOCK
from elsewhere.usage import use
from elsewhere.world import World


def households(w: World, n: int) -> None:
    """Families (an account each, one card and home) and flat-shares (one account, several homes and phones)."""
    rng = w.rng
    fam = np.repeat(np.arange(n), rng.integers(2, 5, n))[:n]
    place = rng.choice(len(CC), n, p=SHARE)[fam]
    net = w.nets.home_net(place)
    _, lead = np.unique(fam, return_index=True)
    lead = lead[fam]
    cards = w.new("card", n)
    p = people(w, n, cc=place, decoy="households", plan="pro", card=cards[lead], home=net[lead], p_mob=0.3)
    p.household = p.id[lead].astype(np.int64)
    p.tz = p.tz[lead]
    use(
        w,
        p,
        heavy(rng, n, 110, 0.9, 1500, 0.03),
        w.chat_app,
        alt=zipf_pick(rng, w.pop["assist"], n),
        active=0.8,
        size=5,
        day_sigma=0.6,
    )
    warned = rng.choice(p.id, 6, replace=False)  # the everyday rule against lending catches a few
    w.ban(warned, rng.uniform(5, 13, 6) * DAY, "suspend", "account_sharing")
    flat = unit(p.id, 19) < 0.35  # also lent to friends in other homes
    for j in range(3):
        q = replace(p, household=p.household + 10**8 * (j + 1), home=w.nets.home_net(p.cc))
        use(
            w,
            q,
            np.where(flat, heavy(rng, n, 90, 0.9, 900, 0.1), 0),
            w.chat_app,
            alt=zipf_pick(rng, w.pop["agent"], n),
            p_alt=0.25,
            active=0.6,
            size=6,
            hours=str(rng.choice(["evening", "student"])),
        )


def it_firm(w: World, n: int) -> None:
    """Staff on subscriptions of their own, paid by 20 firm cards, behind the firm's VPN gateway; one imaged client."""
    rng = w.rng
    o = one_org(w, "PL")
    exits = w.nets.addr(np.full(4, w.org["net"][o]))
    domain, batch = w.org["domain"][o], rng.integers(0, 6, n)
    cards = w.new("card", 20)
    p = people(
        w,
        n,
        cc=CC.index("PL"),
        decoy="it_firm_vpn",
        plan=rng.choice(["pro", "max"], n),
        created=-DAY * (30 + batch * 70 + rng.random(n) * 2),
        card=rng.choice(cards, n),
        issuer=w.org["issuer"][o],
        domain=np.where(rng.random(n) < 0.85, domain, "gmail.com"),
        signup=rng.choice(exits, n),
        p_mob=0.04,
        p_vpn=0,
        p_relay=0,
    )
    p.works_at([exits] * n, 0.93)
    use(
        w,
        p,
        heavy(rng, n, 330, 0.8, 2200, 0.05),
        w.pop["agent"][0],
        alt=w.chat_app,
        p_alt=0.25,
        hours="office",
        weekend=0.05,
        active=0.9,
        size=8,
        gap=45,
        lag=12.0,
        day_sigma=0.5,
        shift_sd=0.7,
    )


def device_farm(w: World, n: int) -> None:
    """A QA company's phones: accounts made in series, one card, scripts round the clock, exits in ten countries."""
    rng = w.rng
    o = one_org(w, "IN")
    farm = np.concatenate(
        [
            w.nets.addr(np.full(2, w.nets.res[c][1]))
            for c in ("US", "GB", "DE", "IN", "BR", "JP", "FR", "AU", "KR", "MX")
        ]
    )
    day = rng.integers(0, 9, n) * 11
    p = people(
        w,
        n,
        cc=CC.index("IN"),
        decoy="qa_device_farm",
        plan=rng.choice(["pro", "free"], n, p=[0.7, 0.3]),
        created=-DAY * (20 + day) + rng.random(n) * 3600 * 2,
        **paid_by(w, o, n),
        domain=w.org["domain"][o],
        signup=w.org["exits"][o][0],
        phone=np.full(n, "+9180", object),
    )
    probe = app(w, 12, client="android-app", kind="ping", tool=False)
    builds = np.array([w.clients.fixed("android-app", a, 0) for a in (1, 9, 17, 30)])
    use(
        w,
        p,
        np.round(rng.normal(330, 12, n)).astype(int),
        probe,
        day_sigma=0.04,
        size=11,
        gap=6,
        snap=0.8,
        sess=0.96,
        ips=lambda beats: farm[(beats.pos * 7 + (beats.t // 21600).astype(int)) % len(farm)],
        builds=builds[p.id % 4],
        fixed=1.0,
        **ROUND_THE_CLOCK,
    )


def relay_users(w: World, n: int) -> None:
    """Members of a private relay: a new exit at each sitting; own cards, human hours."""
    p = people(
        w,
        n,
        cc=w.rng.choice(lands("US", "GB", "DE", "JP", "CA"), n),
        decoy="private_relay",
        plan=w.rng.choice(["pro", "max"], n),
        domain="icloud.com",
        p_mob=0.0,
        p_vpn=0,
        p_relay=0.97,
    )
    use(
        w,
        p,
        heavy(w.rng, n, 150, 1.0, 2000, 0.04),
        w.chat_app,
        alt=zipf_pick(w.rng, w.pop["agent"], n),
        p_alt=0.15,
        active=0.8,
        size=4.5,
    )


def desktop_agent(w: World, n: int) -> None:
    """A popular self-updating agent: one template and tool set, a job each hour while the computer is on."""
    rng = w.rng
    p = people(w, n, decoy="desktop_agent", plan=rng.choice(["pro", "max"], n), p_mob=0.0, p_vpn=0.02, p_relay=0.01)
    a = w.pop["assist"][0]
    w.app["ntpl"][a] = 1
    use(
        w,
        p,
        np.round(rng.normal(300, 45, n)).astype(int),
        a,
        hours=rng.choice(["flat", "service"], n),
        shift_sd=0,
        day_sigma=0.1,
        active=0.98,
        weekend=1,
        size=1.6,
        gap=12,
        snap=0.95,
        lag=1.0,
    )
    use(w, p, heavy(rng, n, 60, 1.0, 900, 0.1), w.chat_app, active=0.6, size=4)


def bootcamp(w: World, n: int) -> None:
    """Courses: seats opened in one morning with vouchers, one template, lesson hours at the school, and home."""
    rng = w.rng
    o = orgs(w, 3, cc=lands("BR", "ES", "US"))
    mine = rng.integers(0, 3, n)
    start = np.array([-40, -19, -5])[mine] * DAY + 9 * 3600 + rng.random(n) * 2400
    place = np.array([w.org["cc"][o[i]] for i in mine])
    p = people(
        w,
        n,
        cc=place,
        decoy="bootcamp",
        plan="pro",
        created=start,
        card=w.new("card", n),
        issuer=w.prepaid[mine],
        signup=np.array([w.org["exits"][o[i]][0] for i in mine]),
        p_mob=0.1,
    )
    p.works_at([w.org["exits"][o[i]] for i in mine], 0.85)
    course = np.array([app(w, 4, client="cli-coder", kind="agent") for _ in range(3)])[mine]
    use(
        w,
        p,
        heavy(rng, n, 210, 0.6, 900, 0.05),
        course,
        alt=w.chat_app,
        p_alt=0.3,
        hours="lessons",
        weekend=0.2,
        active=0.85,
        shift_sd=0.3,
        size=7,
        gap=50,
        lag=8.0,
    )


def seat_reseller(w: World, n: int) -> None:
    """An IT shop opens seats for small firms on its six cards, in batches; each firm works in its own office."""
    rng = w.rng
    firm = np.sort(rng.integers(0, 45, n))
    shop = one_org(w, "DE")
    offices = exits_of(w, w.nets.office(45, np.array(["DE"] * 45)), 2)
    names = [f"{x}.de" for x in w.show("domain", w.new("domain", 45))]
    joined = -DAY * rng.uniform(10, 400, 45)
    p = people(
        w,
        n,
        cc=CC.index("DE"),
        decoy="seat_reseller",
        plan="pro",
        created=joined[firm] + rng.random(n) * 1800,
        card=w.new("card", 6)[firm % 6],
        issuer=w.org["issuer"][shop],
        domain=np.array(names, object)[firm],
        signup=w.org["exits"][shop][0],
        p_mob=0.12,
    )
    p.works_at([offices[i] for i in firm], 0.8)
    use(
        w,
        p,
        heavy(rng, n, 150, 1.0, 1500, 0.08),
        w.chat_app,
        alt=zipf_pick(rng, w.pop["agent"], n),
        p_alt=0.3,
        hours="office",
        weekend=0.1,
        active=0.8,
        size=4,
    )
