"""Where the lake's tables lie, which versions and days they have, and how they are read; nothing here writes.

Tables lie at ``<uri>/<table>_vN``; :mod:`revenuer.lake.staging` knows what lies at ``<uri>/_staging``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import from_json, lit

from revenuer.config import Config
from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.lake.ancestry import Ancestry
from revenuer.lake.commits import Commit, CommitLog
from revenuer.lake.files import FileSystem
from revenuer.lake.older import is_older, pin_of, read_older
from revenuer.tables import CONTRACTS, contract_of

LOADABLE_WORKING_TABLES = frozenset({"sightings"})
"""Working tables a site may write itself."""
# A property of every table the lake creates: its folders are named by partition and its rows conform.
CREATED_BY_US = "revenuer.contract"
MANIFEST = "manifest"
LATEST = "_latest"
# Written by every stage as it ends, so readers see it without a publication.
UNPINNED = frozenset({"run_metrics"})
_RECENT_COMMITS = 20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Tablespace:
    """The tables below one root, to be read.

    Args:
        spark: Session with Delta.
        uri: Root of the lake: a local path or any URI Spark can write.
        config: Effective configuration; ``lake.mode`` says whether the tables are in Spark's catalog too.
        run_id: Recorded with every commit.

    Attributes:
        uri: The root as an absolute path or URI.
        schema: Schema of the catalog; None in path mode.
        files: The store the lake lies on.
    """

    def __init__(self, spark: SparkSession, uri: str, config: Config, run_id: str) -> None:
        self.spark = spark
        self.config = config
        self.run_id = run_id
        self.files = FileSystem(spark)
        self.uri = self.files.qualified(uri)
        self._paths: dict[str, str] = {}
        if config.value("lake.mode") not in ("path", "catalog"):
            raise ConfigError(f"lake.mode is {config.value('lake.mode')!r}", fix="set it to path or catalog")
        self.schema = str(config.value("lake.schema")) if config.value("lake.mode") == "catalog" else None

    # -- what is there

    def table_path(self, name: str) -> str:
        """Where a table lies; in catalog mode a table that the catalog knows lies where it says."""
        table = contract_of(name).table_name
        if table not in self._paths:
            path = f"{self.uri}/{table}"
            if self.schema and self.spark.catalog.tableExists(f"{self.schema}.{table}"):
                detail = self.spark.sql(f"describe detail `{self.schema}`.`{table}`").select("location").first()
                path = self.files.qualified(detail["location"]) if detail else path
            self._paths[table] = path
        return self._paths[table]

    def exists(self, name: str) -> bool:
        """Whether a table has been created."""
        return self.version(name) is not None

    def require_tables(self) -> None:
        """Make sure that there is a lake: a place that was mistyped has nothing to do, and nothing wrong with it.

        Raises:
            ConfigError: No table of a lake is there.
        """
        if not any(map(self.exists, CONTRACTS)):
            fix = "name the lake with --lake, or lake.uri"
            raise ConfigError(f"there is no table of a lake at {self.uri}", fix=fix)

    def version(self, name: str) -> int | None:
        """The current Delta version of a table, or None when it does not exist."""
        return self.commits(name).latest()

    def input_versions(self, names: Iterable[str]) -> dict[str, int]:
        """Current Delta version by table, of those that exist."""
        found = {name: self.version(name) for name in names}
        return {name: version for name, version in found.items() if version is not None}

    def history_versions(self, name: str) -> list[Commit]:
        """A table's commits, newest first."""
        return list(self.commits(name).newest_first())

    def held_days(self, name: str) -> set[date]:
        """Days that have rows, asked of the table itself; empty when there is no table."""
        column = contract_of(name).partition_by[0]
        return {row[column] for row in self.read(name).select(column).distinct().collect() if row[column]}

    def has_partition(self, name: str, day: date) -> bool:
        """Whether a day was written and is kept: it has rows, or was declared empty and nobody took that back."""
        # The log first: its newest files answer for the day at hand in milliseconds, a query takes a second.
        table = Ancestry(self.commits(name), contract_of(name).partition_by[0])
        known = table.wrote(day, _RECENT_COMMITS)
        if known is not None or table.latest is None:
            return bool(known)
        return not self.read_dates(name, [day]).isEmpty() or bool(table.wrote(day))

    def require_partition(self, name: str, day: date) -> None:
        """Make sure that a day was written.

        Raises:
            MissingPartitionError: It was not.
        """
        if not self.has_partition(name, day):
            column = contract_of(name).partition_by[0]
            known = "the table does not exist" if not self.exists(name) else "the table has no such partition"
            raise MissingPartitionError(
                f"table {name} has nothing for {column} {day}: {known} in {self.uri}",
                fix=f"load the day with `revenuer ingest --table {name} --from PATH`, or wait for it and run again"
                if contract_of(name).layer == "input" or name in LOADABLE_WORKING_TABLES
                else f"run the stage that writes {name} for {day} first",
            )

    # -- reading

    def stored(self, name: str, version: int | None = None) -> DataFrame:
        """A whole table that exists, as it is stored, whatever its columns; ``version`` as for :meth:`read`."""
        reader = self.spark.read.format("delta")
        if version is not None:
            reader = reader.option("versionAsOf", version)
        return reader.load(self.table_path(name))

    def read(self, name: str, *, version: int | None = None) -> DataFrame:
        """A whole table as its contract says; empty when it does not exist.

        Args:
            name: Table.
            version: Its Delta version, whatever is committed meanwhile; None for the newest each time a query runs.

        Raises:
            ContractError: The stored table lacks required columns or has other types.
        """
        contract = contract_of(name)
        if not self.exists(name):
            return self.empty(name)
        return contract.conform(self.stored(name, version), f"at {self.table_path(name)}")

    def read_raw(self, name: str, day: date, *, version: int | None = None) -> DataFrame:
        """One partition as it is stored, whatever its columns; the contract's empty frame when there is no table.

        Args:
            name: Table.
            day: The partition.
            version: As for :meth:`read`.
        """
        if not self.exists(name):
            return self.empty(name)
        stored = self.stored(name, version)
        column = contract_of(name).partition_by[0]
        return stored.where(f"{column} = DATE'{day}'") if column in stored.columns else stored

    def read_window(self, name: str, first: date, last: date, *, version: int | None = None) -> DataFrame:
        """The partitions of a window, both ends included; ``version`` as for :meth:`read`."""
        column = contract_of(name).partition_by[0]
        return self.read(name, version=version).where(f"{column} between DATE'{first}' and DATE'{last}'")

    def read_dates(self, name: str, days: Iterable[date]) -> DataFrame:
        """Single partitions."""
        return self.read(name).where(in_dates(contract_of(name).partition_by[0], days))

    def is_new(self, name: str, days: Sequence[date]) -> bool:
        """Whether no row was ever written to some days of a table that Revenuer created, as far as can be seen now."""
        path, column = self.table_path(name), contract_of(name).partition_by[0]
        if any(self.files.exists(f"{path}/{column}={day}") for day in days):
            return False
        log = self.commits(name)
        # How others lay out their table is not ours to know, and a log that lost its beginning tells nothing.
        return log.has(0) and CREATED_BY_US in log.commit(0).parameters.get("properties", "")

    # -- what readers see

    def published_dates(self) -> list[date]:
        """Published run dates, oldest first."""
        return [row["run_date"] for row in self.read(MANIFEST).select("run_date").sort("run_date").collect()]

    def previous_published(self, run_date: date) -> date | None:
        """The last published run date before another."""
        return max((day for day in self.published_dates() if day < run_date), default=None)

    def view(self, name: str, *, latest: bool = False) -> DataFrame:
        """What readers see of a published table: published dates at the pinned version.

        Args:
            name: Table; ``campaigns_latest`` is the same as ``campaigns`` with ``latest``. A physical name of an older
                version gives that one.
            latest: Only the last published run date.
        """
        if is_older(name):
            return read_older(self, name)
        table = contract_of(name.removesuffix(LATEST)).name
        days = self.published_dates()
        shown = days[-1:] if latest or name.endswith(LATEST) else days
        return self.published(table, self.pins()[0], shown)

    def published(self, name: str, pins: Mapping[str, int], days: Sequence[date]) -> DataFrame:
        """Some run dates of a published table at its pinned version; empty when no version is pinned."""
        if name in UNPINNED:
            return self.read(name)
        version = pin_of(name, pins)
        if version is None:
            return self.empty(name)
        return self.stored(name, version).where(in_dates("run_date", days))

    def pins(self) -> tuple[dict[str, int], datetime]:
        """Table versions that the newest manifest row pins, and when it was written; none before the first."""
        newest = "max_by(struct(table_versions, unix_micros(published_at) as micros), published_at)"
        row = self.read(MANIFEST).selectExpr(f"{newest} as newest").first()
        if row is None or row["newest"] is None:
            return {}, _NEVER
        return dict(row["newest"]["table_versions"]), _NEVER + timedelta(microseconds=row["newest"]["micros"])

    # -- parts

    def commits(self, name: str) -> CommitLog:
        """The table's commit log."""
        return CommitLog(self.spark, self.table_path(name))

    def frame_of(self, name: str, rows: Sequence[Mapping[str, Any]]) -> DataFrame:
        """A frame of a few rows made by the driver; columns left out are null.

        Through JSON: handing over Python rows would start Python workers, which costs seconds.
        """
        contract = contract_of(name)
        values = [dict(zip(contract.columns, contract.row(**row), strict=True)) for row in rows]
        schema = f"array<struct<{', '.join(f'`{c.name}`: {c.type}' for c in contract.column_definitions())}>>"
        parsed = from_json(lit(json.dumps(values, default=_plain)), schema, {"mode": "FAILFAST"})
        return self.spark.range(1).select(parsed.alias("parsed")).selectExpr("inline(parsed)")

    def empty(self, name: str) -> DataFrame:
        """A frame of the table's schema without rows."""
        return contract_of(name).empty(self.spark)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is no value of a table")


def rows_by_day(frame: DataFrame, column: str) -> dict[date, int]:
    """Rows of a frame by a date column; those without a date are left out."""
    return {row[column]: row["count"] for row in frame.groupBy(column).count().collect() if row[column] is not None}


def in_dates(column: str, days: Iterable[date]) -> str:
    """SQL predicate: a column is one of some dates."""
    literals = ", ".join(f"DATE'{day}'" for day in sorted(days))
    return f"{column} in ({literals or 'null'})"
