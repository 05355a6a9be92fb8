"""Honest people who look like a fleet: accounts that end and begin again, shared keys, masks, and one common cause."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from afield.world import DAY
from farther.crowd import chat, dev, heavy, own_works, personal, pick
from farther.ids import card_ids, text
from farther.jobs import job_sizes
from farther.networks import WEIGHT
from farther.people import DISPOSABLE, people
from farther.rhythm import arrivals, human
from farther.world import HOUR, NEVER, SPAN, Uses, World

from beyond.dispatcher import Habits, Posts, hand_out
from beyond.lives import Heirs, Phones, continuous, days_of, during, either, handed_on, hashed, one_person, zipf

TURNS = 5  # accounts of a person who goes on and on


def _ends(w: World, persons: int, days: Sequence[float]) -> np.ndarray:
    """When each of a person's accounts ends."""
    lives = w.rng.choice(np.asarray(days), (persons, TURNS)) * w.rng.uniform(0.9, 1.1, (persons, TURNS))
    lives[:, 0] = w.rng.uniform(0, 3, persons)
    return np.cumsum(lives, 1) * DAY


def kiosk_day_passes(w: World, persons: int, name: str) -> None:
    """Passes for about three days, sold at counters on the counter's card: a new account each time, one phone each."""
    rng, a = w.rng, w.a
    heirs = Heirs(_ends(w, persons, (2, 3, 3, 4, 7)))
    n = len(heirs.created)
    counter = rng.integers(0, 16, persons)[heirs.person]
    cards = card_ids(rng, 48).reshape(16, 3)
    acc = people(
        w,
        n,
        name,
        country={"BD": 3, "PK": 3, "KE": 2},
        created=heirs.created,
        plan="pro",
        card=cards[counter, rng.integers(0, 3, n)],
        issuer=["visa-gift-blk"],
        email=["gmail.com", "gmail.com", "yahoo.com", "yopmail.com"],
    )
    head = heirs.unite(w, acc)
    a["mobile"][acc] = 1
    a["issuer"][acc] = np.array(["visa-gift-blk", "paywallet"])[counter % 2]
    shop = np.concatenate([w.net.site(land, "business", 1) for land in ("BD", "PK", "KE") * 6])[:16]
    a["signup"][acc] = shop[counter]
    works = w.works.add(["chat", "write", "translate"] * 10, tools=None, settings="rs-mate", size_noise=0.25)
    line = w.clients.line("lessonmate", [("3.3", -40), ("3.4", 4.2)], 4, shown="ios-android")
    u = human(w, head, heavy(w, persons, 190, 0.6), "evening", 5, (60, 1.0), 0.9, day_sigma=0.5)
    ip = w.life(u)
    u = heirs.now(u, acc)
    work = np.where(hashed(u, 10) < 6, works[rng.choice(30, len(u.t), p=zipf(30, 0.7))], w.fashion.bare[0])
    w.emit(u, ip, work, "subscription", line, "halcyon-3")


def tavern_roleplay(w: World, persons: int, n: int, name: str) -> None:
    """One front-end with ninety public characters: masked mail, VPNs, nights; many live on one trial after another."""
    rng, a = w.rng, w.a
    heirs = Heirs(_ends(w, persons, (1.6, 2.2, 3, 4)))
    serial = len(heirs.created)
    n += serial
    steady = continuous(w, n - serial, -150, 10)
    mask = rng.choice([*DISPOSABLE, "proton.me"], n)
    acc = people(
        w,
        n,
        name,
        created=np.r_[heirs.created, steady],
        plan=np.where(np.arange(n) < serial, "free", "payg").astype(object),
        email=either(rng.random(n), 0.45, mask, "gmail.com"),
    )
    head = heirs.unite(w, acc[:serial])
    a["vpnuser"][acc] = np.where(np.arange(n) < serial, 0.6, 0.3)
    a["signup"][acc[:serial]] = w.net.vpn_exits[acc[:serial] % 6, rng.integers(0, 60, serial)]
    cast = w.works.add(["chat"] * 90, tools=None, settings="rs-tavern", size_noise=0.4)
    line = w.clients.line("tavern", [("1.12.0", -30), ("1.12.4", 1.6), ("1.13.0", 7.7)], 3, shown="halcyon-js")
    p = zipf(90)
    favourite = rng.choice(90, (w.n, 4), p=p)
    one = human(w, head, heavy(w, persons, 230, 0.7), "evening", 18, (70, 0.9), 1.2, shift_sd=3)
    two = human(w, acc[serial:], heavy(w, n - serial, 110, 1.0), "evening", 18, (70, 0.9), 1.2, shift_sd=3)
    for u in (one, during(two, acc[serial:], steady, np.full(n - serial, NEVER))):
        ip, who = w.life(u), u.acc
        if u is one:
            u = heirs.now(u, acc)
        work = cast[favourite[who, hashed(u, 4)]]
        w.emit(u, ip, work, "api", line, either(who % 5, 3, "halcyon-3", "halcyon-3-pro"), who % 4 == 0)


