"""campuses: what its operator and its look-alikes have in common, the campuses and their mail."""

from __future__ import annotations

import numpy as np

from abroad.nets import CAMPUSES, CC, TZ
from abroad.people import words
from abroad.world import Pop, World

TAIL = {"GB": ".ac.uk", "JP": ".ac.jp", "KR": ".ac.kr", "AU": ".edu.au", "BR": ".edu.br", "IN": ".ac.in"}


def name_campuses(w: World) -> None:
    """Give each campus a mail domain; honest students of the background have it half the time."""
    nets, r, p = w.nets, w.rng, w.pops[0]
    lands = CC[nets.campus_country]
    domain = np.array([x + TAIL.get(c, ".edu") for x, c in zip(words(w, CAMPUSES), lands, strict=True)], object)
    for k in range(CAMPUSES):
        p.put((p.office == nets.wifi[k]) & (r.random(p.n) < 0.5), email=domain[k])
        p.put((p.office == nets.wifi[k]) & (r.random(p.n) < 0.2), vpn=nets.edu_vpn[k])
    w.memo["campus_mail"] = domain


def at_campus(w: World, p: Pop, k: np.ndarray) -> None:
    """Put a block's people on campuses (one number an account)."""
    r, nets = w.rng, w.nets
    c = nets.campus_country[k]
    p.put(country=c, tz=TZ[c], bill=CC[c])
    p.put(home=np.where(r.random(p.n) < 0.45, nets.dorm[k], nets.home(c)))
    p.put(office=nets.wifi[k], mobile=np.where(p.mobile >= 0, nets.mobile(c), -1), vpn=-1)
    p.put(email=np.where(r.random(p.n) < 0.7, w.memo["campus_mail"][k], p.email))


def some_campuses(w: World, n: int) -> np.ndarray:
    """Campuses of look-alikes: half are those the operator uses."""
    r = w.rng
    return np.where(r.random(n) < 0.5, r.choice(w.memo["ten"], n), r.integers(0, CAMPUSES, n))
