"""A contract meets real frames: conforming, and judging rows by its rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession

from revenuer.contract import Contract, RowRule
from revenuer.errors import ContractError
from revenuer.stages.validate import measure, validate
from revenuer.tables import CONTRACTS, contract_of

DAY = date(2026, 3, 1)
EVENTS = contract_of("usage_events")
TINY = Contract(
    "tiny", "A tiny table.", "working", ("account_id", "rank"), ("account_id",), (), "one account", "tests",
    row_rules=(
        RowRule("rank_positive", "rank > 0", "rank isn't positive"),  # the apostrophe must survive SQL
        RowRule("rank_small", "rank < 100", "rank is no small number"),
    ),
)  # fmt: skip


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_conform__leaves_a_table_that_follows_its_contract(spark: SparkSession, contract: Contract) -> None:
    frame = spark.createDataFrame([], contract.schema_ddl())
    assert contract.conform(frame).schema == frame.schema
    assert frame.selectExpr(f"{contract.errors_sql()} as e").schema.simpleString() == "struct<e:array<string>>"


def test_conform__orders_casts_fills_and_drops(spark: SparkSession) -> None:
    frame = spark.sql("select 'x' as zodiac, 7 as input_tokens, account_id, request_id, event_at, usage_date from"
                      " values ('a', 'r', timestamp'2026-03-01 12:00:00', date'2026-03-01')"
                      " as t(account_id, request_id, event_at, usage_date)")  # fmt: skip
    conformed = EVENTS.conform(frame)
    assert conformed.columns == list(EVENTS.columns)
    assert dict(conformed.dtypes)["input_tokens"] == "bigint"
    row = conformed.collect()[0]
    assert (row["input_tokens"], row["model"]) == (7, None)


def test_conform__raises_one_error_with_every_discrepancy(spark: SparkSession) -> None:
    frame = spark.sql("select 'r' as request_id, 'now' as event_at, 1.5 as input_tokens, true as model")
    with pytest.raises(ContractError) as caught:
        EVENTS.conform(frame, "on 2026-03-01")
    assert caught.value.exit_code == 4
    assert {problem.split(":")[0] for problem in caught.value.problems} == {
        "column usage_date",  # missing
        "column account_id",  # missing
        "column event_at",  # text is no instant
        "column model",  # a truth value is no name
        "column input_tokens",  # tokens have no fractions
    }
    assert "table usage_events on 2026-03-01" in str(caught.value) and "revenuer tables" in str(caught.value)


def judged(frame: DataFrame, contract: Contract, extra: Sequence[RowRule] = ()) -> dict[Any, list[str]]:
    """What is wrong with each row, by its first column."""
    return {
        row[0]: row["_errors"] for row in frame.selectExpr("*", f"{contract.errors_sql(extra)} as _errors").collect()
    }


def test_errors_sql__names_every_rule_that_a_row_breaks(spark: SparkSession) -> None:
    rows = [("good", 5), ("unknown", None), ("low", 0), ("high", 100), (None, -1)]
    assert judged(spark.createDataFrame(rows, TINY.schema_ddl()), TINY) == {
        "good": [],
        "unknown": [],  # null breaks no rule
        "low": ["rank isn't positive"],
        "high": ["rank is no small number"],
        None: ["account_id is null", "rank isn't positive"],
    }


def test_errors_sql__applies_rules_of_the_run(spark: SparkSession) -> None:
    extra = RowRule("account_id_short", "length(account_id) < 3", "account_id is long")
    frame = spark.createDataFrame([("abc", 1), ("ab", 1)], TINY.schema_ddl())
    assert judged(frame, TINY, [extra]) == {"abc": ["account_id is long"], "ab": []}


def test_errors_sql__of_a_table_without_rules_finds_nothing(spark: SparkSession) -> None:
    free = Contract("free", "Free.", "working", ("note",), (), (), "one note", "tests")
    assert judged(spark.createDataFrame([(None,), ("n",)], free.schema_ddl()), free) == {None: [], "n": []}


TOKENS = st.one_of(st.none(), st.integers(-3, 3))
EVENT = st.fixed_dictionaries(
    {
        "request_id": st.sampled_from([None, "", "r1", "r2", "r3"]),
        "account_id": st.sampled_from([None, " ", "a", "b"]),
        "event_at": st.sampled_from([None, datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)]),
        "usage_date": st.sampled_from([None, DAY, date(2026, 2, 1)]),
        "input_tokens": TOKENS,
        "output_tokens": TOKENS,
        "status_code": st.sampled_from([None, 0, 200, 429]),
    }
)


def is_good(row: dict[str, Any]) -> bool:
    """The rules once more, in Python."""
    filled = all(row[name] and row[name].strip() for name in ("request_id", "account_id"))
    dated = row["event_at"] == datetime(2026, 3, 1, 12, tzinfo=UTC) and row["usage_date"] == DAY
    numbers = (row["input_tokens"] or 0) >= 0 and (row["output_tokens"] or 0) >= 0 and row["status_code"] != 0
    return bool(filled and dated and numbers)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(EVENT, min_size=20, max_size=60))
def test_validate__loses_and_invents_no_row(spark: SparkSession, rows: list[dict[str, Any]]) -> None:
    frame = spark.createDataFrame([EVENTS.row(**row) for row in rows], EVENTS.schema_ddl())
    result = validate(frame, day=DAY)
    counts = measure(result)
    good = [row for row in rows if is_good(row)]
    assert counts.row_count == len(rows)
    assert counts.quarantined_count == len(rows) - len(good)
    assert counts.good_count == len({row["request_id"] for row in good})
    assert counts.duplicate_count == len(good) - counts.good_count
    assert {row["request_id"] for row in result.good.collect()} == {row["request_id"] for row in good}
