"""What the fault tests try: a prepared lake, processes to be killed on copies of it, and how a lake is compared."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from faults.driver import HASH_KEY, READY, stages_between
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.lake.lake import Lake
from revenuer.lake.tablespace import UNPINNED
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.tables import CONTRACTS

Rows = list[str]
LIB = Path(__file__).resolve().parents[2] / "lib"
MADE = tuple(c.name for c in CONTRACTS.values() if c.layer in ("working", "published") and c.name not in UNPINNED)
PUBLISHED = tuple(name for name in MADE if CONTRACTS[name].layer == "published")


@dataclass
class Prepared:
    """A lake before a date, at every stage of its undisturbed run, and after it.

    Attributes:
        folder: ``<stage>`` in it is the lake before that stage; ``after`` the lake after the last.
        run_date: The date.
        operations: Storage operations of each stage.
    """

    folder: Path
    run_date: date
    operations: dict[str, list[str]] = field(default_factory=dict)

    def copy(self, stage: str, target: Path) -> Path:
        """A lake of its own, as it was before a stage."""
        shutil.rmtree(target, ignore_errors=True)
        return Path(shutil.copytree(self.folder / stage, target))


class Driver:
    """A process with its Spark started, waiting for what to run."""

    def __init__(self) -> None:
        # A killed Spark cannot tidy up after itself, so it gets a folder that goes with it.
        self._scratch = tempfile.mkdtemp(prefix="revenuer-faults-")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(LIB), str(LIB.parent / "tests")]),
            "TMPDIR": self._scratch,
            "SPARK_LOCAL_DIRS": self._scratch,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faults.driver"], env=environment, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def order(self, lake: Path, run_date: date, start: str, point: Sequence[Any] | None, last: str = "publish") -> None:
        """Say what to run, once it is ready."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line == READY, line + (process.stderr.read() if process.stderr else "")
        values = {"lake": str(lake), "run_date": str(run_date), "start": start, "last": last, "point": point}
        process.stdin.write(json.dumps(values) + "\n")
        process.stdin.flush()

    def result(self) -> tuple[int, str]:
        """Exit code (-9 when it was killed) and what it said."""
        out, err = self._process.communicate(timeout=600)
        self.end()
        return self._process.returncode, out + err

    def end(self) -> None:
        """Make sure that neither it nor its JVM is left."""
        for _ in range(50):
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                break
            time.sleep(0.05)
        self._process.wait(timeout=60)
        shutil.rmtree(self._scratch, ignore_errors=True)


def a_run(spark: SparkSession, config: Config, lake: Path, run_date: date, run_id: str) -> Run:
    return Run(Lake(spark, str(lake), config, run_id), config, run_date, HASH_KEY, None, "task", lambda text: None)


def run_date(
    spark: SparkSession, config: Config, lake: Path, day: date, start: str = "validate", *, force: bool = False
) -> None:
    """Run a date in this process, as an operator would after a crash."""
    run_stages(a_run(spark, config, lake, day, "rerun"), stages_between(start, "publish"), force=force)


def stored(lake: Path, name: str, version: int | None = None, dates: set[date] | None = None) -> Rows:
    """Rows of a table, all or of some run dates, exactly as they are but in one order; none without a table."""
    path = lake / CONTRACTS[name].table_name
    if not (path / "_delta_log").exists():
        return []
    table = DeltaTable(str(path), version=version).to_pyarrow_table()
    columns = sorted(table.column_names)
    rows = [row for row in table.to_pylist() if dates is None or row["run_date"] in dates]
    return sorted(repr([row[column] for column in columns]) for row in rows)


def shown(lake: Path) -> dict[str, Rows]:
    """What readers see: published dates at the versions that the newest row of the manifest pins."""
    path = lake / CONTRACTS["manifest"].table_name
    rows = DeltaTable(str(path)).to_pyarrow_table().to_pylist()
    newest = max(rows, key=lambda row: row["published_at"])
    dates = {row["run_date"] for row in rows}
    pins = dict(newest["table_versions"])
    seen = {name: stored(lake, name, pins[name], dates) for name in PUBLISHED if name in pins}
    return {"dates": sorted(map(str, dates)), **seen}


def shown_by_spark(spark: SparkSession, config: Config, lake: Path) -> dict[str, int]:
    """How many rows of each date the readers' views show."""
    counts = Lake(spark, str(lake), config, "reader").view("campaign_members").groupBy("run_date").count().collect()
    return {str(row["run_date"]): row["count"] for row in counts}


def differences(lake: Path, reference: Path) -> list[str]:
    """Tables that differ from the reference, in what is stored or in what readers see."""
    mine, theirs = shown(lake), shown(reference)
    found = [f"{name}: readers see something else" for name in theirs if mine[name] != theirs[name]]
    return found + [f"{name}: stored otherwise" for name in MADE if stored(lake, name) != stored(reference, name)]


def leftovers(lake: Path) -> list[str]:
    """What a run may not leave behind: anything staged, and temporary files outside Delta's log."""
    staged = [str(path.relative_to(lake)) for path in (lake / "_staging").glob("*")]
    return staged + [
        str(path.relative_to(lake))
        for path in lake.rglob("*")
        if path.name == "_temporary" or (path.name.endswith(".tmp") and "_delta_log" not in path.parts)
    ]
