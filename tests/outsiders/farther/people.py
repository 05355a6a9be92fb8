"""Accounts, and what their owners have: payment, mail, homes, phones, habits."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from afield.world import DAY

from farther.ids import B32, DIGITS, card_ids, domains, text
from farther.networks import CODE, COUNTRIES, PREFIXES, TZ, WEIGHT
from farther.world import MODELS, Each, World

FREEMAIL = {
    "gmail.com": 50,
    "outlook.com": 12,
    "yahoo.com": 8,
    "icloud.com": 9,
    "proton.me": 5,
    "qq.com": 4,
    "gmx.net": 3,
    "hotmail.com": 5,
    "web.de": 2,
    "naver.com": 2,
}
DISPOSABLE = (
    *("mailinator.com", "guerrillamail.com", "temp-mail.org", "10minutemail.com"),
    *("yopmail.com", "sharklasers.com", "dropmail.me", "moakt.com"),
)
ISSUERS = {
    "visa-citizen": 17,
    "mc-unity": 14,
    "visa-northbank": 12,
    "amex": 9,
    "mc-postal": 8,
    "visa-rural": 7,
    "jcb-first": 4,
    "rupay": 5,
    "visa-wisecard": 6,
    "mc-revo": 6,
    "paywallet": 6,
    "mc-vclo": 3,
    "visa-gift-blk": 2,
    "elo": 1,
}
PLANS = ("free", "pro", "payg", "team", "max")
LINES = ("halcyon-py", "halcyon-js", "litegate", "chainkit", "curl", "halcyon-go")
OWN = "own"


def _among(w: World, n: int, shares: dict[str, int]) -> np.ndarray:
    return w.rng.choice(np.array(list(shares), dtype=object), n, p=np.array(list(shares.values())) / 100)


def _countries(w: World, n: int, country: Mapping[str, float] | np.ndarray | None) -> np.ndarray:
    if country is None:
        return w.rng.choice(len(COUNTRIES), n, p=WEIGHT)
    if isinstance(country, np.ndarray):
        return country
    p = np.array(list(country.values()), float)
    return w.rng.choice([CODE[k] for k in country], n, p=p / p.sum())


def _created(w: World, n: int, created: np.ndarray | tuple[float, float] | None) -> np.ndarray:
    rng = w.rng
    if created is None:
        young = rng.random(n) < 0.05
        return np.where(young, rng.random(n) * 13 * DAY, -rng.gamma(1.3, 190, n) * DAY - rng.random(n) * 0.9 * DAY)
    if isinstance(created, np.ndarray):
        return created
    day, spread = created
    seconds = day * DAY + rng.gamma(1.5, spread / 1.5, n) * DAY
    return np.where(seconds > 11 * DAY, -rng.random(n) * 100 * DAY, seconds)


def _mail(w: World, n: int, email: Each) -> np.ndarray | str:
    """Free mail for most, where nothing is given; a list is chosen from."""
    free = _among(w, n, FREEMAIL)
    u = w.rng.random(n)
    own, thrown_away = domains(w.rng, n), w.rng.choice(np.array(DISPOSABLE, dtype=object), n)
    if isinstance(email, list):
        return w.rng.choice(np.array(email, dtype=object), n)
    return np.where(u < 0.16, own, np.where(u > 0.993, thrown_away, free)) if email is None else email


def _settle(w: World, i: np.ndarray, country: np.ndarray) -> None:
    """Give accounts a time zone, a home with three addresses, perhaps a phone, and a machine in a cloud."""
    rng, a, net, n = w.rng, w.a, w.net, len(i)
    a["tz"][i] = TZ[country] + np.where(country == CODE["US"], rng.choice([-2, 0, 1, 1], n), 0)
    first = net.take(net.pick_asn(country, "residential"))
    w.homes[i, 0], w.homes[i, 1], w.homes[i, 2] = first, net.near(first), net.near(first)
    a["signup"][i] = first
    a["lease"][i] = rng.choice([100, 6, 2], n, p=[0.6, 0.25, 0.15])
    a["mobile"][i] = (rng.random(n) < 0.35).astype(int)
    a["office"][i] = -1
    a["cloud"][i] = rng.choice(len(net.clouds), n, p=np.array([28, 18, 14, 12, 9, 8, 6, 5]) / 100)
    a["vm"][i] = net.take(np.array(net.clouds)[a["cloud"][i]])


def new_lag(w: World, n: int) -> np.ndarray:
    """Days that people are behind a client's releases."""
    return w.rng.lognormal(1.6, 1.6, n)


