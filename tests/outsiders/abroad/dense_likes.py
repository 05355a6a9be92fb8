"""small_dense, honest look-alikes: accounts as busy as the lab's, alone or behind balancers of their owners."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY

from abroad.background import chat
from abroad.clients import C
from abroad.hashing import mix, pick
from abroad.jobs import arrivals, balance
from abroad.nets import BIZ, CAMPUSES
from abroad.people import one_owner, people, share_server
from abroad.rhythm import amounts, schedule, service, sessions, swing, weekday
from abroad.works import CAP
from abroad.world import DAYS, HOUR, SERVER, World


def agencies(w: World) -> None:
    """An account per client product; one card, domain, office and server per agency."""
    r, g = w.rng, np.repeat(np.arange(12), 8)
    p = people(w, 96, "agencies", late=0.1)
    one_owner(w, p, g, org=0.4)
    share_server(p, r.choice(w.nets.vps, 12)[g], g * 3 + r.integers(0, 2, p.n))
    own = w.works.own(p.n * 2)
    i, t, _, _ = service(w, amounts(w, p.n, 1700, 0.8), p.tz, depth=0.55, weekend=0.6, clump=2)
    sdk = np.array([C[name] for name in ("python-sdk", "node-sdk", "java-sdk", "python-sdk", "langweave")])[g[i] % 5]
    style = own[i * 2 + pick(mix(i, t // 40), 2)]
    w.emit(p.gid[i], t, style, sdk, API, where=SERVER, hdr=g[i] % 8, model=g[i] % 4)
    chat(w, p, 15, 1.2)


def research_groups(w: World) -> None:
    """Students' personal accounts, the group's grant card; its runner spreads experiments over the members' keys."""
    r, nets, g = w.rng, w.nets, np.repeat(np.arange(8), 10)
    p = people(w, 80, "research_groups")
    one_owner(w, p, g, org=0)
    campus = r.choice(CAMPUSES, 8, replace=False)[g]
    p.put(country=nets.campus_country[campus], office=nets.wifi[campus])
    share_server(p, nets.login[campus], 500 + g)
    p.put(email=r.choice(["gmail.com", "outlook.com", "qq.com"], p.n))
    p.put(created=w.start - (20 + 60 * r.random(8))[g] * DAY + r.random(p.n) * 9 * DAY)
    own = w.works.own(8 * 6, cap=CAP["reasoning"], out_med=600, reason=0.7)
    for j in range(8):
        m = np.flatnonzero(g == j)
        busy = r.random(DAYS) < 0.6
        q = balance(w, arrivals(w, 10 * 190.0 * busy, swing(0.6, 20 - p.tz[m[0]]), 1.1), 10, 600, 60.0, 0.01)
        style = own[j * 6 + pick(mix(q.t // 30000, j), 6)]
        w.emit(
            p.gid[m[q.acc]],
            q.t,
            style,
            C["python-sdk"],
            API,
            where=SERVER,
            status=q.status,
            hdr=j + 3,
            model=2 + (j % 2),
        )
    chat(w, p, 70, 1.1)


def crawler_seats(w: World) -> None:
    """Two crawler companies' seats, balanced day and night from their own networks; one of these is a published one."""
    r, nets, g = w.rng, w.nets, np.repeat([0, 1], [70, 24])
    p = people(w, len(g), "crawler_seats")
    one_owner(w, p, g)
    p.put(r.random(p.n) < 0.4, org=None)  # some seats were never put into the organisation
    own = w.works.own(6, cap=CAP["extraction"], out_sig=0.5)
    for j in (0, 1):
        m = np.flatnonzero(g == j)
        n = len(m)
        p.put(m, created=w.start - 150 * DAY + r.integers(0, 5, n) * 25 * DAY + r.random(n) * 4 * HOUR)
        net = nets.net(BIZ, int(p.country[m[0]]), 1024)
        if j == 0:
            w.labels.append((nets.cidr(net), "business", "published ranges: crawler operator"))
        farm = nets.put(net, 0, 60, 2 * HOUR)
        jobs = arrivals(w, np.full(DAYS, n * 140.0) * r.uniform(0.7, 1.3, DAYS), np.ones(24), 0.5)
        q = balance(w, jobs, n, 420, 120.0, 0.008)
        gid = p.gid[m[q.acc]]
        net_of, addr = nets.address(farm, gid, q.t)
        w.emit(
            gid,
            q.t,
            own[j * 3 + pick(mix(q.job, 4), 3)],
            C["go-sdk"],
            API,
            where=SERVER,
            status=q.status,
            net=net_of,
            addr=addr,
            hdr=1,
            ver=w.clients.latest("go-sdk", w.start - 60 * DAY),
            model=1,
        )


def multikey_startups(w: World) -> None:
    """Four accounts of the same founders behind the product's own balancer, failover on 429."""
    r, g = w.rng, np.repeat(np.arange(20), 4)
    p = people(w, 80, "multikey_startups", late=0.1)
    one_owner(w, p, g, org=0.3)
    share_server(p, r.choice(w.nets.vps, 20)[g], 900 + g)
    own = w.works.own(60)
    weekend = np.where(weekday(w, np.arange(DAYS)) >= 5, 0.7, 1.0)
    for j in range(20):
        m = np.flatnonzero(g == j)
        per_day = 4 * float(r.uniform(90, 260)) * weekend * r.uniform(0.8, 1.2, DAYS)
        jobs = arrivals(w, per_day, swing(0.6, 15 - p.tz[m[0]]), 0.6)
        q = balance(w, jobs, 4, 900, 20.0, 0.015, on=np.maximum(w.start, p.created[m] + HOUR))
        w.emit(
            p.gid[m[q.acc]],
            q.t,
            own[j * 3 + np.minimum(pick(mix(q.job, 3), 5), 2)],
            C["switchyard"] if j % 2 else C["node-sdk"],
            API,
            where=SERVER,
            status=q.status,
            hdr=j % 8,
            model=1 + j % 3,
        )
    chat(w, p, 12, 1.2)


def gateway_hosts(w: World) -> None:
    """Strangers' self-hosted gateway from one hoster's one-click image: same headers, settings, neighbours."""
    nets = w.nets
    p = people(w, 130, "gateway_hosts")
    p.put(server=nets.put(nets.hosts[4], 4096, 400, 5000 * DAY))
    own = w.works.own(p.n * 3, settings=w.new("settings")[0])
    i, t, s, _ = sessions(w, amounts(w, p.n, 620, 0.9), p.tz, p.late_shift, turns=6, gap=45, active=0.8)
    w.emit(p.gid[i], t, own[i * 3 + pick(mix(s, 5), 3)], C["switchyard"], API, where=SERVER, hdr=0)
    chat(w, p, 25, 1.2)


def news_bots(w: World) -> None:
    """Strangers run an open-source news agent on rented machines, day and night, each on its own schedule."""
    r, vps = w.rng, w.nets.vps
    p = people(w, 120, "news_bots", late=0.15)
    p.put(server=r.choice([vps[4], vps[4], vps[2], vps[8]], p.n))
    style = w.works.kit(4, tools=1, cap=[10, 5, 10, 4], in_med=2600, in_sig=0.4, out_med=300, out_sig=0.5)
    amount = np.clip(amounts(w, p.n, 800, 0.5), 150, 3000)
    i, t, _, _ = schedule(w, amount, per_day=r.choice([96, 144, 48], p.n), gap=9)
    kind = np.minimum(pick(mix(p.gid[i], 5), 4), pick(mix(t, 6), 4))
    w.emit(p.gid[i], t, style[kind], C["newsclerk"], API, where=SERVER)
    chat(w, p, 30, 1.1)


def support_vendor(w: World) -> None:
    """A chatbot vendor's account per customer: the vendor's card and cloud, the customers' own hours."""
    r, nets = w.rng, w.nets
    p = people(w, 84, "support_vendor")
    tz = p.tz.copy()
    one_owner(w, p, np.zeros(p.n, int), org=0)
    p.put(created=w.start - 400 * DAY * r.random(p.n), server=nets.put(nets.hosts[2], 9000, 10, 20 * DAY))
    own = w.works.own(
        p.n,
        toolset=w.new("toolset")[0],
        cap=CAP["search_answers"],
        settings=w.new("settings")[0],
        in_med=np.exp(r.normal(7.6, 0.4, p.n)),
        out_med=160,
    )
    i, t, _, _ = service(w, amounts(w, p.n, 900, 0.9), tz, depth=0.8, weekend=0.8, clump=2.5)
    version = w.clients.latest("java-sdk", w.start - 9 * DAY)
    w.emit(p.gid[i], t, own[i], C["java-sdk"], API, where=SERVER, hdr=5, ver=version, model=0)
