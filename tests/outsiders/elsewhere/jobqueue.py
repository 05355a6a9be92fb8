"""A queue over a pool of accounts: least-recently-used choice, stickiness, limits, cool-downs, failover."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from dataclasses import dataclass, field

import numpy as np
from afield.world import DAY

from elsewhere.shapes import walk, weekends
from elsewhere.world import DAYS, SPAN, Each

HOLD = 25.0  # seconds a request occupies its account
FIVE_HOURS = 18_000
TRIES = 4


def _none() -> np.ndarray:
    return np.zeros(0, int)


@dataclass
class Served:
    """Slot (-1 = not served) and time of every request, and the refused tries (`bad_i` = number of the request)."""

    slot: np.ndarray
    t: np.ndarray
    bad_slot: np.ndarray = field(default_factory=_none)
    bad_t: np.ndarray = field(default_factory=_none)
    bad_i: np.ndarray = field(default_factory=_none)
    bad_code: np.ndarray = field(default_factory=_none)


def arrivals(
    rng: np.random.Generator,
    dow0: int,
    n: int,
    *,
    hours: np.ndarray,
    weekend: float = 1.0,
    size: float = 1.0,
    gap: float = 20.0,
    day_sigma: float = 0.15,
    outage: float = 0.0,
    lo: float = 0,
    hi: float = DAYS,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """About n requests of one tenant: time, session, turn; `hours` is the weight of each UTC hour."""
    day = np.arange(DAYS)
    w = np.exp(rng.normal(0, day_sigma, DAYS)) * np.where(weekends(dow0), weekend, 1) * ((day >= lo) & (day < hi))
    grid = w[:, None] * np.asarray(hours, float)[None, :] * np.exp(rng.normal(0, 0.12, (DAYS, 24)))
    grid *= rng.random((DAYS, 24)) >= outage
    k = max(int(n / size), 1)
    begins = rng.choice(DAYS * 24, k, p=grid.ravel() / grid.sum()) * 3600 + rng.random(k) * 3600
    turns = rng.geometric(1 / size, k)
    session, heads = np.repeat(np.arange(k), turns), np.cumsum(turns) - turns
    turn = np.arange(len(session)) - heads[session]
    t = walk(begins, np.where(turn > 0, rng.lognormal(np.log(gap), 0.9, len(session)), 0), heads, session)
    ok = t < SPAN
    return t[ok], session[ok], turn[ok]


class _Shelf:
    """The accounts at hand, least recently used first, and those put aside until a moment."""

    def __init__(self, born: np.ndarray, dies: np.ndarray, daily: Each, conc: Each, wake: Each, awake: Each) -> None:
        n = len(born)
        self.dies = np.asarray(dies, float).tolist()
        self.daily = np.broadcast_to(daily, (n, DAYS)).tolist()
        self.conc = np.broadcast_to(conc, n).tolist()
        self.wake = np.broadcast_to(np.asarray(wake, float), n).tolist()
        self.awake = np.broadcast_to(np.asarray(awake, float), n).tolist()
        self.lru: OrderedDict[int, None] = OrderedDict()
        self.parked = [(float(b), i) for i, b in enumerate(born)]
        heapq.heapify(self.parked)
        self.out: set[int] = set()
        self.busy: list[list[float]] = [[] for _ in range(n)]
        self.used = [[0] * DAYS for _ in range(n)]
        self.recent: list[deque[float]] = [deque() for _ in range(n)]

    def put_aside(self, a: int, until: float) -> None:
        """Keep an account away until a moment; for ever if that is infinite."""
        self.lru.pop(a, None)
        self.out.add(a)
        if until < np.inf:
            heapq.heappush(self.parked, (until, a))

    def bring_back(self, now: float) -> None:
        """Those whose time has come: the last to go, except that an account never used yet is the first."""
        while self.parked and self.parked[0][0] <= now:
            _, a = heapq.heappop(self.parked)
            self.out.discard(a)
            self.lru[a] = None
            if not self.recent[a]:
                self.lru.move_to_end(a, last=False)

    def free(self, a: int, now: float) -> bool:
        """Whether the account may take one more request at the same time."""
        self.busy[a] = [x for x in self.busy[a] if x > now]
        return len(self.busy[a]) < self.conc[a]

    def fits(self, a: int, now: float, day: int) -> bool:
        """Whether the account that a session is bound to can go on with it."""
        return a not in self.out and self.dies[a] > now and self.used[a][day] < self.daily[a][day] and self.free(a, now)

    def oldest(self, now: float, day: int, skip: int) -> int:
        """The least recently used account that is free, after `skip` others; -1 if there is none."""
        found, seen, aside = -1, 0, []
        for b in self.lru:
            hour = (now / 3600 - self.wake[b]) % 24
            if self.dies[b] <= now:
                aside.append((np.inf, b))
            elif self.used[b][day] >= self.daily[b][day]:
                aside.append(((day + 1) * DAY + 60 * (b % 97), b))
            elif hour >= self.awake[b]:
                aside.append((now + (24 - hour) * 3600, b))
            elif self.free(b, now):
                found = b
                if seen >= skip:
                    break
                seen += 1
        for until, b in aside:
            self.put_aside(b, until)
        return found

    def spent(self, a: int, now: float, most: int) -> bool:
        """Whether the account has used up the service's limit of five hours."""
        q = self.recent[a]
        while q and q[0] < now - FIVE_HOURS:
            q.popleft()
        return len(q) >= most

    def take(self, a: int, now: float, day: int) -> None:
        """Give the account a request."""
        self.used[a][day] += 1
        self.recent[a].append(now)
        self.busy[a].append(now + HOLD)
        if a in self.lru:
            self.lru.move_to_end(a)


