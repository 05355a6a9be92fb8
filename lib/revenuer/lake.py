"""The only place that touches Delta: windows are read, one partition is replaced, a run date is revealed at once.

Tables lie at ``<uri>/<table>_vN``. Results are staged as plain Parquet below ``<uri>/_staging``, checked there, and
copied to the published tables; the manifest's row commits last. Readers' views show the dates the manifest lists,
at the table versions its newest row pins, so a publish that was killed half-way shows nothing.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from delta import exceptions as delta_exceptions
from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from revenuer import __version__
from revenuer.commits import Commit
from revenuer.config import Config
from revenuer.errors import LakeError
from revenuer.publication import Publication
from revenuer.session import SPARK_ERRORS, first_line
from revenuer.tables import contract_of
from revenuer.tablespace import CREATED_BY_US, Tablespace, in_dates

# They share no base class.
CONFLICTS = tuple(
    getattr(delta_exceptions, f"{name}Exception")
    for name in (
        "ConcurrentAppend", "ConcurrentDeleteDelete", "ConcurrentDeleteRead", "ConcurrentTransaction",
        "ConcurrentWrite", "DeltaConcurrentModification", "MetadataChanged", "ProtocolChanged",
    )
)  # fmt: skip
_ATTEMPTS = 8
_OUTSIDE = "revenuer: a row lies outside the partition"
# A checkpoint every 10 commits (Delta's default) costs seconds and saves little on a daily table. Only the partition
# is ever filtered on, so column statistics are not worth collecting. The log outlives the year a backfill may reach.
_PROPERTIES = {
    "delta.checkpointInterval": "100",
    "delta.dataSkippingNumIndexedCols": "0",
    "delta.logRetentionDuration": "interval 400 days",
}


class Lake(Tablespace):
    """The tables below one root.

    See :class:`revenuer.tablespace.Tablespace` for the arguments and for everything that reads.
    """

    def __init__(self, spark: SparkSession, uri: str, config: Config, run_id: str) -> None:
        super().__init__(spark, uri, config, run_id)
        self._publication = Publication(self)

    # -- writing

    def replace_partition(
        self,
        name: str,
        day: date,
        frame: DataFrame,
        *,
        stage: str,
        staged: bool = False,
        input_versions: Mapping[str, int] | None = None,
        condition: str | None = None,
        is_balanced: bool = False,
    ) -> int:
        """Replace one partition with a frame, or nothing; an empty frame leaves the day there, but empty.

        Args:
            name: Table.
            day: Partition.
            frame: The partition's new rows; conformed to the contract here.
            stage: Recorded with the commit.
            staged: Write to the staging area instead of the table.
            input_versions: Versions of the tables the rows were made from, recorded with the commit.
            condition: Narrows what is replaced within the partition (SQL); the rows must satisfy it too.
            is_balanced: Whether the rows need no shuffle to be written as few large files.

        Returns:
            Rows written.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partition, or other writers were in the way each time.
        """
        if staged:
            conformed = contract_of(name).conform(frame, f"for {day}").hint("rebalance")
            conformed.write.mode("overwrite").parquet(f"{self.table_path(name, staged=True)}/{day}")
            return self.read_staged(name, day).count()
        metadata = {"stage": stage, "input_versions": dict(input_versions or {})}
        commit = self.commit_replacement(name, [day], frame, metadata, condition=condition, is_balanced=is_balanced)
        return commit.row_count if commit else 0

    def replace_partitions(self, name: str, days: Sequence[date], frame: DataFrame, *, stage: str) -> int:
        """Replace several partitions in one commit: all of them, or nothing.

        Returns:
            Rows written.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partitions, or other writers were in the way each time.
        """
        commit = self.commit_replacement(name, days, frame, {"stage": stage})
        return commit.row_count if commit else 0

    def upsert(self, name: str, frame: DataFrame, *, stage: str = "ingest") -> int:
        """Insert or update rows of an unpartitioned table by its key.

        Args:
            name: Table.
            frame: Rows with unique, non-null keys.
            stage: Recorded with the commit.

        Returns:
            Rows inserted and updated.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Other writers were in the way each time.
        """
        contract = contract_of(name)
        source = contract.conform(frame)
        matched = " and ".join(f"t.`{column}` = s.`{column}`" for column in contract.key)

        def merge(path: str, metadata: str) -> None:
            # MERGE takes its commit metadata from the session; cleared below, as other writes pass their own.
            self.spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", metadata)
            try:
                table = DeltaTable.forPath(self.spark, path).alias("t").merge(source.alias("s"), matched)
                table.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()
            finally:
                self.spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")

        self.create(name)
        commit = self._commit(name, {"stage": stage}, merge)
        return commit.row_count if commit else 0

    def record_metrics(self, run_date: date, rows: Sequence[Mapping[str, Any]]) -> int:
        """Replace what is recorded of the stages that rows speak of; other stages' rows of the date stay.

        Args:
            run_date: Run date.
            rows: Values by column of ``run_metrics``, each with its ``stage``; run id, fingerprint, version and start
                are filled in where they are missing.

        Returns:
            Rows written.
        """
        if not rows:
            return 0
        stages = sorted({str(row["stage"]) for row in rows})
        filled = {
            "run_date": run_date,
            "run_id": self.run_id,
            "config_fingerprint": self.config.fingerprint,
            "package_version": __version__,
            "started_at": datetime.now(UTC),
        }
        frame = self.frame_of("run_metrics", [{**filled, **row} for row in rows])
        condition = "stage in ({})".format(", ".join(f"'{stage}'" for stage in stages))
        return self.replace_partition("run_metrics", run_date, frame, stage="+".join(stages), condition=condition)

    # -- publishing

    def publish(
        self, run_date: date, names: Sequence[str], *, input_versions: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Reveal the staged partitions of a run date in one commit, the manifest's.

        Args:
            run_date: Run date.
            names: Published tables, all staged for that date.
            input_versions: Versions of the tables the run read, recorded with every commit.

        Returns:
            Rows published by table.

        Raises:
            LakeError: A table is not staged, or another publish ran at the same time; readers see what they saw.
        """
        return self._publication.publish(run_date, names, input_versions or {})

    def register_views(self) -> list[str]:
        """Create the readers' views (temporary ones in path mode); returns their names."""
        return self._publication.register_views()

    # -- inside the package

    def create(self, name: str) -> None:
        """Create a table from its contract unless it exists.

        Raises:
            LakeError: The place cannot be written.
        """
        contract, path = contract_of(name), self.table_path(name)
        tagged = {**_PROPERTIES, CREATED_BY_US: contract.table_name}
        properties = ", ".join(f"'{key}' = '{value}'" for key, value in tagged.items())
        location = ""
        target = f"delta.`{path.replace('`', '``')}`"
        if self.schema:
            self.spark.sql(f"create schema if not exists `{self.schema}`")
            target, location = f"`{self.schema}`.`{contract.table_name}`", f"\nLOCATION '{path}'"
        elif self.exists(name):
            return
        try:
            self.spark.sql(f"{contract.ddl(target)}{location}\nTBLPROPERTIES ({properties})")
        except CONFLICTS:
            return  # another run created it
        except SPARK_ERRORS as error:
            if not self.exists(name):
                raise LakeError(f"table {name} cannot be created at {path}", [first_line(error)]) from None

    def commit_replacement(
        self,
        name: str,
        days: Sequence[date],
        frame: DataFrame,
        metadata: Mapping[str, Any],
        *,
        condition: str | None = None,
        attempts: int = _ATTEMPTS,
        options: Mapping[str, str] | None = None,
        declares: bool = True,
        is_balanced: bool = False,
    ) -> Commit | None:
        """Replace partitions in one commit and return it; without ``declares``, None where nothing replaces nothing.

        Args:
            name: Table.
            days: Partitions to replace.
            frame: Their new rows.
            metadata: What to record beside run id, fingerprint and version.
            condition: Narrows what is replaced (SQL).
            attempts: How often to try when other writers are in the way.
            options: Further options of Delta's writer.
            declares: Whether an empty day that was empty before is put on record too.
            is_balanced: Whether the rows need no shuffle to be written as few large files.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partitions, or other writers were in the way each time.
        """
        contract = contract_of(name)
        rows = contract.conform(frame, f"for {', '.join(map(str, days[:3]))}{' ...' if len(days) > 3 else ''}")
        predicate = in_dates(contract.partition_by[0], days) + (f" and ({condition})" if condition else "")
        rows = rows.where(f"case when {predicate} then true else raise_error('{_OUTSIDE}') end")
        partitions = [day.isoformat() for day in days]
        recorded = {**metadata, "partition": partitions[0], "partitions": partitions}
        self.create(name)
        is_first = self.claim_first_write(name, days)
        how = {"mode": "append"} if is_first else {"mode": "overwrite", "replaceWhere": predicate}

        def write(path: str, text: str, **more: str) -> None:
            settings = {**how, **dict(options or {}), **more, "userMetadata": text}
            # Small days become one file; large ones are split by size.
            (rows if is_balanced else rows.hint("rebalance")).write.save(path, "delta", **settings)

        def declare_empty(path: str, text: str) -> None:
            version = str((self.version(name) or 0) + 1)
            write(path, text, txnAppId=f"revenuer-empty-{partitions[0]}", txnVersion=version)

        commit = self._commit(name, recorded, write, attempts)
        if commit is None and declares:
            # Nothing replaced by nothing makes no commit, but the day must be on record: a transaction number does it.
            commit = self._commit(name, recorded, declare_empty, attempts)
        return commit

    def _commit(
        self, name: str, metadata: Mapping[str, Any], write: Callable[[str, str], None], attempts: int = _ATTEMPTS
    ) -> Commit | None:
        """Write, again on conflicts only, and find the commit that came of it, if any."""
        path, log = self.table_path(name), self.commits(name)
        before = log.latest()
        write_id = uuid.uuid4().hex
        origin = {"config_fingerprint": self.config.fingerprint, "package_version": __version__}
        recorded = json.dumps({"run_id": self.run_id, "write_id": write_id, **origin, **metadata})
        for attempt in range(1, attempts + 1):
            try:
                write(path, recorded)
                break
            except CONFLICTS as error:
                if attempt == attempts:
                    message, fix = f"table {name}: another writer was in the way", "run the command again"
                    raise LakeError(message, [first_line(error)], fix) from None
                time.sleep(random.uniform(0.5, 1.0) * 2**attempt / 4)
            except SPARK_ERRORS as error:
                if _OUTSIDE in str(error):
                    where = ", ".join(metadata.get("partitions", ()))
                    raise LakeError(f"table {name}: rows lie outside partition {where}") from None
                raise
        after = -1 if before is None else before
        return next((c for c in log.newest_first(after) if c.metadata.get("write_id") == write_id), None)
