"""When work starts: human days, machines, schedules. Every process yields sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from facts import CAMPUS_BY_HOUR

from yonder.people import zones

if TYPE_CHECKING:
    from yonder.world import World

DAY = 86400.0
CAMPUS = np.array(CAMPUS_BY_HOUR, dtype=float)
OFFICE = np.array(
    [1, 1, 1, 1, 1, 2, 6, 25, 70, 100, 105, 95, 60, 85, 105, 100, 90, 65, 30, 14, 9, 6, 4, 2], dtype=float
)
HOME = np.array(
    [30, 18, 10, 6, 5, 7, 15, 30, 45, 50, 52, 55, 58, 55, 54, 55, 58, 62, 70, 85, 95, 92, 75, 50], dtype=float
)
FLAT = np.ones(24)
BUSINESS = 1.0 + 0.5 * OFFICE / OFFICE.max()


@dataclass
class Sessions:
    """Sessions by local account number: start (seconds), number of exchanges, median gap and gap log-sigma."""

    acc: np.ndarray
    start: np.ndarray
    length: np.ndarray
    gap: np.ndarray
    spread: float = 1.0

    def pick(self, where: np.ndarray) -> Sessions:
        """A subset."""
        return Sessions(self.acc[where], self.start[where], self.length[where], self.gap[where], self.spread)

    def sorted(self) -> Sessions:
        """The same by start time."""
        return self.pick(np.argsort(self.start, kind="stable"))

    @property
    def total(self) -> int:
        """Number of exchanges."""
        return int(self.length.sum())


def _clock(rng: np.random.Generator, count: int, curve: np.ndarray) -> np.ndarray:
    """Seconds into the day drawn from an hour profile."""
    return (rng.choice(24, count, p=curve / curve.sum()) + rng.random(count)) * 3600.0


def humans(
    w: World,
    rate: np.ndarray,
    active: np.ndarray,
    *,
    tz: np.ndarray | float = 0.0,
    curve: np.ndarray = HOME,
    weekend: float = 0.8,
    turns: float = 2.0,
    gap: float = 126.0,
    jitter: float = 0.6,
    surge: float = 0.02,
) -> Sessions:
    """People: `rate` exchanges on an active day, active with probability `active`; sessions of about `turns`."""
    rng, days, n = w.rng, w.days, len(rate)
    factor = np.where((np.arange(days) + w.weekday) % 7 >= 5, weekend, 1.0)
    on = rng.random((n, days)) < np.asarray(active)[:, None] * factor[None, :]
    acc, day = np.nonzero(on)
    mean = rate[acc] * rng.lognormal(-(jitter**2) / 2, jitter, len(acc)) * np.sqrt(factor[day])
    mean *= np.where(rng.random(len(acc)) < surge, rng.uniform(3, 10, len(acc)), 1.0)
    count = np.maximum(1, rng.poisson(mean))
    blocks = np.minimum(count, np.maximum(1, rng.poisson(count / turns)))
    src = np.repeat(np.arange(len(acc)), blocks)
    length = rng.geometric(1.0 / np.maximum(1.0, (count / blocks)[src]))
    zone = np.broadcast_to(np.asarray(tz, dtype=float), (n,))[acc][src]
    start = (day[src] * DAY + _clock(rng, len(src), curve) - zone * 3600.0) % (days * DAY)
    return Sessions(acc[src], start, length, np.full(len(src), gap))


class Habits(Protocol):
    """How a population works: exchanges a day (median and log-sigma), and the arguments of `humans`."""

    per_day: float
    spread: float
    active: tuple[float, float]
    curve: np.ndarray
    weekend: float
    turns: float
    gap: float


def population(w: World, who: Habits, codes: np.ndarray, cap: float) -> Sessions:
    """Sessions of people with the same habits in their own countries, at most `cap` exchanges a day."""
    rate = np.clip(w.rng.lognormal(np.log(who.per_day), who.spread, len(codes)), 1, cap)
    active = w.rng.uniform(*who.active, len(codes))
    return humans(w, rate, active, tz=zones(codes), curve=who.curve, weekend=who.weekend, turns=who.turns, gap=who.gap)


def steady(
    rng: np.random.Generator,
    days: int,
    rate: np.ndarray,
    *,
    curve: np.ndarray = FLAT,
    tz: float = 0.0,
    wobble: float = 0.2,
    length: float = 1.0,
    gap: float = 5.0,
    alive: np.ndarray | None = None,
) -> Sessions:
    """Machines: Poisson work of `rate` exchanges a day following a curve; `alive` masks account-days."""
    n = len(rate)
    mean = rate[:, None] / length * rng.lognormal(0, wobble, (n, days))
    if alive is not None:
        mean = mean * alive
    count = rng.poisson(mean)
    acc = np.repeat(np.repeat(np.arange(n), days), count.ravel())
    day = np.repeat(np.tile(np.arange(days), n), count.ravel())
    start = (day * DAY + _clock(rng, len(acc), curve) - tz * 3600.0) % (days * DAY)
    size = rng.geometric(1.0 / length, len(acc)) if length > 1 else np.ones(len(acc), dtype=np.int64)
    return Sessions(acc, start, size, np.full(len(acc), gap))


def schedule(
    rng: np.random.Generator,
    days: int,
    n: int,
    hours: np.ndarray,
    items: np.ndarray,
    *,
    minute_spread: float = 3600.0,
    run_probability: float = 0.97,
    gap: float = 4.0,
    phase: np.ndarray | None = None,
    weekdays: tuple[int, int] | None = None,
) -> Sessions:
    """Cron-like runs: every account runs at each of `hours` (its own phase, fixed) with about `items` exchanges."""
    own = rng.random(n) * minute_spread if phase is None else phase
    grid = (np.arange(days)[:, None] * DAY + np.asarray(hours, dtype=float)[None, :] * 3600.0).ravel()
    if weekdays is not None:
        grid = grid[((grid // DAY).astype(int) + weekdays[0]) % 7 < weekdays[1]]
    start = own[:, None] + grid[None, :] + rng.gamma(2.0, 1.5, (n, len(grid)))
    keep = rng.random(start.shape) < run_probability
    acc = np.nonzero(keep)[0]
    size = np.maximum(1, rng.poisson(np.broadcast_to(items, (n,))[acc]))
    return Sessions(acc, start[keep] % (days * DAY), size, np.full(len(acc), gap))


def join(*parts: Sessions) -> Sessions:
    """Several session lists as one."""
    return Sessions(
        np.concatenate([p.acc for p in parts]),
        np.concatenate([p.start for p in parts]),
        np.concatenate([p.length for p in parts]),
        np.concatenate([p.gap for p in parts]),
        parts[0].spread,
    )


def expand(rng: np.random.Generator, ses: Sessions) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Session number, turn and time of every exchange."""
    src = np.repeat(np.arange(len(ses.acc)), ses.length)
    first = np.cumsum(ses.length) - ses.length
    turn = np.arange(len(src)) - first[src]
    gaps = np.where(turn > 0, ses.gap[src] * rng.lognormal(0, ses.spread, len(src)), 0.0)
    gaps = np.minimum(gaps, 7200.0)
    total = np.cumsum(gaps)
    before = total[first] if len(first) else total
    return src, turn, ses.start[src] + total - before[src]
