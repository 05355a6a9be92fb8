"""Revealing a run date to readers in one commit, and what readers see.

The manifest is the switch: one row per published run date, with the version of every published table. Anything in a
published table that no manifest row pins was left by a publish that was killed, and is rolled back by the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pyspark import inheritable_thread_target

from revenuer import __version__
from revenuer.errors import LakeError
from revenuer.session import SPARK_ERRORS, first_line
from revenuer.tables import CONTRACTS, contract_of
from revenuer.tablespace import LATEST, MANIFEST, UNPINNED, in_dates

if TYPE_CHECKING:
    from revenuer.lake import Lake

_MAINTENANCE = frozenset({"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES"})
_APPLICATION = "revenuer-publish"


class Publication:
    """Publishing into a lake, and its readers' views.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def publish(self, run_date: date, names: Sequence[str], input_versions: Mapping[str, int]) -> dict[str, int]:
        """Copy the staged partitions of a run date to the published tables, then commit the manifest's row.

        Args:
            run_date: Run date.
            names: Published tables, all staged for that date.
            input_versions: Versions of the tables the run read, recorded with every commit.

        Returns:
            Rows published by table.

        Raises:
            LakeError: A table is not staged, or another publish ran at the same time; readers see what they saw.
        """
        lake = self._lake
        missing = [f"table {name}: nothing is staged" for name in names if not lake.is_staged(name, run_date)]
        if missing:
            fix = f"run the stages before publish for {run_date} first"
            raise LakeError(f"run date {run_date} cannot be published", missing, fix)
        lake.create(MANIFEST)
        start = lake.version(MANIFEST) or 0
        pins, pinned_at = lake.pins()
        metadata = {"stage": "publish", "input_versions": dict(input_versions)}

        def reveal(name: str) -> tuple[int, int]:
            lake.create(name)
            self._restore(name, pins.get(name, 0))
            base = lake.version(name) or 0
            rows = lake.read_staged(name, run_date)
            commit = lake.commit_replacement(name, [run_date], rows, metadata, attempts=1, declares=False)
            version = commit.version if commit else base
            # Another publish's rows would be revealed with ours.
            if any(other.version < version and other.row_count for other in lake.commits(name).newest_first(base)):
                raise _conflict(run_date, f"table {name}")
            return version, commit.row_count if commit else 0

        # The tables are independent, and each copy mostly waits for the driver.
        with ThreadPoolExecutor(max_workers=4) as pool:
            tasks = [pool.submit(inheritable_thread_target(lake.spark)(reveal), name) for name in names]
        revealed = {name: task.result() for name, task in zip(names, tasks, strict=True)}
        row = {
            "run_date": run_date,
            "run_id": lake.run_id,
            "published_at": max(datetime.now(UTC), pinned_at + timedelta(microseconds=1)),
            "config_fingerprint": lake.config.fingerprint,
            "package_version": __version__,
            "table_versions": {**pins, **{name: version for name, (version, _) in revealed.items()}},
        }
        frame = lake.frame_of(MANIFEST, [row])
        # Delta skips a transaction number it has seen: of two publishes that began at one version, one is refused.
        lock = {"txnAppId": _APPLICATION, "txnVersion": str(start + 1)}
        try:
            is_refused = lake.commit_replacement(
                MANIFEST, [run_date], frame, metadata, attempts=1, options=lock, declares=False
            ) is None  # fmt: skip
        except LakeError:
            is_refused = True
        if is_refused:
            raise _conflict(run_date, f"table {MANIFEST}")
        lake.drop_staged(run_date, names)
        if lake.schema:
            self.register_views()
        return {name: rows for name, (_, rows) in revealed.items()}

    def register_views(self) -> list[str]:
        """Create every readers' view: temporary in path mode, the catalog's own in catalog mode."""
        lake = self._lake
        pins, _ = lake.pins()
        names = [contract.name for contract in CONTRACTS.values() if contract.layer == "published"]
        days = lake.published_dates()
        wanted = [(name, name, days) for name in names] + [(f"campaigns{LATEST}", "campaigns", days[-1:])]
        for view, name, shown in wanted:
            if lake.schema:
                self._register_in_catalog(view, name, pins.get(name), shown)
            else:
                lake.published(name, pins.get(name), shown).createOrReplaceTempView(view)
        return [view for view, _, _ in wanted]

    def _register_in_catalog(self, view: str, name: str, pin: int | None, days: Sequence[date]) -> None:
        lake = self._lake
        lake.create(name)
        source = f"`{lake.schema}`.`{contract_of(name).table_name}`"
        columns = ", ".join(f"`{column}`" for column in contract_of(name).columns)
        seen = "" if name in UNPINNED else f" version as of {pin or 0} where {in_dates('run_date', days)}"
        comment = contract_of(name).description.replace("\\", "\\\\").replace("'", "\\'")
        target = f"`{lake.schema}`.`{view}` comment '{comment}'"
        lake.spark.sql(f"create or replace view {target} as select {columns} from {source}{seen}")

    def _restore(self, name: str, pin: int) -> None:
        """Undo what a killed publish left in a table; compaction and the like may stay."""
        leftovers = [c for c in self._lake.commits(name).newest_first(pin) if c.operation not in _MAINTENANCE]
        if not leftovers:
            return
        path = self._lake.table_path(name).replace("`", "``")
        try:
            self._lake.spark.sql(f"restore table delta.`{path}` to version as of {pin}")
        except SPARK_ERRORS as error:
            raise LakeError(
                f"table {name} holds an unfinished publish and cannot be restored to version {pin}",
                [first_line(error)],
                "another publish may be running: publish again when it has ended",
            ) from None


def _conflict(run_date: date, where: str) -> LakeError:
    return LakeError(
        f"run date {run_date} was not published: another publish ran at the same time ({where})",
        fix="publish again when it has ended; readers see what they saw before",
    )
