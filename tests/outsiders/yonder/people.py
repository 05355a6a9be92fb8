"""Account holders: countries, plans, cards, mail domains, sign-up times."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from yonder.tokens import random_base36, random_hex

DAY = 86400.0
COUNTRIES = np.array(
    ["US", "GB", "DE", "FR", "IN", "BR", "JP", "KR", "CA", "NL", "ES", "PL", "ID", "VN", "TR", "PH", "RU", "PE"]
)
SHARES = np.array(
    [0.30, 0.07, 0.07, 0.05, 0.13, 0.07, 0.05, 0.04, 0.04, 0.02, 0.03, 0.02, 0.03, 0.02, 0.02, 0.02, 0.01, 0.01]
)
DIAL = {
    "US": "1",
    "CA": "1",
    "GB": "44",
    "DE": "49",
    "FR": "33",
    "IN": "91",
    "BR": "55",
    "JP": "81",
    "KR": "82",
    "NL": "31",
    "ES": "34",
    "PL": "48",
    "ID": "62",
    "VN": "84",
    "TR": "90",
    "PH": "63",
    "RU": "7",
    "PE": "51",
    "CN": "86",
    "HK": "852",
    "AU": "61",
    "PT": "351",
    "SG": "65",
}
ZONE = {
    "US": -6,
    "CA": -5,
    "GB": 0,
    "DE": 1,
    "FR": 1,
    "IN": 5.5,
    "BR": -3,
    "JP": 9,
    "KR": 9,
    "NL": 1,
    "ES": 1,
    "PL": 1,
    "ID": 7,
    "VN": 7,
    "TR": 3,
    "PH": 8,
    "RU": 3,
    "PE": -5,
    "CN": 8,
    "HK": 8,
    "AU": 10,
    "PT": 0,
    "SG": 8,
}
MAIL = np.array(
    [
        "gmail.com",
        "outlook.com",
        "icloud.com",
        "yahoo.com",
        "hotmail.com",
        "proton.me",
        "qq.com",
        "gmx.de",
        "naver.com",
        "mail.ru",
        "privaterelay.appleid.com",
        "web.de",
    ]
)
MAIL_SHARES = np.array([0.58, 0.10, 0.08, 0.06, 0.05, 0.03, 0.02, 0.02, 0.02, 0.01, 0.02, 0.01])
DISPOSABLE = [
    "mailinator.com",
    "tempmail.plus",
    "guerrillamail.com",
    "yopmail.com",
    "1secmail.com",
    "moakt.cc",
    "dropmail.me",
]


def countries(rng: np.random.Generator, n: int, only: dict[str, float] | None = None) -> np.ndarray:
    """Country codes drawn from the population's mix or from the given weights."""
    names, weights = (np.array(list(only)), np.array(list(only.values()))) if only else (COUNTRIES, SHARES)
    return rng.choice(names, n, p=weights / weights.sum())


def zones(codes: np.ndarray) -> np.ndarray:
    """Rough UTC offsets of countries."""
    return np.array([ZONE[c] for c in codes.tolist()], dtype=float)


def ages(rng: np.random.Generator, n: int, mean_days: float = 260.0, least: float = 0.0) -> np.ndarray:
    """Sign-up times (seconds before the world starts are negative): more of them recent, by day rather than night."""
    days = -np.minimum(rng.exponential(mean_days, n) + least, 1100.0)
    return np.floor(days) * DAY + np.minimum(rng.gamma(6.0, 2.4, n), 23.9) * 3600.0


def cards(rng: np.random.Generator, n: int, share: float = 1.0) -> np.ndarray:
    """A card of one's own for each (None for those that have none)."""
    made = np.array(random_hex(rng, n, 16, "card_"), dtype=object)
    made[rng.random(n) >= share] = None
    return made


def issuers(rng: np.random.Generator, codes: np.ndarray) -> np.ndarray:
    """An everyday issuer by country: a few big banks, some neobanks."""
    bank = np.minimum(rng.geometric(0.35, len(codes)), 9)
    neo = rng.random(len(codes)) < 0.12
    names = [f"{c.lower()}-bank-{b}" for c, b in zip(codes.tolist(), bank.tolist(), strict=True)]
    return np.where(neo, rng.choice(np.array(["neo-r", "neo-n26", "neo-wise"]), len(codes)), np.array(names)).astype(
        object
    )


def virtual_issuer(rng: np.random.Generator, n: int, names: tuple[str, ...]) -> np.ndarray:
    """Issuers drawn evenly from some names."""
    return rng.choice(np.array(names, dtype=object), n)


def mails(rng: np.random.Generator, n: int) -> np.ndarray:
    """Consumer mail domains with a tail of vanity domains and a trace of disposable ones."""
    out = rng.choice(MAIL, n, p=MAIL_SHARES / MAIL_SHARES.sum()).astype(object)
    vanity = np.flatnonzero(rng.random(n) < 0.05)
    out[vanity] = company_domains(rng, len(vanity))
    throwaway = np.flatnonzero(rng.random(n) < 0.01)
    out[throwaway] = rng.choice(DISPOSABLE, len(throwaway))
    return out


def company_domains(rng: np.random.Generator, n: int) -> np.ndarray:
    """Made-up company domains."""
    ends = rng.choice(np.array([".com", ".io", ".co", ".ai", ".dev", ".net", ".de", ".co.uk"]), n)
    return np.array([a + b for a, b in zip(random_base36(rng, n, 8), ends.tolist(), strict=True)], dtype=object)


@dataclass
class Accounts:
    """Every account of a world, in order of making."""

    rng: np.random.Generator
    blocks: list[pd.DataFrame] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        codes: np.ndarray,
        *,
        created: np.ndarray,
        plan: np.ndarray | str,
        card: np.ndarray,
        issuer: np.ndarray,
        mail: np.ndarray,
        org: np.ndarray | None = None,
        signup: np.ndarray,
        decoy: str | None = None,
        campaign: np.ndarray | str | None = None,
    ) -> np.ndarray:
        """Add accounts; returns their global numbers. `created` is seconds relative to the world's start."""
        n, rng = len(codes), self.rng
        digits = rng.integers(10, 100, n)
        phone = np.array([f"+{DIAL[c]}{d}" for c, d in zip(codes.tolist(), digits.tolist(), strict=True)], dtype=object)
        phone[rng.random(n) < 0.12] = None
        self.blocks.append(
            pd.DataFrame(
                {
                    "account_id": random_base36(rng, n, 18, "ac-"),
                    "organization_id": np.full(n, None) if org is None else org,
                    "created": created,
                    "plan": plan,
                    "payment_fingerprint": card,
                    "payment_issuer": pd.Series(issuer, dtype=object).mask(pd.isna(card), None).to_numpy(),
                    "billing_country": codes,
                    "email_domain": mail,
                    "phone_prefix": phone,
                    "signup": signup,
                    "closed": np.nan,
                    "decoy": decoy,
                    "campaign": campaign,
                }
            )
        )
        self.count += n
        return np.arange(self.count - n, self.count)

    def frame(self) -> pd.DataFrame:
        """All accounts as one table (and one block from now on)."""
        if len(self.blocks) > 1:
            self.blocks = [pd.concat([b.astype(object) for b in self.blocks], ignore_index=True)]
        return self.blocks[0]
