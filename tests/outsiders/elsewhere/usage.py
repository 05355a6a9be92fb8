"""How account holders use the service: where they are at each sitting, with which client, for what."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from afield.world import DAY

from elsewhere.clients import NAMES
from elsewhere.ids import unit
from elsewhere.people import Crew
from elsewhere.products import craft
from elsewhere.shapes import MOST_INPUT, Beats, timeline, tokens
from elsewhere.world import API, SUB, Each, World

Places = Callable[[Beats], np.ndarray]  # something of every exchange
_PHONES = np.array([NAMES.index("ios-app"), NAMES.index("android-app")])


def _home_ips(w: World, p: Crew, a: np.ndarray, t: np.ndarray) -> np.ndarray:
    """A household's address: it lasts as long as its carrier's lease; IPv6 homes change the lower half daily."""
    hid, day = p.household[a], np.floor(t / DAY).astype(int)
    lease = (
        np.array([1, 3, 14, 60])[np.searchsorted([0.15, 0.35, 0.6], unit(hid, 23))]
        if p.lease is None
        else np.full(len(a), p.lease)
    )
    key = hid * 1000 + (day + (unit(hid, 21) * 60).astype(int)) // lease
    six = unit(hid, 24) < 0.3
    u, first, inverse = np.unique(np.where(six, hid * 1000 + day + 10**12, key), return_index=True, return_inverse=True)
    new = np.flatnonzero([k not in w.homes for k in u.tolist()])
    net, pre = p.home[a[first[new]]], np.where(six, key, -1)[first[new]]
    made = w.nets.addr(net, pre)
    nat = np.isin(net, list(w.nets.shared)) & (pre < 0)  # a carrier that puts many homes behind few addresses
    made[nat] = w.nets.exits(net[nat], 0.1)
    w.homes.update(zip(u[new].tolist(), made.tolist(), strict=True))
    return np.array([w.homes[k] for k in u.tolist()], int)[inverse]


def _human_ips(w: World, p: Crew, beats: Beats) -> tuple[np.ndarray, np.ndarray]:
    """Address of every event, and whether its session is on a phone: home, phone, work, VPN or relay per session."""
    rng, sa, st = w.rng, beats.whose, beats.begins
    n = len(sa)
    local = (st / 3600 + p.tz[sa]) % 24
    weekday = (np.floor((st / 3600 + p.tz[sa]) / 24) + w.dow0) % 7 < 5
    u, ip = rng.random(n), np.zeros(n, int)
    work = (u < p.p_work[sa]) & weekday & (local > 8) & (local < 19) & np.array([e is not None for e in p.exits])[sa]
    v = rng.random(n)
    mob = ~work & (v < p.p_mob[sa])
    vpn = ~work & ~mob & (v < (p.p_mob + p.p_vpn)[sa])
    relay = ~work & ~mob & ~vpn & (v < (p.p_mob + p.p_vpn + p.p_relay)[sa])
    ip[mob] = w.nets.exits(p.mob[sa[mob]], 0.2)
    ip[vpn] = w.nets.exits(p.vpn[sa[vpn]])
    ip[relay] = w.nets.exits(p.relay[sa[relay]], 0.3)
    at = np.flatnonzero(work)
    ip[at] = [p.exits[a][int(x * len(p.exits[a]))] for a, x in zip(sa[at], rng.random(len(at)), strict=True)]
    home = ~(work | mob | vpn | relay)
    ip[home] = _home_ips(w, p, sa[home], st[home])
    return ip[beats.sitting], mob[beats.sitting]


def use(
    w: World,
    p: Crew,
    count: np.ndarray,
    apps: Each,
    *,
    alt: Each = None,
    p_alt: Each = 0.2,
    chan: Each = SUB,
    ips: Places | None = None,
    builds: Each | Places = None,
    lag: float | None = None,
    sess: float | None = None,
    fixed: float = 0.0,
    **rhythm: Each,
) -> None:
    """Emit the use of people's accounts: `count` exchanges with `apps` (or, at some sittings, `alt`), in a `rhythm`."""
    rng, size = w.rng, len(p)

    def of(each: Each, rows: np.ndarray) -> np.ndarray:
        return np.broadcast_to(each, size)[rows]

    beats = timeline(rng, w.dow0, count, **({"tz": p.tz, "lo": p.first_day} | rhythm))
    a, s, whose = beats.pos, beats.sitting, beats.whose
    n, ns = len(a), len(whose)
    if not n:
        return
    mine = of(apps, whose)
    if alt is not None:
        mine = np.where(rng.random(ns) < of(p_alt, whose), of(alt, whose), mine)
    tpl, tool = craft(w, mine, 1.7)
    kind, client, sett = (np.array(w.app[k])[mine[s]] for k in ("kind", "client", "sett"))
    chan = of(chan, a)
    ip, phone = (ips(beats), np.zeros(n, bool)) if ips else _human_ips(w, p, beats)
    client = np.where(phone & (chan == SUB), _PHONES[p.phone_app[a]], client)
    if builds is None:
        build = w.clients.build(client, p.id[a], beats.t, lag)
    else:
        build = builds(beats) if callable(builds) else of(builds, a)
    scale = np.exp(rng.normal(0, 0.4, size))
    still = rng.random(size) < fixed
    base_in = np.where(still, np.array([40, 400, 900, 3000])[rng.integers(0, 4, size)] * scale, 0).astype(int)
    roof = np.where(rng.random(size) < fixed, rng.choice([64, 256, 512, 1024], size), 0)
    tok = tokens(rng, kind, n, scale[a], base_in[a], roof[a])
    tok["cap"] = np.where(rng.random(n) < 0.12, rng.integers(0, 8, n), tok["cap"])
    grow = np.where(chan == SUB, 1 + 0.35 * np.minimum(beats.turn, 12), 1)
    tok["inp"] = np.minimum(tok["inp"] * grow, MOST_INPUT).astype(int)
    ids = w.new("sess", ns)
    says = np.where(chan == SUB, 0.96, np.where(chan == API, 0.05, 0.25))[np.unique(s, return_index=True)[1]]
    shown = rng.random(ns) < (says if sess is None else sess)
    sett = np.where(rng.random(n) < 0.9, sett, rng.choice(w.common_sett, n))
    w.emit(
        p.id[a],
        beats.t,
        chan=chan,
        ip=ip,
        build=build,
        tpl=tpl[s],
        tool=tool[s],
        sett=np.where(chan == SUB, -1, sett),
        sess=np.where(shown, ids, -1)[s],
        turn=np.where(shown[s], beats.turn, -1),
        key=(unit(a * 7919 + s % 3, 61) * (1 + (unit(p.id[a], 62) < 0.2) * 2)).astype(int),
        **tok,
    )


