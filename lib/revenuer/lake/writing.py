"""The only module that touches Delta's own interface: how tables are created, replaced, merged into and restored.

To append is several times quicker than to replace, since Delta need not find out which files to remove, but a blind
append conflicts with nothing. So the first write of a partition leaves a marker file while it is at work. Whoever finds
one (a concurrent run's, or a killed one's) changes a property of the table first: Delta then refuses every commit that
began before, and its writer decides anew and replaces. Two replacements of a partition conflict by themselves.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from delta import exceptions as delta_exceptions
from pyspark.sql import DataFrame

from revenuer import __version__
from revenuer.errors import ConflictError, LakeError
from revenuer.lake.changed_rows import SINCE, changed_rows, since_when
from revenuer.lake.commits import Commit
from revenuer.lake.tablespace import CREATED_BY_US, Tablespace, in_dates
from revenuer.session import SPARK_ERRORS, first_line, is_of_storage
from revenuer.tables import contract_of

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


class WritableTables(Tablespace):
    """The tables below one root, to be read and written.

    See :class:`revenuer.lake.tablespace.Tablespace` for the arguments and for everything that reads.
    """

    def upsert(self, name: str, frame: DataFrame, *, stage: str = "ingest") -> int:
        """Insert or update rows of an unpartitioned table by its key; rows that are stored just so are left alone.

        Args:
            name: Table.
            frame: Rows with unique, non-null keys.
            stage: Recorded with the commit.

        Returns:
            Rows inserted and updated; where there are none, nothing is committed.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Other writers were in the way each time.
        """
        contract = contract_of(name)
        stored = self.read(name) if self.exists(name) else None
        changed = changed_rows(contract.conform(frame), stored, contract.key)
        self.create(name)
        if changed.isEmpty():
            return 0
        since = since_when(changed, contract.effective_column)
        matched = " and ".join(f"t.`{column}` = s.`{column}`" for column in contract.key)
        actions = "when matched then update set * when not matched then insert *"
        metadata = {"stage": stage, **({SINCE: since} if since else {})}
        commit = self.merge(name, changed.drop("_is_new"), matched, actions, metadata)
        return commit.row_count if commit else 0

    def merge(self, name: str, source: DataFrame, on: str, actions: str, metadata: Mapping[str, Any]) -> Commit | None:
        """Merge a frame into a table; None where that changed nothing.

        Only the files with matching rows are written again. Conditions stay readable in Delta's log for long: what must
        not be read there belongs into ``source``.

        Args:
            name: Table, ``t`` in the SQL.
            source: Rows to match, ``s`` in the SQL.
            on: SQL condition, with a literal predicate on the table's partition.
            actions: SQL ``when`` clauses.
            metadata: What to record beside run id, fingerprint and version.

        Raises:
            ConflictError: Other writers were in the way each time.
        """

        def change(path: str, text: str, may_append: bool) -> bool:
            target = path.replace("`", "``").replace("{", "{{").replace("}", "}}")
            # MERGE takes its commit metadata from the session; cleared below, as other writes pass their own.
            self.spark.conf.set("spark.databricks.delta.commitInfo.userMetadata", text)
            try:
                self.spark.sql(f"merge into delta.`{target}` t using {{source}} s on {on} {actions}", source=source)
            finally:
                self.spark.conf.unset("spark.databricks.delta.commitInfo.userMetadata")
            return False

        return self._commit(name, metadata, change)

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

    def restore(self, name: str, version: int) -> None:
        """Bring a table back to a version, in a commit of its own.

        Raises:
            ConflictError: Another writer was in the way.
            LakeError: The version cannot be had any more.
        """
        path = self.table_path(name).replace("`", "``")
        try:
            self.spark.sql(f"restore table delta.`{path}` to version as of {version}")
        except CONFLICTS as error:
            raise ConflictError(f"table {name}: another writer was in the way", [first_line(error)]) from None
        except SPARK_ERRORS as error:
            message = f"table {name} holds an unfinished publish and cannot be restored to version {version}"
            raise LakeError(message, [first_line(error)], "publish again; another publish may be running") from None

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
        is_balanced: bool = False,
    ) -> Commit:
        """Replace partitions in one commit and return it; nothing replaced by nothing is put on record too.

        Args:
            name: Table.
            days: Partitions to replace.
            frame: Their new rows.
            metadata: What to record beside run id, fingerprint and version.
            condition: Narrows what is replaced (SQL).
            attempts: How often to try when other writers are in the way.
            options: Options of Delta's writer that win over the ones chosen here.
            is_balanced: Whether the rows need no shuffle to be written as few large files.

        Raises:
            ConflictError: Other writers were in the way each time.
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partitions.
        """
        contract = contract_of(name)
        rows = contract.conform(frame, f"for {', '.join(map(str, days[:3]))}{' ...' if len(days) > 3 else ''}")
        predicate = in_dates(contract.partition_by[0], days) + (f" and ({condition})" if condition else "")
        rows = rows.where(f"case when {predicate} then true else raise_error('{_OUTSIDE}') end")
        partitions = [day.isoformat() for day in days]
        recorded = {**metadata, "partition": partitions[0], "partitions": partitions}
        if condition:
            recorded["condition"] = condition
        self.create(name)

        def write(path: str, text: str, may_append: bool, **more: str) -> bool:
            has_appended = self._mark_first_write(name, days) and may_append
            how = {"mode": "append"} if has_appended else {"mode": "overwrite", "replaceWhere": predicate}
            # Rows follow the contract, so all that merging can do is add a column that the contract has got since.
            settings = {**how, "mergeSchema": "true", **more, **dict(options or {}), "userMetadata": text}
            try:
                # Small days become one file; large ones are split by size.
                (rows if is_balanced else rows.hint("rebalance")).write.save(path, "delta", **settings)
            finally:
                for marker in self._markers(name, days):
                    self.files.delete(marker)
            return has_appended

        def declare_empty(path: str, text: str, may_append: bool) -> bool:
            version = str((self.version(name) or 0) + 1)
            return write(path, text, False, txnAppId=f"revenuer-empty-{partitions[0]}", txnVersion=version)

        commit = self._commit(name, recorded, write, attempts, days)
        for _ in range(0 if options else attempts):
            if commit is None:
                # Nothing replaced by nothing makes no commit, but the day must be on record: a transaction number
                # does it, unless another run took it.
                commit = self._commit(name, recorded, declare_empty, attempts, days)
        if commit is None:
            raise ConflictError(f"table {name}: another writer was in the way", fix="run the command again")
        return commit

    def _markers(self, name: str, days: Sequence[date]) -> list[str]:
        return [f"{self.table_path(name)}/_first_writes/{day}" for day in days]

    def _mark_first_write(self, name: str, days: Sequence[date]) -> bool:
        """Whether days without any rows are marked as being written by this call, so that they may be appended."""
        markers = self._markers(name, days)
        if self.is_new(name, days):
            claims = [self.files.claim(marker) for marker in markers]
            if all(claims):
                return True
            if None in claims:
                return False
        elif not any(map(self.files.exists, markers)):
            return False
        path = self.table_path(name).replace("`", "``")
        self.spark.sql(f"alter table delta.`{path}` set tblproperties ('revenuer.fence' = '{uuid.uuid4().hex}')")
        return False

    def _commit(
        self,
        name: str,
        metadata: Mapping[str, Any],
        write: Callable[[str, str, bool], bool],
        attempts: int = _ATTEMPTS,
        days: Sequence[date] = (),
    ) -> Commit | None:
        """Write, again on conflicts only, and find the commit that came of it, if any.

        ``write`` is told whether it may append, and says whether it did.
        """
        path, log = self.table_path(name), self.commits(name)
        write_id = uuid.uuid4().hex
        origin = {"config_fingerprint": self.config.fingerprint, "package_version": __version__}
        recorded = json.dumps({"run_id": self.run_id, "write_id": write_id, **origin, **metadata})
        for attempt in range(1, attempts + 1):
            latest = log.latest()
            try:
                has_appended = write(path, recorded, attempt == 1)
            except CONFLICTS as error:
                cause = first_line(error)
            except SPARK_ERRORS as error:
                if _OUTSIDE in str(error):
                    where = ", ".join(metadata.get("partitions", ()))
                    raise LakeError(f"table {name}: rows lie outside partition {where}") from None
                if not is_of_storage(error):
                    raise
                fix = "make sure that the place can be read and written and has room, and run the command again"
                raise LakeError(f"table {name} was not written at {path}", [first_line(error)], fix) from None
            else:
                since = list(log.newest_first(-1 if latest is None else latest))
                commit = next((c for c in since if c.metadata.get("write_id") == write_id), None)
                earlier = [c for c in since if commit and c.version < commit.version]
                # Only between marking and Delta's own beginning can somebody have replaced what is now appended to.
                if not (has_appended and any(c.wrote(day) for c in earlier for day in days)):
                    return commit
                cause = "another run wrote the same partition"
            if attempt < attempts:
                time.sleep(random.uniform(0.5, 1.0) * 2**attempt / 4)
        raise ConflictError(f"table {name}: another writer was in the way", [cause], "run the command again")
