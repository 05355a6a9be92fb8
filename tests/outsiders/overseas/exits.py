"""Residential exits that a lab rents by country; some are the lines of honest people."""

from __future__ import annotations

import numpy as np

from overseas.world import World


class Exits:
    """Addresses by country, for the accounts of a pool."""

    def __init__(self, w: World, country: np.ndarray, total: int, honest: float, labelled: float) -> None:
        """About `total` exits by where the accounts are, a share of them honest homes, a share in feeds as VPN."""
        self.rng, self.country = w.rng, country
        self._of: dict[int, np.ndarray] = {}
        lands, counts = np.unique(country, return_counts=True)
        for land, count in zip(lands.tolist(), counts.tolist(), strict=True):
            n = max(int(total * count / len(country)), 6)
            a = w.account
            homes = a["home"][(a["home"] >= 0) & (a["country"] == land)]
            shared = min(int(n * honest), len(homes))
            rented = w.net.places(land, "residential", n - shared)
            self._of[land] = np.r_[rented, w.rng.choice(homes, shared, replace=False)]
        self.all = np.concatenate(list(self._of.values()))
        w.net.label(self.all, "vpn", "proxy-intel", labelled)

    def of(self, member: np.ndarray) -> list[np.ndarray]:
        """The exits in each account's country."""
        return [self._of[land] for land in self.country[member].tolist()]

    def in_turn(self, member: np.ndarray, turn: np.ndarray) -> np.ndarray:
        """For each account the exit whose turn it is."""
        return np.array([exits[k % len(exits)] for exits, k in zip(self.of(member), turn.tolist(), strict=True)])

    def any(self, member: np.ndarray) -> np.ndarray:
        """For each account some exit."""
        chance = self.rng.random(len(member))
        return np.array([ips[int(u * len(ips))] for ips, u in zip(self.of(member), chance, strict=True)], int)

    def signups(self) -> np.ndarray:
        """An exit that each account signs up from."""
        return np.array([self.rng.choice(exits) for exits in self.of(np.arange(len(self.country)))])