def keyring_friends(w: World, groups: int, name: str) -> None:
    """Four friends put their keys into one open-source balancer: random choice, failover, sessions that move."""
    rng = w.rng
    n = groups * 4
    land = np.repeat(rng.choice(len(WEIGHT), groups, p=WEIGHT), 4)
    plan = either(rng.random(n), 0.4, "free", "payg")
    acc = people(w, n, name, country=land, plan=plan, created=continuous(w, n, -200, 0))
    f = w.fashion
    line = w.clients.line("keyring", [("0.4.1", -50), ("0.5.0", 2.6), ("0.5.1", 9.1)], 4, shown="halcyon-py")
    own = own_works(w, groups)
    for g in range(groups):
        mine = acc[4 * g : 4 * g + 4]
        zone = w.a["tz"][mine[0]]
        w.a["tz"][mine] = zone
        jobs = int(rng.lognormal(np.log(110), 0.6))
        start = arrivals(w, jobs, "evening" if g % 3 else "campus", zone, wobble=0.5)
        posts = Posts.of(w, mine, np.zeros(4), np.full(4, NEVER), rng.lognormal(np.log(45), 0.3, 4), 0.2)
        size = job_sizes(rng, jobs, 4.5, 40)
        habits = Habits(gap=(18, 1.0), rest=(30, 1.0), fail=0.025, stay=0.15, moving=(4, 0.6))
        q = hand_out(w, posts, start, size, habits)
        u = q.uses(w)
        asked = u._replace(acc=mine[q.job * 7 % 4])  # whose program it is
        popular = f.agents[rng.choice(len(f.agents), 2, p=f.agents_p)]
        work = np.where(q.job % 10 < 6, popular[q.job % 2], own[g, q.job % 4])
        w.a["lag"][mine], w.a["variant"][mine] = w.a["lag"][mine[0]].clip(0, 30), w.a["variant"][mine[0]]
        w.emit(u, w.life(asked), work, "api", line, "halcyon-3-code", g % 3 == 0, q.status)
    personal(w, acc, 24, 0.3)


def quake_hotline(w: World, n: int, name: str) -> None:
    """After an earthquake strangers lend accounts to a relief line: a burst of sign-ups, tasks dealt day and night."""
    rng, a = w.rng, w.a
    quake = 6.08 * DAY
    created = np.where(rng.random(n) < 0.7, quake + rng.gamma(1.5, 5 * HOUR, n), -rng.gamma(1.4, 100, n) * DAY - DAY)
    until = np.where(rng.random(n) < 0.6, np.maximum(created, quake) + rng.uniform(1.5, 4, n) * DAY, NEVER)
    acc = people(w, n, name, country={"TR": 6, "DE": 1, "NL": 1}, created=created, plan="free")
    a["mobile"][acc] = 1
    fresh = created > 0
    a["signup"][acc[fresh]] = w.net.carrier[a["country"][acc], acc % 2, rng.integers(0, 36, n)][fresh]
    works = w.works.add(["translate", "classify", "summarize", "support"], tools=w.works.new_toolset())
    line = w.clients.line("yardim", [("0.1", 6.0), ("0.2", 6.9), ("0.3", 8.8)], 4, shown="halcyon-js")
    a["lag"][acc] = rng.exponential(0.2, n)
    posts = Posts.of(w, acc, np.maximum(created, quake) + HOUR, until, rng.lognormal(np.log(34), 0.3, n), 0.25)
    days = [0] * 6 + [0.7, 1.4, 1.5, 1.2, 0.9, 0.7, 0.5, 0.4]
    jobs = 9_500
    start, size = arrivals(w, jobs, "flat", 3, days, 0.1), job_sizes(rng, jobs, 3.6, 25)
    q = hand_out(w, posts, start, size, Habits(gap=(45, 0.9)))
    u = q.uses(w)
    phones = Phones(w, acc, (2 * HOUR, 12 * HOUR))
    ip = np.where(q.job % 3 > 0, phones(u), w.life(u))
    w.emit(u, ip, works[q.job * 31 % 4], "api", line, "halcyon-3", q.job % 2 == 0, q.status)
    days_in = days_of(np.maximum(created, 0), np.minimum(until, SPAN))
    chat(w, acc, heavy(w, n, 16, 1.0, 0.3), "campus", days=days_in)


