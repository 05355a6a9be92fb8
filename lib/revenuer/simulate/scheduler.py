"""The scheduler loop of a pool: which account serves the next job, from which exit, and what happens on a refusal.

Proxy pools and honest vendors run the same loop; they differ in whose accounts these are and what they hide.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from revenuer.simulate import traces
from revenuer.simulate.ids import Floats, Ints, scramble
from revenuer.simulate.sessions import DAY_S, Block, within

Order = Literal["lru", "random", "uneven"]
# start, end, account position, tenant, exit, status that ended it or 0, position of the account that was refused the
# request it begins with or -1, and the run of work it belongs to: a run moves to another account when it is refused.
Sitting = tuple[float, float, int, int, int, int, int, int]


@dataclass(frozen=True)
class Tenant:
    """One customer of the pool.

    Attributes:
        streams: Stream of each pool account for this tenant's work, by position in the pool.
        share: Share of the pool's lanes.
        profile: Hour profile of its job queue.
        offset_h: UTC offset of the profile.
        start_day: First day of its jobs.
        end_day: Day after its last job.
        ramp_days: Days until full rate.
        turns: Mean exchanges per conversation.
    """

    streams: Ints
    share: float
    profile: str = "flat"
    offset_h: float = 0.0
    start_day: float = 0.0
    end_day: float = 1e9
    ramp_days: float = 0.0
    turns: float = 1.0

    def demand(self, day: float) -> float:
        """Share of its lanes busy at an instant, 0..1."""
        if not self.start_day <= day < self.end_day:
            return 0.0
        grown = min(1.0, (day - self.start_day) / self.ramp_days) if self.ramp_days else 1.0
        inverse = traces.hour_shapes()[2][traces.profile(self.profile)]
        hour = (day * 24 + self.offset_h) % 24
        k = int(np.searchsorted(inverse, hour, side="right"))
        low, high = inverse[max(k - 1, 0)], inverse[min(k, len(inverse) - 1)]
        density = 1.0 / max((high - low) * (len(inverse) - 1) / 24, 1e-6)
        return float(min(1.0, 0.55 * grown * density)) if self.profile != "flat" else grown


@dataclass(frozen=True)
class Rules:
    """How the loop behaves.

    Attributes:
        order: Account choice: least recently used, at random, or by favour (some accounts much more than others).
        sticky_s: Mean length of a sitting on one account, seconds.
        pace_per_hour: Exchanges per hour of a sitting.
        refusals: Chance that a sitting ends in a refusal and moves to the next account.
        failover_s: Longest wait before the refused request is tried elsewhere, seconds.
        jitter_h: Random delay of every sitting, hours.
        idle_h: Mean pause between two sittings of a lane, hours.
        slack: Share of the queue from whose front a least-recently-used loop takes its next account: real ones keep
            several queues, lose their place on restarts and race each other.
    """

    order: Order = "lru"
    sticky_s: float = 3600.0
    pace_per_hour: float = 26.0
    refusals: float = 0.06
    failover_s: float = 45.0
    jitter_h: float = 0.0
    idle_h: float = 0.0
    slack: float = 0.1


@dataclass
class Exits:
    """Exits of a pool, replaced now and then; empty means that the stream's own endpoints are used.

    Attributes:
        endpoints: Endpoint per slot and generation, shape (slots, generations).
        life_s: How long a slot keeps one exit, seconds.
    """

    endpoints: Ints = field(default_factory=lambda: np.empty((0, 1), np.int64))
    life_s: float = 1.5 * DAY_S

    def at(self, slot: int, second: float) -> int:
        """The exit in a slot at an instant."""
        if not len(self.endpoints):
            return -1
        row = slot % len(self.endpoints)
        generation = int((second + (row * 977 % 1000) / 1000 * self.life_s) / self.life_s)
        return int(self.endpoints[row, generation % self.endpoints.shape[1]])


class Pool:
    """A source: sittings on accounts laid out for the whole period, exchanges drawn per day."""

    def __init__(
        self,
        *,
        lanes: int,
        opens: Floats,
        closes: Floats,
        tenants: list[Tenant],
        rules: Rules,
        exits: Exits,
        days: int,
        rng: np.random.Generator,
    ) -> None:
        self._rules = rules
        self._tenants = tenants
        self._salt = np.uint64(int(rng.integers(1, 1 << 62)))
        rows = self._sittings(lanes, opens, closes, exits, days * DAY_S, rng)
        self._rows = np.array(sorted(rows), float).reshape(-1, 8)
        # Laid out with the sittings, so that a day knows where in its conversation a run was when it moved.
        hours = (self._rows[:, 1] - self._rows[:, 0]) / 3600
        self._counts = rng.poisson(hours * rules.pace_per_hour)
        self._before = _before(self._rows[:, 7], self._counts + (self._rows[:, 6] >= 0))

    def _sittings(
        self, lanes: int, opens: Floats, closes: Floats, exits: Exits, horizon: float, rng: np.random.Generator
    ) -> list[Sitting]:
        r = self._rules
        shares = np.array([t.share for t in self._tenants])
        owner = np.repeat(
            np.arange(len(shares)),
            np.diff(np.round(np.concatenate([[0], np.cumsum(shares / shares.sum())]) * lanes)).astype(int),
        )
        free = [(float(rng.uniform(0, r.sticky_s)), lane, -1) for lane in range(len(owner))]
        heapq.heapify(free)
        arrivals = deque(np.argsort(opens, kind="stable").tolist())
        ready: deque[int] = deque()
        busy = np.full(len(opens), -1.0)
        favour = np.cumsum(rng.permutation(1 / np.arange(1, len(opens) + 1) ** 0.9))
        done: list[Sitting] = []
        runs = [0] * len(owner)
        run = 0
        while free:
            now, lane, refused = heapq.heappop(free)
            if now >= horizon:
                continue
            while arrivals and opens[arrivals[0]] * DAY_S <= now:
                ready.appendleft(arrivals.popleft())
            tenant = int(owner[lane])
            if refused < 0 and rng.random() > self._tenants[tenant].demand(now / DAY_S):
                heapq.heappush(free, (now + float(rng.exponential(r.sticky_s * 0.5)) + 60, lane, -1))
                continue
            account = self._choose(ready, busy, closes, now, favour, opens, rng)
            if account < 0:
                heapq.heappush(free, (now + 600.0, lane, -1))
                continue
            if refused < 0:
                run += 1
                runs[lane] = run
            start = now + float(rng.exponential(r.jitter_h * 3600)) if r.jitter_h and refused < 0 else now
            end = start + r.sticky_s * float(rng.lognormal(0, 0.25))
            status = 0
            if rng.random() < r.refusals:
                end = start + (end - start) * float(rng.uniform(0.05, 0.95))
                status = int(rng.choice([429, 429, 403, 401]))
            if end >= closes[account] * DAY_S:
                end, status = float(closes[account] * DAY_S), 403
            end = max(end, start)
            busy[account] = end + (1800 if status else 0)
            slot = int(rng.integers(0, 1 << 30))
            done.append((start, end, account, tenant, exits.at(slot, start), status, refused, runs[lane]))
            pause = (
                float(rng.uniform(1, r.failover_s))
                if status
                else float(rng.exponential(r.idle_h * 3600))
                if r.idle_h
                else 5.0
            )
            heapq.heappush(free, (end + pause, lane, account if status else -1))
        return done

    def _choose(
        self,
        ready: deque[int],
        busy: Floats,
        closes: Floats,
        now: float,
        favour: Floats,
        opens: Floats,
        rng: np.random.Generator,
    ) -> int:
        """The next account by the pool's order, -1 when none is free; closed accounts leave the queue."""
        if self._rules.order == "lru":
            for _ in range(len(ready)):
                # Somewhere in the queue's front: a rota, but no clockwork.
                place = int(rng.integers(0, 1 + int(self._rules.slack * len(ready))))
                account = ready[place]
                del ready[place]
                if closes[account] * DAY_S <= now:
                    continue
                ready.append(account)
                if busy[account] <= now:
                    return account
            return -1
        for _ in range(64):
            if self._rules.order == "uneven":
                account = int(np.searchsorted(favour, rng.random() * favour[-1]))
            else:
                account = int(rng.integers(0, len(opens)))
            if opens[account] * DAY_S <= now < closes[account] * DAY_S and busy[account] <= now:
                return account
        return -1

    def day(self, number: int, rng: np.random.Generator) -> Block:
        """See :class:`revenuer.simulate.sessions.Source`."""
        low, high = np.searchsorted(self._rows[:, 0], [number * DAY_S, (number + 1) * DAY_S])
        rows = self._rows[low:high]
        start, end = rows[:, 0], rows[:, 1]
        account, tenant, exit_, status, origin, run = (rows[:, k].astype(np.int64) for k in range(2, 8))
        streams = np.stack([t.streams for t in self._tenants])
        counts, before = self._counts[low:high], self._before[low:high]
        moved, refused = np.flatnonzero(origin >= 0), np.flatnonzero(status > 0)
        served = np.repeat(np.arange(len(rows)), counts)
        at = start[served] + rng.random(len(served)) * (end - start)[served]
        at = at[np.lexsort((at, served))]
        # The refused request of a run has the place of its retry, with which the next sitting begins.
        begun = before + (origin >= 0)
        row = np.concatenate([served, refused, moved])
        place = np.concatenate([begun[served] + within(counts), (begun + counts)[refused], before[moved]])
        work = streams[tenant, account][row]
        work[len(row) - len(moved) :] = streams[tenant, origin][moved]
        # A run serves one conversation after another; single-exchange jobs are conversations of one.
        length = np.array([max(t.turns, 1.0) for t in self._tenants])[tenant][row]
        part = np.floor(place / length)
        # Rounding may miss by one the conversation that a request opens.
        part += (np.ceil((part + 1) * length) <= place) * 1.0 - (np.ceil(part * length) > place)
        seed = scramble(run.astype(np.uint64) + self._salt)
        request = scramble(scramble(seed)[row] + place.astype(np.uint64))
        request[: len(served)] = 0
        return Block(
            stream=streams[tenant, account][row],
            at=np.concatenate([at, end[refused], start[moved]]),
            session=scramble(seed[row] + part.astype(np.uint64)),
            turn=place - np.ceil(part * length).astype(np.int64),
            endpoint=exit_[row],
            status=np.concatenate([np.zeros(len(served), np.int64), status[refused], np.full(len(moved), 200)]),
            work=work,
            request=request,
        )


def _before(run: Floats, served: Ints) -> Ints:
    """Requests that a run has served before each of its sittings, which are in order of time."""
    order = np.argsort(run, kind="stable")
    total = np.cumsum(served[order]) - served[order]
    first = np.searchsorted(run[order], run[order])
    before = np.empty_like(total)
    before[order] = total - total[first]
    return before
