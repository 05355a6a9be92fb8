"""A site's decisions move the probabilities of what it decides about, and nothing else."""

from __future__ import annotations

from datetime import date
from math import log2

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.decisions import in_force
from revenuer.stages.rank.site_odds import site_odds, with_site_odds

DAY = date(2026, 3, 20)


@pytest.fixture(scope="module")
def decisions(spark: SparkSession) -> DataFrame:
    rows = [("campaign", f"w{n}", "confirmed" if n < 9 else "benign", "2026-03-10 09:00:00") for n in range(10)]
    rows += [
        ("campaign", "early", "confirmed", "2026-03-05 09:00:00"),  # nothing was published about it before
        ("campaign", "c0", "benign", "2026-03-10 09:00:00"),  # accused in error, but most others stand
        ("account", "a", "benign", "2026-03-10 09:00:00"),  # no word about a campaign
    ]
    frame = spark.createDataFrame(rows, "subject_kind string, subject_id string, verdict string, at string")
    return in_force(
        frame.selectExpr("* except (at)", "timestamp(at) as decided_at", "'ann' as decided_by", "'' as note"), DAY
    )


@pytest.fixture(scope="module")
def published(spark: SparkSession) -> DataFrame:
    rows = [(f"w{n}", date(2026, 3, 9), "watch", -1.0) for n in range(10)]
    rows += [
        ("w0", date(2026, 3, 8), "cleared", -8.0),  # an older word of the job
        ("w1", date(2026, 3, 10), "campaign", 5.0),  # the day of the decision: it may be its echo
        ("early", date(2026, 3, 5), "watch", -1.0),
        ("c0", date(2026, 3, 9), "campaign", 6.0),
    ]
    return spark.createDataFrame(rows, "campaign_id string, run_date date, verdict string, score_bits double")


@pytest.fixture(scope="module")
def odds(decisions: DataFrame, published: DataFrame) -> dict[str, tuple[float, int]]:
    return {r["verdict"]: (r["shift_bits"], r["decided_count"]) for r in site_odds(decisions, published).collect()}


def test_site_odds__mix_decisions_with_the_jobs_own_word(odds: dict[str, tuple[float, int]]) -> None:
    share = (9 + 20 / 3) / 30
    assert odds["watch"] == (pytest.approx(log2(share / (1 - share)) + 1, abs=1e-4), 10)


def test_site_odds__one_decision_does_not_turn_a_verdict_round(
    odds: dict[str, tuple[float, int]],
) -> None:
    shift, count = odds["campaign"]
    assert count == 1
    assert shift == pytest.approx(-2.08, abs=0.1)
    assert "cleared" not in odds


def test_with_site_odds__leaves_scores_verdicts_and_the_undecided_alone(
    spark: SparkSession, decisions: DataFrame, published: DataFrame
) -> None:
    judged = spark.createDataFrame(
        [("x", "watch", -1.0, 1 / 3), ("y", "cleared", -8.0, 0.004)],
        "campaign_id string, verdict string, score_bits double, probability double",
    )
    found = {r["campaign_id"]: r for r in with_site_odds(judged, site_odds(decisions, published)).collect()}
    assert found["x"]["probability"] == pytest.approx((9 + 20 / 3) / 30, abs=1e-4)
    assert (found["x"]["verdict"], found["x"]["score_bits"]) == ("watch", -1.0)
    assert found["y"]["probability"] == 0.004
