"""Strangers who share exits, as the pool of a thin site does."""

from __future__ import annotations

import numpy as np

from elsewhere.background import heavy, zipf_pick
from elsewhere.networks import CC, EDU, MOB, lands
from elsewhere.people import exits_of, orgs, people
from elsewhere.products import app, scripts
from elsewhere.usage import each_request, each_sitting, use
from elsewhere.world import API, Each, World


def _at_place(
    w: World,
    decoy: str,
    place: np.ndarray,
    exits: list[np.ndarray],
    share: float,
    median: float,
    apps: Each,
    **how: Each,
) -> None:
    """People of one place: its exits for a share of their working hours, their homes and phones otherwise."""
    n = len(place)
    p = people(w, n, cc=place, decoy=decoy, plan="pro")
    p.works_at(exits, share)
    count = heavy(w.rng, n, median, 1.0, 2500, 0.05)
    use(w, p, count, apps, alt=w.chat_app, active=0.85, size=5, shift_sd=0.8, **how)


def office_nat(w: World, n: int) -> None:
    """Staff of six firms without an organisation id, each firm behind one or two addresses."""
    firm = np.sort(w.rng.integers(0, 6, n))
    where = lands("GB", "DE", "US", "IN", "US", "JP")
    nat = exits_of(w, w.nets.office(6, np.array(CC)[where]), 2)
    apps = zipf_pick(w.rng, w.pop["agent"][:4], 6)[firm]
    exits = [nat[i] for i in firm]
    _at_place(w, "office_nat", where[firm], exits, 0.95, 260, apps, p_alt=0.35, hours="office", weekend=0.06)


def universities(w: World, n: int) -> None:
    """Students of four campuses with their courses' templates."""
    campus = np.sort(w.rng.integers(0, 4, n))
    where = lands("US", "FR", "KR", "BR")
    halls = [w.nets.addr(np.full(8, k)) for k in w.nets.office(4, np.array(CC)[where], kind=EDU)]
    course = np.array([app(w, 3, client="web", kind="code_gen", tool=False) for _ in range(4)])[campus]
    exits = [halls[i] for i in campus]
    _at_place(w, "universities", where[campus], exits, 0.75, 170, course, p_alt=0.55, hours="student", weekend=0.5)


def carrier_nat(w: World, n: int) -> None:
    """Subscribers of one carrier: 24 addresses for all of them, at all hours of their day, chat and agents."""
    k = w.nets.net("ID", MOB, plen=24)
    w.nets.share(k, 24)
    p = people(w, n, cc=CC.index("ID"), decoy="carrier_nat", plan="pro", p_mob=1.0)
    p.mob = np.full(n, k)
    use(
        w,
        p,
        heavy(w.rng, n, 170, 1.0, 2200, 0.05),
        w.chat_app,
        alt=zipf_pick(w.rng, w.pop["agent"], n),
        p_alt=0.3,
        active=0.85,
        size=4,
        hours=w.rng.choice(["evening", "student"], n),
    )


def vpn_exits(w: World, n: int) -> None:
    """Strangers on twenty exits of one VPN: own scripts, human hours."""
    shared = w.nets.shared[w.nets.vpns[1]][:20]
    p = people(
        w,
        n,
        cc=w.rng.choice(lands("NL", "DE", "GB", "TR", "VN", "IN"), n),
        decoy="vpn_exits",
        plan="pro",
        age=(20, 900),
    )
    own = scripts(w, n, ["chat", "code_gen", "cot", "long"], templates=2)
    use(
        w,
        p,
        heavy(w.rng, n, 180, 1.0, 2500, 0.05),
        own,
        alt=zipf_pick(w.rng, w.pop["agent"], n),
        p_alt=0.4,
        chan=API,
        active=0.8,
        size=6,
        gap=60,
        ips=each_sitting(w, shared),
    )


def gateway_product(w: World, n: int) -> None:
    """Organisations behind a hosted gateway: its published exits and tool set, their own templates and hours."""
    rng = w.rng
    o = orgs(w, 120)
    org = o[np.sort(rng.integers(0, 120, n))]
    exits = w.nets.egress(6, w.nets.clouds[0], "gateway-x")
    p = people(w, n, org=org, decoy="gateway_product", plan="payg", age=(20, 700))
    tool = int(w.new("tool")[0])
    mine = {
        int(k): app(
            w,
            int(rng.integers(1, 4)),
            client="gateway-x",
            kind=str(rng.choice(["bot", "extract", "chat", "code_gen", "cot"])),
            tool=tool,
        )
        for k in o
    }
    use(
        w,
        p,
        heavy(rng, n, 230, 0.7, 2500, 0.03),
        np.array([mine[int(k)] for k in org]),
        chan=API,
        ips=each_request(w, exits),
        hours=rng.choice(["service", "office"], n),
        weekend=0.55,
        active=1,
        day_sigma=0.2,
        size=2,
        gap=20,
    )


def proxy_renters(w: World, n: int, pool: np.ndarray) -> None:
    """Market researchers and shops who rent the very same proxies for their own small programs; accounts of years."""
    rng = w.rng
    p = people(w, n, decoy="proxy_renters", plan="payg", age=(90, 1000))
    kinds, clients = ["extract", "translate", "classify", "write", "long"], ("python-sdk", "node-sdk")
    own = scripts(w, n, kinds, templates=(1, 5), clients=clients, tools=0.4)
    use(
        w,
        p,
        heavy(rng, n, 230, 1.1, 4000, 0.04),
        own,
        chan=API,
        ips=each_sitting(w, pool),
        hours=rng.choice(["office", "nightly", "service"], n),
        weekend=0.5,
        active=0.8,
        size=10,
        gap=5,
        day_sigma=0.7,
    )
    use(w, p, heavy(rng, n, 25, 1.1, 400, 0.2), w.chat_app, active=0.5, size=4)
