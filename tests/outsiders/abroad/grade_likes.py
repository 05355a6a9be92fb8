"""probe_and_grade, honest look-alikes: long input and constant output, or many prompt shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
from yonder.world import API, DAY

from abroad.background import chat
from abroad.clients import C
from abroad.hashing import mix, pick
from abroad.jobs import arrivals, balance
from abroad.nets import CAMPUSES
from abroad.people import cards, one_owner, people, share_server
from abroad.rhythm import OFFICE, SCHOOL, amounts, bursts, service, sessions, swing, told
from abroad.works import CAP
from abroad.world import DAYS, HOUR, HUMAN, SERVER, World


def _verdicts(w: World, n: int, **columns: Any) -> np.ndarray:
    """n private templates that answer with a few tokens."""
    out = np.round(w.rng.uniform(1, 12, n))
    base = {"cap": CAP["grading"], "out_med": out, "out_sig": 0.05, "fixout": 0.95, "toolset": -1}
    return w.works.own(n, 0, **(base | columns))


def eval_vendors(w: World) -> None:
    """Ten vendors' service accounts grade customers' outputs, evenly over their own keys."""
    r, nets, g = w.rng, w.nets, np.repeat(np.arange(10), 15)
    p = people(w, 150, "eval_vendors")
    one_owner(w, p, g, org=0.7)
    own = _verdicts(w, 10 * 4, in_med=np.exp(r.normal(8.4, 0.4, 40)))
    for j in range(10):
        m = np.flatnonzero(g == j)
        per_day = 15 * float(r.uniform(30, 80)) * r.uniform(0.5, 1.8, DAYS)
        jobs = arrivals(w, per_day, swing(0.25, 15 - p.tz[m[0]]), 0.8)
        q = balance(w, jobs, 15, 200, 400.0, 0.006, on=np.maximum(w.start, p.created[m] + HOUR))
        gid = p.gid[m[q.acc]]
        net, addr = nets.address(nets.put(nets.hosts[j % 14], 20000 + j * 64, 12, 3 * DAY), gid, q.t)
        w.emit(
            gid,
            q.t,
            own[j * 4 + pick(mix(q.job // 40, 3), 4)],
            C["python-sdk"],
            API,
            where=SERVER,
            status=q.status,
            net=net,
            addr=addr,
            hdr=j,
            model=j % 4,
        )


def schools(w: World) -> None:
    """Teachers grade with one tool's templates from school networks, in school hours."""
    r, g = w.rng, np.arange(320) // 16
    p = people(w, 320, "schools", late=0.2)
    one_owner(w, p, g, org=0.3, machines=False)
    p.put(card=np.where(r.random(p.n) < 0.5, p.card, cards(w, p.n)), plan="plus")
    style = w.works.kit(
        5,
        cap=CAP["grading"],
        in_med=[1900, 2600, 900, 3200, 1400],
        in_sig=0.4,
        out_med=[4, 4, 2, 60, 4],
        out_sig=0.05,
        fixout=0.96,
    )
    i, t, s, k = sessions(
        w,
        amounts(w, p.n, 165, 0.7),
        p.tz,
        p.late_shift * 0.4,
        turns=22,
        gap=24,
        profile=SCHOOL,
        weekend=0.25,
        active=0.5,
        sig=0.7,
    )
    kind = np.minimum(4, pick(mix(s, 4), 7))
    w.emit(p.gid[i], t, style[kind], C["gradepal"], API, session=told(s, 8, 20), turn=k)
    chat(w, p, 25, 1.1)


def moderation(w: World) -> None:
    """Products check their users' posts, constant verdicts; a third on a starter template that strangers share."""
    p = people(w, 180, "moderation")
    starter = w.style(
        template=w.new("template"),
        settings=w.works.settings[0],
        cap=CAP["extraction"],
        in_med=420,
        in_sig=0.7,
        out_med=3,
        out_sig=0.05,
        fixout=0.97,
    )
    own = _verdicts(w, p.n, cap=CAP["extraction"], in_med=np.exp(w.rng.normal(6.2, 0.5, p.n)))
    i, t, _, _ = service(w, amounts(w, p.n, 600, 1.0), p.tz, depth=0.6, clump=2, weekend=1.1)
    gid = p.gid[i]
    style = np.where(pick(mix(gid, 3), 3) == 0, starter[0], own[i])
    client = np.where(pick(mix(gid, 4), 2) == 0, C["node-sdk"], C["python-sdk"])
    w.emit(gid, t, style, client, API, where=SERVER)
    chat(w, p, 10, 1.2)


