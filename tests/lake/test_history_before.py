"""What a run date knows of earlier ones, on a real lake."""

from __future__ import annotations

from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import Config
from revenuer.lake.lake import Lake
from revenuer.pipeline.run import Run
from revenuer.pipeline.wiring import history_before

LONG_AGO, EARLIER, LATER = date(2026, 1, 1), date(2026, 3, 5), date(2026, 3, 9)
TABLES = ("campaigns", "campaign_evidence")


@pytest.fixture(scope="module")
def lake(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(spark, str(tmp_path_factory.mktemp("remembered") / "lake"), config, "run-1")
    for day, name in ((LONG_AGO, "old"), (LATER, "new"), (EARLIER, "known")):
        campaign = {"run_date": day, "campaign_id": name, "rank": 1, "verdict": "watch", "source": "pool",
                    "probability": 0.5}  # fmt: skip
        finding = {"run_date": day, "campaign_id": name, "signal": "rota", "evidence_group": "physics",
                   "weight_bits": 1.0, "sentence": "s"}  # fmt: skip
        for table, row in zip(TABLES, (campaign, finding), strict=True):
            lake.replace_partition(table, day, lake.frame_of(table, [row]), stage="rank", staged=True)
        lake.publish(day, TABLES)
    return lake


def run_of(lake: Lake, day: date) -> Run:
    return Run(lake, lake.config, day, b"k" * 16, None, "auto", lambda text: None)


def names(frame: DataFrame) -> set[str]:
    return {row["campaign_id"] for row in frame.select("campaign_id").collect()}


def test_history__of_a_backfilled_date_ends_before_it_and_begins_with_the_memory(lake: Lake) -> None:
    history = history_before(run_of(lake, date(2026, 3, 8)))
    assert history is not None
    # What was published for later dates is not known, in whatever order the dates were published.
    assert history.previous_date == EARLIER
    assert names(history.campaigns) == {"known"}
    # An analyst's decision may be older than ids are remembered.
    assert names(history.campaign_evidence) == {"old", "known"}
    assert history.campaign_members.isEmpty()


def test_history__of_the_first_date_is_none(lake: Lake) -> None:
    assert history_before(run_of(lake, LONG_AGO)) is None
