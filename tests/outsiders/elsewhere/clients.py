"""Client programs: releases adopted gradually, and the header and TLS prints of a build."""

from __future__ import annotations

import zlib

import numpy as np
from afield.world import DAY

from elsewhere.ids import mix, unit
from elsewhere.world import Each, World

# name: days between releases, variants of headers (OS, runtime), variants of TLS, releases known, major.minor
CATALOGUE = {
    "web": (4, 14, 7, 40, "2026."),
    "ios-app": (9, 3, 2, 30, "3."),
    "android-app": (8, 5, 3, 32, "3."),
    "desktop-app": (7, 4, 2, 36, "1."),
    "python-sdk": (6, 18, 9, 60, "0."),
    "node-sdk": (5, 12, 6, 60, "0."),
    "go-http": (45, 3, 2, 12, "1."),
    "java-sdk": (14, 6, 4, 24, "2."),
    "curl": (60, 5, 4, 14, "8."),
    "cli-coder": (2, 8, 3, 90, "1.0."),
    "ide-ext": (5, 6, 3, 50, "0."),
    "desk-agent": (3, 3, 2, 40, "2."),
    "oss-agent": (7, 10, 5, 34, "0."),
    "rag-frame": (10, 8, 5, 30, "0."),
    "browser-ext": (12, 6, 5, 20, "4."),
    "flow-nodes": (9, 3, 2, 24, "1."),
    "cloud-runtime": (20, 3, 2, 12, "r"),
    "gateway-x": (11, 3, 2, 26, "1."),
    "annot-desk": (15, 2, 1, 10, "5."),
    "batch-kit": (16, 2, 1, 14, "2."),
    "pos-assist": (40, 1, 1, 6, "7."),
    "lab-runner": (30, 2, 1, 5, "0."),
}
NAMES = list(CATALOGUE)
# Python and Node hand their runtime's TLS to every framework built on them.
_RUNTIMES = {
    "node": ("node-sdk", "cli-coder", "flow-nodes", "gateway-x", "desk-agent"),
    "py": ("python-sdk", "oss-agent", "rag-frame", "batch-kit", "lab-runner"),
}


class Clients:
    """A build is a number: client, release and variant of headers."""

    def __init__(self, w: World) -> None:
        self.salt = w.salt
        rng = np.random.default_rng([w.seed, 99, w.salt])
        self.released = []
        for every, _, _, n, _ in CATALOGUE.values():
            gaps = rng.gamma(2.0, every / 2.0, n)
            self.released.append(np.sort(14 - rng.uniform(0, every) - np.cumsum(gaps)))

    def build(self, client: Each, acct: np.ndarray, t: np.ndarray, lag: Each = None) -> np.ndarray:
        """The build an account runs at a time: newest release older than its habitual delay (heavy tail)."""
        client = np.broadcast_to(np.asarray(client), acct.shape)
        u = unit(acct, 41)
        own = np.where(
            u < 0.12, 400 * unit(acct, 42), 1.5 * np.exp(1.6 * 1.7 * (unit(acct, 43) + unit(acct, 44) - 1) * 1.5)
        )
        delay = own if lag is None else np.broadcast_to(np.asarray(lag, float), acct.shape)
        out = np.zeros(len(acct), int)
        for c in np.unique(client):
            m = client == c
            v = np.clip(np.searchsorted(self.released[c], t[m] / DAY - delay[m], side="right") - 1, 0, None)
            heads = list(CATALOGUE.values())[c][1]
            variant = np.minimum((unit(acct[m], 45 + c) ** 1.8 * heads).astype(int), heads - 1)
            out[m] = c * 100000 + v * 100 + variant
        return out

    def fixed(self, name: str, days_old: float, variant: int = 0) -> int:
        """One frozen build: the release current so many days before the window."""
        c = NAMES.index(name)
        v = max(int(np.searchsorted(self.released[c], -days_old, side="right")) - 1, 0)
        return c * 100000 + v * 100 + variant

    def show(self, build: np.ndarray) -> tuple[list, list, list, list]:
        """Name, version, header print and TLS print of builds; -1 is null."""
        names, versions, heads, tls = [], [], [], []
        for b in build.tolist():
            if b < 0:
                for x in (names, versions, heads, tls):
                    x.append(None)
                continue
            c, v, k = b // 100000, b // 100 % 1000, b % 100
            _, _, nt, _, stem = CATALOGUE[NAMES[c]]
            names.append(NAMES[c])
            versions.append(f"{stem}{v // 3}.{v % 3}" if stem != "r" else f"r{v:03d}")
            heads.append(f"{int(mix(np.array([b]), self.salt)[0]) >> 16:012x}")
            family = next((f for f, members in _RUNTIMES.items() if NAMES[c] in members), NAMES[c])
            key = zlib.crc32(f"{family}/{k % nt}/{v // 12 if family not in _RUNTIMES else 0}".encode())
            tls.append(f"t13d{key % 10000:04d}_{int(mix(np.array([key]), self.salt)[0]) >> 20:011x}")
        return names, versions, heads, tls
