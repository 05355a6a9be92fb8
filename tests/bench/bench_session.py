"""Settings of the Spark session that the benchmarks open."""

from __future__ import annotations

import os

CORES = os.cpu_count() or 1


def overrides() -> list[str]:
    return [f"spark.master=local[{CORES}]", "spark.driver_memory=6g", f"spark.shuffle_partitions={4 * CORES}"]
