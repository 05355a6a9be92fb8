"""Addresses: autonomous systems by country and type, carriers' and exits' pools, and what feeds say of them."""

from __future__ import annotations

from itertools import chain

import numpy as np

from overseas.countries import COUNTRIES, NUMBER

FIRST_OCTETS = ((3, 9), (12, 99), (102, 126), (130, 168), (174, 191), (193, 197), (204, 222))
SYSTEMS = {"residential": (4, 5), "mobile": (3, 3), "business": (3, 2), "education": (2, 1)}  # systems, /16s of each
CLOUDS = ("US", "US", "IE", "DE", "SG", "JP", "BR", "IN", "NL", "FR")
VPNS = {"NL": 420, "US": 260, "DE": 110, "SG": 90, "GB": 60}  # exits
RELAYS = {"US": 2, "IE": 1}  # /16s
RELAY_EXITS = 240
GATEWAYS = 28  # of a carrier
# How probable a feed has a system's ranges; homes are then called VPN.
LABELLED = {
    "hosting": 0.85,
    "vpn": 0.7,
    "relay": 0.9,
    "education": 0.65,
    "mobile": 0.4,
    "business": 0.1,
    "residential": 0.012,
}
IPV6 = {"residential": 0.3, "mobile": 0.45}  # share of addresses, elsewhere .02


class Networks:
    """An address is its number in `ips`; a system is its number in `systems`."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Lay out the systems of every country, clouds, VPNs and relays, and label some of them."""
        self.rng = rng
        firsts = chain.from_iterable(range(*octets) for octets in FIRST_OCTETS)
        free = [(first, second) for first in firsts for second in range(256)]
        self._free = [free[i] for i in rng.permutation(len(free))]
        self._numbers = iter(rng.permutation(np.arange(2000, 210000)))
        self.systems: list[tuple[int, int, str, list[tuple[int, int]]]] = []  # number, country, type, /16s
        self.ips: list[str] = []
        self.system_of: list[int] = []
        self.labels: list[tuple[str, str, str]] = []
        self._by: dict[tuple[int, str], list[int]] = {}
        for country in range(len(COUNTRIES)):
            for kind, (count, blocks) in SYSTEMS.items():
                for _ in range(count):
                    self.system(country, kind, blocks)
        self.clouds = [self.system(NUMBER[code], "hosting", 4) for code in CLOUDS]
        vpns = [self.system(NUMBER[code], "vpn", 3) for code in VPNS]
        relays = [self.system(NUMBER[code], "relay", blocks) for code, blocks in RELAYS.items()]
        for _, _, kind, blocks in self.systems:
            if rng.random() < LABELLED[kind]:
                self.label_blocks(blocks, "vpn" if kind == "residential" else kind)
        mobiles = [self._by[country, "mobile"] for country in range(len(COUNTRIES))]
        self.carrier = np.array([[self.take(np.full(GATEWAYS, s)) for s in row] for row in mobiles])
        self.exits = [self.take(np.full(n, s)) for n, s in zip(VPNS.values(), vpns, strict=True)]
        self.exits += [self.take(np.full(RELAY_EXITS, s)) for s in relays]

    def system(self, country: int, kind: str, blocks: int) -> int:
        """Add a system."""
        ranges = [self._free.pop() for _ in range(blocks)]
        self.systems.append((int(next(self._numbers)), country, kind, ranges))
        self._by.setdefault((country, kind), []).append(len(self.systems) - 1)
        return len(self.systems) - 1

    def take(self, systems: np.ndarray, ipv6: float | None = None) -> np.ndarray:
        """A new address in each system given; `ipv6` is their share, where it is not the type's."""
        rng, first, n = self.rng, len(self.ips), len(systems)
        which, low, six, tail = rng.random(n), rng.integers(1, 65534, n), rng.random(n), rng.integers(1, 1 << 32, n)
        drawn = (column.tolist() for column in (systems, which, low, six, tail))
        for system, u, lo, z, q in zip(*drawn, strict=True):
            _, _, kind, blocks = self.systems[system]
            x, y = blocks[int(u * len(blocks))]
            if z < (IPV6.get(kind, 0.02) if ipv6 is None else ipv6):
                low_half = f"{q & 255:x}:{q >> 20:x}:{q >> 8 & 4095:x}:{lo ^ 21845:x}:1"
                self.ips.append(f"2{x:03x}:{y:x}:{lo:x}:{low_half}")
            else:
                self.ips.append(f"{x}.{y}.{lo >> 8}.{lo & 255}")
            self.system_of.append(system)
        return np.arange(first, first + n)

    def cloud(self, which: int, n: int) -> np.ndarray:
        """New addresses in a cloud."""
        return self.take(np.full(n, self.clouds[which]))

    def homes(self, country: np.ndarray, which: np.ndarray, count: np.ndarray) -> np.ndarray:
        """The first of so many addresses in a row for each home, on one of its country's systems."""
        pairs = zip(np.repeat(country, count), np.repeat(which, count), strict=True)
        systems = np.array([self._by[c, "residential"][s] for c, s in pairs])
        return self.take(systems)[0] + np.r_[0, np.cumsum(count)[:-1]]

    def places(self, country: int, kind: str, n: int, which: int | None = None) -> np.ndarray:
        """New addresses in a country's systems of a type, or (IPv4) in one of them."""
        systems = np.array(self._by[country, kind])
        if which is None:
            p = 1 / np.arange(1, len(systems) + 1.0)
            return self.take(self.rng.choice(systems, n, p=p / p.sum()))
        return self.take(np.full(n, systems[which]), ipv6=0.0)

    def block24(self, system: int, n: int) -> np.ndarray:
        """New addresses in one /24 of a system."""
        x, y = self.systems[system][3][0]
        third, first = int(self.rng.integers(0, 256)), len(self.ips)
        for last in self.rng.choice(np.arange(2, 254), n, replace=False):
            self.ips.append(f"{x}.{y}.{third}.{last}")
            self.system_of.append(system)
        return np.arange(first, first + n)

    def label(self, ips: np.ndarray, label: str, source: str, share: float = 1.0) -> None:
        """Label the /24 or /64 of a share of addresses."""
        for i in np.unique(ips):
            if self.rng.random() < share:
                ip = self.ips[i]
                cidr = ":".join(ip.split(":")[:4]) + "::/64" if ":" in ip else ip.rsplit(".", 1)[0] + ".0/24"
                self.labels.append((cidr, label, source))

    def label_blocks(self, blocks: list[tuple[int, int]], label: str) -> None:
        """Label whole /16s."""
        self.labels += [(f"{x}.{y}.0.0/16", label, "geo-feed") for x, y in blocks]
