"""campuses, honest look-alikes: courses, labs, hackathons, licences and travellers on campuses."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY, SUB

from abroad.background import chat
from abroad.campus import at_campus, some_campuses
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import arrivals, balance
from abroad.nets import CAMPUSES, LANDS, TZ
from abroad.people import ago, cards, organisation_ids, people, share_server, sign_up
from abroad.rhythm import amounts, runs, sessions, told
from abroad.works import CAP, caps
from abroad.world import DAYS, HOUR, SERVER, World


def courses(w: World) -> None:
    """Eight courses of 40, two assignment templates each, deadlines on days 4 and 11."""
    r, g = w.rng, np.repeat(np.arange(8), 40)
    p = people(w, 320, "courses")
    at_campus(w, p, some_campuses(w, 8)[g])
    sign_up(w, p, (w.start - (4 + 20 * r.random(8)) * DAY)[g], 40)
    p.put(plan="education", card=None, issuer=None)
    style = w.works.kit(
        16,
        tools=8,
        cap=np.tile(caps("coding", "reasoning"), 8),
        in_med=1400,
        in_sig=0.7,
        out_med=450,
    )
    days = [0.5, 0.5, 0.8, 2, 3, 0.3, 0.3, 0.4, 0.5, 0.8, 2.2, 3, 0.2, 0.2]
    i, t, s, k = sessions(
        w, amounts(w, p.n, 150, 0.7), p.tz, p.late_shift, turns=6, gap=70, days=days, weekend=0.9, active=0.8
    )
    mine = style[g[i] * 2 + pick(mix(s, 3), 2)]
    w.emit(p.gid[i], t, mine, C["notebook-hub"], API, session=told(s, 4, 12), turn=k, hdr=0)
    chat(w, p, 20, 1.2)


def lab_queue(w: World) -> None:
    """Six labs spread experiments over members' personal accounts, day and night, from their clusters."""
    r, nets, g = w.rng, w.nets, np.repeat(np.arange(6), 20)
    p = people(w, 120, "lab_queue", late=0)
    campus = some_campuses(w, 6)[g]
    at_campus(w, p, campus)
    p.put(card=cards(w, 6)[g])
    share_server(p, nets.login[campus], g)
    own = w.works.own(24, cap=CAP["reasoning"], out_med=700, reason=0.7)
    for j in range(6):
        m = np.flatnonzero(g == j)
        days = np.where(r.random(DAYS) < 0.75, r.uniform(0.5, 1.4, DAYS), 0.02)
        jobs = arrivals(w, 20 * 42.0 * days, np.ones(24), 0.6)
        q = balance(w, jobs, 20, 120, 500.0, 0.008, sticky=0.1)
        w.emit(
            p.gid[m[q.acc]],
            q.t,
            own[j * 4 + pick(mix(q.t // 50000, q.job % 2, j), 4)],
            C["python-sdk"],
            API,
            where=SERVER,
            status=q.status,
            hdr=3 + j,
            ver=w.clients.latest("python-sdk", w.start - 15 * DAY),
            model=2,
        )
    chat(w, p, 75, 1.1)


def hackathon(w: World) -> None:
    """125 new accounts on a sponsor's card with one starter kit, in one hall, on each of two weekends."""
    r, nets, n = w.rng, w.nets, 250
    g = np.repeat([0, 1], n // 2)
    p = people(w, n, "hackathon")
    campus = np.array([w.memo["ten"][3], int(r.integers(0, CAMPUSES))])[g]
    at_campus(w, p, campus)
    begin = (np.array([w.at(4, 17), w.at(11, 18)]) - p.tz[[0, n // 2]] * HOUR)[g]
    sign_up(w, p, begin - 20 * HOUR, 22)
    p.put(card=cards(w, 2)[g], issuer="US-issuer-04", plan="payg")
    kit = w.works.kit(
        3,
        tools=1,
        cap=caps("agentic_coding", "tool_use", "coding"),
        in_med=[5200, 2200, 1400],
        out_med=[420, 350, 700],
    )
    who = np.repeat(np.arange(n), np.maximum(1, amounts(w, n, 125, 0.6) // 5))
    start = begin[who] + r.beta(1.2, 1.4, len(who)) * 40 * HOUR
    s, turn = runs(r.geometric(0.2, len(who)))
    t = start[s] + turn * 45 * np.exp(r.normal(0, 0.6, len(s)))
    inside = t < w.end
    own = w.works.own(n)
    s, turn, t = s[inside], turn[inside], t[inside]
    i = who[s]
    net, addr = nets.address(nets.wifi[campus[i]], p.gid[i], t)
    style = np.where(u01(mix(i, turn, 5)) < 0.7, kit[pick(mix(s, 3), 3)], own[i])
    client = np.where(pick(mix(p.gid[i], 4), 2) == 0, C["node-sdk"], C["python-sdk"])
    w.emit(p.gid[i], t, style, client, API, net=net, addr=addr)


def site_licence(w: World) -> None:
    """A whole university joins in one week; few egress proxies; a tutor app; half have no organisation."""
    r, nets, n = w.rng, w.nets, 400
    campus = w.memo["ten"][6]
    p = people(w, n, "site_licence")
    at_campus(w, p, np.full(n, campus))
    sign_up(w, p, np.full(n, w.at(1, 9)) - p.tz[0] * HOUR, 90)
    p.put(email=w.memo["campus_mail"][campus], plan="education", card=None, issuer=None)
    member = r.random(n) < 0.5
    p.put(member, org=organisation_ids(w, 1)[0])
    proxy = nets.put(nets.campus[campus], 900, 3, 3 * HOUR)
    p.put(office=proxy)
    tutor = w.works.kit(2, cap=caps("conversation", "math"), in_med=1100, out_med=260)
    i, t, s, k = sessions(w, amounts(w, n, 70, 0.9), p.tz, p.late_shift, turns=5, gap=90, weekend=0.3)
    net, addr = nets.address(proxy, p.gid[i], t)
    w.emit(p.gid[i], t, tutor[pick(mix(s, 2), 2)], C["web"], SUB, session=s, turn=k, net=net, addr=addr)
    chat(w, p, 60, 1.2)


def login_nodes(w: World) -> None:
    """Unrelated researchers behind clusters' login nodes, agents left running over night."""
    r, nets, n = w.rng, w.nets, 160
    p = people(w, n, "login_nodes", late=0)
    four = r.choice(w.memo["ten"], 4, replace=False)
    g = r.integers(0, 4, n)
    at_campus(w, p, four[g])
    share_server(p, nets.login[four[g]], 60 + 10 * g + r.integers(0, 2, n))
    own = w.works.own(n * 3)
    i, t, s, _ = sessions(w, amounts(w, n, 330, 0.9), p.tz, p.late_shift + 2, turns=25, gap=30, active=0.7, weekend=0.8)
    agent = pick(mix(p.gid[i], 6), 3) == 0
    style = np.where(agent, w.works.agents[0][pick(mix(s, 5), 6)], own[i * 3 + pick(mix(s, 4), 3)])
    w.emit(p.gid[i], t, style, np.where(agent, C["devcrab"], C["python-sdk"]), API, where=SERVER)
    chat(w, p, 30, 1.1)


def vpn_travellers(w: World) -> None:
    """Students and staff who are abroad through the campus VPN, or at two campuses in turn."""
    r, nets, n = w.rng, w.nets, 190
    p = people(w, n, "vpn_travellers", late=0.02)
    campus = some_campuses(w, n)
    at_campus(w, p, campus)
    far = r.random(n) < 0.6
    c = r.choice(LANDS, n)
    p.put(far, tz=TZ[c][far], home=nets.home(c)[far], office=-1)
    p.put(vpn=np.where(far, nets.edu_vpn[campus], nets.wifi[some_campuses(w, n)]))
    p.put(created=ago(w, n, 60, 700))
    chat(w, p, 120, 1.1, turns=3)


def mooc(w: World) -> None:
    """Learners of one online course everywhere, on its hosted notebooks; a template a part of it."""
    nets = w.nets
    p = people(w, 270, "mooc", late=0.25)
    hosted = nets.put(nets.hosts[0], 30000, 40, 2 * HOUR)
    style = w.works.kit(
        4,
        tools=1,
        cap=caps("coding", "coding", "reasoning", "math"),
        in_med=1700,
        in_sig=0.5,
        out_med=380,
        out_sig=0.5,
    )
    days = np.tile([0.6, 0.7, 0.8, 0.9, 1, 1.8, 2.4], 2)
    i, t, s, _ = sessions(w, amounts(w, p.n, 115, 0.8), p.tz, p.late_shift, turns=8, gap=80, days=days, weekend=1.2)
    net, addr = nets.address(hosted, pick(mix(s, 3), 400), t)
    part = np.minimum(3, ((t - w.start) // (4 * DAY)).astype(int))
    w.emit(p.gid[i], t, style[part], C["notebook-hub"], API, net=net, addr=addr, hdr=1)
    chat(w, p, 20, 1.2)


def student_resale(w: World) -> None:
    """Real students who bought the discount through one shop: its cards, forwarding mail."""
    r, n = w.rng, 110
    p = people(w, n, "student_resale")
    at_campus(w, p, r.choice(w.memo["ten"], n))
    lots = w.start - r.random(7) * 60 * DAY
    sign_up(w, p, lots[r.integers(0, 7, n)], 6)
    p.put(email=r.choice(["alum-forward.org", "alumni-mail.net"], n))
    p.put(card=cards(w, 5)[r.integers(0, 5, n)], issuer="Cardhop")
    chat(w, p, 150, 0.9, turns=3)
