"""Honest look-alikes, two: people who share a payer, a place or a way in."""

from __future__ import annotations

import numpy as np

from overseas.background import chatter
from overseas.countries import NUMBER, TZ, numbers
from overseas.people import API, DAY, DAYS
from overseas.shapes import loads
from overseas.world import World


def microtask_crowd(w: World, n: int) -> None:
    """An agency's workers with one rubric, many behind nine farms of phones."""
    rng, farms = w.rng, 9
    country = NUMBER[rng.choice(["PH", "BD", "KE"])]
    farm = rng.integers(0, farms, n)
    gateways = [w.net.carrier[country, k % 3][(k * 3) % 24 : (k * 3) % 24 + 4] for k in range(farms)]
    phones = np.array(gateways)
    cards = w.cards(n // 8 + 1)
    line = w.clients.line("taskbee-app", 21, 3)
    created = np.round(rng.uniform(-80, 3, n) / 9) * 9 * DAY + rng.uniform(9, 15, n) * 3600
    acc = w.people(
        n,
        "microtask_crowd",
        country,
        created=np.where(created > 4 * DAY, DAY, created),
        line=line,
        email=rng.choice(["gmail.com", w.one_name()], n, p=[0.55, 0.45]).astype(object),
        card=cards[np.arange(n) // 8],
        issuer="prepaid-one",
        plan="plus",
        p_mobile=0.7,
    )
    works = w.works.several(rubric=1, label=1, write=1)

    def place(who: np.ndarray, t: np.ndarray) -> np.ndarray:
        """A gateway of the farm, or where they live."""
        at_farm = rng.random(len(who)) < 0.75
        return np.where(at_farm, phones[farm[who - acc[0]], rng.integers(0, 4, len(who))], w.lived(who, t))

    load = loads(rng, n, 17, 0.75, 0.02)
    w.act(acc, load, works, "piece", 0.45, 1.2, 0.72, 0.5, shape=2, place=place, gap=60)
    chatter(w, acc, 0.5, 1.1)


def ngo_stipends(w: World, n: int) -> None:
    """Field workers on gift cards for five; a teammate's account goes on with a conversation on another tablet."""
    rng = w.rng
    country = NUMBER[rng.choice(["KE", "GH", "NG", "CO"])]
    cards = w.cards(n // 5)
    organization = w.one_organization()
    acc = w.people(
        n,
        "ngo_stipends",
        country,
        created=np.round(w.signed_up(n, 20, 420) / (30 * DAY)) * 30 * DAY + rng.uniform(0, 4 * 3600, n),
        line="android",
        organization=np.where(rng.random(n) < 0.6, organization, None),
        email=w.one_name(".org"),
        card=cards[np.arange(n) // 5 % len(cards)],
        issuer="giftline",
        plan="plus",
        p_mobile=0.97,
    )
    languages = w.works.several(translate=18, summary=10, extract=12)
    own = languages[rng.integers(0, 40, (n, 5))]
    works = np.concatenate([own, rng.choice(w.works.chat, (n, 3))], 1)
    w.act(acc, loads(rng, n, 6, 0.9, 0.01), works, "field", 0.2, 2, 0.75, 0.6, shape=0.6)
    m = 700  # handed over
    one = rng.choice(acc, m)
    other = acc[np.minimum((one - acc[0]) // 5 * 5 + rng.integers(0, 5, m), n - 1)]
    day = rng.integers(0, DAYS, m)
    t = day * DAY + (rng.normal(13.4, 1.5, m) - TZ[country]) * 3600
    real = (w.weekday(day) < 6) & (one != other)
    one, other, t = one[real], other[real], t[real]
    session = w.sessions(len(t))
    work = works[one - acc[0], rng.integers(0, 5, len(t))]
    for who, later in ((one, 0), (other, 2400)):
        w.put(who, t + later, work, 2, session=session)


def voucher_students(w: World, n: int) -> None:
    """Students with vouchers for twenty, who sign up in class within minutes."""
    rng, group = w.rng, np.arange(n) // 20
    country = NUMBER[rng.choice(["IN", "ES", "BR", "ID"])]
    room = w.net.places(country, "education", 5, 1)
    w.net.label(room, "education", "whois", 0.6)
    day = rng.choice([-9, -8, -6, -2, -1, 0, 1], n // 20 + 1)
    created = day[group] * DAY + 9.5 * 3600 - TZ[country] * 3600 + rng.exponential(900, n)
    acc = w.people(
        n,
        "voucher_students",
        country,
        created=np.where(created >= 2 * DAY, DAY, created),
        line="sdk-python",
        channel=API,
        email=w.one_name(".edu", ".ac.in"),
        card=w.cards(n // 20 + 1)[group],
        issuer="giftline",
        plan="payg",
        office=w.add_offices([room])[0],
        p_office=0.85,
        signup=room[rng.integers(0, 5, n)],
        lag=30.0,
    )
    tool = w.works.tool()
    exercises = np.r_[w.works.add("think", 4), w.works.add("codegen", 3, tool=tool)]
    curve = [0.6, 0.7, 1, 1, 1.6, 2.4, 0.6, 0.3, 0.6, 0.8, 1.2, 1.8, 3, 0.2]  # up to two deadlines
    w.act(acc, loads(rng, n, 9, 0.9, 0.01), exercises, "campus", 0.5, 1.6, 0.6, shape=0.5, curve=curve)
    chatter(w, acc, 0.8, 1.2)


def reopened_batch(w: World, n: int) -> None:
    """One card issuer's accounts, shut together; most are opened again, the others sign up anew."""
    rng, shut = w.rng, 5.3 * DAY
    created = np.sort(rng.uniform(-60, -2, n)) * DAY
    acc = w.people(n, "reopened_batch", rng.choice(numbers("US MX CO"), n), created, issuer="neobank")
    own = [rng.choice(w.works.chat, (n, 3)), rng.choice(w.works.shared, (n, 2), p=w.works.shared_p)]
    works = np.concatenate(own, 1)
    w.act(acc, loads(rng, n, 7, 1.1), works, "home", 1.05, 2, 0.7)
    back = shut + rng.choice([1.2, 2.1, 2.9], n) * DAY
    anew = rng.random(n) < 0.3
    t = shut + rng.uniform(0, 1500, n)
    for i, s, b in zip(acc[~anew].tolist(), t[~anew].tolist(), back[~anew].tolist(), strict=True):
        w.suspend(i, s, b, "payment_review")
    w.ban(acc[anew], t[anew], "payment_review")
    m = int(anew.sum())
    same = ("country", "email", "line", "home", "leases", "carrier", "variant", "lag", "p_mobile")
    old = {column: w.account[column][acc[anew]] for column in same}
    after = t[anew] + rng.uniform(1, 14, m) * 3600
    again = w.people(m, "reopened_batch", old["country"], after, old["line"], email=old["email"], issuer="mc-debit")
    for column in same[3:]:
        w.account[column][again] = old[column]
    w.act(again, loads(rng, m, 7, 1.1), works[anew], "home", 1.05, 2, 0.7)


def cyber_cafes(w: World, n: int) -> None:
    """Customers of 28 cafes, with their PCs' prints and cards sold at the counter."""
    rng, cafes = w.rng, 28
    country = NUMBER[rng.choice(["PH", "ID", "EG", "LK"])]
    own = rng.integers(0, cafes, n)
    ips = w.net.places(country, "residential", cafes, 1)
    cards = w.cards(cafes * 3)
    line = w.clients.line("web-cafe", 12, cafes, shown="web")
    acc = w.people(
        n,
        "cyber_cafes",
        country,
        w.signed_up(n, 0, 500),
        line,
        card=np.where(rng.random(n) < 0.6, cards[own * 3 + rng.integers(0, 3, n)], None),
        issuer="prepaid-one",
        plan=rng.choice(["free", "plus"], n).astype(object),
        home=False,
    )
    w.account["variant"][acc] = own
    chat = rng.choice(w.works.chat, (n, 4))
    works = np.concatenate([chat, rng.choice(w.works.shared, (n, 2), p=w.works.shared_p)], 1)

    def place(who: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Their cafe, now and then another."""
        usual = rng.random(len(who)) < 0.82
        return ips[np.where(usual, own[who - acc[0]], rng.integers(0, cafes, len(who)))]

    w.act(acc, loads(rng, n, 5, 1.2), works, "shop", 1.3, 2.6, 0.5, place=place)


def call_centre(w: World, n: int) -> None:
    """Three shifts of one call centre; a customer's thread goes on with the next."""
    rng, fortnight, country = w.rng, 14 * DAY, NUMBER["PH"]
    office = w.net.places(country, "business", 6, 0)
    acc = w.people(
        n,
        "call_centre",
        country,
        created=np.round(w.signed_up(n, 60, 700) / fortnight) * fortnight,
        line=w.clients.line("agentdesk", 60, 1, frozen=True),
        organization=np.where(rng.random(n) < 0.5, w.one_organization(), None),
        email=w.one_name(".ph"),
        card=w.one_card(),
        issuer="amex",
        plan="team",
        signup=office[rng.integers(0, 6, n)],
        p_mobile=0.0,
    )
    tool = w.works.tool()
    works = np.r_[w.works.add("desk", 2, tool=tool), w.works.add("summary", 1)]
    w.account["shift"][acc] = np.array([-1.0, 7, 15])[rng.integers(0, 3, n)]
    load = rng.normal(17, 3, n).clip(5)
    w.act(acc, load, works, "office", 0.9, 1.6, 0.7, 0.25, shape=1.6, place=w.any_of(office), bursts=False)
    m = 900  # handed on
    one, other = rng.choice(acc, m), rng.choice(acc, m)
    t = rng.uniform(0.3, 13.5, m) * DAY
    session = w.sessions(m)
    for who, later in ((one, 0), (other, 900)):
        w.put(who, t + later, np.full(m, works[0]), 1, office[rng.integers(0, 6, m)], session=session)


def newsroom_leak(w: World, n: int) -> None:
    """Reporters on one story: privacy mail, virtual cards, VPNs, half of the accounts fresh."""
    rng = w.rng
    created = np.where(rng.random(n) < 0.5, rng.uniform(3.2, 4.6, n) * DAY, w.signed_up(n, 10, 300))
    acc = w.people(
        n,
        "newsroom_leak",
        created=created,
        line="web",
        organization=np.where(rng.random(n) < 0.45, w.one_organization(), None),
        email=rng.choice(["proton.me", w.one_name(".news")], n, p=[0.5, 0.5]).astype(object),
        issuer="virtual-cardly",
        vpn=rng.choice(7, n),
        p_vpn=0.92,
    )
    chat = rng.choice(w.works.chat, (n, 3))
    works = np.concatenate([chat, w.works.add("summary", 6)[rng.integers(0, 6, (n, 3))]], 1)
    curve = [0.2, 0.2, 0.3, 1, 3, 3, 2.4, 1.4, 0.8, 0.5, 0.3, 0.2, 0.2, 0.2]
    w.act(acc, loads(rng, n, 16, 0.9), works, "office", 1.1, 2.4, 0.7, curve=curve, shape=0.4)


def seat_market(w: World, n: int) -> None:
    """Seats sold in 25s, each with a card and a burst of sign-ups at one desk."""
    rng, deliveries = w.rng, n // 25 + 1
    country = NUMBER[rng.choice(["VN", "TR", "EG"])]
    created = np.repeat(rng.uniform(-90, 4, deliveries), 25)[:n] * DAY + rng.uniform(0, 2000, n)
    desk = w.net.places(country, "business", 1, 1)[0]
    mail = ["gmail.com", "outlook.com", w.one_name()]
    acc = w.people(
        n,
        "seat_market",
        country,
        created,
        email=rng.choice(mail, n, p=[0.3, 0.2, 0.5]).astype(object),
        card=w.cards(deliveries)[np.arange(n) // 25],
        issuer="virtual-cardly",
        plan="plus",
        signup=desk,
    )
    chatter(w, acc, 4.5, 1.1, "home", p_day=0.7)
