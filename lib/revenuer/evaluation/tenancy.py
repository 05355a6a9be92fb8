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
        recall: The same over pairs that are one campaign's, accused or not: no lab is in fragments, and none is lost.
    """

    rand: float
    precision: float
    recall: float


def tenancy(counts: Any, missed: Any = 0.0) -> Tenancy:
    """The three figures; 1 where there are no pairs.

    What no candidate holds is with nothing else: else a lab that is lost would be as if it had never been, and the
    figures the better for it.

    Args:
        counts: Works of accounts, true campaigns by candidates.
        missed: Of each true campaign, those that no candidate holds.
    """
    whole = counts.sum(axis=1) + missed
    together, rows, columns, total = map(_pairs, (counts, whole, counts.sum(axis=0), whole.sum()))
    expected = rows * columns / total if total else 0.0
    most = (rows + columns) / 2
    rand = 1.0 if most == expected else (together - expected) / (most - expected)
    return Tenancy(rand, together / columns if columns else 1.0, together / rows if rows else 1.0)


def _pairs(values: Any) -> float:
    return float((values * (values - 1) / 2).sum())
