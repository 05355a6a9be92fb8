"""Accounts: who has one, how they pay, where they live and what they run."""

from __future__ import annotations

from typing import Any

import numpy as np

from overseas.clients import Clients
from overseas.countries import CODES, PREFIXES, WEIGHT
from overseas.ids import BASE36, DIGITS, UPPER, text
from overseas.networks import Networks

DAY, DAYS = 86400.0, 14
SPAN = DAY * DAYS
NEVER = 1e12  # a second after everything
CHANNELS = ("api", "subscription", "console", "batch", "cloud_resale")
API, SUBSCRIPTION, CONSOLE, BATCH, RESALE = range(5)
MODELS = {"corvus-large-3": -210.4, "corvus-mini-3": -171.2, "corvus-code-3": -64.7}  # release day
LARGE, MINI, CODE, NEW = range(4)  # numbers of models; the newest is released in the window
NEW_MODEL = "corvus-large-4"
MAIL = {  # share of free mail domains
    "gmail.com": 56,
    "outlook.com": 12,
    "icloud.com": 9,
    "yahoo.com": 7,
    "proton.me": 4,
    "hotmail.com": 5,
    "fastmail.com": 1.5,
    "gmx.net": 2.5,
    "naver.com": 1.5,
    "qq.com": 1.5,
}
ISSUERS = {
    "visa-credit": 30,
    "mc-debit": 24,
    "amex": 7,
    "sepa-dd": 7,
    "wallet-pay": 11,
    "neobank": 8,
    "prepaid-one": 3,
    "virtual-cardly": 4,
    "upi": 4,
    "giftline": 2,
}
SYLLABLES = (
    *("ka", "lo", "mi", "ren", "tas", "vor", "ne", "dul", "pra", "bex"),
    *("sho", "ti", "quo", "zan", "fel", "gri", "hum", "jo", "wy", "cor"),
)
Each = Any  # one value for all, or one for each account


def _each(value: Each, n: int) -> np.ndarray:
    """One value for each account."""
    values = value if isinstance(value, np.ndarray) else np.array(value, object)
    return np.broadcast_to(values, (n,)).copy()


def _shares(shares: dict[str, float]) -> dict[str, Any]:
    """Arguments of a choice by percentages."""
    return {"a": list(shares), "p": np.array(list(shares.values())) / 100}


