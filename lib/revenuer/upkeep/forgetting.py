"""Forgetting an account: out of the working tables, under a pseudonym in the published ones, and for good.

The record in table ``erasures`` comes first, so that no later run brings the account back; it is marked complete
last. Whatever kills the work in between, running it again ends it. The account's own id is written nowhere: rows are
found by joining, since Delta's log would keep the text of a condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql.functions import col, lit, regexp_replace, transform, when

from revenuer.contract import Contract
from revenuer.errors import ConfigError
from revenuer.lake.commits import Commit
from revenuer.lake.erasure import ERASURES, PSEUDONYM, account_hash
from revenuer.lake.hash_keys import known_hash_key, load_hash_key
from revenuer.lake.lake import Lake
from revenuer.lake.older import pin_of, stored_tables
from revenuer.lake.publication import Publication
from revenuer.lake.tablespace import in_dates
from revenuer.stages.cluster import ACCOUNT_VERTEX, pool_id_sql
from revenuer.tables import CONTRACTS, contract_of

_METADATA = {"stage": "forget"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Digits of an account's hash in its pseudonym, and in the label of a pool: 60 bits, which a bigint holds.
_PSEUDONYM_DIGITS, _LABEL_DIGITS = 16, 15
_REMOVED_FILES = ("numTargetFilesRemoved", "numRemovedFiles")
_REMOVED_BYTES = ("numTargetBytesRemoved", "numRemovedBytes")


@dataclass(frozen=True)
class Forgotten:
    """What forgetting an account touched, or would touch.

    Attributes:
        account_hash: What table ``erasures`` knows the account by; blank where a dry run found no hash key to tell.
        pseudonym: What published tables call it from now on.
        is_dry_run: Whether nothing was written.
        removed: Rows removed by working table, and by input table where these were included.
        pseudonymised: Rows changed by published table.
        remaining: Rows still there by input table.
        obsolete_file_count: Data files that only older table versions need.
        obsolete_bytes: Their size.
        untouched: Tables of older versions, which are not rewritten.
    """

    account_hash: str
    pseudonym: str
    is_dry_run: bool
    removed: dict[str, int] = field(default_factory=dict)
    pseudonymised: dict[str, int] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    obsolete_file_count: int = 0
    obsolete_bytes: int = 0
    untouched: tuple[str, ...] = ()

    def text(self) -> str:
        """The report for people."""
        would = "would be " if self.is_dry_run else ""
        lines = [f"account {self.pseudonym}: " + ("dry run, nothing was written" if self.is_dry_run else "forgotten")]
        lines += [f"  {name}: {rows:,} rows {would}removed" for name, rows in self.removed.items()]
        lines += [f"  {name}: {rows:,} rows {would}pseudonymised" for name, rows in self.pseudonymised.items()]
        if not self.removed and not self.pseudonymised:
            lines.append("  no row of it is left in the working and published tables")
        if self.remaining:
            still = ", ".join(f"{name} ({rows:,} rows)" for name, rows in self.remaining.items())
            lines.append(f"  still in the lake owners' tables: {still}; delete it there, or add --inputs")
        if self.obsolete_file_count:
            size = f"{self.obsolete_file_count:,} files, {self.obsolete_bytes:,} bytes"
            lines.append(f"  older table versions hold it until `revenuer vacuum` has removed them ({size})")
        if self.untouched:
            lines.append(f"  not rewritten, being of an older version: {', '.join(self.untouched)}; drop them")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return dict(vars(self))


def forget(
    lake: Lake,
    account: str,
    hash_key: bytes | None = None,
    *,
    reason: str | None = None,
    with_inputs: bool = False,
    unseen: bool = False,
    dry_run: bool = False,
) -> Forgotten:
    """Erase an account, or go on with an erasure that was interrupted.

    Args:
        lake: Lake.
        account: Its id.
        hash_key: The site's secret; the one that is set, or lies beside the lake, when omitted.
        reason: Recorded with the erasure.
        with_inputs: Whether to delete its rows from the input tables too.
        unseen: Whether to record an account that no table names.
        dry_run: Only count.

    Raises:
        ConfigError: The id is blank, or no table names it; there is no lake at that place, or no hash key can be had.
        LakeError: Other writers were in the way each time; run it again.
    """
    if not account.strip():
        raise ConfigError("the account's id is blank", fix="name the account with --account ID")
    # Else a lake would be made there, and whoever mistyped its place be told that the account is forgotten.
    lake.require_tables()
    if hash_key is None:
        hash_key = (known_hash_key if dry_run else load_hash_key)(lake.config, lake.uri)
    work = _Erasure(lake, account, hash_key)
    working, inputs = work.found("working"), work.found("input")
    removed, remaining = _sums(working), _sums(inputs)
    if with_inputs:
        removed, remaining = {**removed, **remaining}, {}
    older = tuple(table.table_name for table in stored_tables(lake) if table.relation == "older")
    published = work.published_rows()
    outcome = Forgotten(work.account_hash, work.pseudonym, dry_run, removed, published, remaining, untouched=older)
    if not (removed or remaining or published or unseen or work.is_recorded()):
        # Else whoever mistyped an id is told that the account is forgotten.
        fix = "spell it as in usage_events, or add --unseen to drop rows that come later all the same"
        raise ConfigError(f"no table of {lake.uri} names this account, and it was never erased", fix=fix)
    if dry_run:
        return outcome
    touched = work.begin(reason, {**removed, **published})
    # What is staged names accounts too; a run that was about to publish it stops and says so.
    for staged in lake.staging.folders():
        lake.staging.discard(staged.run_date, staged.run_id)
    commits = [work.remove(name, days) for name, days in {**working, **(inputs if with_inputs else {})}.items()]
    commits += Publication(lake).amend(work.rewritten, _METADATA).values()
    work.record(reason, touched, is_complete=True)
    return replace(
        outcome,
        obsolete_file_count=sum(_metric(commit, _REMOVED_FILES) for commit in commits),
        obsolete_bytes=sum(_metric(commit, _REMOVED_BYTES) for commit in commits),
    )


class _Erasure:
    """The steps for one account."""

    def __init__(self, lake: Lake, account: str, hash_key: bytes | None) -> None:
        self._lake, self._account = lake, account
        id_only = lake.spark.range(1).select(lit(account).alias("account_id"))
        self._named = id_only.selectExpr("account_id", f"{ACCOUNT_VERTEX} as vertex")
        digits = account_hash(hash_key or b"", account)
        # A pool is labelled by its smallest member. That label is a plain hash of the id, so it goes with the account.
        self._label = int(digits[:_LABEL_DIGITS], 16)
        (row,) = self._named.selectExpr(
            f"{pool_id_sql('vertex')} as pool_id", f"{pool_id_sql(f'{self._label}L')} as new_pool_id"
        ).collect()
        self._pool_id, self._new_pool_id = str(row["pool_id"]), str(row["new_pool_id"])
        is_known = hash_key is not None
        self.account_hash = digits if is_known else ""
        self.pseudonym = PSEUDONYM + (digits[:_PSEUDONYM_DIGITS] if is_known else "...")

    # -- what is there

    def found(self, layer: str) -> dict[str, dict[date | None, int]]:
        """The account's rows by table and day; tables without days have one entry, None."""
        found: dict[str, dict[date | None, int]] = {}
        for contract in CONTRACTS.values():
            if contract.layer == layer and _naming(contract) and self._lake.exists(contract.name):
                rows = self._lake.read(contract.name).where(col(_naming(contract)) == lit(self._account))
                if contract.name == "dispositions":
                    rows = rows.where("subject_kind = 'account'")
                day = contract.partition_by[0] if contract.partition_by else "cast(null as date)"
                counts = rows.selectExpr(f"{day} as day").groupBy("day").count().collect()
                if counts:
                    found[contract.name] = {row["day"]: row["count"] for row in counts}
        return found

    def published_rows(self) -> dict[str, int]:
        """Published rows that name the account, by table."""
        lake, (pins, _), days = self._lake, self._lake.pins(), self._lake.published_dates()
        names = [name for name in CONTRACTS if pin_of(name, pins) is not None]
        counts = {name: self._changed(name, lake.published(name, pins, days)).count() for name in names}
        return {name: count for name, count in counts.items() if count}

    # -- the record

    def begin(self, reason: str | None, found: Mapping[str, int]) -> dict[str, int]:
        """Put the erasure on record as unfinished; returns the rows it touches in all, by table."""
        before, was_complete = self._recorded()
        if was_complete:
            touched = {name: before.get(name, 0) + found.get(name, 0) for name in {**before, **found}}
        else:
            # An interrupted erasure planned for all that is left, too.
            touched = {name: max(before.get(name, 0), found.get(name, 0)) for name in {**before, **found}}
        self.record(reason, touched, is_complete=False)
        return touched

    def record(self, reason: str | None, touched: Mapping[str, int], *, is_complete: bool) -> None:
        """Write the account's row of ``erasures``; when it was first erased, and why, stays."""
        known = self._recorded_row("unix_micros(erased_at) as micros, reason")
        now = datetime.now(UTC)
        row = {
            "account_hash": self.account_hash,
            "erased_at": _EPOCH + timedelta(microseconds=known["micros"]) if known else now,
            "reason": reason or (known["reason"] if known else None),
            "run_id": self._lake.run_id,
            "touched_counts": dict(touched),
            "is_complete": is_complete,
        }
        self._lake.upsert(ERASURES, self._lake.frame_of(ERASURES, [row]), stage="forget")

    def is_recorded(self) -> bool:
        """Whether its erasure was begun before."""
        return self._recorded_row("is_complete") is not None

    def _recorded(self) -> tuple[dict[str, int], bool]:
        row = self._recorded_row("touched_counts, is_complete")
        return (dict(row["touched_counts"] or {}), bool(row["is_complete"])) if row else ({}, False)

    def _recorded_row(self, columns: str) -> Row | None:
        rows = self._lake.read(ERASURES).where(f"account_hash = '{self.account_hash}'")
        return rows.selectExpr(*columns.split(", ")).first()

    # -- what is written

    def remove(self, name: str, days: Mapping[date | None, int]) -> Commit | None:
        """Delete the account's rows of a table, in the files that hold them."""
        contract = contract_of(name)
        conditions = [f"t.`{_naming(contract)}` = s.account_id"]
        actions = "when matched then delete"
        if name == "dispositions":
            conditions.append("t.subject_kind = 'account'")
        if name == "pools":
            conditions = ["(t.account_id = s.account_id or t.component_id = s.vertex)"]
            actions = (
                "when matched and t.account_id = s.account_id then delete when matched then"
                f" update set component_id = {self._label}L, pool_id = '{self._new_pool_id}'"
            )
        dated = [day for day in days if day is not None]
        if dated:
            conditions.append(in_dates(f"t.`{contract.partition_by[0]}`", dated))
        return self._lake.merge(name, self._named, " and ".join(conditions), actions, _METADATA)

    def rewritten(self, name: str, published: DataFrame) -> tuple[list[date], DataFrame]:
        """The run dates of a published table that name the account, and their rows without its name."""
        touched = self._changed(name, published).select("run_date").distinct().collect()
        days = sorted(row["run_date"] for row in touched)
        changes = self._changes(contract_of(name))
        rows = published.where(in_dates("run_date", days))
        return days, rows.select(*(changes.get(column, col(column)).alias(column) for column in rows.columns))

    def _changed(self, name: str, published: DataFrame) -> DataFrame:
        changes = self._changes(contract_of(name)).items()
        differs = [~col(column).eqNullSafe(changed) for column, changed in changes if column in published.columns]
        return published.where(reduce(Column.__or__, differs)) if differs else published.where("false")

    def _changes(self, contract: Contract) -> dict[str, Column]:
        """Every column that may name the account or the pool it gave its label to, and what to make of it."""
        changes = {}
        for column in contract.column_definitions():
            change = {"id": self._renamed, "text": self._reworded}.get(column.unit)
            if change and column.type == "string":
                changes[column.name] = change(col(column.name))
            elif change and column.type == "array<string>":
                changes[column.name] = transform(col(column.name), change)
        return changes

    def _renamed(self, value: Column) -> Column:
        renamed = when(value == lit(self._account), lit(self.pseudonym))
        return renamed.when(value == lit(self._pool_id), lit(self._new_pool_id)).otherwise(value)

    def _reworded(self, value: Column) -> Column:
        # No text names an account; an id like 82 would stand in sentences as a number.
        return regexp_replace(value, rf"(?<![\w-]){re.escape(self._pool_id)}(?![\w-])", self._new_pool_id)


def _naming(contract: Contract) -> str:
    """The column of a table that names an account; empty where none does."""
    return next((name for name in ("account_id", "subject_id") if name in contract.columns), "")


def _sums(found: Mapping[str, Mapping[date | None, int]]) -> dict[str, int]:
    return {name: sum(days.values()) for name, days in found.items()}


def _metric(commit: Commit | None, names: Sequence[str]) -> int:
    return sum(int(commit.metrics.get(name, 0)) for name in names) if commit else 0
