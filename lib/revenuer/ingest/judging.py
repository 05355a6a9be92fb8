"""Judging what is about to be loaded: every row by its contract, and every day by what the table holds of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.contract import Contract
from revenuer.errors import ContractError
from revenuer.ingest.readers import EXAMPLE_LENGTH, FILE, readable, unreadable
from revenuer.lake.tablespace import in_dates, rows_by_day
from revenuer.session import SPARK_ERRORS

# validate sets bad rows of these aside with their reasons; no stage judges the rows of the others.
VALIDATED_LATER = frozenset({"usage_events"})
BAD = "_bad"
"""Column with the complaints about a row's cells."""
UNNAMED = "_unnamed"
"""Column that says whether neither the path nor a column named a row's day."""


@dataclass(frozen=True)
class Judgement:
    """What a load holds.

    Attributes:
        counts: Rows by day.
        unnamed: Days that follow from instants alone: nothing says that the load is all of them.
    """

    counts: dict[date, int]
    unnamed: frozenset[date]


def judge(contract: Contract, frame: DataFrame, files: Sequence[str]) -> Judgement:
    """Judge every row in one pass and count the rows of each day.

    Raises:
        ContractError: Cells that do not convert, rows without a day and, where no later stage judges rows, rows that
            break the contract's rules or its key.
    """
    day = contract.partition_by[0] if contract.partition_by else "cast(null as date)"
    is_final = contract.name not in VALIDATED_LATER
    rules = contract.errors_sql() if is_final else "cast(array() as array<string>)"
    dateless = f"{day} is null" if contract.partition_by else "false"
    dayless = f"{dateless} and size({BAD}) = 0"
    kinds = [
        f"transform({BAD}, c -> concat('column ', c.name))",
        f"case when {dayless} then array('column usage_date') else array() end",
        f"case when size({BAD}) = 0 then {rules} else array() end",
    ]
    complaints = [
        f"transform({BAD}, c -> concat('column ', c.name, ': ', c.example, ' does not convert'))",
        f"case when {dayless} then array('column usage_date: null, with no day in the path or in event_at')"
        " else array() end",
        kinds[2],
    ]
    judged = frame.selectExpr(
        f"{day} as day", UNNAMED, FILE, f"concat({', '.join(kinds)}) as kinds",
        f"concat({', '.join(complaints)}) as complaints",
    )  # fmt: skip
    figures = ("count(*) as n", "count_if(size(kinds) > 0) as bad_n", f"bool_and({UNNAMED}) as is_unnamed")
    try:
        days = judged.groupBy("day").agg(*map(expr, figures)).collect()
        wrong = []
        if any(row["bad_n"] for row in days):
            cells = judged.where("size(kinds) > 0").selectExpr("inline(arrays_zip(kinds, complaints))", FILE)
            examples = (expr("count(*) as n"), expr("min(complaints) as example"), expr(f"min({FILE}) as file"))
            wrong = cells.groupBy("kinds").agg(*examples).sort("kinds").collect()
    except SPARK_ERRORS as error:
        raise unreadable(files[0] if len(files) == 1 else f"one of {len(files)} files", "rows", error) from None
    problems = [
        f"{row['example']}: {row['n']} row{'s' if row['n'] != 1 else ''}, for instance in {readable(row['file'])}"
        for row in wrong
    ]
    if not problems and is_final:
        problems = _repeated_keys(contract, frame)
    if problems:
        raise ContractError(
            f"table {contract.name}: rows cannot be loaded", problems,
            "mend the rows at their source and load again; nothing was written",
        )  # fmt: skip
    dated = [row for row in days if row["day"] is not None]
    return Judgement(
        {row["day"]: row["n"] for row in dated}, frozenset(row["day"] for row in dated if row["is_unnamed"])
    )


def _repeated_keys(contract: Contract, frame: DataFrame) -> list[str]:
    """Different rows under one key: which is right cannot be known here."""
    rows = frame.select(*contract.columns).distinct()
    keys = rows.groupBy(*contract.key).count().where("count > 1")
    first = keys.first()
    if first is None:
        return []
    example = ", ".join(f"{name} {str(first[name])[:EXAMPLE_LENGTH]}" for name in contract.key)
    names = ", ".join(contract.key)
    return [f"key ({names}): {keys.count()} keys stand on several different rows, for instance {example}"]


def refuse_parts(contract: Contract, counts: Mapping[date, int], frame: DataFrame, stored: DataFrame) -> None:
    """Stop a load that would take rows from days of which nothing says that the load is all of them.

    A file of a local day holds the end of one UTC day and the beginning of the next: replaced by it, both would lose
    the hours that its neighbours brought. Rows are told apart by their key, not counted: the larger part of a day is
    no more the whole than the smaller, and repeated deliveries are no loss.

    Args:
        contract: The table's contract.
        counts: Rows of the load by day, of days that follow from instants alone.
        frame: The load.
        stored: The table.

    Raises:
        ContractError: Every such day that holds rows whose key the load lacks; nothing was written.
    """
    day = contract.partition_by[0]
    held = rows_by_day(stored.where(in_dates(day, counts)), day)
    if not held:
        return
    keyed = stored.where(in_dates(day, held)).select(day, *contract.key).dropna().distinct()
    lacking = rows_by_day(keyed.join(frame.select(*contract.key), list(contract.key), "left_anti"), day)
    if lacking:
        raise ContractError(
            f"table {contract.name}: the load lacks rows of days that it would replace",
            [
                f"{lost}: {held[lost]:,} rows are stored, the load has {counts[lost]:,} and lacks {rows:,} of them"
                for lost, rows in sorted(lacking.items())
            ],
            "load whole UTC days together (a file of a local day holds parts of two); where the load is all there is of"
            f" these days, say so: name them as {day}= in the path, or in a column {day}; nothing was written",
        )
