"""When things happen: people in their time zones, machines, schedules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from afield.world import DAY
from facts import CAMPUS_BY_HOUR

from farther.world import DAYS, HOUR, SPAN, Each, Uses, World

PROFILES = {
    "campus": CAMPUS_BY_HOUR,
    "office": (
        *(4, 2, 1, 1, 1, 3, 10, 35, 80, 120, 130, 120),
        *(85, 105, 125, 120, 105, 75, 40, 28, 24, 20, 14, 8),
    ),
    "evening": (
        *(40, 20, 8, 4, 3, 3, 8, 20, 25, 28, 30, 32),
        *(40, 36, 34, 36, 48, 66, 90, 118, 130, 128, 105, 70),
    ),
    "flat": (
        *(70, 65, 62, 60, 60, 64, 70, 80, 92, 100, 105, 106),
        *(102, 104, 106, 104, 100, 96, 92, 90, 88, 84, 80, 74),
    ),
    "school": (
        *(2, 1, 1, 1, 1, 2, 6, 20, 60, 90, 95, 80),
        *(40, 60, 90, 110, 130, 120, 90, 80, 70, 40, 15, 5),
    ),
    "shift": (
        *(30, 25, 20, 18, 20, 40, 90, 110, 110, 105, 100, 100),
        *(80, 95, 110, 110, 105, 95, 85, 75, 65, 55, 45, 35),
    ),
}
CDF = {k: np.cumsum(np.array(v, float)) / sum(v) for k, v in PROFILES.items()}


def hours(rng: np.random.Generator, profile: str, n: int) -> np.ndarray:
    """n hours of a day."""
    return np.searchsorted(CDF[profile], rng.random(n)) + rng.random(n)


def ranks(groups: np.ndarray) -> np.ndarray:
    """Position of each row within its run of equal neighbours."""
    if not len(groups):
        return np.zeros(0, int)
    first = np.r_[True, groups[1:] != groups[:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(groups)), 0))
    return np.arange(len(groups)) - start


def within(groups: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Cumulative gaps inside each run (0 for the first)."""
    if not len(groups):
        return np.zeros(0)
    rank = ranks(groups)
    total = np.cumsum(np.where(rank == 0, 0, gaps))
    return total - total[np.arange(len(groups)) - rank]


def gaps_of(rng: np.random.Generator, gap: tuple[float, float], n: int) -> np.ndarray:
    """Seconds between turns, log-normal by median and sigma."""
    return rng.lognormal(np.log(gap[0]), gap[1], n)


def human(
    w: World,
    acc: np.ndarray,
    counts: np.ndarray,
    profile: str = "office",
    length: Each = 3.0,
    gap: tuple[float, float] = (126, 1.2),
    weekend: float = 0.35,
    *,
    days: Sequence[float] | np.ndarray | None = None,
    day_sigma: float = 0.9,
    shift_sd: float = 1.4,
) -> Uses:
    """People's use: sessions of a mean length at hours of their own zone, each person somewhat early or late."""
    rng = w.rng
    if not counts.sum():
        return Uses(np.zeros(0, int), np.zeros(0), np.zeros(0, int), np.zeros(0, int))
    row = np.repeat(np.arange(len(acc)), counts)
    mean = np.broadcast_to(np.asarray(length, float), len(acc))
    start = (rng.random(len(row)) < 1 / mean[row]) | np.r_[True, row[1:] != row[:-1]]
    sess = np.cumsum(start) - 1
    who = row[start]
    weights = rng.lognormal(0, day_sigma, (len(acc), DAYS))
    weights *= np.where(w.weekday(np.arange(DAYS)) >= 5, weekend, 1.0)
    if days is not None:
        weights = weights * np.asarray(days, float) + 1e-12
    cum = np.cumsum(weights, 1)
    cum /= cum[:, -1:]
    day = (cum[who] < rng.random(len(who))[:, None]).sum(1)
    hour = hours(rng, profile, len(who))
    shift = rng.normal(0, shift_sd, len(acc))
    begin = (day * DAY + (hour + shift[who] - w.a["tz"][acc[who]]) * HOUR) % SPAN
    later = within(sess, gaps_of(rng, gap, len(row)))
    t = (begin[sess] + np.minimum(later, 6 * HOUR)) % SPAN
    return Uses(acc[row], t, w.sessions(sess), ranks(sess))


def even(w: World, acc: np.ndarray, per_day: np.ndarray, jitter: float = 0.3) -> Uses:
    """Steady machines: almost equal spacing, a phase of their own."""
    rng = w.rng
    n = rng.poisson(per_day * DAYS)
    row = np.repeat(np.arange(len(acc)), n)
    t = (ranks(row) + rng.random(len(acc))[row] + rng.normal(0, jitter, len(row))) / n[row] * SPAN
    return Uses(acc[row], t % SPAN, w.sessions(np.arange(len(row))), np.zeros(len(row), int))


def scheduled(
    w: World,
    acc: np.ndarray,
    runs: Each,
    burst: float,
    gap: tuple[float, float] = (4, 0.8),
    between: tuple[int, int] = (0, 24),
    round_hour: float = 0.5,
) -> Uses:
    """Runs at fixed local times of each day (many at full hours), each of about `burst` calls."""
    rng = w.rng
    slot = np.repeat(np.arange(len(acc)), np.broadcast_to(np.asarray(runs, int), len(acc)))
    hour = rng.integers(*between, len(slot))
    on_the_clock = rng.random(len(slot)) < round_hour
    minute = np.where(on_the_clock, rng.choice([0, 0, 0, 15, 30], len(slot)), rng.integers(0, 60, len(slot)))
    base = hour * HOUR + minute * 60 - w.a["tz"][acc[slot]] * HOUR
    grid = base[:, None] + np.arange(DAYS) * DAY + rng.exponential(20, (len(base), DAYS))
    kept = rng.random(grid.shape) < 0.96
    who, begin = np.repeat(slot, DAYS)[kept.ravel()], grid.ravel()[kept.ravel()]
    sess = np.repeat(np.arange(len(who)), rng.poisson(burst - 1, len(who)) + 1)
    t = begin[sess] + within(sess, gaps_of(rng, gap, len(sess)))
    return Uses(acc[who[sess]], t % SPAN, w.sessions(sess), ranks(sess))


def arrivals(
    w: World,
    n: int,
    profile: str | None,
    tz: float,
    days: Sequence[float] | None = None,
    wobble: float = 0.25,
) -> np.ndarray:
    """Start times of n jobs, at rates that wobble by day and follow hours of the operator's zone (None: even)."""
    rng = w.rng
    p = np.ones(DAYS) if days is None else np.asarray(days, float)
    p = p * rng.lognormal(0, wobble, DAYS)
    day = rng.choice(DAYS, n, p=p / p.sum())
    hour = rng.random(n) * 24 if profile is None else hours(rng, profile, n)
    return np.sort((day * DAY + (hour - tz) * HOUR) % SPAN)
