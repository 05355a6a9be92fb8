"""The pipeline: a stage list that is data, and the loop that runs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark import inheritable_thread_target

from revenuer import wiring
from revenuer.currency import NEVER, Currency
from revenuer.errors import ConfigError
from revenuer.hash_keys import key_id
from revenuer.job_count import counted_jobs
from revenuer.lake import Lake
from revenuer.run import Outcome, Run
from revenuer.upstream import refuse_changes

STAGE_NAMES: tuple[str, ...] = ("validate", "observe", "link", "cluster", "rank", "publish")
_WRITERS = 4


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: Its name.
        reads: Tables it reads, with their scope: ``day``, ``window``, ``all``, ``previous`` or ``staged``.
        optional: Which of them may be absent.
        writes: Tables whose run-date partition it replaces.
        run: The wiring.
    """

    name: str
    reads: tuple[tuple[str, str], ...]
    optional: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Run], Outcome]


STAGES: tuple[Stage, ...] = (
    Stage("validate", (("usage_events", "day"), ("accounts", "all")), ("accounts",),
          ("valid_usage", "quarantined_usage"), wiring.run_validate),
    Stage("observe", (("valid_usage", "day"), ("accounts", "all"), ("network_labels", "all")),
          ("accounts", "network_labels"),
          ("sightings", "account_activity", "key_usage"), wiring.run_observe),
    Stage("link", (("sightings", "window"), ("dispositions", "all")), ("dispositions",),
          ("links", "hub_ledger"), wiring.run_link),
    Stage("cluster", (("links", "day"),), (), ("pools", "hub_ledger"), wiring.run_cluster),
    Stage("rank",
          (("account_activity", "window"), ("sightings", "window"), ("links", "day"), ("pools", "day"),
           ("hub_ledger", "day"), ("accounts", "all"), ("enforcement_actions", "all"), ("model_releases", "all"),
           ("dispositions", "all"), ("campaigns", "previous"), ("campaign_members", "previous"),
           ("campaign_links", "previous"), ("campaign_evidence", "previous"), ("manifest", "previous")),
          ("account_activity", "accounts", "enforcement_actions", "model_releases", "dispositions", "campaigns",
           "campaign_members", "campaign_links", "campaign_evidence", "manifest"),
          wiring.RANKED, wiring.run_rank),
    Stage("publish", tuple((name, "staged") for name in wiring.RANKED), (), (*wiring.RANKED, "manifest"),
          wiring.run_publish),
)  # fmt: skip


@dataclass(frozen=True)
class StageReport:
    """What one stage did.

    Attributes:
        stage: Stage name.
        position: Place in the full list, from 1.
        run_date: Logical date.
        in_count: Rows read.
        written: Rows by table.
        warnings: Warn-severity findings.
        missing_evidence: Evidence that could not be computed.
        seconds: Wall seconds.
        measures: Figures of the day by name.
        is_skipped: Whether nothing was done, since the date's result is current.
    """

    stage: str
    position: int
    run_date: date
    in_count: int
    written: dict[str, int]
    warnings: tuple[str, ...]
    missing_evidence: tuple[str, ...]
    seconds: float
    measures: dict[str, float] = field(default_factory=dict)
    is_skipped: bool = False

    def text(self) -> str:
        """The stage's line for people, its warnings below it."""
        place = f"[{self.position}/{len(STAGES)}] {self.stage} {self.run_date}"
        if self.is_skipped:
            return f"{place} unchanged: skipped (--force to run it anyway)"
        line = (
            f"{place} in={self.in_count}"
            f" out={sum(self.written.values())} warn={len(self.warnings)} {self.seconds:.0f} s"
            f" {self.measures.get('spark_job_count', 0):.0f} jobs"
        )
        return "\n".join([line, *(f"      warning: {warning}" for warning in self.warnings)])

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {**vars(self), "run_date": str(self.run_date)}


def stages_from(selection: str, start: str | None = None) -> tuple[Stage, ...]:
    """The stages of ``run {stage|all} [--start STAGE]``.

    Raises:
        ConfigError: An unknown stage name, or ``--start`` with a single stage.
    """
    for name in (selection if selection != "all" else STAGE_NAMES[0], start or STAGE_NAMES[0]):
        if name not in STAGE_NAMES:
            raise ConfigError(f"there is no stage {name!r}", fix=f"stages: {', '.join(STAGE_NAMES)}, or all")
    if selection != "all":
        if start:
            raise ConfigError("--start goes with `run all` only", fix=f"leave it out, or `run all --start {start}`")
        return tuple(stage for stage in STAGES if stage.name == selection)
    first = STAGE_NAMES.index(start or STAGE_NAMES[0])
    return STAGES[first:]


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
    started = datetime.now(UTC)
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
        rows = [row for report in reports if not report.is_skipped for row in _metric_rows(report, started)]
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
    began = time.monotonic()
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
    )


def _metric_rows(report: StageReport, started: datetime) -> list[dict[str, Any]]:
    return [
        {
            "stage": report.stage,
            "table_name": table,
            "row_count": rows,
            "duration_seconds": report.seconds,
            "warnings": list(report.warnings),
            "missing_evidence": list(report.missing_evidence),
            "measures": report.measures,
            "started_at": started,
        }
        for table, rows in (report.written or {"none": 0}).items()
    ]


def dates_between(first: date, last: date) -> list[date]:
    """All dates from first to last.

    Raises:
        ConfigError: The range is empty.
    """
    if last < first:
        raise ConfigError(f"the range {first} to {last} is empty", fix="--from must not lie after --to")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def plan_of(stages: Sequence[Stage], run_date: date | None, lake: Lake | None) -> list[dict[str, Any]]:
    """What a run would do, as plain data; with a lake, whether its inputs are there."""
    made = {table for stage in stages for table in stage.writes}
    entries = []
    for position, stage in enumerate(stages, STAGE_NAMES.index(stages[0].name) + 1):
        reads = []
        for table, scope in stage.reads:
            entry: dict[str, Any] = {"table": table, "scope": scope, "is_optional": table in stage.optional}
            if lake is not None and run_date is not None:
                if scope in ("day", "window") and table not in made:
                    entry["is_present"] = lake.has_partition(table, run_date)
                elif scope in ("all", "previous"):
                    entry["is_present"] = lake.exists(table)
            reads.append(entry)
        entries.append(
            {
                "position": position,
                "stage": stage.name,
                "run_date": str(run_date) if run_date else None,
                "reads": reads,
                "writes": list(stage.writes),
            }
        )
    return entries


def plan_text(entries: Sequence[dict[str, Any]]) -> str:
    """A plan for people."""
    lines = []
    for entry in entries:
        lines.append(f"[{entry['position']}/{len(STAGES)}] {entry['stage']} {entry['run_date'] or ''}".rstrip())
        for read in entry["reads"]:
            state = {True: "", False: ", absent" if read["is_optional"] else ", MISSING"}[read.get("is_present", True)]
            optional = ", optional" if read["is_optional"] else ""
            lines.append(f"      reads {read['table']} ({read['scope']}{optional}{state})")
        lines.append(f"      replaces {', '.join(entry['writes'])}")
    return "\n".join(lines)
