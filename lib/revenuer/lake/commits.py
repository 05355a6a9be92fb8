"""A Delta table's commits, read straight from its log through Hadoop's file system.

Asking Delta for its history costs a Spark job each time. The log's JSON files are a public format and opening one
takes milliseconds, on any store Spark can reach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import SparkSession

from revenuer.lake.files import FileSystem

# Nothing else that bears a commit's name: while one is being written, Delta keeps it as `.<version>.json.<id>.tmp`.
_COMMIT_FILE = re.compile(r"/(\d{20})\.json(?=[,}])")
_MERGE_METRICS = ("numTargetRowsInserted", "numTargetRowsUpdated")
# As writers and Delta itself spell a partition and a day: usage_date#12 = 2026-03-01, `usage_date` = date'2026-03-01',
# cast(usage_date as string) = '2026-03-01', and so on.
_DATE_COLUMN = r"(?<![\w.])(?:cast\s*\(\s*)?(?:\w+\.)?`?(?:usage_date|run_date)`?(?:#\d+L?)?(?:\s+as\s+\w+\s*\))?"
_DAY = r"(?:(?:cast|to_date|date)\s*)?\(?\s*(?:date\s*)?['\"\\]*{day}(?![\w-])"
_EQUAL = rf"{_DATE_COLUMN}\s*(?:==?|<=>)\s*{_DAY}|(?<![\w#-]){_DAY}['\"\\)]*\s*(?:==?|<=>)\s*{_DATE_COLUMN}"
_NAMED_DAYS = (_EQUAL, rf"{_DATE_COLUMN}\s+in\s*\((?:[^()]*,)?\s*{_DAY}")


@dataclass(frozen=True)
class Commit:
    """One commit of one table.

    Attributes:
        version: Delta version the commit made.
        committed_at: When, by the writer's clock (UTC).
        operation: Delta's name of the operation, for instance ``WRITE``.
        parameters: Delta's parameters of the operation.
        metrics: Delta's counts, as text.
        metadata: What Revenuer recorded: run_id, stage, partitions and so on; empty for other writers.
    """

    version: int
    committed_at: datetime
    operation: str
    parameters: Mapping[str, str]
    metrics: Mapping[str, str]
    metadata: Mapping[str, Any]

    @property
    def row_count(self) -> int:
        """Rows the commit wrote; of a merge, those inserted and updated."""
        names = _MERGE_METRICS if self.operation == "MERGE" else ("numOutputRows",)
        return sum(int(self.metrics.get(name, 0)) for name in names)

    @property
    def restored_version(self) -> int | None:
        """The version a rollback went back to; None of every other commit, and of a rollback to an instant."""
        version = self.parameters.get("version", "")
        return int(version) if self.operation == "RESTORE" and version.isdigit() else None

    def wrote(self, day: date) -> bool:
        """Whether the commit replaced the partition of a day, be it with no row at all."""
        text = day.isoformat()
        if text in self.metadata.get("partitions", ()):
            return True
        # Only a write that names the day itself declares it: a range may end where nothing has arrived yet, and what
        # compacts, merges or deletes brings no day.
        predicate = self.parameters.get("predicate", "") if self.operation == "WRITE" else ""
        if text not in predicate or re.search(r"\bnot\b", predicate, re.IGNORECASE):
            return False
        return any(re.search(named.replace("{day}", text), predicate, re.IGNORECASE) for named in _NAMED_DAYS)

    def retired(self, day: date) -> bool:
        """Whether the commit removed the partition of a day because its time was over."""
        return day.isoformat() in self.metadata.get("retired", ())


@dataclass(frozen=True)
class Change:
    """What data one commit changed.

    Attributes:
        days: Days of which files were added or removed, as ISO dates.
        filled: Those of which files were added.
        is_whole: Whether it changed files that belong to no day.
        since: First run date that it can matter to, ISO, where its writer said so.
    """

    days: frozenset[str]
    filled: frozenset[str]
    is_whole: bool
    since: str | None = None


class CommitLog:
    """The commits of the Delta table at a path.

    Args:
        spark: Session whose Hadoop configuration reaches the path.
        path: Root of the table.
    """

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._files = FileSystem(spark)
        self._path = f"{path}/_delta_log"

    def versions(self) -> list[int]:
        """All versions whose commit file is still there, oldest first; empty when there is no table."""
        return sorted(int(found) for found in set(_COMMIT_FILE.findall(self._files.listing(self._path))))

    def latest(self) -> int | None:
        """The current version, or None when there is no table."""
        return max(self.versions(), default=None)

    def has(self, version: int) -> bool:
        """Whether the commit file of a version is still there."""
        return self._files.exists(f"{self._path}/{version:020d}.json")

    def commit(self, version: int) -> Commit:
        """One commit, with what its writer recorded."""
        for line in self._files.lines(f"{self._path}/{version:020d}.json"):
            action = json.loads(line)
            if "commitInfo" in action:
                return _commit(version, action["commitInfo"])
        return _commit(version, {})

    def changes_schema(self, version: int) -> bool:
        """Whether a commit set the table's schema or properties; these come before the files it adds or removes."""
        for line in self._files.lines(f"{self._path}/{version:020d}.json"):
            if line.startswith('{"metaData"'):
                return True
            if line.startswith(('{"add"', '{"remove"')):
                return False
        return False

    def change(self, version: int, column: str | None) -> Change:
        """What data one commit changed, from its file actions: compaction and the like change none.

        Args:
            version: Version of the commit.
            column: The table's date partition; None where it has no partitions.
        """
        days, filled, is_whole = set(), set(), False
        for line in self._files.text(f"{self._path}/{version:020d}.json").split("\n"):
            if not line:
                continue
            action = json.loads(line)
            file = action.get("add") or action.get("remove")
            if not file or not file.get("dataChange", True):
                continue
            values = file.get("partitionValues") or {}
            if column is None or column not in values:
                is_whole = True
            elif values[column] is not None:
                days.add(values[column])
                if "add" in action:
                    filled.add(values[column])
        return Change(frozenset(days), frozenset(filled), is_whole)

    def newest_first(self, after: int = -1) -> Iterator[Commit]:
        """Commits from the newest down to, but without, a version."""
        for version in reversed(self.versions()):
            if version <= after:
                return
            yield self.commit(version)


def _commit(version: int, info: Mapping[str, Any]) -> Commit:
    try:
        metadata = json.loads(info.get("userMetadata") or "{}")
    except ValueError:
        metadata = {}
    return Commit(
        version=version,
        committed_at=datetime.fromtimestamp(info.get("timestamp", 0) / 1000, UTC),
        operation=str(info.get("operation", "UNKNOWN")),
        parameters={k: str(v) for k, v in info.get("operationParameters", {}).items()},
        metrics={k: str(v) for k, v in info.get("operationMetrics", {}).items()},
        metadata=metadata if isinstance(metadata, dict) else {},
    )
