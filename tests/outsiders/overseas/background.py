"""Everyday people, and what trust and safety does to anyone."""

from __future__ import annotations

import numpy as np

from overseas.countries import CODES, WEIGHT, numbers
from overseas.people import API, BATCH, CONSOLE, DAY, DAYS, RESALE, SPAN, SUBSCRIPTION
from overseas.shapes import loads
from overseas.world import World

ACCOUNTS_PER_ACTIVE = 1.31
SHARES = {
    "consumer": 0.5,
    "family": 0.07,
    "hobby": 0.13,
    "firm": 0.15,
    "service": 0.035,
    "campus": 0.045,
    "private": 0.05,
    "resale": 0.02,
}
OWN_PROGRAMS = ("extract", "codegen", "summary", "label", "translate", "think", "ragqa")
SERVICES = ("desk", "ragqa", "label", "extract", "summary", "agent", "alt")
CAMPUSES, VPN_SHARES = 11, [0.3, 0.2, 0.1, 0.1, 0.05, 0.2, 0.05]
EVERYDAY_ACTIONS = (  # reason, action, share of all accounts
    ("spam", "ban", 0.0018),
    ("payment_failed", "suspend", 0.0035),
    ("policy", "ban", 0.0012),
    ("automated_limit", "rate_limit", 0.006),
)


def chatter(w: World, acc: np.ndarray, median: float, sigma: float, hours: str = "home", p_day: float = 0.5) -> None:
    """A life of their own besides: chat and shared templates, in a browser or on the phone."""
    rng, n, free = w.rng, len(acc), w.works.chat
    chat = [rng.choice(free, n, p=[0.5, 0.1, 0.08, 0.22, 0.1]), rng.choice(free, n)]
    works = np.stack([*chat, w.works.some_shared(n), w.works.some_shared(n)], 1)
    own = w.account["line"][acc]
    apps = (w.account["channel"][acc] == SUBSCRIPTION) & np.isin(own.astype(str), ["web", "ios", "android"])
    line = np.where(apps, own, "web").astype(object)
    w.act(acc, loads(rng, n, median, sigma), works, hours, 1.15, 2.1, p_day, line=line)


def _fresh(w: World, n: int) -> np.ndarray:
    """Sign-ups of which a few are in the window."""
    rng = w.rng
    return np.where(rng.random(n) < 0.06, rng.uniform(0, DAYS, n) * DAY, w.signed_up(n))


def _consumers(w: World, n: int, light: float) -> None:
    """People who chat; a fifth are idle."""
    rng, free = w.rng, w.works.chat
    acc = w.people(n, created=_fresh(w, n), lag=rng.gamma(0.6, 5, n))
    chat = [rng.choice(free, n, p=[0.45, 0.12, 0.08, 0.25, 0.1]), rng.choice(free, n)]
    works = np.stack([*chat, w.works.some_shared(n), rng.choice(free, n)], 1)
    active = np.flatnonzero(rng.random(n) > 0.19)
    load = light * loads(rng, len(active), 1.1, 1.5)
    w.act(acc[active], load, works[active], rng.choice(["home", "evening"]), 1.1, 2.2, 0.55)


def _families(w: World, n: int, light: float) -> None:
    """Families on one card and home."""
    rng, a_third = w.rng, n // 3
    family = np.sort(rng.integers(0, a_third, n))
    cards = w.cards(a_third)
    country = rng.choice(len(CODES), a_third, p=WEIGHT)
    issuer = rng.choice(["visa-credit", "mc-debit", "wallet-pay"], a_third)[family].astype(object)
    acc = w.people(n, country=country[family], card=cards[family], issuer=issuer, created=_fresh(w, n))
    leads = np.r_[True, family[1:] != family[:-1]]
    first = acc[np.maximum.accumulate(np.where(leads, np.arange(n), 0))]
    for column in ("home", "leases"):
        w.account[column][acc] = w.account[column][first]
    chatter(w, acc, 1.3 * light, 1.3, "evening")


