"""Exits to the internet: home lines, mobile carriers, offices, campuses, clouds, VPNs, relays, satellites."""

from __future__ import annotations

import zlib

import numpy as np

from afield.world import Ints, World

# country: weight, hours from UTC, dialling code, residential ASNs, mobile ASN
COUNTRIES: dict[str, tuple[float, int, str, tuple[int, ...], int]] = {
    "US": (26, -6, "+1", (7922, 20115, 7018, 701), 21928),
    "GB": (7, 0, "+44", (2856, 5089, 5607), 12576),
    "DE": (7, 1, "+49", (3320, 3209, 6805), 6805),
    "FR": (5, 1, "+33", (3215, 12322, 15557), 51207),
    "IN": (11, 5, "+91", (9829, 24560, 17488), 55836),
    "BR": (6, -3, "+55", (28573, 18881, 26599), 26615),
    "JP": (6, 9, "+81", (4713, 2516, 17676), 9605),
    "KR": (3, 9, "+82", (4766, 9318), 9644),
    "CA": (4, -5, "+1", (577, 6327, 812), 36273),
    "AU": (3, 10, "+61", (1221, 7545), 4804),
    "NL": (2, 1, "+31", (1136, 33915), 31615),
    "ES": (3, 1, "+34", (3352, 12479), 12430),
    "IT": (3, 1, "+39", (3269, 12874), 30722),
    "PL": (2, 1, "+48", (5617, 12741), 39603),
    "MX": (3, -6, "+52", (8151, 28403), 28469),
    "PH": (2, 8, "+63", (9299, 17639), 10139),
    "ID": (3, 7, "+62", (7713, 17451), 23693),
    "VN": (2, 7, "+84", (7552, 45899), 131429),
    "TR": (2, 3, "+90", (9121, 34984), 15897),
    "NG": (1, 1, "+234", (37148, 36873), 29465),
    "KE": (1, 3, "+254", (33771, 15399), 37061),
    "AR": (1, -3, "+54", (7303, 22927), 26599),
    "SG": (1, 8, "+65", (9506, 4773), 45143),
    "AE": (1, 4, "+971", (5384, 15802), 15802),
    "UA": (1, 2, "+380", (13188, 15895), 15895),
    "CO": (1, -5, "+57", (10620, 3816), 26611),
}
CLOUDS = {
    "awsish": (16509, "US", ("3.92", "54.152", "18.205")),
    "gcpish": (396982, "US", ("34.82", "35.233")),
    "azurish": (8075, "NL", ("20.73", "20.101")),
    "hetz": (24940, "DE", ("65.108", "95.217")),
    "ovhish": (16276, "FR", ("51.68", "51.91")),
    "doish": (14061, "US", ("164.90", "143.198")),
    "tencentish": (132203, "SG", ("43.134", "43.153")),
    "runnerfarm": (8075, "US", ("20.172", "172.183")),
}
VPNS = {
    "m247ish": (9009, ("146.70", "185.94")),
    "surfish": (209854, ("45.83", "89.117")),
    "nordish": (136787, ("37.19",)),
}
RELAYS = ("104.28", "172.225", "146.75")
_BLOCKED = {0, 3, 10, 18, 20, 34, 35, 37, 43, 45, 51, 54, 65, 89, 95, 100, 104, 127, 143, 146, 164, 169, 172, 185, 192}
CODES = np.array(list(COUNTRIES), dtype=object)
WEIGHTS = np.array([v[0] for v in COUNTRIES.values()])
WEIGHTS = WEIGHTS / WEIGHTS.sum()


def tz_of(country: np.ndarray) -> np.ndarray:
    """Hours from UTC of each country."""
    return np.array([COUNTRIES[c][1] for c in country])


def _blocks(tag: str, count: int) -> list[str]:
    """`count` stable /16 prefixes for a network."""
    rng = np.random.default_rng(zlib.crc32(tag.encode()))
    firsts = [i for i in range(2, 222) if i not in _BLOCKED]
    return [f"{rng.choice(firsts)}.{rng.integers(0, 256)}" for _ in range(count)]


def _tail(w: World, n: int) -> list[str]:
    low = w.rng.integers(256, 65_280, n)
    return [f".{x >> 8}.{1 + x % 254}" for x in low]


