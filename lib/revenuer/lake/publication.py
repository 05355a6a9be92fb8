"""Revealing a run date to readers in one commit, and what readers see.

The manifest is the switch: one row per published run date, with the version of every published table. Anything in a
published table that no manifest row pins was left by a publish that was killed or overtaken, and is rolled back by
the next one. Of several publishers at once the first to commit to the manifest wins; the others begin again from what
it pinned, unless it published their own date.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from pyspark import inheritable_thread_target

from revenuer.errors import ConflictError, LakeError
from revenuer.lake.older import pin_name, pin_of, stored_tables
from revenuer.lake.staging import Staged, overtaken
from revenuer.lake.tablespace import LATEST, MANIFEST, UNPINNED, in_dates
from revenuer.tables import CONTRACTS, PUBLISHED, contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.lake.commits import Commit
    from revenuer.lake.lake import Lake

MAINTENANCE = frozenset({"OPTIMIZE", "VACUUM START", "VACUUM END", "SET TBLPROPERTIES", "UNSET TBLPROPERTIES"})
"""Operations that leave a table's rows as they are."""
_APPLICATION = "revenuer-publish"
_TURNS = 8
Rewrite: TypeAlias = "Callable[[str, DataFrame], tuple[Sequence[date], DataFrame]]"


