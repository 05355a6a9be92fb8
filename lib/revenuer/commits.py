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
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

# Nothing else that bears a commit's name: while one is being written, Delta keeps it as `.<version>.json.<id>.tmp`.
_COMMIT_FILE = re.compile(r"/(\d{20})\.json(?=[,}])")
_ATOMIC_STORES = frozenset({"hdfs", "abfs", "abfss"})
_MERGE_METRICS = ("numTargetRowsInserted", "numTargetRowsUpdated")


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

    def wrote(self, day: date) -> bool:
        """Whether the commit replaced the partition of a day, be it with no row at all."""
        text = day.isoformat()
        return text in self.metadata.get("partitions", ()) or text in self.parameters.get("predicate", "")


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

    def commit(self, version: int) -> Commit:
        """One commit, with what its writer recorded."""
        for line in self._files.lines(f"{self._path}/{version:020d}.json"):
            action = json.loads(line)
            if "commitInfo" in action:
                return _commit(version, action["commitInfo"])
        return _commit(version, {})

    def newest_first(self, after: int = -1) -> Iterator[Commit]:
        """Commits from the newest down to, but without, a version."""
        for version in reversed(self.versions()):
            if version <= after:
                return
            yield self.commit(version)


class FileSystem:
    """The few file operations the lake needs, on whatever store a path names.

    Args:
        spark: Session whose Hadoop configuration applies.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._jvm: Any = spark._jvm

    def _open(self, path: str) -> tuple[Any, Any]:
        hadoop_path = self._jvm.org.apache.hadoop.fs.Path(path)
        configuration = self._spark._jsc.hadoopConfiguration()
        return hadoop_path.getFileSystem(configuration), hadoop_path

    def qualified(self, path: str) -> str:
        """An absolute path; plain on the local file system, with its scheme elsewhere."""
        is_uri = "://" in path or path.startswith("file:")
        local = path if is_uri else str(Path(path).absolute())
        store, hadoop_path = self._open(local)
        full = str(store.makeQualified(hadoop_path).toString()).rstrip("/")
        default = str(self._spark._jsc.hadoopConfiguration().get("fs.defaultFS", "file:///"))
        is_plain = full.startswith("file:") and default.startswith("file:")
        return "/" + full.removeprefix("file:").lstrip("/") if is_plain else full

    def exists(self, path: str) -> bool:
        """Whether a file or directory is there."""
        store, hadoop_path = self._open(path)
        return bool(store.exists(hadoop_path))

    def claim(self, path: str) -> bool:
        """Make an empty file unless it is there; of several who try at once, one is told that it did.

        Stores without an atomic way to do so always say no.
        """
        if "://" in path:
            store, hadoop_path = self._open(path)
            try:
                return store.getScheme() in _ATOMIC_STORES and bool(store.createNewFile(hadoop_path))
            except (Py4JError, PySparkException):
                return False
        try:
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).touch(exist_ok=False)
        except OSError:
            return False
        return True

    def delete(self, path: str) -> None:
        """Remove a file or a directory with all it holds."""
        store, hadoop_path = self._open(path)
        store.delete(hadoop_path, True)

    def listing(self, path: str) -> str:
        """Names of a directory's entries as one text, in one call; empty when there is no such directory."""
        store, hadoop_path = self._open(path)
        if not store.exists(hadoop_path):
            return ""
        paths = self._jvm.org.apache.hadoop.fs.FileUtil.stat2Paths(store.listStatus(hadoop_path))
        return str(self._jvm.org.apache.commons.lang3.ArrayUtils.toString(paths))

    def walk(self, pattern: str) -> list[tuple[str, bool]]:
        """Everything a path or glob names, directories entered.

        Returns:
            Pairs of path and whether it is a file; hidden entries (``_`` or ``.`` first) are left out.
        """
        store, hadoop_path = self._open(pattern)
        # A name that exists literally is no glob, whatever brackets it holds.
        found = [store.getFileStatus(hadoop_path)] if store.exists(hadoop_path) else store.globStatus(hadoop_path)
        pending = list(found or [])
        entries = []
        while pending:
            status = pending.pop()
            path = status.getPath()
            is_file = bool(status.isFile())
            entries.append((str(path.toString()), is_file))
            if not is_file:
                pending.extend(s for s in store.listStatus(path) if str(s.getPath().getName())[:1] not in "._")
        return sorted(entries)

    def lines(self, path: str) -> Iterator[str]:
        """Lines of a text file, read as far as they are asked for."""
        store, hadoop_path = self._open(path)
        stream = store.open(hadoop_path)
        try:
            reader = self._jvm.java.io.BufferedReader(self._jvm.java.io.InputStreamReader(stream, "UTF-8"))
            while (line := reader.readLine()) is not None:
                yield str(line)
        finally:
            stream.close()


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