def _spots(w: World, n: int, prefixes: list[str]) -> list[str]:
    pick = w.rng.integers(0, len(prefixes), n)
    return [prefixes[p] + t for p, t in zip(pick, _tail(w, n), strict=False)]


def lines(w: World, country: np.ndarray, kind: str = "residential", v6: float = 0.18) -> Ints:
    """One new line (home, office, campus) for each entry of `country`."""
    ips, asns = np.empty(len(country), object), np.empty(len(country), np.int64)
    for code in np.unique(country.astype(str)):
        at = np.flatnonzero(country == code)
        isps = COUNTRIES[code][3]
        which = w.rng.choice(
            len(isps), len(at), p=np.array([2.0**-i for i in range(len(isps))]) / sum(2.0**-i for i in range(len(isps)))
        )
        for i, asn in enumerate(isps):
            rows = at[which == i]
            own = asn + (300_000 if kind in ("education", "business") and w.rng.random() < 0.5 else 0)
            ips[rows] = _spots(w, len(rows), _blocks(f"{code}{kind}{asn}", 24))
            asns[rows] = own
    six = np.flatnonzero(w.rng.random(len(country)) < (v6 if kind == "residential" else 0))
    words = w.rng.integers(0, 65_536, (len(six), 6))
    ips[six] = [f"2a{a % 16:x}{b % 16:x}:{b:x}:{c:x}:{d:x}:{e:x}:{f:x}:{a:x}:1" for a, b, c, d, e, f in words]
    return w.exits.add(len(country), ip=ips, asn=asns, country=country, kind=kind)


def carrier(w: World, country: np.ndarray) -> Ints:
    """A carrier-grade NAT exit for each entry: a small pool a country, shared by thousands."""
    out = np.empty(len(country), np.int64)
    for code in np.unique(country.astype(str)):
        if ("cell", code) not in w.memo:
            size, blocks = int(30 + 6 * COUNTRIES[code][0]), _blocks(f"{code}cell", 2)
            w.memo["cell", code] = w.exits.add(
                size, ip=_spots(w, size, blocks), asn=COUNTRIES[code][4], country=code, kind="mobile"
            )
            w.labels += [(f"{b}.0.0/16", "mobile", "carrier list") for b in blocks[:1]]
        at = np.flatnonzero(country == code)
        out[at] = w.rng.choice(w.memo["cell", code], len(at))
    return out


def cloud(w: World, n: int, name: str) -> Ints:
    """n new addresses in one cloud."""
    asn, code, prefixes = CLOUDS[name]
    if ("cloud", name) not in w.memo:
        w.memo["cloud", name] = True
        w.labels += [(f"{p}.0.0/16", "hosting", "asn feed") for p in prefixes if w.rng.random() < 0.85]
    return w.exits.add(n, ip=_spots(w, n, list(prefixes)), asn=asn, country=code, kind="hosting")


def vpn(w: World, n: int, name: str = "m247ish", country: str | None = None) -> Ints:
    """n new VPN exits."""
    asn, prefixes = VPNS[name]
    if ("vpn", name) not in w.memo:
        w.memo["vpn", name] = True
        w.labels += [(f"{p}.0.0/16", "vpn", "vpn list") for p in prefixes if w.rng.random() < 0.8]
    where = w.rng.choice(["US", "NL", "GB", "DE", "SG"], n).astype(object) if country is None else country
    return w.exits.add(n, ip=_spots(w, n, list(prefixes)), asn=asn, country=where, kind="vpn")


def relays(w: World) -> Ints:
    """The private-relay exits everybody shares."""
    if "relay" not in w.memo:
        w.memo["relay"] = w.exits.add(
            90, ip=_spots(w, 90, list(RELAYS)), asn=13335, country=w.rng.choice(CODES, 90, p=WEIGHTS), kind="relay"
        )
        w.labels.append((f"{RELAYS[0]}.0.0/16", "relay", "relay list"))
    return w.memo["relay"]


def common_vpn(w: World) -> Ints:
    """The commercial VPN exits everybody shares."""
    if "vpnpool" not in w.memo:
        w.memo["vpnpool"] = np.concatenate([vpn(w, 70, name) for name in VPNS])
    return w.memo["vpnpool"]


def satellite(w: World, n: int) -> Ints:
    """n teleport addresses of one satellite provider."""
    return w.exits.add(n, ip=_spots(w, n, ["206.214"]), asn=14593, country="KE", kind="residential")