class Publication:
    """Publishing into a lake, and its readers' views.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def publish(self, run_date: date, names: Sequence[str], staged: Staged) -> dict[str, int]:
        """Copy the staged partitions of a run date to the published tables, then commit the manifest's row.

        Args:
            run_date: Run date.
            names: Published tables, all staged for that date.
            staged: What to publish.

        Returns:
            Rows published by table.

        Raises:
            LakeError: A table is not staged, another run published the date since the one that staged it began, or
                other publishers were in the way each time; readers see what they saw.
        """
        lake = self._lake
        missing = [f"table {name}: nothing is staged" for name in names if name not in staged.tables]
        if missing:
            fix = f"run the stages before publish for {run_date} first"
            raise LakeError(f"run date {run_date} cannot be published", missing, fix)
        lake.create(MANIFEST)
        marks: dict[str, int] = {}
        for turn in range(_TURNS):
            start = self._manifest_version()
            rival = lake.staging.rival(run_date, staged.manifest_version)
            if rival is not None:
                self._give_way(marks)
                lake.staging.discard(run_date, staged.run_id)
                if turn or rival.metadata.get("staged_by") != staged.run_id:
                    raise overtaken(run_date, [f"run {rival.metadata.get('run_id')} at {rival.committed_at:%F %T} UTC"])
                # A publish that was killed between the manifest's commit and tidying up: the date is published.
                self.mend_views()
                return {name: int(count) for name, count in rival.metadata["row_counts"].items()}
            try:
                with lake.staging.in_use(run_date, start):
                    counts = self._reveal(run_date, names, staged, start, marks)
            except ConflictError:
                time.sleep(random.uniform(0.5, 1.0) * (turn + 1) / 2)
                continue
            except LakeError:
                self._give_way(marks)
                raise
            lake.staging.discard(run_date)
            self.mend_views()
            return counts
        self._give_way(marks)
        raise LakeError(
            f"run date {run_date} was not published: other publishers were in the way each time",
            fix="publish again when they have ended; readers see what they saw before",
        )

    def _reveal(
        self, run_date: date, names: Sequence[str], staged: Staged, start: int, marks: dict[str, int]
    ) -> dict[str, int]:
        """One attempt, on top of the manifest's version ``start``; notes its newest version of each table in ``marks``.

        Raises:
            ConflictError: Another publisher was in the way.
        """
        lake = self._lake
        pins, pinned_at = lake.pins()
        metadata: dict[str, Any] = {
            "stage": "publish",
            "staged_by": staged.run_id,
            "input_versions": dict(staged.input_versions),
            "config_fingerprint": staged.config_fingerprint,
            "package_version": staged.package_version,
        }

        def copy(name: str) -> tuple[int, int]:
            lake.create(name)
            for _ in range(_TURNS):
                if self._restore(name, pin_of(name, pins) or 0, start):
                    marks[name] = lake.version(name) or 0
                base = lake.version(name) or 0
                rows = lake.staging.read(name, run_date, staged)
                commit = lake.commit_replacement(name, [run_date], rows, metadata, attempts=1)
                marks[name] = commit.version
                between = (c for c in lake.commits(name).newest_first(base) if c.version < commit.version)
                # Another publisher's rows would be revealed with ours.
                if all(other.operation in MAINTENANCE for other in between):
                    return commit.version, commit.row_count
            raise ConflictError(f"table {name}: other publishers were in the way each time")

        # The tables are independent, and each copy mostly waits for the driver.
        with ThreadPoolExecutor(max_workers=4) as pool:
            tasks = [pool.submit(inheritable_thread_target(lake.spark)(copy), name) for name in names]
        copied = {name: task.result() for name, task in zip(names, tasks, strict=True)}
        counts = {name: count for name, (_, count) in copied.items()}
        row = {
            "run_date": run_date,
            "run_id": lake.run_id,
            "config_fingerprint": staged.config_fingerprint,
            "package_version": staged.package_version,
            "table_versions": {**pins, **{pin_name(name): version for name, (version, _) in copied.items()}},
        }
        self._pin(row, {**metadata, "row_counts": counts, "table_versions": row["table_versions"]}, start, pinned_at)
        return counts

    def _manifest_version(self) -> int:
        """The manifest's newest version that changed its rows."""
        commits = self._lake.commits(MANIFEST).newest_first()
        return next((commit.version for commit in commits if commit.operation not in MAINTENANCE), 0)

    def amend(self, rewrite: Rewrite, metadata: Mapping[str, Any]) -> dict[str, Commit]:
        """Rewrite rows of published dates and pin what comes of it: readers see all of it at once, or nothing.

        Killed before its end it leaves versions that nothing pins, and the next publish or amendment undoes them.

        Args:
            rewrite: Of a table's name and published rows, the run dates to replace and their new rows.
            metadata: What to record with every commit.

        Returns:
            The tables' commits; empty when nothing had to be rewritten.

        Raises:
            LakeError: Publishers were in the way each time; readers see what they saw.
        """
        for turn in range(_TURNS):
            try:
                commits = self._amend(rewrite, metadata, self._manifest_version())
            except ConflictError:
                time.sleep(random.uniform(0.5, 1.0) * (turn + 1) / 2)
                continue
            self.mend_views()
            return commits
        raise LakeError("published tables were not amended: publishers were in the way each time", fix="run it again")

    def _amend(self, rewrite: Rewrite, metadata: Mapping[str, Any], start: int) -> dict[str, Commit]:
        """One attempt, on top of the manifest's version ``start``."""
        lake = self._lake
        pins, pinned_at = lake.pins()
        published = lake.published_dates()
        commits: dict[str, Commit] = {}
        for name in CONTRACTS:
            pin = pin_of(name, pins)
            if pin is None:
                continue
            days, rows = rewrite(name, lake.published(name, pins, published))
            if days:
                self._restore(name, pin, start)
                commits[name] = lake.commit_replacement(name, days, rows, metadata, attempts=1)
        if not commits:
            return {}
        last = "max_by(struct(run_date, run_id, config_fingerprint, package_version), published_at) as last"
        (row,) = lake.read(MANIFEST).selectExpr(last).collect()
        versions = {**pins, **{pin_name(name): commit.version for name, commit in commits.items()}}
        self._pin({**row["last"].asDict(), "table_versions": versions}, metadata, start, pinned_at)
        return commits

    def _pin(self, row: Mapping[str, Any], metadata: Mapping[str, Any], start: int, after: datetime) -> None:
        """Commit a manifest row as the newest, whatever the clocks say.

        Of those who began at one version of the manifest all but one are refused.
        """
        row = {**row, "published_at": max(datetime.now(UTC), after + timedelta(microseconds=1))}
        options = {"txnAppId": _APPLICATION, "txnVersion": str(start + 1)}  # Delta skips a number it has seen
        frame = self._lake.frame_of(MANIFEST, [row])
        self._lake.commit_replacement(MANIFEST, [row["run_date"]], frame, metadata, attempts=1, options=options)

    def _restore(self, name: str, pin: int, start: int) -> bool:
        """Undo what a killed publish left in a table; compaction and the like may stay. Returns whether it had to.

        Raises:
            ConflictError: Another publisher was in the way, and what looks like a leftover may be its.
        """
        if all(c.operation in MAINTENANCE for c in self._lake.commits(name).newest_first(pin)):
            return False
        if self._manifest_version() != start:
            raise ConflictError(f"table {name}: another publisher pinned it meanwhile")
        self._lake.restore(name, pin)
        return True

    def _give_way(self, marks: Mapping[str, int]) -> None:
        """Bring tables that this publisher changed last back to what is published, after another one won.

        Readers follow the pins and see nothing of it; who reads the newest version of a table would.
        """
        pins, _ = self._lake.pins()
        for name, version in marks.items():
            pin = pin_of(name, pins) or 0
            if self._lake.version(name) == version != pin:
                # Who is in the way now is about to publish, and undoes what is not pinned.
                with suppress(LakeError):
                    self._lake.restore(name, pin)

    def mend_views(self) -> None:
        """Bring a catalog's views to what the manifest pins, also for a publisher that was killed before it did.

        In path mode views are of a session, and nothing is done.
        """
        if self._lake.schema and self._lake.exists(MANIFEST):
            self.register_views()

    def register_views(self) -> list[str]:
        """Create every readers' view: temporary in path mode, the catalog's own in catalog mode."""
        lake = self._lake
        # In this order: a date that is published in between is not shown yet, rather than shown without its rows.
        days = lake.published_dates()
        pins, _ = lake.pins()
        wanted = [(name, name, days) for name in PUBLISHED] + [(f"campaigns{LATEST}", "campaigns", days[-1:])]
        for view, name, shown in wanted:
            if lake.schema:
                self._register_in_catalog(view, name, pin_of(name, pins), shown)
            else:
                lake.published(name, pins, shown).createOrReplaceTempView(view)
        views = [view for view, _, _ in wanted]
        if not lake.schema:  # a catalog holds the older tables themselves
            older = [table.table_name for table in stored_tables(lake) if table.relation == "older"]
            for table_name in older:
                lake.view(table_name).createOrReplaceTempView(table_name)
            views += older
        return views

    def _register_in_catalog(self, view: str, name: str, pin: int | None, days: Sequence[date]) -> None:
        lake = self._lake
        lake.create(name)
        source = f"`{lake.schema}`.`{contract_of(name).table_name}`"
        columns = ", ".join(f"`{column}`" for column in contract_of(name).columns)
        seen = "" if name in UNPINNED else f" version as of {pin or 0} where {in_dates('run_date', days)}"
        comment = contract_of(name).description.replace("\\", "\\\\").replace("'", "\\'")
        target = f"`{lake.schema}`.`{view}` comment '{comment}'"
        lake.spark.sql(f"create or replace view {target} as select {columns} from {source}{seen}")
