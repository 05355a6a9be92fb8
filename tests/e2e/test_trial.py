"""A whole simulated world through the stages, and what the scoreboard makes of it."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.scoreboard import scoreboard
from revenuer.trial import Trial, judge
from revenuer.trial_world import days_to_judge, prepare

WORLD = """
[world]
summary = "A user's own world: one pool among a thousand customers, and a classroom."
days = 3
accounts = 1000

[ids]
account = "uuid"
hash = "base32"

[[models]]
name = "model-x"
share = 1.0

[population]
median_rate = 1.0
cap = 50.0

[[lookalikes]]
kind = "classroom"
accounts = 40
exchanges = 8.0

[[adversaries]]
kind = "pool"
name = "ring"
accounts = 80
rate = 26.0
"""


@pytest.fixture(scope="module")
def trials(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    folder = tmp_path_factory.mktemp("trials")
    file = folder / "own_world.toml"
    file.write_text(WORLD, encoding="utf-8")
    world = prepare(spark, config, str(file), seed=5, days=None, accounts=None, out=folder)
    again = prepare(spark, config, str(file), seed=5, days=None, accounts=None, out=folder)
    assert again.dates == world.dates  # taken as it was left, not made anew
    assert not (world.folder / "usage_events").exists()  # the events are not kept once observed
    return [judge(spark, config, world, day) for day in days_to_judge(world, [2, 99])]


def test_trial__finds_the_planted_pool_and_nobody_else(trials: list[Trial]) -> None:
    last = trials[-1]
    assert last.day == 3
    assert last.evaluation.campaigns_total == 1
    assert last.evaluation.account_precision == 1.0
    assert last.evaluation.account_recall >= 0.95
    assert last.evaluation.decoys_accused == 0
    assert last.leaked_share == 1.0


def test_trial__judges_the_days_asked_for(trials: list[Trial]) -> None:
    assert [trial.day for trial in trials] == [2, 3]
    assert 0 < trials[0].leaked_share < 1


def test_scoreboard__sums_up_real_trials(trials: list[Trial]) -> None:
    board = scoreboard(trials)
    (line,) = board.lines
    assert line.scenario == "own_world"
    assert line.figures["best_rank"] == (1.0, 1.0)
    assert line.detection_day in (2, 3)
    assert "own_world" in board.text()
