"""Honest look-alikes of more than one world."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import chat, heavy, own_works, personal, pick
from farther.ids import card_ids, domains, org_ids, text
from farther.jobs import Rules, queue
from farther.networks import CODE
from farther.people import new_lag, offices, people, shared_cards
from farther.proxies import Exits, residential
from farther.rhythm import even, human, scheduled
from farther.world import HOUR, World, by_session

MOVED_AT = 5 * DAY + 8 * HOUR


def price_watch(w: World, n: int, name: str) -> None:
    """One firm's queue round the clock over residential exits in ten countries: its mail, cards and desk on all."""
    rng = w.rng
    domain, org = domains(rng, 1, ["io"])[0], org_ids(rng, 1)[0]
    acc = people(
        w,
        n,
        name,
        country={"NL": 1},
        org=np.where(rng.random(n) < 0.6, org, None),
        plan="team",
        card=np.where(rng.random(n) < 0.7, *card_ids(rng, 2)),
        issuer=["mc-vclo"],
        email=np.where(rng.random(n) < 0.15, domain, f"bots.{domain}").astype(object),
        created=rng.choice([-220, -150, -80, -41, -6], n) * DAY + rng.exponential(1500, n),
    )
    mix = {"NL": 2, "DE": 3, "FR": 3, "GB": 3, "ES": 2, "IT": 2, "PL": 2, "US": 4, "SE": 1, "BR": 1}
    exits = Exits(w, acc, residential(w, 420, mix), each=6, lease=2 * HOUR, roam=0.4)
    desk = w.net.site("NL", "business", 2)
    w.a["office"][acc], w.a["signup"][acc] = desk[0], desk[0]
    works = w.works.add(["extract"] * 8, tools=w.works.new_toolset(), fixed=0.5)
    line = w.clients.pinned("pricebot", "halcyon-py", "1.6.1")
    rules = Rules(cool=(900, 0.4), limit=(24, 0.2), fail=0.02)
    queue(w, acc, n * 95, 2.0, works, exits, tenants=40, line=line, model="halcyon-3-mini", rules=rules)
    chat(w, acc[:18], rng.poisson(60, 18), "office", by_session(desk))


