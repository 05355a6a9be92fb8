"""One lab, two waves of bans, three batches of accounts, and a move to a new model."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.background import background
from farther.crowd import chat, furnish, heavy
from farther.ids import B32, card_ids, domains
from farther.jobs import Rules, Served, job_sizes, run
from farther.people import people
from farther.proxies import Exits, residential
from farther.rhythm import arrivals
from farther.shared_likes import migrating_company
from farther.wave_likes import (
    bootcamp_prepaid,
    plugin_autoupdate,
    release_benchmarkers,
    support_bots,
    translators_coop,
    vpn_newsroom,
)
from farther.world import DAYS, HOUR, NEVER, World

LAB, NEW, RELEASE = "kestrel", "halcyon-4", 9.0
MIX = {"US": 8, "SG": 2, "JP": 2, "GB": 3, "DE": 3, "CA": 2, "AU": 1}
BATCHES, EXCHANGES, TURNS = (400, 280, 240), 135_000, 3.4
N = sum(BATCHES)
BATCH = np.repeat([0, 1, 2], BATCHES)


def _created(w: World) -> np.ndarray:
    """Most sign up in bursts, the later batches' right after a wave; some are aged, or held in reserve."""
    rng = w.rng
    u = rng.random(N)
    bursts = np.where(u < 0.2, -rng.gamma(2, 120, N), rng.choice([-44, -30, -21, -9], N))
    first = bursts * DAY + rng.gamma(1.5, 4 * HOUR, N)
    reserve = -3.2 * DAY + rng.gamma(1.5, 3 * HOUR, N)
    second = np.where(u < 0.35, reserve, 4.7 * DAY + rng.gamma(1.6, 7 * HOUR, N))
    aged = -rng.gamma(2, 200, N) * DAY
    third = np.where(u < 0.25, aged, 8.45 * DAY + rng.gamma(1.5, 8 * HOUR, N))
    return np.choose(BATCH, [first, second, third])


def _buy(w: World) -> np.ndarray:
    """The accounts; a batch has cards, issuers and mail domains of its own, and some cards of the batch before."""
    rng, a = w.rng, w.a
    created = _created(w)
    cards = [card_ids(rng, k, B32) for k in (90, 70, 60)]
    used = cards[0], np.r_[cards[1], cards[0][:25]], np.r_[cards[2], cards[1][:14]]
    card = np.choose(BATCH, [rng.choice(some, N) for some in used])
    shops = [domains(rng, k, ["top", "store", "com", "xyz"]) for k in (7, 6, 8)]
    free = ["gmail.com", "outlook.com", "yopmail.com", "moakt.com"]
    mail = [
        rng.choice(shops[b]) if u < 0.45 else rng.choice(free, p=[0.6, 0.25, 0.1, 0.05])
        for b, u in zip(BATCH, rng.random(N), strict=True)
    ]
    acc = people(
        w,
        N,
        campaign=LAB,
        country=MIX,
        created=created,
        plan="payg",
        card=card,
        email=np.array(mail, dtype=object),
    )
    issuers = (["mc-vclo", "visa-gift-blk"], ["mc-revo", "mc-vclo"], ["paywallet", "visa-gift-blk"])
    issuer = {c: rng.choice(some) for own, some in zip(cards, issuers, strict=True) for c in own}
    a["issuer"][acc] = [issuer[c] for c in card]
    a["phone"][acc] = np.where(rng.random(N) < 0.7, None, rng.choice(["+6583", "+1646", "+4475"], N))
    return acc


def _exits(w: World, acc: np.ndarray) -> list[Exits]:
    """A batch keeps some of the exits of the batch before."""
    ips = residential(w, 520, MIX)
    sets = ips[:230], ips[140:370], np.r_[ips[300:], w.net.nat[5, :6]]
    w.net.label_ips(ips, "vpn", "proxy-feed", 0.1)
    exits = [Exits(w, acc[b == BATCH], sets[b], 4, 5 * HOUR, 0.07) for b in range(3)]
    w.a["signup"][acc] = [w.rng.choice(sets[b]) for b in BATCH]
    return exits


