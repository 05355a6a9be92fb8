"""60,000 mostly idle accounts, and a lab of 2,000 that each do little, over four channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from afield.world import DAY

from farther.background import background
from farther.crowd import chat, furnish, heavy
from farther.ids import B32, card_ids, domains, toolset_ids
from farther.jobs import Rules, job_sizes, run
from farther.people import people, shared_cards
from farther.proxies import Exits, residential
from farther.quiet_likes import clinic_scribes, crm_addin, smart_home, tutors
from farther.rhythm import arrivals
from farther.shared_likes import eval_consortium, gig_script, hosted_scheduler, price_watch, seat_reseller
from farther.world import DAYS, HOUR, World

LAB, N, PER_DAY = "osprey", 2000, 11.0
MIX = {"US": 8, "GB": 3, "DE": 3, "FR": 2, "BR": 2, "IN": 3, "JP": 1, "MX": 2, "ID": 2, "PL": 1, "CA": 2}
API, WEB, CLOUD, BATCH = range(4)
# Channel, turns a job, hours, and seconds between turns.
WAYS = (
    ("api", 2.3, "flat", (70, 0.9)),
    ("subscription", 3.2, "campus", (70, 0.9)),
    ("cloud_resale", 2.0, "shift", (70, 0.9)),
    ("batch", 5.0, None, (2, 0.5)),
)
ZONES = (-6, 1, 8)


@dataclass
class Lab:
    """The lab's accounts and what they use; works and builds differ by way."""

    acc: np.ndarray
    way: np.ndarray
    exits: Exits
    racks: np.ndarray
    works: np.ndarray
    web: np.ndarray
    lines: list[str]


def _buy(w: World) -> tuple[np.ndarray, np.ndarray]:
    """Accounts in 44 drops and others over half a year, cards for three, each of one of the four ways."""
    rng, a = w.rng, w.a
    way = rng.choice(len(WAYS), N, p=[0.46, 0.26, 0.17, 0.11])
    drops = rng.integers(-170, -3, 44)
    day = np.where(rng.random(N) < 0.3, -rng.random(N) * 180 - 1, rng.choice(drops, N))
    created = day * DAY + rng.gamma(1.5, 5 * HOUR, N)
    shops = domains(rng, 24, ["com", "net", "site", "online"])
    of_shop = rng.random(N) < 0.27
    free = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com"]
    mail = np.where(of_shop, rng.choice(shops, N), rng.choice(free, N, p=[0.7, 0.15, 0.1, 0.05])).astype(object)
    acc = people(
        w,
        N,
        campaign=LAB,
        country=MIX,
        created=created,
        plan=np.where(way == WEB, "pro", "payg").astype(object),
        card=shared_cards(w, N, 3),
        email=mail,
    )
    issuers = ["mc-vclo", "mc-revo", "paywallet", "visa-wisecard", "visa-gift-blk"]
    a["issuer"][acc] = rng.choice(issuers, N, p=[0.4, 0.2, 0.2, 0.1, 0.1])
    rented = rng.random(N) < 0.06
    a["payment"][acc[rented]] = card_ids(rng, rented.sum(), B32)
    return acc, way


def _works(w: World) -> tuple[np.ndarray, np.ndarray]:
    """Works of programs and of the browsers, on settings that are popular."""
    usual = w.works.settings
    tools = toolset_ids(w.rng, 3)
    kinds = (
        (["agent"] * 6, tools[0], usual[1]),
        (["code"] * 8, None, usual[1]),
        (["reason"] * 10, None, usual[3]),
        (["test", "agent", "rag"], tools[1], usual[1]),
        (["write"] * 4, None, usual[3]),
    )
    add = w.works.add
    works = [add(k, campaign=LAB, tools=t, settings=s, size_noise=0.2) for k, t, s in kinds]
    web = add(["reason"] * 6 + ["code"] * 4, campaign=LAB, tools=None, settings=usual[0])
    chats = add(["chat"], campaign=LAB, template=False, tools=tools[2])
    return np.concatenate(works), np.r_[web, chats]


