"""Honest look-alikes of a fleet: work at one clock, through one proxy, by one dispatcher, or in one day."""

from __future__ import annotations

import numpy as np
from afield.world import DAY
from farther.crowd import chat, heavy, own_works, personal, pick
from farther.ids import card_ids, domains
from farther.jobs import job_sizes
from farther.networks import CODE
from farther.people import offices, people
from farther.rhythm import arrivals, even, human
from farther.world import DAYS, HOUR, NEVER, World

from beyond.dispatcher import Habits, Posts, hand_out
from beyond.lives import Phones, at_full_hours, continuous, during, either, handed_on, hashed, storm, zipf


def full_hour_crons(w: World, n: int, name: str) -> None:
    """Strangers' jobs that all start at full hours, are refused together and try again: own programs and machines."""
    rng = w.rng
    acc = people(w, n, name, plan="payg")
    u = at_full_hours(w, acc, (0, 0, 0, 6, 8, 9, 12, 18), rng.choice([1, 2, 3], n, p=[0.5, 0.35, 0.15]), 4.5)
    u, status = storm(w, u, 0.45)
    public = w.works.add(["summarize", "extract", "write"], tools=None, settings="rs-digest")
    matrix = own_works(w, n)
    matrix[rng.random(n) < 0.35] = public[np.array([0, 0, 1, 2])]
    i = u.acc - acc[0]
    w.emit(u, w.server(u), pick(matrix, i, u.sess), "api", None, None, None, status)
    personal(w, acc, 26, 0.4)


def game_studio_players(w: World, n: int, name: str) -> None:
    """Players' own accounts, called through a studio's five addresses by one build: evenings, own cards, hard fans."""
    rng = w.rng
    launch = 1.4 * DAY + rng.gamma(1.3, 6 * HOUR, n)
    created = np.where(rng.random(n) < 0.5, launch, -rng.gamma(1.4, 60, n) * DAY - DAY)
    acc = people(w, n, name, created=created, plan=either(rng.random(n), 0.45, "free", "pro"))
    w.a["lag"][acc] = rng.exponential(0.3, n)
    proxy = w.net.cloud(3, 5)
    people_of_game = w.works.add(["chat"] * 14 + ["agent"] * 4, tools=w.works.new_toolset(), settings="rs-npc")
    line = w.clients.line("npc-bridge", [("1.0.0", -20), ("1.0.3", 2.2), ("1.1.0", 6.2)], 1, shown="halcyon-go")
    u = human(w, acc, heavy(w, n, 170, 1.1), "evening", 14, (25, 0.9), 1.6)
    u = u.of(u.t > np.maximum(created[u.acc - acc[0]], 1.2 * DAY))
    work = people_of_game[rng.choice(18, len(u.t), p=zipf(18, 0.5))]
    w.emit(u, proxy[hashed(u, 5)], work, "api", line, "halcyon-3-mini", u.acc % 2 == 0)
    personal(w, acc, 18, 0.4)


