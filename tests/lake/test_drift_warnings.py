"""A day that strays from the recent days on record, through the real stages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.lake.lake import Lake
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.tables import contract_of

pytestmark = pytest.mark.slow

DAY = date(2026, 3, 9)


def test_run__warns_of_drift_once_enough_days_are_known(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    contract = contract_of("usage_events")
    late = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    rows = [
        contract.row(request_id=f"r{n}", event_at=late, usage_date=DAY, account_id=f"a{n % 7}", client_ip="192.0.2.1")
        for n in range(40)
    ]
    events = spark.createDataFrame(rows, contract.schema_ddl())
    lake.replace_partition("usage_events", DAY, events, stage="ingest")
    run = Run(lake, config, DAY, b"a key for tests only", None, "task", lambda text: None)
    before = {"validate": {"null_share.model": 0.01}, "publish": {"largest_pool_account_count": 5000.0}}

    def record(offset: int) -> None:
        metrics = [
            {"stage": stage, "table_name": "none", "row_count": 1, "measures": measures}
            for stage, measures in before.items()
        ]
        lake.record_metrics(DAY - timedelta(days=offset), metrics)

    # The oldest lies outside the two weeks that count, so at first one day is missing.
    for offset in (15, 1, 2, 3, 4):
        record(offset)
    (quiet,) = run_stages(run, stages_from("validate"))
    assert not [text for text in quiet.warnings if "days on record" in text]

    record(5)
    lake.replace_partition("usage_events", DAY, events, stage="ingest")
    reports = {report.stage: report for report in run_stages(run, stages_from("all"))}
    in_nulls = "null share of model is 100.0%; in the last 5 days on record it was 1.0% to 1.0%, median 1.0%"
    in_pools = "accounts in the largest pool: 0; in the last 5 days on record it was 5,000 to 5,000, median 5,000"
    assert in_nulls in reports["validate"].warnings
    assert in_pools in reports["publish"].warnings
    recorded = lake.read("run_metrics").where(f"run_date = date'{DAY}' and table_name in ('valid_usage', 'campaigns')")
    by_stage = {row["stage"]: row for row in recorded.collect()}
    assert in_nulls in by_stage["validate"]["warnings"]
    assert in_pools in by_stage["publish"]["warnings"]
    assert by_stage["publish"]["measures"]["largest_pool_account_count"] == 0.0
