"""Clearing a lake of what nobody refers to: abandoned staging, and files that no kept version of a table names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from revenuer.errors import ConflictError
from revenuer.lake.lake import Lake
from revenuer.lake.older import pin_of
from revenuer.lake.publication import MAINTENANCE
from revenuer.settings import temporary_settings
from revenuer.tables import CONTRACTS

# Delta lists a table's files in as many tasks as this says: 10,000 unless set, minutes for a small table.
_LISTING_TASKS = "spark.sql.sources.parallelPartitionDiscovery.parallelism"


@dataclass(frozen=True)
class Removal:
    """One thing that was cleared, or would be.

    Attributes:
        what: ``staging``, ``unfinished publish`` or ``files``.
        where: Folder below the lake's root, or table.
        count: Files of a table; 1 otherwise.
        is_removed: Whether it is gone; otherwise ``note`` says why it was kept.
        note: For people.
    """

    what: str
    where: str
    count: int
    is_removed: bool
    note: str = ""


@dataclass(frozen=True)
class VacuumReport:
    """What a vacuum did.

    Attributes:
        removals: Everything found.
        is_dry_run: Whether it only looked.
    """

    removals: tuple[Removal, ...]
    is_dry_run: bool

    def text(self) -> str:
        """The report for people."""
        if not self.removals:
            return "nothing to remove"
        verbs = {True: "would remove" if self.is_dry_run else "removed", False: "kept"}
        lines = []
        for found in self.removals:
            many = f" ({found.count} files)" if found.what == "files" else ""
            note = f": {found.note}" if found.note else ""
            lines.append(f"{verbs[found.is_removed]} {found.what} {found.where}{many}{note}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {"is_dry_run": self.is_dry_run, "removals": [vars(found) for found in self.removals]}


def vacuum(lake: Lake, *, older_than_hours: float, dry_run: bool = False) -> VacuumReport:
    """Clear a lake.

    Staging that nothing has touched for some hours is removed; younger staging may be a live run's. What a killed
    publish left in a published table is rolled back likewise. Then Delta removes the files that no version within a
    table's own retention (``delta.deletedFileRetentionDuration``, a week unless set) refers to. A published table
    whose newest version is not the one readers are pinned to is left alone until it is again.

    Args:
        lake: The lake.
        older_than_hours: Age from which staging and unfinished publishes count as abandoned, in hours.
        dry_run: Only say what would be removed.

    Raises:
        LakeError: A table cannot be restored to the version readers see.
    """
    spark = lake.spark
    tasks = min(int(spark.conf.get(_LISTING_TASKS) or 10_000), 4 * spark.sparkContext.defaultParallelism)
    with temporary_settings(spark, {_LISTING_TASKS: str(tasks)}):
        return _vacuum(lake, datetime.now(UTC) - timedelta(hours=older_than_hours), dry_run)


def _vacuum(lake: Lake, limit: datetime, dry_run: bool) -> VacuumReport:
    removals = [*_staging(lake, limit, dry_run)]
    pins, _ = lake.pins()
    for name, contract in CONTRACTS.items():
        log = lake.commits(name)
        if log.latest() is None:
            continue
        pin = pin_of(name, pins) if contract.layer == "published" else None
        if pin is not None:
            removals += _unfinished(lake, name, pin, limit, dry_run)
            if any(commit.operation not in _HARMLESS for commit in log.newest_first(pin)):
                newest = log.commit(log.latest() or 0)
                if newest.restored_version != pin:
                    note = f"readers are pinned to version {pin}, the newest is {newest.version}: publish first"
                    removals.append(Removal("files", name, 0, False, note))
                    continue
        removals += _files(lake, name, dry_run)
    return VacuumReport(tuple(removals), dry_run)


# What may follow a pinned version without a file of it being let go.
_HARMLESS = MAINTENANCE - {"OPTIMIZE"}


def _staging(lake: Lake, limit: datetime, dry_run: bool) -> Iterator[Removal]:
    for folder in lake.staging.folders():
        where = f"_staging/{folder.run_date}" + (f"/{folder.run_id}" if folder.run_id else "")
        if folder.touched_at > limit:
            yield Removal("staging", where, 1, False, f"last written {folder.touched_at:%F %T} UTC, perhaps a live run")
            continue
        if not dry_run:
            lake.staging.discard(folder.run_date, folder.run_id)
        yield Removal("staging", where, 1, True, f"last written {folder.touched_at:%F %T} UTC")


def _unfinished(lake: Lake, name: str, pin: int, limit: datetime, dry_run: bool) -> Iterator[Removal]:
    """Roll back what no manifest row pins, once it is too old to be a publish at work."""
    after = [c for c in lake.commits(name).newest_first(pin) if c.operation not in MAINTENANCE]
    if not after or after[0].restored_version == pin:
        return
    note = f"versions {after[-1].version} to {after[0].version} are pinned by no published date"
    if after[0].committed_at > limit:
        yield Removal("unfinished publish", name, 1, False, f"{note}, perhaps a live run's")
        return
    if not dry_run:
        try:
            lake.restore(name, pin)
        except ConflictError:
            yield Removal("unfinished publish", name, 1, False, f"{note}, and another run is at work")
            return
    yield Removal("unfinished publish", name, 1, True, note)


def _files(lake: Lake, name: str, dry_run: bool) -> Iterator[Removal]:
    target = f"delta.`{lake.table_path(name).replace('`', '``')}`"
    count = lake.spark.sql(f"vacuum {target} dry run").count()
    if count:
        if not dry_run:
            lake.spark.sql(f"vacuum {target}").collect()
        yield Removal("files", name, count, True)
