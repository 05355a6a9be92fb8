"""The world under construction: catalogues (accounts, exits, clients, works) and event chunks that point into them."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

CHANNELS = ("api", "batch", "subscription", "console", "cloud_resale")
DAY = 86_400
Ints = np.ndarray


class Catalog:
    """A growing table of equally long columns; `add` returns the row numbers of what was added."""

    def __init__(self, *columns: str) -> None:
        self._parts: dict[str, list[np.ndarray]] = {c: [] for c in columns}
        self._full: dict[str, np.ndarray] = {}
        self.size = 0

    def add(self, n: int, **values: object) -> Ints:
        """Append n rows; a scalar (or None) is repeated."""
        for name, parts in self._parts.items():
            value = values[name]
            if isinstance(value, (list, tuple, np.ndarray)):
                part = np.asarray(value)
            else:
                part = np.full(n, value, dtype=object if value is None or isinstance(value, str) else None)
            if part.dtype.kind in "US":
                part = part.astype(object)
            if len(part) != n:
                raise ValueError(f"{name}: {len(part)} values for {n} rows")
            parts.append(part)
        self._full = {}
        rows = np.arange(self.size, self.size + n)
        self.size += n
        return rows

    def col(self, name: str) -> np.ndarray:
        """One whole column."""
        if name not in self._full:
            self._full[name] = np.concatenate(self._parts[name])
        return self._full[name]

    def put(self, name: str, values: np.ndarray) -> None:
        """Replace one whole column."""
        self._parts[name] = [values]
        self._full[name] = values


@dataclass
class Crew:
    """Accounts enrolled together, with what each person owns."""

    ids: Ints
    country: np.ndarray
    tz: np.ndarray
    home: Ints
    home2: Ints
    cell: Ints

    def __len__(self) -> int:
        return len(self.ids)

    def part(self, rows: np.ndarray) -> Crew:
        """Some of the accounts (a mask or positions)."""
        return Crew(*(getattr(self, f)[rows] for f in ("ids", "country", "tz", "home", "home2", "cell")))


@dataclass
class Beats:
    """When a crew acts: one row an exchange (position in the crew, day, second, session number, turn)."""

    pos: Ints
    t: np.ndarray
    session: Ints
    turn: Ints

    def __len__(self) -> int:
        return len(self.pos)

    @property
    def day(self) -> Ints:
        """UTC day number inside the window."""
        return (self.t // DAY).astype(np.int64)

    def where(self, keep: np.ndarray) -> Beats:
        """The rows kept by a mask."""
        return Beats(self.pos[keep], self.t[keep], self.session[keep], self.turn[keep])


class World:
    """Everything one folder will hold, before it is written."""

    def __init__(self, name: str, seed: int, start: dt.date, models: dict[str, dt.datetime]) -> None:
        self.name, self.seed, self.start, self.days = name, seed, start, 14
        self.rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        self.models, self.release_at = models, None
        self.accounts = Catalog(
            "account_id",
            "organization_id",
            "created",
            "plan",
            "card",
            "issuer",
            "country",
            "mail",
            "phone",
            "signup_ip",
            "campaign",
            "decoy",
            "model",
            "says_session",
        )
        self.exits = Catalog("ip", "asn", "country", "kind")
        self.clients = Catalog("name", "version", "header", "tls")
        self.works = Catalog("template", "toolset", "settings", "capability", "shape")
        self.chunks: list[dict[str, np.ndarray]] = []
        self.labels: list[tuple[str, str, str]] = []
        self.campaigns: list[str] = []
        self.sessions = 0
        self.memo: dict[object, Any] = {}

    def tokens(self, n: int, prefix: str, digits: int) -> np.ndarray:
        """n random ids such as `tmpl_3fa2…`."""
        text = self.rng.bytes(n * 16).hex()
        return np.array([prefix + text[i * 32 : i * 32 + digits] for i in range(n)], dtype=object)

    def midnight(self, day: int = 0) -> dt.datetime:
        """UTC midnight of a day of the window."""
        return dt.datetime.combine(self.start, dt.time(), dt.UTC) + dt.timedelta(days=day)

    def emit(
        self,
        crew: Crew,
        beats: Beats,
        *,
        work: Ints,
        exits: Ints,
        client: Ints,
        channel: object,
        campaign: str | None = None,
        model: object = None,
        keep_session: bool = False,
        status: np.ndarray | None = None,
        key: object = None,
        session: np.ndarray | None = None,
        session_share: float | None = None,
    ) -> None:
        """Record exchanges; every argument is one value an exchange (or one for all)."""
        n = len(beats)
        if not n:
            return
        rng, acc = self.rng, crew.ids[beats.pos]
        if model is None:
            model = self.accounts.col("model")[acc].astype(np.int64)
            stray = rng.random(n) < 0.1
            old = len(self.models) - (self.release_at is not None)
            model = np.where(stray, rng.integers(0, old, n), model)
            if self.release_at is not None:
                curious = np.where(acc % 4 == 0, 0.55, 0.08)
                model = np.where((beats.t > self.release_at) & (rng.random(n) < curious), old, model)
        if isinstance(channel, str):
            channel = CHANNELS.index(channel)
        if campaign is not None and campaign not in self.campaigns:
            self.campaigns.append(campaign)
        spoken = self.accounts.col("says_session")[acc].astype(bool)
        if session_share is not None:
            spoken = np.random.default_rng(self.sessions).random(beats.session.max() + 1)[beats.session] < session_share
        number = (beats.session if session is None else session) + self.sessions
        self.sessions = int(number.max()) + 1

        def fill(value: object, kind: object) -> np.ndarray:
            return np.broadcast_to(np.asarray(value), n).astype(kind)

        self.chunks.append(
            {
                "acc": acc.astype(np.int32),
                "t": beats.t,
                "session": number.astype(np.int64),
                "turn": beats.turn.astype(np.int32),
                "work": fill(work, np.int32),
                "exit": fill(exits, np.int32),
                "client": fill(client, np.int32),
                "channel": fill(channel, np.int8),
                "model": fill(model, np.int8),
                "status": np.zeros(n, np.int16) if status is None else status.astype(np.int16),
                "key": fill(0 if key is None else key, np.int8),
                "spoken": spoken | keep_session,
                "campaign": fill(-1 if campaign is None else self.campaigns.index(campaign), np.int8),
            }
        )