def _lab(w: World) -> Lab:
    rng, a = w.rng, w.a
    acc, way = _buy(w)
    ips = residential(w, 1000, MIX, 2)
    w.net.label_ips(ips, "vpn", "proxy-feed", 0.08)
    exits = Exits(w, acc, ips, each=3, lease=26 * HOUR, roam=0.05)
    a["signup"][acc] = rng.choice(ips, N)
    racks = w.net.cloud(6, 60)
    stock = acc[acc % 2 == 0]
    a["lag"][stock], a["variant"][stock] = 21.0, stock // 2 % 3
    works, web = _works(w)
    lines = [
        w.clients.pinned("q-api", "halcyon-py", "1.6.2", 3),
        w.clients.line("q-web", [("2026.8", -30), ("2026.9", 5.2)], 2, shown="web"),
        w.clients.pinned("q-cloud", "halcyon-go", "1.5.0", 2),
        w.clients.pinned("q-batch", "halcyon-py", "1.6.2"),
    ]
    return Lab(acc, way, exits, racks, works, web, lines)


def _harvest(w: World, lab: Lab, way: int, mine: np.ndarray, zone: float) -> None:
    """One way's jobs on the accounts of one zone, at hours that suit it, save for the batches."""
    channel, turns, hours, gap = WAYS[way]
    count = int(len(mine) * PER_DAY * DAYS / turns)
    start = arrivals(w, count, hours, zone, wobble=0.12)
    size = job_sizes(w.rng, count, turns, 9)
    tenant = w.rng.integers(0, 5, count)
    rules = Rules(gap, cool=(9000, 0.7), limit=(13.5, 0.16), stick=0.12, fail=0.006, shuffle=9000)
    q = run(w, mine, start, tenant, size, rules, join=w.a["created"][mine])
    work = lab.works[(q.job * 17 + q.acc % 3) % len(lab.works)]
    line: str | np.ndarray = lab.lines[way]
    shown = w.a["sess_api"][q.acc] | (q.job % 20 == 0)
    sessions = q.job
    if way == API:  # half of the programs use the stock SDK of three weeks ago
        line = np.where(q.acc % 2 == 0, "halcyon-py", line).astype(object)
    elif way == WEB:  # a browser's session is its account's
        work, shown = lab.web[(q.job * 11 + q.acc) % len(lab.web)], True
        sessions = np.unique(q.job * 100_000 + q.acc, return_inverse=True)[1]
    u = q.uses(w, sessions)
    ip = lab.exits(u)
    if way == CLOUD:
        ip = np.where(q.job % 3 > 0, lab.racks[(u.acc * 7 + u.sess % 2) % len(lab.racks)], ip)
    model = np.where(q.job % 3 == 0, "halcyon-3", "halcyon-3-pro").astype(object)
    w.emit(u, ip, work, channel, line, model, shown, q.status)


def _campaign(w: World) -> None:
    lab = _lab(w)
    zones = np.digitize(w.a["tz"][lab.acc], [-2, 4.5])
    for way in range(len(WAYS)):
        for z, zone in enumerate(ZONES):
            _harvest(w, lab, way, lab.acc[(lab.way == way) & (zones == z)], zone)
    hit = lab.acc[w.rng.random(N) < 0.015]
    w.ban(hit, w.rng.random(len(hit)) * DAYS * DAY, "automated_abuse_score")
    cover = lab.acc[::6]
    chat(w, cover, heavy(w, len(cover), 8, 0.8), where=lab.exits)


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("large_quiet", seed, "2026-02-19", "q"))
    _campaign(w)
    crm_addin(w, 340, "crm_addin")
    tutors(w, 220, "tutors")
    clinic_scribes(w, 320, "clinic_scribes")
    smart_home(w, 380, "smart_home")
    gig_script(w, 260, "captioners")
    hosted_scheduler(w, 240, "newsletter_recipe", 1, 10.0)
    eval_consortium(w, 120, "batch_researchers", "batch", ("reason", "code", "write"))
    price_watch(w, 160, "price_watch")
    seat_reseller(w, 310, "seat_resale")
    background(w, 55_700, 690_000, sigma=2.1, idle=0.34)
    return w
