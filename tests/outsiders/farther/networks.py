"""Addresses: autonomous systems by country and type, carriers' and exits' pools, and what feeds say of them."""

from __future__ import annotations

import numpy as np

# code, hours from UTC, weight, phone prefix
COUNTRIES = (
    *(("US", -6, 26, "+1"), ("GB", 0, 8, "+44"), ("DE", 1, 7, "+49"), ("FR", 1, 5, "+33"), ("NL", 1, 3, "+31")),
    *(("PL", 1, 3, "+48"), ("ES", 1, 3, "+34"), ("IT", 1, 3, "+39"), ("SE", 1, 2, "+46"), ("BR", -3, 5, "+55")),
    *(("MX", -6, 2, "+52"), ("CA", -5, 4, "+1"), ("IN", 5, 9, "+91"), ("PK", 5, 1.5, "+92"), ("BD", 6, 1, "+880")),
    *(("ID", 7, 2.5, "+62"), ("PH", 8, 2, "+63"), ("VN", 7, 2, "+84"), ("JP", 9, 5, "+81"), ("KR", 9, 3, "+82")),
    *(("SG", 8, 1.5, "+65"), ("AU", 10, 2.5, "+61"), ("NG", 1, 1, "+234"), ("KE", 3, 0.7, "+254")),
    *(("ZA", 2, 1, "+27"), ("TR", 3, 1.5, "+90"), ("UA", 2, 1.5, "+380"), ("AE", 4, 1, "+971")),
    *(("HK", 8, 0.8, "+852"), ("RO", 2, 1, "+40")),
)
CC, _HOURS, _WEIGHTS, PREFIXES = (np.array(column, object) for column in zip(*COUNTRIES, strict=True))
CODE = {name: i for i, name in enumerate(CC)}
TZ = _HOURS.astype(int)
WEIGHT = _WEIGHTS.astype(float) / sum(_WEIGHTS)
SYSTEMS_PER_COUNTRY = {"residential": 4, "mobile": 2, "business": 2, "education": 2, "hosting": 1}
NOT_PUBLIC = {10, 100, 127, 169, 172, 192, 198, 203}  # first octets with ranges that are nobody's


