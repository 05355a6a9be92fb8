"""Honest queues and gateways of a city without an attack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elsewhere.background import heavy
from elsewhere.ids import unit
from elsewhere.jobqueue import Served
from elsewhere.networks import CC, EDU, lands
from elsewhere.people import orgs, people
from elsewhere.pools import OWN_SESSION, deliver, rota, together, utc_hours, work
from elsewhere.products import app, some_app
from elsewhere.usage import use
from elsewhere.world import API, BATCH, CONSOLE, SUB, World

_KINDS = ("extract", "classify", "write", "translate", "long", "bot", "cot", "code_gen")


def batch_vendor(w: World, n: int) -> None:
    """A batch vendor spreads customers' diverse jobs least-recently-used over all keys they lent it."""
    rng = w.rng
    o = orgs(w, 55)
    org = o[np.sort(rng.integers(0, 55, n))]
    p = people(w, n, org=org, decoy="batch_vendor", plan="payg", age=(40, 800))
    exits = w.nets.egress(8, w.nets.clouds[1], "batchworks")
    parts = [
        work(
            w,
            int(k),
            some_app(w, "batch-kit", _KINDS, 0.3),
            hours=utc_hours("office", 0, 0.4),
            size=12,
            gap=8,
            weekend=0.5,
            day_sigma=0.9,
        )
        for k in np.clip(rng.lognormal(6.2, 1.0, 70), 40, 5000)
    ]
    r = together(parts)
    d = rota(w, r, n, daily=60, rest=rng.uniform(60, 200, len(r["t"])))
    deliver(
        w,
        p.id,
        r,
        d,
        ip=lambda slot, t, s: exits[(s % 8).astype(int)],
        build=w.clients.fixed("batch-kit", 12, 0),
        chan=BATCH,
    )
    use(
        w,
        p,
        heavy(rng, n, 25, 1.2, 600, 0.25),
        w.chat_app,
        chan=CONSOLE,
        hours="office",
        weekend=0.1,
        active=0.6,
        size=4,
    )


