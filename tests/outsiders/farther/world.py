"""A world under construction: its accounts and its chunks of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from afield.world import DAY

from farther.clients import Clients
from farther.networks import Networks
from farther.works import Works

if TYPE_CHECKING:
    from farther.crowd import Fashion

DAYS, HOUR = 14, 3600
SPAN = float(DAYS * DAY)
NEVER = 1e12
ROOM = 70_000  # accounts that a world has room for
COLUMNS = {
    "account_id": object,
    "organization_id": object,
    "created": float,
    "closed": float,
    "plan": object,
    "payment": object,
    "issuer": object,
    "country": int,
    "email": object,
    "phone": object,
    "signup": int,
    "decoy": object,
    "campaign": object,
    # Where its owner is: hours from UTC, days at one home address, and addresses.
    "tz": float,
    "lease": float,
    "mobile": int,
    "vpnuser": float,
    "office": int,
    "vm": int,
    "cloud": int,
    # What its owner runs: platform variant, days behind releases, client and models.
    "variant": int,
    "lag": float,
    "line": object,
    "model": object,
    "chatmodel": object,
    "sess_api": bool,
    "keys": int,
    "fail": float,
}
MODELS = {  # release day, share of use
    "halcyon-3-mini": (-170, 0.36),
    "halcyon-3": (-170, 0.30),
    "halcyon-3-pro": (-120, 0.12),
    "halcyon-2.5": (-400, 0.08),
    "halcyon-3-code": (-55, 0.14),
}
Each = Any  # one value for all, or one for each account (or event)


class Uses(NamedTuple):
    """Exchanges, a row each: account, second of the window, session and turn of it."""

    acc: np.ndarray
    t: np.ndarray
    sess: np.ndarray
    turn: np.ndarray

    def of(self, rows: np.ndarray) -> Uses:
        """Some of them."""
        return Uses(*(column[rows] for column in self))


Where = Callable[[Uses], np.ndarray]  # the address that each exchange comes from


def by_session(ips: np.ndarray) -> Where:
    """Addresses in turn, one a session."""
    return lambda u: ips[u.sess % len(ips)]


class World:
    """Times are seconds since the first midnight."""

    fashion: Fashion

    def __init__(self, name: str, seed: int, start: str, prefix: str) -> None:
        self.prefix = prefix
        self.rng = np.random.default_rng([seed, sum(map(ord, name))])
        self.start = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
        self.net, self.clients, self.works = Networks(self.rng), Clients(self.rng), Works(self.rng)
        self.n, self._sessions = 0, 0
        self.a = {k: np.full(ROOM, None) if t is object else np.zeros(ROOM, t) for k, t in COLUMNS.items()}
        self.a["closed"][:] = np.nan
        self.homes = np.zeros((ROOM, 3), int)
        self.proxied: list[np.ndarray] = []  # homes that a residential proxy provider uses
        self.chunks: list[dict[str, np.ndarray]] = []
        self.actions: list[tuple[int, str, float, str]] = []
        self.gone: list[tuple[int, float, float]] = []  # account, from, to
        self.models = np.array(list(MODELS), dtype=object)
        self.releases = sorted((float(day), name) for name, (day, _) in MODELS.items())

    def weekday(self, day: np.ndarray | int) -> np.ndarray:
        """Day of the week of a day of the window, Monday = 0."""
        return (self.start.weekday() + np.asarray(day)) % 7

    def sessions(self, local: np.ndarray) -> np.ndarray:
        """World-wide session numbers for local ones 0, 1, 2, ..."""
        if not len(local):
            return np.zeros(0, int)
        out = local + self._sessions
        self._sessions += int(local.max()) + 1
        return out

    def rows_of(self, acc: np.ndarray) -> np.ndarray:
        """Maps accounts to their positions in `acc`."""
        rows = np.zeros(self.n, int)
        rows[acc] = np.arange(len(acc))
        return rows

    def lease_of(self, u: Uses) -> np.ndarray:
        """Which of its home's addresses an account has."""
        return ((u.t / DAY) // self.a["lease"][u.acc]).astype(int) % 3

    def life(self, u: Uses) -> np.ndarray:
        """A person's own addresses: home leases, the phone's carrier, the office by day, VPN and relay exits."""
        a, net, acc = self.a, self.net, u.acc
        mix = (u.sess.astype(np.uint64) * np.uint64(2654435761) >> np.uint64(7)) % np.uint64(10007)
        chance = mix.astype(float) / 10007
        ip = self.homes[acc, self.lease_of(u)]
        local = (u.t / HOUR + a["tz"][acc]) % 24
        working = (local > 8) & (local < 18.5) & (self.weekday((u.t / DAY).astype(int)) < 5)
        at_office = (a["office"][acc] >= 0) & working & (chance < 0.9)
        ip = np.where(at_office, a["office"][acc], ip)
        carrier = net.carrier[a["country"][acc], (acc % 3 == 0).astype(int), (u.sess + acc) % 36]
        out_and_about = ~at_office & (chance < np.where(a["mobile"][acc] == 1, 0.45, 0.08))
        ip = np.where(out_and_about, carrier, ip)
        hop = self.rng.integers(0, 60, len(acc)) // 30
        exits = net.vpn_exits[acc % 6, (u.sess * 7 + acc) % 60]
        ip = np.where(~out_and_about & ((u.sess % 97) / 97 < a["vpnuser"][acc]), exits, ip)
        relayed = (acc % 29 == 0) & (u.sess % 3 > 0)
        return np.where(relayed, net.relay_exits[acc % 3, (u.sess + hop) % 150], ip)

    def server(self, u: Uses) -> np.ndarray:
        """A program's address: a machine of its own, what serverless programs share, or the office or home line."""
        a, acc = self.a, u.acc
        nat = self.net.nat[a["cloud"][acc], (u.sess * 13) % 24]
        line = np.where(a["office"][acc] >= 0, a["office"][acc], self.homes[acc, 0])
        return np.where(acc % 10 < 4, a["vm"][acc], np.where(acc % 10 < 7, nat, line))

    def _builds(self, u: Uses, line: Each) -> np.ndarray:
        a = self.a
        lines = a["line"][u.acc] if line is None else np.broadcast_to(np.array(line, dtype=object), len(u.acc))
        out = np.zeros(len(u.acc), int)
        for one in dict.fromkeys(lines.tolist()):
            rows = lines == one
            out[rows] = self.clients.at(one, a["variant"][u.acc[rows]], a["lag"][u.acc[rows]], u.t[rows])
        return out

    def emit(
        self,
        u: Uses,
        ip: np.ndarray,
        work: Each,
        channel: Each = "api",
        line: Each = None,
        model: Each = None,
        shown: Each = None,
        status: Each = 0,
    ) -> None:
        """Add a chunk of events; client, model and whether the session is logged are the account's own if not given."""
        n, a = len(u.acc), self.a
        if not n:
            return
        channel = np.broadcast_to(np.array(channel, dtype=object), n)
        if shown is None:
            shown = np.isin(channel, ("subscription", "console")) | a["sess_api"][u.acc]
        values = {
            "acc": (u.acc, int),
            "t": (u.t, float),
            "sess": (u.sess, int),
            "turn": (u.turn, int),
            "ip": (ip, int),
            "work": (work, int),
            "channel": (channel, object),
            "model": (a["model"][u.acc] if model is None else model, object),
            "shown": (shown, bool),
            "build": (self._builds(u, line), int),
            "key": (np.asarray(work) % np.maximum(a["keys"][u.acc], 1), int),
            "status": (status, int),
        }
        self.chunks.append(
            {k: np.broadcast_to(np.asarray(value, dtype=kind), n).copy() for k, (value, kind) in values.items()}
        )

    def ban(
        self,
        acc: np.ndarray,
        at: np.ndarray,
        reason: str,
        action: str = "ban",
        back: np.ndarray | None = None,
        close: float = 0.7,
    ) -> None:
        """Act against accounts at given seconds; `back`: when they are reinstated (NaN = never; some are closed)."""
        backs = np.full(len(acc), np.nan) if back is None else back
        for i, s, b in zip(acc.tolist(), at.tolist(), backs.tolist(), strict=True):
            if s >= SPAN:
                continue
            self.actions.append((i, action, s, reason))
            if action == "rate_limit":
                continue
            returns = not np.isnan(b)
            self.gone.append((i, s, b if returns else NEVER))
            if returns and b < SPAN:
                self.actions.append((i, "reinstate", b, "appeal_granted"))
            elif not returns and self.rng.random() < close:
                self.a["closed"][i] = s + self.rng.exponential(7200)
