"""Shapes of use: hours of the day, sittings and turns, token counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from facts import CAMPUS_BY_HOUR

from elsewhere.world import DAYS, SPAN, Each

MOST_INPUT = 200_000
HOURS = {
    "evening": (30, 16, 9, 5, 4, 6, 14, 30, 44, 52, 56, 58, 60, 56, 54, 56, 60, 66, 74, 86, 98, 102, 88, 56),
    "office": (3, 2, 1, 1, 1, 2, 6, 22, 64, 98, 108, 104, 70, 84, 104, 102, 92, 66, 34, 22, 20, 18, 13, 7),
    "student": CAMPUS_BY_HOUR,
    "service": (
        *(70, 64, 60, 58, 58, 60, 66, 76, 90, 102, 110, 112),
        *(110, 112, 114, 112, 108, 104, 100, 98, 96, 90, 84, 76),
    ),
    "flat": (1,) * 24,
    "nightly": (60, 90, 120, 110, 60, 20, 6, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 4, 8, 20, 40),
    "shop": (2, 1, 0, 0, 0, 0, 1, 6, 20, 50, 80, 100, 120, 110, 80, 80, 90, 110, 120, 100, 60, 30, 12, 5),
    "lessons": (1, 1, 0, 0, 0, 0, 2, 8, 20, 100, 120, 110, 40, 100, 120, 110, 40, 10, 14, 30, 36, 30, 16, 5),
}
ROUND_THE_CLOCK = {"hours": "flat", "shift_sd": 0, "active": 1, "weekend": 1}
_NAMES = list(HOURS)
CDF = np.array([np.cumsum(np.array(h, float) / sum(h)) for h in HOURS.values()])


@dataclass
class Beats:
    """Exchanges (account's position in the crew, second, number of the sitting, turn) and the sittings' own columns."""

    pos: np.ndarray
    t: np.ndarray
    sitting: np.ndarray
    turn: np.ndarray
    begins: np.ndarray
    whose: np.ndarray


def profile(names: str | np.ndarray) -> np.ndarray:
    """Numbers of hour profiles."""
    return np.array([_NAMES.index(x) for x in np.atleast_1d(names)])


def weekends(dow0: int) -> np.ndarray:
    """Which days of the window are a weekend's."""
    return (np.arange(DAYS) + dow0) % 7 >= 5


def walk(begins: np.ndarray, steps: np.ndarray, heads: np.ndarray, sitting: np.ndarray) -> np.ndarray:
    """Seconds of all turns: a sitting begins, and steps add up from its head on."""
    run = np.cumsum(steps)
    return begins[sitting] + run - run[heads][sitting]


def _clock(rng: np.random.Generator, which: np.ndarray) -> np.ndarray:
    """Local hours drawn from the profile of each row."""
    u = rng.random(len(which))
    h = np.minimum((u[:, None] > CDF[which]).sum(1), 23)
    return h + rng.random(len(which))


def _days(
    rng: np.random.Generator,
    whose: np.ndarray,
    free: np.ndarray,
    weekend: np.ndarray,
    day_sigma: np.ndarray,
    active: np.ndarray,
    inside: np.ndarray,
) -> np.ndarray:
    """A day for every sitting: days of an account weigh unequally, and on some it does not work at all."""
    n = len(weekend)
    w = np.exp(rng.normal(0, 1, (n, DAYS)) * day_sigma[:, None])
    w *= np.where(free, weekend[:, None], 1) * (rng.random((n, DAYS)) < active[:, None])
    w = np.where(inside, w, 0)
    w += np.where(w.sum(1, keepdims=True) == 0, inside * np.exp(rng.normal(0, 3, (n, DAYS))), 0)
    cum = np.cumsum(w / w.sum(1, keepdims=True), 1)
    return np.minimum((rng.random(len(whose))[:, None] > cum[whose]).sum(1), DAYS - 1)


def timeline(
    rng: np.random.Generator,
    dow0: int,
    count: np.ndarray,
    *,
    tz: Each = 0.0,
    size: Each = 2.2,
    gap: Each = 126.0,
    hours: Each = "evening",
    shift_sd: float = 1.3,
    weekend: Each = 0.8,
    day_sigma: Each = 0.8,
    active: Each = 0.6,
    lo: Each = 0,
    hi: Each = DAYS,
    snap: Each = 0.0,
) -> Beats:
    """Sittings of `size` exchanges from day `lo` to `hi`; a share `snap` of them begin at the account's minute."""
    count = np.asarray(count, int)
    n = len(count)

    def full(x: Each) -> np.ndarray:
        return np.broadcast_to(np.asarray(x, float), n)

    tz, size, gap, weekend, active, lo, hi, snap, day_sigma = map(
        full, (tz, size, gap, weekend, active, lo, hi, snap, day_sigma)
    )
    which = np.broadcast_to(profile(hours), n)
    pos = np.repeat(np.arange(n), count)
    if not len(pos):
        return Beats(*(np.zeros(0, int) for _ in range(6)))
    first = np.zeros(len(pos), bool)
    first[np.cumsum(count)[count > 0] - count[count > 0]] = True
    start = first | (rng.random(len(pos)) < 1 / np.maximum(size, 1)[pos])
    sitting, heads = np.cumsum(start) - 1, np.flatnonzero(start)
    turn, whose = np.arange(len(pos)) - heads[sitting], pos[heads]
    day = np.arange(DAYS)
    inside = (day >= np.floor(lo)[:, None]) & (day < np.ceil(hi)[:, None])
    on = _days(rng, whose, weekends(dow0), weekend, day_sigma, active, inside)
    hour = _clock(rng, which[whose]) + (rng.normal(0, shift_sd, n) if shift_sd else np.zeros(n))[whose]
    begins = (on * 24 + hour - tz[whose]) * 3600
    minute, snapped = rng.integers(0, 60, n), rng.random(len(whose)) < snap[whose]
    on_minute = np.floor(begins / 3600) * 3600 + minute[whose] * 60 + rng.exponential(4, len(whose))
    begins = np.where(snapped, on_minute, begins) % SPAN
    steps = np.where(turn > 0, np.exp(rng.normal(0, 1.1, len(pos))) * gap[pos], 0)
    return Beats(pos, walk(begins, steps, heads, sitting), sitting, turn, begins, whose)


# kind: input p50 and sigma, output p50 and sigma, share with a cache and its depth, share reasoning and its p50
KINDS = {
    "chat": (1020, 1.0, 129, 1.0, 0.35, 0.6, 0.12, 420),
    "complete": (1469, 0.95, 13, 1.0, 0.2, 0.5, 0, 1),
    "agent": (14000, 0.8, 260, 0.9, 0.85, 0.9, 0.35, 380),
    "long": (6909, 1.0, 350, 0.5, 0.3, 0.5, 0.2, 600),
    "extract": (900, 0.6, 62, 0.6, 0.25, 0.6, 0.03, 200),
    "cot": (430, 0.55, 1250, 0.5, 0.1, 0.4, 0.95, 2300),
    "code_gen": (1900, 0.6, 1150, 0.6, 0.4, 0.6, 0.6, 1100),
    "classify": (420, 0.35, 6, 0.5, 0.4, 0.8, 0, 1),
    "write": (700, 0.8, 620, 0.6, 0.15, 0.5, 0.15, 500),
    "translate": (520, 0.7, 480, 0.7, 0.1, 0.5, 0, 1),
    "bot": (1300, 0.3, 95, 0.45, 0.7, 0.85, 0.02, 150),
    "ping": (60, 0.2, 9, 0.4, 0.0, 0.1, 0, 1),
    "eval": (800, 0.7, 300, 0.9, 0.3, 0.7, 0.5, 900),
}
_KIND_NAMES = list(KINDS)
_TABLE = np.array(list(KINDS.values()))
_CAPABILITY = np.array([0, 1, 2, 4, 4, 3, 1, 4, 5, 6, 0, 0, 3])


def kind_number(name: str) -> int:
    """Number of a kind of work."""
    return _KIND_NAMES.index(name)


def tokens(
    rng: np.random.Generator,
    which: np.ndarray,
    n: int,
    scale: Each = 1.0,
    fixed_in: Each = 0,
    cap_out: Each = 0,
) -> dict[str, np.ndarray]:
    """Token columns and duration for n events; `fixed_in` > 0 gives a constant input, `cap_out` > 0 a ceiling."""
    r = _TABLE[which]
    inp = np.exp(np.log(r[:, 0]) + rng.normal(0, 1, n) * r[:, 1]) * scale
    inp = np.clip(np.where(fixed_in > 0, fixed_in, inp), 8, MOST_INPUT).astype(int)
    out = np.clip(np.exp(np.log(r[:, 2]) + rng.normal(0, 1, n) * r[:, 3]) * np.sqrt(scale), 1, 16000).astype(int)
    out = np.where(cap_out > 0, np.minimum(out, cap_out), out)
    cached = np.where(rng.random(n) < r[:, 4], inp * np.minimum(r[:, 5] * rng.uniform(0.6, 1.08, n), 0.98), 0)
    reas = np.where(rng.random(n) < r[:, 6], np.exp(np.log(r[:, 7]) + rng.normal(0, 0.6, n)), 0).astype(int)
    dur = ((350 + (out + reas) * rng.uniform(9, 22, n)) * np.exp(rng.normal(0, 0.25, n))).astype(int)
    return {"inp": inp, "cached": cached.astype(int), "out": out, "reas": reas, "dur": dur, "cap": _CAPABILITY[which]}