def _lives(w: World, created: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When accounts start, are banned, and stop: a batch starts hours after the wave, the first's rest is retired."""
    rng = w.rng
    waves = 4.55 * DAY + rng.gamma(2, 1900, N), 8.3 * DAY + rng.gamma(2, 1500, N)
    v = rng.random(N)
    in_second = (BATCH == 0) & (v < 0.95) | (BATCH == 1) & (v < 0.8)
    banned = np.where((BATCH == 0) & (v < 0.84), waves[0], np.where(in_second, waves[1], NEVER))
    early = rng.random(N) < 0.04
    banned = np.where(early, np.maximum(created, 0) + rng.random(N) * 6 * DAY, banned)
    second, third = (day * DAY + rng.gamma(1.5, h * HOUR, N) for day, h in ((4.75, 6), (8.5, 7)))
    start = np.choose(BATCH, [np.zeros(N), second, third])
    start = np.maximum(start, created + rng.exponential(3 * HOUR, N))
    return start, banned, np.where((BATCH == 0) & (v >= 0.84), 9.5 * DAY, NEVER)


def _harvest(w: World, acc: np.ndarray, start: np.ndarray, stop: np.ndarray) -> Served:
    """Six shards of the harvest; the bans cost a day of it."""
    days = [1, 1, 1.05, 1.1, 0.75, 0.55, 0.95, 1, 0.7, 0.9, 1.3, 1.3, 1.25, 1.2]
    count = int(EXCHANGES / TURNS)
    jobs = arrivals(w, count, "flat", 8, days, 0.1)
    size = job_sizes(w.rng, count, TURNS, 30)
    shard = w.rng.integers(0, 6, count)
    rules = Rules(cool=(2400, 0.6), limit=(34, 0.3), stick=0.3, fail=0.01, shuffle=1200)
    return run(w, acc, jobs, shard, size, rules, join=start, leave=stop)


def _work(w: World, q: Served) -> tuple[np.ndarray, np.ndarray]:
    """Works and models: templates change before the release, and a burst of prompts probes the new model."""
    rng, tools = w.rng, w.works.new_toolset()
    kinds = ["agent", "code", "agent", "reason"]
    old = w.works.add(kinds, campaign=LAB, tools=tools, settings="rs-k0d2", size_noise=0.15)
    kinds = ["agent", "code", "reason"]
    new = w.works.add(kinds, campaign=LAB, tools=tools, settings="rs-k0d3", size_noise=0.15)
    kinds = rng.choice(["reason", "write", "code", "chat"], 160)
    probes = w.works.add(kinds, campaign=LAB, tools=0, settings="rs-k0d2")
    chance = rng.random(len(q.t))
    changed = (q.t > 8.6 * DAY) & (q.job % 10 < 6)
    work = np.where(changed, new[q.job % 3], old[q.job % 4])
    in_burst = (q.t > 9.05 * DAY) & (q.t < 9.5 * DAY) & (chance < 0.3)
    probing = (chance < np.where(q.t > RELEASE * DAY, 0.05, 0.015)) | in_burst
    work = np.where(probing, probes[(q.job * 13 + q.turn) % len(probes)], work)
    moved = np.clip((q.t / DAY - 9.06) / 0.8, 0, 1) * 0.86
    before = np.where(q.job % 4 == 0, "halcyon-3-code", "halcyon-3-pro")
    return work, np.where((q.job * 7919 % 1000) / 1000 < moved, NEW, before).astype(object)


def _lab(w: World) -> None:
    acc = _buy(w)
    created = w.a["created"][acc]
    exits = _exits(w, acc)
    start, banned, stop = _lives(w, created)
    q = _harvest(w, acc, start, np.minimum(banned, stop))
    work, model = _work(w, q)
    builds = ("k-a", "halcyon-py", "1.4.1", 2), ("k-b", "halcyon-py", "1.6.0", 2), ("k-c", "chainkit", "1.3.2", 1)
    a, b, c = (w.clients.pinned(*build) for build in builds)
    usual = q.acc % 5 < 3
    batch = BATCH[q.acc - acc[0]]
    line = np.where(batch == 0, a, np.where(batch == 1, np.where(usual, b, a), np.where(usual, c, b))).astype(object)
    u = q.uses(w)
    for k in range(3):
        m = batch == k
        mine = u.of(m)
        w.emit(mine, exits[k](mine), work[m], "api", line[m], model[m], q.job[m] % 10 < 3, q.status[m])
    hit = (banned < DAYS * DAY) & (banned > created)
    w.ban(acc[hit], banned[hit], "coordinated_abuse", close=0.9)
    for k in range(3):  # a little cover
        some = acc[k == BATCH][::4]
        chat(w, some, heavy(w, len(some), 14, 0.7), where=exits[k])


def _adopt(w: World) -> None:
    """Some honest accounts move a part of their use to the new model."""
    rng = w.rng
    keen = np.where(rng.random(w.n) < 0.22, rng.random(w.n), 0)
    from_day = RELEASE + rng.exponential(2.5, w.n)
    for chunk in w.chunks:
        acc, t = chunk["acc"], chunk["t"]
        honest = np.equal(w.a["campaign"][acc], None)
        moves = honest & (t / DAY > from_day[acc]) & (rng.random(len(t)) < keen[acc])
        chunk["model"][moves] = NEW


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("ban_waves", seed, "2026-07-15", "n"))
    w.releases.append((RELEASE, NEW))
    _lab(w)
    translators_coop(w, 150, "translators_coop")
    release_benchmarkers(w, 180, "release_benchmarkers", NEW, int(RELEASE))
    migrating_company(w, 260, "migrating_firm")
    bootcamp_prepaid(w, 160, "bootcamp_prepaid")
    plugin_autoupdate(w, 340, "plugin_autoupdate")
    support_bots(w, 140, "support_bots")
    vpn_newsroom(w, 240, "vpn_newsroom")
    background(w, 19_700, 880_000)
    _adopt(w)
    return w
