"""Providers of residential proxies: homes in ordinary networks, rented out to whoever pays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from farther.networks import CODE
from farther.world import HOUR, Uses, World


def residential(w: World, n: int, countries: Mapping[str, float], cluster: int = 3) -> np.ndarray:
    """A provider's addresses, a few per /24; providers resell one another's."""
    rng = w.rng
    p = np.array(list(countries.values()), float)
    c = rng.choice([CODE[k] for k in countries], n // cluster + 1, p=p / p.sum())
    base = w.net.take(w.net.pick_asn(c, "residential"), v6=0.0)
    ips = np.concatenate([base] + [w.net.near(base) for _ in range(cluster - 1)])[:n]
    if w.proxied:
        ips[: n // 7] = rng.choice(np.concatenate(w.proxied), n // 7)
    w.proxied.append(ips)
    return rng.permutation(ips)


class Exits:
    """A pool's exits: each account has a few, changing with a lease; some exchanges roam over all of them."""

    def __init__(
        self,
        w: World,
        accounts: np.ndarray,
        ips: np.ndarray,
        each: int = 4,
        lease: float = 6 * HOUR,
        roam: float = 0.1,
    ) -> None:
        self.ips, self.lease, self.roam = ips, lease, roam
        self.first = int(accounts[0])
        self.mine = w.rng.choice(ips, (len(accounts), each))
        self.phase = w.rng.random(len(accounts)) * lease

    def __call__(self, u: Uses) -> np.ndarray:
        """Addresses of exchanges; what is a job's is its session's."""
        i = u.acc - self.first
        slot = ((u.t + self.phase[i]) // self.lease).astype(int) % self.mine.shape[1]
        roaming = (u.sess * 7919 % 1000) / 1000 < self.roam
        return np.where(roaming, self.ips[(u.sess * 104729 + i) % len(self.ips)], self.mine[i, slot])
