"""A run is killed anywhere; readers never see half of it, and the same run again ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from faults.trials import Driver, Prepared, differences, leftovers, run_date, shown, shown_by_spark, stored
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.pipeline.stage import STAGE_NAMES

pytestmark = pytest.mark.faults

Point = tuple[str, list[Any]]


def test_prepared__has_something_to_lose(prepared: Prepared, reference: Path) -> None:
    for name in ("links", "pools", "campaigns", "campaign_members", "campaign_evidence", "campaign_links"):
        assert stored(reference, name), name
    assert any("cohort" in row for row in stored(reference, "campaigns"))
    assert len(shown(prepared.folder / "validate")["dates"]) == 1
    assert len(shown(reference)["dates"]) == 2
    assert sum(map(len, prepared.operations.values())) >= 25


def points(prepared: Prepared, seed: int) -> list[Point]:
    """Before, after and during every storage operation of every stage, and at three random moments of each stage."""
    chance = random.Random(seed)
    found: list[Point] = []
    for stage in STAGE_NAMES:
        numbers = range(len(prepared.operations[stage]))
        for number in numbers:
            found.append((stage, ["during", number, chance.randrange(0, 400)]))
            if stage in ("rank", "publish"):
                found += [(stage, ["before", number, 0]), (stage, ["after", number, 0])]
        # Between two stages, and when the last one has ended but for its metrics.
        found.append((stage, ["after", numbers[-1], 0]))
        found += [(stage, [stage, 0, chance.randrange(0, 3000)]) for _ in range(2)]
    return [point for n, point in enumerate(found) if point not in found[:n]]


def survive(
    spark: SparkSession, config: Config, prepared: Prepared, driver: Driver, point: Point, lake: Path
) -> tuple[bool, list[str]]:
    """Kill at a point, look as a reader, run again, compare. Returns whether it was killed, and what was wrong."""
    stage, where = point
    prepared.copy(stage, lake)
    before, after = shown(prepared.folder / stage), shown(prepared.folder / "after")
    driver.order(lake, prepared.run_date, stage, where)
    code, said = driver.result()
    if code not in (0, -9):
        return False, [f"ended with {code}: {said}"]
    seen = shown(lake)
    problems = [] if seen in (before, after) else ["readers saw half a run"]
    if len(shown_by_spark(spark, config, lake)) != len(seen["dates"]):
        problems.append("the views show other dates than the manifest")
    run_date(spark, config, lake, prepared.run_date, stage)
    problems += differences(lake, prepared.folder / "after")
    problems += [f"left behind: {name}" for name in leftovers(lake)]
    return code == -9, problems


def try_all(
    spark: SparkSession, config: Config, prepared: Prepared, chosen: Sequence[Point], folder: Path
) -> tuple[int, list[str]]:
    """Try points one after another, the next process starting meanwhile. Returns kills and problems."""
    kills, problems = 0, []
    waiting = Driver()
    for point, following in pairwise([*chosen, None]):
        assert point is not None
        driver, began = waiting, time.monotonic()
        waiting = Driver() if following else driver
        was_killed, wrong = survive(spark, config, prepared, driver, point, folder / "lake")
        kills += was_killed
        problems += [f"{point}: {problem}" for problem in wrong]
        outcome = "; ".join(wrong) or ("survived" if was_killed else "not reached")
        print(f"{point[0]:9} {point[1]!s:26} {outcome} ({time.monotonic() - began:.0f} s)", flush=True)
    return kills, problems


def test_kill__of_a_few_points_is_survived(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    last = len(prepared.operations["publish"]) - 1
    manifest = next(n for n, text in enumerate(prepared.operations["publish"]) if "manifest" in text and "save" in text)
    chosen: list[Point] = [("rank", ["rank", 0, 1500]), ("publish", ["before", manifest, 0])]
    assert manifest < last
    kills, problems = try_all(spark, config, prepared, chosen, tmp_path)
    assert not problems
    assert kills == len(chosen)


@pytest.mark.timeout(7200)
def test_kill__at_every_point_is_survived(
    spark: SparkSession, config: Config, prepared: Prepared, tmp_path: Path
) -> None:
    seed = int(os.environ.get("REVENUER_FAULT_SEED", "1"))
    stages = os.environ.get("REVENUER_FAULT_STAGES", ",".join(STAGE_NAMES)).split(",")
    chosen = [point for point in points(prepared, seed) if point[0] in stages]
    limit = int(os.environ.get("REVENUER_FAULT_POINTS", "0")) or len(chosen)
    chosen = sorted(random.Random(seed).sample(chosen, min(limit, len(chosen))), key=chosen.index)
    print(f"\n{len(chosen)} kill points, seed {seed}")
    kills, problems = try_all(spark, config, prepared, chosen, tmp_path)
    print(f"{len(chosen)} points tried, {kills} processes killed, {len(problems)} problems")
    assert not problems
    assert kills >= 0.8 * len(chosen) - 1, "most points must be reached before the run is over"