class People:
    """All accounts of a world; `account` has their columns."""

    def __init__(self, rng: np.random.Generator, release: float) -> None:
        """Nobody yet; the addresses and clients that there are. `release`: second of the new model's."""
        self.rng, self.release = rng, release
        self.net, self.clients = Networks(rng), Clients(rng)
        self.n = 0
        self.offices: list[np.ndarray] = []
        self._columns: dict[str, list[np.ndarray]] = {}
        self._account: dict[str, np.ndarray] | None = None

    @property
    def account(self) -> dict[str, np.ndarray]:
        """Columns of all accounts; what is set in them stays."""
        if self._account is None:
            self._account = {name: np.concatenate(parts) for name, parts in self._columns.items()}
            self._columns = {name: [column] for name, column in self._account.items()}
        return self._account

    def names(self, n: int, ends: tuple[str, ...] = (".com", ".io", ".co", ".net", ".org")) -> np.ndarray:
        """Mail domains of their own."""
        rng = self.rng
        domains = []
        for _ in range(n):
            stem = "".join(rng.choice(SYLLABLES, 3))
            middle = rng.choice(["", "-hq", "tech", "group", str(rng.integers(2, 99))])
            domains.append(stem + middle + rng.choice(ends))
        return np.array(domains, object)

    def one_name(self, *ends: str) -> str:
        """A mail domain with one of the endings, if any are given."""
        name: str = (self.names(1, ends) if ends else self.names(1))[0]
        return name

    def organizations(self, n: int) -> np.ndarray:
        """Organisation ids."""
        return text(self.rng, n, 6, DIGITS, "Org.")

    def one_organization(self) -> str:
        """An organisation id."""
        name: str = self.organizations(1)[0]
        return name

    def cards(self, n: int) -> np.ndarray:
        """Payment fingerprints."""
        return text(self.rng, n, 14, BASE36, "fp:")

    def one_card(self) -> str:
        """A payment fingerprint."""
        name: str = self.cards(1)[0]
        return name

    def signed_up(self, n: int, least: float = 0, most: float = 900) -> np.ndarray:
        """Seconds of sign-ups so many days before the window, more in recent months."""
        return -(least + (most - least) * self.rng.beta(1, 1.6, n)) * DAY

    def add_offices(self, addresses: list[np.ndarray]) -> np.ndarray:
        """Offices with these addresses; returns their numbers."""
        first = len(self.offices)
        self.offices += addresses
        return np.arange(first, len(self.offices))

    def _lines(self, channel: np.ndarray) -> np.ndarray:
        """Everyday clients that suit the channels."""
        rng, n = self.rng, len(channel)
        person = rng.choice(["web", "ios", "android"], n, p=[0.6, 0.2, 0.2])
        sdks = ["sdk-python", "sdk-node", "sdk-jvm", "http-raw", "routery"]
        program = rng.choice(sdks, n, p=[0.5, 0.22, 0.08, 0.14, 0.06])
        return np.where(channel == SUBSCRIPTION, person, np.where(channel == CONSOLE, "web", program))

    def _plans(self, channel: np.ndarray) -> np.ndarray:
        """Everyday plans that suit the channels."""
        rng, n = self.rng, len(channel)
        person = rng.choice(["plus", "free", "max"], n, p=[0.5, 0.42, 0.08])
        program = rng.choice(["payg", "build", "scale"], n, p=[0.7, 0.24, 0.06])
        return np.where(channel == SUBSCRIPTION, person, program).astype(object)

    def people(
        self,
        n: int,
        decoy: str | None = None,
        country: Each = None,
        created: Each = None,
        line: Each = None,
        channel: Each = SUBSCRIPTION,
        organization: Each = None,
        email: Each = None,
        card: Each = None,
        issuer: Each = None,
        plan: Each = None,
        p_mobile: Each = None,
        p_office: Each = 0.0,
        office: Each = -1,
        p_vpn: Each = 0.0,
        vpn: Each = -1,
        lag: Each = None,
        signup: Each = None,
        home: bool = True,
        fail: Each = None,
    ) -> np.ndarray:
        """New accounts; what is not given is as among everyone. `p_`: share of use on the phone, at work, on a VPN.

        `lag`: days behind their clients' releases; `fail`: share of failures; `home`: whether they have a line at home.
        """
        rng, first = self.rng, self.n
        land = rng.choice(len(CODES), n, p=WEIGHT) if country is None else _each(country, n).astype(int)
        leases = rng.choice([1, 1, 1, 2, 3], n)
        homes = np.full(n, -1)
        if home:
            homes = self.net.homes(land, rng.choice(4, n, p=[0.45, 0.27, 0.17, 0.11]), leases)
        else:
            leases = np.ones(n, int)
        carrier = rng.choice(3, n, p=[0.5, 0.3, 0.2])
        mail = rng.choice(**_shares(MAIL), size=n).astype(object) if email is None else _each(email, n)
        chan = _each(channel, n).astype(int)
        lines = self._lines(chan) if line is None else line
        # The order of what follows is the order in which it is drawn.
        columns = {
            "id": text(rng, n, 4, UPPER, "AC-") + text(rng, n, 5, UPPER, "-"),
            "organization": _each(organization, n),
            "created": self.signed_up(n) if created is None else _each(created, n).astype(float),
            "closed": np.full(n, np.nan),
            "plan": self._plans(chan) if plan is None else _each(plan, n),
            "card": self.cards(n) if card is None else _each(card, n),
            "issuer": rng.choice(**_shares(ISSUERS), size=n).astype(object) if issuer is None else _each(issuer, n),
            "country": land,
            "email": mail,
            "phone": PREFIXES[land],
            "signup": homes if signup is None else _each(signup, n).astype(int),
            "decoy": _each(decoy, n),
            "home": homes,  # the first of its addresses, and how many it has in turn
            "leases": leases,
            "carrier": carrier,
            "line": _each(lines, n),
            "variant": rng.integers(0, 60, n),
            "lag": rng.gamma(1.0, 4, n) if lag is None else _each(lag, n).astype(float),
            "fail": rng.beta(0.7, 55, n) if fail is None else _each(fail, n).astype(float),
            "p_mobile": self._mobile(chan) if p_mobile is None else _each(p_mobile, n).astype(float),
            "p_office": _each(p_office, n).astype(float),
            "p_vpn": _each(p_vpn, n).astype(float),
            "office": _each(office, n).astype(int),
            "vpn": _each(vpn, n).astype(int),
            "shift": rng.normal(0, 1.1, n),  # hours that its days are later
            "channel": chan,
            # When it goes over to the new model: within days for a quarter, else after the window.
            "adopts": self.release + np.where(rng.random(n) < 0.28, rng.exponential(2.5, n), 99) * DAY,
            "model": rng.choice(3, n, p=[0.5, 0.33, 0.17]),
            "keys": rng.choice([1, 1, 1, 2, 3], n),
        }
        if card is None:
            unpaid = (columns["plan"] == "free") | (rng.random(n) < 0.03)
            columns["card"][unpaid] = None
            columns["issuer"][unpaid] = None
        for name, column in columns.items():
            self._columns.setdefault(name, []).append(column)
        self.n += n
        self._account = None
        return np.arange(first, self.n)

    def _mobile(self, channel: np.ndarray) -> np.ndarray:
        """Everyday shares of use on the phone; programs are rarely there."""
        return self.rng.beta(0.8, 2.2, len(channel)) * np.where(channel == SUBSCRIPTION, 1, 0.12)
