"""Which commits made a table what it is, day by day; every commit is read once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property

from revenuer.lake.changed_rows import SINCE
from revenuer.lake.commits import Change, Commit, CommitLog


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

    def days(self) -> tuple[set[date], bool]:
        """Days the table holds, and whether the log could tell them all."""
        seen: set[str] = set()
        held: set[str] = set()
        is_certain = self.is_complete
        for version in self._line(-1 if self.latest is None else self.latest):
            if version not in self.versions:
                break
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
