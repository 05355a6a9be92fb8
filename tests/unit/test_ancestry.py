"""Which commits tell one state of a table from another, over generated histories with rollbacks and lost logs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revenuer.lake.ancestry import Ancestry, held_record
from revenuer.lake.commits import Change, Commit

DAYS = ("2020-03-01", "2020-03-02", "2020-03-03")
WHEN = datetime(2020, 3, 5, 4, 10, tzinfo=UTC)


class Log:
    """A commit log in memory: a step is a set of days written, or the version it rolls back to."""

    def __init__(self, steps: list[frozenset[str] | int], lost: int = 0) -> None:
        self.steps = steps
        self.lost = lost
        self.reads: list[int] = []

    def versions(self) -> list[int]:
        return list(range(self.lost, len(self.steps)))

    def commit(self, version: int) -> Commit:
        assert version >= self.lost, "a lost commit was read"
        self.reads.append(version)
        step = self.steps[version]
        is_rollback = isinstance(step, int)
        parameters = {"version": str(step)} if is_rollback else {}
        return Commit(version, WHEN, "RESTORE" if is_rollback else "WRITE", parameters, {}, {})

    def change(self, version: int, column: str | None) -> Change:
        step = self.steps[version]
        days = frozenset(DAYS) if isinstance(step, int) else step
        return Change(days, days, is_whole=False)


def states_of(steps: list[frozenset[str] | int]) -> list[dict[str, int]]:
    """The truth: by version, which version wrote each day's rows."""
    states: list[dict[str, int]] = []
    for version, step in enumerate(steps):
        before = states[-1] if states else {}
        states.append(states[step] if isinstance(step, int) else {**before, **dict.fromkeys(step, version)})
    return states


@st.composite
def histories(draw: st.DrawFn) -> list[frozenset[str] | int]:
    steps: list[frozenset[str] | int] = [draw(st.frozensets(st.sampled_from(DAYS)))]
    for version in range(1, draw(st.integers(1, 12))):
        steps.append(draw(st.frozensets(st.sampled_from(DAYS)) | st.integers(0, version - 1)))
    return steps


def ancestry_of(steps: list[frozenset[str] | int], lost: int = 0) -> Ancestry:
    return Ancestry(Log(steps, lost), "usage_date")


@given(histories(), st.data())
def test_changes_since__miss_no_day_that_differs(steps: list[frozenset[str] | int], data: st.DataObject) -> None:
    version = data.draw(st.none() | st.integers(0, len(steps) - 1))
    table = ancestry_of(steps)
    changes = table.changes_since(version)
    assert changes is not None
    told = {day for commit in changes for day in table.change(commit.version).days}
    states = states_of(steps)
    then = {} if version is None else states[version]
    assert told >= {day for day in DAYS if then.get(day) != states[-1].get(day)}
    assert not [commit for commit in changes if commit.operation == "RESTORE"]
    if all(not isinstance(step, int) for step in steps):
        after = -1 if version is None else version
        assert [commit.version for commit in changes] == list(range(len(steps) - 1, after, -1))


@given(histories(), st.data())
def test_changes_since__a_rollback_to_what_was_read_is_no_change(
    steps: list[frozenset[str] | int], data: st.DataObject
) -> None:
    version = data.draw(st.integers(0, len(steps) - 1))
    assert ancestry_of([*steps, version]).changes_since(version) == []


@given(histories(), st.sampled_from(DAYS))
def test_commits_of__begin_with_the_commit_that_wrote_the_day(steps: list[frozenset[str] | int], day: str) -> None:
    newest = next(ancestry_of(steps).commits_of(date.fromisoformat(day)), None)
    assert (newest.version if newest else None) == states_of(steps)[-1].get(day)


@given(histories(), st.data())
def test_changes_since__is_unknown_or_right_where_the_log_was_cleaned(
    steps: list[frozenset[str] | int], data: st.DataObject
) -> None:
    lost, version = data.draw(st.integers(0, len(steps) - 1)), data.draw(st.integers(0, len(steps) - 1))
    changes = ancestry_of(steps, lost).changes_since(version)
    whole = ancestry_of(steps).changes_since(version)
    assert whole is not None
    if changes is not None:
        assert [commit.version for commit in changes] == [commit.version for commit in whole]


def test_changes_since__a_table_made_anew_is_unknown() -> None:
    assert ancestry_of([frozenset(DAYS)]).changes_since(5) is None


def test_commits_of__a_young_day_reads_few_commits_of_an_old_table() -> None:
    log = Log([frozenset(DAYS)] * 50)
    assert not list(Ancestry(log, "usage_date").commits_of(date(2020, 3, 6)))
    assert log.reads == [49]


def test_days__are_those_with_rows_and_say_when_some_may_be_missing() -> None:
    table = ancestry_of([frozenset({DAYS[0]}), frozenset({DAYS[1]}), 0])
    assert table.days() == ({date(2020, 3, 1)}, True)
    assert ancestry_of([frozenset({DAYS[0]}), frozenset({DAYS[1]})], lost=1).days() == ({date(2020, 3, 2)}, False)


