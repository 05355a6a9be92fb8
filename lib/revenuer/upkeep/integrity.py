"""Examination of a lake: what readers are promised against what lies there. Nothing is changed.

Manifest against tables, row counts against what the runs recorded, stored pools proved anew, table formats, and files
that nothing refers to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import RevenuerError
from revenuer.lake.ancestry import Ancestry
from revenuer.lake.erasure import ERASURES
from revenuer.lake.lake import Lake
from revenuer.lake.older import pin_of, stored_tables
from revenuer.lake.tablespace import MANIFEST, UNPINNED, in_dates, rows_by_day
from revenuer.pipeline.wiring import CUTS
from revenuer.session import SPARK_ERRORS, first_line
from revenuer.stages.pool_proof import prove_pools
from revenuer.tables import CONTRACTS, PUBLISHED, contract_of
from revenuer.upkeep.checkup import Check
from revenuer.upkeep.holdings import broken, data_files, formats, staged_files, versions


def examine_lake(spark: SparkSession, uri: str, config: Config) -> list[Check]:
    """Examine a lake; where there is none yet, that is all that is said.

    Args:
        spark: Session.
        uri: Root of the lake.
        config: Effective configuration.
    """
    lake = Lake(spark, uri, config, "doctor")
    if not stored_tables(lake):
        return [Check("tables", True, f"there is no lake at {lake.uri} yet")]
    examination = _Examination(lake)
    checks: list[Check] = []
    for name, examine in examination.parts().items():
        try:
            checks.extend(examine())
        except RevenuerError as error:
            checks.append(broken(name, str(error)))
        except SPARK_ERRORS as error:
            checks.append(broken(name, f"cannot be read: {first_line(error)}; fix: restore the files from a copy"))
    return checks


class _Examination:
    """The parts of one examination."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._tables = [contract.name for contract in CONTRACTS.values() if lake.exists(contract.name)]
        self._days: list[date] = []
        self._pins: dict[str, int] = {}

    def parts(self) -> dict[str, Callable[[], Iterator[Check]]]:
        """The parts by name, in the order they are to be made."""
        return {
            "manifest": self._manifest,
            "published rows": self._published_rows,
            "working rows": self._working_rows,
            "certificate": self._certificates,
            "views": self._views,
            "table versions": lambda: versions(self._lake),
            "table formats": lambda: formats(self._lake, self._tables),
            "files": lambda: data_files(self._lake, self._tables, self._pins),
            "staging": lambda: staged_files(self._lake),
        }

    # -- what readers see

    def _manifest(self) -> Iterator[Check]:
        lake = self._lake
        self._days, (self._pins, _) = lake.published_dates(), lake.pins()
        for name in self._published():
            pin, newest = pin_of(name, self._pins), lake.version(name)
            if pin is None:
                if self._days:
                    yield Check(f"table {name}", True, "not published yet: the next run publishes it")
            elif newest is None or newest < pin:
                found = "does not exist" if newest is None else f"has no version {pin}, the newest is {newest}"
                yield broken(f"table {name}", f"the manifest pins version {pin}, but the table {found}; {_REPUBLISH}")
        span = f": {self._days[0]} to {self._days[-1]}" if self._days else ""
        yield Check("manifest", True, f"{len(self._days)} published dates{span}")

    def _published_rows(self) -> Iterator[Check]:
        recorded = self._recorded("stage = 'publish'")
        right = 0
        for name in self._published():
            pin = pin_of(name, self._pins)
            if pin is None:
                continue
            try:
                counts = rows_by_day(self._lake.published(name, self._pins, self._days), "run_date")
            except SPARK_ERRORS as error:
                yield broken(f"table {name}", f"version {pin} cannot be read: {first_line(error)}; {_REPUBLISH}")
                continue
            for day in self._days:
                wanted, found = recorded.get((name, day)), counts.get(day, 0)
                if wanted not in (None, found):
                    wanted = self._last_published(day).get(name, wanted)
                if wanted is None or wanted == found:
                    right += 1
                else:
                    message = f"{found:,} rows, but the run published {wanted:,}"
                    yield broken(f"table {name} of {day}", f"{message}; fix: `revenuer run all --run-date {day}`")
        yield Check("published rows", True, f"{right} partitions are as published")

    def _working_rows(self) -> Iterator[Check]:
        # Two stages share hub_ledger; what each wrote of it last cannot be told apart.
        recorded = self._recorded("stage not in ('rank', 'publish') and table_name <> 'hub_ledger'")
        erased = self._erased_tables()
        right = 0
        for name in self._tables:
            wanted = {day: rows for (table, day), rows in recorded.items() if table == name}
            if not wanted or contract_of(name).layer != "working":
                continue
            counts = rows_by_day(self._lake.read(name), contract_of(name).partition_by[0])
            for day, rows in wanted.items():
                found = counts.get(day, 0)
                if rows != found:
                    rows = self._last_written(name, day, rows)
                if rows == found or (rows > found and (name in erased or self._is_retired(name, day))):
                    right += 1
                    continue
                message = f"{found:,} rows, but the run wrote {rows:,}"
                yield broken(f"table {name} of {day}", f"{message}; fix: `revenuer run all --run-date {day}`")
        yield Check("working rows", True, f"{right} partitions are as written")

    def _is_retired(self, name: str, day: date) -> bool:
        """Whether retention removed a day; what another program removed is missed."""
        commits = Ancestry(self._lake.commits(name), contract_of(name).partition_by[0]).commits_of(day)
        last = next(iter(commits), None)
        return last.retired(day) if last else not self._lake.has_partition(name, day)

    def _certificates(self) -> Iterator[Check]:
        lake = self._lake
        proved, pools, gone, diminished = 0, 0, 0, 0
        for day in self._days:
            if any(self._is_retired(name, day) for name in ("links", "pools")):
                gone += 1
                continue
            fix = f"fix: `revenuer run all --start cluster --run-date {day}`"
            links, cuts, stored = (lake.read_dates(name, [day]) for name in ("links", "hub_ledger", "pools"))
            try:
                proof = prove_pools(links, cuts.where(CUTS), stored)
            except RevenuerError as error:
                found = "; ".join((error.message, *error.problems))
                yield broken(f"certificate of {day}", f"{found}; {fix}")
                continue
            finally:
                lake.spark.catalog.clearCache()
            if proof.diminished_pool_count and not lake.exists(ERASURES):
                found = f"{proof.diminished_pool_count} pools lack accounts, and nothing was ever erased"
                yield broken(f"certificate of {day}", f"{found}; {fix}")
                continue
            proved, pools = proved + 1, pools + proof.pool_count
            diminished += proof.diminished_pool_count
        notes = [f"{pools} pools of {proved} dates proved from their links"]
        notes += [f"{diminished} that lost members to erasure have no link to another label"] if diminished else []
        notes += [f"links of {gone} dates are no longer kept"] if gone else []
        yield Check("certificate", True, "; ".join(notes))

    def _views(self) -> Iterator[Check]:
        lake = self._lake
        if not lake.schema or not self._days:
            return
        stale = []
        for name in self._published():
            # What is not published yet is shown as it was created.
            shown = f"version as of {pin_of(name, self._pins) or 0}"
            view = f"{lake.schema}.{name}"
            text = ""
            if lake.spark.catalog.tableExists(view):
                rows = lake.spark.sql(f"describe extended `{lake.schema}`.`{name}`").where("col_name = 'View Text'")
                text = "".join(str(row["data_type"]) for row in rows.collect())
            if shown not in text:
                stale.append(view)
        if stale:
            found = f"{', '.join(stale)} do not show what is published"
            yield broken("views", f"{found}; fix: publish a date again: every publish makes all views anew")
        else:
            yield Check("views", True, "every view is pinned to what is published")

    # -- what the parts share

    def _published(self) -> list[str]:
        return [name for name in PUBLISHED if name not in UNPINNED]

    def _recorded(self, condition: str) -> dict[tuple[str, date], int]:
        """Rows that the runs of the published dates say they wrote, by table and run date."""
        rows = self._lake.read("run_metrics").where(in_dates("run_date", self._days)).where(condition)
        return {(row["table_name"], row["run_date"]): row["row_count"] for row in rows.collect()}

    # A run records its metrics as it ends, so one that was killed leaves those of the run before; a commit has its own.

    def _last_published(self, day: date) -> dict[str, int]:
        """Rows by table as the manifest's newest commit of a run date has them."""
        commits = Ancestry(self._lake.commits(MANIFEST), "run_date").commits_of(day)
        return next((dict(c.metadata["row_counts"]) for c in commits if "row_counts" in c.metadata), {})

    def _last_written(self, name: str, day: date, recorded: int) -> int:
        """Rows of a day as the newest of our commits that wrote it, and no other day, has them; else as recorded."""
        for commit in Ancestry(self._lake.commits(name), contract_of(name).partition_by[0]).commits_of(day):
            days = set(commit.metadata.get("partitions", ())).difference(commit.metadata.get("retired", ()))
            if day.isoformat() in days:
                return commit.row_count if days == {day.isoformat()} else recorded
        return recorded

    def _erased_tables(self) -> set[str]:
        if not self._lake.exists(ERASURES):
            return set()
        names = self._lake.read(ERASURES).selectExpr("explode(map_keys(touched_counts)) as name").distinct()
        return {row["name"] for row in names.collect()}


_REPUBLISH = "fix: `revenuer backfill` over the published dates"
