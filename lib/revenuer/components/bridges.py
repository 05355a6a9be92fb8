"""Bridges: links whose removal would split their pool.

Exact, by Tarjan's lowlink, one pool at a time in Python. Only the links of published pools come here, which are a
few thousand on most days; this is no hot path.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def bridge_links(links_with_pool: DataFrame) -> DataFrame:
    """Mark the bridges of every pool.

    Args:
        links_with_pool: ``pool_id, account_id, node_id`` and any other columns.

    Returns:
        The same rows and columns, and ``is_bridge boolean``.
    """
    keys = "pool_id", "account_id", "node_id"
    marked = (
        links_with_pool.select(*keys)
        .distinct()
        .groupBy("pool_id")
        .applyInPandas(_mark_pool, "pool_id string, account_id string, node_id string, is_bridge boolean")
    )
    return links_with_pool.join(marked, list(keys)).select(*links_with_pool.columns, "is_bridge")


def _mark_pool(links: pd.DataFrame) -> pd.DataFrame:
    pairs = [(("account", a), ("node", n)) for a, n in zip(links["account_id"], links["node_id"], strict=True)]
    return links.assign(is_bridge=are_bridges(pairs))


def are_bridges(links: Sequence[tuple[Hashable, Hashable]]) -> list[bool]:
    """Whether removing a link would leave its ends unconnected.

    Args:
        links: Pairs of vertices. A pair given twice, in either direction, is two links, so neither is a bridge.
    """
    number: dict[Hashable, int] = {}
    ends = [tuple(number.setdefault(vertex, len(number)) for vertex in link) for link in links]
    beside: list[list[tuple[int, int]]] = [[] for _ in number]
    for index, (a, b) in enumerate(ends):
        beside[a].append((b, index))
        beside[b].append((a, index))
    order = [-1] * len(number)
    low = [0] * len(number)
    is_bridge = [False] * len(ends)
    clock = 0
    for start in range(len(number)):
        if order[start] >= 0:
            continue
        order[start] = low[start] = clock
        clock += 1
        # An explicit stack: a chain of accounts is deeper than Python's own.
        stack = [(start, -1, iter(beside[start]))]
        while stack:
            vertex, via, rest = stack[-1]
            for other, index in rest:
                if index == via:
                    continue
                if order[other] < 0:
                    order[other] = low[other] = clock
                    clock += 1
                    stack.append((other, index, iter(beside[other])))
                    break
                low[vertex] = min(low[vertex], order[other])
            else:
                stack.pop()
                if stack:
                    parent = stack[-1][0]
                    low[parent] = min(low[parent], low[vertex])
                    is_bridge[via] = low[vertex] > order[parent]
    return is_bridge
