"""Honest look-alikes of the world without any attack."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import chat, heavy, own_works, personal
from farther.ids import card_ids, domains, org_ids, text
from farther.jobs import Rules, queue
from farther.networks import CODE
from farther.people import offices, people, shared_cards
from farther.proxies import Exits, residential
from farther.rhythm import human, scheduled
from farther.shared_likes import campus_sizes
from farther.world import DAYS, HOUR, World, by_session


def university_job_queue(w: World, n: int, name: str) -> None:
    """Three clusters' queues over students' old accounts day and night: campus addresses and mail, grants' cards."""
    rng = w.rng
    for c, k in zip(("DE", "GB", "US"), campus_sizes(n, 3), strict=True):
        domain = f"{text(rng, 1, 4)[0]}.edu" if c == "US" else f"uni-{text(rng, 1, 5)[0]}.{c.lower()}"
        lab = rng.integers(0, 4, k)
        grants = card_ids(rng, 4)
        acc = people(
            w,
            k,
            name,
            country={c: 1},
            org=np.where(rng.random(k) < 0.7, org_ids(rng, 1)[0], None),
            plan="team",
            card=grants[lab],
            issuer=["mc-unity", "invoice"],
            email=np.where(rng.random(k) < 0.9, domain, "gmail.com").astype(object),
        )
        campus = w.net.site(c, "education", 7)
        w.a["office"][acc] = rng.choice(campus, k)
        w.net.label_ips(campus, "education", "ripe-org")
        works = w.works.add(["reason", "extract", "reason", "classify"], tools=0.5)
        line = w.clients.pinned(f"slurm-{c}", "litegate", "1.4.2")
        rules = Rules(cool=(2400, 0.5), limit=(30, 0.2), fail=0.012)
        nodes = by_session(campus[:3])
        queue(w, acc, k * 26, 4.2, works, nodes, tenants=12, line=line, model="halcyon-3", rules=rules)
        personal(w, acc, 45)


def translation_agency(w: World, n: int, name: str) -> None:
    """One tool over residential proxies, cards for 20: each at own office hours, a third from home."""
    rng = w.rng
    domain = domains(rng, 1)[0]
    mix = {"ES": 4, "PL": 4, "BR": 4, "TR": 3, "IT": 3, "UA": 3, "VN": 2, "FR": 3, "JP": 1}
    acc = people(
        w,
        n,
        name,
        country=mix,
        org=np.where(rng.random(n) < 0.45, org_ids(rng, 1)[0], None),
        plan="pro",
        card=shared_cards(w, n, 20),
        issuer=["visa-wisecard"],
        email=np.where(rng.random(n) < 0.6, domain, rng.choice(["gmail.com", "proton.me", "wp.pl"], n)).astype(object),
    )
    exits = Exits(w, acc, residential(w, 260, mix), each=5, lease=5 * HOUR)
    w.net.label_ips(exits.ips, "vpn", "proxy-feed", 0.3)
    works = w.works.add(["translate"] * 5, tools=None, size_noise=0.2)
    u = human(w, acc, heavy(w, n, 110, 0.5), "office", 9, (35, 0.9), 0.2, day_sigma=0.5)
    line = w.clients.pinned("catbridge", "halcyon-js", "1.3.0", 2)
    ip = np.where(u.sess % 10 < 7, exits(u), w.life(u))
    w.emit(u, ip, works[u.sess % 5], "api", line, "halcyon-3", False)
    personal(w, acc, 50)


def qa_phone_farm(w: World, n: int, name: str) -> None:
    """Bursts of accounts on phones rented in three countries: a declared farm, one firm's cards, office hours."""
    rng, a = w.rng, w.a
    wave = rng.choice([-33, -9, 3], n, p=[0.5, 0.3, 0.2])
    domain = domains(rng, 3, ["dev", "test.io"])
    org = org_ids(rng, 1)[0]
    acc = people(
        w,
        n,
        name,
        country={"PL": 3, "IN": 4, "RO": 2},
        org=np.where(rng.random(n) < 0.55, org, None),
        created=wave * DAY + 9 * HOUR + rng.exponential(4000, n),
        plan="pro",
        card=shared_cards(w, n, 50),
        issuer=["mc-vclo"],
        email=rng.choice(domain, n).astype(object),
    )
    farm = np.concatenate([w.net.site(c, "mobile", 14) for c in ("PL", "IN", "RO")])
    w.net.label_ips(farm, "device_farm", "vendor-declared", 0.9)
    a["signup"][acc] = rng.choice(farm, n)
    desk = w.net.site("PL", "business", 2)
    a["office"][acc] = desk[0]
    works = w.works.add(["test"] * 6, tools=w.works.new_toolset())
    line = w.clients.line("qa-runner", [("8.1", -40), ("8.2", 5.4)], 3, shown="ios-android")
    u = human(w, acc, rng.poisson(120, n), "office", 8, (12, 0.7), 0.04, day_sigma=0.3, shift_sd=0.7)
    ip = farm[(u.sess * 13 + u.acc) % len(farm)]
    w.emit(u, ip, works[u.sess % 6], "subscription", line, shown=True)
    lead = acc[::4]
    u = human(w, lead, rng.poisson(25, len(lead)), weekend=0.03)
    w.emit(u, desk[u.sess % 2], w.fashion.bare[u.sess % 6], "console", "web")


