"""Honest look-alikes of the lab whose accounts each do little."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import chat, heavy, personal
from farther.ids import card_ids, domains, org_ids
from farther.people import offices, people, shared_cards
from farther.rhythm import even, human
from farther.world import World


def crm_addin(w: World, n: int, name: str) -> None:
    """A dozen calls a weekday from eight addresses, some on the vendor's card: declared, firms' own mail and hours."""
    rng = w.rng
    acc = people(
        w,
        n,
        name,
        plan="team",
        email=domains(rng, n),
        card=np.where(rng.random(n) < 0.3, "pm_crmvendor01", card_ids(rng, n)).astype(object),
    )
    cloud = w.net.cloud(2, 8, "vendor-declared")
    works = w.works.add(["summarize", "extract"], tools=w.works.new_toolset())
    counts = rng.poisson(rng.uniform(90, 170, n))
    u = human(w, acc, counts, "office", 1.3, (20, 0.5), 0.08, day_sigma=0.12)
    line = w.clients.line("dealroom", [("6.6", -45), ("6.7", 9.2)], 1, shown="halcyon-go")
    ip = cloud[(u.sess + u.acc) % len(cloud)]
    w.emit(u, ip, works[u.sess % 3 // 2], "api", line, "halcyon-3-mini", False)
    personal(w, acc, 22, 0.4)


def tutors(w: World, n: int, name: str) -> None:
    """A marketplace's cards for 25 each, one prompt: own homes, hours after school, the browser."""
    acc = people(
        w,
        n,
        name,
        country={"US": 4, "GB": 3, "IN": 2, "KR": 2, "SG": 1},
        plan="pro",
        card=shared_cards(w, n, 25),
        issuer=["visa-wisecard"],
        created=(-200, 110),
    )
    works = w.works.add(["reason", "write", "chat"], tools=None, settings="rs-tutor")
    u = human(w, acc, heavy(w, n, 125, 0.4), "school", 6, (110, 0.8), 0.9, day_sigma=0.35)
    w.emit(u, w.life(u), works[u.sess % 3], "subscription", "web", "halcyon-3")
    personal(w, acc, 25, 0.2)


def clinic_scribes(w: World, n: int, name: str) -> None:
    """An even dozen a weekday over cloud resale, one tool set: clinics of four with office, invoice, working hours."""
    rng, a = w.rng, w.a
    clinics, row = n // 4, np.arange(n) // 4
    org = org_ids(rng, clinics + 1)
    acc = people(
        w,
        n,
        name,
        country={"US": 5, "CA": 1, "AU": 1},
        plan="team",
        org=np.where(rng.random(n) < 0.6, org[row], None),
        email=domains(rng, clinics + 1, ["health", "com"])[row],
        card=card_ids(rng, clinics + 1)[row],
        issuer=["invoice"],
        created=-rng.gamma(2, 100, clinics + 1)[row] * DAY - DAY,
    )
    for clinic in range(clinics):
        who = acc[row == clinic]
        land = int(a["country"][who[0]])
        a["country"][who], a["tz"][who] = land, a["tz"][who[0]]
        offices(w, who, land, 1)
    works = w.works.add(["summarize", "extract", "write"], tools=w.works.new_toolset())
    u = human(w, acc, rng.poisson(140, n), "office", 1.2, (90, 0.5), 0.03, day_sigma=0.12, shift_sd=0.7)
    ip = w.life(u)
    line = w.clients.pinned("ehrlink", "halcyon-go", "19.2")
    w.emit(u, ip, works[u.sess % 3], "cloud_resale", line, "halcyon-3-pro", False)
    some = acc[::3]
    chat(w, some, heavy(w, len(some), 20, 1.0, 0.3))


def smart_home(w: World, n: int, name: str) -> None:
    """Strangers' homes on one template set, even day and night: each at one fixed home, on one card for years."""
    acc = people(
        w,
        n,
        name,
        country={"DE": 3, "US": 4, "NL": 2, "SE": 1, "GB": 2},
        plan="payg",
        created=(-330, 160),
    )
    works = w.works.add(["classify", "summarize", "vision"], tools=w.works.new_toolset())
    line = w.clients.line("homehub", [("2026.1", -55), ("2026.2", -20), ("2026.3", 6.0)], 2)
    u = even(w, acc, w.rng.uniform(7, 15, n), 0.35)
    ip = w.homes[u.acc, w.lease_of(u)]
    w.emit(u, ip, works[u.sess % 3], "api", line, "halcyon-3-mini", False)
    personal(w, acc, 26, 0.4)
