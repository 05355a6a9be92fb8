"""A process that runs one date of a lake and, where it is told to, kills itself and its JVM on the way.

It starts Spark, says so, and waits for one line of JSON: ``lake``, ``run_date``, ``start`` and ``last`` (stages) and
``point``: null, or ``[kind, number, millis]`` with the kinds ``before``, ``after`` and ``during`` (storage operations,
counted from 0) and a stage's name (milliseconds after it began).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from pyspark.sql.readwriter import DataFrameWriter

from revenuer.config import load_config
from revenuer.demo import _SMALL_DATA
from revenuer.errors import RevenuerError
from revenuer.lake.files import FileSystem
from revenuer.lake.lake import Lake
from revenuer.pipeline import loop
from revenuer.pipeline.run import Run
from revenuer.pipeline.stage import STAGE_NAMES, Stage
from revenuer.pipeline.stages import stages_from
from revenuer.quality import preload
from revenuer.session import build_session

HASH_KEY = b"a key for tests only"
READY = "ready"
# Everything that changes what a store holds goes through these.
OPERATIONS: tuple[tuple[type, str], ...] = (
    (DataFrameWriter, "save"),
    (DataFrameWriter, "parquet"),
    (FileSystem, "write_whole"),
    (FileSystem, "delete"),
    (Lake, "restore"),
)


def die() -> None:
    """Kill the whole process group, the JVM included, as the kernel's out-of-memory killer or an operator would."""
    os.killpg(os.getpgid(0), signal.SIGKILL)


def die_after(millis: int) -> None:
    timer = threading.Timer(millis / 1000, die)
    timer.daemon = True
    timer.start()


def watch(note: Callable[[int, str], None], done: Callable[[int], None] = lambda number: None) -> Callable[[], None]:
    """Number every storage operation; the functions are called before and after each. Returns how to stop."""
    lock, count = threading.Lock(), 0
    genuine = [(owner, name, getattr(owner, name)) for owner, name in OPERATIONS]

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: Any, *arguments: Any, **options: Any) -> Any:
            nonlocal count
            with lock:
                number, count = count, count + 1
            note(number, f"{name} {arguments[0] if arguments else ''}".strip())
            result = function(self, *arguments, **options)
            done(number)
            return result

        return call

    for owner, name, function in genuine:
        setattr(owner, name, watched(name, function))

    def stop() -> None:
        for owner, name, function in genuine:
            setattr(owner, name, function)

    return stop


def arm(kind: str, number: int, millis: int) -> None:
    """Make the process die at a point."""
    if kind in STAGE_NAMES:
        genuine = loop._run_stage

        def run_stage(run: Run, stage: Stage, *more: Any, **options: Any) -> Any:
            if stage.name == kind:
                die_after(millis)
            return genuine(run, stage, *more, **options)

        loop._run_stage = run_stage
        return

    def note(reached: int, name: str) -> None:
        if reached == number and kind == "before":
            die()
        if reached == number and kind == "during":
            die_after(millis)

    def done(reached: int) -> None:
        if reached == number and kind == "after":
            die()

    watch(note, done)


def stages_between(start: str, last: str) -> Sequence[Stage]:
    names = STAGE_NAMES[: STAGE_NAMES.index(last) + 1]
    return [stage for stage in stages_from("all", start) if stage.name in names]


def main() -> int:
    """Run, and say how it ended."""
    config = load_config(overrides=(*_SMALL_DATA, "spark.master=local[2]", "spark.driver_memory=1g"))
    spark = build_session(config)
    spark.range(10).selectExpr("sum(id)").collect()
    preload()
    print(READY, flush=True)
    order = json.loads(sys.stdin.readline())
    if order["point"]:
        arm(*order["point"])
    lake = Lake(spark, order["lake"], config, f"driver-{os.getpid()}")
    run = Run(lake, config, date.fromisoformat(order["run_date"]), HASH_KEY, None, "task", lambda text: None)
    try:
        loop.run_stages(run, stages_between(order["start"], order["last"]))
    except RevenuerError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return error.exit_code
    return 0


if __name__ == "__main__":
    # Spark's own farewell takes seconds and changes nothing in the lake.
    code = main()
    sys.stdout.flush()
    os._exit(code)
