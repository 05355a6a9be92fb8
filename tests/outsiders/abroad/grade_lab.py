"""probe_and_grade, the attacker: `glass_scale`, a few probers find prompt shapes, then 500 accounts scale three."""

from __future__ import annotations

import numpy as np
from yonder.world import API, BATCH, DAY

from abroad import lab
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import Pool, around, arrivals, balance, daily_limits, serve
from abroad.nets import Exits
from abroad.people import domains, people
from abroad.rhythm import OFFICE, swing
from abroad.works import CAP, caps
from abroad.world import DAYS, HOUR, Pop, World

PROBERS, SCALERS = 40, 478
GO_ON = 22  # probers that scale too
SHAPES = 170


def _buy(w: World, p: Pop, exits: Exits) -> None:
    """Lots before the window, and more while the probers work."""
    r = w.rng
    lots = np.sort(np.r_[w.start - r.random(14) * 55 * DAY, w.at(1.6) + r.random(5) * 2.6 * DAY])
    lab.buy(
        w,
        p,
        exits,
        lots,
        lot=26,
        per_card=13,
        mail=list(domains(w, 4)),
        mail_share=0.4,
        issuers=["Cardhop", "Nimbus Prepaid", "IN-issuer-02"],
        lot_hours=3,
    )
    aged = w.start - 2 * DAY - 20 * DAY * r.random(PROBERS)
    p.put(slice(0, PROBERS), created=np.minimum(p.created[:PROBERS], aged))
    p.put(plan="payg")
    lab.ban(w, p, PROBERS + r.choice(SCALERS, 30, replace=False), w.at(6.5) + r.random(30) * 7 * DAY)


def _probe(w: World, p: Pop, exits: Exits, shapes: np.ndarray, kept: np.ndarray, version: int) -> None:
    """About 12,000 varied prompts, tried by hand-written scripts in bouts; the shapes that are kept come up more."""
    r, per_day = w.rng, np.zeros(DAYS)
    per_day[:5] = [1700, 2600, 2900, 3000, 1900]
    q = balance(w, arrivals(w, per_day, np.roll(OFFICE, -8) + 40, 0.6), PROBERS, 140, 420.0, 0.02)
    gid = p.gid[q.acc]
    fade = np.clip((q.t - w.at(2.2)) / (2.5 * DAY), 0, 0.45)
    rank = np.minimum((SHAPES * r.random(len(q.t)) ** 1.5).astype(int), SHAPES - 1)
    today = (rank + 17 * ((q.t - w.start) // DAY).astype(int)) % SHAPES
    style = np.where(r.random(len(q.t)) < fade, kept[pick(mix(q.job, 2), 3)], shapes[today])
    net, addr = lab.through(w, exits, gid, q.t, 2700)
    w.emit(
        gid,
        q.t,
        style,
        C["python-sdk"],
        API,
        status=q.status,
        camp=0,
        net=net,
        addr=addr,
        ver=version,
        hdr=6,
        model=np.where(u01(mix(q.job, 3)) < 0.6, 3, 1),
    )


def _scale(w: World, p: Pop, exits: Exits, kept: np.ndarray, version: int) -> None:
    """Three shapes at volume, pairs partly as batches, a seventh of the accounts from two clouds."""
    r, start = w.rng, np.full(p.n, w.end + DAY)
    start[:GO_ON] = w.at(5.1) + r.random(GO_ON) * DAY
    start[PROBERS:] = np.maximum(w.at(4.3) + 1.4 * DAY * np.sort(r.random(SCALERS)), p.created[PROBERS:] + 5 * HOUR)
    on, off = lab.window_of(w, p, start)
    per_day = np.zeros(DAYS)
    per_day[4:] = np.r_[3500, 15500, np.full(8, 21500.0)] * r.uniform(0.93, 1.07, 10)
    jobs = arrivals(w, per_day, swing(0.22, 3), 0.45)
    limit = daily_limits(w, p.n, 56, 0.3, 22, 110)
    pool = Pool(w, on, off, limit, around(w, p.n, 1100, 0.5))
    q = serve(pool, jobs, np.ones(len(jobs), int), fail=0.007, sticky=0.25)
    gid = p.gid[q.acc]
    kind = np.searchsorted([0.52, 0.84], u01(mix(q.job, 5)))
    net, addr = lab.through(w, exits, gid, q.t, 4000)
    rented = pick(mix(gid, 7), 20) < 3
    cloud = np.array(w.nets.hosts)[[2, 8]][pick(mix(gid, 8), 2)]
    batch = (kind == 1) & (pick(mix(gid, 10), 10) < 6)
    updated = q.t > w.at(9.3) + 2 * HOUR * u01(mix(gid, 4))
    w.emit(
        gid,
        q.t,
        kept[kind],
        C["python-sdk"],
        np.where(batch, BATCH, API),
        status=q.status,
        camp=0,
        net=np.where(rented, cloud, net),
        addr=np.where(rented, pick(mix(gid, q.t // (4 * DAY), 9), 60000), addr),
        ver=np.where(updated, w.clients.latest("python-sdk", w.at(8)), version),
        hdr=6 + 3 * (pick(mix(gid, 12), 5) == 0),
        model=np.where(kind == 2, 3, np.where(u01(mix(q.job, 6)) < 0.7, 3, 2)),
    )


def glass_scale(w: World) -> None:
    """40 accounts try 170 shapes until day 4; then 500 run a grade (long in, a number out), a pair, a critique."""
    r = w.rng
    p = people(w, PROBERS + SCALERS, campaign="glass_scale")
    exits = w.nets.exits(2600, 0.25, [0, 1, 4, 11, 14, 2], 4)
    _buy(w, p, exits)
    tried = caps("grading", "reasoning", "coding", "extraction", "math", "writing")
    shapes = w.works.own(SHAPES, cap=r.choice(tried, SHAPES, p=[0.35, 0.2, 0.15, 0.1, 0.1, 0.1]))
    kept = w.style(
        3,
        template=w.new("template", 3),
        settings=w.new("settings", 2)[[0, 0, 1]],
        cap=CAP["grading"],
        in_med=[6200, 3900, 5200],
        in_sig=[0.5, 0.45, 0.5],
        out_med=[3, 9, 130],
        out_sig=[0.05, 0.05, 0.35],
        fixout=[0.97, 0.93, 0],
        cache=[0.25, 0.2, 0.25],
    )
    version = w.clients.latest("python-sdk", w.start - 40 * DAY)
    _probe(w, p, exits, shapes, kept, version)
    _scale(w, p, exits, kept, version)
    lab.cover(w, p, exits, 1.5)
