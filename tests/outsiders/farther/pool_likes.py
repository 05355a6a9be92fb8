"""Honest look-alikes of the pool that is resold."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import chat, heavy, personal
from farther.ids import card_ids, domains, org_ids
from farther.people import people
from farther.rhythm import human
from farther.world import HOUR, World


def hotel_chain(w: World, n: int, name: str) -> None:
    """One app day and night in many places, a third franchised: one fixed address each, hotels' rhythm and work."""
    rng, a = w.rng, w.a
    domain, org = domains(rng, 1)[0], org_ids(rng, 1)[0]
    franchised = rng.random(n) < 0.3
    card = np.where(franchised, card_ids(rng, n), card_ids(rng, 1)[0])
    acc = people(
        w,
        n,
        name,
        country={"ES": 4, "IT": 3, "FR": 3, "GB": 2, "AE": 1},
        org=np.where(franchised, None, org),
        plan="team",
        card=card,
        issuer=["amex", "invoice"],
        email=np.where(franchised & (rng.random(n) < 0.5), domains(rng, n), domain).astype(object),
        created=np.where(franchised, -35, -210) * DAY + rng.gamma(2, 4 * DAY, n),
    )
    a["office"][acc] = w.net.take(w.net.pick_asn(a["country"][acc], "business"))
    a["signup"][acc] = a["office"][acc]
    works = w.works.add(["support", "translate", "support"], tools=w.works.new_toolset())
    line = w.clients.line("concierge", [("4.2", -90), ("4.3", 7.3)], 1)
    u = human(w, acc, rng.poisson(135, n), "flat", 3, (60, 0.8), 1.1, day_sigma=0.15)
    w.emit(u, a["office"][u.acc], works[u.sess % 3], "api", line, "halcyon-3-mini", True)
    chat(w, acc, heavy(w, n, 12, 0.8, 0.4), "office", lambda u: a["office"][u.acc])


def freelance_coders(w: World, n: int, name: str) -> None:
    """Strangers on one VPN's exits with one agent build: own cards, evenings, two fifths of it from home."""
    acc = people(
        w,
        n,
        name,
        country={"UA": 4, "RO": 3, "BR": 3, "IN": 4, "PK": 2, "VN": 2, "PL": 2},
        plan="payg",
        issuer=["mc-vclo"],
        created=(-130, 90),
    )
    works = w.works.add(["agent", "code", "agent"], tools=w.works.new_toolset())
    line = w.clients.pinned("bountybox", "opencoder", "0.24-b2", 2)
    u = human(w, acc, heavy(w, n, 140, 0.5), "evening", 10, (28, 0.9), 0.8, day_sigma=0.5)
    vpn = w.net.vpn_exits[2, (u.acc * 3 + u.sess // 4) % 24]
    ip = np.where(u.sess % 5 < 3, vpn, w.life(u))
    w.emit(u, ip, works[u.sess % 3], "api", line, "halcyon-3-code", u.sess % 2 == 0)
    personal(w, acc, 50, 0.1)


def campus_class(w: World, n: int, name: str) -> None:
    """A burst of free accounts on four campus addresses, four templates: one university's mail, a deadline's curve."""
    rng, a = w.rng, w.a
    acc = people(
        w,
        n,
        name,
        country={"IN": 1},
        plan=np.where(rng.random(n) < 0.85, "free", "pro").astype(object),
        created=-6 * DAY + 4 * HOUR + rng.gamma(1.4, 2 * DAY, n),
        email=["iitx.ac.in", "iitx.ac.in", "gmail.com"],
    )
    dormitory = w.net.site("IN", "education", 4)
    a["office"][acc] = rng.choice(dormitory, n)
    a["signup"][acc[rng.random(n) < 0.7]] = dormitory[1]
    works = w.works.add(["reason", "code", "reason", "code"], tools=None)
    days = [0.3, 0.3, 0.4, 0.5, 0.5, 0.7, 0.9, 1.2, 2.5, 4, 0.2, 0.1, 0.1, 0.2]
    u = human(w, acc, heavy(w, n, 70, 0.6), "campus", 4, (45, 0.9), 1.0, days=days, day_sigma=0.3)
    ip = np.where(u.sess % 4 > 0, dormitory[u.sess % 4], w.life(u))
    line = w.clients.pinned("notebook", "halcyon-py", "7.1", 3)
    w.emit(u, ip, works[u.sess % 4], "api", line, "halcyon-3", False)
    chat(w, acc, heavy(w, n, 35, 1.0, 0.2))
