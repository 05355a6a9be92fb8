"""The same date again gives the same rows to the last bit, however Spark splits them, and touches nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.trials import Prepared, differences, leftovers, run_date
from pyspark.sql import SparkSession

from revenuer.config import Config

pytestmark = pytest.mark.faults


@pytest.fixture
def split_otherwise(spark: SparkSession) -> Iterator[None]:
    """Split inputs into crumbs and shuffles into more parts, and leave joins no chance to settle the order."""
    settings = {
        "spark.sql.shuffle.partitions": "7",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.autoBroadcastJoinThreshold": "-1",
        "spark.sql.files.maxPartitionBytes": "32768",
        "spark.sql.files.openCostInBytes": "1",
    }
    before = {name: spark.conf.get(name, None) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield
    for name, old in before.items():
        spark.conf.unset(name) if old is None else spark.conf.set(name, old)


def data_files(lake: Path, prepared: Prepared) -> dict[str, int]:
    """Data files outside the run date's partitions, each with the instant it was written."""
    ours = f"={prepared.run_date}"
    return {
        str(path.relative_to(lake)): path.stat().st_mtime_ns
        for path in lake.rglob("*.parquet")
        if not path.parent.name.endswith(ours)
    }


@pytest.mark.usefixtures("split_otherwise")
def test_rerun__gives_the_same_rows_and_touches_no_other_partition(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    lake = Path(shutil.copytree(prepared.folder / "after", tmp_path / "lake"))
    before = data_files(lake, prepared)
    assert len(before) > 10
    run_date(spark, config, lake, prepared.run_date, force=True)
    assert differences(lake, prepared.folder / "after") == []
    assert data_files(lake, prepared) == before
    assert leftovers(lake) == []