def _hobbyists(w: World, n: int, light: float) -> None:
    """Popular agents, and programs of their own."""
    rng = w.rng
    acc = w.people(n, channel=np.where(rng.random(n) < 0.75, API, CONSOLE), created=_fresh(w, n), p_mobile=0.03)
    agentic = np.flatnonzero(rng.random(n) < 0.42)
    others = np.setdiff1d(np.arange(n), agentic)
    which = rng.choice(4, len(agentic), p=[0.5, 0.27, 0.15, 0.08])
    for k, (line, agent_works) in enumerate(w.works.agents):
        some = acc[agentic[which == k]]
        w.account["line"][some] = line
        load = light * loads(rng, len(some), 3, 1.4)
        works = np.stack([rng.choice(agent_works, len(some)) for _ in range(3)], 1)
        w.act(some, load, works, rng.choice(["night", "evening", "home"]), 1.2, 4.5, 0.4, gap=25)
    m = len(others)
    own = [w.works.mixed(m, OWN_PROGRAMS) for _ in range(2)]
    works = np.stack([*own, w.works.some_shared(m)], 1)
    w.act(acc[others], light * loads(rng, m, 2.2, 1.7), works, "night", 1.1, 1.3, 0.45)


def _firm_sizes(rng: np.random.Generator, n: int) -> np.ndarray:
    """Sizes of firms, 3 to 260 with a long tail, that sum to `n`."""
    sizes: list[int] = []
    while sum(sizes) < n:
        sizes.append(int(min(3 + 2.2 * rng.pareto(0.9), 260, n - sum(sizes))) or 1)
    return np.array(sizes)


def _firms(w: World, n: int, light: float) -> None:
    """Firms with a mail domain, a card and offices; most have an organisation."""
    rng = w.rng
    sizes = _firm_sizes(rng, n)
    m, of = len(sizes), np.repeat(np.arange(len(sizes)), sizes)
    ids, mail, cards, country = w.organizations(m), w.names(m), w.cards(m), rng.choice(len(CODES), m, p=WEIGHT)
    spots = 1 + (sizes > 12) + 3 * (sizes > 60)
    pairs = zip(country.tolist(), spots.tolist(), strict=True)
    offices = w.add_offices([w.net.places(c, "business", spot) for c, spot in pairs])
    declared = rng.random(m) < 0.8
    issuer = rng.choice(["visa-credit", "amex", "sepa-dd", "mc-debit"], m)[of].astype(object)
    acc = w.people(
        n,
        country=country[of],
        organization=np.where(declared[of], ids[of], None),
        email=mail[of],
        card=cards[of],
        issuer=issuer,
        channel=np.where(rng.random(n) < 0.62, SUBSCRIPTION, API),
        plan="team",
        p_office=rng.beta(3, 1.5, n),
        office=offices[of],
        p_mobile=0.08,
        created=_fresh(w, n),
    )
    own = w.works.each("ragqa summary extract codegen", m)[of]
    chat = rng.choice(w.works.chat, (n, 2))
    own = own[:, rng.permutation(4)[:2]]
    shared = rng.choice(w.works.shared, (n, 1), p=w.works.shared_p)
    works = np.concatenate([chat, own, shared], 1)
    works = np.take_along_axis(works, rng.permuted(np.tile(np.arange(5), (n, 1)), axis=1), 1)
    active = np.flatnonzero(rng.random(n) > 0.22)
    w.act(acc[active], light * loads(rng, len(active), 2.2, 1.3), works[active], "office", 0.16, 1.9, 0.62)


