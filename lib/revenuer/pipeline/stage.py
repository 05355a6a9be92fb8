"""What a stage is, and what one reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from revenuer.pipeline.run import Outcome, Run

STAGE_NAMES: tuple[str, ...] = ("validate", "observe", "link", "cluster", "rank", "publish")


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes:
        name: Its name.
        reads: Tables it reads, with their scope: ``day``, ``window``, ``all``, ``previous`` or ``staged``.
        optional: Which of them may be absent.
        writes: Tables whose run-date partition it replaces.
        run: The wiring.
        may_write: Others that it replaces where the site has what they are made from, or keeps for the next date.
    """

    name: str
    reads: tuple[tuple[str, str], ...]
    optional: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Run], Outcome]
    may_write: tuple[str, ...] = ()


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
        started_at: When it started.
        input_versions: Delta version by table read.
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
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    input_versions: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """The stage's line for people, its warnings below it."""
        place = f"[{self.position}/{len(STAGE_NAMES)}] {self.stage} {self.run_date}"
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
