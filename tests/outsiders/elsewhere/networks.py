"""Networks (carriers, clouds, VPNs, relays, offices, universities) and the registry of every address seen."""

from __future__ import annotations

import ipaddress

import numpy as np

from elsewhere.ids import mix
from elsewhere.world import Each, World

TYPES = ["residential", "mobile", "hosting", "vpn", "relay", "business", "education"]
RES, MOB, HOST, VPN, RELAY, BUS, EDU = range(7)
# country: time zone, share of people, phone prefix
COUNTRIES = {
    "US": (-6, 0.27, "+1"),
    "GB": (0, 0.07, "+44"),
    "DE": (1, 0.07, "+49"),
    "FR": (1, 0.05, "+33"),
    "IN": (5.5, 0.11, "+91"),
    "BR": (-3, 0.06, "+55"),
    "JP": (9, 0.06, "+81"),
    "KR": (9, 0.04, "+82"),
    "CA": (-5, 0.04, "+1"),
    "AU": (10, 0.03, "+61"),
    "ES": (1, 0.03, "+34"),
    "IT": (1, 0.03, "+39"),
    "NL": (1, 0.02, "+31"),
    "PL": (1, 0.02, "+48"),
    "MX": (-6, 0.03, "+52"),
    "ID": (7, 0.02, "+62"),
    "PH": (8, 0.01, "+63"),
    "VN": (7, 0.01, "+84"),
    "TR": (3, 0.01, "+90"),
    "NG": (1, 0.01, "+234"),
    "KE": (3, 0.005, "+254"),
    "IR": (3.5, 0.002, "+98"),
    "SG": (8, 0.003, "+65"),
}
CC = list(COUNTRIES)
TZ = np.array([v[0] for v in COUNTRIES.values()], float)
SHARE = np.array([v[1] for v in COUNTRIES.values()])
SHARE = SHARE / SHARE.sum()
# Ranges that exist, used here or not: how many, and the weights of their prefix lengths.
DATACENTER = 4000, {16: 3, 17: 2, 18: 3, 19: 5, 20: 8, 21: 11, 22: 20, 23: 18, 24: 30}
VPNS = 700, {20: 1, 21: 2, 22: 9, 23: 15, 24: 40, 25: 6, 26: 7, 27: 9, 28: 11}
RELAYS = 900, {24: 7, 25: 10, 26: 14, 27: 15, 28: 18, 29: 17, 30: 11, 31: 8}


def lands(*names: str) -> np.ndarray:
    """Numbers of countries."""
    return np.array([CC.index(x) for x in names])


