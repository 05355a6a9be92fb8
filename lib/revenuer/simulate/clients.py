"""Client libraries: releases adopted gradually, with a heavy tail that never upgrades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from revenuer.simulate.ids import Floats, Ints
from revenuer.simulate.roster import Roster

# name, share of accounts, days between releases, whether an agent product
SDKS: tuple[tuple[str, float, float], ...] = (
    ("python-sdk", 0.34, 11),
    ("node-sdk", 0.2, 13),
    ("go-sdk", 0.05, 25),
    ("java-sdk", 0.04, 30),
    ("langchain", 0.07, 7),
    ("litellm", 0.05, 5),
    ("python-requests", 0.05, 60),
    ("axios", 0.04, 45),
    ("curl", 0.03, 60),
    ("dotnet-sdk", 0.03, 30),
    ("web-app", 0.06, 4),
    ("mobile-app", 0.04, 9),
)


@dataclass(frozen=True)
class Release:
    """One version of one client."""

    client: str
    version: str
    day: float
    header: int


class Clients:
    """Every lineage's releases; a stream follows a lineage with its own lag in days."""

    def __init__(self, roster: Roster, rng: np.random.Generator, horizon: float) -> None:
        self._roster, self._rng, self._horizon = roster, rng, horizon
        self.releases: list[Release] = []
        self.tls_of: list[Ints] = []
        self._first: list[int] = []
        self._days: list[Floats] = []
        self.sdks = [self.add(name, every) for name, _, every in SDKS]
        shares = np.array([share for _, share, _ in SDKS])
        self._shares = shares / shares.sum()

    def add(self, name: str, every_days: float, *, tls: int = 4, history: int = 24) -> int:
        """A new lineage with releases every so often up to the world's end; returns its number."""
        rng = self._rng
        gaps = rng.exponential(every_days, history + int(self._horizon / every_days) + 1) + 1.0
        days = np.cumsum(gaps) - history * (every_days + 1.0)
        # Header sets change with some releases only.
        fresh = rng.random(len(days)) < 0.3
        fresh[0] = True
        headers = self._roster.hashes(self._roster.headers, int(fresh.sum()))[np.cumsum(fresh) - 1]
        major, minor = int(rng.integers(0, 5)), int(rng.integers(0, 40))
        self._first.append(len(self.releases))
        for k, day in enumerate(days.tolist()):
            self.releases.append(Release(name, f"{major}.{minor + k // 3}.{k % 3}", day, int(headers[k])))
        self._days.append(days)
        self.tls_of.append(self._roster.hashes(self._roster.tls, tls))
        return len(self._first) - 1

    def pinned(self, name: str, version: str, *, header: int | None = None) -> int:
        """A lineage with one version for good."""
        if header is None:
            header = int(self._roster.hashes(self._roster.headers, 1)[0])
        self._first.append(len(self.releases))
        self.releases.append(Release(name, version, -1e6, header))
        self._days.append(np.array([-1e6]))
        self.tls_of.append(self._roster.hashes(self._roster.tls, 1))
        return len(self._first) - 1

    def first_releases(self) -> list[Release]:
        """The first release of each lineage."""
        return [self.releases[k] for k in self._first]

    def release_of(self, lineage: Ints, lag: Floats, day: float) -> Ints:
        """Row of the release each stream runs on a day; -1 where the client is unknown."""
        out = np.full(len(lineage), -1, np.int64)
        for number in np.unique(lineage[lineage >= 0]).tolist():
            mine = lineage == number
            days = self._days[number]
            k = np.searchsorted(days, day - lag[mine], side="right") - 1
            out[mine] = self._first[number] + k.clip(0, len(days) - 1)
        return out

    def popular(self, count: int) -> Ints:
        """A lineage per stream, by market share."""
        return np.array(self.sdks)[self._rng.choice(len(self.sdks), count, p=self._shares)]

    def lags(self, count: int) -> Floats:
        """Days behind the newest release: half a few weeks, a heavy tail for good."""
        lag = self._rng.lognormal(np.log(18.0), 1.3, count)
        return np.where(self._rng.random(count) < 0.12, self._rng.uniform(200, 2000, count), lag)

    def hellos(self, lineage: Ints) -> Ints:
        """A TLS hello per stream, one of its client's few (runtime and library builds)."""
        weights = self._rng.random(len(lineage)) ** 2
        nothing = np.array([-1])
        known = [self.tls_of[i] if i >= 0 else nothing for i in lineage.tolist()]
        return np.array([t[int(w * len(t))] for t, w in zip(known, weights, strict=True)], np.int64)
