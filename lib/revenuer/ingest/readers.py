"""The formats that files may have. Adding one is a function and an entry in :data:`READERS`."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession

from revenuer.errors import ConfigError, ContractError
from revenuer.lake.files import FileSystem
from revenuer.session import SPARK_ERRORS, first_line

FILE = "_file"
CORRUPT = "_corrupt_record"
EXAMPLE_LENGTH = 80
"""Characters of a cell or row that an error quotes."""
NANOSECONDS_AS_LONG = "spark.sql.legacy.parquet.nanosAsLong"
_PARTITION = re.compile(r"(?:^|/)(\w+)=([^/]*)")
_DAY = re.compile(r"usage_date=(\d{4}-\d{2}-\d{2})(?![\d-])")
_FORMAT_OF_SUFFIX = {
    ".parquet": "parquet", ".pq": "parquet", ".csv": "csv", ".csv.gz": "csv", ".jsonl": "jsonl", ".json": "jsonl",
    ".ndjson": "jsonl", ".jsonl.gz": "jsonl", ".json.gz": "jsonl", ".ndjson.gz": "jsonl",
}  # fmt: skip
# Left by writers that have ended: beside them nothing is missing.
_MARKER = re.compile(r"_SUCCESS|_committed.*|_started.*|.*\.crc|\.DS_Store")

Options = dict[str, bool | float | int | str | None]


@dataclass(frozen=True)
class Source:
    """Files of one schema, as they are.

    Attributes:
        files: Their paths.
        frame: Their rows, with the path in column ``_file`` and, for text formats, the raw text of an unreadable row
            in ``_corrupt_record``.
        has_nanoseconds: Whether bigints may be timestamps in nanoseconds.
    """

    files: tuple[str, ...]
    frame: DataFrame
    has_nanoseconds: bool = False


@dataclass(frozen=True)
class Found:
    """What a path names.

    Attributes:
        files: Paths by format.
        days: Days that stand in the path of a file or folder as ``usage_date=YYYY-MM-DD``.
        ignored: Files of no known format.
    """

    files: Mapping[str, tuple[str, ...]]
    days: tuple[date, ...]
    ignored: tuple[str, ...]


def find(spark: SparkSession, path: str, fmt: str | None) -> Found:
    """List what a file, glob or folder holds.

    Args:
        spark: Session whose file systems apply.
        path: What the user named.
        fmt: Format of all files; None goes by each file's name.

    Raises:
        ConfigError: There is no such file, or none whose format is known.
        ContractError: A folder's ``usage_date=`` is no date, or a day has files but none that can be read: their format
            is not known, or they are hidden, as a writer that has not ended keeps them.
    """
    store = FileSystem(spark)
    entries = store.walk(store.qualified(path))
    if not entries:
        raise ConfigError(f"there is nothing at {path}", fix="name a file, a glob in quotes, or a folder")
    files: dict[str, list[str]] = {}
    ignored: list[str] = []
    days: set[date] = set()
    read_days: set[date | None] = set()
    unread: dict[date, list[str]] = {}
    wrong: list[str] = []
    for name, is_file, is_hidden in entries:
        shown = readable(name)
        day = None
        try:
            day = day_of(shown)
        except ValueError:
            wrong.append(f"{shown}: its usage_date= is no date like 2026-03-01")
        if is_hidden:
            # What a writer that was killed, or is still at work, keeps there.
            if day and not _MARKER.fullmatch(shown.rsplit("/", 1)[-1]):
                unread.setdefault(day, []).append(shown)
            continue
        if day:
            days.add(day)
        if is_file:
            lowered = shown.lower()
            known = fmt or next((f for s, f in _FORMAT_OF_SUFFIX.items() if lowered.endswith(s)), None)
            if known:
                files.setdefault(known, []).append(name)
                read_days.add(day)
                continue
            ignored.append(shown)
            if day:
                unread.setdefault(day, []).append(shown)
    if wrong:
        raise ContractError(f"cannot load {path}", wrong, "name the folders usage_date=YYYY-MM-DD")
    if not files and ignored:
        raise ConfigError(
            f"the format of {ignored[0]} is not known from its name", fix=f"add --format {'|'.join(READERS)}"
        )
    # Left out, they would make the day an empty one and take the rows it has.
    lost = [f"{day}: {', '.join(names)}" for day, names in sorted(unread.items()) if day not in read_days]
    if lost:
        raise ContractError(
            f"cannot load {path}: no file of some days is of a known format and whole", lost,
            "write these files in a known format, and to their end, or take them away to declare the day empty;"
            " nothing was written",
        )  # fmt: skip
    if not files and not days:
        raise ConfigError(f"there are no files in {path}", fix="name a file, a glob in quotes, or a folder")
    return Found({k: tuple(v) for k, v in files.items()}, tuple(sorted(days)), tuple(ignored))


def day_of(path: str) -> date | None:
    """The day that stands in a path as ``usage_date=``, if one does.

    Raises:
        ValueError: What stands there is no date.
    """
    named = [value for key, value in _PARTITION.findall(path) if key == "usage_date"]
    if not named:
        return None
    found = _DAY.search(path)
    if not found:
        raise ValueError(named[-1])
    return date.fromisoformat(found[1])


def path_keys(path: str) -> set[str]:
    """Names of the Hive partitions that stand in a path."""
    return {key for key, _ in _PARTITION.findall(path)}


def readable(uri: str) -> str:
    """A file's path as a person writes it."""
    plain = unquote(uri) if "%" in uri else uri
    return "/" + plain.removeprefix("file:").lstrip("/") if plain.startswith("file:") else plain


