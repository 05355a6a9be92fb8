"""What the benchmarks share: settings of the Spark session they open, days laid down in bulk, and a stop-watch."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from process_tree import Tree

from revenuer.lake.hash_keys import load_hash_key
from revenuer.stages.observe import observe
from revenuer.stages.validate import validate

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from revenuer.workbench import Workbench

CORES = os.cpu_count() or 1
KEY = "the benchmark's key is public: it protects simulated data only"


def overrides() -> list[str]:
    return [f"spark.master=local[{CORES}]", "spark.driver_memory=6g", f"spark.shuffle_partitions={4 * CORES}"]


def events_of(spark: SparkSession, world: Path, day: date) -> DataFrame:
    """A simulated world's events of a day."""
    folder = world / "usage_events"
    return spark.read.option("basePath", str(folder)).parquet(str(folder / f"usage_date={day}"))


def validate_days(bench: Workbench, world: Path, days: Sequence[date]) -> list[int]:
    """Write a world's accounts, and the valid events of its days; returns their number by day."""
    bench.lake.upsert("accounts", bench.spark.read.parquet(str(world / "accounts.parquet")))
    return [
        bench.lake.replace_partition(
            "valid_usage", day, validate(events_of(bench.spark, world, day), day=day).good, stage="validate"
        )
        for day in days
    ]


def observe_days(bench: Workbench, days: Sequence[date]) -> None:
    """Observe many days at once: they come out as they would one by one, in a fraction of the time."""
    lake, config = bench.lake, bench.config
    found = observe(
        lake.read_dates("valid_usage", days), lake.read("accounts"), settings=config.section("observe"),
        identifiers=config.section("identifiers"), composites=config.section("composites"),
        hash_key=load_hash_key(config, lake.uri),
    )  # fmt: skip
    found.gathered.persist()
    for name in ("sightings", "account_activity"):
        lake.commit_replacement(name, days, getattr(found, name), {"stage": "observe"})
    bench.spark.catalog.clearCache()


class Timer:
    """Wall time and CPU of the process tree between entering and leaving."""

    def __init__(self, tree: Tree) -> None:
        self._tree, self.line = tree, dict[str, float]()

    def __enter__(self) -> Timer:
        self._before, self._began = self._tree.look(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.line = {"wall_s": time.monotonic() - self._began, "cpu_s": self._tree.look() - self._before}
