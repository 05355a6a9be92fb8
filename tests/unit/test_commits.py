"""Which entries of a Delta log are commits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from unittest.mock import MagicMock

import pytest

from revenuer.lake.commits import Commit, CommitLog
from revenuer.lake.files import FileSystem

LOG = "file:/lake with space/t_v1/_delta_log"


def entry(version: int, prefix: str = "", suffix: str = "") -> str:
    return f"{LOG}/{prefix}{version:020d}.json{suffix}"


@pytest.mark.parametrize(
    ("entries", "versions"),
    [
        ([], []),
        ([entry(0)], [0]),
        ([entry(1), entry(0)], [0, 1]),
        # Version 2 is still being written, and checksums are no commits either.
        ([entry(0), entry(2, ".", ".0b1c-44.tmp"), entry(1), entry(1, ".", ".crc")], [0, 1]),
        ([f"{LOG}/{1:020d}.crc", f"{LOG}/{1:020d}.checkpoint.parquet", f"{LOG}/_last_checkpoint", entry(1)], [1]),
    ],
)
def test_versions__are_those_that_are_committed(
    monkeypatch: pytest.MonkeyPatch, entries: list[str], versions: list[int]
) -> None:
    listing = "{" + ",".join(entries) + "}" if entries else ""
    monkeypatch.setattr(FileSystem, "listing", lambda self, path: listing)
    log = CommitLog(MagicMock(), "/lake with space/t_v1")
    assert log.versions() == versions
    assert log.latest() == (versions[-1] if versions else None)


def wrote(predicate: str, operation: str = "WRITE") -> bool:
    commit = Commit(1, datetime(2026, 3, 3, tzinfo=UTC), operation, {"predicate": predicate}, {}, {})
    return commit.wrote(date(2026, 3, 2))


@pytest.mark.parametrize(
    "predicate",
    [
        "usage_date = '2026-03-02'",
        "t.`usage_date`='2026-03-02'",
        "USAGE_DATE == date'2026-03-02'",
        '["(usage_date#12 = 2026-03-02)"]',
        "[\"usage_date = '2026-03-02'\"]",
        '["(usage_date#12 <=> cast(2026-03-02 as date))"]',
        '["(cast(usage_date#12 as string) = 2026-03-02)"]',
        "usage_date = to_date('2026-03-02') and region = 'eu'",
        "usage_date = cast(date '2026-03-02' as date)",
        "'2026-03-02' = usage_date",
        "(run_date = '2026-03-01' or run_date = '2026-03-02')",
        "usage_date in ('2026-03-01', '2026-03-02')",
    ],
)
def test_wrote__another_writers_replacement_names_the_day(predicate: str) -> None:
    assert wrote(predicate)


@pytest.mark.parametrize(
    "predicate",
    [
        "usage_date >= '2026-03-01' and usage_date < '2026-03-02'",
        "usage_date > '2026-03-01' and usage_date <= '2026-03-02'",
        "usage_date != '2026-03-02'",
        "usage_date <> '2026-03-02'",
        "not (usage_date = '2026-03-02')",
        "usage_date not in ('2026-03-02')",
        "loaded_usage_date = '2026-03-02'",
        "loaded_on = '2026-03-02' and usage_date = '2026-03-01'",
        "usage_date = '2026-03-01' and loaded_on in ('2026-03-02')",
        "usage_date between '2026-03-01' and '2026-03-02'",
        "usage_date = '2026-03-021'",
    ],
)
def test_wrote__a_range_or_another_column_names_no_day(predicate: str) -> None:
    assert not wrote(predicate)


@pytest.mark.parametrize("operation", ["OPTIMIZE", "DELETE", "MERGE", "UPDATE"])
def test_wrote__what_is_no_write_brings_no_day(operation: str) -> None:
    assert not wrote('["(usage_date#12 = 2026-03-02)"]', operation)