class Networks:
    """An address is its number in one table; a system has /16 blocks of its own."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        firsts = np.array([o for o in range(2, 223) if o not in NOT_PUBLIC])
        self._free = list(rng.permutation((firsts[:, None] * 256 + np.arange(256)).ravel()))
        self.asn: list[int] = []
        self.asn_country: list[int] = []
        self.asn_type: list[str] = []
        self.blocks: list[np.ndarray] = []
        self.by: dict[tuple[int, str], list[int]] = {}
        used = rng.permutation(np.arange(1200, 64000))
        self._numbers = iter(np.r_[used, np.arange(196000, 215000)])
        for country in range(len(COUNTRIES)):
            for kind, count in SYSTEMS_PER_COUNTRY.items():
                for _ in range(count):
                    self.new_asn(country, kind, 6 if kind in ("residential", "mobile") else 2)
        self.clouds = [self.new_asn(CODE[c], "hosting", 6) for c in ("US", "US", "US", "DE", "NL", "SG", "JP", "IN")]
        vpns = [self.new_asn(CODE[c], "vpn", 2) for c in ("NL", "SE", "US", "RO", "SG", "GB")]
        relays = [self.new_asn(CODE[c], "relay", 2) for c in ("US", "US", "NL")]
        self.ips: list[np.ndarray] = []
        self.asn_of: list[np.ndarray] = []
        self.key: list[np.ndarray] = []
        self.size = 0
        self.labels: list[tuple[str, str, str]] = []
        mobiles = [self.by[(c, "mobile")] for c in range(len(COUNTRIES))]
        self.carrier = np.array([[self.take(np.full(36, a)) for a in row] for row in mobiles])  # country, 2, 36
        self.vpn_exits = np.array([self.take(np.full(60, a)) for a in vpns])
        self.relay_exits = np.array([self.take(np.full(150, a)) for a in relays])
        self.nat = np.array([self.take(np.full(24, a)) for a in self.clouds])  # what serverless programs share

    def new_asn(self, country: int, kind: str, blocks: int) -> int:
        """Add a system."""
        self.asn.append(int(next(self._numbers)))
        self.asn_country.append(country)
        self.asn_type.append(kind)
        self.blocks.append(np.array([self._free.pop() for _ in range(blocks)]))
        self.by.setdefault((country, kind), []).append(len(self.asn) - 1)
        return len(self.asn) - 1

    def pick_asn(self, country: np.ndarray, kind: str) -> np.ndarray:
        """For each country, one of its systems of a type, the first most often."""
        out = np.zeros(len(country), int)
        for c in np.unique(country):
            rows = np.flatnonzero(country == c)
            choice = np.array(self.by[(int(c), kind)])
            p = 1 / np.arange(1, len(choice) + 1)
            out[rows] = self.rng.choice(choice, len(rows), p=p / p.sum())
        return out

    def take(self, asn: np.ndarray, v6: float | None = None) -> np.ndarray:
        """A new address in each system given; `v6`: the share of IPv6, where it is not the system's own."""
        rng, n = self.rng, len(asn)
        kinds = np.array(self.asn_type, dtype=object)[asn]
        chosen = zip([self.blocks[a] for a in asn], rng.random(n), strict=True)
        block = np.array([blocks[int(u * len(blocks))] for blocks, u in chosen], dtype=np.int64)
        low = rng.integers(1, 65535, n)
        six = rng.random(n) < np.where(kinds == "residential", 0.25, np.where(kinds == "mobile", 0.4, 0.03))
        if v6 is not None:
            six = rng.random(n) < v6
        return self._store(asn, block, low, six)

    def cloud(self, which: int, n: int, source: str | None = None) -> np.ndarray:
        """New addresses in a cloud, which their owner has declared if `source` says so."""
        ips = self.take(np.full(n, self.clouds[which]))
        if source:
            self.label_ips(ips, "hosting", source)
        return ips

    def site(self, country: str, kind: str, n: int) -> np.ndarray:
        """New addresses of one place, on its country's largest system of that type."""
        return self.take(np.full(n, self.by[(CODE[country], kind)][0]), v6=0)

    def near(self, ip: np.ndarray) -> np.ndarray:
        """Another address in the same /24 (v4) or /64 (v6)."""
        key, asn = np.concatenate(self.key)[ip], np.concatenate(self.asn_of)[ip]
        block, low, six = key[:, 0], key[:, 1], key[:, 2] == 1
        low = np.where(six, low, (low // 256) * 256 + self.rng.integers(1, 255, len(ip)))
        return self._store(asn, block, low, six)

    def _store(self, asn: np.ndarray, block: np.ndarray, low: np.ndarray, six: np.ndarray) -> np.ndarray:
        tail = self.rng.integers(1, 1 << 30, len(asn))
        rows = zip(block.tolist(), low.tolist(), six.tolist(), tail.tolist(), strict=True)
        text = [
            f"2a{b >> 8:02x}:{b & 255:x}{(lo >> 12):x}:{lo & 4095:x}:{lo * 7 & 65535:x}::{t >> 16:x}:{t & 65535:x}"
            if s
            else f"{b >> 8}.{b & 255}.{lo >> 8}.{lo & 255}"
            for b, lo, s, t in rows
        ]
        self.ips.append(np.array(text, dtype=object))
        self.asn_of.append(np.asarray(asn))
        self.key.append(np.c_[block, low, six.astype(np.int64)])
        out = np.arange(self.size, self.size + len(text))
        self.size += len(text)
        return out

    def finish(self) -> dict[str, np.ndarray]:
        """All addresses as the site sees them: its classifier is wrong or unsure for a few."""
        asn = np.concatenate(self.asn_of)
        kind = np.array(self.asn_type, dtype=object)[asn]
        u = self.rng.random(len(asn))
        kind = np.where((kind == "vpn") & (u < 0.12), "hosting", kind)
        kind = np.where((kind == "mobile") & (u < 0.05), "residential", kind)
        kind = np.where((kind == "business") & (u < 0.10), "residential", kind)
        kind = np.where(u > 0.985, None, kind)
        country = CC[np.array(self.asn_country)[asn]]
        return {"ip": np.concatenate(self.ips), "asn": np.array(self.asn)[asn], "country": country, "type": kind}

    def label_ips(self, ip: np.ndarray, label: str, source: str, share: float = 1.0) -> None:
        """Label the /24 (or /64) of some of these addresses."""
        text = np.concatenate(self.ips)[np.unique(ip)]
        for one in text[self.rng.random(len(text)) < share]:
            six = ":" in one
            cidr = ":".join(one.split("::")[0].split(":")[:4]) + "::/64" if six else one.rsplit(".", 1)[0] + ".0/24"
            self.labels.append((cidr, label, source))

    def _label_asn(self, asn: int, label: str, source: str) -> None:
        self.labels += [(f"{b >> 8}.{b & 255}.0.0/16", label, source) for b in self.blocks[asn]]

    def label_systems(self) -> None:
        """What feeds know: most clouds, campuses and VPNs, half of the carriers; a few homes are called VPN."""
        rng = self.rng
        for i, kind in enumerate(self.asn_type):
            if kind in ("hosting", "vpn", "relay", "education") and rng.random() < 0.8:
                self._label_asn(i, kind, "asn-feed")
            if kind == "mobile" and rng.random() < 0.5:
                self._label_asn(i, "mobile", "carrier-list")
            if kind == "residential" and rng.random() < 0.02:
                self._label_asn(i, "vpn", "old-feed")
