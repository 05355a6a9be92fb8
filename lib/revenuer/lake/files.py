"""The few file operations the lake needs, on whatever store a path names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

# Stores that make a file only where there is none in one step.
_CLAIMING_STORES = frozenset({"hdfs", "abfs", "abfss"})
# Stores whose files can be seen while they are written, and that rename in one step.
_RENAMING_STORES = frozenset({"hdfs", "abfs", "abfss", "file"})


# `hdfs:/data` is as good as `hdfs://host/data`; one letter before the colon would be a drive.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def is_uri(path: str) -> bool:
    """Whether a path names its store, rather than a place on the local disk."""
    return _SCHEME.match(path) is not None


def is_hidden_name(name: str) -> bool:
    """Whether a file's or folder's name is one that writers do not mean for readers."""
    return name.startswith(("_", "."))


class Entry(NamedTuple):
    """A file or folder that was found.

    Attributes:
        path: Its path.
        is_file: Whether it is a file.
        is_hidden: Whether its name begins with ``_`` or ``.`` and nobody named it so; hidden folders are not entered.
    """

    path: str
    is_file: bool
    is_hidden: bool = False


class FileSystem:
    """The few file operations the lake needs, on whatever store a path names.

    Args:
        spark: Session whose Hadoop configuration applies.
    """

    def __init__(self, spark: SparkSession) -> None:
        self._spark = spark
        self._jvm: Any = spark._jvm
        # Looked up once, by its full name: each dot of `jvm.org.apache` is a search through all jars for such a class.
        self._path_class: Any = getattr(self._jvm, "org.apache.hadoop.fs.Path")

    def _open(self, path: str) -> tuple[Any, Any]:
        hadoop_path = self._path_class(path)
        configuration = self._spark._jsc.hadoopConfiguration()
        return hadoop_path.getFileSystem(configuration), hadoop_path

    def qualified(self, path: str) -> str:
        """An absolute path; plain on the local file system, with its scheme elsewhere."""
        local = path if is_uri(path) else str(Path(path).absolute())
        store, hadoop_path = self._open(local)
        full = str(store.makeQualified(hadoop_path).toString()).rstrip("/")
        default = str(self._spark._jsc.hadoopConfiguration().get("fs.defaultFS", "file:///"))
        is_plain = full.startswith("file:") and default.startswith("file:")
        return "/" + full.removeprefix("file:").lstrip("/") if is_plain else full

    def exists(self, path: str) -> bool:
        """Whether a file or directory is there."""
        store, hadoop_path = self._open(path)
        return bool(store.exists(hadoop_path))

    def claim(self, path: str) -> bool | None:
        """Make an empty file unless it is there; of several who try at once, one is told that it did.

        Returns:
            Whether this call made it; None on a store without an atomic way to do so.
        """
        if is_uri(path):
            store, hadoop_path = self._open(path)
            try:
                return bool(store.createNewFile(hadoop_path)) if store.getScheme() in _CLAIMING_STORES else None
            except (Py4JError, PySparkException):
                return None
        try:
            Path(path).parent.mkdir(exist_ok=True)
            Path(path).touch(exist_ok=False)
        except FileExistsError:
            return False
        except OSError:
            return None
        return True

    def write_whole(self, path: str, text: str) -> None:
        """Write a small text file in one step: readers find the old one, the new one, or none, but never a part."""
        content = text.encode()
        if not is_uri(path):
            target = Path(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
            part.write_bytes(content)
            part.replace(target)
            return
        store, target_path = self._open(path)
        if store.getScheme() not in _RENAMING_STORES:
            self._put(store, target_path, content)  # an object appears when it is complete
            return
        # As a sibling: renaming over a file in the same directory is what these stores do in one step.
        _, part_path = self._open(f"{path.rsplit('/', 1)[0]}/.{uuid.uuid4().hex}.tmp")
        self._put(store, part_path, content)
        rename = self._jvm.org.apache.hadoop.fs.Options.Rename
        gateway: Any = self._spark._sc._gateway
        options = gateway.new_array(rename, 1)
        options[0] = rename.OVERWRITE
        context = self._jvm.org.apache.hadoop.fs.FileContext.getFileContext(
            target_path.toUri(), self._spark._jsc.hadoopConfiguration()
        )
        context.rename(part_path, target_path, options)

    def _put(self, store: Any, hadoop_path: Any, content: bytes) -> None:
        stream = store.create(hadoop_path, True)
        try:
            stream.write(bytearray(content))
        finally:
            stream.close()

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

    def entries(self, path: str) -> list[str]:
        """Names of what lies directly in a directory, hidden entries too; none when there is no such directory."""
        store, hadoop_path = self._open(path)
        if not store.exists(hadoop_path):
            return []
        return sorted(str(status.getPath().getName()) for status in store.listStatus(hadoop_path))

    def touched_at(self, path: str) -> datetime:
        """When anything in a directory, or a file itself, was last written (UTC), by the store's clock.

        What vanishes meanwhile counts as written just now: somebody is at work there.
        """
        store, hadoop_path = self._open(path)
        try:
            newest = int(store.getFileStatus(hadoop_path).getModificationTime())
            pending = store.listFiles(hadoop_path, True)
            while pending.hasNext():
                newest = max(newest, int(pending.next().getModificationTime()))
        except (Py4JError, PySparkException):
            return datetime.now(UTC)
        return datetime.fromtimestamp(newest / 1000, UTC)

    def sizes(self, path: str) -> dict[str, int]:
        """Size in bytes of every file below a directory, by path relative to it; empty when it is not there."""
        store, hadoop_path = self._open(path)
        if not store.exists(hadoop_path):
            return {}
        start = len(str(store.makeQualified(hadoop_path).toString()).rstrip("/")) + 1
        sizes: dict[str, int] = {}
        pending = store.listFiles(hadoop_path, True)
        while pending.hasNext():
            status = pending.next()
            sizes[str(status.getPath().toString())[start:]] = int(status.getLen())
        return sizes

    def walk(self, pattern: str) -> list[Entry]:
        """Everything a path or glob names, directories entered; hidden entries are told, but not entered."""
        store, hadoop_path = self._open(pattern)
        # A name that exists literally is no glob, whatever brackets it holds.
        if store.exists(hadoop_path):
            pending = [(store.getFileStatus(hadoop_path), False)]
        else:
            asked = str(hadoop_path.toUri().getPath()).split("/")
            globbed = [(s, _unasked(s, asked)) for s in store.globStatus(hadoop_path) or []]
            pending = [(s, any(hidden)) for s, hidden in globbed if not any(hidden[:-1])]
        entries = []
        while pending:
            status, is_hidden = pending.pop()
            path = status.getPath()
            entry = Entry(str(path.toString()), bool(status.isFile()), is_hidden)
            entries.append(entry)
            if not entry.is_file and not is_hidden:
                pending.extend((s, is_hidden_name(str(s.getPath().getName()))) for s in store.listStatus(path))
        return sorted(entries)

    def text(self, path: str) -> str:
        """A whole text file, in one call."""
        store, hadoop_path = self._open(path)
        stream = store.open(hadoop_path)
        try:
            return str(self._jvm.org.apache.commons.io.IOUtils.toString(stream, "UTF-8"))
        finally:
            stream.close()

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


def _unasked(status: Any, asked: Sequence[str]) -> list[bool]:
    """Of each name in a path that a glob found, whether it is hidden and not written out in the glob, as shells ask."""
    found = str(status.getPath().toUri().getPath()).split("/")
    return [is_hidden_name(name) and not is_hidden_name(wanted) for name, wanted in zip(found, asked, strict=False)]