def gig_script(w: World, n: int, name: str) -> None:
    """Paid by the piece with one frozen script, very evenly: each with own payer, carrier and shifts with rest."""
    rng = w.rng
    wave = rng.choice([-90, -62, -31, -12, 1], n)
    acc = people(
        w,
        n,
        name,
        country={"IN": 5, "PH": 4, "KE": 3, "NG": 3, "BD": 3, "PK": 2},
        created=wave * DAY + rng.gamma(1.2, 9 * HOUR, n),
        plan="payg",
        issuer=["paywallet", "visa-gift-blk", "mc-vclo", "rupay"],
    )
    w.a["mobile"][acc] = 1
    w.a["vpnuser"][acc] = np.where(rng.random(n) < 0.4, 0.5, 0)
    works = w.works.add(["classify", "write", "extract"], tools=w.works.new_toolset())
    line = w.clients.pinned("gigscript", "halcyon-py", "1.5.0", 6)
    u = human(w, acc, heavy(w, n, 190, 0.35), "shift", 14, (40, 0.6), 0.6, day_sigma=0.35)
    w.emit(u, w.life(u), works[(u.sess + u.acc) % 8 // 3], "api", line, "halcyon-3", False)
    personal(w, acc, 36, 0.15)


def migrating_company(w: World, n: int, name: str) -> None:
    """Half of the accounts close while the other half appears and goes on: same mail domain, homes and office."""
    rng, a, half = w.rng, w.a, n // 2
    domain, (org, org_after) = domains(rng, 1)[0], org_ids(rng, 2)
    card = card_ids(rng, 2)
    firm = {"plan": "enterprise", "issuer": ["invoice"]}
    mix = {"SE": 4, "PL": 2}
    old = people(w, half, name, country=mix, org=org, card=card[0], email=domain, created=(-420, 200), **firm)
    new = people(
        w,
        half,
        name,
        country=mix,
        org=org_after,
        card=np.where(rng.random(half) < 0.5, card[0], card[1]),
        email=np.where(rng.random(half) < 0.85, domain, "new-" + domain).astype(object),
        created=MOVED_AT + rng.random(half) * 2500,
        **firm,
    )
    a["country"][new], a["tz"][new], w.homes[new] = a["country"][old], a["tz"][old], w.homes[old]
    a["closed"][old] = MOVED_AT + DAY * rng.uniform(0.3, 2.2, half)
    desk = offices(w, old, CODE["SE"], 3)
    a["office"][new] = np.where(rng.random(half) < 0.6, desk[0], w.net.vpn_exits[1, 7])
    a["signup"][new] = desk[1]
    matrix = own_works(w, 9)[np.arange(half) % 9]
    for acc, days, mean in (
        (old, [1] * 5 + [1, 0.6, 0.2] + [0] * 6, 70 * 1.0),
        (new, [0] * 5 + [0.5, 0.8] + [1] * 7, 70 * 1.1),
    ):
        row = w.rows_of(acc)
        u = human(w, acc, heavy(w, half, mean), "office", 9, (14, 1.3), 0.1, days=days, day_sigma=0.4)
        w.emit(u, w.life(u), pick(matrix, row[u.acc], u.sess), "api", "litegate")
        u = scheduled(w, acc[::3], 3, 6)
        u = u.of(u.t < MOVED_AT + DAY if acc is old else u.t > MOVED_AT)
        cloud = w.net.nat[5 if acc is old else 2]
        w.emit(u, cloud[u.sess % 24], pick(matrix, row[u.acc], u.sess), "api", "litegate")
        chat(w, acc, heavy(w, half, 20, 1.0, 0.3), "office", days=days)


def hosted_scheduler(w: World, n: int, name: str, recipes: int, per_day: float) -> None:
    """Strangers on a vendor's recipes, even day and night: its declared cloud, own cards, homes and lives."""
    rng, lag = w.rng, w.a["lag"]
    acc = people(w, n, name)
    vendor = w.net.cloud(1, 9, "vendor-declared")
    kinds = rng.choice(["summarize", "classify", "write"], recipes)
    works = w.works.add(kinds, tools=w.works.new_toolset(), fixed=0.3)
    line = w.clients.line(f"{name}-cloud", [("3.0", -30), ("3.1", 4.6), ("3.2", 10.2)], 1)
    lag[acc] = rng.random(n) * 0.3  # the vendor's, while its client runs
    u = even(w, acc, np.minimum(rng.lognormal(np.log(per_day), 0.3, n), 30), 0.12)
    ip = vendor[(u.sess * 5 + u.acc) % len(vendor)]
    w.emit(u, ip, works[u.acc % recipes], "api", line, "halcyon-3-mini", False)
    lag[acc] = new_lag(w, n)
    personal(w, acc, 34, 0.35)


def retry_gateway(w: World, n: int, name: str) -> None:
    """A declared gateway tries refused requests on another customer's key; each has diverse work of its own."""
    rng, lag = w.rng, w.a["lag"]
    acc = people(w, n, name, plan="payg")
    gate = w.net.cloud(0, 6, "gateway-declared")
    matrix = own_works(w, n)
    line = w.clients.line("gatehouse", [("2.8", -50), ("2.9", 6.1)], 1, shown="litegate")
    lag[acc] = 0  # the gateway's, while its client runs
    u = human(w, acc, heavy(w, n, 150, 0.9), "flat", 5, (8, 1.2), 0.7, day_sigma=0.6)
    row = u.acc - acc[0]
    work = pick(matrix, row, u.sess)
    refused = rng.random(len(row)) < 0.03
    w.emit(u, gate[u.sess % len(gate)], work, "api", line, shown=True, status=np.where(refused, 429, 0))
    lost = np.flatnonzero(refused & (rng.random(len(row)) < 0.8))
    other = acc[(row[lost] + rng.integers(1, n, len(lost))) % n]
    again = u.of(lost)._replace(acc=other, t=u.t[lost] + rng.lognormal(0.8, 0.6, len(lost)))
    w.emit(again, gate[again.sess % len(gate)], work[lost], "api", line, shown=True)
    lag[acc] = new_lag(w, n)
    personal(w, acc, 60)


def seat_reseller(w: World, n: int, name: str) -> None:
    """Seats opened at one desk in seven deliveries, cards for 38 each: a region's people with own homes and chats."""
    rng = w.rng
    domain = domains(rng, 1, ["com.tr"])[0]
    wave = rng.choice([-160, -128, -97, -64, -33, -2, 6], n)
    free = ["gmail.com", "hotmail.com", "outlook.com"]
    acc = people(
        w,
        n,
        name,
        country={"TR": 7, "AE": 2, "PK": 2},
        plan="max",
        card=shared_cards(w, n, 38),
        issuer=["visa-rural", "mc-unity"],
        created=wave * DAY + 10 * HOUR + rng.gamma(2, 2500, n),
        email=np.where(rng.random(n) < 0.35, domain, rng.choice(free, n)).astype(object),
    )
    w.a["signup"][acc] = w.net.site("TR", "business", 1)[0]
    chat(w, acc, heavy(w, n, 110, 0.9), weekend=0.8)
    personal(w, acc, 30, 0.4)


def campus_sizes(n: int, campuses: int) -> list[int]:
    """n accounts over campuses."""
    return [len(part) for part in np.array_split(np.arange(n), campuses)]


def eval_consortium(w: World, n: int, name: str, channel: str = "api", kinds: tuple[str, ...] = ("reason",)) -> None:
    """Nightly shared reasoning templates on a frozen harness: six universities' networks and mail, grants' cards."""
    rng = w.rng
    works = w.works.add(list(kinds) * (36 // len(kinds)), tools=None, settings="rs-eval0")
    line = w.clients.pinned(f"{name}-harness", "halcyon-py", "0.4.8")
    for c, k in zip(("US", "GB", "DE", "FR", "JP", "CA"), campus_sizes(n, 6), strict=True):
        domain = f"{text(rng, 1, 4)[0]}.{'edu' if c == 'US' else 'ac.' + c.lower()}"
        acc = people(
            w,
            k,
            name,
            country={c: 1},
            plan="payg",
            card=shared_cards(w, k, 9),
            issuer=["mc-unity", "invoice"],
            email=np.where(rng.random(k) < 0.93, domain, "gmail.com").astype(object),
            created=rng.choice([-140, -52], k) * DAY + rng.gamma(2, 5 * HOUR, k),
        )
        campus = w.net.site(c, "education", 3)
        w.net.label_ips(campus, "education", "ripe-org")
        w.a["office"][acc] = rng.choice(campus, k)
        u = scheduled(w, acc, 2, 5.5, (14, 0.5), (20, 24), 0.3)
        ip, work = campus[u.sess % len(campus)], works[(u.sess * 7 + u.turn) % len(works)]
        w.emit(u, ip, work, channel, line, rng.choice(w.models[:3], len(work)), False)
        personal(w, acc, 50)
