"""Accounts and the streams of work they carry, collected from every block of a world.

A *stream* is one account doing one kind of work: its template, client, networks, lengths, rate and rhythm. Everything
an event shows follows from its stream, so the event generator never touches a Python object per event.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from revenuer.simulate.ids import Ints, mint

NEVER = 1e9
# Rhythm kinds.
PROFILE, CRON, WINDOW = 0, 1, 2
# Endpoint choice.
BY_SESSION, BY_DAY, BY_EVENT = 0, 1, 2

# name: (dtype, default). Rates are sessions a day; days and hours are floats relative to the world's start.
STREAM_FIELDS: dict[str, tuple[str, float]] = {
    "account": ("i4", -1),
    "campaign": ("i4", -1),
    "template_at": ("i4", 0),
    "template_n": ("i4", 0),
    "toolset": ("i4", -1),
    "settings_at": ("i4", 0),
    "settings_n": ("i4", 0),
    "settings_main": ("f4", 0.85),
    "lineage": ("i4", -1),
    "lag": ("f4", 20.0),
    "lineage_after": ("i4", -1),
    "switch_day": ("f8", NEVER),
    "header": ("i4", -1),
    "tls": ("i4", -1),
    "channel": ("i4", 0),
    "operation": ("i4", 0),
    "models": ("i4", 0),
    "adopt_cap": ("f4", 0.8),
    "adopt_days": ("f4", 20.0),
    "capabilities": ("i4", 0),
    "in_model": ("i4", 0),
    "out_model": ("i4", 0),
    "in_scale": ("f4", 1.0),
    "out_scale": ("f4", 1.0),
    "in_modal": ("i4", 0),
    "in_modal_share": ("f4", 0.0),
    "out_modal": ("i4", 0),
    "out_modal_share": ("f4", 0.0),
    "cached_share": ("f4", 0.0),
    "reasoning_share": ("f4", 0.0),
    "rate": ("f8", 0.0),
    "turns": ("f4", 1.0),
    "gap_s": ("f4", 126.0),
    "rhythm": ("i4", PROFILE),
    "profile": ("i4", 0),
    "offset_h": ("f4", 0.0),
    "start_h": ("f4", 0.0),
    "period_h": ("f4", 1.0),
    "jitter_s": ("f4", 0.0),
    "weekend": ("f4", 0.8),
    "swing": ("f4", 0.6),
    "jump": ("f4", 0.05),
    "from_day": ("f8", -NEVER),
    "until_day": ("f8", NEVER),
    "endpoint_at": ("i4", 0),
    "endpoint_n": ("i4", 0),
    "endpoint_by": ("i4", BY_SESSION),
    "fail": ("f4", 0.018),
    "keys": ("i4", 1),
    "session_logged": ("f4", 0.05),
    "turn_logged": ("f4", 0.5),
}

ACCOUNT_FIELDS = (
    "organization_id",
    "plan",
    "payment_fingerprint",
    "payment_issuer",
    "billing_country",
    "email_domain",
    "phone_prefix",
    "signup_ip",
    "campaign",
    "decoy",
)


class Words:
    """Strings by number, in the order they were first named."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, word: str) -> int:
        """The word's number, minted at first sight."""
        if word not in self._numbers:
            self._numbers[word] = len(self.names)
            self.names.append(word)
        return self._numbers[word]

    def numbers(self, words: Sequence[str]) -> Ints:
        """Numbers of several words."""
        return np.array([self.number(w) for w in words], np.int64)


