"""What is out of date in a lake, and what must be made again because of it, in the order in which to do it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from revenuer.clock import mistyped_days
from revenuer.lake.lake import Lake
from revenuer.lake.tablespace import MANIFEST
from revenuer.pipeline.currency import NEVER, RETIRED, Currency
from revenuer.pipeline.stage import STAGE_NAMES, Stage

# Input by the stage that reads it first. A day without usage but with sightings starts at link.
_ENTRANCES = {"validate": "usage_events", "observe": "valid_usage", "link": "sightings"}
_INPUTS = {**_ENTRANCES, "cluster": "links", "rank": "pools"}
_FORCED = "--force"


@dataclass(frozen=True)
class StaleStage:
    """One stage to run for one date.

    Attributes:
        run_date: The date.
        stage: Name of the stage.
        reason: Why, in words.
        is_direct: Whether its own inputs, outputs, settings or package changed; else a stage before it will run.
    """

    run_date: date
    stage: str
    reason: str
    is_direct: bool

    @property
    def is_new(self) -> bool:
        """Whether it never ran."""
        return self.reason == NEVER

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {**vars(self), "run_date": str(self.run_date)}


class Staleness:
    """Looks at many dates.

    Args:
        lake: The lake.
        stages: Stages to look at.
        ignored: Input tables whose changes do not count.
        hash_key_id: Name of the key identifiers are hashed with; None where that is not to be compared.

    Attributes:
        currency: What is known of the lake's commits.
    """

    def __init__(
        self, lake: Lake, stages: Sequence[Stage], ignored: Collection[str] = (), hash_key_id: str | None = None
    ) -> None:
        self.currency = Currency(lake, ignored, hash_key_id)
        self._lake = lake
        self._stages = tuple(stages)
        self._days: dict[str, set[date]] = {}

    def dates(self, first: date | None = None, last: date | None = None) -> list[date]:
        """Dates that have input or were published, oldest first, within bounds; none that is mistyped."""
        wrong = self.mistyped()
        days = (day for day in self._all_dates() if day not in wrong)
        return [day for day in days if (first is None or day >= first) and (last is None or day <= last)]

    def mistyped(self) -> list[date]:
        """Dates that have input or were published, and that nobody can mean. Oldest first."""
        return mistyped_days(self._all_dates(), int(self._lake.config.value("window.days")))

    def stages_for(self, day: date) -> tuple[Stage, ...]:
        """The stages a date can be run through, from the first whose input is there; none where no input is."""
        for position, stage in enumerate(self._stages):
            table = _INPUTS.get(stage.name)
            if table is None or day in self._held(table):
                return self._stages[position:]
            if stage.name not in _ENTRANCES:
                break
        return ()

    def missing(self, days: Sequence[date]) -> list[str]:
        """What is not there of the input of dates, one line each."""
        table = _INPUTS.get(self._stages[0].name, "")
        return [f"{table} has nothing for {day}" for day in days if not self.stages_for(day)]

    def find(self, days: Sequence[date], *, force: bool = False) -> list[StaleStage]:
        """Stages to run, in the order in which to run them.

        Args:
            days: Dates to look at, oldest first.
            force: Take every stage of every date, current or not.
        """
        self.currency.refresh()
        found: list[StaleStage] = []
        remade: dict[str, set[str]] = defaultdict(set)
        for day in days:
            for stage in self.stages_for(day):
                reason = _FORCED if force else self.currency.why_stale(stage, day)
                is_direct = reason is not None
                if reason == RETIRED:
                    continue
                reason = reason or self._why_downstream(stage, day, remade)
                if reason is None:
                    continue
                found.append(StaleStage(day, stage.name, reason, is_direct))
                for table in stage.writes:
                    remade[table].add(day.isoformat())
        return found

    def _why_downstream(self, stage: Stage, day: date, remade: dict[str, set[str]]) -> str | None:
        for table, scope in stage.reads:
            if scope == "all":
                continue
            days = self.currency.days_read(scope, day, remade[MANIFEST])
            if hit := sorted(days & remade[table]):
                return f"{table} {hit[-1 if scope == 'previous' else 0]} will be made again"
        return None

    def _all_dates(self) -> list[date]:
        return sorted(set().union(*(self._held(table) for table in (*_ENTRANCES.values(), MANIFEST))))

    def _held(self, table: str) -> set[date]:
        if table not in self._days:
            days, is_certain = self.currency.table(table).days()
            self._days[table] = days if is_certain else days | self._lake.held_days(table)
        return self._days[table]


def by_date(found: Sequence[StaleStage]) -> Iterator[tuple[date, list[StaleStage]]]:
    """Stages to run, a date at a time."""
    for day, entries in groupby(found, lambda entry: entry.run_date):
        yield day, list(entries)


def mistyped_text(days: Sequence[date]) -> str:
    """What to say of dates that nobody can mean, for people; they are not planned.

    Args:
        days: As :meth:`Staleness.mistyped` returns them, at least one.
    """
    return f"left out, long after all others: {', '.join(map(str, days[:3]))}{' ...' * (len(days) > 3)}; mistyped?"


def staleness_text(found: Sequence[StaleStage], dates: int, left_out: Sequence[date] = ()) -> str:
    """What is out of date, for people.

    Args:
        found: As :meth:`Staleness.find` returns it.
        dates: How many dates were looked at.
        left_out: Dates that nobody can mean.
    """
    remark = [mistyped_text(left_out)] if left_out else []
    if not found:
        return "\n".join([f"{dates} date{'s' * (dates != 1)}, all current: nothing to do", *remark])
    lines = []
    groups = list(by_date(found))
    for day, entries in groups:
        lines.append(f"{day}  {_span([entry.stage for entry in entries])}")
        if all(entry.is_new for entry in entries):
            lines[-1] += f": {NEVER}"
            continue
        # What follows from a line above it on the same date says nothing new.
        shown = [entry for entry in entries if entry.is_direct and entry.reason != _FORCED] or entries[:1]
        lines += [f"      {entry.stage}: {entry.reason}" for entry in shown if entry.reason != _FORCED]
    lines.append(f"{len(groups)} of {dates} dates, {len(found)} stages to run")
    return "\n".join([*lines, *remark])


def _span(names: Sequence[str]) -> str:
    """Stage names, shortened where they are all those from one to the last."""
    first = STAGE_NAMES.index(names[0])
    if len(names) > 2 and tuple(names) == STAGE_NAMES[first : first + len(names)]:
        return f"{names[0]} to {names[-1]}"
    return ", ".join(names)
