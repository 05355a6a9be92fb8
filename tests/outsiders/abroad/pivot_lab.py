"""pivot_handover, the attacker: `ember_still`, a large pool, a ban wave, a hand-over to reserves, a new model."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY, RESALE, SUB

from abroad import lab
from abroad.background import chat
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import Pool, around, arrivals, conversations, daily_limits, kinds_and_turns, serve
from abroad.nets import Exits
from abroad.people import ago, cards, domains, people
from abroad.rhythm import swing
from abroad.works import caps
from abroad.world import DAYS, HOUR, Pop, World

RELEASE, NEW_MODEL = 9.42, 5
POOL, RESERVES, LATE = 905, 135, 265  # at a time; aged, in reserve; bought after the bans
STOLEN = 64
TURNS = np.array([6, 5, 1, 1, 1, 1, 3, 1, 1])
SHARE = np.array([0.10, 0.06, 0.2, 0.1, 0.2, 0.1, 0.08, 0.1, 0.06])


def _buy(w: World, p: Pop, exits: Exits) -> None:
    """Sign-ups in lots before the window, and in seven after the bans, on other cards."""
    r = w.rng
    lots = np.sort(w.start - r.random(24) ** 1.5 * 75 * DAY)
    late = w.at(6.3) + np.sort(r.random(7)) * 2.4 * DAY
    lab.buy(
        w,
        p,
        exits,
        np.concatenate([lots, [w.at(20)]]),
        lot=40,
        per_card=9,
        mail=[*domains(w, 5), "mailbox-drop.net"],
        mail_share=0.3,
        issuers=["Cardhop", "Nimbus Prepaid", "US-issuer-01", "GB-issuer-02"],
    )
    p.put(slice(POOL, POOL + RESERVES), created=ago(w, RESERVES, 30, 60))
    p.put(slice(POOL + RESERVES, None), created=late[np.sort(r.integers(0, 7, LATE))] + r.gamma(2, HOUR, LATE))
    late_cards = cards(w, 22)
    p.put(slice(POOL + RESERVES, None), card=late_cards[r.integers(0, 22, LATE)])
    early = np.flatnonzero(p.created[:POOL] > w.start - DAY)
    p.put(early, created=ago(w, len(early), 1, 20))


def _steal(w: World, p: Pop) -> np.ndarray:
    """Some accounts are stolen, and their owners still use them."""
    stolen = np.sort(w.rng.choice(POOL, STOLEN, replace=False))
    p.put(stolen, created=ago(w, STOLEN, 200, 500), card=cards(w, STOLEN), sign_net=-1)
    p.put(stolen, mobile=w.nets.mobile(p.country[stolen]))
    return stolen


def _ban(w: World, p: Pop) -> None:
    """The wave takes 40 % of the pool within hours, a trickle some others."""
    r = w.rng
    hit = r.choice(POOL, int(0.4 * POOL), replace=False)
    lab.ban(w, p, hit, w.at(6, 13.2) + r.gamma(2, 25 * 60, len(hit)))
    some = r.choice(np.setdiff1d(np.arange(p.n), hit), 34, replace=False)
    lab.ban(w, p, some, np.maximum(p.created[some] + 1.5 * DAY, w.start + r.random(34) * 13 * DAY))


def _shifts(w: World, p: Pop) -> tuple[np.ndarray, np.ndarray]:
    """When each account works: reserves step in hours after the wave, the late as they are bought."""
    r, start = w.rng, np.full(p.n, w.start)
    start[POOL : POOL + RESERVES] = w.at(6, 14.5) + r.random(RESERVES) * 5 * HOUR
    start[POOL + RESERVES :] = p.created[POOL + RESERVES :] + (2 + 18 * r.random(LATE)) * HOUR
    return lab.window_of(w, p, start)


def _templates(w: World) -> np.ndarray:
    tools = w.new("toolset", 3)
    return w.style(
        9,
        template=w.new("template", 9),
        toolset=[tools[0], tools[1], -1, -1, -1, -1, tools[2], -1, -1],
        settings=w.new("settings", 2)[[0, 0, 1, 1, 1, 1, 0, 1, 1]],
        cap=caps(
            *("agentic_coding", "agentic_coding", "coding", "coding", "reasoning"),
            *("math", "tool_use", "reasoning", "coding"),
        ),
        in_med=[5200, 6400, 900, 1500, 420, 360, 2100, 700, 1100],
        in_sig=0.55,
        out_med=[520, 450, 700, 900, 1200, 1000, 380, 900, 600],
        out_sig=0.6,
        cache=0.3,
        reason=[0.3, 0.3, 0.2, 0.2, 0.9, 0.9, 0.2, 0.8, 0.2],
    )


def _headers(gid: np.ndarray, channel: np.ndarray) -> np.ndarray:
    """Few variants: three browsers, or one of two container images."""
    return np.where(channel == SUB, 20 + pick(mix(gid, 4), 3), np.where(pick(mix(gid, 6), 10) < 7, 3, 11))


def ember_still(w: World) -> None:
    """905 accounts at a time on a queue with limits, behind residential exits kept about an hour; 40 % banned on day
    6, replaced by aged reserves and new accounts; 58 % of the work moves to the new model within 16 hours."""
    r = w.rng
    p = people(w, POOL + RESERVES + LATE, campaign="ember_still")
    w.memo["exits"] = exits = w.nets.exits(5200, 0.22, [0, 3, 4, 5, 8, 2, 13], 5)
    _buy(w, p, exits)
    stolen = _steal(w, p)
    channel = r.choice([SUB, API, RESALE], p.n, p=[0.36, 0.54, 0.10])
    channel[stolen] = r.choice([SUB, API], STOLEN)
    p.put(plan=np.where(channel == SUB, r.choice(["plus", "pro"], p.n, p=[0.8, 0.2]), "payg"))
    _ban(w, p)
    on, off = _shifts(w, p)
    styles = _templates(w)
    per_day = np.full(DAYS, 34500.0) * r.uniform(0.92, 1.07, DAYS)
    per_day[6] *= 0.93
    jobs = arrivals(w, per_day / float((SHARE * TURNS).sum()), swing(0.18, 7))
    kind, turns = kinds_and_turns(w, len(jobs), SHARE, TURNS)
    limit = daily_limits(w, p.n, 43, 0.28, 20, 62)
    pool = Pool(w, on, off, limit, around(w, p.n, 45 * 60, 0.5))
    q = serve(pool, jobs, turns, turn_gap=22, sticky=0.12)
    gid, told = p.gid[q.acc], channel[q.acc]
    net, addr = lab.through(w, exits, gid, q.t, 3500)
    # The container images are rebuilt once, on day 8.
    old, new = w.clients.latest("python-sdk", w.start - 70 * DAY), w.clients.latest("python-sdk", w.at(7))
    version = np.where(q.t > w.at(8, 2) + 3 * HOUR * u01(mix(gid, 3)), new, old)
    moved = u01(mix(q.job, 9)) < 0.58 * np.clip((q.t - w.at(RELEASE, 0.4)) / (16 * HOUR), 0, 1)
    model = np.where(moved, NEW_MODEL, np.where(u01(mix(q.job, 10)) < 0.75, 4, 3))
    of_job = w.new("session", len(jobs))[q.job]
    # The harness sends its own session id, also after failover.
    harness = (TURNS[kind[q.job]] > 2) & (u01(mix(q.job, 12)) < 0.15)
    w.emit(
        gid,
        q.t,
        styles[kind[q.job]],
        np.where(told == SUB, C["web"], C["python-sdk"]),
        told,
        session=np.where(told == SUB, conversations(w, q), np.where(harness, of_job, -1)),
        turn=q.turn,
        model=model,
        status=q.status,
        camp=0,
        net=net,
        addr=addr,
        ver=np.where(told == SUB, -1, version),
        hdr=_headers(gid, told),
    )
    client = np.where(channel == SUB, C["web"], C["python-sdk"])
    lab.cover(w, p, exits, 3.0, client, channel, hdr=_headers(p.gid, channel), ver=old)
    chat(w, p, 22, 1, stolen)
