"""Honest look-alikes of the pool that is hunted by bans."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import chat, dev, heavy, personal
from farther.ids import domains
from farther.networks import CODE
from farther.people import people, shared_cards
from farther.rhythm import human
from farther.world import DAYS, HOUR, World


def translators_coop(w: World, n: int, name: str) -> None:
    """Banned by mistake: half get their accounts back, some open new ones with the same card, mail and home."""
    rng, a = w.rng, w.a
    domain = domains(rng, 1, ["coop"])[0]
    acc = people(
        w,
        n,
        name,
        country={"FR": 3, "ES": 3, "DE": 2, "UA": 2, "MX": 2},
        plan="pro",
        created=(-300, 150),
        email=np.where(rng.random(n) < 0.5, domain, "gmail.com").astype(object),
    )
    works = w.works.add(["translate", "write"], tools=None)
    line = w.clients.line("coop-cat", [("2.0", -60), ("2.1", 2.2)], 3, shown="halcyon-js")
    at = 6.4 * DAY + rng.gamma(2, 2200, n)
    back = np.where(rng.random(n) < 0.5, at + 30 * HOUR + rng.exponential(9 * HOUR, n), np.nan)
    never = acc[np.isnan(back)][: n // 4]
    fresh = people(
        w,
        len(never),
        name,
        country=a["country"][never],
        plan="pro",
        card=a["payment"][never],
        email=a["email"][never],
        created=7.3 * DAY + rng.gamma(1.5, 7 * HOUR, len(never)),
    )
    for column in ("issuer", "tz", "variant", "lag", "mobile", "phone", "lease"):
        a[column][fresh] = a[column][never]
    w.homes[fresh] = w.homes[never]
    a["signup"][fresh] = w.homes[never, 0]
    for who, days, mean in ((acc, None, 130), (fresh, [0] * 7 + [0.6] + [1] * 6, 75)):
        u = human(w, who, heavy(w, len(who), mean, 0.6), "office", 8, (40, 0.9), 0.25, days=days, day_sigma=0.4)
        ip = np.where(u.sess % 5 < 2, w.net.vpn_exits[3, (u.acc + u.sess) % 20], w.life(u))
        w.emit(u, ip, works[u.sess % 2], "api", line, "halcyon-3", False)
        personal(w, who, 45)
    w.ban(acc, at, "coordinated_abuse", "ban", back, close=0.5)


def release_benchmarkers(w: World, n: int, name: str, model: str, day: int) -> None:
    """A new model's first three days, ten shared templates: own payers, servers, and more use before."""
    acc = people(w, n, name, plan="payg")
    works = w.works.add(["reason", "agent", "code", "reason", "reason"] * 2, tools=0.3, settings="rs-bench1")
    days = np.full(DAYS, 1e-4)
    days[day : day + 3] = 1, 0.7, 0.12
    line = w.clients.line("openbench", [("1.9", -40), ("1.10", day + 0.1)], 3, shown="halcyon-py")
    u = human(w, acc, heavy(w, n, 120, 0.7), "flat", 30, (5, 0.8), 0.9, days=days, day_sigma=0.1)
    u = u.of(u.t > day * DAY + 1800)
    tried = np.where(u.sess % 4 > 0, model, "halcyon-3-pro").astype(object)
    w.emit(u, w.server(u), works[(u.sess * 3 + u.turn) % 10], "api", line, tried, False)
    personal(w, acc, 90, 0.05)


def bootcamp_prepaid(w: World, n: int, name: str) -> None:
    """Accounts of one morning, gift cards for five, one kit: two classrooms, the country's carriers, class hours."""
    rng, a = w.rng, w.a
    acc = people(
        w,
        n,
        name,
        country={"NG": 2, "KE": 1},
        plan="payg",
        card=shared_cards(w, n, 5),
        issuer=["visa-gift-blk"],
        created=3 * DAY + 8 * HOUR + rng.gamma(2, 1500, n),
        email=["gmail.com", "gmail.com", "yahoo.com", "yopmail.com"],
    )
    a["mobile"][acc] = 1
    for c in ("NG", "KE"):
        mine = acc[a["country"][acc] == CODE[c]]
        room = w.net.site(c, "business", 2)
        a["office"][mine] = rng.choice(room, len(mine))
        a["signup"][mine] = room[0]
    works = w.works.add(["agent", "code"], tools=w.works.new_toolset())
    days = [0] * 3 + [0.8] + [1] * 10
    counts = rng.poisson(120, n)
    u = human(w, acc, counts, "office", 9, (35, 0.9), 0.3, days=days, day_sigma=0.2, shift_sd=0.5)
    ip = w.life(u)
    line = w.clients.pinned("learnkit", "opencoder", "1.0.2", 2)
    w.emit(u, ip, works[u.sess % 2], "api", line, "halcyon-3-code", True)
    personal(w, acc, 30, 0.2)


