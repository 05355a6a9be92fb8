"""When things happen: sessions, services, schedules, bursts; all return (row in the block, time, session, turn).

A session or turn of -1 is none. What falls outside the window is dropped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from facts import CAMPUS_BY_HOUR
from yonder.world import DAY

from abroad.hashing import mix, pick
from abroad.world import DAYS, HOUR, World

Beats = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
CAMPUS = np.array(CAMPUS_BY_HOUR, float)
OFFICE = np.array(
    [2, 1, 1, 1, 1, 1, 3, 10, 40, 95, 110, 105, 70, 90, 110, 105, 90, 60, 30, 18, 14, 12, 8, 4], dtype=float
)
SCHOOL = np.array([0, 0, 0, 0, 0, 0, 2, 25, 60, 70, 75, 70, 50, 60, 70, 70, 55, 45, 40, 60, 75, 55, 20, 4], float)


def swing(depth: float, peak: Any) -> np.ndarray:
    """A day's 24 weights that swing about 1 and are highest at an hour."""
    return 1 + depth * np.cos((np.arange(24) - peak) / 24 * 2 * np.pi)


def amounts(w: World, n: int, mean: float, sigma: float, cap: float = 60000) -> np.ndarray:
    """Log-normal whole amounts with the wanted mean."""
    x = np.minimum(np.exp(w.rng.normal(0, sigma, n)), np.exp(3.6 * sigma))
    return np.minimum(np.round(x * mean / x.mean() + 0.12), cap).astype(np.int64)