def hackathon(w: World, n: int, name: str) -> None:
    """Sign-ups in hours, ten gift cards, one kit, one hall: a weekend, then quiet; own mails and teams' own work."""
    rng, a = w.rng, w.a
    saturday = int((5 - w.weekday(0)) % 7)
    acc = people(
        w,
        n,
        name,
        country={"US": 8, "IN": 1, "CA": 1},
        created=(saturday - 0.35) * DAY + rng.gamma(2, 3500, n),
        plan="payg",
        card=shared_cards(w, n, 30),
        issuer=["visa-gift-blk"],
    )
    a["tz"][acc], a["mobile"][acc] = -5, 1
    hall = w.net.site("US", "education", 3)
    w.net.label_ips(hall, "education", "asn-feed")
    a["signup"][acc[rng.random(n) < 0.8]] = hall[0]
    kit = w.works.add(["agent", "code", "agent"], tools=w.works.new_toolset())
    days = np.full(DAYS, 0.004)
    days[saturday : saturday + 2] = 1, 1.1
    days[saturday + 2 :] = 0.03
    u = human(w, acc, heavy(w, n, 95, 0.8), "campus", 8, (20, 1.0), 1.0, days=days, day_sigma=0.3)
    there = (u.sess % 10 < 7) & (u.t < (saturday + 2.2) * DAY)
    teams = np.stack([own_works(w, 70)[:, k] for k in range(2)], 1)
    work = np.where(u.sess % 10 < 6, kit[u.sess % 3], teams[(u.acc - acc[0]) // 4 % 70, u.sess % 2])
    ip = np.where(there, hall[u.sess % 3], w.life(u))
    line = w.clients.line("starter-kit", [("0.9.0", -20), ("0.9.1", saturday + 0.3)], 4, shown="chainkit")
    w.emit(u, ip, work, "api", line)
    chat(w, acc, heavy(w, n, 14, 1.0, 0.3), days=days)


def accounting_firms(w: World, n: int, name: str) -> None:
    """Firms on one plug-in and one card, runs by night: their own mail, offices and hours, the vendor declared."""
    rng, firms = w.rng, 22
    domain, org = domains(rng, firms, ["co.uk", "com"]), org_ids(rng, firms)
    p = 1 / np.arange(3, firms + 3)
    row = np.sort(rng.choice(firms, n, p=p / p.sum()))
    acc = people(
        w,
        n,
        name,
        country={"GB": 1},
        org=np.where(rng.random(n) < 0.9, org[row], None),
        plan="team",
        card=card_ids(rng, 1)[0],
        issuer=["amex"],
        email=domain[row],
        created=-rng.integers(40, 260, firms)[row] * DAY + rng.exponential(9000, n),
    )
    for f in np.unique(row):
        offices(w, acc[row == f], CODE["GB"], 1)
    works = w.works.add(["extract", "summarize", "classify"], tools=w.works.new_toolset(), fixed=0.4)
    line = w.clients.line("ledgerlink", [("22.4", -70), ("22.5", 3.2)], 2)
    days = [3, 2.6, 2.2, 1.6] + [1] * 10  # the month's end
    counts = rng.poisson(80, n)
    u = human(w, acc, counts, "office", 6, (15, 0.8), 0.05, days=days, day_sigma=0.2, shift_sd=0.6)
    w.emit(u, w.life(u), works[u.sess % 3], "api", line, "halcyon-3-mini", False)
    vendor = w.net.cloud(3, 4, "vendor-declared")
    u = scheduled(w, acc, 1, 7, (5, 0.5), (1, 4), 0.9)
    w.emit(u, vendor[u.sess % 4], works[0], "api", line, "halcyon-3-mini", False)
    chat(w, acc, heavy(w, n, 18, 1.0, 0.4), "office", weekend=0.1)


def charity_prepaid(w: World, n: int, name: str) -> None:
    """Sign-up days, gift cards for seven, one app: community centres, the country's carriers, learners' days."""
    rng, a = w.rng, w.a
    mix = {"UA": 3, "KE": 3, "BD": 2, "RO": 2}
    day = rng.choice([-75, -47, -26, -5, 2], n)
    acc = people(
        w,
        n,
        name,
        country=mix,
        created=day * DAY + 8 * HOUR + rng.gamma(2, 3000, n),
        plan="pro",
        card=shared_cards(w, n, 7),
        issuer=["visa-gift-blk"],
        email=["gmail.com"] * 2 + ["ukr.net", "yopmail.com"] + ["learn-together.org"] * 2,
    )
    a["mobile"][acc] = 1
    centres = {c: w.net.site(c, "business", 2) for c in mix}
    for c, ip in centres.items():
        mine = acc[a["country"][acc] == CODE[c]]
        a["office"][mine] = rng.choice(ip, len(mine))
        a["signup"][mine] = ip[0]
        w.net.label_ips(ip, "business", "ngo-declared")
    works = w.works.add(["write", "chat", "translate"], tools=None, settings="rs-lernen")
    line = w.clients.line("wordpath-app", [("1.1", -60), ("1.2", 1.5)], 5)
    u = human(w, acc, heavy(w, n, 85, 0.45), "school", 8, (50, 0.9), 0.6, day_sigma=0.4)
    w.emit(u, w.life(u), works[u.sess % 3], "subscription", line, "halcyon-3-mini")
    personal(w, acc, 24, 0.3)
