"""The world under construction: blocks of accounts, kinds of work, and events as numeric columns."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
from yonder.world import DAY

if TYPE_CHECKING:
    from abroad.clients import Clients
    from abroad.nets import Nets
    from abroad.works import Works

DAYS, HOUR = 14, 3600.0
HUMAN, SERVER = 0, 1  # where an event comes from: a person's places, or the account's server
FIELDS: dict[str, type] = {
    "acc": np.int64,
    "t": np.float64,
    "style": np.int32,
    "client": np.int16,
    "channel": np.int8,
    "where": np.int8,
    "session": np.int64,
    "turn": np.int32,
    "model": np.int16,
    "status": np.int16,
    "camp": np.int8,
    "net": np.int32,
    "addr": np.int64,
    "key": np.int16,
    "ver": np.int16,
    "hdr": np.int16,
}
# -1 is open: what the account has by habit is filled in when the world is written.
OPEN = dict.fromkeys(("session", "turn", "model", "camp", "net", "addr", "ver", "hdr"), -1)
DEFAULT = OPEN | {"where": HUMAN, "status": 200, "key": 0}
PLAIN = {
    "template": -1,
    "toolset": -1,
    "settings": -1,
    "cap": 0,
    "in_med": 1000,
    "in_sig": 0.8,
    "out_med": 200,
    "out_sig": 0.8,
    "fixin": 0,
    "fixout": 0,
    "cache": 0.1,
    "reason": 0,
}


class Pop:
    """A block of accounts: columns are arrays in `c` and attributes, `gid` their numbers in the world."""

    def __init__(self, first: int, n: int) -> None:
        self.first, self.n = first, n
        self.gid = np.arange(first, first + n)
        self.c: dict[str, np.ndarray] = {}

    def __getattr__(self, name: str) -> np.ndarray:
        if name == "c" or name not in self.c:
            raise AttributeError(name)
        return self.c[name]

    def put(self, rows: Any = ..., /, **columns: Any) -> None:
        """Overwrite columns of some accounts (all unless told)."""
        for name, values in columns.items():
            self.c[name][rows] = values


class World:
    """Everything one folder will hold, before it is written; times are seconds since 1970."""

    nets: Nets
    works: Works
    clients: Clients

    def __init__(self, name: str, seed: int, first_day: dt.date, ids: str) -> None:
        self.first_day, self.ids = first_day, ids
        self.start = dt.datetime.combine(first_day, dt.time(), dt.UTC).timestamp()
        self.end = self.start + DAYS * DAY
        self.rng = np.random.default_rng([seed, int(self.start), sum(map(ord, name))])
        self.salt = int(self.rng.integers(1, 2**62))
        self.pops: list[Pop] = []
        self.n_acc = 0
        self.events: dict[str, list[np.ndarray]] = {f: [] for f in FIELDS}
        self.styles: dict[str, list[np.ndarray]] = {f: [] for f in PLAIN}
        self.n_style = 0
        self.next_code = {"template": 0, "toolset": 0, "settings": 0, "session": 0}
        self.actions: list[tuple[int, str, float, str]] = []
        self.labels: list[tuple[str, str, str]] = []
        self.campaigns: list[str] = []
        self.memo: dict[str, Any] = {}

    def pop(self, n: int) -> Pop:
        """Make room for n accounts."""
        p = Pop(self.n_acc, n)
        self.n_acc += n
        self.pops.append(p)
        return p

    def new(self, kind: str, n: int = 1) -> np.ndarray:
        """Fresh codes of templates, tool sets, settings or sessions."""
        self.next_code[kind] += n
        return np.arange(self.next_code[kind] - n, self.next_code[kind])

    def style(self, n: int = 1, **columns: Any) -> np.ndarray:
        """Add n kinds of work; a template, tool set or settings of -1 is null."""
        base = PLAIN | columns
        for f, parts in self.styles.items():
            parts.append(np.broadcast_to(np.asarray(base[f], dtype=np.float64), (n,)).copy())
        self.n_style += n
        return np.arange(self.n_style - n, self.n_style)

    def emit(self, acc: np.ndarray, t: np.ndarray, style: Any, client: Any, channel: Any, **columns: Any) -> None:
        """Record exchanges; every argument is one value an exchange, or one for all."""
        given = DEFAULT | columns | {"acc": acc, "t": t, "style": style, "client": client, "channel": channel}
        for f, kind in FIELDS.items():
            self.events[f].append(np.broadcast_to(np.asarray(given[f]), (len(t),)).astype(kind))

    def at(self, day: float, hour: float = 0.0) -> float:
        """The moment of a day and hour of the window."""
        return self.start + day * DAY + hour * HOUR
