"""small_dense, the attacker: `quartz_press`, few accounts that are as busy as honest services."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY

from abroad import lab
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import Pool, around, arrivals, daily_limits, kinds_and_turns, serve
from abroad.nets import Exits
from abroad.people import domains, people
from abroad.works import caps
from abroad.world import DAYS, HOUR, Pop, World

RELEASE = 3.7
POOL, SPARES = 74, 11
TURNS, SHARE = np.array([1, 1, 7, 1, 2]), np.array([0.34, 0.24, 0.07, 0.2, 0.15])
HOURS = np.array(  # a lull when its operators sleep
    [1.1, 1, 1, 1, 0.95, 0.9, 0.5, 0.35, 0.3, 0.5, 0.9, 1.1, 1.2, 1.2, 1.1, 1, 1, 1.1, 1.1, 1.2, 1.2, 1.1, 1.1, 1.1]
)


def _rented(w: World, gid: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, ...]:
    """(machine, net, addr, whether it is used): about 40 rented machines, each carries a few accounts for a week."""
    nets = w.nets
    box = pick(mix(gid, (t + 3e5 * u01(mix(gid, 4))) // (7 * DAY), 61), 42)
    net = np.array(nets.hosts)[[0, 3, 6, 7, 9]][box % 5]
    used = (pick(mix(gid, 62), 20) < 11) ^ (u01(mix(gid, t // 7200, 63)) < 0.08)
    return box, net, pick(mix(box, 64, w.salt), np.array(nets.size)[net]), used


def _accounts(w: World, p: Pop, exits: Exits) -> tuple[np.ndarray, np.ndarray]:
    """Eleven bans; each banned account is replaced by a spare that was aging. Returns when each works."""
    r = w.rng
    lots = np.sort(w.start - np.array([44, 31, 30, 17, 6]) * DAY + r.random(5) * DAY)
    lab.buy(
        w,
        p,
        exits,
        lots,
        lot=15,
        per_card=11,
        mail=list(domains(w, 2)),
        mail_share=0.35,
        issuers=["Nimbus Prepaid", "SG-issuer-03"],
        lot_hours=5,
    )
    gone = np.sort(r.choice(POOL, SPARES, replace=False))
    lab.ban(w, p, gone, w.start + np.sort(r.random(SPARES)) * 11 * DAY, "policy")
    bans = np.sort(p.closed[~np.isnan(p.closed)])
    p.put(slice(POOL, None), created=bans - (1 + 9 * r.random(SPARES)) * DAY)
    start = np.full(p.n, w.start)
    start[POOL:] = bans + (1 + 10 * r.random(SPARES)) * HOUR
    p.put(plan="payg")
    return lab.window_of(w, p, start)


def quartz_press(w: World) -> None:
    """74 accounts, 150 to 400 a day each, half on rented machines, half on residential exits; about seven cards."""
    r = w.rng
    p = people(w, POOL + SPARES, campaign="quartz_press")
    exits = w.nets.exits(700, 0.3, [0, 3, 4, 19, 6], 8)
    on, off = _accounts(w, p, exits)
    styles = w.works.kit(
        5,
        toolset=[-1, -1, w.new("toolset")[0], -1, -1],
        cap=caps("reasoning", "coding", "agentic_coding", "math", "coding"),
        in_med=[380, 900, 6000, 300, 1500],
        in_sig=0.6,
        out_med=[1300, 900, 500, 1100, 800],
        out_sig=0.55,
        cache=0.15,
        reason=[0.9, 0.2, 0.4, 0.9, 0.3],
    )
    per_day = 78 * 292 * r.uniform(0.8, 1.1, DAYS)
    jobs = arrivals(w, per_day / float((TURNS * SHARE).sum()), HOURS, 0.5)
    kind, turns = kinds_and_turns(w, len(jobs), SHARE, TURNS)
    limit = daily_limits(w, p.n, 330, 0.3, 150, 400)
    pool = Pool(w, on, off, limit, around(w, p.n, 280, 0.6))
    q = serve(pool, jobs, turns, turn_gap=14, fail=0.011, sticky=0.3)
    gid = p.gid[q.acc]
    net, addr = lab.through(w, exits, gid, q.t, 5400)
    box, machine_net, machine_addr, rented = _rented(w, gid, q.t)
    http = pick(mix(gid, 66), 10) < 4
    new = (q.t > w.at(RELEASE + 0.3)) & (u01(mix(q.job, 5)) < 0.35)
    w.emit(
        gid,
        q.t,
        styles[kind[q.job]],
        np.where(http, C["http"], C["python-sdk"]),
        API,
        turn=q.turn,
        status=q.status,
        camp=0,
        net=np.where(rented, machine_net, net),
        addr=np.where(rented, machine_addr, addr),
        ver=np.where(http, -1, w.clients.latest("python-sdk", w.start - 25 * DAY)),
        hdr=np.where(http, 17, 4 + pick(mix(box, 67), 2)),
        key=pick(mix(gid, q.t // (5 * DAY)), 2),
        model=np.where(new, 4, np.where(u01(mix(q.job, 6)) < 0.8, 2, 3)),
    )
    lab.cover(w, p, exits, 1.2)
