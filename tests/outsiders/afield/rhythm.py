"""Rhythm: how many exchanges an account sends each day, and when."""

from __future__ import annotations

import numpy as np
from facts import CAMPUS_BY_HOUR

from afield.world import DAY, Beats, Crew, World

_RAW = {
    "campus": CAMPUS_BY_HOUR,
    "office": (0, 0, 0, 0, 0, 0, 0.3, 1, 4, 9, 10, 9, 5, 8, 10, 9, 7, 4, 1.5, 0.7, 0.5, 0.4, 0.2, 0.1),
    "strict": (0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 10, 9, 5, 9, 10, 10, 8, 0, 0, 0, 0, 0, 0, 0),
    "evening": (2, 1, 0.5, 0.2, 0.2, 0.3, 0.8, 2, 3, 3, 3, 3, 4, 3, 3, 4, 4, 5, 6, 8, 9, 9, 7, 4),
    "dev": (3, 2, 1, 0.6, 0.4, 0.3, 0.4, 0.8, 2, 5, 8, 8, 6, 7, 9, 9, 8, 6, 4, 4, 5, 6, 5, 4),
    "flat": (1,) * 24,
    "business_api": (7, 6.5, 6, 6, 6, 6.5, 7, 8, 9, 10, 11, 11, 11, 11, 11, 11, 11, 10, 10, 9, 9, 8, 8, 7),
    "night": (6, 9, 10, 8, 4, 1) + (0,) * 16 + (1, 3),
    "shop": (0,) * 10 + (2, 7, 10, 8, 4, 3, 4, 8, 10, 9, 6, 3, 0, 0),
    "lesson": (0,) * 8 + (6, 9, 10, 8, 3, 8, 7, 3) + (0,) * 8,
    "venue": (1,) + (0,) * 17 + (4, 9, 10, 9, 7, 3),
    "early": (0, 0, 0, 0, 1, 4, 8, 9, 7, 5, 3, 2, 1, 1, 1, 1, 1, 2, 3, 3, 2, 1, 0, 0),
}
PROFILES = {k: np.array(v, float) / sum(v) for k, v in _RAW.items()}


def lognormal_rates(w: World, n: int, mean: float, sigma: float, cap: float = 900) -> np.ndarray:
    """n daily rates of a given mean."""
    return np.minimum(w.rng.lognormal(np.log(mean) - sigma * sigma / 2, sigma, n), cap)


def counts(
    w: World,
    rate: np.ndarray,
    *,
    active: float = 1.0,
    weekend: float = 1.0,
    sway: float = 0.4,
    jump: float = 0.02,
    days: list[int] | None = None,
) -> np.ndarray:
    """(accounts × days) Poisson counts; `active` = chance that an account works at all on a day."""
    n, rng = len(rate), w.rng
    lam = rate[:, None] / active * rng.lognormal(-sway * sway / 2, sway, (n, w.days))
    lam *= (rng.random((n, w.days)) < active) * np.where(
        rng.random((n, w.days)) < jump, rng.uniform(2, 6, (n, w.days)), 1
    )
    free = np.array([(w.start.weekday() + d) % 7 >= 5 for d in range(w.days)])
    lam *= np.where(free, weekend, 1.0)
    if days is not None:
        lam *= np.isin(np.arange(w.days), days)
    return rng.poisson(lam)


def _settle(w: World, pos: np.ndarray, t: np.ndarray, session: np.ndarray, turn: np.ndarray) -> Beats:
    return Beats(pos, np.mod(t, w.days * DAY - 1), session, turn)


def human(
    w: World,
    crew: Crew,
    count: np.ndarray,
    profile: str,
    *,
    turns: float = 2.0,
    gap: float = 126,
    shift: float = 1.2,
    tz: np.ndarray | None = None,
    spread: float = 0.9,
) -> Beats:
    """Sessions begin by a local hour profile (each person shifted a little), turns follow at log-normal gaps."""
    rng, flat = w.rng, count.ravel()
    cell = np.repeat(np.arange(flat.size), flat)
    n = len(cell)
    if not n:
        return Beats(*(np.empty(0, k) for k in (np.int64, float, np.int64, np.int64)))
    start = np.r_[True, cell[1:] != cell[:-1]] | (rng.random(n) < 1 / turns)
    session, heads = np.cumsum(start) - 1, np.flatnonzero(start)
    who, day = cell[heads] // w.days, cell[heads] % w.days
    hour = rng.choice(24, len(heads), p=PROFILES[profile]) + rng.random(len(heads))
    hour = hour + rng.normal(0, shift, len(crew))[who] - (crew.tz if tz is None else tz)[who]
    steps = np.where(start, 0.0, rng.lognormal(np.log(gap), spread, n))
    walk = np.cumsum(steps)
    t = (day * DAY + hour * 3600)[session] + walk - walk[heads][session]
    return _settle(w, cell // w.days, t, session, np.arange(n) - heads[session])


def ticks(
    w: World, crew: Crew, per_day: np.ndarray, *, jitter: float = 30, miss: float = 0.02, drift: bool = False
) -> Beats:
    """Machines: every account runs at equal steps round the clock from its own minute, a few runs missed."""
    rng = w.rng
    total = np.maximum(1, np.round(per_day * w.days)).astype(int)
    pos = np.repeat(np.arange(len(crew)), total)
    k = np.arange(len(pos)) - np.repeat(np.cumsum(total) - total, total)
    period = DAY / per_day
    phase = rng.random(len(crew)) * period
    t = phase[pos] + k * period[pos] + np.abs(rng.normal(0, jitter, len(pos)))
    if drift:
        t += rng.random(len(pos)) * period[pos]
    keep = rng.random(len(pos)) >= miss
    pos, t = pos[keep], t[keep]
    return _settle(w, pos, t, np.arange(len(pos)), np.zeros(len(pos), int))


def uniform(w: World, crew: Crew, count: np.ndarray) -> Beats:
    """Machines woken at random moments of the day."""
    flat = count.ravel()
    cell = np.repeat(np.arange(flat.size), flat)
    t = (cell % w.days + w.rng.random(len(cell))) * DAY
    return _settle(w, cell // w.days, t, np.arange(len(cell)), np.zeros(len(cell), int))


def queue(
    w: World,
    crew: Crew,
    jobs_per_day: float,
    profile: str,
    *,
    tz: int = 0,
    block: int = 1,
    slack: float = 0.05,
    weekend: float = 1.0,
) -> Beats:
    """A job queue served least-recently-used: the job's account is the one idle for longest (with some slack)."""
    rng = w.rng
    per = rng.poisson(
        jobs_per_day
        * np.where([(w.start.weekday() + d) % 7 >= 5 for d in range(w.days)], weekend, 1)
        * rng.lognormal(0, 0.25, w.days)
    )
    day = np.repeat(np.arange(w.days), per)
    hour = rng.choice(24, len(day), p=PROFILES[profile]) + rng.random(len(day)) - tz
    t = np.sort(np.mod((day + hour / 24) * DAY, w.days * DAY - 1))
    turn = np.arange(len(t)) // block
    pos = turn % len(crew)
    odd = rng.random(len(t)) < slack
    pos = rng.permutation(len(crew))[np.where(odd, rng.integers(0, len(crew), len(t)), pos)]
    return _settle(w, pos, t, np.arange(len(t)), np.zeros(len(t), int))
