"""Vacuum: abandoned staging and files that nobody refers to go; live runs and what readers see stay."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from killing import kill_at
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import LakeError
from revenuer.lake.files import FileSystem
from revenuer.lake.lake import Lake
from revenuer.upkeep.vacuum import VacuumReport, vacuum

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"), config, "run-1")


def stage(lake: Lake, run_date: date, count: int) -> None:
    rows = [
        {"run_date": run_date, "campaign_id": f"c{n}", "rank": n, "verdict": "watch", "source": "pool",
         "probability": 0.5}
        for n in range(1, count + 1)
    ]  # fmt: skip
    lake.replace_partition("campaigns", run_date, lake.frame_of("campaigns", rows), stage="rank", staged=True)


def found(report: VacuumReport) -> set[tuple[str, str, bool]]:
    return {(removal.what, removal.where, removal.is_removed) for removal in report.removals}


def forget_at_once(lake: Lake, name: str) -> None:
    """Let Delta drop replaced files now and not after a week."""
    properties = "'delta.deletedFileRetentionDuration' = 'interval 0 hours'"
    lake.spark.sql(f"alter table delta.`{lake.table_path(name)}` set tblproperties ({properties})")


def test_vacuum__removes_abandoned_staging_and_keeps_young(lake: Lake) -> None:
    assert vacuum(lake, older_than_hours=24).text() == "nothing to remove"
    stage(lake, DAY, 1)
    lake.staging.seal(DAY)
    stage(Lake(lake.spark, lake.uri, lake.config, "run-2"), NEXT, 1)
    assert found(vacuum(lake, older_than_hours=24)) == {
        ("staging", "_staging/2026-03-01/run-1", False),
        ("staging", "_staging/2026-03-02/run-2", False),
    }
    looked = vacuum(lake, older_than_hours=0, dry_run=True)
    assert "would remove staging _staging/2026-03-01/run-1: last written 20" in looked.text()
    assert len(lake.staging.folders()) == 2
    assert found(vacuum(lake, older_than_hours=0)) == {
        ("staging", "_staging/2026-03-01/run-1", True),
        ("staging", "_staging/2026-03-02/run-2", True),
    }
    assert lake.staging.folders() == []
    with pytest.raises(LakeError, match="nothing is staged"):
        Lake(lake.spark, lake.uri, lake.config, "run-3").publish(DAY, ["campaigns"])


def test_vacuum__never_takes_what_readers_see(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    lake.create("campaigns")
    forget_at_once(lake, "campaigns")
    stage(lake, DAY, 2)
    lake.publish(DAY, ["campaigns"])
    pinned = lake.pins()[0]["campaigns"]
    kill_at(monkeypatch, "manifest")
    stage(lake, DAY, 5)
    with pytest.raises(KeyboardInterrupt):
        lake.publish(DAY, ["campaigns"])
    monkeypatch.undo()
    lake.staging.discard(DAY)
    assert lake.read("campaigns").count() == 5

    assert found(vacuum(lake, older_than_hours=24)) == {
        ("unfinished publish", "campaigns", False),
        ("files", "campaigns", False),
    }
    assert lake.view("campaigns").count() == 2, "the replaced file is the one that readers see"
    assert found(vacuum(lake, older_than_hours=0)) == {
        ("unfinished publish", "campaigns", True),
        ("files", "campaigns", True),
    }
    assert lake.pins()[0]["campaigns"] == pinned
    assert lake.view("campaigns").count() == lake.read("campaigns").count() == 2
    assert len(list(Path(lake.table_path("campaigns")).glob("run_date=*/*.parquet"))) == 1
    stage(lake, NEXT, 1)
    lake.publish(NEXT, ["campaigns"])
    assert lake.view("campaigns").count() == 3


def test_write_whole__replaces_a_file_in_one_step(spark: SparkSession, tmp_path: Path) -> None:
    files = FileSystem(spark)
    for path in (str(tmp_path / "plain" / "f.json"), f"file://{tmp_path}/by_uri/f.json"):
        for text in ("one", "zwei ä"):
            files.write_whole(path, text)
            assert list(files.lines(path)) == [text]
        assert [name for name in files.entries(path.removesuffix("/f.json")) if name.endswith(".tmp")] == []
