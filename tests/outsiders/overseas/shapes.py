"""Shapes of use: tokens by kind of work, hours of the day, and how unequal people's days are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from facts import CAMPUS_BY_HOUR


class Shape(NamedTuple):
    """Tokens of a kind of work: log-normal input and output, share of cached input, share of reasoning in output."""

    capability: str
    input_median: float
    input_sigma: float
    output_median: float
    output_sigma: float
    cached: float
    reasoning: float


KINDS = {
    "chat": Shape("chat", 1020, 0.85, 135, 0.95, 0.15, 0.02),
    "longchat": Shape("chat", 6500, 0.9, 340, 0.5, 0.4, 0.02),
    "autocomplete": Shape("coding", 1450, 0.95, 14, 0.95, 0.1, 0),
    "codegen": Shape("coding", 3000, 0.8, 540, 0.8, 0.25, 0.12),
    "agent": Shape("agentic", 8800, 0.8, 300, 0.9, 0.72, 0.1),
    "extract": Shape("extraction", 1900, 0.5, 80, 0.5, 0.3, 0),
    "translate": Shape("translation", 620, 0.6, 560, 0.6, 0.2, 0),
    "summary": Shape("summarization", 3900, 0.7, 230, 0.4, 0.1, 0),
    "label": Shape("classification", 380, 0.4, 7, 0.4, 0.6, 0),
    "think": Shape("reasoning", 430, 0.55, 1500, 0.6, 0.05, 0.62),
    "ragqa": Shape("retrieval_qa", 4600, 0.6, 240, 0.7, 0.2, 0),
    "desk": Shape("chat", 1750, 0.5, 120, 0.6, 0.6, 0),
    "image": Shape("vision", 1600, 0.3, 100, 0.5, 0, 0),
    "write": Shape("writing", 800, 0.7, 740, 0.6, 0.1, 0.03),
    "grade": Shape("grading", 5200, 0.45, 6, 0.12, 0.3, 0),
    "rubric": Shape("grading", 3600, 0.5, 34, 0.5, 0.4, 0),
    "alt": Shape("vision", 1250, 0.25, 55, 0.4, 0.1, 0),
    "critique": Shape("grading", 4200, 0.5, 420, 0.5, 0.2, 0.2),
}
# How probable a program of its own has tools of its own, by kind.
OWN_TOOLS = {"agent": 0.8, "codegen": 0.4, "desk": 0.45, "ragqa": 0.3, "extract": 0.2}

HOURS = {  # weights of the local hours
    "home": (
        *(3, 2, 1, 0.6, 0.4, 0.5, 1.2, 2.4, 3.2, 3.5, 3.8, 4),
        *(4.2, 4, 4, 4.2, 4.6, 5, 5.6, 6.6, 7.4, 7.4, 6.2, 4.6),
    ),
    "office": (
        *(0.2, 0.1, 0.1, 0.1, 0.1, 0.2, 0.8, 2.2, 6, 9, 10, 9.2),
        *(5.4, 8, 9.6, 9.4, 8.4, 6, 3, 1.6, 1.2, 1, 0.7, 0.4),
    ),
    "night": (*(7, 6, 4.4, 3, 2, 1.2, 1, 1.2, 1.6, 2, 2.6, 3), *(3, 3, 3.2, 3.4, 3.6, 4, 4.6, 5.4, 6.4, 7.4, 8, 8)),
    "flat": (
        *(0.8, 0.75, 0.74, 0.72, 0.75, 0.8, 0.85, 0.95, 1.1, 1.2, 1.25, 1.22),
        *(1.18, 1.2, 1.25, 1.22, 1.2, 1.15, 1.1, 1.05, 1, 0.95, 0.9, 0.85),
    ),
    "even": (1,) * 24,
    "campus": CAMPUS_BY_HOUR,
    "evening": (
        *(2, 1, 0.4, 0.2, 0.1, 0.1, 0.3, 0.8, 1.2, 1.4, 1.5, 1.7),
        *(2, 2, 2, 2.2, 3, 4.6, 6.6, 8.4, 9.4, 9, 6.6, 4),
    ),
    "shop": (*(0.6, 0.2, 0.1, 0, 0, 0, 0, 0.3, 1.4, 3.6, 5, 5.6), *(6, 6, 6.4, 7, 7.4, 8, 8.4, 8.6, 8, 6.6, 4, 1.8)),
    "field": (*(0, 0, 0, 0, 0.1, 0.8, 4, 7, 8.6, 8, 7, 5), *(2, 4.6, 6.4, 6.6, 5, 3, 1.8, 1.4, 1, 0.5, 0.2, 0)),
    "piece": (
        *(1.4, 0.7, 0.2, 0.1, 0, 0.3, 1.2, 3, 5, 6, 6.4, 5.4),
        *(2.2, 5, 6, 6, 5.2, 4, 3, 4.8, 5.6, 5.4, 4.2, 2.6),
    ),
}


def hour_of_day(rng: np.random.Generator, hours: str, n: int) -> np.ndarray:
    """Local hours with their fractions, by the weights of that name."""
    below = np.cumsum(np.asarray(HOURS[hours], float))
    below /= below[-1]
    return np.searchsorted(below, rng.random(n)) + rng.random(n)


def zipf(n: int, power: float) -> np.ndarray:
    """Probabilities that fall with the rank."""
    weights = 1 / np.arange(1, n + 1) ** power
    return weights / weights.sum()


def loads(rng: np.random.Generator, n: int, median: float, sigma: float, tail: float = 0.03) -> np.ndarray:
    """Exchanges a day: a log-normal body, and a Pareto tail for a share of the accounts."""
    load = np.exp(np.log(median) + sigma * rng.standard_normal(n))
    heavy = rng.random(n) < tail
    return np.where(heavy, load * (1 + rng.pareto(1.6, n)) * 3, load).clip(0.02, 260)