class Networks:
    """`net` makes a network, `addr` allocates addresses in it, `shared` are the few exits many strangers use."""

    def __init__(self, w: World) -> None:
        self.rng = np.random.default_rng([w.seed, 4242, w.salt])
        self.asn: list[int] = []
        self.country: list[str] = []
        self.type: list[int] = []
        self.blocks: list[list[str]] = []
        self.v6: list[bool] = []
        self.ip_net, self.ip_v4, self.ip_pre, self.ip_iid = [], [], [], []
        self.n_ip = 0
        self.shared: dict[int, np.ndarray] = {}
        self.declared: list[tuple[str, str, str]] = []  # ranges their owners publish
        self.taken = np.zeros(65536, bool)  # by /16
        for first in (*range(0, 2), 10, 100, 127, 169, 172, 192, 198, *range(224, 256)):
            self.taken[first * 256 : first * 256 + 256] = True
        self.used_asn: set[int] = set()
        self._catalogue()

    def _free(self) -> int:
        """The first address of a random /16 that nobody has yet: whatever lies in it overlaps nothing else."""
        while self.taken[b := int(self.rng.integers(256, 224 * 256))]:
            pass
        self.taken[b] = True
        return b << 16

    def _ranges(self, n: int, weights: dict[int, int]) -> list[str]:
        """Invent n ranges: neighbours with gaps between them, a few of any length to a /16."""
        p = np.array(list(weights.values()))
        out, at, end = [], 0, 0
        for plen in self.rng.choice(list(weights), n, p=p / p.sum()).tolist():
            size = 1 << (32 - plen)
            at = -(-at // size) * size
            if at + size > end or self.rng.random() < 0.1:
                first = self._free()
                at, end = first + size * int(self.rng.integers(0, 65536 // size)), first + 65536
            out.append(f"{ipaddress.ip_address(at)}/{plen}")
            at += size * (1 + int(self.rng.integers(0, 4)))
        return out

    def _catalogue(self) -> None:
        """What every world has: carriers, clouds, VPNs and relays."""
        self.res = {
            c: [self.net(c, RES, 3 + (i == 0) * 5, v6=True) for i in range(5 if SHARE[j] > 0.1 else 3)]
            for j, c in enumerate(CC)
        }
        self.mob = {c: [self.net(c, MOB) for _ in range(2)] for c in CC}
        for c in CC:
            for k in self.mob[c]:
                self.share(k, int(60 + 2500 * SHARE[CC.index(c)]))
            self.share(self.res[c][-1], int(40 + 700 * SHARE[CC.index(c)]))  # a fixed-line carrier behind NAT
        datacenter, vpn, relay = (self._ranges(*kind) for kind in (DATACENTER, VPNS, RELAYS))
        plain = [c for c in datacenter if 18 <= int(c.split("/")[1]) <= 22]
        self.clouds = self._owners(HOST, ("US", "US", "DE", "SG", "US", "FR", "NL", "JP", "IN", "US"), plain, 5)
        self.vpns = self._owners(VPN, ("US", "NL", "DE", "SG", "GB", "JP", "US", "FR"), vpn, 12)
        self.relays = self._owners(RELAY, ("US", "DE", "JP"), relay, 200)
        for nets, exits in ((self.clouds, 900), (self.vpns, 140), (self.relays, 700)):  # a cloud's: serverless
            for k in nets:
                self.share(k, exits)
        used = {c for k in self.clouds + self.vpns for c in self.blocks[k]}
        self.unused = {"hosting": [c for c in datacenter if c not in used], "vpn": [c for c in vpn if c not in used]}
        self.mobile_of = np.array([self.mob[c] for c in CC])

    def _owners(self, kind: int, countries: tuple[str, ...], ranges: list[str], each: int) -> list[int]:
        """A network in each country, each of some of these ranges."""
        dealt = self.rng.choice(ranges, (len(countries), each), replace=False)
        return [self.net(c, kind, given=given) for c, given in zip(countries, dealt.tolist(), strict=True)]

    def net(
        self,
        country: str,
        kind: int,
        n16: int = 1,
        given: list[str] | None = None,
        v6: bool = False,
        plen: int = 16,
    ) -> int:
        """A network of blocks of /plen, each in a /16 of its own, or of given CIDRs."""
        if given is None:
            starts = [self._free() + (int(self.rng.integers(0, 1 << (plen - 16))) << (32 - plen)) for _ in range(n16)]
            given = [f"{ipaddress.ip_address(at)}/{plen}" for at in starts]
        asn = int(self.rng.integers(2000, 65000) if self.rng.random() < 0.6 else self.rng.integers(196608, 216000))
        while asn in self.used_asn:
            asn += 1
        self.used_asn.add(asn)
        self.asn.append(asn)
        self.country.append(country)
        self.type.append(kind)
        self.blocks.append(given)
        self.v6.append(v6)
        return len(self.asn) - 1

    def home_net(self, cc: np.ndarray) -> np.ndarray:
        """A fixed-line carrier for people of each country (index into CC): the first is the largest."""
        u, out = self.rng.random(len(cc)), np.zeros(len(cc), int)
        for c in np.unique(cc):
            nets = np.array(self.res[CC[c]])
            p = 1 / np.arange(1, len(nets) + 1)
            m = cc == c
            out[m] = nets[np.searchsorted(np.cumsum(p / p.sum()), u[m] * 0.9999)]
        return out

    def addr(self, net: Each, prefix: np.ndarray | None = None) -> np.ndarray:
        """One new address in each given network; `prefix` >= 0 asks for IPv6 of that home."""
        net = np.atleast_1d(np.asarray(net, int))
        n = len(net)
        v4 = np.zeros(n, np.int64)
        for k in np.unique(net):
            m = np.flatnonzero(net == k)
            block = [ipaddress.ip_network(b) for b in self.blocks[k]]
            pick = self.rng.integers(0, len(block), len(m))
            base = np.array([int(b.network_address) for b in block])
            size = np.array([b.num_addresses for b in block])
            v4[m] = base[pick] + 1 + (self.rng.random(len(m)) * np.maximum(size[pick] - 2, 1)).astype(np.int64)
        pre = np.full(n, -1, np.int64) if prefix is None else np.where(np.array(self.v6)[net], prefix, -1)
        self.ip_net.append(net)
        self.ip_v4.append(v4)
        self.ip_pre.append(pre)
        self.ip_iid.append(self.rng.integers(1, 2**62, n))
        self.n_ip += n
        return np.arange(self.n_ip - n, self.n_ip)

    def share(self, net: int, n: int) -> None:
        """Give a network n exits that many strangers use."""
        self.shared[net] = self.addr(np.full(n, net))

    def exits(self, net: np.ndarray, zipf: float = 0.6) -> np.ndarray:
        """A shared exit of each given network, the first ones busier."""
        net = np.asarray(net, int)
        out, u = np.zeros(len(net), int), self.rng.random(len(net))
        for k in np.unique(net):
            pool = self.shared[k]
            p = np.cumsum(1 / np.arange(1, len(pool) + 1) ** zipf)
            m = net == k
            out[m] = pool[np.searchsorted(p / p[-1], u[m] * 0.99999)]
        return out

    def office(self, n: int, country: np.ndarray, kind: int = BUS) -> np.ndarray:
        """Networks of n organisations: a /24 to /27 in a carrier's space, a /20 for a university."""
        plen = self.rng.choice([24, 26, 27], n, p=[0.3, 0.4, 0.3])
        out = np.array(
            [self.net(c, kind, 1, plen=int(p) if kind == BUS else 20) for c, p in zip(country, plen, strict=True)]
        )
        if kind == BUS:  # a line of a carrier of the country
            for k, c in zip(out.tolist(), country, strict=True):
                self.asn[k] = self.asn[int(self.rng.choice(self.res[c]))]
        return out

    def egress(self, n: int, cloud: int, who: str, plen: int = 27) -> np.ndarray:
        """A vendor's fixed addresses in a cloud, published by it as its own."""
        k = self.net(
            self.country[cloud],
            HOST,
            given=[
                f"{ipaddress.ip_network(b).network_address + 32 * int(self.rng.integers(0, 30))}/{plen}"
                for b in self.blocks[cloud][:2]
            ],
        )
        self.asn[k] = self.asn[cloud]
        self.declared += [(b, "hosting", f"vendor-declared:{who}") for b in self.blocks[k]]
        return self.addr(np.full(n, k))

    def freeze(self) -> None:
        """No more addresses: the registry becomes arrays."""
        self.ip_net, self.ip_v4, self.ip_pre, self.ip_iid = map(
            np.concatenate, (self.ip_net, self.ip_v4, self.ip_pre, self.ip_iid)
        )

    def strings(self, ids: np.ndarray) -> np.ndarray:
        """Addresses as text."""
        out = np.empty(len(ids), object)
        v4, pre, iid = self.ip_v4[ids], self.ip_pre[ids], self.ip_iid[ids].astype(np.uint64)
        h = mix(pre, 991)
        asn = np.array(self.asn)[self.ip_net[ids]]
        for i, (a, p, x, y, s) in enumerate(
            zip(v4.tolist(), pre.tolist(), h.tolist(), iid.tolist(), asn.tolist(), strict=True)
        ):
            if p < 0:
                out[i] = f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}"
            else:
                parts = (s, x >> 48, x >> 32, y >> 48, y >> 32, y >> 16, y)
                out[i] = f"2a{s >> 8 & 255:02x}:" + ":".join(f"{v & 0xFFFF:x}" for v in parts)
        return out

    def labels(self) -> list[tuple[str, str, str]]:
        """Imperfect: gaps, a few wrong ones, and many ranges nobody here uses."""
        rng, rows = self.rng, []
        cover = {RES: 0.12, MOB: 0.4, HOST: 0.85, VPN: 0.75, RELAY: 0.9, BUS: 0.1, EDU: 0.5}
        for k, kind in enumerate(self.type):
            for b in self.blocks[k]:
                if rng.random() < cover[kind]:
                    label = TYPES[kind] if rng.random() > 0.03 else TYPES[int(rng.integers(0, 7))]
                    rows.append((b, label, str(rng.choice(["ipintel", "asn-list", "ops-team"]))))
        for label, n in (("hosting", 500), ("vpn", 250)):
            rows += [(c, label, "range-list") for c in rng.choice(self.unused[label], n, replace=False).tolist()]
        return list({r[0]: r for r in rows + self.declared}.values())
