"""Which commits made a table what it is, day by day; every commit is read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import islice

from revenuer.lake.changed_rows import SINCE
from revenuer.lake.commits import Change, Commit, CommitLog

# In a commit's metadata: a version of its table that the writer looked at, and the days that version held.
_HELD = "held_days"


class Ancestry:
    """The commits of one table, as they follow from each other: what a rollback undid is no part of it.

    Args:
        log: The table's log.
        column: Its date partition; None where it has no partitions.
    """

    def __init__(self, log: CommitLog, column: str | None) -> None:
        self._log = log
        self._column = column
        self._commits: dict[int, Commit] = {}
        self._changes: dict[int, Change] = {}

    def refresh(self) -> None:
        """Look for new commits when next asked."""
        self.__dict__.pop("versions", None)

    @cached_property
    def versions(self) -> frozenset[int]:
        """Versions whose commit is still on record."""
        return frozenset(self._log.versions())

    @property
    def latest(self) -> int | None:
        """The current version, or None when there is no table."""
        return max(self.versions, default=None)

    @property
    def is_complete(self) -> bool:
        """Whether no commit was cleaned away yet."""
        return not self.versions or 0 in self.versions

    def commit(self, version: int) -> Commit:
        """One commit."""
        if version not in self._commits:
            self._commits[version] = self._log.commit(version)
        return self._commits[version]

    def change(self, version: int) -> Change:
        """What data one commit changed: our own commits say so, other writers' file actions are looked at."""
        if version not in self._changes:
            commit = self.commit(version)
            if commit.metadata.get("partitions"):
                days = frozenset(commit.metadata["partitions"])
                found = Change(days, days - frozenset(commit.metadata.get("retired", ())), is_whole=False)
            else:
                found = replace(self._log.change(version, self._column), since=commit.metadata.get(SINCE))
            self._changes[version] = found
        return self._changes[version]

    def changes_since(self, version: int | None) -> list[Commit] | None:
        """Commits that tell the table now from the table at a version, newest first, those rolled back included.

        Args:
            version: The version to compare with; None for before there was a table.

        Returns:
            The commits; None where the log does not know them all any more.
        """
        if version == self.latest:
            return []
        ours, theirs = (self._line(-1 if end is None else end) for end in (self.latest, version))
        found = []
        ours_at, theirs_at = next(ours, None), next(theirs, None)
        while ours_at != theirs_at:
            if theirs_at is None or (ours_at is not None and ours_at > theirs_at):
                found.append(ours_at)
                ours_at = next(ours, None)
            else:
                found.append(theirs_at)
                theirs_at = next(theirs, None)
        if ours_at is None:
            return None
        return [self.commit(step) for step in found if step is not None]

    def commits_of(self, day: date) -> Iterator[Commit]:
        """Commits that changed a day's rows, newest first."""
        # Nobody computes a day before it began, so a young day costs a few commits however old the table is.
        is_past = day <= datetime.now(UTC).date()
        for version in self._line(-1 if self.latest is None else self.latest):
            if version not in self.versions:
                return
            commit = self.commit(version)
            if is_past and commit.committed_at.date() < day:
                return
            change = self.change(version)
            if change.is_whole or day.isoformat() in change.days:
                yield commit

    def wrote(self, day: date, most: int | None = None) -> bool | None:
        """Whether a day was written and is kept, be it with no row at all.

        Args:
            day: The day.
            most: How many commits to look at, the newest first; all when omitted.

        Returns:
            What the newest commit says that wrote or retired the day; None where none of them did, or where another
            program changed the day later: then only its rows can tell.
        """
        for version in islice(self._line(-1 if self.latest is None else self.latest), most):
            if version not in self.versions:
                return None
            commit = self.commit(version)
            if commit.retired(day) or commit.wrote(day):
                return not commit.retired(day)
            # What we do beside replacing days, such as erasing an account, leaves them there.
            if "write_id" not in commit.metadata and self._may_undo(commit, day):
                return None
        return None

    def _may_undo(self, commit: Commit, day: date) -> bool:
        """Whether another program's commit may have taken back what was said of a day before."""
        if commit.operation == "RESTORE" or "REPLACE TABLE" in commit.operation:
            return True  # to an instant, or to nothing: it may have undone a day without any file, too
        change = self.change(commit.version)
        if change.is_whole:
            # In a table without partitions: appended rows take nothing away, nor do those that replace what they name.
            names_rows = commit.parameters.get("predicate", "[]") not in ("", "[]")
            return commit.operation != "WRITE" or not (names_rows or commit.parameters.get("mode") == "Append")
        return day.isoformat() in change.days

    def days(self) -> tuple[set[date], bool]:
        """Days the table holds, and whether the log could tell them all."""
        seen: set[str] = set()
        held: set[str] = set()
        told: dict[int, set[str]] = {}
        is_certain = self.is_complete
        for version in self._line(-1 if self.latest is None else self.latest):
            if version not in self.versions:
                break
            if version in told:
                held |= told[version] - seen
                is_certain = False  # nobody wrote down whether the log could tell all of these
                break
            record = self.commit(version).metadata.get(_HELD)
            if record:
                looked_at, *known = str(record).split()
                told[int(looked_at)] = set(known)
            change = self.change(version)
            # A day that another writer only took files from may keep rows of earlier files: the table must be asked.
            is_replaced = bool(self.commit(version).metadata.get("partitions"))
            is_known = is_replaced or change.days <= change.filled | seen
            is_certain = is_certain and is_known and not change.is_whole
            held |= change.filled - seen
            seen |= change.days
        return {date.fromisoformat(day) for day in held}, is_certain

    def _line(self, version: int) -> Iterator[int]:
        """A version and those it came from, newest first; the last one is the first that is not on record."""
        while version in self.versions:
            back = self.commit(version).restored_version
            if back is None:
                yield version
                version -= 1
            else:
                version = back
        yield version


def held_record(version: int | None, days: Iterable[date]) -> dict[str, str]:
    """What a writer adds to its commit's metadata for :meth:`Ancestry.days` to look no further back than that.

    Args:
        version: The table's version that the writer looked at; None where there was no table.
        days: All days that version held.
    """
    return {} if version is None else {_HELD: " ".join([str(version), *map(str, sorted(days))])}
