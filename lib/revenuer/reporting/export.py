"""Published tables as files for tools that read no Delta."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.lake.files import FileSystem
from revenuer.lake.tablespace import in_dates
from revenuer.tables import PUBLISHED, contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.lake.lake import Lake

FORMATS = {"parquet": "parquet", "csv": "csv", "jsonl": "json"}
# Quotes are doubled, as every reader of CSV expects; Spark's own way is a backslash.
_SETTINGS: dict[str, dict[str, Any]] = {
    "parquet": {},
    "csv": {"header": True, "escape": '"'},
    "jsonl": {"ignoreNullFields": False},
}


@dataclass(frozen=True)
class Export:
    """What was written.

    Attributes:
        out: The folder; every table has a folder of its own in it.
        run_dates: Published dates in it, oldest first.
        row_counts: Rows by table.
    """

    out: str
    run_dates: tuple[date, ...]
    row_counts: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return vars(self)

    def text(self) -> str:
        """A line a table."""
        lines = [f"  {name}: {count:,} rows" for name, count in self.row_counts.items()]
        first, last = self.run_dates[0], self.run_dates[-1]
        shown = str(last) if first == last else f"{len(self.run_dates)} dates, {first} to {last}"
        return "\n".join([f"exported {shown} to {self.out}", *lines])


def chosen_tables(names: str | None) -> tuple[str, ...]:
    """Published tables by name, separated by commas; all when there is no name.

    Raises:
        ConfigError: A table does not exist or is not published.
    """
    chosen = tuple(contract_of(part.strip()).name for part in (names or "").split(",") if part.strip())
    hidden = [f"table {name}: {contract_of(name).layer}" for name in chosen if name not in PUBLISHED]
    if hidden:
        raise ConfigError("only published tables are exported", hidden, f"choose among {', '.join(PUBLISHED)}")
    return chosen or PUBLISHED


def export(lake: Lake, out: str, names: Sequence[str], *, run_date: date | None, fmt: str) -> Export:
    """Write published tables, all at the versions that one publication pinned.

    Args:
        lake: The lake.
        out: Folder to write to, any path Spark can write.
        names: Published tables.
        run_date: One date; all published dates when None.
        fmt: A key of :data:`FORMATS`. In CSV, lists and maps are JSON text.

    Raises:
        ConfigError: A table is in the folder already; nothing was written.
        MissingPartitionError: The date is not published, or nothing is.
    """
    pins, _ = lake.pins()
    days = [day for day in lake.published_dates() if run_date in (None, day)]
    if not days:
        raise MissingPartitionError(
            f"table campaigns: {run_date or 'no date'} is not published in {lake.uri}",
            fix=f"`revenuer run all --run-date {run_date or 'DATE'}`",
        )
    files = FileSystem(lake.spark)
    root = files.qualified(out)
    targets = {name: f"{root}/{name}" for name in names}
    taken = [f"{path}: exists" for path in targets.values() if files.exists(path)]
    if taken:
        raise ConfigError(f"{root} holds an export", taken, "--out another folder, or remove these first")
    counts = {}
    for name, path in targets.items():
        frame = lake.published(name, pins, days).where(in_dates("run_date", days))
        plain = _flat(frame) if fmt == "csv" else frame
        writer = plain.hint("rebalance").write.format(FORMATS[fmt]).mode("errorifexists")
        writer.options(**_SETTINGS[fmt]).save(path)
        counts[name] = frame.count()
    return Export(root, tuple(days), counts)


def _flat(frame: DataFrame) -> DataFrame:
    """Lists and maps as JSON text."""
    return frame.selectExpr(
        *(f"to_json(`{name}`) as `{name}`" if kind.startswith(("array", "map", "struct")) else f"`{name}`"
          for name, kind in frame.dtypes)
    )  # fmt: skip
