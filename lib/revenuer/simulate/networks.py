"""Autonomous systems, address ranges and the endpoints accounts are seen from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from revenuer.simulate.ids import Floats, Hashes, Ints, scramble

TYPES = ("residential", "mobile", "hosting", "vpn", "relay", "business", "education")
# code, share of accounts, UTC offsets in hours, phone country code
COUNTRIES: tuple[tuple[str, float, tuple[float, ...], str], ...] = (
    ("US", 0.27, (-8, -6, -5), "+1"),
    ("IN", 0.12, (5.5,), "+91"),
    ("GB", 0.06, (0,), "+44"),
    ("DE", 0.06, (1,), "+49"),
    ("FR", 0.045, (1,), "+33"),
    ("JP", 0.06, (9,), "+81"),
    ("KR", 0.035, (9,), "+82"),
    ("BR", 0.05, (-3,), "+55"),
    ("CA", 0.04, (-8, -5), "+1"),
    ("AU", 0.025, (10,), "+61"),
    ("SG", 0.025, (8,), "+65"),
    ("HK", 0.02, (8,), "+852"),
    ("TW", 0.02, (8,), "+886"),
    ("VN", 0.025, (7,), "+84"),
    ("ID", 0.03, (7,), "+62"),
    ("NL", 0.02, (1,), "+31"),
    ("ES", 0.02, (1,), "+34"),
    ("IT", 0.02, (1,), "+39"),
    ("PL", 0.015, (1,), "+48"),
    ("TR", 0.015, (3,), "+90"),
    ("MX", 0.02, (-6,), "+52"),
    ("NG", 0.015, (1,), "+234"),
    ("EG", 0.015, (2,), "+20"),
)
COUNTRY_SHARES: Floats = np.array([c[1] for c in COUNTRIES]) / sum(c[1] for c in COUNTRIES)
PER_SESSION, FIXED = 0.0, np.inf
_OCTETS = pa.array([str(i) for i in range(256)])
_GROUPS = pa.array([f"{i:x}" for i in range(65536)])


class Networks:
    """The world's address plan; hands out endpoint numbers.

    An endpoint is a range of addresses and how long one of them is kept (``lease_days``): a server keeps one for good,
    a home for weeks, a phone behind carrier NAT gets another one each session.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self.as_number: list[int] = []
        self.as_country: list[int] = []
        self.as_type: list[int] = []
        self._blocks: list[list[int]] = []
        self._numbers = set[int]()
        self._sixteens = iter(rng.permutation(np.arange(1 << 16)).tolist())
        self.base: list[npt.NDArray[np.uint64]] = []
        self.span: list[Ints] = []
        self.lease: list[Floats] = []
        self.system: list[Ints] = []
        self.count = 0
        self.residential: list[list[int]] = []
        self.mobile: list[list[int]] = []
        for country in range(len(COUNTRIES)):
            self.residential.append([self.system_of("residential", country, blocks=12) for _ in range(6)])
            self.mobile.append([self.system_of("mobile", country, blocks=2) for _ in range(3)])
        self.hosting = [self.system_of("hosting", int(rng.integers(0, 8)), blocks=4) for _ in range(24)]
        self.vpn = [self.system_of("vpn", int(rng.integers(0, len(COUNTRIES)))) for _ in range(10)]
        self.relay = [self.system_of("relay", 0), self.system_of("relay", 0)]
        self.universities = [
            self.system_of("education", int(c)) for c in rng.choice(len(COUNTRIES), 60, p=COUNTRY_SHARES)
        ]
        self._isp_weight = 1.0 / np.arange(1, 7) ** 0.8
        self._isp_weight /= self._isp_weight.sum()

    # -- systems

    def system_of(self, kind: str, country: int, blocks: int = 1) -> int:
        """A new autonomous system of one type with so many /16 blocks; returns its row."""
        number = int(self._rng.integers(2000, 64000))
        while number in self._numbers:
            number = int(self._rng.integers(2000, 400000))
        self._numbers.add(number)
        self.as_number.append(number)
        self.as_country.append(country)
        self.as_type.append(TYPES.index(kind))
        self._blocks.append([self._sixteen() for _ in range(blocks)])
        return len(self.as_number) - 1

    def _sixteen(self) -> int:
        for block in self._sixteens:
            first, second = block >> 8, block & 255
            private = first in (0, 10, 127) or first >= 224 or (first, second) in ((169, 254), (192, 168))
            if not private and not (first == 172 and 16 <= second < 32) and not (first == 100 and 64 <= second < 128):
                return int(block) << 16
        raise ValueError("address space exhausted")

    # -- endpoints

    def add(self, system: Ints | Sequence[int], base: Hashes, span: int, lease: float) -> Ints:
        """Register endpoints; returns their numbers."""
        n = len(base)
        self.base.append(base.astype(np.uint64))
        self.span.append(np.full(n, span, np.int64))
        self.lease.append(np.full(n, lease))
        self.system.append(np.asarray(system, np.int64))
        self.count += n
        return np.arange(self.count - n, self.count)

    def _within(self, systems: Ints, align: int) -> Hashes:
        blocks = [self._blocks[s] for s in systems.tolist()]
        picks = self._rng.random(len(blocks))
        starts = np.array([b[int(u * len(b))] for b, u in zip(blocks, picks, strict=True)], np.uint64)
        return starts + (self._rng.integers(0, 65536 // align, len(blocks)) * align).astype(np.uint64)

    def homes(self, country: Ints, v6_share: float = 0.25) -> Ints:
        """One home line per entry: an address kept for weeks, a fixed /64 for some."""
        pick = self._rng.choice(6, len(country), p=self._isp_weight)
        systems = np.array(
            [self.residential[c][i] for c, i in zip(country.tolist(), pick.tolist(), strict=True)], np.int64
        )
        base = self._within(systems, 65536) if len(systems) else np.empty(0, np.uint64)
        v6 = self._rng.random(len(systems)) < v6_share
        prefix = (np.uint64(0x2A00) + (systems % 200).astype(np.uint64)) << np.uint64(48)
        wide = prefix | (self._rng.integers(0, 1 << 40, len(systems)).astype(np.uint64) << np.uint64(8))
        numbers = self.add(systems, np.where(v6, wide, base), 65536, 20.0)
        self.span[-1][v6] = 1
        return numbers

    def phones(self, country: Ints) -> Ints:
        """One phone per entry: a shared carrier-NAT address, another one each session."""
        pick = self._rng.choice(3, len(country), p=[0.5, 0.3, 0.2])
        systems = np.array([self.mobile[c][i] for c, i in zip(country.tolist(), pick.tolist(), strict=True)], np.int64)
        first = np.array([self._blocks[s][0] for s in systems.tolist()], np.uint64)
        return self.add(systems, first, 512, PER_SESSION)

    def servers(self, count: int, clouds: int = 24) -> Ints:
        """Machines with one address each at the most popular clouds."""
        weight = 1.0 / np.arange(1, clouds + 1)
        systems = np.array(self.hosting)[self._rng.choice(clouds, count, p=weight / weight.sum())]
        return self.add(systems, self._within(systems, 1), 1, FIXED)

    def egress(self, count: int, span: int = 16, kind: str = "hosting", country: int | None = None) -> Ints:
        """Shared exits of one owner: offices (``business``), platforms (``hosting``), campuses (``education``)."""
        if kind == "hosting":
            systems = self._rng.choice(self.hosting, count)
        elif kind == "education":
            systems = self._rng.choice(self.universities, count, replace=count > len(self.universities))
        else:
            places = self._rng.choice(len(COUNTRIES), count, p=COUNTRY_SHARES) if country is None else [country] * count
            systems = np.array([self.system_of(kind, int(c)) for c in places], np.int64)
        return self.add(systems, self._within(systems, max(span, 1)), span, PER_SESSION)

    def tunnels(self, count: int, kind: str = "vpn") -> Ints:
        """Cities of commercial VPNs, or a privacy relay's egress: strangers share the addresses."""
        systems = self._rng.choice(self.vpn if kind == "vpn" else self.relay, count)
        pools = 24 if kind == "vpn" else 8
        starts = np.array([self._blocks[s][0] for s in systems.tolist()], np.uint64)
        offset = (self._rng.integers(0, pools, count) * 256).astype(np.uint64)
        return self.add(systems, starts + offset, 12 if kind == "vpn" else 250, PER_SESSION)

    def proxy_exits(self, count: int, residential: float = 0.82, mobile: float = 0.08, span: int = 1) -> Ints:
        """Addresses rented from a proxy network over many consumer systems; single ones, or ranges to draw from."""
        country = self._rng.choice(len(COUNTRIES), count, p=(COUNTRY_SHARES + 1 / len(COUNTRIES)) / 2)
        kind = self._rng.random(count)
        systems = np.array(
            [
                self.residential[c][i]
                for c, i in zip(country.tolist(), self._rng.integers(0, 6, count).tolist(), strict=True)
            ],
            np.int64,
        )
        phone = np.array(
            [
                self.mobile[c][i]
                for c, i in zip(country.tolist(), self._rng.integers(0, 3, count).tolist(), strict=True)
            ],
            np.int64,
        )
        rented = self._rng.choice(self.hosting, count)
        systems = np.where(kind < residential, systems, np.where(kind < residential + mobile, phone, rented))
        return self.add(systems, self._within(systems, span), span, FIXED if span == 1 else PER_SESSION)

    def known_ranges(self, rng: np.random.Generator, share: float = 0.7) -> list[tuple[str, str]]:
        """What a site would know: most ranges of hosts, tunnels, carriers and campuses, as (cidr, label)."""
        known = {"hosting": "hosting", "vpn": "vpn", "relay": "relay", "mobile": "cgnat", "education": "education"}
        rows = []
        for kind, blocks in zip(self.as_type, self._blocks, strict=True):
            label = known.get(TYPES[kind])
            rows += [(f"{b >> 24}.{b >> 16 & 255}.0.0/16", label) for b in blocks if label and rng.random() < share]
        return [(cidr, label) for cidr, label in rows if label]

    def first_addresses(self, endpoints: Ints) -> list[str]:
        """One address of each endpoint, as text."""
        base, span = np.concatenate(self.base)[endpoints], np.concatenate(self.span)[endpoints]
        offset = scramble(endpoints) % span.astype(np.uint64)
        return [str(v) for v in address_text(base + offset).to_pylist()]


def address_text(codes: Hashes) -> pa.Array:
    """Addresses as text: below 2**32 a v4 address, otherwise the upper half of a v6 address."""

    def part(values: Hashes, words: pa.Array, shift: int, mask: int) -> pa.Array:
        return words.take(pa.array(((values >> np.uint64(shift)) & np.uint64(mask)).astype(np.int32)))

    v4 = pc.binary_join_element_wise(*(part(codes, _OCTETS, s, 255) for s in (24, 16, 8, 0)), ".")
    low = scramble(codes)
    v6 = pc.binary_join_element_wise(
        *(part(codes, _GROUPS, s, 65535) for s in (48, 32, 16, 0)), "", part(low, _GROUPS, 0, 65535), ":"
    )
    return pc.if_else(pa.array(codes < np.uint64(1 << 32)), v4, v6)
