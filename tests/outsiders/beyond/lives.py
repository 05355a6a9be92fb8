"""Short lives of accounts, phones behind carriers, and refusals that come together."""

from __future__ import annotations

import numpy as np
from afield.world import DAY
from farther.jobs import REFUSED
from farther.rhythm import ranks
from farther.world import DAYS, HOUR, NEVER, SPAN, Each, Uses, World


def days_of(begin: np.ndarray, until: np.ndarray) -> np.ndarray:
    """How much of each day an account is in use, as a matrix."""
    day = np.arange(DAYS) * DAY
    both = np.minimum(until[:, None], day + DAY) - np.maximum(begin[:, None], day)
    return np.clip(both / DAY, 0, 1)


def during(u: Uses, acc: np.ndarray, begin: np.ndarray, until: np.ndarray) -> Uses:
    """What falls into the accounts' lives; their numbers are consecutive."""
    i = u.acc - acc[0]
    return u.of((u.t >= begin[i]) & (u.t < until[i]))


def continuous(w: World, n: int, first: float, last: float) -> np.ndarray:
    """Sign-ups at any time of these days, more of them by day and some more on some days."""
    day = first + (last - first) * (np.arange(n) + w.rng.random(n)) / n + w.rng.normal(0, 0.3, n)
    day = np.clip(day, first, last)
    whole = np.floor(day)
    return (whole + 0.7 * (day - whole) + 0.25 * w.rng.random(n)) * DAY


class Phones:
    """Addresses of carriers' gateways, which honest phones have as well; each account's changes with its lease."""

    def __init__(self, w: World, acc: np.ndarray, lease: tuple[float, float]) -> None:
        self.w, self.first = w, int(acc[0])
        self.lease = w.rng.uniform(*lease, len(acc))
        self.phase = w.rng.random(len(acc)) * DAY
        self.modem = w.rng.integers(0, 1 << 20, len(acc))

    def __call__(self, u: Uses) -> np.ndarray:
        """Addresses of exchanges."""
        i = u.acc - self.first
        slot = ((u.t + self.phase[i]) // self.lease[i]).astype(int)
        gateway = (self.modem[i] * 31 + slot * 7919) % 36
        return self.w.net.carrier[self.w.a["country"][u.acc], self.modem[i] % 2, gateway]


def at_full_hours(w: World, acc: np.ndarray, hours: tuple[int, ...], runs: np.ndarray, burst: float) -> Uses:
    """Runs that begin at the same full hours (UTC), some seconds after the clock."""
    rng = w.rng
    slot = np.repeat(np.arange(len(acc)), runs)
    hour = rng.choice(hours, len(slot))
    begin = hour[:, None] * HOUR + np.arange(DAYS) * DAY + rng.exponential(4, (len(slot), DAYS))
    kept = rng.random(begin.shape) < 0.95
    who, begin = np.repeat(slot, DAYS)[kept.ravel()], begin[kept]
    sess = np.repeat(np.arange(len(who)), rng.poisson(burst - 1, len(who)) + 1)
    rank = ranks(sess)
    t = begin[sess] + rank * rng.uniform(2, 6, len(who))[sess] + rng.exponential(0.5, len(sess))
    return Uses(acc[who[sess]], t, w.sessions(sess), rank)


def storm(w: World, u: Uses, share: float) -> tuple[Uses, np.ndarray]:
    """Refusals in the first minute of an hour, and tries again after 2, 4, 8, ... seconds; returns statuses too."""
    rng = w.rng
    parts, status = [], []
    wait = 2.0
    for _ in range(6):
        crowded = np.exp(-(u.t % HOUR) / 40)
        refused = rng.random(len(u.t)) < share * crowded
        parts.append(u)
        status.append(np.where(refused, REFUSED, 0))
        u = u.of(refused)
        u = u._replace(t=u.t + wait * rng.uniform(0.8, 1.4, len(u.t)))
        wait *= 2
    parts.append(u)
    status.append(np.zeros(len(u.t), int))
    return Uses(*(np.concatenate(column) for column in zip(*parts, strict=True))), np.concatenate(status)


def handed_on(w: World, u: Uses, acc: np.ndarray, share: float) -> Uses:
    """Some sessions whose later turns another account does."""
    chosen = (u.sess * 7919 % 1000) / 1000 < share
    later = chosen & (u.turn >= 2)
    step = 1 + u.sess * 104729 % (len(acc) - 1)
    other = acc[(u.acc - acc[0] + step) % len(acc)]
    return u._replace(acc=np.where(later, other, u.acc), t=np.where(later, u.t + 600, u.t))


class Heirs:
    """People who go on in another account when one has ended; accounts come person by person."""

    def __init__(self, ends: np.ndarray) -> None:
        created = np.c_[ends[:, :1] - 3.0 * DAY, ends[:, :-1] - 400.0]  # minutes before it is needed
        begun = created < SPAN - HOUR
        self.ends = np.where(np.c_[begun[:, 1:], np.zeros(len(ends), bool)], ends, NEVER)
        self.created = created[begun]
        self.person = np.nonzero(begun)[0]
        self.heads = np.searchsorted(self.person, np.arange(len(ends)))

    def unite(self, w: World, acc: np.ndarray) -> np.ndarray:
        """Give a person's accounts one home, phone, habits and equipment; returns the first account of each."""
        head = acc[self.heads]
        one_person(w, acc, head[self.person])
        return head

    def now(self, u: Uses, acc: np.ndarray) -> Uses:
        """Each exchange of people's first accounts on the account that they have then."""
        who = self.person[u.acc - acc[0]]
        which = (u.t[:, None] >= self.ends[who]).sum(1)
        return u._replace(acc=acc[self.heads[who] + which])


def one_person(w: World, acc: np.ndarray, of: np.ndarray) -> None:
    """Make accounts those of the owners of others."""
    for column in (
        "country",
        "tz",
        "lease",
        "mobile",
        "vpnuser",
        "variant",
        "lag",
        "line",
        "model",
        "chatmodel",
        "phone",
    ):
        w.a[column][acc] = w.a[column][of]
    w.homes[acc] = w.homes[of]


def zipf(n: int, power: float = 1.0) -> np.ndarray:
    """Shares that fall with the rank."""
    p = 1 / np.arange(1, n + 1) ** power
    return p / p.sum()


def hashed(u: Uses, n: int) -> np.ndarray:
    """A choice of n for each session."""
    return (u.sess * 2654435761 >> 7) % n


def either(chance: np.ndarray, share: float, yes: Each, no: Each) -> np.ndarray:
    """One thing for a share of the rows, another for the others."""
    return np.where(chance < share, yes, no).astype(object)