def dispatch(
    rng: np.random.Generator,
    t: np.ndarray,
    sess: np.ndarray,
    *,
    born: np.ndarray,
    dies: np.ndarray,
    daily: Each,
    conc: Each = 1,
    sticky: float = 3600.0,
    rest: np.ndarray | None = None,
    choice: int = 1,
    refuse: float = 0.003,
    cool: float = 3600.0,
    five_hour: int = 0,
    wake: Each = 0.0,
    awake: Each = 24.1,
) -> Served:
    """Give requests (sorted by t; sess < 0 binds to no account) to accounts.

    daily: limit of (slot, day); rest: seconds an account rests after a request, drawn per request; choice: pick among
    that many least recently used; five_hour: requests an account may make in five hours before the service answers
    429; wake, awake: UTC hour a slot's day begins and its length in hours.
    """
    m, shelf = len(t), _Shelf(born, dies, daily, conc, wake, awake)
    bound: dict[int, tuple[int, float]] = {}
    slot, when = np.full(m, -1), np.array(t, float)
    bad: list[tuple[int, float, int, int]] = []
    luck, coin, pick = rng.random(m).tolist(), rng.random(m).tolist(), rng.integers(0, choice, m).tolist()
    delay = rng.gamma(2, 4, m).tolist()
    rests = None if rest is None else rest.tolist()
    for i, (moment, s) in enumerate(zip(t.tolist(), sess.tolist(), strict=True)):
        now, day = moment, min(int(moment // DAY), DAYS - 1)
        shelf.bring_back(now)
        for tried in range(TRIES):
            a, last = bound.get(s, (-1, 0.0)) if tried == 0 else (-1, 0.0)
            if a < 0 or now - last >= sticky or not shelf.fits(a, now, day):
                a = shelf.oldest(now, day, pick[i])
            if a < 0:
                break
            full = five_hour > 0 and shelf.spent(a, now, five_hour)
            if full or (luck[i] < refuse and tried == 0):
                bad.append((a, now, i, 403 if luck[i] < refuse * 0.25 and not full else 429))
                shelf.put_aside(a, now + cool * (0.5 + coin[i]))
                now += delay[i]
                continue
            slot[i], when[i] = a, now
            shelf.take(a, now, day)
            if not five_hour and len(shelf.recent[a]) > 1:
                shelf.recent[a].popleft()
            if s >= 0:
                bound[s] = (a, now)
            if rests is not None and a in shelf.lru:
                shelf.put_aside(a, now + rests[i])
            break
    if not bad:
        return Served(slot, when)
    bad_slot, bad_t, bad_i, bad_code = (np.array(x) for x in zip(*bad, strict=True))
    return Served(slot, when, bad_slot, bad_t, bad_i, bad_code)
