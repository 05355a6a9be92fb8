"""What happens on a day: sessions drawn from each stream's own rate and rhythm, expanded to exchanges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from revenuer.simulate import traces
from revenuer.simulate.ids import Floats, Hashes, Ints, scramble
from revenuer.simulate.roster import CRON, PROFILE, WINDOW

DAY_S = 86_400.0


@dataclass(frozen=True)
class Block:
    """Exchanges before they are dressed with columns; all arrays have one entry per exchange.

    Attributes:
        stream: Stream number.
        at: Seconds since the world's start.
        session: Hash that names the session.
        turn: Position in the session.
        endpoint: Endpoint number, or -1 to let the stream choose.
        status: HTTP status, or 0 to let the stream choose.
        work: Stream whose work it is: its own, but for a request that another account was refused.
        request: Hash of a request that is sent on two accounts, which draws all that it asks for; 0 for others.
    """

    stream: Ints
    at: Floats
    session: Hashes
    turn: Ints
    endpoint: Ints
    status: Ints
    work: Ints
    request: Hashes

    def __len__(self) -> int:
        return len(self.stream)

    def take(self, rows: npt.NDArray[Any]) -> Block:
        """Some rows."""
        return Block(*(getattr(self, f.name)[rows] for f in fields(self)))


def join(blocks: Sequence[Block]) -> Block:
    """Several blocks as one."""
    if not blocks:
        none, nothing = np.empty(0, np.int64), np.empty(0, np.uint64)
        return Block(none, np.empty(0), nothing, none, none, none, none, nothing)
    return Block(*(np.concatenate([getattr(b, f.name) for b in blocks]) for f in fields(Block)))


class Source(Protocol):
    """Anything that produces exchanges day by day."""

    def day(self, number: int, rng: np.random.Generator) -> Block:
        """Exchanges of sessions that start on the day (they may run past midnight)."""
        ...


def within(counts: Ints) -> Ints:
    """0, 1, 2 ... inside each group of ``counts`` rows."""
    ends = np.cumsum(counts)
    return np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)


class Habits:
    """The statistical source: every stream with a rate."""

    def __init__(self, streams: dict[str, npt.NDArray[Any]], weekday: int) -> None:
        self._rows = np.flatnonzero(streams["rate"] > 0)
        self._s = {name: column[self._rows] for name, column in streams.items()}
        self._weekday = weekday

    def day(self, number: int, rng: np.random.Generator) -> Block:
        """See :class:`Source`."""
        s = self._s
        n = len(self._rows)
        swing = s["swing"].astype(float)
        mean = s["rate"] * np.exp(rng.normal(0, 1, n) * swing - swing**2 / 2)
        jump = rng.random(n) < s["jump"]
        mean = np.where(jump, mean * np.minimum(np.exp(rng.exponential(1.1, n)) * 2, 29), mean)
        if (self._weekday + number) % 7 >= 5:
            mean = mean * s["weekend"]
        cron = s["rhythm"] == CRON
        # Programs on a timer run their ticks whatever the mood of the day; a few ticks are missed.
        counts = np.where(cron, rng.binomial((24 / s["period_h"]).astype(int).clip(1), 0.985), rng.poisson(mean))
        awake = (s["from_day"] < number + 1) & (s["until_day"] > number)
        counts = np.where(awake, counts, 0)
        row = np.repeat(np.arange(n), counts)
        at = self._times(row, counts, rng) + number * DAY_S
        inside = (at >= s["from_day"][row] * DAY_S) & (at < s["until_day"][row] * DAY_S)
        row, at = row[inside], at[inside]
        return expand(self._rows[row], at, s["turns"][row], s["gap_s"][row], rng)

    def _times(self, row: Ints, counts: Ints, rng: np.random.Generator) -> Floats:
        s = self._s
        local = traces.hours(s["profile"][row].astype(np.int64), rng.random(len(row)))
        tick = s["start_h"][row] + within(counts) * s["period_h"][row]
        window = s["start_h"][row] + rng.random(len(row)) ** 1.5 * s["period_h"][row]
        kind = s["rhythm"][row]
        hour = np.select([kind == PROFILE, kind == CRON, kind == WINDOW], [local, tick, window])
        seconds = (hour - s["offset_h"][row]) * 3600 + rng.normal(0, 1, len(row)) * s["jitter_s"][row]
        of_day: Floats = np.mod(seconds, DAY_S)
        return of_day


def expand(
    stream: Ints,
    start: Floats,
    turns_mean: npt.NDArray[Any],
    gap_s: npt.NDArray[Any],
    rng: np.random.Generator,
    endpoint: Ints | None = None,
) -> Block:
    """Sessions to exchanges: a geometric number of turns with log-normal gaps.

    Args:
        stream: Stream of each session.
        start: Start of each session, seconds since the world's start.
        turns_mean: Mean exchanges per session (1 = single exchange).
        gap_s: Median gap between exchanges, seconds.
        rng: Source of randomness.
        endpoint: Endpoint of each session; chosen by the stream when omitted.
    """
    more = np.maximum(turns_mean.astype(float) - 1, 0)
    turns = 1 + np.where(more > 0, rng.geometric(1 / (1 + more)) - 1, 0)
    row = np.repeat(np.arange(len(stream)), turns)
    turn = within(turns)
    gap = np.where(turn > 0, gap_s[row] * rng.lognormal(0, 0.9, len(row)), 0.0)
    elapsed = np.cumsum(gap)
    first = np.cumsum(turns) - turns
    at = start[row] + elapsed - elapsed[first][row] if len(row) else np.empty(0)
    name = scramble(rng.integers(0, 1 << 62, len(stream)))[row]
    where = np.full(len(row), -1) if endpoint is None else endpoint[row]
    whose, none = stream[row], np.zeros(len(row), np.int64)
    return Block(whose, at, name, turn, where, none, whose, np.zeros(len(row), np.uint64))
