"""Loading files that follow a contract's column names into an input table, or into ``sightings``.

What converts without loss is converted; what does not is refused by table, file, column, example and fix, and then
nothing is written. All days of one load become visible in one commit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame

from revenuer.clock import today
from revenuer.contract import Contract
from revenuer.errors import ConfigError, ContractError
from revenuer.ingest.conversion import Conversion, conversion
from revenuer.ingest.judging import BAD, UNNAMED, VALIDATED_LATER, judge, refuse_parts
from revenuer.ingest.readers import (
    CORRUPT,
    EXAMPLE_LENGTH,
    FILE,
    NANOSECONDS_AS_LONG,
    READERS,
    Source,
    find,
    path_keys,
    readable,
)
from revenuer.lake.erasure import ERASURES, account_sql, dropped_warnings, without_erased
from revenuer.lake.hash_keys import load_hash_key
from revenuer.lake.lake import Lake
from revenuer.lake.tablespace import LOADABLE_WORKING_TABLES, rows_by_day
from revenuer.pipeline.upstream import refuse_losses
from revenuer.settings import temporary_settings
from revenuer.tables import CONTRACTS, contract_of

_NULL_COLUMN = Conversion("false", "null")


@dataclass(frozen=True)
class IngestReport:
    """What a load did.

    Attributes:
        table: Table loaded.
        dates: Rows by day, days declared empty included; empty for an unpartitioned table.
        row_count: Rows loaded.
        files: Files read.
        warnings: What a person should look at.
        ignored_columns: Columns the contract does not know.
    """

    table: str
    dates: dict[date, int]
    row_count: int
    files: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())
    ignored_columns: tuple[str, ...] = field(default=())

    def text(self) -> str:
        """The report for people."""
        days = sorted(self.dates)
        span = f", {len(days)} days {days[0]} to {days[-1]}" if len(days) > 1 else f" on {days[0]}" if days else ""
        files = f"{len(self.files)} file{'s' if len(self.files) != 1 else ''}"
        what = "rows" if contract_of(self.table).partition_by else "new or changed rows"
        lines = [f"{self.table}: {self.row_count:,} {what}{span} from {files}"]
        if self.ignored_columns:
            lines.append(f"  ignored columns: {', '.join(self.ignored_columns)}")
        return "\n".join([*lines, *(f"  warning: {warning}" for warning in self.warnings)])

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {**vars(self), "dates": {str(day): rows for day, rows in sorted(self.dates.items())}}


def ingest(lake: Lake, table: str, path: str, *, fmt: str | None = None) -> IngestReport:
    """Load files into a table: the days they hold are replaced; rows of an unpartitioned table are upserted by key.

    Args:
        lake: Lake.
        table: An input table, or ``sightings``.
        path: A file, a glob, or a folder; a day in it as ``usage_date=YYYY-MM-DD`` wins over a column.
        fmt: A name in :data:`READERS`; None goes by each file's name.

    Raises:
        ConfigError: The table cannot be loaded, or the path names nothing readable.
        ContractError: Everything in the files that does not follow the contract, or days that the files may hold only
            a part of and that would lose rows; nothing is written.
        LakeError: Other writers were in the way each time.
    """
    contract = contract_of(table)
    if contract.layer != "input" and contract.name not in LOADABLE_WORKING_TABLES:
        loadable = [c.name for c in CONTRACTS.values() if c.layer == "input" or c.name in LOADABLE_WORKING_TABLES]
        message, fix = f"table {contract.name} is written by the job itself", f"load one of {', '.join(loadable)}"
        raise ConfigError(message, fix=fix)
    if fmt is not None and fmt not in READERS:
        raise ConfigError(f"there is no format {fmt!r}", fix=f"use one of {', '.join(READERS)}")
    # Reading changes how Spark takes nanoseconds; other readers of the session must not notice.
    with temporary_settings(lake.spark, {NANOSECONDS_AS_LONG: None}):
        found = find(lake.spark, path, fmt)
        sources = [source for name, files in found.files.items() for source in READERS[name](lake.spark, files)]
        ignored: set[str] = set()
        converted = [_convert(contract, source, ignored) for source in sources]
        warnings = [f"{name} is of no known format and was left out" for name in found.ignored]
        files = tuple(readable(file) for group in found.files.values() for file in group)
        counts: dict[date, int] = {}
        rows = 0
        frame = reduce(DataFrame.unionByName, converted) if converted else None
        if frame is not None:
            # What is required, and a sighting's party, follows from other columns or was missed before.
            known = {"party_id", *contract.required_columns, *(c for source in sources for c in source.frame.columns)}
            accepted = lake.config.value("validate.removed_columns")
            # JSON lines leave out what is null, so a name that is missing from a day's may mean just that.
            is_sparse = "jsonl" in found.files
            if not is_sparse:
                refuse_losses(lake, contract, known, accepted)
            judgement = judge(contract, frame, files)
            counts, frame = judgement.counts, frame.select(*contract.columns)
            unnamed = judgement.unnamed.difference(found.days)
            stored = lake.read_dates(contract.name, unnamed) if unnamed else None
            if account_sql(contract.columns) and lake.exists(ERASURES):
                key = load_hash_key(lake.config, lake.uri)
                warnings += dropped_warnings(lake, frame, key)
                frame = without_erased(lake, frame, key)
                # The owners may have erased the account too: its stored rows are not missed.
                stored = without_erased(lake, stored, key) if stored is not None else None
                counts = {**dict.fromkeys(counts, 0), **_day_counts(contract, frame)}
            if is_sparse and not contract.partition_by:
                # Here rows take the place of others by key, and what no row tells would be forgotten of all of them.
                refuse_losses(lake, contract, known, accepted, replaced_by=frame)
            if stored is not None:
                refuse_parts(contract, {day: counts[day] for day in unnamed}, frame, stored)
        if contract.partition_by:
            days = sorted({*counts, *found.days})
            counts = {day: counts.get(day, 0) for day in days}
            if ahead := [day for day in days if day > today()]:
                late = f"{sum(counts[day] for day in ahead):,} rows of {len(ahead)} days after today"
                warnings.append(f"{late}, the first {ahead[0]}: mistyped?")
            if days:
                rows = lake.replace_partitions(contract.name, days, _frame(lake, contract, frame), stage="ingest")
            else:
                warnings.append("the files hold no rows and their paths name no day: nothing was declared")
        elif frame is not None:
            rows, counts = lake.upsert(contract.name, frame.distinct(), stage="ingest"), {}
        return IngestReport(contract.name, counts, rows, files, tuple(warnings), tuple(sorted(ignored)))


def _day_counts(contract: Contract, frame: DataFrame) -> dict[date, int]:
    if not contract.partition_by:
        return {}
    return rows_by_day(frame, contract.partition_by[0])


def _frame(lake: Lake, contract: Contract, frame: DataFrame | None) -> DataFrame:
    if frame is None:
        return lake.empty(contract.name)
    # Exact repetitions of a sighting are one fact; repeated deliveries of an event are counted by validate.
    return frame if contract.name in VALIDATED_LATER else frame.distinct()


def _convert(contract: Contract, source: Source, ignored: set[str]) -> DataFrame:
    """One source in the contract's types, with ``_file``, ``_unnamed`` and each row's complaints in ``_bad``."""
    types = {f.name: f.dataType.simpleString() for f in source.frame.schema.fields}
    ignored.update(set(types) - set(contract.columns) - {FILE, CORRUPT})
    ignored.update(*(path_keys(file) - {"usage_date"} for file in source.files))
    where = ", ".join(readable(file) for file in source.files[:3]) + (" ..." if len(source.files) > 3 else "")
    plans: dict[str, Conversion] = {}
    problems = []
    for column in contract.column_definitions():
        if column.name not in types:
            plans[column.name] = Conversion("false", f"cast(null as {column.type})")
            continue
        plan = conversion(column.name, types[column.name], column.type, has_nanoseconds=source.has_nanoseconds)
        if plan is None:
            problems.append(f"column {column.name}: type {types[column.name]} cannot stand for {column.type} ({where})")
        plans[column.name] = plan or _NULL_COLUMN
    values = {name: plan.value for name, plan in plans.items()}
    derivable, unnamed = _derive(contract, types, values)
    for name in contract.required_columns:
        if name not in types and name not in derivable:
            spare = {known.lower(): known for known in set(types) - set(contract.columns)}
            near = get_close_matches(name, sorted(spare), n=1)
            hint = f"; is it {spare[near[0]]}?" if near else ""
            problems.append(f"column {name}: missing{hint} ({where})")
    if problems:
        raise ContractError(
            f"table {contract.name}: the files do not follow the contract", problems,
            f"rename or convert the columns as `revenuer tables {contract.name}` lists them; nothing was written",
        )  # fmt: skip
    cells = [
        f"case when {plan.bad} then named_struct('name', '{name}', 'example',"
        f" substring(cast(`{name}` as string), 1, {EXAMPLE_LENGTH})) end"
        for name, plan in plans.items() if name in types and types[name] != _type_of(contract, name)
    ]  # fmt: skip
    if CORRUPT in types:
        cells.append(
            f"case when `{CORRUPT}` is not null then"
            f" named_struct('name', 'the whole row', 'example', substring(`{CORRUPT}`, 1, {EXAMPLE_LENGTH})) end"
        )
    none = "cast(array() as array<struct<name: string, example: string>>)"
    bad = f"filter(array({', '.join(cells)}), c -> c is not null)" if cells else none
    columns = (f"{value} as `{name}`" for name, value in values.items())
    return source.frame.selectExpr(*columns, FILE, f"{unnamed} as {UNNAMED}", f"{bad} as {BAD}")


def _derive(contract: Contract, types: dict[str, str], values: dict[str, str]) -> tuple[set[str], str]:
    """Fill in what follows from other columns, in place.

    Returns:
        The columns that need not be in the files, and a SQL predicate: nothing names the row's day.
    """
    derivable, unnamed = set(), "false"
    if "usage_date" in contract.partition_by:
        in_path = rf"try_cast(nullif(regexp_extract({FILE}, 'usage_date=(\\d{{4}}-\\d{{2}}-\\d{{2}})', 1), '') as date)"
        choices = [in_path, values["usage_date"]]
        if "event_at" in types and "event_at" in values:
            unnamed = f"coalesce({', '.join(choices)}) is null"
            choices.append(f"cast({values['event_at']} as date)")
        values["usage_date"] = f"coalesce({', '.join(choices)})"
        derivable.add("usage_date")
    if contract.name == "sightings":
        values["party_id"] = f"coalesce({values['party_id']}, {values['account_id']})"
    return derivable, unnamed


def _type_of(contract: Contract, name: str) -> str:
    return next(c.type for c in contract.column_definitions() if c.name == name)
