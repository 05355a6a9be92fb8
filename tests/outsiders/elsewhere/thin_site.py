"""A pool behind one proxy vendor, on a site that logs ids, time, address, channel, tokens and half the templates."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from elsewhere.background import background
from elsewhere.ids import unit
from elsewhere.jobqueue import dispatch
from elsewhere.networks import CC, HOST
from elsewhere.people import furnish, people
from elsewhere.pools import Requests, ban_dead, deliver, pivot, some_subscribe, together, work
from elsewhere.products import app
from elsewhere.schedulers import scheduler
from elsewhere.thin_lookalikes import carrier_nat, gateway_product, office_nat, proxy_renters, universities, vpn_exits
from elsewhere.world import DAYS, SPAN, World


def _proxy_pool(w: World) -> np.ndarray:
    """One vendor's exits: home lines of many carriers and some rented racks."""
    rng = w.rng
    lines = np.concatenate(
        [
            w.nets.addr(rng.choice(w.nets.res[c], k))
            for c, k in (("US", 420), ("BR", 160), ("IN", 150), ("VN", 110), ("GB", 60), ("TR", 60), ("PL", 40))
        ]
    )
    racks = [w.nets.net(c, HOST, 2, plen=25) for c in ("US", "NL", "SG", "US")]
    return rng.permutation(np.concatenate([lines, w.nets.addr(rng.choice(racks, 260))]))


def _posts(w: World, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Lives of the accounts: a wave of bans on the tenth day takes a quarter, and others fill their posts in hours."""
    rng = w.rng
    hit = rng.random(n) < 0.26
    banned = 9.4 * DAY + rng.exponential(5000, n)
    dies = np.where(hit, banned, np.where(rng.random(n) < 0.05, rng.random(n) * SPAN, 2 * SPAN))
    born = np.where(rng.random(n) < 0.1, rng.random(n) * 3 * DAY, -1.0)
    dies = np.maximum(dies, born + 7200)
    late = dies[dies < SPAN] + rng.uniform(0.5, 9, int((dies < SPAN).sum())) * 3600
    late = late[late < SPAN - 7200]
    return np.r_[born, late], np.r_[dies, np.full(len(late), 2 * SPAN)]


def _harvest(w: World) -> Requests:
    """The lab's work, from 36 workers; a session is what binds a worker to an account for an hour."""
    tools = w.new("tool", 2)
    apps = [
        app(w, n, client="python-sdk", kind=kind, tool=tool)
        for n, kind, tool in ((2, "code_gen", int(tools[0])), (1, "agent", int(tools[1])), (2, "cot", False))
    ]
    model = pivot(w, 0.5, 1.0, 0)
    parts = [
        work(w, 284000, apps, p_apps=[0.45, 0.2, 0.35], camp=0, model=model, outage=0.01, day_sigma=0.06),
        work(w, 2600, apps[0], camp=0, many=700, hi=2),
    ]
    r = together(parts)
    worker = w.rng.integers(0, 36, len(r["t"]))
    r["s"] = np.floor((r["t"] + worker * 97) / 3600).astype(np.int64) * 36 + worker
    return r


def _campaign(w: World, pool: np.ndarray) -> None:
    rng = w.rng
    w.campaigns.append("lab_merlin")
    posts = 800
    born, dies = _posts(w, posts)
    n = len(born)
    batch = np.cumsum(rng.random(n) < 1 / 30)
    opened = (-DAY * rng.uniform(3, 50, batch.max() + 1))[batch] + rng.random(n) * 5400
    spare = born - rng.uniform(2, 60, n) * 3600
    created = np.where(np.arange(n) >= posts, spare, np.minimum(opened, born - 3600))
    p = people(w, n, cc=CC.index("US"), created=created, plan="payg")
    r = _harvest(w)
    limits = {"daily": rng.integers(28, 41, (n, DAYS)), "conc": 3, "refuse": 0.004, "cool": 5400}
    d = dispatch(rng, r["t"], r["s"], born=born, dies=dies, **limits)

    def ip(slot: np.ndarray, t: np.ndarray, s: np.ndarray) -> np.ndarray:
        """The exit lives as long as the worker's hour; one in eight sittings changes it midway."""
        k = unit(slot.astype(np.int64) * 10**7 + s * 2 + ((unit(s, 5) < 0.125) & (t % 3600 > 1800)), 97)
        return pool[(k * len(pool)).astype(int)]

    chan = some_subscribe(w, p, unit(p.id, 2) < 0.3, r, d)
    w.hostile = p.id
    deliver(w, p.id, r, d, ip=ip, build=w.clients.fixed("python-sdk", 20, 1), chan=chan)
    ban_dead(w, p, dies, "abuse")


def build(seed: int) -> World:
    """The world before its everyday bans."""
    w = World(
        "thin_site",
        seed,
        "2025-11-03",
        {
            "acct": ("num", ""),
            "org": ("num", ""),
            "req": ("hex", ""),
            "sess": ("num", ""),
            "tpl": ("short", "t"),
            "tool": ("short", "k"),
            "key": ("num", ""),
            "domain": ("short", "y"),
        },
        [("base-5", -220.0), ("base-6", -100.0), ("base-6-fast", -95.0), ("base-7", 7.5)],
    )
    furnish(w)
    w.thin = True
    background(w, 20600, 580000)
    pool = _proxy_pool(w)
    _campaign(w, pool)
    office_nat(w, 250)
    universities(w, 300)
    carrier_nat(w, 300)
    vpn_exits(w, 250)
    gateway_product(w, 240)
    scheduler(
        w,
        200,
        np.concatenate([w.nets.egress(14, w.nets.clouds[k], f"hosted-{k}") for k in (4, 6)]),
        tiers=(24, 24, 12, 48),
    )
    proxy_renters(w, 90, pool)
    return w
