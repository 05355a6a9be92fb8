"""Bridges: links whose removal would split their pool.

Exact, one pool at a time. What can be a bridge is sifted first: the links of a spanning forest, and of a spanning
forest of the links that are left, have exactly the bridges of the whole graph (the sparse certificate of Nagamochi and
Ibaraki, Algorithmica 7, 1992, for two connections). Tarjan's lowlink then goes over at most two links per vertex.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from revenuer.components.adjacency import Codes, spanning_links

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def bridge_links(links_with_pool: DataFrame) -> DataFrame:
    """The bridges of every pool.

    Args:
        links_with_pool: ``pool_id, src, dst`` (vertex ids); a link that is listed twice is still one.

    Returns:
        Those rows that are bridges.
    """
    return (
        links_with_pool.select("pool_id", "src", "dst")
        .groupBy("pool_id")
        .applyInArrow(_bridges_of_pool, "pool_id string, src bigint, dst bigint")
    )


def _bridges_of_pool(links: pa.Table) -> pa.Table:
    account, node = (links[name].combine_chunks().dictionary_encode() for name in ("src", "dst"))
    left, right = (column.indices.to_numpy().astype(np.int32) for column in (account, node))
    node_count = len(node.dictionary)
    _, once = np.unique(left.astype(np.int64) * node_count + right, return_index=True)
    found = find_bridges(left[once], right[once] + np.int32(len(account.dictionary)))
    return links.take(once[found])


def find_bridges(left: Codes, right: Codes) -> NDArray[np.bool_]:
    """Whether removing a link would leave its ends unconnected.

    Args:
        left: One end of every link, vertices numbered from 0.
        right: The other end. A pair given twice, in either direction, is two links, so neither is a bridge.
    """
    size = int(max(left.max(initial=-1), right.max(initial=-1))) + 1
    kept = spanning_links(left, right, size)
    others = np.flatnonzero(~kept)
    kept[others[spanning_links(left[others], right[others], size)]] = True
    index = np.flatnonzero(kept)
    is_bridge = np.zeros(len(left), dtype=np.bool_)
    is_bridge[index] = _lowlink(list(zip(left[index].tolist(), right[index].tolist(), strict=True)), size)
    return is_bridge


def _lowlink(ends: Sequence[tuple[int, int]], size: int) -> list[bool]:
    """As :func:`find_bridges`, by going over all links."""
    beside: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for index, (a, b) in enumerate(ends):
        beside[a].append((b, index))
        beside[b].append((a, index))
    order = [-1] * size
    low = [0] * size
    is_bridge = [False] * len(ends)
    clock = 0
    for start in range(size):
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
