"""Networks, places and addresses. An address is a pure function of (place, key, time)."""

from __future__ import annotations

from typing import Any

import numpy as np
from yonder.world import DAY

from abroad.hashing import mix, pick, u01
from abroad.world import DAYS, HOUR, World

COUNTRIES = (  # code, hours from UTC, weight, phone
    *(("US", -6, 24, "+1"), ("IN", 5.5, 11, "+91"), ("BR", -3, 6, "+55"), ("GB", 0, 6, "+44"), ("DE", 1, 6, "+49")),
    *(("FR", 1, 4.5, "+33"), ("JP", 9, 5, "+81"), ("KR", 9, 4, "+82"), ("CA", -5, 4, "+1"), ("AU", 10, 3, "+61")),
    *(("ID", 7, 3.5, "+62"), ("PH", 8, 3, "+63"), ("MX", -6, 3, "+52"), ("ES", 1, 3, "+34"), ("IT", 1, 3, "+39")),
    *(("NL", 1, 2, "+31"), ("PL", 1, 2, "+48"), ("TR", 3, 2, "+90"), ("VN", 7, 2.5, "+84"), ("SG", 8, 1.5, "+65")),
    *(("NG", 1, 1.5, "+234"), ("UA", 2, 1.2, "+380"), ("SE", 1, 1, "+46"), ("CL", -4, 1, "+56")),
)
LANDS = len(COUNTRIES)
CC = np.array([c[0] for c in COUNTRIES], object)
TZ = np.array([c[1] for c in COUNTRIES], float)
CW = np.array([c[2] for c in COUNTRIES], float)
CW = CW / CW.sum()
TYPES = ("residential", "mobile", "hosting", "vpn", "relay", "business", "education")
RES, MOB, HOST, VPN, RELAY, BIZ, EDU = range(7)
KNOWN = {HOST: 0.9, VPN: 0.75, RELAY: 1, EDU: 0.7, MOB: 0.6, BIZ: 0.1, RES: 0.04}  # share of networks in the feeds
OCTETS = (
    *(23, 31, 37, 41, 45, 46, 49, 58, 61, 62, 66, 72, 77, 79, 81, 84, 86, 89, 91, 93, 95, 98, 101, 103, 105, 109),
    *(111, 114, 117, 121, 124, 130, 134, 138, 141, 144, 147, 151, 154, 157, 161, 165, 170, 173, 176, 179, 181, 185),
    *(187, 190, 193, 196, 199, 202, 206, 209, 212, 216, 219),
)
CAMPUSES = 90
OFFICES = 1400
Exits = list[tuple[np.ndarray, np.ndarray]]


def countries(w: World, n: int) -> np.ndarray:
    """Country numbers by weight."""
    return w.rng.choice(LANDS, n, p=CW)


def _dotted(v: int) -> str:
    return f"{v >> 24}.{v >> 16 & 255}.{v >> 8 & 255}.{v & 255}"


