"""Tables of another version than this package writes: which there are, and how older ones are read.

A schema change makes a new ``<table>_vN`` and leaves the one before as it is. Its readers go on with
``lake.view("<table>_vM")``, or with the view of that name in the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revenuer.errors import ConfigError
from revenuer.tables import CONTRACTS, contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.lake.tablespace import Tablespace

_NAME = re.compile(r"([a-z][a-z0-9_]*)_v([1-9][0-9]*)")
_FOLDER = re.compile(r"/([a-z][a-z0-9_]*_v[1-9][0-9]*)(?=[,}])")


@dataclass(frozen=True)
class StoredTable:
    """A table's folder in a lake.

    Attributes:
        table_name: Physical name, for instance ``campaigns_v1``.
        relation: ``current``, ``older`` or ``newer`` than this package's contract; ``unknown`` where it has none.
    """

    table_name: str
    relation: str


def stored_tables(lake: Tablespace) -> list[StoredTable]:
    """Every ``<name>_vN`` folder below a lake's root, by name."""
    return [StoredTable(name, _relation(name)) for name in sorted(_FOLDER.findall(lake.files.listing(lake.uri)))]


def is_older(name: str) -> bool:
    """Whether a physical table name stands for an older version of a table this package knows."""
    return _relation(name) == "older"


def read_older(lake: Tablespace, table_name: str) -> DataFrame:
    """An older table as it is stored; of a published one, what readers saw last.

    Raises:
        ConfigError: The lake has no such table.
    """
    contract = _contract(table_name)
    path = f"{lake.uri}/{table_name}"
    if not lake.files.exists(f"{path}/_delta_log"):
        raise ConfigError(f"there is no table {table_name} in {lake.uri}", fix=f"read {contract}")
    reader = lake.spark.read.format("delta")
    if contract_of(contract).layer != "published":
        return reader.load(path)
    pin = lake.pins()[0].get(_pin_name(table_name))
    rows = reader.load(path) if pin is None else reader.option("versionAsOf", pin).load(path)
    return rows.where(rows["run_date"].isin(lake.published_dates()))


def pin_name(name: str) -> str:
    """What the manifest calls the version of a table; of versions after the first, so that both stay pinned."""
    return _pin_name(contract_of(name).table_name)


def pin_of(name: str, pins: Mapping[str, int]) -> int | None:
    """The version of a table that the manifest pins; None where it pins none.

    Args:
        name: Table.
        pins: As the manifest has them.
    """
    return pins.get(pin_name(name))


def _pin_name(table_name: str) -> str:
    return table_name.removesuffix("_v1")


def _contract(table_name: str) -> str:
    matched = _NAME.fullmatch(table_name)
    return matched[1] if matched and matched[1] in CONTRACTS else ""


def _relation(table_name: str) -> str:
    name = _contract(table_name)
    if not name:
        return "unknown"
    version, current = int(table_name.rsplit("_v", 1)[1]), CONTRACTS[name].version
    return "current" if version == current else "older" if version < current else "newer"
