"""validate: what is trusted, what is set aside and why, which duplicate stays, what the day is checked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import load_config
from revenuer.contract import TableCheck
from revenuer.errors import ContractError
from revenuer.stages import validate as validation
from revenuer.stages.validate import (
    EVENTS,
    ValidateCounts,
    checked_frame,
    day_checks,
    measure,
    validate,
)
from revenuer.tables import quarantined_usage, valid_usage

DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = load_config().section("validate")
COUNTS = ValidateCounts(row_count=100, good_count=95, duplicate_count=2, quarantined_count=3)
FIVE_DAYS = {DAY - timedelta(days=n): 100 for n in range(1, 6)}


def event(request_id: str | None = "r1", **values: Any) -> tuple[Any, ...]:
    """A row that breaks no rule, but for the given values."""
    return EVENTS.row(**{"request_id": request_id, "event_at": NOON, "usage_date": DAY, "account_id": "a", **values})


def frame(spark: SparkSession, *rows: tuple[Any, ...]) -> DataFrame:
    return spark.createDataFrame(list(rows), EVENTS.schema_ddl())


def errors_of(spark: SparkSession, *rows: tuple[Any, ...]) -> dict[str, list[str]]:
    """Reasons by request_id of the rows set aside."""
    quarantined = validate(frame(spark, *rows), day=DAY).quarantined
    return {row["request_id"]: row["_errors"] for row in quarantined.collect()}


def test_validate__lists_every_reason_of_a_row(spark: SparkSession) -> None:
    rows = [
        event("fine"),
        event("bare", client_ip=None, output_tokens=None, status_code=None),  # unknown is not wrong
        event("tokens", input_tokens=-1, output_tokens=-5),  # two faults, two reasons
        event("nobody", account_id=None),  # a key is missing
        event("blank", account_id="  "),  # a key that is only spaces is missing too
        event("address", client_ip="999.1.1.1"),  # no such IPv4
        event("v6", client_ip="2001:db8::7"),  # a real IPv6
        event("yesterday", event_at=NOON - timedelta(days=1)),  # the instant contradicts usage_date
        event("skewed", event_at=NOON + timedelta(hours=12, minutes=4)),  # within the allowed clock skew
        event("epoch", event_at=datetime(1970, 1, 1, tzinfo=UTC), usage_date=date(1970, 1, 1)),  # clock never set
        event("undated", usage_date=None),
        event("status", status_code=42, asn=-1),
        event("billion", input_tokens=10**9, output_tokens=10**9),  # absurd, but its sums overflow nothing
        # What the largest number stands for is no count, and adding it up would end the run.
        event("overflow", input_tokens=2**63 - 1, cached_input_tokens=10**9 + 1, output_tokens=2**63 - 1,
              reasoning_tokens=2**62),
    ]  # fmt: skip
    assert errors_of(spark, *rows) == {
        "tokens": ["input_tokens is negative", "output_tokens is negative"],
        "nobody": ["account_id is null"],
        "blank": ["account_id is blank"],
        "address": ["client_ip is neither an IPv4 nor an IPv6 address"],
        "yesterday": ["event_at is not on usage_date (5 minutes of clock skew allowed)"],
        "epoch": ["event_at lies before any LLM service existed", "usage_date is not the day of its partition"],
        "undated": ["usage_date is null"],
        "status": ["status_code is no HTTP status", "asn is no AS number"],
        "overflow": [
            f"{name}_tokens is above 1,000,000,000" for name in ("input", "cached_input", "output", "reasoning")
        ],
    }


def test_validate__takes_blank_texts_for_unknown(spark: SparkSession) -> None:
    optional = [
        c.name for c in EVENTS.column_definitions() if c.type == "string" and c.name not in EVENTS.required_columns
    ]
    rows = [
        event("empty", **dict.fromkeys(optional, "")),  # as exports write null; no bad address either
        event("spaces", **dict.fromkeys(optional, "  ")),
        event("kept", model=" m ", client_ip="192.0.2.1", output_tokens=0),  # neither trimmed nor taken for nothing
        event("", model="m"),  # a required column keeps its own rule
    ]
    result = validate(frame(spark, *rows), day=DAY)
    good = {row["request_id"]: row for row in result.good.collect()}
    assert {good[name][column] for name in ("empty", "spaces") for column in optional} == {None}
    assert (good["kept"]["model"], good["kept"]["client_ip"], good["kept"]["output_tokens"]) == (" m ", "192.0.2.1", 0)
    assert [row["_errors"] for row in result.quarantined.collect()] == [["request_id is blank"]]
    # What is blank is missing in the figures as well.
    assert measure(result).null_shares["model"] == pytest.approx(2 / 3)


GOOD_ADDRESSES = (
    "0.0.0.0 192.0.2.1 255.255.255.255 :: ::1 2001:db8::7 2001:DB8:0:0:8:800:200c:417a fe80::1:2 1:2:3:4:5:6:7::"
    " ::2:3:4:5:6:7:8 1::8 ::ffff:192.0.2.1 64:ff9b::192.0.2.33 1:2:3:4:5:6:192.0.2.1"
)
BAD_ADDRESSES = (
    "999.1.1.1 1.2.3 1.2.3.4.5 01.2.3.4 1.2.3.4/24 localhost 12345::1 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 1::2::3 :::"
    " 2001:db8::g fe80::1%eth0 ::ffff:999.0.2.1 [::1] -"
)


def test_validate__tells_addresses_from_other_text(spark: SparkSession) -> None:
    rows = [event(text, client_ip=text) for text in f"{GOOD_ADDRESSES} {BAD_ADDRESSES}".split()]
    assert set(errors_of(spark, *rows)) == set(BAD_ADDRESSES.split())


def test_validate__files_a_foreign_row_under_the_partition_it_came_from(spark: SparkSession) -> None:
    foreign = event("foreign", usage_date=DAY - timedelta(days=3), event_at=NOON - timedelta(days=3))
    row = validate(frame(spark, foreign), day=DAY).quarantined.collect()[0]
    assert row["usage_date"] == DAY
    assert row["_errors"] == ["usage_date is not the day of its partition"]


def test_validate__keeps_one_of_each_request(spark: SparkSession) -> None:
    rows = [
        event("twin"),
        event("twin"),  # delivered twice, byte for byte
        event("twin"),  # and once more
        event("other"),
        event(None),  # rows without an id are no duplicates of each other
        event(None),
    ]
    result = validate(frame(spark, *rows), day=DAY)
    assert sorted(row["request_id"] for row in result.good.collect()) == ["other", "twin"]
    counts = measure(result)
    assert replace(counts, null_shares={}) == ValidateCounts(6, 2, 2, 2, {"request_id is null": 2})
    assert counts.null_shares["model"] == 1.0


def test_validate__keeps_the_good_twin_of_a_bad_row(spark: SparkSession) -> None:
    rows = [
        event("r", output_tokens=-1, event_at=NOON - timedelta(hours=1)),  # earlier, but broken
        event("r", output_tokens=7),
    ]
    result = validate(frame(spark, *rows), day=DAY)
    assert [row["output_tokens"] for row in result.good.collect()] == [7]
    counts = measure(result)
    assert (counts.good_count, counts.duplicate_count, counts.quarantined_count) == (1, 0, 1)


DUPLICATES = (
    event("r", status_code=200, model="m", output_tokens=9, event_at=NOON + timedelta(seconds=5)),  # answered, fullest
    event("r", status_code=500, model="m", output_tokens=9),  # refused
    event("r", status_code=200, model="m"),  # answered, less is known
    event("r", status_code=200, model="m", output_tokens=9, event_at=NOON + timedelta(seconds=9)),  # later
)


def test_validate__chooses_the_kept_duplicate_whatever_the_order(spark: SparkSession) -> None:
    orders = list(permutations(DUPLICATES))[::5]
    kept = {
        tuple(validate(frame(spark, *order).repartition(count), day=DAY).good.collect())
        for order, count in zip(orders, (1, 2, 3, 4, 5), strict=True)
    }
    assert len(kept) == 1
    row = kept.pop()[0]
    assert (row["status_code"], row["output_tokens"], row["event_at"].second) == (200, 9, 5)


def test_validate__judges_a_day_of_many_duplicates_like_one_of_few(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        *DUPLICATES,  # four of one request, one is kept
        event("alone"),  # no twin: it needs no order
        event("half", output_tokens=-1),  # a broken twin is no duplicate of
        event("half", output_tokens=3),  # the good one
        event("bad", output_tokens=-1),  # broken, and alone
        event(None),  # two without an id
        event(None),  # are not twins
    ]
    compared = ("request_id", "event_at", "output_tokens", "_errors", "_verdict")

    def judged() -> list[str]:
        return sorted(map(str, validate(frame(spark, *rows), day=DAY).judged.select(*compared).collect()))

    few = judged()
    monkeypatch.setattr(validation, "_MANY_REPEATED", 0)
    assert judged() == few
    assert sum("duplicate" in row for row in few) == 3
    assert sum("quarantined" in row for row in few) == 4


def test_validate__gives_the_contracts_of_its_tables(spark: SparkSession) -> None:
    result = validate(frame(spark, event()), day=DAY)
    for part, contract in ((result.good, valid_usage.CONTRACT), (result.quarantined, quarantined_usage.CONTRACT)):
        assert contract.conform(part).columns == part.columns == list(contract.columns)


def test_validate__adds_missing_optional_columns_as_null(spark: SparkSession) -> None:
    slim = frame(spark, event()).select("request_id", "event_at", "usage_date", "account_id")
    assert validate(slim, day=DAY).good.collect()[0]["model"] is None


def test_validate__names_every_wrong_column_at_once(spark: SparkSession) -> None:
    wrong = frame(spark, event()).selectExpr("request_id", "event_at", "usage_date", "true as input_tokens")
    with pytest.raises(ContractError) as caught:
        validate(wrong, day=DAY)
    assert len(caught.value.problems) == 2
    assert "account_id" in str(caught.value) and "input_tokens" in str(caught.value) and str(DAY) in str(caught.value)


def test_measure__counts_an_empty_day(spark: SparkSession) -> None:
    counts = measure(validate(frame(spark), day=DAY))
    assert counts == ValidateCounts(0, 0, 0, 0, {})
    assert counts.quarantined_share == 0.0


def test_measure__orders_reasons_by_frequency(spark: SparkSession) -> None:
    rows = [event("a", output_tokens=-1), event("b", output_tokens=-1), event("c", input_tokens=-1)]
    counts = measure(validate(frame(spark, *rows), day=DAY))
    assert counts.top_reasons() == "output_tokens is negative (2); input_tokens is negative (1)"


def test_checked_frame__marks_known_accounts_without_adding_rows(spark: SparkSession) -> None:
    good = validate(frame(spark, event("r1"), event("r2", account_id="stranger")), day=DAY).good
    accounts = spark.createDataFrame([("a",), ("a",), (None,)], "account_id string")  # listed twice, still one
    rows = {row["request_id"]: row for row in checked_frame(good, accounts).collect()}
    assert {name: row["is_known_account"] for name, row in rows.items()} == {"r1": True, "r2": False}
    assert rows["r1"]["second_of_usage_date"] == 12 * 3600
    assert "is_known_account" not in checked_frame(good).columns


def checks_of(counts: ValidateCounts = COUNTS, **changes: Any) -> list[TableCheck]:
    arguments: dict[str, Any] = {
        "day": DAY,
        "recent_counts": FIVE_DAYS,
        "settings": SETTINGS,
        "has_accounts": True,
        **changes,
    }
    return list(day_checks(counts, **arguments))


def volume_checks(checks: list[TableCheck]) -> list[TableCheck]:
    return [check for check in checks if "volume" in check.message]


def test_day_checks__holds_volume_against_the_recent_median() -> None:
    spike = {**FIVE_DAYS, DAY - timedelta(days=6): 100_000}  # one odd day does not move the median
    collapsed, unusual = volume_checks(checks_of(recent_counts=spike))
    assert (collapsed.severity, dict(collapsed.arguments)) == ("fail", {"min_value": 20})
    assert (unusual.severity, dict(unusual.arguments)) == ("warn", {"min_value": 50, "max_value": 300})


def test_day_checks__needs_three_recent_days_for_a_volume_band() -> None:
    recent = {DAY - timedelta(days=1): 100, DAY - timedelta(days=2): 100}
    elsewhere = {DAY - timedelta(days=40): 100, DAY: 100, DAY + timedelta(days=1): 100}  # too old, today, tomorrow
    assert not volume_checks(checks_of(recent_counts={**recent, **elsewhere}))


def test_day_checks__only_warns_of_a_declared_empty_day() -> None:
    checks = checks_of(ValidateCounts(0, 0, 0, 0))
    assert len(checks) == 2
    assert {check.severity for check in checks} == {"warn"}


def test_day_checks__does_not_count_duplicates_as_quarantined() -> None:
    (check,) = [check for check in checks_of() if "max_quarantined_share" in check.message]
    assert check.severity == "fail"
    assert check.arguments["min_value"] == 100 - 2 - 5  # five of a hundred may be bad


def test_day_checks__names_the_reasons_of_a_bad_day() -> None:
    counts = replace(COUNTS, reasons={"account_id is null": 3})
    assert any("account_id is null (3)" in check.message for check in checks_of(counts))


def test_day_checks__asks_for_accounts_only_where_there_are_any() -> None:
    assert any(check.arguments.get("column") == "is_known_account" for check in checks_of())
    assert not any(check.arguments.get("column") == "is_known_account" for check in checks_of(has_accounts=False))