def ngo_translators(w: World, n: int, name: str) -> None:
    """Volunteers behind relays and VPNs, free plans and masked mail, six documents' prompts in eight languages."""
    rng, a, net = w.rng, w.a, w.net
    created = continuous(w, n, -40, 10)
    mix = {"TR": 3, "UA": 3, "HK": 2, "DE": 2, "KE": 1, "US": 2, "AE": 1}
    mail = ["proton.me", "proton.me", "tuta.com", "riseup.net", "dropmail.me", "gmail.com"]
    acc = people(w, n, name, country=mix, created=created, plan="free", email=mail)
    exits = np.r_[net.relay_exits[:, :60].ravel(), net.vpn_exits[:, :12].ravel()]
    a["signup"][acc] = rng.choice(exits, n)
    works = w.works.add(["translate"] * 48, tools=None, settings="rs-babel", size_noise=0.2).reshape(8, 6)
    u = human(w, acc, heavy(w, n, 125, 0.7), "evening", 7, (60, 0.9), 1.2)
    u = handed_on(w, u, acc, 0.12)  # what one begins another ends
    u = during(u, acc, created, np.full(n, NEVER))
    work = works[u.acc % 8, hashed(u, 6)]
    ip = np.where(u.sess % 9 > 0, exits[(u.sess * 5 + u.turn // 5) % len(exits)], w.life(u))
    w.emit(u, ip, work, "subscription", either(u.acc % 3, 1, "web", "ios-android"), "halcyon-3", True)
    chat(w, acc, heavy(w, n, 25, 1.0, 0.3), "evening", lambda v: exits[(v.sess * 3 + v.acc) % len(exits)])


def labelling_firm(w: World, n: int, name: str) -> None:
    """A firm deals tasks at random within quotas; its workers have own accounts, phones, shifts, and lives."""
    rng, a = w.rng, w.a
    created = continuous(w, n, -120, 9)
    domain = domains(rng, 1, ["io"])[0]
    free = rng.choice(["gmail.com", "yahoo.com"], n)
    acc = people(
        w,
        n,
        name,
        country={"PH": 3, "ID": 3, "IN": 2},
        created=created,
        plan=either(rng.random(n), 0.6, "free", "payg"),
        issuer=["paywallet", "mc-vclo", "visa-gift-blk"],
        email=either(rng.random(n), 0.3, domain, free),
    )
    phones = Phones(w, acc, (1800, 6 * HOUR))
    a["signup"][acc] = w.net.carrier[a["country"][acc], acc % 2, rng.integers(0, 36, n)]
    a["mobile"][acc] = 1
    works = w.works.add(["reason", "classify", "write", "classify"] * 6, tools=None, settings="rs-anno")
    line = w.clients.line("annolab", [("4.1", -50), ("4.2", 2.1), ("4.3", 9.3)], 5, shown="halcyon-js")
    a["lag"][acc] = rng.exponential(0.6, n)
    usual = rng.lognormal(np.log(26), 0.3, n)
    for land, zone in (("PH", 8), ("ID", 7), ("IN", 5)):
        mine = a["country"][acc] == CODE[land]
        posts = Posts.of(w, acc[mine], np.maximum(created[mine], 0), np.full(mine.sum(), NEVER), usual[mine], 0.25)
        weekly = np.where(w.weekday(np.arange(DAYS)) >= 5, 0.25, 1.0)
        jobs = int(mine.sum() * 21 * 11 / 3)
        start = arrivals(w, jobs, "shift" if land == "PH" else "office", zone, weekly.tolist(), 0.1)
        q = hand_out(w, posts, start, job_sizes(rng, jobs, 3.0, 12), Habits(gap=(70, 0.7), rest=(300, 0.9)))
        u = q.uses(w)
        work = works[((u.t // (2 * DAY)).astype(int) * 5 + q.job % 11) % 24]
        w.emit(u, phones(u), work, "api", line, "halcyon-3", q.job % 8 == 0, q.status)
    personal(w, acc, 20, 0.25)


def outage_migration(w: World, n: int, name: str) -> None:
    """Another provider's outage: a vendor moves all customers here in one morning, each with work of its own."""
    rng, a = w.rng, w.a
    moved = 5.35 * DAY + rng.gamma(1.4, 3500, n)
    card = np.where(rng.random(n) < 0.45, None, card_ids(rng, n))
    acc = people(w, n, name, created=moved, plan="payg", card=card, email=domains(rng, n))
    vendor = w.net.cloud(5, 7)
    a["signup"][acc] = rng.choice(vendor[:2], n)
    a["lag"][acc] = rng.exponential(0.2, n)
    for part in np.array_split(acc, 40):
        offices(w, part, int(a["country"][part[0]]), 1)
    line = w.clients.line("flowdock", [("7.0", -60), ("7.1", 5.2), ("7.2", 11.1)], 2, shown="litegate")
    matrix = own_works(w, n)
    starter = w.works.add(["rag", "support", "classify", "rag"], tools=w.works.new_toolset())
    matrix[::3, 0] = starter[acc[::3] % 4]  # a third kept what the vendor had set up
    u = even(w, acc, rng.lognormal(np.log(13), 0.6, n))
    v = human(w, acc, heavy(w, n, 95, 0.9), "office", 4, (30, 1.0), 0.2)
    for use in (u, v):
        use = use.of(use.t > moved[use.acc - acc[0]] + 60)
        ip = vendor[hashed(use, 7)]
        w.emit(use, ip, pick(matrix, use.acc - acc[0], use.sess // 5), "api", line, None, False)
    some = acc[::2]
    chat(w, some, heavy(w, len(some), 25, 1.0, 0.3), "office", weekend=0.2, days=[0] * 5 + [0.5] + [1] * 8)
