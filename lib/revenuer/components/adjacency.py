"""Exact graph routines over numpy arrays of vertex ids: no Spark, no session.

Both streams here keep memory to the vertices plus one chunk of links: whenever enough links have come in, they are
folded into a forest that connects exactly the same vertices, and the links themselves are let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

Ids: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
LinkArrays: TypeAlias = tuple[Ids, Ids]

CHUNK_LINKS = 8_000_000


def numbered(src: Ids, dst: Ids) -> tuple[Ids, Codes, Codes]:
    """Replace ids by dense numbers.

    Returns:
        Distinct ids (in order of appearance), and both ends as positions in them.
    """
    codes, ids = pd.factorize(np.concatenate([src, dst]))
    codes = codes.astype(np.int32)
    return np.asarray(ids, dtype=np.int64), codes[: len(src)], codes[len(src) :]


def matrix(src: Codes, dst: Codes, size: int) -> csr_matrix:
    """Adjacency as a sparse matrix, one stored value per link."""
    return csr_matrix((np.ones(len(src), dtype=np.int8), (src, dst)), shape=(size, size))


def labels(src: Ids, dst: Ids) -> tuple[Ids, Ids]:
    """Component of every vertex.

    Returns:
        Distinct ids and, beside each, the smallest id of its component.
    """
    ids, left, right = numbered(src, dst)
    if len(ids) == 0:
        return ids, ids
    count, label = connected_components(matrix(left, right, len(ids)), directed=False)
    smallest = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
    np.minimum.at(smallest, label, ids)
    return ids, smallest[label]


def stream_labels(chunks: Iterable[LinkArrays], chunk_links: int = CHUNK_LINKS) -> tuple[Ids, Ids]:
    """As :func:`labels`, over chunks of links."""
    # Every component collapses to a star around its smallest member, itself included.
    return _folded(chunks, chunk_links, labels)


def spanning_forest(src: Ids, dst: Ids) -> LinkArrays:
    """A subset of the links that connects the same vertices without a cycle, self loops kept for lone vertices."""
    ids, left, right = numbered(src, dst)
    if len(ids) == 0:
        return ids, ids
    parent = _spanning_parents(left, right, len(ids))
    # A seed keeps a loop on itself, so that a vertex without neighbours is not lost.
    parent = np.where(parent == len(ids), np.arange(len(ids)), parent)
    return ids, ids[parent]


def spanning_links(left: Codes, right: Codes, size: int) -> NDArray[np.bool_]:
    """Which links make a spanning forest of a graph of ``size`` vertices; as :func:`spanning_forest`, by position."""
    parent = _spanning_parents(left, right, size)
    child = np.where(parent[left] == right, left, np.where(parent[right] == left, right, -1))
    # Of links between the same two vertices the first is taken.
    _, first = np.unique(child, return_index=True)
    is_taken = np.zeros(len(left), dtype=np.bool_)
    is_taken[first] = True
    return is_taken & (child >= 0)


def stream_witness(
    chunks: Iterable[LinkArrays], roots: Callable[[], Ids], chunk_links: int = CHUNK_LINKS
) -> tuple[Ids, Ids, NDArray[np.int64]]:
    """Grow a tree from every root along existing links.

    Args:
        chunks: Links of the graph.
        roots: Where trees start; asked for when all links are read.
        chunk_links: Links gathered before they are folded into a forest.

    Returns:
        Vertices some root reaches, the parent of each (itself for a root) and its depth (0 for a root).
    """
    ids, left, right = numbered(*_folded(chunks, chunk_links, spanning_forest))
    known = pd.Index(ids).get_indexer(pd.Index(np.unique(roots())))
    parent = _parents(left, right, len(ids), known[known >= 0])
    reached = parent >= 0
    is_root = parent == len(ids)
    own = np.arange(len(ids))
    ancestor = np.where(reached & ~is_root, parent, own)
    depth = (reached & ~is_root).astype(np.int64)
    # Pointer doubling: a chain of a million vertices takes twenty rounds.
    while not np.array_equal(ancestor[ancestor], ancestor):
        depth = depth + depth[ancestor]
        ancestor = ancestor[ancestor]
    chosen = np.where(is_root, own, parent)[reached]
    return ids[reached], ids[chosen], depth[reached]


def _spanning_parents(left: Codes, right: Codes, size: int) -> NDArray[np.int64]:
    """As :func:`_parents`, one seed in every component."""
    _, label = connected_components(matrix(left, right, size), directed=False)
    _, seeds = np.unique(label, return_index=True)
    return _parents(left, right, size, seeds)


def _parents(left: Codes, right: Codes, size: int, seeds: NDArray[np.integer]) -> NDArray[np.int64]:
    """Parents of a breadth-first forest: ``size`` for a seed, negative where no seed reaches."""
    # One extra vertex tied to all seeds turns a forest into a single traversal.
    extra = np.full(len(seeds), size, dtype=np.int32)
    joined = matrix(np.concatenate([left, extra]), np.concatenate([right, seeds.astype(np.int32)]), size + 1)
    _, parent = breadth_first_order(joined, size, directed=False, return_predecessors=True)
    return np.asarray(parent[:size], dtype=np.int64)


def _folded(chunks: Iterable[LinkArrays], chunk_links: int, fold: Callable[[Ids, Ids], LinkArrays]) -> LinkArrays:
    """Fold links into a forest whenever a chunk's worth, and no fewer than the forest has, are waiting."""
    empty = np.empty(0, np.int64)
    waiting: list[LinkArrays] = [(empty, empty)]
    size, threshold = 0, chunk_links
    for src, dst in chunks:
        waiting.append((src, dst))
        size += len(src)
        if size >= threshold:
            waiting = [_fold_all(waiting, fold)]
            size, threshold = 0, max(chunk_links, len(waiting[0][0]))
    return _fold_all(waiting, fold)


def _fold_all(parts: list[LinkArrays], fold: Callable[[Ids, Ids], LinkArrays]) -> LinkArrays:
    return fold(np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
