"""What is out of date over generated histories: current after a backfill, and never current over old input."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revenuer import __version__
from revenuer.config import load_config
from revenuer.lake.commits import Change, Commit
from revenuer.pipeline.backfill import Estimate, duration_text
from revenuer.pipeline.stage import Stage, StageReport
from revenuer.pipeline.stages import STAGES
from revenuer.pipeline.staleness import Staleness, StaleStage, staleness_text

FIRST = date(2020, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(5)]
CONFIG = load_config(overrides=("window.days=3",))
WHEN = datetime(2020, 4, 1, tzinfo=UTC)


class Log:
    """A table's commits in memory."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []

    def versions(self) -> list[int]:
        return list(range(len(self.commits)))

    def commit(self, version: int) -> Commit:
        return self.commits[version]

    def change(self, version: int, column: str | None) -> Change:
        return Change(frozenset(), frozenset(), is_whole=True)

    def write(self, days: list[date], **metadata: Any) -> None:
        named = {"partitions": [day.isoformat() for day in days]} if days else {}
        self.commits.append(Commit(len(self.commits), WHEN, "WRITE", {}, {}, {**named, **metadata}))


class MemoryLake:
    """As much of a lake as its commits tell; stages commit what they would, and nothing else."""

    def __init__(self) -> None:
        self.config = CONFIG
        self.staging = self
        self.logs: dict[str, Log] = {}

    def commits(self, name: str) -> Log:
        return self.logs.setdefault(name, Log())

    def waiting(self, day: date) -> None:
        return None

    def held_days(self, name: str) -> set[date]:
        return set(DAYS)

    def run(self, stage: Stage, day: date) -> None:
        """What a stage of a run commits; rank's results come with publish."""
        if stage.name == "rank":
            return
        reads = next(s.reads for s in STAGES if s.name == "rank") if stage.name == "publish" else stage.reads
        latest = {table: len(self.commits(table).commits) - 1 for table, _ in reads}
        origin = {
            "stage": stage.name,
            "input_versions": {table: version for table, version in latest.items() if version >= 0},
            "config_fingerprint": CONFIG.fingerprint,
            "package_version": __version__,
        }
        for table in stage.writes:
            if table == "manifest":
                versions = {name: len(self.commits(name).commits) - 1 for name in stage.writes if name != table}
                self.commits(table).write([day], **origin, table_versions=versions)
            else:
                condition = {"condition": "x"} if (stage.name, table) == ("cluster", "hub_ledger") else {}
                self.commits(table).write([day], **origin, **condition)


def staleness(lake: MemoryLake) -> Staleness:
    return Staleness(lake, STAGES)


def repair(lake: MemoryLake, found: list[StaleStage]) -> None:
    stages = {stage.name: stage for stage in STAGES}
    for entry in found:
        lake.run(stages[entry.stage], entry.run_date)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["usage_events", "accounts", "some"]), st.sampled_from(DAYS)), max_size=8))
