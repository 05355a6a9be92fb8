"""Client software: families with releases adopted gradually, one header set and TLS hello a release and runtime."""

from __future__ import annotations

import numpy as np

from afield.world import Beats, Ints, World

OFFICIAL = {
    "lumen-web": (1, 40),
    "lumen-ios": (9, 4),
    "lumen-android": (9, 7),
    "lumen-py": (16, 8),
    "lumen-js": (14, 6),
    "lumen-go": (8, 3),
    "lumen-java": (7, 4),
    "raw-http": (1, 30),
}


def family(w: World, name: str, versions: int = 6, runtimes: int = 4, headers: bool = True) -> np.ndarray:
    """The (versions × runtimes) grid of client rows of one family, newest version last; made once."""
    if ("family", name) in w.memo:
        return w.memo["family", name]
    rng = w.rng
    major, minor = rng.integers(0, 4), rng.integers(0, 30)
    names = [None if name == "raw-http" else f"{major}.{minor + v}.{rng.integers(0, 5)}" for v in range(versions)]
    # runtimes (python, node, browsers) share TLS hellos with other families
    if "hellos" not in w.memo:
        w.memo["hellos"] = np.array(
            [
                f"t13d{rng.integers(10, 20)}{rng.integers(10, 20)}h{rng.integers(1, 3)}_{x}"
                for x in w.tokens(60, "", 12)
            ],
            object,
        )
    tls = rng.choice(w.memo["hellos"], runtimes, replace=False)
    n = versions * runtimes
    head = w.tokens(n, "hd", 12) if headers else None
    rows = w.clients.add(
        n, name=name, version=np.repeat(np.array(names, object), runtimes), header=head, tls=np.tile(tls, versions)
    )
    w.memo["family", name] = rows.reshape(versions, runtimes)
    return w.memo["family", name]


def official(w: World, name: str) -> np.ndarray:
    """A family the provider itself publishes."""
    versions, runtimes = OFFICIAL[name]
    return family(w, name, versions, runtimes)


def wear(
    w: World, grid: np.ndarray, n: int, *, fresh: float = 0.5, upgrade: float = 0.35, day: object = None
) -> np.ndarray:
    """(n, 3): client before, client after, day of the change. `fresh` = how quickly people follow releases."""
    rng, (versions, runtimes) = w.rng, grid.shape
    lag = np.minimum(rng.geometric(fresh, n) - 1, versions - 1)
    run = rng.choice(runtimes, n, p=(p := 1 / (1 + np.arange(runtimes))) / p.sum())
    before = grid[versions - 1 - lag, run]
    moves = (rng.random(n) < upgrade) & (lag > 0)
    after = np.where(moves, grid[np.minimum(versions - lag, versions - 1), run], before)
    when = rng.integers(1, w.days, n) if day is None else np.full(n, day)
    return np.column_stack([before, after, when])


def worn(outfit: np.ndarray, beats: Beats) -> Ints:
    """The client of every exchange."""
    mine = outfit[beats.pos]
    return np.where(beats.day >= mine[:, 2], mine[:, 1], mine[:, 0])


def mixed(w: World, names: list[str], n: int, weights: list[float] | None = None, **how: float) -> np.ndarray:
    """Outfits drawn from several official families."""
    pick = w.rng.choice(len(names), n, p=weights)
    out = np.empty((n, 3), np.int64)
    for i, name in enumerate(names):
        at = np.flatnonzero(pick == i)
        grid = official(w, name) if name in OFFICIAL else family(w, name)
        out[at] = wear(w, grid, len(at), **how)
    return out
