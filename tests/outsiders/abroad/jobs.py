"""A job queue over a pool of accounts: least recently used, limits, cool-downs, failover."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from yonder.world import DAY

from abroad.world import DAYS, HOUR, World

DRAWS = 0xFFFF  # a queue's draws are made in advance and used in rings


@dataclass
class Served:
    """One row an attempt: which account, when, for which job and turn of it, with which status."""

    acc: np.ndarray
    t: np.ndarray
    job: np.ndarray
    turn: np.ndarray
    status: np.ndarray


def arrivals(w: World, per_day: np.ndarray, hours: np.ndarray, rough: float = 0.35) -> np.ndarray:
    """Job times: a Poisson process whose 10-minute rates wander (tenants load batches, queues drain)."""
    r, bins = w.rng, DAYS * 144
    rate = np.repeat(per_day / 144, 144) * np.tile(np.repeat(hours / hours.mean(), 6), DAYS)
    noise = np.convolve(r.normal(0, 1, bins + 35), np.ones(36) / 6, "valid")[:bins]
    rate = rate * np.exp(rough * noise - rough**2 / 2)
    b = np.repeat(np.arange(bins), r.poisson(rate))
    return np.sort(w.start + b * 600 + r.random(len(b)) * 600)


def kinds_and_turns(w: World, n: int, share: np.ndarray, turns_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The kind of each of n jobs, and its turns: geometric about the kind's mean where that is above one."""
    kind = w.rng.choice(len(share), n, p=share)
    return kind, np.where(turns_of[kind] > 1, w.rng.geometric(1 / turns_of[kind]), 1)


def around(w: World, n: int, median: float, sigma: float) -> np.ndarray:
    """Log-normal values about a median, one an account."""
    return np.exp(w.rng.normal(np.log(median), sigma, n))


def daily_limits(w: World, n: int, median: float, sigma: float, least: int, most: int) -> np.ndarray:
    """Exchanges a day that an operator allows each account."""
    return np.clip(np.round(around(w, n, median, sigma)), least, most).astype(int)


@dataclass
class Pool:
    """Accounts a queue works on; on/off: when each can work; limit: exchanges a day; cool: seconds between jobs.

    eligible(account, t) may refuse an account at a time (then it is looked at again 20 minutes later).
    """

    w: World
    on: np.ndarray
    off: np.ndarray
    limit: np.ndarray
    cool: np.ndarray
    eligible: Callable[[int, float], bool] | None = None
    ready: list[tuple[float, int]] = field(init=False)
    used: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        r, n = self.w.rng, len(self.on)
        self.ready = [(float(self.on[i]) + float(r.random()) * 1800, i) for i in range(n)]
        heapq.heapify(self.ready)
        self.used, self._day = np.zeros(n, int), np.full(n, -1)
        self._limit, self._found_dead = self.limit.tolist(), set[int]()
        self.uni, self.exp = r.random(DRAWS + 1).tolist(), r.exponential(1, DRAWS + 1).tolist()

    def give_back(self, account: int, at: float) -> None:
        """An account may be taken again at a time."""
        heapq.heappush(self.ready, (at, account))

    def spent(self, account: int) -> bool:
        """Whether the account's limit is used up (as of the last day it was taken)."""
        return bool(self.used[account] >= self._limit[account])

    def take(self, t: float) -> int:
        """The account that has been ready for longest, or -1."""
        back, got = [], -1
        while self.ready and self.ready[0][0] <= t:
            _, i = heapq.heappop(self.ready)
            if t >= self.off[i]:  # a banned account is found out by trying it once
                if i in self._found_dead or t - self.off[i] > 2 * DAY:
                    continue
                self._found_dead.add(i)
                got = i
                break
            day = int((t - self.w.start) // DAY)
            if self._day[i] != day:
                self._day[i], self.used[i] = day, 0
            if self.spent(i):
                back.append((self.w.start + (day + 1) * DAY + 7200 * self.uni[(i * 37 + day) & DRAWS], i))
            elif self.eligible is not None and not self.eligible(i, t):
                back.append((t + 1200, i))
            else:
                got = i
                break
        for entry in back:
            heapq.heappush(self.ready, entry)
        return got


def serve(
    pool: Pool,
    jobs: np.ndarray,
    turns: np.ndarray,
    turn_gap: float = 20.0,
    fail: float = 0.006,
    sticky: float = 0.0,
    max_wait: float = HOUR,
) -> Served:
    """Assign jobs to accounts; a job's turns stay on an account unless it fails, then go on elsewhere at once.

    sticky: chance that the next job takes the same account again while it is warm. A job that finds no account
    within `max_wait` is lost.
    """
    uni, exp, off = pool.uni, pool.exp, pool.off
    out: list[tuple[int, float, int, int, int]] = []
    u = e = 0
    last, last_t = -1, -1e18
    for j, t in enumerate(jobs.tolist()):
        u += 1
        warm = bool(sticky) and uni[u & DRAWS] < sticky and t - last_t < 600 and last >= 0
        reuse = warm and t < off[last] and not pool.spent(last)
        a = last if reuse else pool.take(t)
        if a < 0 and pool.ready and pool.ready[0][0] < t + max_wait:  # the queue waits for the next free account
            t = pool.ready[0][0] + 0.5
            a = pool.take(t)
        if a < 0:
            continue
        now, k, total = t, 0, int(turns[j])
        while k < total:
            u, e = u + 1, e + 1
            dead = now >= off[a]
            if dead or uni[u & DRAWS] < fail:
                out.append((a, now, j, k, 403 if dead else 429))
                if not reuse and not dead:
                    pool.give_back(a, now + 1800 + 5400 * uni[(u * 7) & DRAWS])
                a, reuse = pool.take(now), False
                if a < 0:
                    break
                now += 3 + 25 * exp[e & DRAWS] * 0.6
                continue
            out.append((a, now, j, k, 200))
            pool.used[a] += 1
            k += 1
            now += turn_gap * (0.3 + exp[e & DRAWS])
        if a >= 0:
            last, last_t = a, now
            if not reuse:
                pool.give_back(a, now + float(pool.cool[a]) * (0.6 + 0.8 * uni[(u * 13) & DRAWS]))
    acc, at, job, turn, status = (np.array(x) for x in zip(*out, strict=True))
    return Served(acc.astype(int), at.astype(float), job.astype(int), turn.astype(int), status.astype(int))


def balance(
    w: World, jobs: np.ndarray, n: int, limit: int, cool: float, fail: float, on: Any = None, sticky: float = 0.0
) -> Served:
    """Single calls shared out over n equal accounts that nobody bans."""
    on = np.full(n, w.start) if on is None else on
    pool = Pool(w, on, np.full(n, w.end + 1), np.full(n, limit), np.full(n, cool))
    return serve(pool, jobs, np.ones(len(jobs), int), fail=fail, sticky=sticky)


def conversations(w: World, q: Served) -> np.ndarray:
    """Sessions as an app tells them: a new one for each job, and for each account it fails over to."""
    session = w.new("session", len(q.acc))
    begins = (q.turn == 0) | (np.diff(q.acc, prepend=-1) != 0)
    return session[np.maximum.accumulate(np.where(begins, np.arange(len(q.acc)), 0))]
