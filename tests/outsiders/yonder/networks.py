"""Autonomous systems and the addresses events come from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

import numpy as np

# (asn, country, kind, first IPv4 block, IPv6 prefix or "")
_SYSTEMS: list[tuple[int, str, str, str, str]] = [
    (7922, "US", "residential", "73.0.0.0/9", "2601:40"),
    (701, "US", "residential", "71.160.0.0/11", ""),
    (7018, "US", "residential", "99.0.0.0/11", "2600:17"),
    (20115, "US", "residential", "68.112.0.0/13", ""),
    (3320, "DE", "residential", "79.192.0.0/10", "2003:e"),
    (3209, "DE", "residential", "88.64.0.0/12", ""),
    (5607, "GB", "residential", "90.192.0.0/11", "2a02:c7"),
    (2856, "GB", "residential", "86.128.0.0/10", ""),
    (3215, "FR", "residential", "90.0.0.0/9", "2a01:cb"),
    (12322, "FR", "residential", "82.224.0.0/11", ""),
    (28573, "BR", "residential", "177.32.0.0/12", ""),
    (27699, "BR", "residential", "189.0.0.0/11", ""),
    (24560, "IN", "residential", "122.160.0.0/12", ""),
    (55836, "IN", "residential", "49.32.0.0/11", "2405:20"),
    (4713, "JP", "residential", "122.16.0.0/12", "2400:40"),
    (4766, "KR", "residential", "121.128.0.0/10", ""),
    (45899, "VN", "residential", "113.160.0.0/11", ""),
    (7713, "ID", "residential", "36.64.0.0/11", ""),
    (9121, "TR", "residential", "78.160.0.0/11", ""),
    (12389, "RU", "residential", "95.24.0.0/13", ""),
    (9299, "PH", "residential", "112.192.0.0/12", ""),
    (6147, "PE", "residential", "190.232.0.0/13", ""),
    (5617, "PL", "residential", "83.0.0.0/11", ""),
    (1136, "NL", "residential", "77.160.0.0/12", ""),
    (3352, "ES", "residential", "80.24.0.0/13", ""),
    (812, "CA", "residential", "99.224.0.0/11", ""),
    (21928, "US", "mobile", "172.56.0.0/14", ""),
    (55410, "IN", "mobile", "106.192.0.0/13", ""),
    (26615, "BR", "mobile", "179.96.0.0/13", ""),
    (12576, "GB", "mobile", "92.40.0.0/14", ""),
    (24203, "ID", "mobile", "112.215.0.0/16", ""),
    (17974, "ID", "mobile", "182.0.0.0/12", ""),
    (15897, "TR", "mobile", "178.240.0.0/13", ""),
    (6805, "DE", "mobile", "176.0.0.0/13", ""),
    (16509, "US", "hosting", "3.80.0.0/12", ""),
    (14618, "US", "hosting", "54.144.0.0/12", ""),
    (8075, "US", "hosting", "20.36.0.0/14", ""),
    (396982, "US", "hosting", "34.64.0.0/10", ""),
    (24940, "DE", "hosting", "95.216.0.0/15", "2a01:4f8"),
    (16276, "FR", "hosting", "51.68.0.0/15", ""),
    (14061, "US", "hosting", "159.65.0.0/16", ""),
    (45102, "SG", "hosting", "8.208.0.0/12", ""),
    (63949, "US", "hosting", "45.79.0.0/16", ""),
    (20473, "JP", "hosting", "45.32.0.0/16", ""),
    (9009, "GB", "vpn", "37.120.128.0/17", ""),
    (212238, "US", "vpn", "89.187.160.0/19", ""),
    (60068, "NL", "vpn", "185.159.156.0/22", ""),
    (136787, "SG", "vpn", "103.137.12.0/22", ""),
    (36183, "US", "relay", "172.224.224.0/20", ""),
    (13335, "US", "relay", "104.28.0.0/17", "2a09:bac"),
    (7029, "US", "business", "50.200.0.0/13", ""),
    (8220, "GB", "business", "212.36.32.0/19", ""),
    (3257, "DE", "business", "213.200.64.0/18", ""),
    (9498, "IN", "business", "125.16.0.0/12", ""),
    (4826, "AU", "business", "114.31.192.0/18", ""),
    (2516, "JP", "business", "106.128.0.0/10", ""),
]
_UNIVERSITIES: list[tuple[int, str, str]] = [
    (25, "US", "128.32.0.0/16"),
    (3, "US", "18.28.0.0/14"),
    (81, "US", "152.2.0.0/15"),
    (17, "US", "128.210.0.0/15"),
    (786, "GB", "129.31.0.0/16"),
    (786, "GB", "143.117.0.0/16"),
    (680, "DE", "141.24.0.0/14"),
    (680, "DE", "134.96.0.0/15"),
    (1103, "NL", "145.90.0.0/15"),
    (2200, "FR", "193.48.0.0/14"),
    (9318, "KR", "147.46.0.0/15"),
    (2907, "JP", "133.5.0.0/16"),
    (4538, "CN", "166.111.0.0/16"),
    (4538, "CN", "202.120.0.0/15"),
    (9226, "HK", "147.8.0.0/16"),
    (7575, "AU", "129.78.0.0/16"),
    (9829, "IN", "14.139.0.0/16"),
    (1916, "BR", "200.130.0.0/15"),
    (8346, "TR", "144.122.0.0/16"),
    (17670, "ID", "152.118.0.0/16"),
    (271, "CA", "142.103.0.0/16"),
    (1930, "PT", "193.136.0.0/15"),
    (8501, "PL", "149.156.0.0/16"),
    (7610, "SG", "137.132.0.0/16"),
]


@dataclass
class Networks:
    """Registry of systems and of every address handed out; an address is its index."""

    rng: np.random.Generator
    asn: list[int] = field(default_factory=list)
    country: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    block: list[str] = field(default_factory=list)
    prefix6: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row in _SYSTEMS:
            self._system(*row)
        self.universities = [self._system(a, c, "education", b, "") for a, c, b in _UNIVERSITIES]
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._count = 0
        self.cgnat = {s: self.draw(np.full(40, s)) for s in self.of_kind("mobile")}
        self.vpn_exits = np.concatenate([self.draw(np.full(45, s)) for s in self.of_kind("vpn")])
        self.relay_exits = np.concatenate([self.draw(np.full(90, s), 0.4) for s in self.of_kind("relay")])
        self.runners = np.concatenate([self.draw(np.full(60, s)) for s in self.of_kind("hosting")[:3]])
        self.campus_nat = {u: self.draw(np.full(int(self.rng.integers(5, 14)), u)) for u in self.universities}

    def _system(self, asn: int, country: str, kind: str, block: str, prefix6: str) -> int:
        self.asn.append(asn)
        self.country.append(country)
        self.kind.append(kind)
        self.block.append(block)
        self.prefix6.append(prefix6)
        return len(self.asn) - 1

    def of_kind(self, kind: str, country: str | None = None) -> list[int]:
        """Indexes of the systems of a kind (and country, if any is there)."""
        found = [i for i, k in enumerate(self.kind) if k == kind]
        local = [i for i in found if self.country[i] == country]
        return local or found

    def draw(self, systems: np.ndarray, share6: float = 0.0) -> np.ndarray:
        """Make one new address inside each given system; `share6` of them IPv6 where it has any."""
        systems = np.asarray(systems, dtype=np.int32)
        six = (self.rng.random(len(systems)) < share6) & np.array([bool(p) for p in self.prefix6])[systems]
        number = self.rng.integers(0, 1 << 62, len(systems))
        self._parts.append((systems, six, number))
        self._count += len(systems)
        return np.arange(self._count - len(systems), self._count, dtype=np.int32)

    def home(self, countries: np.ndarray, kind: str = "residential", share6: float = 0.25) -> np.ndarray:
        """One fresh address per country code given."""
        systems = np.zeros(len(countries), dtype=np.int32)
        for code in np.unique(countries):
            where = np.flatnonzero(countries == code)
            systems[where] = self.rng.choice(self.of_kind(kind, str(code)), len(where))
        return self.draw(systems, share6)

    def shared(self, countries: np.ndarray, pools: dict[int, np.ndarray]) -> np.ndarray:
        """One address per country from shared pools keyed by system (carrier NAT, campus NAT)."""
        out = np.zeros(len(countries), dtype=np.int32)
        for code in np.unique(countries):
            where = np.flatnonzero(countries == code)
            local = [s for s in pools if self.country[s] == code] or list(pools)
            out[where] = self.rng.choice(np.concatenate([pools[s] for s in local]), len(where))
        return out

    def country_of(self, addresses: np.ndarray) -> np.ndarray:
        """Country codes of addresses."""
        return np.array(self.country)[np.concatenate([p[0] for p in self._parts])[addresses]]

    def render(self, used: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Text and system of each used address index."""
        systems = np.concatenate([p[0] for p in self._parts])[used]
        six = np.concatenate([p[1] for p in self._parts])[used]
        number = np.concatenate([p[2] for p in self._parts])[used]
        blocks = [ipaddress.ip_network(b) for b in self.block]
        base = np.array([int(b.network_address) for b in blocks])[systems]
        size = np.array([b.num_addresses for b in blocks])[systems]
        four = base + 1 + number % (size - 2)
        text = []
        for s, is6, n, v4 in zip(systems.tolist(), six.tolist(), number.tolist(), four.tolist(), strict=True):
            if is6:
                rest = ":".join(f"{n >> k & 0xFFFF:x}" for k in (45, 0, 16, 8, 24, 33))
                text.append(str(ipaddress.ip_address(f"{self.prefix6[s]}:{rest}")))
            else:
                text.append(f"{v4 >> 24}.{v4 >> 16 & 255}.{v4 >> 8 & 255}.{v4 & 255}")
        return text, systems

    def labels(self) -> list[tuple[str, str, str]]:
        """Rows of network_labels: imperfect, as feeds are (one hosting block and some campuses are missing)."""
        rows = []
        for i, kind in enumerate(self.kind):
            if kind in ("hosting", "vpn", "relay", "mobile") and self.asn[i] != 63949:
                rows.append((self.block[i], "mobile_carrier" if kind == "mobile" else kind, "asn feed"))
            elif kind == "education" and i % 4:
                rows.append((self.block[i], "education", "campus list"))
        return rows
