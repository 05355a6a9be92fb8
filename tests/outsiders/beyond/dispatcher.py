"""A dispatcher that gives each job to an account drawn at random, within the account's quota of the day."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from afield.world import DAY
from farther.jobs import REFUSED, Served
from farther.rhythm import gaps_of
from farther.world import DAYS, HOUR, SPAN, World

TRIES = 60  # draws before a job is lost


class Posts(NamedTuple):
    """Accounts that take jobs: from when to when, and how many exchanges on each day."""

    acc: np.ndarray
    begin: np.ndarray
    until: np.ndarray
    quota: np.ndarray

    @classmethod
    def of(
        cls, w: World, acc: np.ndarray, begin: np.ndarray, until: np.ndarray, usual: np.ndarray, sigma: float
    ) -> Posts:
        """Posts whose quota wobbles about what is usual for each."""
        wobble = w.rng.lognormal(0, sigma, (len(acc), DAYS + 1))
        return cls(acc, np.maximum(begin, 0), until, np.maximum(usual[:, None] * wobble, 2).astype(int))


class Habits(NamedTuple):
    """How the work is done; pairs are median and sigma of what is log-normal."""

    gap: tuple[float, float] = (20, 0.9)  # seconds between turns
    rest: tuple[float, float] = (240, 1.0)  # seconds before an account may be drawn again
    fail: float = 0.008  # share of turns that are refused
    stay: float = 0.55  # share of refused turns that are tried again on the same account
    moving: tuple[float, float] = (35, 0.9)  # seconds until another account goes on


class _Deck:
    """The posts, and what each has done."""

    def __init__(self, w: World, posts: Posts) -> None:
        self.rng, self.posts = w.rng, posts
        n = len(posts.acc)
        self.used, self.busy = np.zeros((n, DAYS + 1), int), np.zeros(n)
        hours = np.arange(DAYS * 24 + 1) * HOUR
        self.open = [np.flatnonzero((posts.begin < h + HOUR) & (posts.until > h)) for h in hours]

    def draw(self, now: float) -> int:
        """Any account that is open, at rest and below its quota, or -1."""
        able = self.open[min(int(now // HOUR), len(self.open) - 1)]
        if not len(able):
            return -1
        posts, day = self.posts, min(int(now // DAY), DAYS)
        for i in able[self.rng.integers(0, len(able), TRIES)].tolist():
            ready = posts.begin[i] <= now < posts.until[i] and self.busy[i] <= now
            if ready and self.used[i, day] < posts.quota[i, day]:
                return int(i)
        return -1


def hand_out(w: World, posts: Posts, start: np.ndarray, size: np.ndarray, habits: Habits) -> Served:
    """Serve jobs by their start and number of turns; a job that outgrows its account's quota goes on elsewhere."""
    rng = w.rng
    deck = _Deck(w, posts)
    gaps = gaps_of(rng, habits.gap, int(size.sum()) + 1)
    first = np.r_[0, np.cumsum(size)]
    rows: list[tuple[int, float, int, int, int]] = []
    for j in np.argsort(start, kind="stable").tolist():
        now, turn, turns = float(start[j]), 0, int(size[j])
        refused = rng.random(turns) < habits.fail
        while turn < turns and now < SPAN:
            i = deck.draw(now)
            if i < 0:
                break
            day = min(int(now // DAY), DAYS)
            while turn < turns and now < posts.until[i] and deck.used[i, day] < posts.quota[i, day]:
                deck.used[i, day] += 1
                if refused[turn]:
                    refused[turn] = False
                    rows.append((i, now, j, turn, REFUSED))
                    if rng.random() > habits.stay:
                        break
                    now += 4 + rng.exponential(8)
                    continue
                rows.append((i, now, j, turn, 0))
                now += gaps[first[j] + turn]
                turn += 1
            deck.busy[i] = now + rng.lognormal(np.log(habits.rest[0]), habits.rest[1])
            now += rng.lognormal(np.log(habits.moving[0]), habits.moving[1])
    which, *columns = (np.array(column) for column in zip(*rows, strict=True))
    inside = columns[0] < SPAN
    return Served(*(column[inside] for column in (posts.acc[which], *columns)))