def weekday(w: World, day: np.ndarray) -> np.ndarray:
    """Weekday (0 Monday) of days of the window."""
    return (int(w.start // DAY) + 3 + day) % 7


def runs(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each of consecutive runs laid out: the number of its run, and the place in it."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    return run, np.arange(len(run)) - (np.cumsum(lengths) - lengths)[run]


def _day_weights(w: World, n: int, active: np.ndarray, weekend: float, days: Any = None) -> np.ndarray:
    """How much of an account's use falls on a day (n x 14)."""
    r = w.rng
    wt = (r.random((n, DAYS)) < active[:, None]) * r.gamma(1.2, 1, (n, DAYS)) + 1e-9
    wt *= np.where(r.random((n, DAYS)) < 0.04, 5, 1)
    wt *= np.where(weekday(w, np.arange(DAYS)) >= 5, weekend, 1)
    if days is not None:
        wt *= np.asarray(days)
    return wt / wt.sum(1, keepdims=True)


def _starts(
    w: World, count: np.ndarray, weights: np.ndarray, profile: np.ndarray, tz: np.ndarray, shift: Any
) -> tuple[np.ndarray, np.ndarray]:
    """So many starts of each account on its days, in its local hours: (row, time)."""
    r = w.rng
    who = np.repeat(np.arange(len(count)), count)
    cum = np.cumsum(weights, 1)
    day = np.minimum((r.random(len(who))[:, None] > cum[who]).sum(1), DAYS - 1)
    hour = r.choice(24, len(who), p=profile / profile.sum()) + r.random(len(who))
    hour = hour + np.broadcast_to(shift, len(count))[who]
    return who, w.start + day * DAY + (hour - tz[who]) * HOUR


def _count(amount: np.ndarray, size: float) -> np.ndarray:
    """How many pieces of about a size an amount is cut into; at least one, unless it is 0."""
    return np.where(amount > 0, np.maximum(1, np.round(amount / size)), 0).astype(np.int64)


def _chain(start: np.ndarray, lengths: np.ndarray, run: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Times of runs whose steps follow one another by gaps."""
    cum = np.cumsum(gap)
    return start[run] + cum - cum[np.cumsum(lengths) - lengths][run]


def _inside(w: World, who: np.ndarray, t: np.ndarray, session: Any = -1, turn: Any = -1) -> Beats:
    """What falls into the window."""
    m = (t >= w.start) & (t < w.end)
    return who[m], t[m], np.broadcast_to(session, len(t))[m], np.broadcast_to(turn, len(t))[m]


def sessions(
    w: World,
    amount: np.ndarray,
    tz: np.ndarray,
    shift: np.ndarray,
    turns: float = 2.0,
    gap: float = 126,
    profile: np.ndarray = CAMPUS,
    weekend: float = 0.6,
    active: Any = None,
    days: Any = None,
    sig: float = 1.1,
) -> Beats:
    """Human sessions in local hours; turns geometric, gaps log-normal."""
    r, n = w.rng, len(amount)
    active = r.beta(1.3, 1.6, n) if active is None else np.broadcast_to(active, (n,))
    weights = _day_weights(w, n, active, weekend, days)
    who, start = _starts(w, _count(amount, turns), weights, profile, tz, shift)
    k = r.geometric(1 / turns, len(who))
    s, turn = runs(k)
    g = np.where(turn > 0, np.exp(r.normal(np.log(gap), sig, len(s))), 0)
    return _inside(w, who[s], _chain(start, k, s, g), w.new("session", len(who))[s], turn)


def service(
    w: World,
    amount: np.ndarray,
    tz: np.ndarray,
    depth: float = 0.35,
    weekend: float = 0.85,
    clump: float = 3.0,
) -> Beats:
    """Servers behind products: round the clock with a mild day, in small clumps."""
    r, n = w.rng, len(amount)
    weights = _day_weights(w, n, r.beta(4, 0.6, n), weekend)
    who, start = _starts(w, _count(amount, clump), weights, swing(depth, 15), tz, 0.0)
    s, _ = runs(r.geometric(1 / clump, len(who)))
    return _inside(w, who[s], start[s] + r.exponential(25, len(s)))


def schedule(w: World, amount: np.ndarray, per_day: Any = None, gap: float = 6.0, weekend: float = 1.0) -> Beats:
    """Automations: at an account's own minute, so many runs a day, items one after the other."""
    r, n = w.rng, len(amount)
    if per_day is None:
        per_day = r.choice([1, 2, 4, 8, 24, 48], n, p=[0.3, 0.15, 0.15, 0.1, 0.2, 0.1])
    per_day = np.minimum(per_day, np.maximum(1, amount // DAYS))
    minute = np.where(r.random(n) < 0.4, r.choice([0, 30], n), r.integers(0, 60, n)) * 60.0
    base = minute + r.integers(0, 24, n) * HOUR
    who, j = runs(per_day * DAYS)
    start = w.start + (base[who] + j * DAY / per_day[who]) % (DAYS * DAY) + r.exponential(4, len(who))
    keep = (weekday(w, (start - w.start) // DAY) < 5) | (r.random(len(who)) < weekend)
    who, start = who[keep], start[keep]
    s, place = runs(r.poisson(amount[who] / (per_day * DAYS)[who]))
    return _inside(w, who[s], start[s] + place * gap * np.exp(r.normal(0, 0.4, len(s))))


def bursts(
    w: World,
    amount: np.ndarray,
    tz: np.ndarray,
    shift: np.ndarray,
    size: float = 150,
    gap: float = 3.0,
    profile: np.ndarray = OFFICE,
    weekend: float = 0.4,
    days: Any = None,
) -> Beats:
    """Backfills and experiment runs: started by a person, then hundreds of calls in a row."""
    r, n = w.rng, len(amount)
    count = _count(amount, size)
    weights = _day_weights(w, n, r.beta(1.5, 2, n) + 0.1, weekend, days)
    who, start = _starts(w, count, weights, profile, tz, shift)
    k = np.maximum(1, np.round(amount[who] / count[who] * r.gamma(1.5, 1 / 1.5, len(who)))).astype(np.int64)
    s, _ = runs(k)
    g = gap * np.exp(r.normal(0, 0.9, len(s))) * np.exp(r.normal(0, 0.5, len(who)))[s]
    return _inside(w, who[s], _chain(start, k, s, g))


def told(session: np.ndarray, question: int, one_in: int) -> np.ndarray:
    """The sessions whose program tells them: one in so many, each `question` another choice."""
    return np.where(pick(mix(session, question), one_in) == 0, session, -1)
