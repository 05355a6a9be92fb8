"""Evaluating a date that a real lake has published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import MissingPartitionError
from revenuer.evaluate import evaluate_run
from revenuer.lake import Lake

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


def test_evaluate_run__names_a_date_that_is_not_published(lake: Lake, truth: Path) -> None:
    with pytest.raises(MissingPartitionError, match="2026-03-08 is not published; the latest is 2026-03-09"):
        evaluate_run(lake, truth, EARLIER, window_days=28)
