"""The world under construction: accounts and events as integer codes, which are printed when it is written."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from afield.world import CHANNELS, DAY

from elsewhere.ids import mix, printed, unit

if TYPE_CHECKING:
    from elsewhere.clients import Clients
    from elsewhere.networks import Networks

DAYS = 14
SPAN = float(DAYS * DAY)
API, BATCH, SUB, CONSOLE, RESALE = range(len(CHANNELS))
OPERATIONS = ("messages", "batch_item", "count_tokens", "chat")
CAPABILITIES = ("chat", "coding", "agentic", "reasoning", "extraction", "writing", "translation", "data_analysis")
FIELDS = {
    "acct": np.int32,
    "t": np.float64,
    "chan": np.int8,
    "op": np.int8,
    "model": np.int8,
    "cap": np.int8,
    "inp": np.int32,
    "cached": np.int32,
    "out": np.int32,
    "reas": np.int32,
    "status": np.int16,
    "dur": np.int32,
    "sess": np.int64,
    "turn": np.int32,
    "tpl": np.int32,
    "tool": np.int32,
    "sett": np.int32,
    "build": np.int32,
    "ip": np.int32,
    "key": np.int8,
    "camp": np.int8,
}
ACCOUNT_FIELDS = {
    "org": int,
    "created": float,
    "plan": object,
    "card": int,
    "issuer": int,
    "country": object,
    "domain": object,
    "phone": object,
    "signup_ip": int,
    "decoy": object,
}
Each = Any  # one value for all, or one for each account (or event)


class World:
    """Times are seconds since the first midnight; a code below 0 is null."""

    # What `people.furnish` brings, and `background` (the apps many strangers share, by sort).
    nets: Networks
    clients: Clients
    homes: dict[int, int]
    bank: dict[str, np.ndarray]
    neobank: np.ndarray
    prepaid: np.ndarray
    app: dict[str, list]
    org: dict[str, list]
    common_sett: np.ndarray
    chat_app: int
    raw_app: int
    pop: dict[str, np.ndarray]

    def __init__(
        self, name: str, seed: int, start: str, styles: dict[str, tuple[str, str]], models: list[tuple[str, float]]
    ) -> None:
        self.name, self.seed = name, seed
        self.salt = zlib.crc32(f"{name}/{seed}".encode())
        self.rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        self.start = datetime.fromisoformat(start).replace(tzinfo=UTC)
        self.dow0 = self.start.weekday()
        self.styles, self.models = styles, models
        self.new_model = int(np.argmax([r for _, r in models]))
        self.codes: dict[str, int] = {}
        self.n_acc = 0
        self.acc: list[dict[str, np.ndarray]] = []
        self.blocks: list[dict[str, np.ndarray]] = []
        self.bans: list[tuple[int, float, str, str]] = []
        self.campaigns: list[str] = []
        self.thin = False
        self.hostile = np.zeros(0, int)

    def new(self, kind: str, n: int = 1) -> np.ndarray:
        """Fresh codes of a kind (tpl, tool, sett, org, card, issuer, sess, ...)."""
        first = self.codes.get(kind, 0)
        self.codes[kind] = first + n
        return np.arange(first, first + n)

    def show(self, kind: str, codes: np.ndarray) -> list[str]:
        """Codes of a kind as this world prints them."""
        style, prefix = self.styles.get(kind, ("hex", ""))
        return printed(style, prefix, mix(codes, self.salt + zlib.crc32(kind.encode())))

    def day(self, d: int) -> datetime:
        """UTC midnight of a day of the window."""
        return self.start + timedelta(days=d)

    def add_accounts(self, n: int, **cols: Each) -> np.ndarray:
        """Register n accounts; returns their numbers."""
        ids = np.arange(self.n_acc, self.n_acc + n)
        self.n_acc += n
        self.acc.append(
            {f: np.array(np.broadcast_to(np.asarray(cols[f], dtype=kind), n)) for f, kind in ACCOUNT_FIELDS.items()}
        )
        return ids

    def ban(self, ids: np.ndarray, when: np.ndarray, action: str, reason: str) -> None:
        """Record enforcement actions, one an account."""
        self.bans += [(int(a), float(t), action, reason) for a, t in zip(ids, when, strict=True)]

    def model_of(self, acct: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Each account's favourite, and its own moment of moving to the new model (half never do)."""
        old = [i for i in range(len(self.models)) if i != self.new_model]
        share = np.array([0.5, 0.28, 0.15, 0.07])[: len(old)]
        base = np.array(old)[np.searchsorted(np.cumsum(share / share.sum()), unit(acct, 3) * 0.99999)]
        lag = np.exp(np.log(5 * DAY) + 1.4 * 1.7 * (unit(acct, 5) + unit(acct, 6) - 1) * 2)
        lag = lag * np.where(unit(acct, 7) < 0.5, 1, 1e3)
        return np.where(t > self.models[self.new_model][1] * DAY + lag, self.new_model, base)

    def emit(self, acct: np.ndarray, t: np.ndarray, **cols: Each) -> None:
        """Add a block of events; what is not given is null, but for the key's number, the status and what follows."""
        acct, t = np.asarray(acct), np.asarray(t, float)
        n, chan = len(acct), np.asarray(cols["chan"])
        if not n:
            return
        if "model" not in cols:
            cols["model"] = self.model_of(acct, t)
        op = np.where(chan == BATCH, 1, np.where(chan == SUB, 3, 0))
        block = {"acct": acct, "t": t, "status": 200, "key": 0, "op": op} | cols
        keep = (t >= 0) & (t < SPAN - 1)
        self.blocks.append(
            {f: np.broadcast_to(np.asarray(block.get(f, -1)), n).astype(d)[keep] for f, d in FIELDS.items()}
        )
