"""Sums that come out the same however Spark splits the rows.

A sum of doubles depends on the order of its terms in the last digits, and the order depends on partitions and cores.
"""

from __future__ import annotations


def exact_sum_sql(value: str, where: str | None = None, *, is_large: bool = False, over: str = "") -> str:
    """SQL aggregate: a sum of doubles, each taken to twelve decimals; any order gives the same double.

    Args:
        value: SQL of the terms, below 1e16.
        where: SQL condition of the rows to sum; all when omitted.
        is_large: Terms may be as large as 1e30, like squares of counts, and are taken to eight decimals.
        over: Its window, ``over (...)``, where it is no plain aggregate; it takes no ``where``.
    """
    size = "38, 8" if is_large else "28, 12"
    narrowed = f" filter (where {where})" if where else ""
    return f"cast(sum(cast({value} as decimal({size}))){narrowed} {over} as double)"
