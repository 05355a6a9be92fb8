"""The demo's lake, examined: everything that three real runs leave behind is as promised."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.upkeep.integrity import examine_lake


def test_demo_lake__is_sound(demo_lake: Path, spark: SparkSession, config: Config) -> None:
    checks = {check.name: check for check in examine_lake(spark, str(demo_lake), config)}
    assert not [check.text() for check in checks.values() if not check.is_healthy]
    assert checks["published rows"].found == "15 partitions are as published"
    assert "of 3 dates proved from their links" in checks["certificate"].found
    assert not {"orphan files", "staging"} & checks.keys(), "nothing is left lying about"
