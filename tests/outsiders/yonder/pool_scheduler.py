"""A proxy pool's scheduler: least recently used, sticky sessions, cool-down, failover, daily limits, concurrency."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

DAY = 86400.0


@dataclass(frozen=True)
class Rules:
    """The pool's knobs."""

    stick: float = 3600.0
    cooldown: float = 25.0
    daily_limit: int = 95
    failure: float = 0.011
    pause: tuple[float, float] = (900.0, 5 * 3600.0)
    switch: float = 4.0
    busy: float = 9.0
    tries: int = 4


@dataclass
class Served:
    """One row per attempt: which request (row of the input), on which account, when, with which status."""

    request: np.ndarray
    account: np.ndarray
    at: np.ndarray
    status: np.ndarray


def serve(
    rng: np.random.Generator, at: np.ndarray, conversation: np.ndarray, born: np.ndarray, dies: np.ndarray, rules: Rules
) -> Served:
    """Serve time-sorted requests; `conversation` keys stick to an account, which lives from `born` to `dies`."""
    n = len(born)
    ready = [(float(b), int(a)) for a, b in enumerate(born)]
    heapq.heapify(ready)
    free_at = born.astype(float).copy()
    used = np.zeros(n, dtype=int)
    today = np.full(n, -1)
    sticky: dict[int, tuple[int, float]] = {}
    failing = (rng.random(len(at) * 2 + 1000) < rules.failure).tolist()
    wait = rng.lognormal(np.log(rules.switch), 0.8, len(failing)).tolist()
    pauses = rng.uniform(*rules.pause, len(failing)).tolist()
    codes = rng.choice([429, 403, 401, 529], len(failing), p=[0.62, 0.14, 0.08, 0.16]).tolist()
    rows: list[tuple[int, int, float, int]] = []
    draw = 0

    def fits(a: int, now: float) -> bool:
        day = int(now // DAY)
        if today[a] != day:
            today[a], used[a] = day, 0
        return born[a] <= now < dies[a] and used[a] < rules.daily_limit

    def least_used(now: float) -> int:
        held = []
        found = -1
        while ready:
            key, a = heapq.heappop(ready)
            if key < free_at[a]:
                if now < dies[a]:
                    heapq.heappush(ready, (free_at[a], a))
                continue
            if key > now and found < 0 and len(ready) > 0 and key - now > 60:
                held.append((key, a))
                break
            if fits(a, now):
                found = a
                break
            if now < dies[a]:
                held.append((max(key, (now // DAY + 1) * DAY if used[a] >= rules.daily_limit else born[a]), a))
                free_at[a] = held[-1][0]
        for item in held:
            heapq.heappush(ready, item)
        return found

    for i, (now, key) in enumerate(zip(at.tolist(), conversation.tolist(), strict=True)):
        for _ in range(rules.tries):
            a, since = sticky.get(key, (-1, 0.0))
            if a < 0 or now - since > rules.stick or not fits(a, now) or free_at[a] > now + rules.cooldown + rules.busy:
                a = least_used(now)
                if a < 0:
                    break
                sticky[key] = (a, now)
                heapq.heappush(ready, (now + rules.cooldown, a))
            draw = (draw + 1) % len(failing)
            used[a] += 1
            if not failing[draw]:
                rows.append((i, a, now, 200))
                free_at[a] = max(free_at[a], now + rules.cooldown)
                break
            rows.append((i, a, now, codes[draw]))
            free_at[a] = now + pauses[draw]
            sticky.pop(key, None)
            now += min(wait[draw], 50.0)
    table = np.array(rows)
    return Served(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], table[:, 3].astype(int))
