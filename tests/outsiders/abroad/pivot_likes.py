"""pivot_handover, honest look-alikes: what moves with a release or a wave, and what shares machines, cards or exits."""

from __future__ import annotations

import numpy as np
from yonder.world import API, DAY

from abroad import lab
from abroad.background import chat
from abroad.clients import C
from abroad.hashing import mix, pick, u01
from abroad.jobs import arrivals, balance
from abroad.nets import HOST
from abroad.people import ago, cards, one_owner, people, send_home, sign_up
from abroad.pivot_lab import NEW_MODEL, RELEASE
from abroad.rhythm import OFFICE, amounts, bursts, schedule, sessions, told
from abroad.works import caps
from abroad.world import DAYS, HOUR, HUMAN, SERVER, World


def release_benchers(w: World) -> None:
    """Enthusiasts who run one public bench when the model comes out: two days, own cards, homes and chat."""
    p = people(w, 260, "release_benchers", late=0)
    style = w.works.kit(
        4,
        tools=1,
        cap=caps("coding", "reasoning", "agentic_coding", "math"),
        in_med=[700, 420, 3000, 350],
        in_sig=0.4,
        out_med=[600, 900, 400, 800],
        out_sig=0.5,
        reason=0.6,
    )
    days = np.full(DAYS, 0.12)
    days[9:12] = [6, 8, 2]
    amount = amounts(w, p.n, 95, 0.6)
    i, t, _, _ = bursts(w, amount, p.tz, p.late_shift, 45, 9, days=days, weekend=1)
    tries = (t > w.at(RELEASE) + HOUR) & (u01(mix(i, t // 3000)) < 0.8)
    w.emit(
        p.gid[i],
        t,
        style[pick(mix(i, t // 2000), 4)],
        C["judgebox"],
        API,
        model=np.where(tries, NEW_MODEL, -1),
        where=np.where(pick(mix(i, 3), 3) == 0, SERVER, HUMAN),
    )
    chat(w, p, 40, 1)


def nocode_default(w: World) -> None:
    """Strangers' hourly automations on one hosted scheduler, whose default model moved on release day."""
    r, nets = w.rng, w.nets
    p = people(w, 380, "nocode_default", late=0.1)
    cloud = nets.net(HOST, 0, 2048)
    runners = nets.put(cloud, 0, 512, HOUR)
    w.labels.append((nets.cidr(cloud), "hosting", "vendor: flowloom runners"))
    style = w.works.kit(
        8,
        tools=2,
        cap=[1, 5, 5, 6, 9, 2, 2, 4],
        in_med=np.exp(r.normal(7, 0.5, 8)),
        out_med=np.exp(r.normal(5.5, 0.6, 8)),
        out_sig=0.5,
    )
    amount = np.clip(amounts(w, p.n, 430, 0.3), 200, 800)
    i, t, _, _ = schedule(w, amount, per_day=np.full(p.n, 24))
    gid = p.gid[i]
    net, addr = nets.address(runners, pick(mix(gid, t // 3600), 4000), t)
    moved = (t > w.at(RELEASE) + DAY * u01(mix(gid, 4))) & (pick(mix(gid, 5), 10) < 6)
    w.emit(
        gid,
        t,
        style[pick(mix(gid, 6), 8)],
        C["flowloom"],
        API,
        where=SERVER,
        net=net,
        addr=addr,
        model=np.where(moved, NEW_MODEL, -1),
        hdr=0,
    )
    chat(w, p, 14, 1.1)


def seat_migration(w: World) -> None:
    """A company closes 150 seats on day 6 and its people go on in 150 new ones with the same work."""
    r, half = w.rng, 150
    p = people(w, 2 * half, "seat_migration")
    one_owner(w, p, np.zeros(p.n, int), machines=False)
    old, new = slice(0, half), slice(half, None)
    cut = w.at(6, 12)
    p.put(old, closed=cut + r.random(half) * 3 * HOUR)
    for g in p.gid[old]:
        w.actions.append((int(g), "suspend", cut + float(r.random()) * HOUR, "admin_request"))
    p.put(old, created=ago(w, half, 60, 300))
    p.put(new, created=cut - 3 * HOUR + r.random(half) * 5 * HOUR)
    p.put(new, card=cards(w, 1)[0])
    style = w.works.own(6, cap=[2, 3, 3, 4, 10, 2], cache=0.5)
    for a in (np.arange(half), np.arange(half, 2 * half)):
        amount = amounts(w, half, 260, 0.7)
        i, t, s, k = sessions(
            w, amount, p.tz[a], p.late_shift[a], turns=6, gap=40, profile=OFFICE, weekend=0.05, active=0.9
        )
        w.emit(p.gid[a[i]], t, style[pick(mix(s, 1), 6)], C["inkpatch"], API, session=told(s, 2, 9), turn=k)


def reseller_seats(w: World) -> None:
    """A regional reseller's cards on unrelated people's plans; some are suspended with the wave, and reinstated."""
    r = w.rng
    p = people(w, 220, "reseller_seats", country=r.choice([1, 10, 18], 220))
    lots = w.start - r.random(9) * 200 * DAY
    sign_up(w, p, lots[r.integers(0, 9, p.n)], 5)
    p.put(card=cards(w, 6)[r.integers(0, 6, p.n)], issuer="SG-issuer-02", bill="SG", plan="plus")
    for g in r.choice(p.gid, 70, replace=False):
        at = w.at(6, 13.5) + float(r.gamma(2, 1500))
        w.actions.append((int(g), "suspend", at, "coordinated_abuse"))
        w.actions.append((int(g), "reinstate", at + DAY * (0.3 + float(r.random())), "appeal"))
    chat(w, p, 190, 0.7, turns=3)


def review_bots(w: World) -> None:
    """An open-source review action in strangers' CI, from the CI vendor's short-lived runners."""
    p = people(w, 280, "review_bots")
    style = w.works.kit(3, tools=1, cap=3, in_med=4200, in_sig=0.9, out_med=420, cache=0.2)
    amount = amounts(w, p.n, 290, 0.6)
    i, t, s, _ = sessions(w, amount, p.tz, p.late_shift, turns=3, gap=14, profile=OFFICE + 6, weekend=0.2, active=0.85)
    net, addr = w.nets.address(w.nets.runners[2], pick(mix(s, 3), 9000), t)
    kind = np.minimum(2, pick(mix(p.gid[i], 8), 4))
    w.emit(p.gid[i], t, style[kind], C["reviewmate"], API, where=SERVER, net=net, addr=addr)
    chat(w, p, 25, 1.1)


def synth_team(w: World) -> None:
    """One company's 96 service accounts behind its own balancer, evenly loaded, day and night."""
    n = 96
    p = people(w, n, "synth_team")
    one_owner(w, p, np.zeros(n, int))
    q = balance(w, arrivals(w, np.full(DAYS, n * 34.0), np.ones(24)), n, 80, 1500.0, 0.004)
    style = w.works.own(5, cap=[4, 2, 11, 4, 2], out_med=700, reason=0.6)
    machines = w.nets.put(w.nets.hosts[1], 77 * 256, 14, 9 * DAY)
    gid = p.gid[q.acc]
    net, addr = w.nets.address(machines, gid, q.t)
    moved = (q.t > w.at(RELEASE) + 5 * HOUR) & (u01(mix(q.job, 1)) < 0.5)
    w.emit(
        gid,
        q.t,
        style[pick(mix(q.job, 2), 5)],
        C["python-sdk"],
        API,
        where=SERVER,
        net=net,
        addr=addr,
        status=q.status,
        hdr=2,
        ver=w.clients.latest("python-sdk", w.start - 20 * DAY),
        model=np.where(moved, NEW_MODEL, 4),
    )


def cgnat_town(w: World) -> None:
    """A rural provider's customers behind eight addresses."""
    nets = w.nets
    p = people(w, 360, "cgnat_town", country=2)
    gate = nets.put(nets.place[nets.homes[2][3][0]][0], 512, 8, 4 * HOUR)
    p.put(home=gate)
    send_home(p)
    net, addr = nets.address(gate, p.gid, p.created)
    p.put(sign_net=net, sign_addr=addr)
    chat(w, p, 70, 1.3)


def relay_cards(w: World) -> None:
    """Privacy-minded people: masked mail, one-time cards of one issuer, VPNs and even the lab's own exits."""
    r, nets = w.rng, w.nets
    p = people(w, 180, "relay_cards")
    p.put(email=r.choice(["hide-alias.me", "duckmask.com", "proton.me"], p.n), issuer="Paperleaf Virtual")
    p.put(vpn=r.choice(nets.vpns[:3] + nets.relays, p.n), phone=None)
    chat(w, p, 80, 1.1, turns=3)
    lab.cover(w, p, w.memo["exits"], 30)
