"""The loop that runs stages for one date, and skips those whose result is current."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pyspark import inheritable_thread_target

from revenuer.lake.hash_keys import key_id
from revenuer.pipeline.currency import NEVER, Currency
from revenuer.pipeline.job_count import counted_jobs
from revenuer.pipeline.run import Run
from revenuer.pipeline.stage import STAGE_NAMES, Stage, StageReport
from revenuer.pipeline.upstream import refuse_changes

_WRITERS = 4


def run_stages(
    run: Run,
    stages: Sequence[Stage],
    on_report: Callable[[StageReport], None] = lambda report: None,
    *,
    force: bool = False,
    currency: Currency | None = None,
) -> list[StageReport]:
    """Run stages in order for one date; one whose result is current is skipped.

    Args:
        run: The run's context.
        stages: From :func:`stages_from`.
        on_report: Called after each stage.
        force: Run current ones too.
        currency: What is known of the lake's commits already, where several dates are run.

    Raises:
        ContractError: An input table lost a column or changed a type; nothing was written.
        RevenuerError: What the failing stage says; the stages before it stand.
    """
    inputs = sorted({name for stage in stages for name, _ in stage.reads})
    refuse_changes(run.lake, inputs, run.config.value("validate.removed_columns"))
    reports: list[StageReport] = []
    run.lake.staging.begin(run.run_date)
    currency = currency or Currency(run.lake, hash_key_id=key_id(run.hash_key))
    try:
        for stage in stages:
            currency.refresh()
            is_publishing = any(scope == "staged" for _, scope in stage.reads)
            # What this run staged is published, or another run that was quicker is complained of.
            must_run = force or (is_publishing and bool(reports) and not reports[-1].is_skipped)
            reason = NEVER if must_run else currency.why_stale(stage, run.run_date)
            if reason is None:
                report = _skipped(stage, run.run_date)
                if is_publishing and (published := currency.published_run(run.run_date)):
                    run.lake.staging.discard(run.run_date, published)
                    # The publisher may have been killed, too, before it had brought a catalog's views to it.
                    run.lake.mend_views()
            else:
                if reason != NEVER:
                    run.announce(f"      {stage.name} {run.run_date} runs again: {reason}")
                report = _run_stage(run, stage)
            reports.append(report)
            on_report(report)
    finally:
        rows = [row for report in reports if not report.is_skipped for row in _metric_rows(report)]
        run.lake.record_metrics(run.run_date, rows)
    return reports


def _skipped(stage: Stage, run_date: date) -> StageReport:
    return StageReport(stage.name, STAGE_NAMES.index(stage.name) + 1, run_date, 0, {}, (), (), 0.0, is_skipped=True)


def _run_stage(run: Run, stage: Stage) -> StageReport:
    with counted_jobs(run.lake.spark, f"revenuer {stage.name} {run.run_date}") as count:
        report = _report_of(run, stage)
    measures = {"spark_job_count": float(count.jobs), "spark_stage_count": float(count.stages)}
    return replace(report, measures={**report.measures, **measures})


def _report_of(run: Run, stage: Stage) -> StageReport:
    began, started = time.monotonic(), datetime.now(UTC)
    versions = run.lake.input_versions([name for name, scope in stage.reads if scope != "staged"])
    try:
        outcome = stage.run(run)
        written = dict(outcome.written)

        def write(table: str) -> int:
            return run.lake.replace_partition(
                table,
                run.run_date,
                outcome.tables[table],
                staged=outcome.staged,
                stage=stage.name,
                input_versions=versions,
                condition=outcome.conditions.get(table),
                is_balanced=table in outcome.balanced,
                origin=outcome.origin,
            )

        # The tables are independent, and each write mostly waits for the driver.
        with ThreadPoolExecutor(max_workers=_WRITERS) as pool:
            tasks = {
                name: pool.submit(inheritable_thread_target(run.lake.spark)(write), name) for name in outcome.tables
            }
        written.update({name: task.result() for name, task in tasks.items()})
        if outcome.staged:
            run.lake.staging.seal(run.run_date, versions)
    finally:
        run.let_go()
    return StageReport(
        stage.name,
        STAGE_NAMES.index(stage.name) + 1,
        run.run_date,
        outcome.in_count,
        written,
        outcome.warnings,
        outcome.missing_evidence,
        time.monotonic() - began,
        measures={"input_row_count": float(outcome.in_count), **outcome.measures},
        started_at=started,
        input_versions=versions,
    )


def _metric_rows(report: StageReport) -> list[dict[str, Any]]:
    return [
        {
            "stage": report.stage,
            "table_name": table,
            "row_count": rows,
            "duration_seconds": report.seconds,
            "warnings": list(report.warnings),
            "missing_evidence": list(report.missing_evidence),
            "measures": report.measures,
            "started_at": report.started_at,
            "table_versions": report.input_versions,
        }
        for table, rows in (report.written or {"none": 0}).items()
    ]