class Nets:
    """The networks of one world, and the places of people and machines in them."""

    def __init__(self, w: World) -> None:
        self.w, r = w, w.rng
        self.kind: list[int] = []
        self.country: list[int] = []
        self.size: list[int] = []
        self.base: list[int] = []
        self.asn: list[int] = []
        self.v6: list[bool] = []
        self.shown: list[int] = []
        self.place: list[tuple[int, int, int, float]] = []  # net, offset, size, seconds an address is kept
        self.cursor = dict.fromkeys(OCTETS, 0)
        self.homes, self.mobiles = [], []
        for c in range(LANDS):
            isps = [self.net(RES, c, 1 << int(r.integers(13, 18))) for _ in range(4)]
            self.homes.append([[self.put(i, 0, self.size[i], d * DAY) for d in (2, 12, 60)] for i in isps])
            mob = [self.net(MOB, c, 1 << int(r.integers(6, 10)), v6=j == 1 and c % 2 == 0) for j in range(2)]
            self.mobiles.append([self.put(i, 0, self.size[i], 2.5 * HOUR) for i in mob])
        self.hosts = [
            self.net(HOST, int(r.choice([0, 0, 0, 4, 15, 19, 5])), 1 << int(r.integers(16, 20))) for _ in range(14)
        ]
        self.vps = [self.put(i, 0, self.size[i], 4000 * DAY) for i in self.hosts]
        self.runners = [self.put(i, self.size[i] // 2, 4096, 0.5 * HOUR) for i in self.hosts[:4]]  # short-lived clouds
        self.vpns = [
            self.put(self.net(VPN, int(r.choice([0, 15, 4, 3])), 512), 0, int(r.integers(120, 480)), 5 * HOUR)
            for _ in range(8)
        ]
        self.relays = [self.put(self.net(RELAY, 0, 1024), 0, 900, 1 * HOUR) for _ in range(2)]
        self.biz = [[self.net(BIZ, c, 16384) for _ in range(2)] for c in range(LANDS)]
        self.biz_used: dict[int, int] = {}
        self.campus = np.array([self.net(EDU, int(r.choice(LANDS, p=CW)), 8192) for _ in range(CAMPUSES)])
        self.campus_country = np.array(self.country)[self.campus]
        self.wifi = np.array([self.put(i, 0, int(r.integers(6, 40)), 8 * HOUR) for i in self.campus])
        self.dorm = np.array([self.put(i, 1024, 2048, 15 * DAY) for i in self.campus])
        self.edu_vpn = np.array([self.put(i, 512, int(r.integers(3, 9)), 6 * HOUR) for i in self.campus])
        self.login = np.array([self.put(i, 640, 4, 3 * DAY) for i in self.campus])
        self.offices_of: list[list[int]] = [[] for _ in range(LANDS)]
        for c in countries(w, OFFICES):
            self.offices_of[c].append(self.office(int(c)))
        for c in range(LANDS):
            if not self.offices_of[c]:
                self.offices_of[c].append(self.office(c))

    def net(self, kind: int, country: int, size: int, v6: bool = False) -> int:
        """A new network somewhere in the address space."""
        r = self.w.rng
        step = max(size, 256)
        while True:
            o = int(r.choice(OCTETS))
            base = -(-self.cursor[o] // step) * step + int(r.integers(0, 3)) * step
            if base + step < 1 << 24:
                break
        self.cursor[o] = base + step
        shown = kind
        if r.random() < 0.04 and kind != EDU:  # the upstream labeller errs on some networks
            shown = int(r.choice([RES, HOST, BIZ, VPN]))
        self.kind.append(kind)
        self.country.append(country)
        self.size.append(size)
        self.v6.append(v6)
        self.shown.append(shown)
        self.base.append((o << 24) + base)
        self.asn.append(int(r.integers(1500, 64000)))
        return len(self.kind) - 1

    def put(self, net: int, offset: int, size: int, keep: float) -> int:
        """A place: a part of a network, where an address is kept so many seconds."""
        self.place.append((net, offset, int(size), keep))
        return len(self.place) - 1

    def office(self, country: int, size: int | None = None) -> int:
        """An office's own few addresses, behind which everyone there sits."""
        net = self.biz[country][int(self.w.rng.integers(0, 2))]
        used = self.biz_used.get(net, 0)
        self.biz_used[net] = used + 8
        size = size or int(self.w.rng.choice([1, 1, 2, 4]))
        return self.put(net, used % (self.size[net] // 2), size, 12 * HOUR)

    def home(self, country: np.ndarray) -> np.ndarray:
        """A home line in each country."""
        r = self.w.rng
        isp = r.choice(4, len(country), p=[0.48, 0.28, 0.16, 0.08])
        return np.array(self.homes)[country, isp, r.choice(3, len(country), p=[0.2, 0.4, 0.4])]

    def mobile(self, country: np.ndarray) -> np.ndarray:
        """A mobile carrier in each country."""
        return np.array(self.mobiles)[country, self.w.rng.choice(2, len(country), p=[0.6, 0.4])]

    def address(self, place: Any, key: np.ndarray, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(net, address number in it) of a place, or of one for all, for keys at times."""
        place = np.broadcast_to(place, len(t))
        p = np.array(self.place)
        net, offset, size, keep = p[place, 0].astype(np.int64), p[place, 1].astype(np.int64), p[place, 2], p[place, 3]
        phase = u01(mix(key, place, 5)) * keep
        epoch = np.floor((t + phase) / keep)
        return net, offset + pick(mix(key, place, epoch, self.w.salt), size)

    def text(self, net: np.ndarray, addr: np.ndarray) -> np.ndarray:
        """Addresses as text (each distinct one formatted once)."""
        code = net.astype(np.int64) << 32 | addr
        uniq, back = np.unique(code, return_inverse=True)
        out = np.empty(len(uniq), object)
        for i, c in enumerate(uniq.tolist()):
            n, a = c >> 32, c & 0xFFFFFFFF
            if self.v6[n]:
                out[i] = f"2a0{n % 9}:{self.asn[n]:x}:{a >> 4:x}:{(a * 40503) & 0xFFFF:x}::{(a * 7919) & 0xFFFF:x}"
            else:
                out[i] = _dotted(self.base[n] + a)
        return out[back]

    def exits(self, n: int, daily_churn: float, lands: list[int], key: int) -> Exits:
        """Residential proxy exits alive on each day: (nets, addresses) of homes and phones at many providers."""
        r, sizes = self.w.rng, np.array(self.size)
        nets = [self.place[row[0]][0] for c in lands for row in self.homes[c] for _ in range(3)]
        nets += [self.place[m][0] for c in lands for m in self.mobiles[c]]
        net = r.choice(nets, n)
        addr = pick(mix(np.arange(n), key, self.w.salt), sizes[net])
        days = []
        for d in range(DAYS):
            gone = r.random(n) < daily_churn
            net, addr = net.copy(), addr.copy()
            net[gone] = r.choice(nets, int(gone.sum()))
            addr[gone] = pick(mix(np.flatnonzero(gone), key, d, self.w.salt), sizes[net[gone]])
            days.append((net, addr))
        return days

    def cidr(self, net: int) -> str:
        """A network's range as text."""
        return f"{_dotted(self.base[net])}/{32 - (max(self.size[net], 256).bit_length() - 1)}"

    def labels(self) -> list[tuple[str, str, str]]:
        """Imperfect feeds: most hosting, VPN, relay and campus ranges, some stale or wrong."""
        r, rows = self.w.rng, []
        for i, kind in enumerate(self.kind):
            if r.random() > KNOWN[kind] or self.v6[i]:
                continue
            label = TYPES[kind] if kind != RES else str(r.choice(["vpn", "residential"]))
            source = {VPN: "vendor list", RELAY: "published ranges"}.get(kind, "asn feed")
            rows.append((self.cidr(i), label, source))
        return rows
