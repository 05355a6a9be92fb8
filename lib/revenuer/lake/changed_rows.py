"""Which rows of a load are new or changed, and from which run date on they can matter.

Tables without partitions are loaded whole every day, although a few rows of them are new. Writing only those, and
saying since when they count, leaves older results current.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr
from pyspark.sql.functions import max as max_
from pyspark.sql.functions import min as min_
from pyspark.sql.types import MapType

# In a commit's metadata: the first run date its rows can matter to, ISO. Absent: any.
SINCE = "since"


def changed_rows(source: DataFrame, stored: DataFrame | None, key: Sequence[str]) -> DataFrame:
    """Rows of a load that are not stored just so, computed now.

    Args:
        source: The load, key unique.
        stored: The table; None where there is none yet.
        key: Columns that identify a row.

    Returns:
        The columns of ``source`` and ``_is_new``: whether no row of that key is stored.
    """
    if stored is None:
        return source.withColumn("_is_new", expr("true")).localCheckpoint()
    # Maps cannot be compared; their entries can.
    values = ", ".join(
        f"map_entries(`{field.name}`)" if isinstance(field.dataType, MapType) else f"`{field.name}`"
        for field in stored.schema.fields
    )
    row = expr(f"struct({values})")
    # Owners may have stored a key twice. Each row of the load must come out once: Delta refuses to merge two into one.
    known = stored.groupBy(*(expr(f"`{name}`").alias(f"_key_{name}") for name in key)).agg(
        min_(row).alias("_least"), max_(row).alias("_most")
    )
    same_key = expr(" and ".join(f"`{name}` = `_key_{name}`" for name in key))
    return (
        source.withColumn("_row", row)
        .join(known, same_key, "left")
        .where("_least is null or not (_row <=> _least and _row <=> _most)")
        .selectExpr(*(f"`{name}`" for name in source.columns), "_least is null as _is_new")
        .localCheckpoint()
    )


def since_when(changed: DataFrame, column: str | None) -> str | None:
    """First run date that rows can matter to; None where they may matter to any.

    Args:
        changed: As :func:`changed_rows` returns it.
        column: Instant from which on a row counts; None where the table has none.
    """
    if column is None:
        return None
    # A row that replaces another takes something back that may have counted earlier.
    found = changed.selectExpr(
        f"min(cast(`{column}` as date)) as first", f"bool_and(_is_new and `{column}` is not null) as is_dated"
    ).collect()[0]
    return str(found["first"]) if found["is_dated"] else None
