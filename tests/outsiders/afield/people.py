"""Enrolment: accounts with identity, plan, card, home line and phone; and where they are when they act."""

from __future__ import annotations

import numpy as np

from afield.clients import mixed, worn
from afield.places import CODES, COUNTRIES, WEIGHTS, carrier, common_vpn, lines, relays, tz_of
from afield.rhythm import counts, human, lognormal_rates
from afield.works import freeform, leaning
from afield.world import Beats, Crew, Ints, World

FREE_MAIL = np.array(
    [
        "gmail.com",
        "outlook.com",
        "icloud.com",
        "yahoo.com",
        "proton.me",
        "qq.com",
        "gmx.de",
        "naver.com",
        "web.de",
        "mail.com",
    ],
    object,
)
FREE_P = np.array([52, 14, 10, 8, 4, 3, 3, 2, 2, 2]) / 100
MASKED = np.array(["privaterelay.appleid.com", "duck.com", "mozmail.com", "simplelogin.com", "anonaddy.me"], object)


def throwaway(w: World, k: int) -> np.ndarray:
    """k disposable mail domains."""
    return w.rng.choice(np.array([f"tmpbox{i}.xyz" for i in range(999)], object), k, replace=False)


def groups(w: World, n: int, low: int, high: int) -> Ints:
    """Group number of each of n accounts, groups of low..high neighbours, in mixed order."""
    sizes = w.rng.integers(low, high + 1, n // low + 1)
    return w.rng.permutation(np.repeat(np.arange(len(sizes)), sizes)[:n])


def cards(w: World, group: Ints) -> np.ndarray:
    """One card for each group (-1 = no card)."""
    made = w.tokens(int(group.max()) + 1, "card_", 16)
    return np.where(group < 0, None, made[group])


def enroll(
    w: World,
    n: int,
    *,
    decoy: str | None = None,
    campaign: str | None = None,
    country: object = None,
    plan: object = "payg",
    mail: object = "free",
    card: object = "own",
    issuer: object = None,
    org: Ints | None = None,
    born: tuple[float, float] = (0, 700),
    signup: Ints | None = None,
    home: Ints | None = None,
) -> Crew:
    """Create n accounts. `country`: None (world mix), a code, a list or an array; `card`: own, none or an array."""
    rng = w.rng
    if country is None:
        country = rng.choice(CODES, n, p=WEIGHTS)
    elif isinstance(country, str):
        country = np.full(n, country, object)
    elif len(country) != n or isinstance(country, list):
        country = rng.choice(np.array(country, object), n)
    plan = (
        rng.choice(np.array(plan, object), n)
        if isinstance(plan, list)
        else np.full(n, plan, object)
        if isinstance(plan, str)
        else plan
    )
    if isinstance(mail, str):
        mail = {
            "free": lambda: rng.choice(FREE_MAIL, n, p=FREE_P),
            "masked": lambda: rng.choice(MASKED, n),
            "own": lambda: np.array([f"{x}.com" for x in w.tokens(n, "co-", 7)], object),
        }.get(mail, lambda: np.full(n, mail, object))()
    if isinstance(card, str):
        card = w.tokens(n, "card_", 16) if card == "own" else np.full(n, None, object)
    card = np.where(plan == "free", None, card)
    if issuer is None:
        bank = np.minimum(rng.geometric(0.3, n), 9)
        issuer = np.array([f"{c}:issuer-{b}" for c, b in zip(country, bank, strict=False)], object)
        first: dict[str, object] = {}
        issuer = np.array([first.setdefault(c, i) if c else None for c, i in zip(card, issuer, strict=False)], object)
    if home is None:
        home = lines(w, country)
        w.memo.setdefault("homes", []).append(home)
    home2 = np.where(rng.random(n) < 0.25, lines(w, country), home)
    cell = carrier(w, country)
    phone = np.array([f"{COUNTRIES[c][2]}{x}" for c, x in zip(country, rng.integers(20, 999, n), strict=False)], object)
    phone[rng.random(n) < 0.15] = None
    far = rng.random(n) ** 1.6 * (born[1] - born[0]) + born[0]
    name = None if org is None else np.where(org < 0, None, w.tokens(int(org.max()) + 1, "org-", 12)[org])
    where = home if signup is None else signup
    origin = w.exits.col("ip")[np.where(rng.random(n) < 0.12, cell, where)].copy()
    origin[rng.random(n) < 0.04] = None
    ids = w.accounts.add(
        n,
        account_id=w.tokens(n, "acct-", 14),
        organization_id=name,
        created=-far * 86_400 + rng.random(n) * 40_000,
        plan=plan,
        card=card,
        issuer=issuer,
        country=country,
        mail=mail,
        phone=phone,
        signup_ip=origin,
        campaign=campaign,
        decoy=decoy,
        model=rng.choice(3, n, p=[0.5, 0.28, 0.22]),
        says_session=rng.random(n) < 0.03,
    )
    return Crew(ids, country, tz_of(country), home, home2, cell)


def proxies(w: World, country: np.ndarray, honest: float = 0.12) -> Ints:
    """Residential proxy exits; some are lines of people enrolled before, unaware of what an app lets out."""
    fresh = lines(w, country)
    homes = w.rng.choice(np.concatenate(w.memo["homes"]), len(country))
    return np.where(w.rng.random(len(country)) < honest, homes, fresh)


def about(w: World, crew: Crew, beats: Beats, mobile: float = 0.2) -> Ints:
    """At home (the line may change its address once), sometimes on the phone's carrier, rarely through a VPN."""
    rng = w.rng
    half = rng.integers(2, w.days, len(crew))
    exits = np.where(beats.day < half[beats.pos], crew.home[beats.pos], crew.home2[beats.pos])
    away = rng.random(int(beats.session.max()) + 1 if len(beats) else 0)[beats.session]
    roams = (rng.random(len(crew)) < 0.6)[beats.pos]
    exits = np.where(roams & (away < mobile), crew.cell[beats.pos], exits)
    masked = rng.random(len(crew))[beats.pos]
    exits = np.where(masked < 0.05, rng.choice(relays(w), len(beats)), exits)
    return np.where((masked > 0.96) & (away > 0.4), rng.choice(common_vpn(w), len(beats)), exits)


def by_session(w: World, pool: Ints, beats: Beats) -> Ints:
    """One exit of the pool a session."""
    return w.rng.choice(pool, int(beats.session.max()) + 1 if len(beats) else 0)[beats.session]


def by_day(w: World, pool: Ints, crew: Crew, beats: Beats, distinct: bool = False) -> Ints:
    """One exit of the pool an account and day."""
    shape = (len(crew), w.days)
    grid = w.rng.permutation(pool)[: shape[0] * shape[1]].reshape(shape) if distinct else w.rng.choice(pool, shape)
    return grid[beats.pos, beats.day]


def side_life(
    w: World, crew: Crew, mean: float = 0.8, sigma: float = 1.3, *, keep: float = 0.7, mobile: float = 0.25
) -> None:
    """What these people do besides: their own chats, from their own places, with the ordinary apps."""
    some = crew.part(w.rng.random(len(crew)) < keep)
    beats = human(w, some, counts(w, lognormal_rates(w, len(some), mean, sigma), active=0.5), "evening", turns=2.4)
    if not len(beats):
        return
    outfit = mixed(w, ["lumen-web", "lumen-ios", "lumen-android"], len(some), [0.6, 0.2, 0.2])
    w.emit(
        some,
        beats,
        work=leaning(w, freeform(w), len(some), beats),
        client=worn(outfit, beats),
        exits=about(w, some, beats, mobile),
        channel=np.where(w.rng.random(len(some)) < 0.8, 2, 3)[beats.pos],
    )
