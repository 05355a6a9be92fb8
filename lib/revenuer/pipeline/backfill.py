"""Running a range of dates, oldest first: what is current is skipped, so a backfill that was killed goes on."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from revenuer.errors import ConfigError, MissingPartitionError, RevenuerError
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stage import StageReport
from revenuer.pipeline.staleness import Staleness, StaleStage, by_date

# The first dates pay for starting up; the last few tell how fast it goes now.
_RECENT = 5


class Estimate:
    """How long the rest takes, from how long stages took so far."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)

    def add(self, report: StageReport) -> None:
        """Take a stage's time down."""
        if not report.is_skipped:
            self._seconds[report.stage].append(report.seconds)

    def seconds(self, left: Sequence[str]) -> float | None:
        """Seconds that stages will take; None before anything was measured.

        Args:
            left: Stage names, once per time they are to run.
        """
        recent = {stage: took[-_RECENT:] for stage, took in self._seconds.items()}
        means = {stage: sum(took) / len(took) for stage, took in recent.items()}
        if not means:
            return None
        usual = sum(means.values()) / len(means)
        return sum(means.get(stage, usual) for stage in left)


def duration_text(seconds: float) -> str:
    """A duration in the unit a person would use: ``40 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"


def with_input(staleness: Staleness, days: Sequence[date], *, skip_missing: bool) -> list[date]:
    """The dates of a range that have input.

    Args:
        staleness: Knows what the lake holds.
        days: The range.
        skip_missing: Leave dates without input out, rather than complain.

    Raises:
        MissingPartitionError: Dates have no input; all of them are named.
    """
    missing = staleness.missing(days)
    if missing and not skip_missing:
        raise MissingPartitionError(
            f"{len(missing)} of {len(days)} dates have no input; nothing was run", missing,
            "load them with `revenuer ingest`, or --skip-missing to go on without them",
        )  # fmt: skip
    return [day for day in days if staleness.stages_for(day)]


def run_backfill(
    open_run: Callable[[date], Run],
    staleness: Staleness,
    days: Sequence[date],
    say: Callable[[str], None],
    *,
    force: bool = False,
) -> list[StageReport]:
    """Run the dates that are out of date, oldest first.

    Args:
        open_run: Makes the context of one date's run.
        staleness: Knows what is out of date.
        days: Dates, oldest first, all with input.
        say: Called with each line of progress.
        force: Run what is current too.

    Returns:
        What the stages did, those that were skipped left out.

    Raises:
        RevenuerError: What a date's stage says; the dates before it stand, and the message says how to go on.
    """
    began = time.monotonic()
    plan = dict(by_date(staleness.find(days, force=force)))
    estimate, done = Estimate(), list[StageReport]()

    def on_report(report: StageReport) -> None:
        estimate.add(report)
        if not report.is_skipped:
            done.append(report)
            say(report.text())

    for number, day in enumerate(days, 1):
        if day not in plan:
            say(f"date {number} of {len(days)}: {day} is current")
            continue
        left = estimate.seconds([entry.stage for later in days[number - 1 :] for entry in plan.get(later, [])])
        say(f"date {number} of {len(days)}: {day}{f', about {duration_text(left)} left' if left is not None else ''}")
        try:
            run_stages(
                open_run(day), staleness.stages_for(day), on_report, force=force, currency=staleness.currency
            )  # fmt: skip
        except RevenuerError as error:
            where = f"{day} (date {number} of {len(days)}) failed: {error.message}"
            raise type(error)(where, error.problems, _resume(error, day, days[-1], force=force)) from error
        except BaseException:
            say(f"{day} (date {number} of {len(days)}) did not end; {_again(day, days[-1], force=force)}")
            raise
    say(f"{len(days)} dates, {len(done)} stages run in {duration_text(time.monotonic() - began)}")
    return done


def after(staleness: Staleness, last: date) -> list[StaleStage]:
    """What is out of date after a range; dates that never ran do not count."""
    found = staleness.find(staleness.dates(last + timedelta(days=1)))
    new = {entry.run_date for entry in found if entry.is_new}
    return [entry for entry in found if entry.run_date not in new]


def _resume(error: RevenuerError, day: date, last: date, *, force: bool) -> str:
    again = _again(day, last, force=force)
    return f"{error.fix}; then {again}" if error.fix else again


def _again(day: date, last: date, *, force: bool) -> str:
    command = "the same command" if not force else f"the same command, from {day} to {last},"
    return f"{command} goes on from there: the dates before {day} stand"


def dates_between(first: date, last: date) -> list[date]:
    """All dates from first to last.

    Raises:
        ConfigError: The range is empty.
    """
    if last < first:
        raise ConfigError(f"the range {first} to {last} is empty", fix="--from must not lie after --to")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
