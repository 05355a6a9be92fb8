"""A whole simulated world through the stages, and what the scoreboard makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.functions import expr

from revenuer.config import Config
from revenuer.errors import ConfigError
from revenuer.evaluation.judged import Trial, rules_mark
from revenuer.evaluation.robustness import cost_of
from revenuer.evaluation.scoreboard import scoreboard
from revenuer.evaluation.trial import judge
from revenuer.evaluation.trial_world import days_to_judge, prepare
from revenuer.learning.candidates import JudgedWorld, bits_of, judged_worlds, read_candidates, rescored
from revenuer.learning.links import links_markdown, without_links
from revenuer.simulate import simulate
from revenuer.stages.rank.scoring import load_scoring

# `make evaluate-quick` simulates and judges three worlds with every change; this proves the same piece by piece.
pytestmark = pytest.mark.slow

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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trials")


@pytest.fixture(scope="module")
def trials(spark: SparkSession, config: Config, folder: Path) -> list[Trial]:
    file = folder / "own_world.toml"
    file.write_text(WORLD, encoding="utf-8")
    world = prepare(spark, config, str(file), seed=5, days=None, accounts=None, out=folder)
    mark = (world.folder / "observed.json").stat().st_mtime_ns
    again = prepare(spark, config, str(file), seed=5, days=None, accounts=None, out=folder)
    assert again == world
    assert (world.folder / "observed.json").stat().st_mtime_ns == mark  # taken as it was left, not made anew
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
    # The world tells which work is whose, and nobody else works on the pool's accounts.
    assert last.evaluation.exchange_basis == "work"
    assert last.evaluation.named_share == 1.0
    assert last.evaluation.exchange_precision >= 0.99
    assert last.evaluation.exchange_recall >= 0.95
    assert last.evaluation.matches[0].recall >= 0.95
    assert last.tenant_precision == 1.0
    assert max(candidate.guilty_share for candidate in last.candidates) >= 0.99


def test_judge__without_most_kinds_of_links_nobody_is_linked(
    spark: SparkSession, config: Config, folder: Path, trials: list[Trial]
) -> None:
    world = prepare(spark, config, str(folder / "own_world.toml"), seed=5, days=None, accounts=None, out=folder)
    changed, kinds = config, sorted(config.section("composites").keys() - {"mail_signup_day"})
    for kind in kinds:
        changed = without_links(changed, kind)
    alone = judge(spark, changed, world, 3, left_out=kinds, keep=False)
    assert trials[-1].linked_share >= 0.95
    assert alone.linked_share == 0.0
    assert "without" in links_markdown([("without", alone)])


def test_trial__judges_the_days_asked_for(trials: list[Trial]) -> None:
    assert [trial.day for trial in trials] == [2, 3]
    assert 0 < trials[0].leaked_share < 1


def test_scoreboard__sums_up_real_trials(trials: list[Trial]) -> None:
    board = scoreboard(trials)
    (line,) = board.lines
    assert line.scenario == "own_world"
    assert line.figures["worst_rank"] == (1.0, 1.0)
    assert line.detection_day in (2, 3)
    by_day = {trial.day: trial.leaked_share for trial in trials}
    assert line.figures["leaked_share"][1] == by_day[line.detection_day]
    assert "own_world" in board.text()


def test_prepare__takes_a_world_as_somebody_else_laid_it_out(
    spark: SparkSession, config: Config, folder: Path, trials: list[Trial]
) -> None:
    given = folder / "theirs"
    simulate(folder / "own_world.toml", seed=5, out=given)
    world = prepare(spark, config, str(given), seed=1, days=None, accounts=None, out=folder)
    assert (given / "usage_events").exists()  # theirs to keep
    mine = prepare(spark, config, str(folder / "own_world.toml"), seed=5, days=None, accounts=None, out=folder)
    theirs, ours = (w.table(spark, "sightings") for w in (world, mine))
    assert theirs.count() == ours.count() > 0
    assert theirs.exceptAll(ours).isEmpty()


def test_prepare__says_what_a_folder_lacks(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    (tmp_path / "usage_events").mkdir()
    with pytest.raises(ConfigError, match=r"incomplete(.|\n)*truth\.parquet is not there"):
        prepare(spark, config, str(tmp_path), seed=1, days=None, accounts=None, out=tmp_path / "out")


def test_kept_candidates__score_as_they_did_and_otherwise_by_other_rules(
    spark: SparkSession, config: Config, folder: Path, trials: list[Trial]
) -> None:
    kept = read_candidates(spark, [folder])
    assert "is_driven" in kept.columns
    assert judged_worlds(kept) == [JudgedWorld("own_world", 5, rules_mark(config.fingerprint))]
    scoring, settings = load_scoring(), config.section("rank")
    told = rescored(kept, scoring, settings)
    assert sorted(told["verdict"]) == sorted(candidate.verdict for candidate in trials[-1].candidates)
    (ring,) = told[told["is_guilty"]].itertuples()
    assert (ring.verdict, ring.guilty_member_count, ring.day_number) == ("campaign", ring.member_count, 3)
    assert len(set(ring.guilty_member_ids)) == ring.guilty_member_count
    assert ring.true_account_count == trials[-1].evaluation.matches[0].account_count
    # Physics alone never convicts: without what shows that somebody hides, there is no accusation.
    open_rules = replace(scoring, signals=tuple(s for s in scoring.signals if s.group != "concealment"))
    assert "campaign" not in set(rescored(kept, open_rules, settings)["verdict"])
    # What stood only on other work of its accounts does so again.
    leaning = replace(scoring, verdict={**scoring.verdict, "min_physics_bits": 99.0})
    for is_driven, verdict in (("true", "campaign"), ("false", "watch")):
        marked = kept.withColumn("is_driven", expr(is_driven))
        assert set(rescored(marked, leaning, settings).query("is_guilty")["verdict"]) == {verdict}
    bits = bits_of(kept, scoring)
    assert bits.shape == (len(told), len(scoring.signals))
    assert bits.loc[ring.candidate_id, "linked"] == pytest.approx(dict(scoring.signals[0].curve)[1.0])


def test_cost__counts_what_the_pool_used(
    spark: SparkSession, config: Config, folder: Path, trials: list[Trial]
) -> None:
    world = prepare(spark, config, str(folder / "own_world.toml"), seed=5, days=None, accounts=None, out=folder)
    cost = cost_of(spark, world)
    assert cost.account_count == 80
    assert 10 <= cost.card_count <= 60  # about three and a half accounts to a card, and some without
    assert cost.prefix_count > 5
    assert 15 <= cost.exchange_count <= 40


def test_prepare__a_world_that_is_described_otherwise_is_made_anew(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    file = tmp_path / "own_world.toml"
    for summary in ("as it was", "as it is"):
        file.write_text(f'[world]\nsummary = "{summary}"\n', encoding="utf-8")
        world = prepare(spark, config, str(file), seed=5, days=1, accounts=100, out=tmp_path)
        assert not (world.folder / "judged").exists()
        (world.folder / "judged").mkdir()  # what was judged of the old one goes with it
