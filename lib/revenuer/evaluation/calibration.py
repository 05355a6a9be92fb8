"""Calibration: how far a probability can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from revenuer.markdown import table_lines

_BINS = 10

Pairs = Sequence[tuple[float, float]]
"""(probability, truth) with truth 0 or 1."""


@dataclass(frozen=True)
class Bin:
    """Candidates of like probability.

    Attributes:
        low: Lower edge of the bin.
        high: Upper edge.
        count: Candidates in it.
        probability: Mean probability.
        share: Share of them that are campaigns.
    """

    low: float
    high: float
    count: int
    probability: float
    share: float


def reliability(pairs: Pairs) -> tuple[Bin, ...]:
    """Ten equal bins of probability, those without a candidate left out."""
    bins = []
    for number in range(_BINS):
        mine = [(p, y) for p, y in pairs if min(int(p * _BINS), _BINS - 1) == number]
        if mine:
            probability, share = (sum(pair[k] for pair in mine) / len(mine) for k in (0, 1))
            bins.append(Bin(number / _BINS, (number + 1) / _BINS, len(mine), probability, share))
    return tuple(bins)


def calibration_error(pairs: Pairs) -> float:
    """Expected calibration error (Naeini et al., AAAI 2015) in ten equal bins."""
    return sum(b.count * abs(b.probability - b.share) for b in reliability(pairs)) / len(pairs) if pairs else 0.0


def brier(pairs: Pairs) -> float:
    """Mean squared error of the probabilities (Brier, Monthly Weather Review 78, 1950)."""
    return sum((p - y) ** 2 for p, y in pairs) / len(pairs) if pairs else 0.0


def reliability_markdown(pairs: Pairs) -> str:
    """The bins as a Markdown table."""
    heads = ["probability", "candidates", "mean probability", "campaigns among them"]
    rows = [
        (f"{b.low:.1f} to {b.high:.1f}", b.count, f"{b.probability:.3f}", f"{b.share:.3f}") for b in reliability(pairs)
    ]
    return "\n".join(table_lines(heads, rows))