def consent_gateway(w: World, n: int) -> None:
    """A gateway of mutual aid: a refused request goes on another customer's key in seconds, by contract."""
    rng = w.rng
    o = orgs(w, 110)
    org = o[np.arange(n) % 110]
    p = people(w, n, org=org, decoy="consent_gateway", plan="payg", age=(20, 600))
    exits = w.nets.egress(5, w.nets.clouds[4], "mutual-gw")
    mine = [some_app(w, "gateway-x", _KINDS, 0.5) for _ in range(110)]
    parts = [
        work(
            w,
            int(k),
            mine[i % 110],
            hours=utc_hours(str(rng.choice(["service", "office"])), float(p.tz[i])),
            size=3,
            gap=15,
            weekend=0.5,
            day_sigma=0.4,
            owner=i,
        )
        for i, k in enumerate(np.clip(rng.lognormal(5.3, 0.9, n), 20, 3000))
    ]
    r = together(parts)
    slot, t = r["owner"].copy(), r["t"].copy()
    refused = np.flatnonzero(rng.random(len(t)) < 0.045)
    other = rng.integers(0, n, len(refused))
    d = Served(slot, t, slot[refused], t[refused], refused, np.full(len(refused), 429))
    slot[refused], t[refused] = other, t[refused] + rng.gamma(2, 2, len(refused))
    deliver(
        w,
        p.id,
        r,
        d,
        ip=lambda s, t, x: exits[(unit(s * 1000 + (t // 7200).astype(int), 4) * 5).astype(int)],
        build=w.clients.fixed("gateway-x", 6, 0),
        chan=API,
    )
    use(w, p, heavy(rng, n, 12, 1.2, 300, 0.4), w.chat_app, chan=CONSOLE, hours="office", weekend=0.1, active=0.5)


def oncall(w: World, n: int) -> None:
    """Teams that follow the sun: a session opened in Dublin goes on in Seattle and Sydney, on the next account."""
    rng = w.rng
    o = orgs(w, 4, cc=lands("US", "US", "DE", "JP"))
    org = o[np.arange(n) % 4]
    site = rng.integers(0, 3, n)
    where = lands("GB", "US", "AU")[site]
    offices = [[w.nets.addr(np.full(2, k)) for k in w.nets.office(3, np.array(["GB", "US", "AU"]))] for _ in range(4)]
    p = people(w, n, org=org, decoy="oncall_team", plan="team", age=(30, 700))
    team = np.arange(n) % 4
    desk = np.array([offices[t][s][0] for t, s in zip(team, site, strict=True)])
    parts = [
        work(
            w,
            9500,
            [app(w, 3, client="cli-coder", kind="agent"), w.pop["agent"][0]],
            p_apps=[0.7, 0.3],
            size=40,
            gap=500,
            session=OWN_SESSION,
            day_sigma=0.5,
            weekend=0.8,
            owner=i,
        )
        for i in range(4)
    ]
    r = together(parts)
    shift = (r["t"] / 3600 % 24 // 8).astype(int)  # 0-8 Sydney, 8-16 Dublin, 16-24 Seattle
    want = np.array([2, 0, 1])[shift]
    slot = np.zeros(len(shift), int)
    groups = {(t, s): np.flatnonzero((team == t) & (site == s)) for t in range(4) for s in range(3)}
    key = (r["t"] // (8 * 3600)).astype(int) * 7 + (r["s"] % 5)
    for (t, s), g in groups.items():
        m = (r["owner"] == t) & (want == s)
        slot[m] = g[(unit(key[m], 60 + t) * len(g)).astype(int)]
    d = Served(slot, r["t"])
    build = np.array([w.clients.fixed("cli-coder", 3, v) for v in range(8)])
    deliver(w, p.id, r, d, ip=lambda s, t, x: desk[s], build=lambda s, t: build[p.id[s] % 8], chan=SUB)
    q = replace(
        p,
        tz=np.array([0, -6, 10])[site],
        exits=[offices[t][s] for t, s in zip(team, site, strict=True)],
        home=w.nets.home_net(where),
        p_mob=np.full(n, 0.05),
    )
    use(w, q, heavy(rng, n, 50, 0.9, 500, 0.1), w.chat_app, hours="office", weekend=0.15, active=0.8)


def lab_queue(w: World, n: int) -> None:
    """A university laboratory's job queue over its members' personal accounts, from the cluster's own exits."""
    rng = w.rng
    k = w.nets.net("CA", EDU, plen=22)
    w.nets.declared.append((w.nets.blocks[k][0], "education", "ops-team"))
    exits = w.nets.addr(np.full(3, k))
    p = people(
        w,
        n,
        cc=CC.index("CA"),
        decoy="lab_queue",
        plan="payg",
        age=(20, 700),
        domain=np.where(rng.random(n) < 0.8, "lab.nwu-u.ca", "gmail.com"),
    )
    p.works_at([exits] * n, 0.7)
    parts = [
        work(
            w,
            int(c),
            some_app(w, "lab-runner", ["eval", "cot", "code_gen", "classify"], 0.3, 5),
            size=80,
            gap=9,
            day_sigma=1.3,
            lo=lo,
            hi=lo + 7,
        )
        for c, lo in zip(np.clip(rng.lognormal(7.2, 0.8, 16), 300, 6000), rng.integers(0, 8, 16), strict=True)
    ]
    r = together(parts)
    d = rota(w, r, n, daily=55, conc=2, refuse=0.004, cool=3000)
    deliver(
        w,
        p.id,
        r,
        d,
        ip=lambda s, t, x: exits[(x % 3).astype(int)],
        build=w.clients.fixed("lab-runner", 40, 0),
        chan=API,
    )
    use(w, p, heavy(rng, n, 60, 1.1, 800, 0.1), w.chat_app, chan=CONSOLE, hours="student", active=0.7, size=4)