def plugin_autoupdate(w: World, n: int, name: str) -> None:
    """Strangers whose version and headers change within hours, twice: own homes, cards, countries, evenings."""
    rng, lag = w.rng, w.a["lag"]
    acc = people(w, n, name)
    works = w.works.add(["agent", "complete"], tools=w.works.new_toolset())
    versions = [("3.3.0", -25), ("3.4.0", 4.7), ("3.4.1", 8.6)]
    line = w.clients.line("inkwell-plugin", versions, 2)
    usual = lag[acc]
    lag[acc] = rng.exponential(0.12, n)
    u = human(w, acc, heavy(w, n, 125, 0.6), "evening", 7, (25, 1.0), 0.9, day_sigma=0.5)
    third = u.sess % 3 == 0
    w.emit(u, w.life(u), works[third.astype(int)], "api", line, shown=third)
    lag[acc] = usual
    personal(w, acc, 40)


def support_bots(w: World, n: int, name: str) -> None:
    """Pairs of accounts that take over each other's sessions: a pair is one shop's card, mail and home."""
    rng, a, half = w.rng, w.a, n // 2
    one = people(w, half, name, plan="team", email=domains(rng, half, ["shop", "store"]))
    two = people(
        w,
        half,
        name,
        country=a["country"][one],
        plan="team",
        card=a["payment"][one],
        email=a["email"][one],
        created=a["created"][one] + rng.exponential(9 * DAY, half),
    )
    a["issuer"][two], w.homes[two], a["signup"][two] = a["issuer"][one], w.homes[one], w.homes[one, 0]
    cloud = w.net.cloud(4, 5, "vendor-declared")
    works = w.works.add(["support"], tools=w.works.new_toolset())
    line = w.clients.line("shopbot", [("12.0", -33), ("12.1", 5.8)], 1, shown="halcyon-js")
    u = human(w, one, heavy(w, half, 320, 0.7), "flat", 3.5, (55, 0.8), 1.0, day_sigma=0.25)
    swap, other = u.sess % 11 < 4, u.sess % 11 > 8
    work = np.where(u.sess % 9 == 0, w.fashion.bare[0], works[0])
    taken_over = swap & (u.turn > 1) | other
    status = np.where(swap & (u.turn == 1), 429, 0)
    served = u._replace(acc=np.where(taken_over, u.acc + half, u.acc))
    w.emit(served, cloud[u.sess % 5], work, "api", line, "halcyon-3-mini", True, status)
    chat(w, one, heavy(w, half, 30, 1.0, 0.4))


def vpn_newsroom(w: World, n: int, name: str) -> None:
    """Privacy mail, wallets, 14 VPN exits for all: labelled, own cards, human hours, chats without common work."""
    rng = w.rng
    acc = people(
        w,
        n,
        name,
        country={"TR": 3, "HK": 3, "AE": 2, "UA": 2, "VN": 2},
        plan="pro",
        issuer=["paywallet", "mc-revo", "visa-wisecard"],
        created=(-150, 110),
        email=["proton.me", "proton.me", "dropmail.me", "tuta.com", "gmail.com"],
    )
    exits = w.net.vpn_exits[4, :14]
    w.a["signup"][acc] = rng.choice(exits, n)
    counts = heavy(w, n, 120, 0.8)
    chat(
        w,
        acc,
        counts,
        "campus",
        lambda u: np.where(u.sess % 8 > 0, exits[(u.sess * 5 + u.acc) % 14], w.life(u)),
    )
    some = acc[::3]
    counts = heavy(w, len(some), 40, 1.0)
    dev(w, some, counts, profile="evening", where=lambda u: exits[(u.sess + u.acc) % 14])
