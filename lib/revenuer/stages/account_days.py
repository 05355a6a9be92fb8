"""A chunk's events grouped by account and day: parties, measures and hashed identifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from revenuer.stages.chunks import Chunk, Coded, coded_column
from revenuer.stages.grouping import MISSING, Groups, Ints, Mask, grouped
from revenuer.stages.hashing import hashed_texts
from revenuer.stages.recipe import Recipe, slot

_MAX_TOKENS = 2**62


@dataclass(frozen=True)
class Measures:
    """Counts, sums and instants of some rows; rows of rows merge."""

    event_count: Ints
    token_count: Ints
    first_seen_at: Ints
    last_seen_at: Ints

    def of(self, groups: Groups) -> Measures:
        """The measures of groups of these rows."""
        return Measures(
            groups.total(self.event_count),
            groups.total(self.token_count),
            groups.least(self.first_seen_at),
            groups.greatest(self.last_seen_at),
        )

    def at(self, rows: Ints | Mask) -> Measures:
        """Some of the rows."""
        return Measures(*(values[rows] for values in vars(self).values()))

    def columns(self) -> dict[str, pa.Array]:
        """Arrow columns by name."""
        return {name: pa.array(values, pa.int64()) for name, values in vars(self).items()}


class AccountDays:
    """The events of some accounts, grouped by account and day.

    Args:
        chunk: Events and the accounts' own rows; see :class:`revenuer.stages.recipe.Recipe` for the columns.
        recipe: What to observe.

    Attributes:
        recipe: What to observe.
        events: The events alone.
        accounts: Account of each row of the chunk.
        day: Account-day of each event, from 0; ascends with the rows of an account.
    """

    def __init__(self, chunk: Chunk, recipe: Recipe) -> None:
        self.recipe, self._chunk = recipe, chunk
        self._is_event = chunk.known("day")
        self.events = chunk.where(self._is_event)
        self.accounts = chunk.text("account_id")
        account, days = self.accounts.codes[self._is_event], self.events.number("day")
        groups = grouped(account, days - (int(days.min()) if len(days) else 0))
        self.groups, self.day = groups, groups.labels
        self._account, self._date = groups.first(account), groups.first(days)

    def __len__(self) -> int:
        return len(self.groups)

    def key(self, day: Ints) -> dict[str, pa.Array]:
        """Columns ``usage_date`` and ``account_id`` of rows that belong to account-days."""
        dates = pa.array(self._date[day].astype(np.int32), pa.int32()).cast(pa.date32())
        return {"usage_date": dates, "account_id": self.accounts.column(self._account[day])}

    def party(self, day: Ints) -> pa.Array:
        """Column ``party_id`` of rows that belong to account-days."""
        return coded_column(day, self._parties)

    @cached_property
    def _parties(self) -> pa.Array:
        """Party of each account-day: the organisation where any source knows one, else the account itself.

        The account table wins over the log, so that an account's party does not flicker with half-filled rows.
        """
        organization = self._chunk.text("organization_id").ranked()
        logged = self.groups.greatest(organization.codes[self._is_event])
        registered = np.full(len(self.accounts.values), MISSING, dtype=np.int64)
        np.maximum.at(registered, self.accounts.codes[~self._is_event], organization.codes[~self._is_event])
        known = np.where(registered[self._account] != MISSING, registered[self._account], logged)
        return pc.coalesce(
            organization.column(known).dictionary_decode(), self.accounts.column(self._account).dictionary_decode()
        )

    @cached_property
    def measures(self) -> Measures:
        """Measures of each event."""
        tokens = self.events.number("input_tokens"), self.events.number("output_tokens")
        if len(self.events) and sum(int(column.max()) for column in tokens) * len(self.events) >= _MAX_TOKENS:
            _require_sane_totals(tokens)
        at = self.events.event_at
        return Measures(np.ones(len(self.events), dtype=np.int64), tokens[0] + tokens[1], at, at)

    @cached_property
    def observed(self) -> dict[str, Coded]:
        """Hashed values of each event by kind, in order of their hashes."""
        kinds = enumerate(self.recipe.event_kinds)
        return {kind.name: self._hashed(self.events, slot(place), kind.name) for place, kind in kinds}

    @cached_property
    def owned(self) -> dict[str, Coded]:
        """Hashed values of each account-day by kind of the account's own identifiers."""
        entries, account = self._chunk.where(~self._is_event), self.accounts.codes[~self._is_event]
        entry = np.full(len(self.accounts.values), MISSING, dtype=np.int64)
        order = self._entry_order(entries, account)
        entry[account[order]] = order
        found = {}
        for place, kind in enumerate(self.recipe.account_kinds):
            hashed = self._hashed(entries, slot(place), kind.name)
            codes = np.append(hashed.codes, MISSING)  # MISSING, as an index, is the last entry
            found[kind.name] = Coded(codes[entry[self._account]], hashed.values)
        return found

    def _entry_order(self, entries: Chunk, account: Ints) -> Ints:
        """Entries so ordered that the last of an account stands for it.

        Of several the greatest does, its organisation first since that is the account's party: the rows come out of a
        shuffle in any order, which must decide nothing.
        """
        if len(np.unique(account)) == len(account):
            return np.arange(len(entries))
        names = ["organization_id", *(slot(place) for place in range(len(self.recipe.account_kinds)))]
        # The last key of a lexsort is the first to decide.
        return np.lexsort([entries.text(name).ranked().codes for name in reversed(names)])

    def _hashed(self, rows: Chunk, column: str, kind: str) -> Coded:
        raw = rows.text(column)
        # A chunk's events and its accounts' own rows share the slot and so the texts: hash those that occur.
        used = np.unique(raw.codes[raw.codes != MISSING])
        digits = hashed_texts(self.recipe.hash_key, kind, raw.values.take(pa.array(used)))
        place = np.full(len(raw.values) + 1, MISSING, dtype=np.int64)
        place[used] = np.arange(len(used))
        return Coded(place[raw.codes], digits).ranked()


def _require_sane_totals(tokens: Sequence[Ints]) -> None:
    if sum(float(column.sum(dtype=np.float64)) for column in tokens) >= _MAX_TOKENS:
        raise OverflowError("the token counts of a few accounts add up to more than 2^62: check usage_events")