class Removing(Log):
    """A log whose newest commit takes files of its days away and adds none."""

    def __init__(self, steps: list[frozenset[str] | int], *, is_ours: bool) -> None:
        super().__init__(steps)
        self.is_ours = is_ours

    def commit(self, version: int) -> Commit:
        found = super().commit(version)
        is_last = version == len(self.steps) - 1
        return replace(found, metadata={"partitions": [DAYS[0]]}) if is_last and self.is_ours else found

    def change(self, version: int, column: str | None) -> Change:
        found = super().change(version, column)
        return replace(found, filled=frozenset()) if version == len(self.steps) - 1 else found


def test_days__what_another_writer_took_files_from_may_keep_rows() -> None:
    day = frozenset({DAYS[0]})
    _, is_certain = Ancestry(Removing([day, day, day], is_ours=False), "usage_date").days()
    assert not is_certain, "the second commit's rows may be there still"
    _, is_certain = Ancestry(Removing([day, day, day], is_ours=True), "usage_date").days()
    assert is_certain, "we replace a whole day"


class Ours(Log):
    """A log of our own commits and of rollbacks; some of ours say what an earlier version held."""

    def __init__(self, steps: list[frozenset[str] | int], records: dict[int, dict[str, str]] | None = None) -> None:
        super().__init__(steps)
        self.records = records or {}

    def commit(self, version: int) -> Commit:
        step = self.steps[version]
        days = [] if isinstance(step, int) else sorted(step)
        ours = {"write_id": "w", "partitions": days, **self.records.get(version, {})}
        return replace(super().commit(version), metadata={} if isinstance(step, int) else ours)


@given(histories(), st.sampled_from(DAYS), st.none() | st.integers(1, 4))
def test_wrote__is_what_was_written_and_not_rolled_back(
    steps: list[frozenset[str] | int], day: str, most: int | None
) -> None:
    found = Ancestry(Ours(steps), "usage_date").wrote(date.fromisoformat(day), most)
    is_written = day in states_of(steps)[-1]
    assert found in ({True, None} if is_written else {None})
    if most is None:
        assert bool(found) == is_written


@given(histories(), st.data())
def test_days__are_the_same_where_commits_say_what_an_earlier_version_held(
    steps: list[frozenset[str] | int], data: st.DataObject
) -> None:
    records = {}
    for version in range(1, len(steps)):
        looked_at = data.draw(st.none() | st.integers(0, version - 1))
        if looked_at is not None:
            known, _ = Ancestry(Ours(steps[: looked_at + 1]), "usage_date").days()
            records[version] = held_record(looked_at, known)
    assert Ancestry(Ours(steps, records), "usage_date").days()[0] == Ancestry(Ours(steps), "usage_date").days()[0]


def test_days__look_no_further_back_than_what_a_commit_says() -> None:
    records = {49: held_record(48, [date.fromisoformat(DAYS[0])])}
    log = Ours([frozenset({DAYS[0]})] * 49 + [frozenset({DAYS[1]})], records)
    assert Ancestry(log, "usage_date").days()[0] == {date(2020, 3, 1), date(2020, 3, 2)}
    assert log.reads == [49, 48]
    assert held_record(None, []) == {}, "there was no table"


WHOLE = Change(frozenset(), frozenset(), is_whole=True)
OF_THE_DAY = Change(frozenset(DAYS[:1]), frozenset(), is_whole=False)


@pytest.mark.parametrize(
    ("later", "change", "found"),
    [
        (("DELETE", {}, {}), OF_THE_DAY, None),
        (("DELETE", {}, {}), replace(OF_THE_DAY, days=frozenset(DAYS[1:])), True),
        (("DELETE", {}, {}), WHOLE, None),
        (("RESTORE", {"timestamp": "2020-03-04"}, {}), OF_THE_DAY, None),
        (("WRITE", {"mode": "Append", "predicate": "[]"}, {}), OF_THE_DAY, None),
        (("WRITE", {"mode": "Append", "predicate": "[]"}, {}), WHOLE, True),
        (("WRITE", {"mode": "Overwrite", "predicate": "[usage_date = '2020-03-02']"}, {}), WHOLE, True),
        (("WRITE", {"mode": "Overwrite", "predicate": "[]"}, {}), WHOLE, None),
        (("WRITE", {"mode": "Overwrite", "predicate": "[usage_date = '2020-03-01']"}, {}), OF_THE_DAY, True),
        (("MERGE", {}, {"write_id": "w", "stage": "forget"}), OF_THE_DAY, True),
        (("WRITE", {}, {"write_id": "w", "partitions": DAYS[:1], "retired": DAYS[:1]}), OF_THE_DAY, False),
    ],
)
def test_wrote__another_programs_change_of_the_day_leaves_it_to_the_rows(
    later: tuple[str, dict[str, str], dict[str, Any]], change: Change, found: bool | None
) -> None:
    class Later(Ours):
        def commit(self, version: int) -> Commit:
            operation, parameters, metadata = later
            last = Commit(1, WHEN, operation, parameters, {}, metadata)
            return last if version else super().commit(version)

        def change(self, version: int, column: str | None) -> Change:
            return change

    table = Ancestry(Later([frozenset(DAYS), frozenset(DAYS)]), "usage_date")
    assert table.wrote(date.fromisoformat(DAYS[0])) is found
