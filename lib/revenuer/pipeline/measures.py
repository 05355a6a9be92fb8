"""What a run measured, beside what the runs of recent days measured."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from revenuer.stages.drift import LARGEST_POOL, NULL_SHARE, VERDICT_COUNT, drift

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.pipeline.run import Run
    from revenuer.stages.validate import ValidateCounts

VERDICTS = ("campaign", "watch", "cleared")


def of_usage(counts: ValidateCounts) -> dict[str, float]:
    """Figures of a validated day, as ``run_metrics.measures`` keeps them."""
    return {
        "valid_row_count": float(counts.good_count),
        "quarantined_share": counts.quarantined_share,
        "duplicate_share": counts.duplicate_share,
        **{f"{NULL_SHARE}{name}": share for name, share in counts.null_shares.items()},
    }


def of_ranking(campaigns: DataFrame, pools: DataFrame) -> dict[str, float]:
    """Figures of a ranked day: candidates by verdict, accounts of the largest pool."""
    counts = campaigns.selectExpr(*(f"count_if(verdict = '{verdict}')" for verdict in VERDICTS)).collect()[0]
    largest = pools.selectExpr("coalesce(max(account_count), 0)").collect()[0][0]
    found = {f"{VERDICT_COUNT}{verdict}": float(count) for verdict, count in zip(VERDICTS, counts, strict=True)}
    return {**found, LARGEST_POOL: float(largest)}


def drift_warnings(run: Run, stage: str, measures: Mapping[str, float]) -> tuple[str, ...]:
    """Which of a stage's figures stray from those of the recent days it ended on."""
    lake, settings = run.lake, run.config.section("drift")
    # Every recorded day is a commit at least: on a young lake the query would be for nothing.
    if (lake.version("run_metrics") or 0) < settings["min_recent_days"]:
        return ()
    first, last = run.run_date - timedelta(days=settings["recent_days"]), run.run_date - timedelta(days=1)
    recorded = lake.read_window("run_metrics", first, last).where(f"stage = '{stage}' and measures is not null")
    # One of a stage's rows by date: it has a row per table, all with the same figures.
    by_date = {row["run_date"]: row["measures"] for row in recorded.select("run_date", "measures").collect()}
    return drift(measures, list(by_date.values()), settings)
