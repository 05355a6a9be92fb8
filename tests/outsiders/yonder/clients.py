"""Client programs, their releases, and the header and TLS fingerprints they leave."""

from __future__ import annotations

import numpy as np

from yonder.tokens import hashed

DAY = 86400.0
# name: (days between releases, header variants, tls variants, share of accounts that never update)
FAMILIES: dict[str, tuple[float, int, int, float]] = {
    "web": (7.0, 48, 9, 0.0),
    "mobile-ios": (12.0, 10, 3, 0.05),
    "mobile-android": (10.0, 30, 5, 0.1),
    "desktop-app": (9.0, 8, 3, 0.05),
    "sdk-python": (11.0, 14, 4, 0.35),
    "sdk-node": (13.0, 12, 4, 0.35),
    "sdk-go": (31.0, 6, 2, 0.4),
    "sdk-java": (28.0, 8, 3, 0.45),
    "termcode": (3.0, 6, 2, 0.15),
    "shipwright": (5.0, 9, 3, 0.2),
    "opencrew": (8.0, 10, 3, 0.3),
    "ide-bridge": (10.0, 12, 3, 0.2),
    "chainkit": (9.0, 12, 4, 0.4),
    "curl": (200.0, 9, 6, 0.6),
    "python-requests": (160.0, 12, 5, 0.6),
    "switchyard": (14.0, 6, 2, 0.3),
    "flowpress": (20.0, 2, 1, 0.0),
    "batchworks": (15.0, 2, 1, 0.0),
    "cronhouse": (18.0, 2, 1, 0.0),
    "reviewbee": (9.0, 2, 1, 0.1),
    "gradeleaf": (25.0, 3, 1, 0.0),
    "lantern-ext": (6.0, 12, 5, 0.1),
    "quillroom": (8.0, 9, 3, 0.1),
    "mitra-script": (40.0, 8, 4, 0.4),
}


class Clients:
    """Table of (family, version, variant) rows; an event holds a row number."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.families = list(FAMILIES)
        self.index = {name: i for i, name in enumerate(self.families)}
        self.releases: list[np.ndarray] = []
        self.versions: list[list[str]] = []
        for period, _, _, _ in FAMILIES.values():
            gaps = period * rng.gamma(3.0, 1 / 3.0, 60)
            times = 14 * DAY - np.cumsum(gaps)[::-1] * DAY + rng.uniform(0, period) * DAY
            major, minor = int(rng.integers(0, 4)), int(rng.integers(2, 30))
            names = []
            for _ in times:
                patch = int(rng.integers(0, 4))
                minor += 1
                names.append(f"{major}.{minor}.{patch}")
            self.releases.append(times)
            self.versions.append(names)
        self.offset = np.arange(len(self.families)) * 60 * 64
        self.salt = str(rng.integers(1 << 40))

    def row(self, family: np.ndarray, at: np.ndarray, lag: np.ndarray, variant: np.ndarray) -> np.ndarray:
        """Row in use: newest release older than `at - lag` (seconds); `variant` is any integer."""
        out = np.zeros(len(family), dtype=np.int32)
        for f in np.unique(family):
            where = np.flatnonzero(family == f)
            place = np.searchsorted(self.releases[f], at[where] - lag[where]) - 1
            heads = FAMILIES[self.families[f]][1]
            out[where] = self.offset[f] + np.clip(place, 0, 59) * 64 + variant[where] % heads
        return out

    def lags(self, rng: np.random.Generator, family: np.ndarray) -> np.ndarray:
        """Adoption lags in seconds: most follow within days, some for months, the pinned never."""
        pinned = np.array([v[3] for v in FAMILIES.values()])[family]
        period = np.array([v[0] for v in FAMILIES.values()])[family]
        lag = rng.lognormal(np.log(np.maximum(period * 0.4, 1.0)), 1.2)
        stuck = rng.random(len(family)) < pinned
        return np.where(stuck, rng.uniform(10, 300, len(family)) * np.maximum(period / 10, 1), lag) * DAY

    def render(self, used: np.ndarray) -> tuple[list[str], list[str], list[str], list[str]]:
        """Name, version, header and TLS fingerprint of each used row."""
        names, versions, heads, tls = [], [], [], []
        for row in used.tolist():
            f, rest = divmod(row, 60 * 64)
            v, variant = divmod(rest, 64)
            name = self.families[f]
            names.append(name)
            versions.append(self.versions[f][v])
            coarse = v // 3 if FAMILIES[name][0] < 8 else v
            heads.append(hashed("hdr-", f"{self.salt}/{name}/{coarse}/{variant}", 14))
            runtime = {
                "termcode": "node",
                "sdk-node": "node",
                "ide-bridge": "node",
                "sdk-python": "py",
                "chainkit": "py",
                "python-requests": "py",
                "opencrew": "py",
            }.get(name, name)
            tls.append(hashed("t13d", f"{self.salt}/{runtime}/{variant % FAMILIES[name][2]}", 12))
        return names, versions, heads, tls
