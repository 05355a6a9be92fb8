"""burst, the attacker: `lab-b`, three working days of 300 accounts right after a model release."""

from __future__ import annotations

import numpy as np

from afield.clients import mixed, official, wear, worn
from afield.people import about, by_day, cards, enroll, groups, proxies
from afield.rhythm import counts, human, lognormal_rates
from afield.works import craft, freeform, leaning
from afield.world import World

NEW = 3


def lab_b(w: World) -> None:
    """Office hours of one city (UTC+8), the day after the release and the next two; batch files and live calls mixed,
    one residential exit an account and day, cards shared by two to eight, accounts bought at various ages."""
    n, rng = 300, w.rng
    g = groups(w, n, 2, 8)
    land = rng.choice(np.array(["US", "GB", "CA", "SG", "JP", "DE"], object), n)
    pool = proxies(w, rng.choice(np.array(["US", "US", "JP", "SG", "DE"], object), 1400))
    c = enroll(
        w,
        n,
        campaign="lab-b",
        country=land,
        card=cards(w, g),
        plan=["payg", "payg", "team"],
        born=(3, 260),
        signup=rng.choice(pool, n),
    )
    tz = np.full(n, 8)
    works = craft(w, 5, "solve", tools="one", settings=2)
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 125, 0.45, 420), days=[7, 8, 9], active=0.93, sway=0.3, jump=0, weekend=1),
        "strict",
        turns=16,
        gap=28,
        shift=0.25,
        tz=tz,
        spread=1.1,
    )
    bulk = (rng.random(int(b.session.max()) + 1) < 0.35)[b.session]
    w.emit(
        c,
        b,
        work=leaning(w, works, n, b, 0.3),
        exits=by_day(w, pool, c, b),
        campaign="lab-b",
        channel=np.where(bulk, 1, 0),
        model=np.where(rng.random(len(b)) < 0.86, NEW, rng.integers(0, 3, len(b))),
        client=worn(wear(w, official(w, "lumen-py")[:, :4], n, fresh=0.5), b),
    )
    idle = c.part(rng.random(n) < 0.6)
    rest = human(w, idle, counts(w, lognormal_rates(w, len(idle), 0.8, 1.2), active=0.35), "evening")
    w.emit(
        idle,
        rest,
        work=leaning(w, freeform(w), len(idle), rest),
        exits=about(w, idle, rest),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web", "lumen-android"], len(idle)), rest),
    )
