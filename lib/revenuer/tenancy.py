"""Whether labs are kept apart, and each in one piece: pairs of their works, as they lie in truth and in candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tenancy:
    """How true campaigns lie in accused candidates.

    The index alone does not tell a lab of which one account in a thousand is apart from two labs in one candidate: it
    is 0 for both.

    Attributes:
        rand: Adjusted Rand index (Hubert and Arabie, Comparing Partitions, 1985).
        precision: Pairs in one candidate that are one campaign's, over pairs in one candidate: labs are not merged.
        recall: The same over pairs that are one campaign's: no lab is in fragments.
    """

    rand: float
    precision: float
    recall: float


def tenancy(counts: Any) -> Tenancy:
    """The three figures of a contingency table, true campaigns by candidates; 1 where there are no pairs."""
    together, rows, columns = _pairs(counts), _pairs(counts.sum(axis=1)), _pairs(counts.sum(axis=0))
    total = _pairs(counts.sum())
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    rand = 1.0 if most == expected else (together - expected) / (most - expected)
    return Tenancy(rand, together / columns if columns else 1.0, together / rows if rows else 1.0)


def _pairs(values: Any) -> float:
    return float((values * (values - 1) / 2).sum())
