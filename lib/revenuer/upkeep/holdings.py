"""What lies in a lake: tables of which version and format, files that are missing, files that nothing refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from pyspark.sql import DataFrame

from revenuer.errors import LakeError
from revenuer.lake.files import is_hidden_name
from revenuer.lake.lake import Lake
from revenuer.lake.older import pin_of, stored_tables
from revenuer.lake.tablespace import CREATED_BY_US
from revenuer.tables import contract_of
from revenuer.upkeep.checkup import Check

_ENGINES = "delta-rs, DuckDB and Trino could no longer read it"
_UNREADABLE_FEATURES = frozenset({"deletionVectors", "columnMapping", "typeWidening", "typeWidening-preview"})
_LOG_SCHEMA = "add struct<path: string>, remove struct<path: string>"
_VACUUM = "fix: `revenuer vacuum`"


def broken(name: str, found: str) -> Check:
    """A check that says the lake is broken."""
    return Check(name, False, found.replace("\n", " "), LakeError.exit_code)


def versions(lake: Lake) -> Iterator[Check]:
    """Tables of another version than this package writes."""
    for table in stored_tables(lake):
        name = table.table_name
        if table.relation == "older":
            _ = lake.view(name).schema  # raises where it cannot be read
            yield Check(f"table {name}", True, f"an older version, still readable: lake.view('{name}')")
        elif table.relation == "newer":
            found = f"newer than this package writes ({contract_of(name.rsplit('_v', 1)[0]).table_name})"
            yield broken(f"table {name}", f"{found}; fix: upgrade Revenuer")
        elif table.relation == "unknown":
            yield Check(f"table {name}", True, "no table of Revenuer's; it is left alone")


def formats(lake: Lake, names: Sequence[str]) -> Iterator[Check]:
    """Whether our tables are such that every Delta reader opens them."""
    plain = 0
    for name in names:
        target = f"delta.`{lake.table_path(name).replace('`', '``')}`"
        (detail,) = lake.spark.sql(f"describe detail {target}").collect()
        if CREATED_BY_US not in (detail["properties"] or {}):
            continue  # its owners may store it as they like
        wrong = sorted(_UNREADABLE_FEATURES & set(detail["tableFeatures"] or ()))
        if detail["minReaderVersion"] > 1 and not wrong:
            wrong = [f"reader version {detail['minReaderVersion']}"]
        if not wrong:
            plain += 1
            continue
        dropping = " ".join(f"`alter table {target} drop feature {feature}`" for feature in wrong)
        yield broken(f"table {name}", f"needs {', '.join(wrong)}: {_ENGINES}; fix: {dropping}")
    yield Check("table formats", True, f"{plain} tables are plain Delta")


def data_files(lake: Lake, names: Sequence[str], pins: Mapping[str, int]) -> Iterator[Check]:
    """Files that tables refer to and that are missing, and files that nothing refers to."""
    named = _named_files(lake, names)
    orphan_count = orphan_bytes = lost_count = 0
    for name in names:
        path = lake.table_path(name)
        sizes = {file: size for file, size in lake.files.sizes(path).items() if not _is_hidden(file)}
        needed = _relative(lake.spark.read.format("delta").load(path), path)
        pin = pin_of(name, pins)
        if pin is not None and pin <= (lake.version(name) or 0):
            needed |= _relative(lake.spark.read.format("delta").option("versionAsOf", pin).load(path), path)
        lost = sorted(needed - set(sizes))
        if lost:
            lost_count += len(lost)
            message = f"{len(lost)} data files are missing, for instance {lost[0]}"
            yield broken(f"table {name}", f"{message}; fix: restore them, or run their days again")
        orphans = [size for file, size in sizes.items() if file not in needed and file not in named[name]]
        orphan_count, orphan_bytes = orphan_count + len(orphans), orphan_bytes + sum(orphans)
    if not lost_count:
        yield Check("data files", True, "every file that a table refers to is there")
    if orphan_count:
        message = f"{orphan_count:,} files ({orphan_bytes:,} bytes) that no kept version refers to; {_VACUUM}"
        yield Check("orphan files", True, message)


def _named_files(lake: Lake, names: Sequence[str]) -> Mapping[str, set[str]]:
    """Files that some commit still on record added or removed, by table."""
    named = {}
    for name in names:
        log = f"{lake.table_path(name)}/_delta_log"
        commits = [f"{log}/{version:020d}.json" for version in lake.commits(name).versions()]
        paths = lake.spark.read.schema(_LOG_SCHEMA).json(commits).selectExpr("coalesce(add.path, remove.path) as p")
        named[name] = {unquote(row["p"]) for row in paths.where("p is not null").distinct().collect()}
    return named


def staged_files(lake: Lake) -> Iterator[Check]:
    """What lies in the staging area."""
    sizes = lake.files.sizes(f"{lake.uri}/_staging")
    if sizes:
        message = f"{len(sizes):,} files ({sum(sizes.values()):,} bytes) of unpublished or killed runs; {_VACUUM}"
        yield Check("staging", True, message)


def _relative(frame: DataFrame, path: str) -> set[str]:
    """Files of a table's version, relative to the table's folder."""
    folder = f"/{path.rsplit('/', 1)[-1]}/"
    return {unquote(file).rsplit(folder, 1)[-1] for file in frame.inputFiles()}


def _is_hidden(file: str) -> bool:
    return any(map(is_hidden_name, file.split("/")))