class Roster:
    """Grows while a world is built; read as flat arrays by the event generator."""

    def __init__(self, style: str, hash_style: str, rng: np.random.Generator) -> None:
        self._style, self._hash_style, self._rng = style, hash_style, rng
        self._accounts: dict[str, list[npt.NDArray[Any]]] = {
            f: [] for f in (*ACCOUNT_FIELDS, "created_day", "closed_day")
        }
        self._streams: dict[str, list[npt.NDArray[Any]]] = {f: [] for f in STREAM_FIELDS}
        self.account_count = 0
        self.stream_count = 0
        self.templates, self.toolsets, self.settings = Words(), Words(), Words()
        self.headers, self.tls = Words(), Words()
        self.campaigns, self.operations, self.channels = Words(), Words(), Words()
        self._lists: dict[str, list[Ints]] = {"template": [], "settings": [], "endpoint": []}
        self._list_sizes = {"template": 0, "settings": 0, "endpoint": 0}

    # -- words

    def hashes(self, words: Words, count: int) -> Ints:
        """Numbers of new, distinct hashed values (templates, tool sets, settings, header sets, TLS hellos)."""
        return words.numbers(mint(self._hash_style, count, self._rng, "h"))

    def organizations(self, count: int) -> list[str]:
        """New organisation ids in the world's style."""
        return mint(self._style, count, self._rng, "org")

    def cards(self, count: int) -> list[str]:
        """New payment fingerprints."""
        return mint(self._hash_style, count, self._rng, "pm")

    # -- accounts and streams

    def add_accounts(self, count: int, *, created_day: Any, closed_day: Any = np.nan, **fields: Any) -> Ints:
        """Add accounts; every field is one value or one per account. Returns their numbers."""
        unknown = set(fields) - set(ACCOUNT_FIELDS)
        if unknown:
            raise KeyError(f"accounts have no field {sorted(unknown)}")
        for name in ACCOUNT_FIELDS:
            value = fields.get(name)
            column = np.empty(count, object)
            column[:] = value if value is None or isinstance(value, str) else list(value)
            self._accounts[name].append(column)
        for name, value in (("created_day", created_day), ("closed_day", closed_day)):
            self._accounts[name].append(np.broadcast_to(np.asarray(value, float), count).copy())
        self.account_count += count
        return np.arange(self.account_count - count, self.account_count)

    def add_streams(self, account: Ints, **fields: Any) -> Ints:
        """Add one stream per entry of ``account``; every field is one value or one per stream."""
        unknown = set(fields) - set(STREAM_FIELDS)
        if unknown:
            raise KeyError(f"streams have no field {sorted(unknown)}")
        fields = {**fields, "account": account}
        for name, (dtype, default) in STREAM_FIELDS.items():
            value = np.asarray(fields.get(name, default))
            self._streams[name].append(np.broadcast_to(value, len(account)).astype(dtype))
        self.stream_count += len(account)
        return np.arange(self.stream_count - len(account), self.stream_count)

    def choices(self, kind: str, rows: npt.NDArray[np.integer[Any]]) -> dict[str, Any]:
        """Register per-stream choice lists; returns the ``*_at`` and ``*_n`` fields.

        Args:
            kind: ``template``, ``settings`` or ``endpoint``.
            rows: One row per stream (2-D), or one list that all streams share (1-D). Repeat a value to weigh it.
        """
        start = self._list_sizes[kind]
        self._lists[kind].append(rows.ravel().astype(np.int64))
        self._list_sizes[kind] += rows.size
        at: Any = start if rows.ndim == 1 else start + np.arange(rows.shape[0]) * rows.shape[1]
        return {f"{kind}_at": at, f"{kind}_n": rows.shape[-1]}

    # -- reading

    def streams(self) -> dict[str, npt.NDArray[Any]]:
        """All streams as one array per field."""
        return {name: np.concatenate(parts) for name, parts in self._streams.items()}

    def accounts(self) -> dict[str, npt.NDArray[Any]]:
        """All accounts as one array per field."""
        return {name: np.concatenate(parts) for name, parts in self._accounts.items()}

    def account_field(self, name: str, accounts: Ints) -> npt.NDArray[Any]:
        """One field of some accounts."""
        whole: npt.NDArray[Any] = np.concatenate(self._accounts[name])
        return whole[accounts]

    def set_field(self, name: str, accounts: Ints, values: npt.NDArray[Any]) -> None:
        """Change one field of some accounts."""
        whole = np.concatenate(self._accounts[name])
        whole[accounts] = values
        self._accounts[name] = [whole]

    def choice_list(self, kind: str) -> Ints:
        """The flat list that ``*_at`` and ``*_n`` point into."""
        return np.concatenate([np.empty(0, np.int64), *self._lists[kind]])
