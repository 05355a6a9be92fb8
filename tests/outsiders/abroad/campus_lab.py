"""campuses, the attacker: `ivory_relay`, hidden behind the VPN exits of ten campuses around the clock."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY, SUB

from abroad import lab
from abroad.background import chat
from abroad.campus import name_campuses
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import Pool, around, arrivals, conversations, daily_limits, kinds_and_turns, serve
from abroad.nets import CC, TZ
from abroad.people import ago, cards, people
from abroad.works import caps
from abroad.world import DAYS, HOUR, Pop, World

RELEASE = 11.6
TURNS, SHARE = np.array([6, 1, 1, 1, 3, 1]), np.array([0.12, 0.26, 0.22, 0.18, 0.1, 0.12])
FORGED = ("-edu.org", "-students.net", "mail.edu.pl", "-edu.co")


def _ten_campuses(w: World) -> np.ndarray:
    """Ten campuses over the clock."""
    r, zone = w.rng, TZ[w.nets.campus_country]
    ten = np.concatenate([r.permutation(np.flatnonzero(zone == z))[:2] for z in np.unique(zone)])
    return np.sort(r.permutation(ten)[:10])


def _accounts(w: World, p: Pop, home: np.ndarray, stolen: np.ndarray) -> None:
    """A third is stolen; the rest was opened in lots through the campuses, with look-alike mail and few cards."""
    r, nets, n, ten = w.rng, w.nets, p.n, w.memo["ten"]
    made = np.where(stolen, ago(w, n, 120, 600), 0)
    lots = np.sort(w.start - r.random(16) * 50 * DAY)
    fresh = ~stolen
    bought = int(fresh.sum())
    made[fresh] = lots[r.integers(0, 16, bought)] + r.gamma(2, 1.5 * HOUR, bought)
    spare = np.flatnonzero(fresh)[:24]
    made[spare] = w.at(4) + r.random(24) * 6 * DAY
    country = nets.campus_country[ten][home]
    p.put(created=made, country=country, tz=TZ[country], home=nets.home(country), bill=CC[country])
    p.put(office=np.where(stolen, nets.wifi[ten][home], -1), vpn=-1, mobile=-1)
    net, addr = nets.address(nets.edu_vpn[ten][home], p.gid, p.created)
    p.put(fresh, sign_net=net[fresh], sign_addr=addr[fresh])
    real = w.memo["campus_mail"][ten]
    forged = np.array([d.split(".")[0] + x for d, x in zip(real, r.choice(FORGED, 10), strict=True)], object)
    p.put(email=np.where(stolen | (r.random(n) < 0.15), real[home], forged[home]))
    few = cards(w, 26)
    pays = fresh & (r.random(n) < 0.45)
    p.put(fresh, card=None, issuer=None)
    p.put(pays, card=few[r.integers(0, 26, int(pays.sum()))], issuer="Cardhop")
    p.put(plan=np.where(pays, "payg", "education"))
    lab.ban(w, p, r.choice(n, 26, replace=False), w.start + DAY + r.random(26) * 12 * DAY)


def _used_from(w: World, home: np.ndarray) -> np.ndarray:
    """The campus from which an account is used on each day: its own, on a sixth of the days another."""
    account, day = np.arange(len(home))[:, None], np.arange(DAYS)
    h = mix(account, day, 21, w.salt)
    return np.where(u01(h) < 0.17, pick(mix(h, 1), 10), home[:, None])


def _in_use(w: World) -> np.ndarray:
    """Which campuses the queue uses in each hour: up to four that are awake, others every five hours."""
    zone = TZ[w.nets.campus_country][w.memo["ten"]]
    used = np.zeros((DAYS * 24, 10), bool)
    for hour in range(DAYS * 24):
        local = (hour + zone) % 24
        awake = (local >= 8) & (local < 23.5)
        score = u01(mix(np.arange(10), hour // 5, 22, w.salt)) + (~awake) * 2
        used[hour, np.argsort(score)[:4]] = True
        used[hour] &= awake
    return used


def ivory_relay(w: World) -> None:
    """470 accounts, a third stolen; a queue follows the waking campuses, six templates on all; owners of stolen
    accounts still chat from wifi and home."""
    r, nets, n = w.rng, w.nets, 470
    name_campuses(w)
    p = people(w, n, campaign="ivory_relay")
    w.memo["ten"] = ten = _ten_campuses(w)
    home = r.choice(10, n, p=r.dirichlet(np.full(10, 12)))
    stolen = r.random(n) < 0.34
    _accounts(w, p, home, stolen)
    on, off = lab.window_of(w, p, np.full(n, w.start))
    where, in_use = _used_from(w, home), _in_use(w)

    def eligible(i: int, t: float) -> bool:
        hour = int((t - w.start) // HOUR)
        return hour < len(in_use) and bool(in_use[hour, where[i, hour // 24]])

    tools = w.new("toolset", 2)
    styles = w.works.kit(
        6,
        toolset=[tools[0], -1, -1, -1, tools[1], -1],
        cap=caps("agentic_coding", "coding", "reasoning", "math", "tool_use", "coding"),
        in_med=[5600, 1100, 450, 380, 2300, 1700],
        in_sig=0.55,
        out_med=[450, 850, 1100, 1000, 400, 700],
        out_sig=0.6,
        cache=0.25,
        reason=[0.3, 0.2, 0.9, 0.9, 0.2, 0.2],
    )
    per_day = 450 * 36.0 * r.uniform(0.9, 1.08, DAYS)
    jobs = arrivals(w, per_day / float((TURNS * SHARE).sum()), np.ones(24))
    kind, turns = kinds_and_turns(w, len(jobs), SHARE, TURNS)
    limit = daily_limits(w, n, 55, 0.25, 25, 90)
    pool = Pool(w, on, off, limit, around(w, n, 900, 0.5), eligible)
    q = serve(pool, jobs, turns, fail=0.007, sticky=0.15, max_wait=2700)
    gid = p.gid[q.acc]
    day = np.clip((q.t - w.start) // DAY, 0, DAYS - 1).astype(int)
    net, addr = nets.address(nets.edu_vpn[ten][where[q.acc, day]], gid, q.t)
    on_plan = pick(mix(gid, 4), 10) < 4
    image = 5 + 2 * (pick(mix(gid, 6), 3) == 0)
    new = (q.t > w.at(RELEASE + 0.5)) & (u01(mix(q.job, 3)) < 0.4)
    w.emit(
        gid,
        q.t,
        styles[kind[q.job]],
        np.where(on_plan, C["web"], C["node-sdk"]),
        np.where(on_plan, SUB, API),
        session=np.where(on_plan, conversations(w, q), -1),
        turn=q.turn,
        status=q.status,
        camp=0,
        net=net,
        addr=addr,
        ver=np.where(on_plan, -1, w.clients.latest("node-sdk", w.start - 33 * DAY)),
        hdr=np.where(on_plan, 14 + pick(mix(gid, 5), 4), image),
        model=np.where(new, 3, np.where(u01(mix(q.job, 4)) < 0.8, 2, 1)),
    )
    chat(w, p, 38, 1.0, np.flatnonzero(stolen))
