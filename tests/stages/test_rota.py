"""Turns: what counts as one, and whose spacing speaks for a candidate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from revenuer.stages.rank.rota import rota
from revenuer.stages.totals import exact_sum_sql

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600
ACCOUNTS = 12


def sessions(candidate: str, account: str, *spans: tuple[float, float]) -> list[tuple[Any, ...]]:
    """Daily rows of sessions given as begin and end in hours since 1 March, split at midnight as activity is."""
    days: dict[int, list[tuple[int, int]]] = {}
    for begin, end in spans:
        for day in range(int(begin // 24), int(end // 24) + 1):
            first, last = max(begin - 24 * day, 0), min(end - 24 * day, 24 - 1 / HOUR)
            days.setdefault(day, []).append((int(first * HOUR), int(last * HOUR)))
    return [
        (candidate, account, (MIDNIGHT + timedelta(days=day)).date(), *map(list, zip(*found, strict=True)))
        for day, found in days.items()
    ]


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> dict[str, dict[str, Any]]:
    rows = []
    for n in range(ACCOUNTS):
        # Twelve accounts take turns of 100 minutes, one after the other: 7 turns each in six days, some over midnight.
        turns = [(n + ACCOUNTS * again) * 5 / 3 for again in range(7)]
        rows += sessions("rota", f"r{n:02d}", *((begin, begin + 1.6) for begin in turns))
        # The same with four kinds of work in every turn, one all the time, the others now and again: a rare template
        # comes back after 40 minutes, which is no turn while the account works.
        rows += sessions("family", f"f{n:02d}", *((begin, begin + 1.6) for begin in turns))
        for work in (0.1, 0.8, 1.5):
            rows += sessions("family", f"f{n:02d}", *((begin + work, begin + work) for begin in turns))
        # Twelve that never pause: they begin once.
        rows += sessions("tireless", f"t{n:02d}", (n / 10, 143.0))
        # Twelve that begin at midnight after a rest: that is a turn.
        rows += sessions("early", f"e{n:02d}", *((24.0 * day, 24.0 * day + 10) for day in range(6)))
    for n in range(40):
        # Forty take turns once a day; ten of them also start at odd hours, and only these have five turns.
        odd = [24 * (n % 3) + 7 + n / 4] if n < 10 else []
        begins = sorted([*(24 * day + n / 2 for day in range(4)), *odd])
        rows += sessions("minority", f"m{n:02d}", *((begin, begin + 0.3) for begin in begins))
    frame = spark.createDataFrame(
        rows,
        "candidate_id string, account_id string, usage_date date, session_start_seconds array<int>,"
        " session_end_seconds array<int>",
    )
    return {row["candidate_id"]: row.asDict() for row in rota(frame).collect()}


def test_rota__a_session_over_midnight_is_one_turn(found: dict[str, dict[str, Any]]) -> None:
    assert found["rota"]["rota_cv"] == pytest.approx(0, abs=1e-9)
    assert found["rota"]["rota_accounts"] == ACCOUNTS


def test_rota__a_turn_with_several_kinds_of_work_is_one_turn(found: dict[str, dict[str, Any]]) -> None:
    assert found["family"] == found["rota"] | {"candidate_id": "family"}


def test_rota__accounts_that_never_pause_take_no_turns(found: dict[str, dict[str, Any]]) -> None:
    assert "tireless" not in found
    assert found["early"]["rota_accounts"] == ACCOUNTS


def test_rota__starting_in_the_same_second_is_not_taking_turns(found: dict[str, dict[str, Any]]) -> None:
    assert found["early"]["rota_cv"] > 0.2


def test_rota__a_minority_with_more_turns_does_not_speak_for_all(found: dict[str, dict[str, Any]]) -> None:
    assert found["minority"]["rota_accounts"] == 40
    assert found["minority"]["rota_cv"] < 0.3


def test_exact_sum__of_large_terms_holds_the_squares_of_any_gap(spark: SparkSession) -> None:
    # The gap of an account that rests while its candidate takes a billion turns, squared; and two small terms.
    terms = spark.range(3).selectExpr("if(id = 0, 1e18D, 0.5D) as term")
    assert terms.selectExpr(exact_sum_sql("term", is_large=True)).collect()[0][0] == 1e18
