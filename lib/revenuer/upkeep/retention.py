"""Retention: partitions whose time is over are removed, as each table's contract says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from revenuer.clock import today
from revenuer.errors import ConfigError
from revenuer.lake.lake import Lake
from revenuer.lake.tablespace import rows_by_day
from revenuer.tables import CONTRACTS, contract_of


@dataclass(frozen=True)
class Expiry:
    """The partitions of one table whose time is over.

    Attributes:
        table: Table.
        retention_days: How long its contract keeps a partition.
        days: The partitions, oldest first.
        row_count: Rows in them.
    """

    table: str
    retention_days: int
    days: tuple[date, ...]
    row_count: int

    def text(self) -> str:
        """One line for people."""
        return (
            f"{self.table}: {len(self.days)} days {self.days[0]} to {self.days[-1]}, {self.row_count:,} rows"
            f" (kept {self.retention_days} days)"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {**vars(self), "days": [str(day) for day in self.days]}


def expired(lake: Lake, as_of: date | None = None) -> list[Expiry]:
    """Find the partitions whose time is over; nothing is changed.

    What a run for the newest day or a later one can still read is never among them, whatever the contracts say: the
    window, and the recent days that ``validate`` compares with.

    Args:
        lake: Lake.
        as_of: Day to count back from; each table's newest partition when omitted, but never a day that is yet to come.

    Raises:
        ConfigError: ``as_of`` is yet to come.
    """
    # One mistyped day must not take everything else.
    latest = today()
    if as_of and as_of > latest:
        raise ConfigError(f"--as-of {as_of} lies after today, {latest}; nothing was removed", fix="name a day that was")
    found: dict[str, dict[date, int]] = {}
    for contract in CONTRACTS.values():
        if contract.retention_days and lake.exists(contract.name):
            column = contract.partition_by[0]
            found[contract.name] = rows_by_day(lake.read(contract.name), column)
    newest = max((day for counts in found.values() for day in counts), default=None)
    if newest is None:
        return []
    newest = min(newest, latest)
    config = lake.config
    needed = newest - timedelta(days=int(config.value("window.days")) + int(config.value("validate.recent_days")))
    expiries = []
    for name, counts in found.items():
        kept = contract_of(name).retention_days or 0
        if not counts:
            continue
        first_kept = min((as_of or min(max(counts), latest)) - timedelta(days=kept - 1), needed)
        over = sorted(day for day in counts if day < first_kept)
        if over:
            expiries.append(Expiry(name, kept, tuple(over), sum(counts[day] for day in over)))
    return expiries


def retire(lake: Lake, expiries: Sequence[Expiry]) -> None:
    """Remove partitions, one commit per table; the files go with the next ``revenuer vacuum``.

    Raises:
        LakeError: Other writers were in the way each time; the tables before stand.
    """
    for expiry in expiries:
        metadata = {"stage": "retention", "retired": [day.isoformat() for day in expiry.days]}
        lake.commit_replacement(expiry.table, expiry.days, lake.empty(expiry.table), metadata)
