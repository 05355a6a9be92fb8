"""Enrols accounts: when and where they signed up, how they pay, and where they live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from revenuer.simulate import traces
from revenuer.simulate.build import Build, pick
from revenuer.simulate.ids import Floats, Ints
from revenuer.simulate.networks import COUNTRIES, COUNTRY_SHARES

_MAIL = (
    "gmail.com",
    "outlook.com",
    "icloud.com",
    "hotmail.com",
    "yahoo.com",
    "proton.me",
    "qq.com",
    "163.com",
    "naver.com",
)
_MAIL_SHARES = (0.58, 0.12, 0.07, 0.06, 0.05, 0.05, 0.03, 0.02, 0.02)
_PLANS, _PLAN_SHARES = ("free", "payg", "pro", "team", "enterprise"), (0.34, 0.4, 0.2, 0.05, 0.01)
_BANKS = 8


@dataclass(frozen=True)
class People:
    """Enrolled accounts with the facts that streams are built from.

    Attributes:
        account: Account numbers.
        country: Country row of each.
        offset_h: UTC offset of each.
        home: Home line of each.
        created_day: Day of sign-up, relative to the world's start.
    """

    account: Ints
    country: Ints
    offset_h: Floats
    home: Ints
    created_day: Floats

    def __len__(self) -> int:
        return len(self.account)

    def part(self, rows: npt.NDArray[Any]) -> People:
        """Some of them."""
        return People(
            self.account[rows], self.country[rows], self.offset_h[rows], self.home[rows], self.created_day[rows]
        )


def growth(rng: np.random.Generator, count: int, days: int, late: float = 0.05) -> Floats:
    """Sign-up days of ordinary customers: more every month, a few during the world."""
    past = -np.minimum(rng.exponential(240, count), 900) - 0.5
    return np.where(rng.random(count) < late, rng.uniform(0, max(days - 1, 1), count), past)


def batches(rng: np.random.Generator, count: int, number: int, first: float, last: float, hours: float = 5.0) -> Floats:
    """Sign-up days that come in bursts of some hours."""
    starts = rng.uniform(first, last, number)
    return starts[rng.integers(0, number, count)] + rng.uniform(0, hours / 24, count)


def mail_domains(
    rng: np.random.Generator, count: int, disposable: float = 0.012, own: float = 0.06
) -> npt.NDArray[Any]:
    """Mail domains of strangers: big providers, a few own and a few disposable ones."""
    out = np.empty(count, object)
    out[:] = pick(rng, np.array(_MAIL, object), count, _MAIL_SHARES)
    mine = rng.random(count) < own
    out[mine] = [f"{v:x}.example" for v in rng.integers(1 << 24, 1 << 32, int(mine.sum())).tolist()]
    thrown = rng.random(count) < disposable
    names = traces.table("disposable_domains")["domain"].to_numpy(object)
    out[thrown] = names[(rng.random(int(thrown.sum())) ** 2 * len(names)).astype(int)]
    return out


def phones(rng: np.random.Generator, country: Ints, missing: float = 0.3) -> npt.NDArray[Any]:
    """Phone prefixes: country code and area; null for many."""
    areas = (rng.random(len(country)) ** 1.5 * 60).astype(int) + 201
    out = np.empty(len(country), object)
    out[:] = [f"{COUNTRIES[c][3]}{a}" for c, a in zip(country.tolist(), areas.tolist(), strict=True)]
    out[rng.random(len(country)) < missing] = None
    return out


def issuers(rng: np.random.Generator, country: Ints) -> npt.NDArray[Any]:
    """Banks by country, the biggest first."""
    bank = (rng.random(len(country)) ** 2 * _BANKS).astype(int)
    out = np.empty(len(country), object)
    out[:] = [f"{COUNTRIES[c][0].lower()}-bank-{b}" for c, b in zip(country.tolist(), bank.tolist(), strict=True)]
    return out


def enroll(
    build: Build,
    rng: np.random.Generator,
    count: int,
    *,
    country: Ints | int | None = None,
    organization: Sequence[str] | str | None = None,
    created_day: Floats | None = None,
    card: Sequence[str] | str = "own",
    card_share: float = 0.66,
    issuer: Sequence[str] | str | None = None,
    domain: Sequence[str] | str | None = None,
    disposable: float = 0.012,
    phone: Sequence[str] | None = None,
    signup_endpoint: Ints | None = None,
    plan: Sequence[str] | str | None = None,
    campaign: str | None = None,
    decoy: str | None = None,
) -> People:
    """Enrol accounts.

    Args:
        build: The world.
        rng: Source of randomness.
        count: How many.
        country: One country row for all, one each, or drawn from the world's mix.
        organization: Organisation of all or of each; none for personal accounts.
        created_day: Sign-up days; ordinary growth when omitted.
        card: ``own``: a card each for ``card_share`` of them; ``none``; one card for all; or one per account.
        card_share: Share with a card under ``own``.
        issuer: Issuer of all or of each; a bank of the country when omitted.
        domain: Mail domain of all or of each; a stranger's when omitted.
        disposable: Share of disposable domains among strangers.
        phone: Phone prefix of each; drawn by country when omitted.
        signup_endpoint: Where they signed up; their home when omitted.
        plan: Plan of all or of each.
        campaign: Truth: the campaign they work for.
        decoy: Truth: the look-alike population they are.
    """
    if country is None:
        country = rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES)
    where = np.broadcast_to(np.asarray(country, np.int64), count)
    offsets = np.array(
        [
            COUNTRIES[c][2][int(u * len(COUNTRIES[c][2]))]
            for c, u in zip(where.tolist(), rng.random(count).tolist(), strict=True)
        ],
        float,
    )
    created = growth(rng, count, build.days) if created_day is None else np.broadcast_to(created_day, count)
    home = build.networks.homes(where)
    cards = np.empty(count, object)
    if isinstance(card, str) and card == "own":
        cards[:] = build.roster.cards(count)
        cards[rng.random(count) >= card_share] = None
    elif not (isinstance(card, str) and card == "none"):
        cards[:] = card if isinstance(card, str) else list(card)
    banks = issuers(rng, where)
    if issuer is not None:
        banks[:] = issuer if isinstance(issuer, str) else list(issuer)
    banks[np.array([c is None for c in cards], bool)] = None
    account = build.roster.add_accounts(
        count,
        created_day=created,
        organization_id=organization,
        plan=plan if plan is not None else pick(rng, np.array(_PLANS, object), count, _PLAN_SHARES),
        payment_fingerprint=cards,
        payment_issuer=banks,
        billing_country=[COUNTRIES[c][0] for c in where.tolist()],
        email_domain=domain if domain is not None else mail_domains(rng, count, disposable),
        phone_prefix=phone if phone is not None else phones(rng, where),
        signup_ip=build.networks.first_addresses(home if signup_endpoint is None else signup_endpoint),
        campaign=campaign,
        decoy=decoy,
    )
    return People(account, where.astype(np.int64), offsets, home, np.asarray(created, float))
