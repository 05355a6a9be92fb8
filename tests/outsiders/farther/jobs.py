"""A job queue over a pool of accounts: least recently used, cool-down, daily limits, sticky customers, failover."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from afield.world import DAY

from farther.rhythm import arrivals, gaps_of, ranks, within
from farther.world import DAYS, HOUR, NEVER, SPAN, Uses, Where, World

BANNED, REFUSED = 403, 429
DEAD = 1e11  # whatever is free later than this is not coming back
HOME_STRETCH = 1.5  # a home account's limit for its own tenants
SKIPS = 40  # accounts at their limits that are passed over before one has to work on


class Served(NamedTuple):
    """One row an attempt: account, second, job, turn of it, and status (0: as things go)."""

    acc: np.ndarray
    t: np.ndarray
    job: np.ndarray
    turn: np.ndarray
    status: np.ndarray

    def uses(self, w: World, sessions: np.ndarray | None = None) -> Uses:
        """Exchanges, with a session a job where no other numbers are given."""
        return Uses(self.acc, self.t, w.sessions(self.job if sessions is None else sessions), self.turn)


@dataclass(frozen=True)
class Rules:
    """How a queue treats its accounts; pairs are median and sigma of what is log-normal."""

    gap: tuple[float, float] = (25, 0.8)  # seconds between turns
    cool: tuple[float, float] = (1500, 0.6)  # seconds of rest after a job
    limit: tuple[float, float] = (40, 0.3)  # exchanges a day
    loyal: float = 0.0  # share of jobs that go to their tenant's home accounts
    stick: float = 0.5  # share of jobs that stay where their tenant's last one was
    fail: float = 0.008  # share of turns that are refused
    shuffle: float = 0.0  # mean of more rest in seconds, so that the order is not exact


class _Pool:
    """Accounts by the time at which each may be used again."""

    def __init__(
        self, rng: np.random.Generator, join: np.ndarray, leave: np.ndarray, limit: tuple[float, float]
    ) -> None:
        n = len(join)
        self.rng, self.join, self.leave = rng, join, leave
        self.midnight = rng.random(n) * DAY  # every account has its own
        self.caps = np.maximum(rng.lognormal(np.log(limit[0]), limit[1], (n, DAYS + 2)), 3)
        self.used = np.zeros((n, DAYS + 2))
        self.free, self.queued = np.copy(join), np.zeros(n, bool)
        self.heap: list[tuple[float, int]] = []

    def open(self) -> None:
        """Put every account into the queue."""
        self.free += self.rng.random(len(self.free)) * 3000
        for i in range(len(self.free)):
            self.put(i)

    def day(self, i: int, now: float) -> int:
        """The account's own day."""
        return min(int((now + self.midnight[i]) // DAY), DAYS + 1)

    def has_room(self, i: int, now: float, stretch: float = 1.0) -> bool:
        """Whether an account is alive and below its limit of the day."""
        if self.leave[i] <= now:
            return False
        day = self.day(i, now)
        return bool(self.used[i, day] < self.caps[i, day] * stretch)

    def take(self, now: float) -> int:
        """The account that has been free for longest, or -1."""
        skips = 0
        while self.heap:
            when, i = heapq.heappop(self.heap)
            if when != self.free[i]:  # it was used out of turn
                heapq.heappush(self.heap, (self.free[i], i))
                continue
            if self.leave[i] <= now - 1e-6 and self.free[i] >= DEAD:
                self.queued[i] = False
                continue
            if self.join[i] > now:
                heapq.heappush(self.heap, (self.free[i], i))
                return -1
            day = self.day(i, now)
            if self.used[i, day] >= self.caps[i, day] and skips < SKIPS:
                self.free[i] = (day + 1) * DAY - self.midnight[i] + self.rng.random() * 2 * HOUR
                heapq.heappush(self.heap, (self.free[i], i))
                skips += 1
                continue
            self.queued[i] = False
            return i
        return -1

    def put(self, i: int) -> None:
        """Queue an account again."""
        if not self.queued[i]:
            self.queued[i] = True
            heapq.heappush(self.heap, (self.free[i], i))


def run(
    w: World,
    accounts: np.ndarray,
    start: np.ndarray,
    tenant: np.ndarray,
    size: np.ndarray,
    rules: Rules,
    *,
    join: np.ndarray | None = None,
    leave: np.ndarray | None = None,
    home: Mapping[int, np.ndarray] | None = None,
) -> Served:
    """Serve jobs by their start, tenant and number of turns; `home`: positions of the accounts each tenant prefers.

    Accounts work from `join` to `leave`, from when they answer 403. Jobs that find none are lost.
    """
    rng, homes = w.rng, home or {}
    order = np.argsort(start, kind="stable")
    start, tenant, size = start[order], tenant[order], size[order]
    n, jobs = len(accounts), len(start)
    join = np.zeros(n) if join is None else np.maximum(join, 0)
    leave = np.full(n, NEVER) if leave is None else leave
    row = np.repeat(np.arange(jobs), size)
    at = within(row, gaps_of(rng, rules.gap, len(row)))
    first = np.r_[0, np.cumsum(size)[:-1]]
    last = first + size - 1
    rest = rng.lognormal(np.log(rules.cool[0]), rules.cool[1], jobs + 1)
    rest += rng.exponential(max(rules.shuffle, 1e-9), jobs + 1)
    pool = _Pool(rng, join, leave, rules.limit)
    broken = rng.random(jobs) < 1 - (1 - rules.fail) ** size
    delay = rng.lognormal(np.log(14), 0.7, jobs)
    sticky = rng.random(jobs) < rules.stick
    loyal = rng.random(jobs) < rules.loyal
    pool.open()
    held: dict[int, tuple[int, float]] = {}
    owner, begun = np.full(len(row), -1), np.zeros(len(row))
    refused: list[tuple[int, float, int, int]] = []

    def known(j: int, now: float) -> int:
        """The account of the tenant's last job, or one of its homes, or -1."""
        who = int(tenant[j])
        if sticky[j] and who in held and held[who][1] > now and pool.has_room(held[who][0], now):
            return held[who][0]
        if loyal[j] and who in homes:
            able = [k for k in homes[who] if join[k] <= now and pool.has_room(k, now, HOME_STRETCH)]
            return min(able, key=lambda k: pool.free[k], default=-1)
        return -1

    for j in range(jobs):
        now = start[j]
        i = known(j, now)
        if i < 0:
            i = pool.take(now)
            while i >= 0 and leave[i] <= now:  # it is found to be banned
                refused.append((i, now, j, BANNED))
                pool.free[i] = NEVER
                now += delay[j]
                i = pool.take(now)
            if i < 0:
                continue
        begin = max(now, pool.free[i]) if pool.free[i] - now < 4 * HOUR else now
        turns = slice(first[j], last[j] + 1)
        owner[turns], begun[turns] = i, begin
        end = begin + at[last[j]]
        if broken[j] or leave[i] < end:
            cut = int(rng.integers(0, size[j])) if broken[j] else int(np.searchsorted(at[turns], leave[i] - begin))
            cut = min(first[j] + cut, last[j])
            refused.append((i, begin + at[cut], j, REFUSED if broken[j] and leave[i] > end else BANNED))
            if leave[i] < end:
                pool.free[i] = NEVER
            else:
                pool.free[i] = end + 2 * rest[j] + 900
                pool.put(i)
            k = pool.take(now)
            if k >= 0 and leave[k] > now:  # another goes on
                owner[cut : last[j] + 1] = k
                begun[cut : last[j] + 1] = begin + delay[j]
                i = k
            elif k >= 0:
                pool.put(k)
        pool.used[i, pool.day(i, now)] += size[j]
        pool.free[i] = max(pool.free[i], end + rest[j])
        if pool.free[i] < DEAD:
            pool.put(i)
        held[int(tenant[j])] = (i, begin + HOUR * (0.6 + rng.random() * 0.8))
    done = owner >= 0
    acc, t, job, status = (np.array([r[k] for r in refused], float if k == 1 else int) for k in range(4))
    served = Served(
        accounts[np.r_[owner[done], acc]],
        np.r_[(at + begun)[done], t],
        order[np.r_[row[done], job]],
        np.r_[ranks(row)[done], np.zeros(len(refused), int)],
        np.r_[np.zeros(done.sum(), int), status],
    )
    inside = served.t < SPAN
    return Served(*(column[inside] for column in served))


def job_sizes(rng: np.random.Generator, n: int, mean: float, most: int = 60) -> np.ndarray:
    """Turns of n jobs."""
    return np.minimum(rng.geometric(1 / mean, n), most)


def queue(
    w: World,
    acc: np.ndarray,
    count: int,
    size: float,
    works: np.ndarray,
    where: Where,
    *,
    tenants: int,
    line: str,
    model: str,
    rules: Rules,
) -> None:
    """Jobs day and night for tenants of very different sizes, each with one work."""
    rng = w.rng
    start = arrivals(w, count, None, 0)
    p = 1 / np.arange(1, tenants + 1)
    tenant = rng.choice(tenants, count, p=p / p.sum())
    served = run(w, acc, start, tenant, job_sizes(rng, count, size), rules)
    u = served.uses(w)
    work = works[tenant[served.job] % len(works)]
    w.emit(u, where(u), work, "api", line, model, False, served.status)
