"""Grouping of numpy columns: sorting a combined key once serves every sum, minimum and set of the group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

MISSING = -1
_MAX_KEY = 2**62


@dataclass(frozen=True)
class Groups:
    """Rows that share a key, each group a run of the sorted rows.

    Attributes:
        order: Row numbers, group by group.
        starts: Where each group starts in ``order``.
    """

    order: Ints
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def sizes(self) -> Ints:
        """Rows of each group."""
        return np.diff(self.starts, append=len(self.order))

    @cached_property
    def labels(self) -> Ints:
        """Number of each row's group, by row."""
        labels = np.empty(len(self.order), dtype=np.int64)
        labels[self.order] = np.repeat(np.arange(len(self)), self.sizes)
        return labels

    def first(self, values: NDArray[Any]) -> NDArray[Any]:
        """A value of each group, for columns that are constant in it."""
        return values[self.order[self.starts]]

    def total(self, values: NDArray[Any]) -> Ints:
        """Sum of each group."""
        return self._reduced(np.add, values)

    def least(self, values: Ints) -> Ints:
        """Smallest value of each group."""
        return self._reduced(np.minimum, values)

    def greatest(self, values: Ints) -> Ints:
        """Largest value of each group."""
        return self._reduced(np.maximum, values)

    def _reduced(self, reduce: np.ufunc, values: NDArray[Any]) -> Ints:
        if not len(self):
            return np.empty(0, dtype=np.int64)
        reduced: Ints = reduce.reduceat(values[self.order], self.starts, dtype=np.int64)
        return reduced


def grouped(*columns: Ints) -> Groups:
    """Group rows by columns of small numbers, ``MISSING`` being a value of its own.

    Groups come in the order of their keys. Rows whose first column ascends already are grouped fastest.
    """
    return runs(combined(*columns))


def runs(keys: Ints) -> Groups:
    """Group rows by one number."""
    order = np.argsort(keys, kind="stable")  # quick on rows that are nearly in order, as those of one account are
    ranked = keys[order]
    is_start = np.ones(len(keys), dtype=bool)
    np.not_equal(ranked[1:], ranked[:-1], out=is_start[1:])
    return Groups(order, np.flatnonzero(is_start))


def combined(*columns: Ints) -> Ints:
    """One number per row that orders and tells apart rows as the columns together do."""
    keys = columns[0]
    if not len(keys):
        return keys
    bound = int(keys.max()) + 1
    for column in columns[1:]:
        width = int(column.max()) + 2
        if bound * width >= _MAX_KEY:
            keys = runs(keys).labels
            bound = int(keys.max()) + 1
        keys = keys * width + (column + 1)
        bound *= width
    return keys


def offsets(labels: Ints, count: int) -> NDArray[np.int32]:
    """Arrow list offsets of sorted labels: where each of ``count`` lists starts and the last one ends."""
    return np.concatenate([[0], np.cumsum(np.bincount(labels, minlength=count))]).astype(np.int32)


def position_in_run(labels: Ints) -> Ints:
    """Place of each row among its equals, from 0; labels are sorted."""
    if not len(labels):
        return labels
    is_start = np.concatenate([[True], labels[1:] != labels[:-1]])
    starts = np.flatnonzero(is_start)
    return np.arange(len(labels)) - np.repeat(starts, np.diff(starts, append=len(labels)))
