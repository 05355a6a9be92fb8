"""Helpers shared by attackers and look-alikes: sign-ups in batches, rotas, cover for retired accounts."""

from __future__ import annotations

import itertools

import numpy as np

from yonder import people
from yonder.arrivals import Sessions
from yonder.world import World

DAY = 86400.0


def sign_up(
    w: World,
    n: int,
    *,
    created: np.ndarray,
    plan: np.ndarray | str,
    codes: np.ndarray | None = None,
    card: np.ndarray | None = None,
    issuer: np.ndarray | None = None,
    mail: np.ndarray | None = None,
    org: np.ndarray | None = None,
    signup: np.ndarray | None = None,
    decoy: str | None = None,
    campaign: str | None = None,
) -> np.ndarray:
    """Add accounts, filling what is not given with ordinary personal values."""
    rng = w.rng
    codes = people.countries(rng, n) if codes is None else codes
    return w.accounts.add(
        codes,
        created=created,
        plan=plan,
        card=people.cards(rng, n) if card is None else card,
        issuer=people.issuers(rng, codes) if issuer is None else issuer,
        mail=people.mails(rng, n) if mail is None else mail,
        org=org,
        signup=w.net.home(codes) if signup is None else signup,
        decoy=decoy,
        campaign=campaign,
    )


def batches(
    rng: np.random.Generator, n: int, size: tuple[int, int], window: tuple[float, float], hours: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sign-up times in batches of `size` spread over a window (days), each within some hours; and the batch numbers."""
    batch = np.zeros(0, dtype=int)
    number = 0
    while len(batch) < n:
        batch = np.concatenate([batch, np.full(int(rng.integers(size[0], size[1] + 1)), number)])
        number += 1
    batch = batch[:n]
    start = rng.uniform(window[0], window[1], number) * DAY
    return start[batch] + rng.uniform(0, hours * 3600, n), batch


def shared_cards(rng: np.random.Generator, n: int, size: tuple[int, int], share: float = 1.0) -> np.ndarray:
    """Cards reused by runs of `size` accounts; the rest (1 - share) have a card of their own."""
    card = people.cards(rng, n)
    at = 0
    while at < n:
        run = int(rng.integers(size[0], size[1] + 1))
        if rng.random() < share:
            card[at : at + run] = card[at]
        at += run
    return card


def rota(rng: np.random.Generator, starts: np.ndarray, born: np.ndarray, dies: np.ndarray, noise: float) -> np.ndarray:
    """Deal sorted session starts out to the accounts alive, least recently used first, blurred by `noise` places."""
    out = np.zeros(len(starts), dtype=int)
    edges = np.unique(np.concatenate([[-np.inf], born, dies, [np.inf]]))
    for low, high in itertools.pairwise(edges):
        a, b = np.searchsorted(starts, [low, high])
        alive = np.flatnonzero((born <= low) & (dies >= high))
        if b <= a or not len(alive):
            continue
        order = rng.permutation(alive)
        cycles = int(np.ceil((b - a) / len(alive)))
        place = np.argsort(np.arange(cycles * len(alive)) + rng.normal(0, noise, cycles * len(alive)), kind="stable")
        out[a:b] = np.tile(order, cycles)[place][: b - a]
    return out


def spread_sessions(
    rng: np.random.Generator,
    days: int,
    total: float,
    turns: float,
    gap: float,
    curve: np.ndarray,
    ramp: np.ndarray | None = None,
    wave: float = 0.1,
) -> Sessions:
    """A job queue's sessions in time order (accounts still to be dealt): `total` exchanges over the days."""
    weight = np.ones(days) if ramp is None else np.asarray(ramp, dtype=float)
    weight = weight * rng.lognormal(0, wave, days)
    day = rng.choice(days, int(total / turns), p=weight / weight.sum())
    hour = rng.choice(24, len(day), p=curve / curve.sum())
    start = np.sort(day * DAY + (hour + rng.random(len(day))) * 3600.0)
    length = rng.geometric(1.0 / turns, len(start)) if turns > 1 else np.ones(len(start), dtype=np.int64)
    return Sessions(np.zeros(len(start), dtype=int), start, length, np.full(len(start), gap))
