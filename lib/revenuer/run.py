"""One run: the lake, the configuration and the date that the stages work on."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pyspark.sql import DataFrame

from revenuer.config import Config
from revenuer.erasure import without_erased
from revenuer.errors import ConfigError
from revenuer.lake import Lake
from revenuer.tablespace import LOADABLE_WORKING_TABLES


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
    hash_key: bytes
    docs_dir: Path | None
    engine: str
    announce: Callable[[str], None]
    _kept: list[DataFrame] = field(default_factory=list)

    @property
    def first_date(self) -> date:
        """First day of the window that ends at the run date."""
        return self.run_date - timedelta(days=int(self.config.value("window.days")) - 1)

    def window(self, table: str) -> DataFrame:
        """Rows of the window."""
        rows = self.lake.read_window(table, self.first_date, self.run_date)
        # What a site writes itself may name accounts that were erased here.
        return without_erased(self.lake, rows, self.hash_key) if table in LOADABLE_WORKING_TABLES else rows

    def day(self, table: str) -> DataFrame:
        """Rows of the run date."""
        return self.lake.read_window(table, self.run_date, self.run_date)

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


def load_hash_key(config: Config, lake_uri: str) -> bytes:
    """The site's secret: from the environment, from a file, or made once beside a local lake.

    Args:
        config: Names the variable and the file.
        lake_uri: Root of the lake.

    Raises:
        ConfigError: No key is set and the lake is not on a local disk, or the file cannot be read.
    """
    variable = str(config.value("hashing.key_variable"))
    if os.environ.get(variable):
        return os.environ[variable].encode()
    named = str(config.value("hashing.key_file"))
    root = local_path(lake_uri)
    if not named and root is None:
        raise ConfigError(
            "no key for hashing identifiers", [f"neither ${variable} nor hashing.key_file is set"],
            f"set {variable}, or hashing.key_file, to a secret that stays the same for the life of the lake",
        )  # fmt: skip
    file = Path(named) if named else Path(root or "") / "_site" / "hash_key"
    try:
        if not named and not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Exclusive creation: of two first runs at once, one makes the key and the other reads it.
            try:
                with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                    handle.write(secrets.token_hex(32))
            except FileExistsError:
                pass
        key = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"cannot use the hash key file {file}: {error.strerror}", fix=f"set {variable}") from error
    if len(key) < 16:
        raise ConfigError(f"the hash key in {file} is shorter than 16 characters", fix="use a longer secret")
    return key.encode()


def local_path(uri: str) -> Path | None:
    """The local path of a URI, or None where it is elsewhere."""
    if uri.startswith("file:"):
        return Path("/" + uri.removeprefix("file:").lstrip("/"))
    return None if "://" in uri else Path(uri)
