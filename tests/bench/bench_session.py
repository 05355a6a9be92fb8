"""What the benchmarks share: settings of the Spark session they open, and a stop-watch."""

from __future__ import annotations

import os
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from process_tree import Tree

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

CORES = os.cpu_count() or 1
KEY = "the benchmark's key is public: it protects simulated data only"


def overrides() -> list[str]:
    return [f"spark.master=local[{CORES}]", "spark.driver_memory=6g", f"spark.shuffle_partitions={4 * CORES}"]


def events_of(spark: SparkSession, world: Path, day: date) -> DataFrame:
    """A simulated world's events of a day."""
    folder = world / "usage_events"
    return spark.read.option("basePath", str(folder)).parquet(str(folder / f"usage_date={day}"))


class Timer:
    """Wall time and CPU of the process tree between entering and leaving."""

    def __init__(self, tree: Tree) -> None:
        self._tree, self.line = tree, dict[str, float]()

    def __enter__(self) -> Timer:
        self._before, self._began = self._tree.look(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.line = {"wall_s": time.monotonic() - self._began, "cpu_s": self._tree.look() - self._before}
