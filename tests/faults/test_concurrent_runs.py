"""Runs at once: of one date exactly one publishes; the finite-window stages of different dates all end well."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from faults.trials import Driver, Prepared, differences, leftovers, run_date, shown, stored
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import LakeError
from revenuer.lake.lake import Lake

pytestmark = pytest.mark.faults

WORKING = ("valid_usage", "quarantined_usage", "sightings", "account_activity", "key_usage")


def commits_of(spark: SparkSession, config: Config, lake: Path) -> int:
    return len(Lake(spark, str(lake), config, "reader").commits("manifest").versions())


def race(lake: Path, orders: list[tuple[date, str, str]]) -> list[tuple[int, str]]:
    """Run dates in processes of their own that begin at one moment."""
    drivers = [Driver() for _ in orders]
    for driver, (day, start, last) in zip(drivers, orders, strict=True):
        driver.order(lake, day, start, None, last)
    return [driver.result() for driver in drivers]


def one_published(spark: SparkSession, config: Config, prepared: Prepared, lake: Path, start: str) -> None:
    prepared.copy(start, lake)
    before = commits_of(spark, config, lake)
    outcomes = race(lake, [(prepared.run_date, start, "publish")] * 2)
    assert sorted(code for code, _ in outcomes) == [0, LakeError.exit_code], outcomes
    assert next(said for code, said in outcomes if code).startswith("LakeError: run date 2026-03-02"), outcomes
    assert commits_of(spark, config, lake) == before + 1, "exactly one publication"
    assert differences(lake, prepared.folder / "after") == []
    assert leftovers(lake) == []


def test_same_date__is_published_by_exactly_one_of_two(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    one_published(spark, config, prepared, tmp_path / "lake", "cluster")


@pytest.mark.parametrize("start", ["validate", "link", "cluster", "rank", "rank"])
def test_same_date__is_published_by_exactly_one_of_two_from_any_stage(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path, start: str
) -> None:
    one_published(spark, config, prepared, tmp_path / "lake", start)


def test_same_staging__is_published_once_by_two_publishers(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    lake = prepared.copy("publish", tmp_path / "lake")
    before = commits_of(spark, config, lake)
    outcomes = race(lake, [(prepared.run_date, "publish", "publish")] * 2)
    assert 0 in [code for code, _ in outcomes]
    assert {code for code, _ in outcomes} <= {0, LakeError.exit_code}, outcomes
    assert commits_of(spark, config, lake) == before + 1
    assert differences(lake, prepared.folder / "after") == []


@pytest.mark.parametrize("attempt", range(3))
def test_different_dates__run_their_finite_window_stages_at_once(
    spark: SparkSession, config: Config, prepared: Prepared, first_date: date, tmp_path: Path, attempt: int
) -> None:
    lake = prepared.copy("validate", tmp_path / "lake")
    seen = shown(lake)
    days = [first_date, prepared.run_date]
    outcomes = race(lake, [(day, "validate", "observe") for day in days])
    assert [code for code, _ in outcomes] == [0, 0], outcomes
    for name in WORKING:
        assert stored(lake, name) == stored(prepared.folder / "after", name), name
    outcomes = race(lake, [(day, "link", "cluster") for day in days])
    assert [code for code, _ in outcomes] == [0, 0], outcomes
    assert shown(lake) == seen, "nothing was published"
    run_date(spark, config, lake, prepared.run_date, "rank")
    assert differences(lake, prepared.folder / "after") == []