def read_parquet(spark: SparkSession, files: Sequence[str]) -> list[Source]:
    """Parquet files, grouped by schema, since Spark would take the first file's for all."""
    groups: dict[tuple[str, bool], list[str]] = {}
    for file in files:
        spark.conf.set(NANOSECONDS_AS_LONG, "false")
        try:
            schema, nanoseconds = spark.read.parquet(literal(file)).schema, False
        except SPARK_ERRORS as error:
            if "NANOS" not in str(error):
                raise unreadable(file, "Parquet", error) from None
            spark.conf.set(NANOSECONDS_AS_LONG, "true")
            schema, nanoseconds = spark.read.parquet(literal(file)).schema, True
        groups.setdefault((schema.json(), nanoseconds), []).append(file)
    # Needed while the frames are executed, and harmless to files without nanoseconds.
    spark.conf.set(NANOSECONDS_AS_LONG, "true")
    return [
        Source(tuple(group), _with_file(spark.read.parquet(*map(literal, group))), nanoseconds)
        for (_, nanoseconds), group in groups.items()
    ]


def read_csv(spark: SparkSession, files: Sequence[str]) -> list[Source]:
    """CSV files with a header line, grouped by it; every cell as text."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for file in files:
        try:
            # Spark's reader passes over empty lines, and over a byte order mark alone in one; the header comes after.
            head = spark.read.text(literal(file)).where("replace(value, '\ufeff', '') <> ''").first()
        except SPARK_ERRORS as error:
            raise unreadable(file, "CSV", error) from None
        names = next(csv.reader([head["value"].removeprefix("\ufeff")]), []) if head else []
        # pandas leaves the header of its index empty.
        columns = tuple(name.strip().replace("`", "") or f"unnamed_{n}" for n, name in enumerate(names, 1))
        lowered = [name.lower() for name in columns]
        repeated = sorted({name for name in columns if lowered.count(name.lower()) > 1})
        if repeated:
            raise ContractError(f"{readable(file)}: column {repeated[0]} stands twice in the header", fix="keep one")
        groups.setdefault(columns, []).append(file)
    sources = []
    for columns, group in groups.items():
        if not columns:
            continue  # an empty file declares its day, if its path names one, and holds nothing
        schema = ", ".join(f"`{name}` string" for name in (*columns, CORRUPT))
        # Without column pruning Spark notices rows with too few or too many cells.
        options: Options = {"header": True, "multiLine": True, "quote": '"', "escape": '"', "columnPruning": False,
                   "columnNameOfCorruptRecord": CORRUPT, "encoding": "UTF-8"}  # fmt: skip
        frame = spark.read.schema(schema).options(**options).csv([literal(file) for file in group])
        sources.append(Source(tuple(group), _with_file(frame)))
    return sources


def read_jsonl(spark: SparkSession, files: Sequence[str]) -> list[Source]:
    """JSON: one object a line, or one array of objects in a file; every value as text."""
    groups: dict[bool, list[str]] = {}
    for file in files:
        try:
            head = spark.read.text(literal(file)).where("trim(value) <> ''").first()
        except SPARK_ERRORS as error:
            raise unreadable(file, "JSON", error) from None
        if head:
            groups.setdefault(head["value"].lstrip("\ufeff ").startswith("["), []).append(file)
    sources = []
    for is_array, group in groups.items():
        options: Options = {"primitivesAsString": True, "multiLine": is_array, "columnNameOfCorruptRecord": CORRUPT}
        try:
            frame = spark.read.options(**options).json([literal(file) for file in group])
        except SPARK_ERRORS as error:
            raise unreadable(group[0] if len(group) == 1 else f"one of {len(group)} files", "JSON", error) from None
        if frame.columns == [CORRUPT]:
            raise unreadable(group[0], "JSON", ValueError("no line holds an object"))
        sources.append(Source(tuple(group), _with_file(frame)))
    return sources


READERS: Mapping[str, Callable[[SparkSession, Sequence[str]], list[Source]]] = {
    "parquet": read_parquet,
    "csv": read_csv,
    "jsonl": read_jsonl,
}
"""Reader by format name."""


def literal(path: str) -> str:
    """A path that Spark does not take for a glob."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", path)


def unreadable(file: str, what: str, error: Exception) -> ContractError:
    """The error of a file that is not what its name says."""
    fix = "write the file again, or name its --format"
    return ContractError(f"{readable(file)} cannot be read as {what}", [first_line(error)], fix)


def _with_file(frame: DataFrame) -> DataFrame:
    return frame.selectExpr("*", f"_metadata.file_path as {FILE}")