def server_ips(w: World, p: Crew) -> Places:
    """Per event: an organisation's own servers, a static cloud host, or a cloud's shared serverless exits."""
    rng = w.rng
    cloud = rng.choice(w.nets.clouds, len(p), p=np.array([0.25, 0.18, 0.12, 0.1, 0.08, 0.08, 0.06, 0.05, 0.04, 0.04]))
    mode = rng.random(len(p))
    own = [w.org["srv"][o] if o >= 0 and m < 0.6 else None for o, m in zip(p.org, mode, strict=True)]
    static = w.nets.addr(np.where(mode < 0.75, cloud, p.home))

    def ips(beats: Beats) -> np.ndarray:
        a = beats.pos
        ip = static[a].copy()
        free = (mode > 0.55) & (mode < 0.75)
        m = free[a]
        ip[m] = w.nets.exits(cloud[a[m]], 0.2)
        have = np.flatnonzero(np.array([x is not None for x in own])[a])
        ip[have] = [own[k][int(u * len(own[k]))] for k, u in zip(a[have], rng.random(len(have)), strict=True)]
        return ip

    return ips


def each_sitting(w: World, pool: np.ndarray) -> Places:
    """A new exit of a pool at each sitting."""
    return lambda beats: pool[w.rng.integers(0, len(pool), len(beats.whose))][beats.sitting]


def each_request(w: World, pool: np.ndarray) -> Places:
    """A new exit of a pool at each request."""
    return lambda beats: pool[w.rng.integers(0, len(pool), len(beats.pos))]


def newest(w: World, p: Crew, client: str) -> Places:
    """One client's builds, as everybody updates them."""
    return lambda beats: w.clients.build(NAMES.index(client), p.id[beats.pos], beats.t)