def test_find__what_it_names_repairs_the_lake(steps: list[tuple[str, date]]) -> None:
    lake = MemoryLake()
    for what, day in steps:
        if what == "some":
            # A backfill that was killed half-way.
            looker = staleness(lake)
            found = looker.find(looker.dates())
            repair(lake, found[: len(found) // 2 + day.day])
        else:
            lake.commits(what).write([day] if what == "usage_events" else [], stage="ingest")
    looker = staleness(lake)
    found = looker.find(looker.dates())
    repair(lake, found)
    again = staleness(lake)
    assert again.find(again.dates()) == []
    held = {day for what, day in steps if what == "usage_events"}
    assert set(again.dates()) == held


def test_find__one_late_day_touches_its_window_and_every_later_ranking() -> None:
    lake = MemoryLake()
    lake.commits("usage_events").write(DAYS, stage="ingest")
    looker = staleness(lake)
    found = looker.find(looker.dates())
    assert all(entry.is_new for entry in found if entry.run_date == FIRST)
    repair(lake, found)
    lake.commits("usage_events").write(DAYS[1:2], stage="ingest")
    looker = staleness(lake)
    found = looker.find(looker.dates())
    assert [entry.stage for entry in found if entry.is_direct] == ["validate"]
    touched = {day: [e.stage for e in found if e.run_date == day] for day in DAYS}
    names = [stage.name for stage in STAGES]
    assert touched == {DAYS[0]: [], DAYS[1]: names, DAYS[2]: names[2:], DAYS[3]: names[2:], DAYS[4]: names[4:]}
    text = staleness_text(found, len(DAYS))
    assert "2020-03-02  validate to publish\n      validate: usage_events 2020-03-02 changed at version 1" in text
    assert "2020-03-05  rank, publish\n      rank: campaigns 2020-03-04 will be made again" in text
    assert text.endswith("4 of 5 dates, 16 stages to run")


def test_dates__a_mistyped_day_is_left_out_and_told() -> None:
    lake = MemoryLake()
    mistyped = date(9999, 3, 1)
    lake.commits("usage_events").write([*DAYS, mistyped], stage="ingest")
    looker = staleness(lake)
    assert looker.dates() == looker.dates(FIRST, mistyped) == DAYS
    assert looker.mistyped() == [mistyped]
    for found in ([], looker.find(looker.dates())):
        assert staleness_text(found, len(DAYS), [mistyped]).endswith(
            "\nleft out, long after all others: 9999-03-01; mistyped?"
        )


def test_stages_for__a_day_with_sightings_alone_starts_at_link() -> None:
    lake = MemoryLake()
    lake.commits("sightings").write(DAYS[:1], stage="ingest")
    looker = staleness(lake)
    assert looker.stages_for(FIRST)[0].name == "link"
    assert looker.missing(DAYS[:2]) == ["usage_events has nothing for 2020-03-02"]


def test_find__what_retention_removed_or_an_erasure_touched_is_not_out_of_date() -> None:
    lake = MemoryLake()
    lake.commits("usage_events").write(DAYS, stage="ingest")
    looker = staleness(lake)
    repair(lake, looker.find(looker.dates()))
    lake.commits("valid_usage").write(DAYS[:1], stage="retention", retired=[str(FIRST)])
    lake.commits("sightings").write([], stage="forget")
    lake.commits("campaigns").write(DAYS[:2], stage="forget")
    looker = staleness(lake)
    assert looker.find(looker.dates()) == []


def test_find__late_rows_of_a_day_whose_bad_rows_alone_were_retired() -> None:
    lake = MemoryLake()
    lake.commits("usage_events").write(DAYS, stage="ingest")
    looker = staleness(lake)
    repair(lake, looker.find(looker.dates()))
    lake.commits("quarantined_usage").write(DAYS[:1], stage="retention", retired=[str(FIRST)])
    looker = staleness(lake)
    assert looker.find(looker.dates()) == [], "what is left is current"
    lake.commits("usage_events").write(DAYS[:1], stage="ingest")
    looker = staleness(lake)
    late = looker.find(looker.dates())
    assert [(entry.run_date, entry.stage) for entry in late if entry.is_direct] == [(FIRST, "validate")]
    lake.commits("valid_usage").write(DAYS[:1], stage="retention", retired=[str(FIRST)])
    looker = staleness(lake)
    assert looker.find(looker.dates()) == [], "good rows are kept longest: the day's time is over"


def test_estimate__goes_by_the_last_few_times_of_each_stage() -> None:
    estimate = Estimate()
    assert estimate.seconds(["rank"]) is None
    for took in (100.0, 4.0, 4.0, 4.0, 4.0, 4.0):
        estimate.add(StageReport("rank", 5, FIRST, 0, {}, (), (), took))
    estimate.add(StageReport("link", 3, FIRST, 0, {}, (), (), 0.0, is_skipped=True))
    assert estimate.seconds(["rank", "rank"]) == 8.0
    assert estimate.seconds(["link"]) == 4.0, "a stage not measured yet takes as long as the others"


@pytest.mark.parametrize(("seconds", "text"), [(40, "40 s"), (700, "12 min"), (12600, "3.5 h")])
def test_duration_text__uses_a_persons_unit(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