def oss_judge(w: World) -> None:
    """Strangers run a judge tool whose new release is popular from day 4 on."""
    p = people(w, 360, "oss_judge", late=0.15)
    style = w.works.kit(
        3,
        cap=CAP["grading"],
        in_med=[4800, 3300, 5600],
        in_sig=0.55,
        out_med=[3, 1, 90],
        out_sig=0.1,
        fixout=[0.96, 0.97, 0],
    )
    days = [0.12, 0.12, 0.15, 0.2, 0.9, 1.4, 1.3, 1.1, 1, 1, 1, 1, 0.9, 0.9]
    i, t, _, _ = bursts(w, amounts(w, p.n, 240, 0.9), p.tz, p.late_shift, 70, 5, days=days, weekend=0.6)
    kind = np.minimum(2, pick(mix(i, t // 9000, 3), 4))
    where = np.where(pick(mix(p.gid[i], 5), 2) == 0, SERVER, HUMAN)
    w.emit(p.gid[i], t, style[kind], C["judgebox"], API, where=where)
    chat(w, p, 30, 1.1)


def rerankers(w: World) -> None:
    """Search products ask yes or no: own template, server and payer each."""
    p = people(w, 140, "rerankers")
    in_med = np.exp(w.rng.normal(7.6, 0.4, p.n))
    own = _verdicts(w, p.n, cap=CAP["search_answers"], out_med=1, fixout=0.99, in_med=in_med)
    i, t, _, _ = service(w, amounts(w, p.n, 480, 1.0), p.tz, depth=0.5, clump=9)
    w.emit(p.gid[i], t, own[i], C["langweave"], API, where=SERVER)


def prompt_contest(w: World) -> None:
    """People try many prompt shapes by hand until the contest's end on day 4."""
    p = people(w, 130, "prompt_contest", late=0.2)
    shapes = w.works.own(90)
    days = np.r_[1, 1, 1.3, 1.6, 1.8, np.full(DAYS - 5, 0.03)]
    amount = amounts(w, p.n, 105, 0.7)
    i, t, s, k = sessions(w, amount, p.tz, p.late_shift, turns=6, gap=75, days=days, weekend=1.2, active=0.9)
    client = np.where(pick(mix(p.gid[i], 3), 2) == 0, C["python-sdk"], C["http"])
    w.emit(p.gid[i], t, shapes[pick(mix(s, k // 2, 3), 90)], client, API)
    chat(w, p, 35, 1.1)


def rlaif_groups(w: World) -> None:
    """Academic groups label preference pairs from their clusters until a deadline on day 9."""
    r, nets, g = w.rng, w.nets, np.repeat(np.arange(10), 10)
    p = people(w, 100, "rlaif_groups")
    one_owner(w, p, g, org=0, machines=False)
    campus = r.choice(CAMPUSES, 10, replace=False)[g]
    p.put(office=nets.wifi[campus])
    share_server(p, nets.login[campus], 40 + g)
    p.put(email=np.where(r.random(p.n) < 0.5, "gmail.com", p.email))
    own = _verdicts(w, 20, in_med=np.exp(r.normal(8.1, 0.3, 20)))
    days = [0.5, 0.5, 0.6, 0.8, 1, 1, 1.2, 1.5, 2, 2.5, 0.4, 0.05, 0.05, 0.05]
    i, t, _, _ = bursts(
        w, amounts(w, p.n, 520, 0.6), p.tz, p.late_shift, 120, 4, profile=OFFICE + 20, days=days, weekend=0.9
    )
    style = own[g[i] * 2 + pick(mix(i, t // 20000), 2)]
    w.emit(p.gid[i], t, style, C["python-sdk"], API, where=SERVER, hdr=g[i] + 2)
    chat(w, p, 60, 1.1)
