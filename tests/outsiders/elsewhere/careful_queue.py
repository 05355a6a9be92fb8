"""One queue with quotas behind 500 accounts that share nothing but their work and its rhythm."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from afield.world import DAY

from elsewhere.background import background
from elsewhere.careful_lookalikes import annotators, extension, mobile_only, oss_agent, volunteers, vpn_enthusiasts
from elsewhere.ids import unit
from elsewhere.jobqueue import dispatch
from elsewhere.networks import CC, lands
from elsewhere.people import Crew, furnish, people
from elsewhere.pools import Requests, ban_dead, chains, deliver, pivot, some_subscribe, together, work
from elsewhere.products import app
from elsewhere.schedulers import scheduler
from elsewhere.world import DAYS, World

HOMES = {
    **{"US": 0.3, "GB": 0.1, "DE": 0.1, "CA": 0.08, "FR": 0.08, "ES": 0.07},
    **{"IT": 0.06, "NL": 0.05, "PL": 0.05, "MX": 0.04, "BR": 0.04, "AU": 0.03},
}
TURNS = 1.16
Exits = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def _posts(w: World, n: int, born: np.ndarray) -> Crew:
    """Accounts opened one by one over months, each with a card and a home sign-up of its own."""
    rng = w.rng
    place = rng.choice(lands(*HOMES), n, p=list(HOMES.values()))
    created = np.minimum(-DAY * rng.uniform(4, 150, n), born - rng.uniform(2, 20, n) * DAY) + rng.uniform(0, DAY, n)
    virtual = w.new("issuer", 8)
    bank = np.array([int(rng.choice(w.bank[CC[c]])) for c in place])
    mail = np.array(["gmail.com", "outlook.com", "yahoo.com", "proton.me"], object)
    return people(
        w,
        n,
        cc=place,
        created=created,
        plan="payg",
        issuer=np.where(rng.random(n) < 0.55, rng.choice(virtual, n), bank),
        domain=rng.choice(mail, n, p=[0.6, 0.25, 0.1, 0.05]),
        signup=w.nets.addr(w.nets.home_net(place)),
    )


def _harvest(w: World) -> list[Requests]:
    """Four families of templates, each with variants that are renewed half-way, and small talk as cover."""
    total, parts = 275000, []
    two, three = (w.new("tool", k).tolist() for k in (2, 3))
    families = (("code_gen", 0.36, two), ("cot", 0.3, [False]), ("agent", 0.2, three), ("write", 0.09, [False]))
    model, sett = pivot(w, 0.45, 2.5, 0), w.new("sett", 5)
    rhythm = {"size": TURNS, "gap": 75, "outage": 0.02, "day_sigma": 0.06}
    for (kind, weight, tools), s in zip(families, sett[:4].tolist(), strict=True):
        for lo, hi in ((0, 7), (6, DAYS)):
            apps = [app(w, 9, client="python-sdk", kind=kind, tool=x, sett=s) for x in tools]
            parts.append(work(w, int(total * weight / 2), apps, camp=0, model=model, lo=lo, hi=hi, **rhythm))
    return [*parts, work(w, int(total * 0.05), w.raw_app, camp=0, size=1.5, gap=60)]


def _exits(w: World, p: Crew) -> Exits:
    """A residential vendor's homes, four of five in the account's country; new per request or per session."""
    pool = {
        c: w.nets.addr(w.nets.home_net(np.full(int(90000 * (0.3 if c == "US" else 0.045)), CC.index(c)))) for c in CC
    }
    lived = np.array(list(w.homes.values()))
    per_request = unit(p.id, 7) < 0.5

    def ip(slot: np.ndarray, _: np.ndarray, s: np.ndarray) -> np.ndarray:
        salt = np.where(per_request[slot], np.arange(len(s)) + 10**9, s)
        u, v = unit(salt, 91), unit(salt, 92)
        c = np.where(v < 0.8, p.cc[slot], (v * 1e6).astype(int) % len(CC))
        out = np.zeros(len(s), int)
        for k in np.unique(c):
            x = c == k
            out[x] = pool[CC[k]][(u[x] * len(pool[CC[k]])).astype(int)]
        real = unit(salt, 94) < 0.03  # an exit is somebody's home, and some of these people are customers too
        out[real] = lived[(u[real] * len(lived)).astype(int)]
        cell = unit(salt, 93) < 0.1
        out[cell] = w.nets.exits(w.nets.mobile_of[c[cell], 0], 0.2)
        return out

    return ip


def _operator(w: World) -> None:
    rng = w.rng
    w.campaigns.append("lab_osprey")
    born, dies, _ = chains(rng, 500, 0.0028, stock=(20, 90))
    n = len(born)
    p = _posts(w, n, born)
    subscribed = unit(p.id, 3) < 0.12
    w.acc[-1]["plan"][subscribed] = "pro"
    r = together(_harvest(w))
    lead = np.flatnonzero(r["turn"] == 0)
    d = dispatch(
        rng,
        r["t"][lead],
        np.full(len(lead), -1),
        born=born,
        dies=dies,
        daily=np.round(rng.integers(30, 46, (n, DAYS)) / TURNS),
        rest=rng.lognormal(np.log(1000), 1.0, len(lead)),
        choice=5,
        wake=(7 + rng.normal(0, 1.2, n) - p.tz) % 24,
        awake=np.where(unit(p.id, 5) < 0.55, rng.uniform(15, 17.5, n), 24.1),
        refuse=0.002,
    )
    # Follow-ups stay with the account of their first turn.
    who = dict(zip(r["s"][lead].tolist(), d.slot.tolist(), strict=True))
    d.slot, d.t, d.bad_i = np.array([who.get(s, -1) for s in r["s"].tolist()]), r["t"], lead[d.bad_i]
    rotated = (("python-sdk", 1), ("node-sdk", 1), ("go-http", 0))
    fresh = np.array([[w.clients.fixed(name, age, v) for name, v in rotated] for age in (12, -4)])

    def build(slot: np.ndarray, t: np.ndarray) -> np.ndarray:
        half_day = (t // 43200).astype(int)
        return fresh[(t > 6.4 * DAY).astype(int), (unit(p.id[slot] * 31 + half_day, 95) * 3).astype(int)]

    ip = _exits(w, p)
    chan = some_subscribe(w, p, subscribed, r, d)
    w.hostile = p.id
    deliver(w, p.id, r, d, ip=ip, build=build, chan=chan)
    ban_dead(w, p, dies, "fraud")


def build(seed: int) -> World:
    """The world before its everyday bans."""
    # Not `careful_queue`: the name seeds the draws, and it was written under this one.
    w = World(
        "careful",
        seed,
        "2026-05-11",
        {
            "acct": ("uuid", ""),
            "org": ("uuid", ""),
            "req": ("uuid", ""),
            "sess": ("hex", "s_"),
            "tpl": ("hex", ""),
            "tool": ("hex", ""),
            "card": ("num", ""),
            "issuer": ("short", ""),
            "key": ("hex", "key-"),
            "sett": ("short", ""),
            "domain": ("short", "x"),
        },
        [("m-large-1", -280.0), ("m-large-2", -60.0), ("m-small-2", -55.0), ("m-large-3", 5.6)],
    )
    furnish(w)
    background(w, 20700, 560000)
    _operator(w)
    exits = np.concatenate([w.nets.egress(20, w.nets.clouds[k], f"scheduler-{k}") for k in (1, 2, 5)])
    scheduler(w, 240, exits)
    for make, n in (
        (extension, 320),
        (oss_agent, 350),
        (annotators, 160),
        (volunteers, 170),
        (mobile_only, 350),
        (vpn_enthusiasts, 200),
    ):
        make(w, n)
    return w
