"""Evaluating a date that a real lake has published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import MissingPartitionError
from revenuer.evaluation.evaluate import evaluate_run
from revenuer.lake.hash_keys import load_hash_key
from revenuer.lake.lake import Lake
from revenuer.stages.activity import with_workload_id

DAY, EARLIER, LONG_AGO = date(2026, 3, 9), date(2026, 3, 8), date(2026, 1, 1)


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    for day, counts in ((LONG_AGO, {"a0": 900, "old": 5}), (EARLIER, {"a0": 30, "a1": 10}), (DAY, {"a0": 30, "h0": 7})):
        rows = [
            {"usage_date": day, "account_id": account, "workload_id": "w", "party_id": account, "event_count": count}
            for account, count in counts.items()
        ]
        lake.replace_partition("account_activity", day, lake.frame_of("account_activity", rows), stage="observe")
    campaign = {
        "run_date": DAY,
        "campaign_id": "c1",
        "rank": 1,
        "verdict": "campaign",
        "source": "pool",
        "probability": 0.9,
    }
    member = {"run_date": DAY, "campaign_id": "c1", "account_id": "a0", "role": "member", "exchange_count": 60}
    for name, row in (("campaigns", campaign), ("campaign_members", member)):
        lake.replace_partition(name, DAY, lake.frame_of(name, [row]), stage="rank", staged=True)
    lake.publish(DAY, ("campaigns", "campaign_members"))
    return lake


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,campaign,decoy\na0,ring,\na1,ring,\nold,ring,\nh0,,recipe\n")
    return path


def test_evaluate_run__weighs_by_the_activity_of_the_runs_window(lake: Lake, truth: Path) -> None:
    result = evaluate_run(lake, truth, DAY, window_days=28)
    assert result.exchange_basis == "activity"
    assert result.exchange_recall == pytest.approx(60 / 70)
    assert (result.account_precision, result.account_recall) == (1.0, 0.5)
    assert (result.campaigns_found, result.decoys_accused) == (1, 0)


def test_evaluate_run__goes_by_work_where_the_truth_tells_it_and_the_key_is_known(
    lake: Lake, truth: Path, spark: SparkSession, tmp_path: Path
) -> None:
    # Of what the accused account did, two thirds serve the ring: its own work, and not the one beside it.
    ids = spark.createDataFrame([("t1", "s1"), ("t2", "s1")], "prompt_template_id string, toolset_id string")
    key, kinds = load_hash_key(lake.config, lake.uri), lake.config.section("identifiers")
    own, other = [row["workload_id"] for row in with_workload_id(ids, hash_key=key, kinds=kinds).collect()]
    rows = [
        {"usage_date": DAY, "account_id": "a0", "workload_id": work, "party_id": "a0", "event_count": count}
        for work, count in ((own, 40), (other, 20))
    ]
    for day, of_day in ((DAY, rows), (EARLIER, [])):
        lake.replace_partition("account_activity", day, lake.frame_of("account_activity", of_day), stage="observe")
    named = {"run_date": DAY, "campaign_id": "c1", "rank": 1, "verdict": "campaign", "source": "pool",
             "probability": 0.9, "workload_ids": [own, other]}  # fmt: skip
    lake.replace_partition("campaigns", DAY, lake.frame_of("campaigns", [named]), stage="rank", staged=True)
    member = {"run_date": DAY, "campaign_id": "c1", "account_id": "a0", "role": "member", "exchange_count": 60}
    lake.replace_partition(
        "campaign_members", DAY, lake.frame_of("campaign_members", [member]), stage="rank", staged=True
    )
    lake.publish(DAY, ("campaigns", "campaign_members"))
    works = [("a0", "t1+s1", "ring", 40), ("a0", "t2+s1", None, 20)]
    spark.createDataFrame(works, "account_id string, workload string, campaign string, exchange_count bigint").coalesce(
        1
    ).write.parquet(str(tmp_path / "truth_workload.parquet"))
    result = evaluate_run(lake, truth, DAY, window_days=28)
    assert (result.exchange_basis, result.named_share) == ("work", 1.0)
    assert (result.exchange_precision, result.exchange_recall) == (pytest.approx(2 / 3), pytest.approx(1.0))


def test_evaluate_run__names_a_date_that_is_not_published(lake: Lake, truth: Path) -> None:
    with pytest.raises(MissingPartitionError, match="2026-03-08 is not published; the latest is 2026-03-09"):
        evaluate_run(lake, truth, EARLIER, window_days=28)