def carrier_sweep(w: World, n: int, name: str) -> None:
    """One carrier's customers banned together by mistake: most sign up anew within hours, some are let in again."""
    rng, a = w.rng, w.a
    acc = people(w, n, name, country={"MX": 1}, plan=either(rng.random(n), 0.5, "free", "pro"), created=(-160, 100))
    a["mobile"][acc] = 1
    sweep = 4.4 * DAY + rng.exponential(600, n)
    back = np.where(rng.random(n) < 0.7, 9.5 * DAY + rng.gamma(2, 4 * HOUR, n), np.nan)
    again = acc[rng.random(n) < 0.7]
    k = len(again)
    created = 4.45 * DAY + rng.gamma(1.3, 7 * HOUR, k)
    card = np.where(rng.random(k) < 0.6, a["payment"][again], None)
    new = people(w, k, name, country={"MX": 1}, plan=a["plan"][again], created=created, card=card)
    one_person(w, new, again)
    gateways = w.net.carrier[a["country"][acc[0]], 0]
    a["signup"][new] = rng.choice(gateways, k)
    matrix = own_works(w, n)  # what people do goes on
    person = np.r_[np.arange(n), again - acc[0]]

    def where(u: Uses) -> np.ndarray:
        return np.where(u.sess % 5 < 3, gateways[(u.sess * 13 + u.acc) % len(gateways)], w.life(u))

    before, after = [1] * 4 + [0.6] + [0.05] * 4 + [0.4] + [1] * 4, [0] * 4 + [0.4] + [1] * 5 + [0.5] * 4
    for who, days in ((acc, before), (new, after)):
        sort = person[who - acc[0]] % 3
        programs, others = who[sort == 0], who[sort > 0]
        u = human(w, programs, heavy(w, len(programs), 110, 0.9), "campus", 5, (30, 1.1), 0.7, days=days)
        w.emit(u, where(u), pick(matrix, person[u.acc - acc[0]], u.sess))
        chat(w, others, heavy(w, len(others), 75, 1.0, 0.05), "evening", where, days=days)
    w.ban(acc, sweep, "coordinated_abuse", "ban", back, close=0.4)


def novel_in_a_fortnight(w: World, n: int, name: str) -> None:
    """Writers of a contest in one shared tool: templates by chapter, texts handed on, forum's codes for a card."""
    rng = w.rng
    acc = people(
        w,
        n,
        name,
        created=continuous(w, n, -12, 2),
        plan="pro",
        card=np.where(rng.random(n) < 0.5, rng.choice(card_ids(rng, 6), n), card_ids(rng, n)).astype(object),
        email=either(rng.random(n), 0.15, f"{text(rng, 1, 6)[0]}.club", rng.choice(["gmail.com", "icloud.com"], n)),
    )
    works = w.works.add(["write"] * 36, tools=None, settings="rs-novel", size_noise=0.25)
    line = w.clients.pinned("inkpot", "halcyon-js", "1.4.4", 2)
    u = human(w, acc, heavy(w, n, 105, 0.7), "evening", 9, (80, 0.9), 1.5, day_sigma=0.5)
    u = handed_on(w, u, acc, 0.08)
    chapter = np.minimum((u.t // DAY).astype(int) * 2 + hashed(u, 6), 35)
    w.emit(u, w.life(u), works[chapter], "api", line, "halcyon-3", True)
    dev(w, acc[::6], heavy(w, len(acc[::6]), 40, 1.0), profile="evening", weekend=1.0, where=w.life)
    chat(w, acc, heavy(w, n, 30, 1.0, 0.2), "evening")
