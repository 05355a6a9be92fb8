"""The shipped traffic tables as arrays the generator can sample from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from revenuer.simulate.ids import Floats, Ints

LEVELS = np.array([0.0, 0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0])
_NAMES = ("p01", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "p99")
_CELLS = 2048


def table(name: str) -> pd.DataFrame:
    """One shipped table by file name without its ending."""
    with resources.files("revenuer.simulate").joinpath("data", f"{name}.csv").open("r", encoding="utf-8") as file:
        return pd.read_csv(file)


@dataclass(frozen=True)
class Lengths:
    """Length models: row = model, column = quantile at :data:`LEVELS`, in log tokens."""

    log_quantiles: Floats
    modal_share: Floats

    def draw(self, model: Ints, uniform: Floats) -> Floats:
        """Lengths in tokens by inverse quantiles, linear in log tokens between the known levels."""
        k = np.searchsorted(LEVELS, uniform, side="right").clip(1, len(LEVELS) - 1)
        low, high = self.log_quantiles[model, k - 1], self.log_quantiles[model, k]
        part = (uniform - LEVELS[k - 1]) / (LEVELS[k] - LEVELS[k - 1])
        drawn: Floats = np.exp(low + part * (high - low))
        return drawn


@cache
def hour_shapes() -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, weights and inverse distribution tables of the hour profiles.

    Returns:
        Names; share of business clients with each shape; and per profile a table that maps a uniform cell to an hour
        of the local day (float, 0..24).
    """
    frame = table("hour_profiles")
    shapes = frame[[f"h{h:02d}" for h in range(24)]].to_numpy(float)
    # People at home: the campus shape, later in the evening and weaker at night than a business API.
    home = np.roll(shapes[0], 3) + 0.15 * shapes[0]
    office = np.array([1, 1, 1, 1, 1, 2, 6, 20, 60, 95, 100, 98, 70, 88, 100, 98, 90, 70, 36, 18, 10, 7, 4, 2], float)
    flat = np.ones(24)
    shapes = np.vstack([shapes, home, office, flat])
    names = (*frame["profile"], "home", "office", "flat")
    weights = np.concatenate([frame["weight"].to_numpy(float), np.zeros(3)])
    inverse = np.empty((len(shapes), _CELLS + 1))
    for row, shape in enumerate(shapes):
        cumulative = np.concatenate([[0.0], np.cumsum(shape / shape.sum())])
        inverse[row] = np.interp(np.linspace(0, 1, _CELLS + 1), cumulative, np.arange(25))
    return names, weights, inverse


def hours(profile: Ints, uniform: Floats) -> Floats:
    """Local hour of day (0..24) drawn from each event's profile."""
    inverse = hour_shapes()[2]
    cell = uniform * _CELLS
    k = cell.astype(np.int64).clip(0, _CELLS - 1)
    low = inverse[profile, k]
    hour: Floats = low + (cell - k) * (inverse[profile, k + 1] - low)
    return hour


def profile(name: str) -> int:
    """Row of a named hour profile."""
    return hour_shapes()[0].index(name)


@cache
def lengths() -> tuple[Lengths, Lengths, dict[str, int]]:
    """Input lengths, output lengths, and the rows that have a name.

    ``conv`` and ``code`` are the public services; ``long`` is long-context chat as published (p50 6,909, p90 27,367
    tokens in; 350 and 597 out); ``even`` spreads little around its scale times 1 token, for work whose length somebody
    has chosen.
    """
    frame = table("token_quantiles")
    both = []
    for short in ("in", "out"):
        q = frame[[f"{short}_{n}" for n in _NAMES]].to_numpy(float).clip(1)
        q = np.maximum.accumulate(q, axis=1)
        edges = np.column_stack([q[:, :1] * 0.7, q, q[:, -1:] * 1.6])
        both.append(Lengths(np.log(edges.clip(1)), frame[f"{short}_top_share"].to_numpy(float)))
    rows = {"conv": 0, "code": 1, "long": len(frame), "even": len(frame) + 1}
    normal = np.array([-3.0, -2.326, -1.645, -1.282, -0.674, 0, 0.674, 1.282, 1.645, 2.326, 3.0])
    for k, (median, sigma) in enumerate(((6909.0, 1.07), (350.0, 0.42))):
        more = np.stack([np.log(median) + sigma * normal, 0.5 * normal])
        both[k] = Lengths(np.vstack([both[k].log_quantiles, more]), np.concatenate([both[k].modal_share, [0.0, 0.0]]))
    return both[0], both[1], rows
