"""One run: the lake, the configuration and the date that the stages work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame

from revenuer.blanks import named_sql
from revenuer.config import Config
from revenuer.lake.erasure import without_erased
from revenuer.lake.lake import Lake
from revenuer.lake.tablespace import LOADABLE_WORKING_TABLES
from revenuer.tables import contract_of


@dataclass(frozen=True)
class Run:
    """Context of a run.

    Attributes:
        lake: Storage.
        config: Effective configuration.
        run_date: Logical date.
        hash_key: The site's secret for identifier hashes.
        docs_dir: Where Data Docs go; None where the lake is not on a local disk.
        engine: Component engine, ``auto``, ``task`` or ``graphframes``.
        announce: Called with a line of progress that is worth showing.
    """

    lake: Lake
    config: Config
    run_date: date
    hash_key: bytes = field(repr=False)
    docs_dir: Path | None
    engine: str
    announce: Callable[[str], None]
    _kept: list[DataFrame] = field(default_factory=list)

    @property
    def first_date(self) -> date:
        """First day of the window that ends at the run date."""
        return self.run_date - timedelta(days=int(self.config.value("window.days")) - 1)

    @property
    def window_days(self) -> list[date]:
        """Days of the window, oldest first."""
        return [self.first_date + timedelta(days=n) for n in range((self.run_date - self.first_date).days + 1)]

    def window(self, table: str) -> DataFrame:
        """Rows of the window."""
        return self.between(table, self.first_date, self.run_date)

    def day(self, table: str) -> DataFrame:
        """Rows of the run date."""
        return self.between(table, self.run_date, self.run_date)

    def between(self, table: str, first: date, last: date) -> DataFrame:
        """Rows of some days, both ends included."""
        rows = self.lake.read_window(table, first, last)
        if table not in LOADABLE_WORKING_TABLES:
            return rows
        # What a site writes itself may name accounts that were erased here, and may have blanks where nothing is known:
        # that would be a value which all share of whom it is not known.
        return without_erased(self.lake, rows.where(named_sql(contract_of(table))), self.hash_key)

    def keep(self, frame: DataFrame) -> DataFrame:
        """Persist a frame until the stage ends."""
        self._kept.append(frame.persist())
        return frame

    def let_go(self) -> None:
        """Unpersist what the stage kept; what other runs in the session keep stays."""
        while self._kept:
            self._kept.pop().unpersist()


@dataclass(frozen=True)
class Outcome:
    """What a stage wants written.

    Attributes:
        tables: Frames by table name; each replaces the run date's partition.
        conditions: SQL by table name, where a stage replaces only some rows of a partition it shares.
        in_count: Rows read.
        warnings: Warn-severity findings.
        missing_evidence: Evidence that could not be computed, and why.
        staged: Whether the tables go to the staging area.
        written: Rows by table, where the stage revealed them itself.
        measures: Figures of the day by name, kept in ``run_metrics`` for later days to compare with.
        balanced: Tables whose rows are spread evenly over few partitions already, so that they need no shuffle to be
            written as few large files.
        origin: What decided the rows beside inputs, settings and package; recorded with the commits.
    """

    tables: dict[str, DataFrame]
    in_count: int
    warnings: tuple[str, ...] = ()
    missing_evidence: tuple[str, ...] = ()
    staged: bool = False
    written: dict[str, int] = field(default_factory=dict)
    conditions: dict[str, str] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    balanced: frozenset[str] = frozenset()
    origin: dict[str, str] = field(default_factory=dict)
