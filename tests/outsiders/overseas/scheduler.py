"""A pool's scheduler: when jobs come, and which accounts they go to."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from overseas.people import DAYS
from overseas.world import World


class Rules(NamedTuple):
    """How a pool treats its accounts."""

    rest: float  # seconds between two jobs of an account
    fail: float  # share of tries that fail
    codes: tuple[int, ...]  # what a failure shows
    delay: tuple[float, float] = (3, 55)  # seconds until the next account gets a failed job
    tries: int = 4


class Served(NamedTuple):
    """Tries, a row each: job, number of the account within the pool, second, and status (0: it went on)."""

    job: np.ndarray
    member: np.ndarray
    t: np.ndarray
    status: np.ndarray


def stream(
    rng: np.random.Generator, rate: float, hours: np.ndarray | None = None, ramp: Sequence[float] | None = None
) -> np.ndarray:
    """Seconds of jobs, so many a day, with noise by the hour, factors of the UTC hours, and a ramp over the days."""
    hour = np.arange(DAYS * 24)
    rates = rate / 24 * np.exp(rng.normal(0, 0.25, len(hour)))
    if hours is not None:
        rates *= hours[hour % 24]
    if ramp is not None:
        rates *= np.interp(hour / 24, np.arange(len(ramp)), ramp)
    count = rng.poisson(rates)
    return np.sort((np.repeat(hour, count) + rng.random(count.sum())) * 3600)


class Waking(NamedTuple):
    """UTC hours at which accounts wake, and how many hours they are awake."""

    hour: np.ndarray
    hours: np.ndarray


class Queue:
    """Accounts by when they are ready again."""

    def __init__(
        self, rng: np.random.Generator, rules: Rules, weight: np.ndarray, begin: np.ndarray, end: np.ndarray
    ) -> None:
        """Accounts with their weights, that begin and end at given seconds."""
        self.rng, self.rules, self.weight, self.end = rng, rules, weight, end
        self._ready = [(float(max(b, 0) + rng.uniform(0, rules.rest)), i) for i, b in enumerate(begin)]
        heapq.heapify(self._ready)

    def take(self, t: float, waking: Waking | None) -> int | None:
        """The account ready for longest, if one is within a minute; it rests, unless it turns out to be closed."""
        rng = self.rng
        while self._ready:
            since, i = heapq.heappop(self._ready)
            if since > t + 60:
                heapq.heappush(self._ready, (since, i))
                return None
            if t >= self.end[i]:
                return i
            if waking is not None:
                awake = (t / 3600 - waking.hour[i]) % 24
                if awake > waking.hours[i]:
                    heapq.heappush(self._ready, (t + (24 - awake) * 3600 + rng.uniform(0, 5400), i))
                    continue
            heapq.heappush(self._ready, (t + self.rules.rest / self.weight[i] * rng.uniform(0.5, 1.5), i))
            return i
        return None


def dispatch(
    w: World,
    jobs: np.ndarray,
    weight: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    rules: Rules,
    waking: Waking | None = None,
) -> Served:
    """Give jobs (sorted seconds) to accounts; a failed job goes to the next one soon after.

    That an account is closed is learnt by trying it. A job that finds no account is lost.
    """
    rng = w.rng
    queue = Queue(rng, rules, weight, begin, end)
    rows = []
    for job, t in enumerate(jobs.tolist()):
        for _ in range(rules.tries):
            i = queue.take(t, waking)
            if i is None:
                break
            if t >= end[i]:
                rows.append((job, i, t, 403))
            elif rng.random() < rules.fail:
                rows.append((job, i, t, rules.codes[int(rng.random() * len(rules.codes))]))
            else:
                rows.append((job, i, t, 0))
                break
            t += rng.uniform(*rules.delay)
    job_of, member, seconds, status = np.array(rows, float).T
    return Served(job_of.astype(int), member.astype(int), seconds, status.astype(int))
