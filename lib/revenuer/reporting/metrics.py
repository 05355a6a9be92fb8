"""What recent runs did, date by date: volume, verdicts, largest pool, time and warnings, from ``run_metrics``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.table import Table

from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.lake.tablespace import in_dates
from revenuer.pipeline.measures import VERDICTS
from revenuer.pipeline.stage import STAGE_NAMES
from revenuer.stages.drift import LARGEST_POOL, VERDICT_COUNT
from revenuer.terminal import drawn

if TYPE_CHECKING:
    from revenuer.lake.lake import Lake


@dataclass(frozen=True)
class StageMetrics:
    """What one stage did on one date.

    Attributes:
        seconds: Wall seconds.
        row_counts: Rows written by table.
        measures: Figures by name, ``input_row_count`` among them.
        warnings: Warn-severity findings.
        missing_evidence: Evidence that could not be computed.
    """

    seconds: float
    row_counts: Mapping[str, int]
    measures: Mapping[str, float]
    warnings: tuple[str, ...]
    missing_evidence: tuple[str, ...]


@dataclass(frozen=True)
class Trend:
    """Recent dates.

    Attributes:
        days: By date, oldest first, what each stage did.
        stage: The one stage that was asked for; None for all.
    """

    days: Mapping[date, Mapping[str, StageMetrics]]
    stage: str | None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "stage": self.stage,
            "days": [
                {"run_date": day, "stages": {name: asdict(one) for name, one in stages.items()}}
                for day, stages in self.days.items()
            ],
        }

    def text(self, width: int = 150) -> str:
        """A line a date, and the warnings: of the newest date, or all of the one stage."""
        table = self._of_all() if self.stage is None else self._of_stage(self.stage)
        newest = max(self.days)
        lines = [
            f"  {day} {name}: {warning}"
            for day, stages in self.days.items() if self.stage or day == newest
            for name, one in stages.items() for warning in one.warnings
        ]  # fmt: skip
        title = f"Warnings of {self.stage or newest}:"
        return "\n".join([drawn([table], width), *([title, *lines] if lines else [])])

    def _of_all(self) -> Table:
        table = Table(title="Runs by date")
        for head in ("date", "rows in", "valid", "quarantined", " / ".join(VERDICTS), "largest pool", *STAGE_NAMES,
                     "seconds", "warnings"):  # fmt: skip
            table.add_column(head, justify="left" if head == "date" else "right", no_wrap=head == "date")
        for day, stages in self.days.items():
            of_validate, of_publish = (_measures(stages, name) for name in ("validate", "publish"))
            table.add_row(
                str(day),
                _number(of_validate.get("input_row_count")),
                _number(of_validate.get("valid_row_count")),
                _number(of_validate.get("quarantined_share"), ".1%"),
                " / ".join(_number(of_publish.get(f"{VERDICT_COUNT}{verdict}")) for verdict in VERDICTS),
                _number(of_publish.get(LARGEST_POOL)),
                *(_number(stages[name].seconds if name in stages else None, ",.1f") for name in STAGE_NAMES),
                _number(sum(one.seconds for one in stages.values()), ",.1f"),
                str(sum(len(one.warnings) for one in stages.values())),
            )
        return table

    def _of_stage(self, stage: str) -> Table:
        table = Table(title=f"Stage {stage} by date")
        for head in ("date", "rows in", "rows out", "seconds", "warnings", "missing evidence"):
            table.add_column(head, justify="right" if head in ("rows in", "seconds", "warnings") else "left")
        for day, stages in self.days.items():
            one = stages[stage]
            table.add_row(
                str(day),
                _number(one.measures.get("input_row_count")),
                ", ".join(f"{name} {count:,}" for name, count in one.row_counts.items()),
                _number(one.seconds, ",.1f"),
                str(len(one.warnings)),
                "; ".join(one.missing_evidence) or "none",
            )
        return table


def known_stage(name: str | None) -> str | None:
    """A stage's name, or None for all.

    Raises:
        ConfigError: There is no such stage.
    """
    if name is not None and name not in STAGE_NAMES:
        raise ConfigError(f"there is no stage {name!r}", fix=f"stages: {', '.join(STAGE_NAMES)}")
    return name


def read_trend(lake: Lake, *, last: int, stage: str | None = None) -> Trend:
    """Read what the runs of the newest dates recorded.

    Args:
        lake: The lake.
        last: How many dates.
        stage: One stage only.

    Raises:
        MissingPartitionError: Nothing is on record.
    """
    recorded = lake.read("run_metrics")
    recorded = recorded.where(f"stage = '{stage}'") if stage else recorded
    newest = recorded.select("run_date").distinct().orderBy("run_date", ascending=False).limit(last).collect()
    if not newest:
        raise MissingPartitionError(
            f"table run_metrics: nothing is on record{f' of stage {stage}' if stage else ''} in {lake.uri}",
            fix="`revenuer run all --run-date DATE`",
        )
    rows = recorded.where(in_dates("run_date", [row["run_date"] for row in newest])).collect()
    return Trend(trend_of(row.asDict(recursive=True) for row in rows), stage)


def trend_of(rows: Iterable[Mapping[str, Any]]) -> dict[date, dict[str, StageMetrics]]:
    """Rows of ``run_metrics`` by date, oldest first, and stage, in the order stages run."""
    order = {name: place for place, name in enumerate(STAGE_NAMES)}
    by_stage: dict[tuple[date, int, str], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_stage.setdefault((row["run_date"], order.get(row["stage"], len(order)), row["stage"]), []).append(row)
    days: dict[date, dict[str, StageMetrics]] = {}
    for (day, _, name), found in sorted(by_stage.items()):
        one = found[0]
        days.setdefault(day, {})[name] = StageMetrics(
            float(one["duration_seconds"] or 0.0),
            {row["table_name"]: row["row_count"] for row in sorted(found, key=lambda r: str(r["table_name"]))},
            one["measures"] or {},
            tuple(one["warnings"] or ()),
            tuple(one["missing_evidence"] or ()),
        )
    return days


def _measures(stages: Mapping[str, StageMetrics], name: str) -> Mapping[str, float]:
    return stages[name].measures if name in stages else {}


def _number(value: float | None, form: str = ",.0f") -> str:
    return "-" if value is None else f"{value:{form}}"