def _equip(w: World, i: np.ndarray) -> None:
    """Give accounts clients, models, keys, and how often they fail or use a VPN."""
    rng, a, n = w.rng, w.a, len(i)
    a["variant"][i] = rng.choice(7, n, p=[0.34, 0.22, 0.16, 0.12, 0.08, 0.05, 0.03])
    a["lag"][i] = np.where(rng.random(n) < 0.12, 400, new_lag(w, n))
    a["line"][i] = rng.choice(np.array(LINES, dtype=object), n, p=[0.44, 0.26, 0.08, 0.11, 0.06, 0.05])
    a["model"][i] = rng.choice(w.models, n, p=np.array([share for _, share in MODELS.values()]))
    a["chatmodel"][i] = rng.choice(w.models[:3], n, p=[0.5, 0.4, 0.1])
    a["sess_api"][i] = rng.random(n) < 0.045
    a["keys"][i] = rng.choice([1, 2, 3, 5], n, p=[0.7, 0.18, 0.08, 0.04])
    a["fail"][i] = np.minimum(rng.lognormal(np.log(0.011), 0.9, n), 0.3)
    a["vpnuser"][i] = np.where(rng.random(n) < 0.09, rng.random(n), 0)


def people(
    w: World,
    n: int,
    decoy: str | None = None,
    campaign: str | None = None,
    *,
    country: Mapping[str, float] | np.ndarray | None = None,
    org: Each = None,
    created: np.ndarray | tuple[float, float] | None = None,
    plan: Each = None,
    card: Each = OWN,
    issuer: list[str] | None = None,
    email: Each = None,
) -> np.ndarray:
    """Add n accounts; `created`: seconds, or a first day and the mean of days after it; lists are chosen from."""
    rng, a = w.rng, w.a
    i = np.arange(w.n, w.n + n)
    w.n += n
    a["country"][i] = land = _countries(w, n, country)
    a["created"][i] = _created(w, n, created)
    a["account_id"][i] = text(rng, n, 11, B32, w.prefix + "_")
    a["organization_id"][i] = org
    a["plan"][i] = plan if plan is not None else rng.choice(np.array(PLANS, object), n, p=[0.4, 0.2, 0.28, 0.07, 0.05])
    own = card_ids(rng, n)
    cardless = (a["plan"][i] == "free") | (rng.random(n) < 0.03)
    a["payment"][i] = np.where(cardless, None, own) if isinstance(card, str) and card == OWN else card
    got = _among(w, n, ISSUERS) if issuer is None else rng.choice(np.array(issuer, dtype=object), n)
    a["issuer"][i] = np.where(np.equal(a["payment"][i], None), None, got)
    a["email"][i] = _mail(w, n, email)
    a["phone"][i] = np.where(rng.random(n) < 0.35, None, PREFIXES[land] + text(rng, n, 2, DIGITS))
    a["decoy"][i], a["campaign"][i] = decoy, campaign
    _settle(w, i, land)
    _equip(w, i)
    return i


def shared_cards(w: World, n: int, each: int) -> np.ndarray:
    """Means of payment of n accounts, each used by about `each` of them."""
    return w.rng.permutation(np.resize(card_ids(w.rng, max(n // each, 1)), n))


def offices(w: World, acc: np.ndarray, country: int, ips: int = 2) -> np.ndarray:
    """Give members of one site its business addresses, which are returned."""
    net = w.net
    ip = net.take(np.full(ips, net.pick_asn(np.array([country]), "business")[0]), v6=0)
    w.a["office"][acc] = w.rng.choice(ip, len(acc))
    return ip