def _services(w: World, n: int, light: float) -> None:
    """Products that run in clouds, each from addresses of its own."""
    rng, net = w.rng, w.net
    servers = [net.take(np.full(int(rng.integers(1, 5)), rng.choice(net.clouds))) for _ in range(n)]
    acc = w.people(
        n,
        channel=rng.choice([API, BATCH, RESALE], n, p=[0.8, 0.1, 0.1]),
        organization=np.where(rng.random(n) < 0.7, w.organizations(n), None),
        email=w.names(n),
        fail=rng.beta(1, 40, n),
        lag=rng.gamma(1, 60, n),
    )

    def place(who: np.ndarray, t: np.ndarray) -> np.ndarray:
        """One of its servers."""
        mine = [servers[i] for i in who - acc[0]]
        return np.array([ips[int(len(ips) * u)] for ips, u in zip(mine, rng.random(len(who)), strict=True)], int)

    works = np.stack([w.works.mixed(n, SERVICES) for _ in range(3)], 1)
    w.act(acc, light * loads(rng, n, 9, 1.5), works, "flat", 0.75, 1.1, 0.97, 0.35, shape=2.2, place=place)


def _campuses(w: World, n: int, light: float) -> None:
    """Students, half of the time on campus."""
    rng = w.rng
    country = rng.choice(numbers("US GB DE IN JP BR ES KR"), CAMPUSES)
    offices = w.add_offices([w.net.places(c, "education", 6, 0) for c in country.tolist()])
    mail = w.names(CAMPUSES, (".edu", ".ac.uk", ".edu.in", ".ac.jp", ".uni.de"))
    of = rng.integers(0, CAMPUSES, n)
    email = np.where(rng.random(n) < 0.7, mail[of], "gmail.com").astype(object)
    acc = w.people(n, country=country[of], email=email, office=offices[of], p_office=0.55, created=_fresh(w, n))
    own = w.works.each("think codegen", CAMPUSES)[of]
    load = light * loads(rng, n, 1.1, 1.4)
    w.act(acc, load, np.concatenate([rng.choice(w.works.chat, (n, 3)), own], 1), "campus", 0.7, 2.1, 0.5)


def _private(w: World, n: int, light: float) -> None:
    """People behind VPNs and relays."""
    rng = w.rng
    vpn = rng.choice(7, n, p=VPN_SHARES)
    p_vpn = rng.beta(3, 1, n)
    email = rng.choice(["proton.me", "tuta.io", "icloud.com", "gmail.com"], n).astype(object)
    chatter(w, w.people(n, vpn=vpn, p_vpn=p_vpn, email=email, created=_fresh(w, n)), 1.4 * light, 1.4)


def _resale(w: World, n: int, light: float) -> None:
    """Organisations that buy from a cloud."""
    mail, ids = w.names(n), w.organizations(n)
    acc = w.people(n, channel=RESALE, organization=ids, email=mail, line="routery")
    load = light * loads(w.rng, n, 2.5, 1.6)
    w.act(acc, load, w.works.each("ragqa desk codegen", n), "flat", 0.5, 1.2, 0.8)


def background(w: World, active: int, light: float) -> None:
    """Everyday accounts, about so many of them active; `light` scales what they use."""
    n = {kind: int(int(active * ACCOUNTS_PER_ACTIVE) * share) for kind, share in SHARES.items()}
    _consumers(w, n["consumer"], light)
    _families(w, n["family"], light)
    _hobbyists(w, n["hobby"], light)
    _firms(w, n["firm"], light)
    _services(w, n["service"], light)
    _campuses(w, n["campus"], light)
    _private(w, n["private"], light)
    _resale(w, n["resale"], light)


def everyday_actions(w: World) -> None:
    """Bans, suspensions and limits that hit anyone honest."""
    rng = w.rng
    for reason, action, share in EVERYDAY_ACTIONS:
        some = rng.choice(w.n, int(w.n * share), replace=False)
        for i, s in zip(some.tolist(), rng.uniform(0, SPAN, len(some)).tolist(), strict=True):
            if s <= w.account["created"][i] + 3600:
                continue
            if action == "rate_limit":
                w.actions.append((i, action, s, reason))
            elif action == "ban":
                w.ban(np.array([i]), s, reason)
            else:
                back = s + rng.exponential(1.8) * DAY
                w.suspend(i, s, back, reason, rng.uniform(0, 1800) if back < SPAN else 0.0)
