"""Programs people use: releases over time, adopted gradually with a heavy tail."""

from __future__ import annotations

import numpy as np
from yonder.world import DAY

from abroad.hashing import mix, u01
from abroad.world import World

# program: days between releases, header variants, how often TLS prints are missing
CATALOGUE: dict[str, tuple[float, int, float]] = {
    "web": (5, 60, 0.02),
    "ios-app": (12, 14, 0.05),
    "android-app": (12, 40, 0.05),
    "python-sdk": (11, 30, 0.06),
    "node-sdk": (13, 24, 0.06),
    "http": (400, 40, 0.15),
    "devcrab": (4, 9, 0.03),
    "inkpatch": (6, 8, 0.03),
    "tabwright": (9, 10, 0.04),
    "switchyard": (10, 8, 0.1),
    "flowloom": (21, 3, 0.02),
    "zipline": (28, 2, 0.02),
    "langweave": (14, 16, 0.06),
    "go-sdk": (30, 8, 0.06),
    "java-sdk": (26, 12, 0.06),
    "judgebox": (17, 10, 0.05),
    "reviewmate": (12, 4, 0.05),
    "newsclerk": (15, 8, 0.05),
    "notebook-hub": (30, 3, 0.02),
    "gradepal": (30, 6, 0.03),
}
C = {name: i for i, name in enumerate(CATALOGUE)}
HOSTED = [C["web"], C["flowloom"], C["zipline"], C["notebook-hub"]]  # their makers roll releases out themselves


class Clients:
    """The releases of one world's programs."""

    def __init__(self, w: World) -> None:
        self.w = w
        self.released: list[np.ndarray] = []
        self.versions: list[list[str]] = []
        r = w.rng
        for gap, _, _ in CATALOGUE.values():
            t, major, minor, patch = w.start - 500 * DAY, int(r.integers(0, 4)), int(r.integers(0, 30)), 0
            released, versions = [], []
            while t < w.end:
                released.append(t)
                versions.append(f"{major}.{minor}.{patch}")
                t += gap * DAY * float(r.gamma(3, 1 / 3)) + DAY * 0.3
                if r.random() < 0.45:
                    patch += 1
                else:
                    minor, patch = minor + 1, 0
            self.released.append(np.array(released))
            self.versions.append(versions)

    def version(self, client: np.ndarray, acc: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Number of the release an account runs: Pareto lag; a tenth never upgrade."""
        u = u01(mix(acc, client, 31, self.w.salt))
        lag = 3.0 * DAY * (np.maximum(u, 1e-4) ** -0.9 - 1)
        hosted = np.isin(client, HOSTED)
        lag = np.where(hosted, u * 0.4 * DAY, lag)
        pinned = (u01(mix(acc, client, 32)) < 0.1) & ~hosted
        when = np.where(pinned, self.w.start - 1 * DAY, t) - lag
        out = np.zeros(len(t), np.int64)
        for c in np.unique(client):
            m = client == c
            out[m] = np.maximum(np.searchsorted(self.released[c], when[m], side="right") - 1, 0)
        return out

    def latest(self, client: str, t: float) -> int:
        """Number of the newest release at a time."""
        return max(int(np.searchsorted(self.released[C[client]], t, side="right")) - 1, 0)

    def variant(self, client: np.ndarray, acc: np.ndarray) -> np.ndarray:
        """Runtime, system and options of an account's installation: a few common, many rare."""
        n = np.array([variants for _, variants, _ in CATALOGUE.values()])[client]
        return np.floor(n * u01(mix(acc, client, 33, self.w.salt)) ** 2.2).astype(np.int64)
