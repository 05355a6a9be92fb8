"""Retention, vacuum and the doctor's look at views, over lakes in memory."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from revenuer.config import Config
from revenuer.errors import ConfigError
from revenuer.lake.commits import Commit
from revenuer.upkeep import integrity, retention, vacuum

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def days_gone(monkeypatch: pytest.MonkeyPatch, config: Config, ages: list[int]) -> list[int]:
    """Ages in days of the sightings that retention would remove."""
    today = datetime.now(UTC).date()
    monkeypatch.setattr(retention, "rows_by_day", lambda *_: {today - timedelta(days=age): 1 for age in ages})
    lake: Any = SimpleNamespace(config=config, exists=lambda name: name == "sightings", read=lambda name: None)
    return [(today - day).days for expiry in retention.expired(lake) for day in expiry.days]


def test_expired__one_day_that_is_yet_to_come_takes_nothing_with_it(
    monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    assert days_gone(monkeypatch, config, [0, 399, 400]) == [400]
    assert days_gone(monkeypatch, config, [-3650, 0, 399, 400]) == [400]


def test_expired__refuses_to_count_back_from_a_day_that_is_yet_to_come(config: Config) -> None:
    lake: Any = SimpleNamespace(config=config)
    with pytest.raises(ConfigError, match="lies after today") as refused:
        retention.expired(lake, date(2999, 3, 1))
    assert "--as-of 2999-03-01" in str(refused.value)


@pytest.mark.parametrize(("version", "outcomes"), [("3", []), ("1", [True]), ("", [True])])
def test_vacuum__a_rollback_to_another_version_than_the_pin_is_no_rest(version: str, outcomes: list[bool]) -> None:
    rollback = Commit(5, LONG_AGO, "RESTORE", {"version": version}, {}, {})
    lake = MagicMock()
    lake.commits.return_value.newest_first.return_value = iter([rollback])
    found = list(vacuum._unfinished(lake, "campaigns", 3, LONG_AGO + timedelta(days=1), dry_run=False))
    assert [removal.is_removed for removal in found] == outcomes
    assert lake.restore.called == bool(outcomes)


def test_examine_lake__a_view_of_what_is_not_published_yet_shows_the_table_as_it_was_created(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lake = MagicMock(schema="lake")
    lake.exists.return_value = False
    text = "select * from lake.campaign_regeneration_v1 version as of 0"
    lake.spark.sql.return_value.where.return_value.collect.return_value = [{"data_type": text}]
    lake.published_dates.return_value = [date(2026, 3, 1)]
    lake.pins.return_value = ({}, None)
    lake.version.return_value = 0
    monkeypatch.setattr(integrity, "PUBLISHED", ("campaign_regeneration",))
    examination = integrity._Examination(lake)
    checks = [check for name in ("manifest", "views") for check in examination.parts()[name]()]
    assert [check.found for check in checks if not check.is_healthy] == []
