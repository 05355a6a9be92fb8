"""quiet_pool, the attackers: `lab-q`, a pool that gave up its rota, and `lab-w`, which shares only the work."""

from __future__ import annotations

import numpy as np

from afield.clients import mixed, worn
from afield.people import about, by_session, cards, enroll, groups, proxies, side_life, throwaway
from afield.places import lines
from afield.rhythm import counts, human, lognormal_rates
from afield.works import craft, freeform, leaning, own
from afield.world import World

APPS = ["lumen-web", "lumen-ios", "lumen-android"]


def lab_q(w: World) -> None:
    """400 accounts handed to about 70 hired people, who work when they like from rented residential lines."""
    n, rng = 400, w.rng
    card_group, boss = groups(w, n, 3, 6), groups(w, n, 4, 8)
    batch = np.sort(rng.choice([9.0, 17.0, 23.0, 41.0, 58.0], n))
    land = rng.choice(np.array(["US", "GB", "DE", "BR", "PH", "VN", "TR"], object), n)
    mail = np.where(rng.random(n) < 0.35, throwaway(w, 9)[rng.integers(0, 9, n)], "gmail.com")
    pool = proxies(w, rng.choice(np.array(["US", "US", "GB", "DE", "BR"], object), 850))
    c = enroll(
        w,
        n,
        campaign="lab-q",
        country=land,
        card=cards(w, card_group),
        mail=mail,
        plan=["plus", "payg", "pro"],
        born=(0, 1),
        signup=rng.choice(pool, n),
    )
    w.accounts.col("created")[c.ids] = -(batch + rng.random(n) * 0.8) * 86_400
    works = craft(w, 4, "solve", tools="one", settings=3)
    hire_tz = rng.choice([3, 7, 8, 8], int(boss.max()) + 1)[boss]
    hire_home = lines(w, rng.choice(np.array(["VN", "PH", "UA"], object), int(boss.max()) + 1))[boss]
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 22, 0.6, 130), active=0.72, weekend=0.55, sway=0.6, jump=0.03),
        "dev",
        turns=7,
        gap=75,
        shift=2.5,
        tz=hire_tz,
    )
    favourite = rng.choice(pool, (n, 4))
    rented = favourite[b.pos, (b.day // 2 + rng.integers(0, 2, len(b))) % 4]
    lazy = (rng.random(int(b.session.max()) + 1) < 0.12)[b.session]
    outfit = mixed(w, [*APPS[:1], "lumen-py", "sidecar-ide"], n, [0.6, 0.25, 0.15], fresh=0.5)
    w.emit(
        c,
        b,
        work=leaning(w, works, n, b, 0.4),
        exits=np.where(lazy, hire_home[b.pos], rented),
        campaign="lab-q",
        client=worn(outfit, b),
        channel=np.where(rng.random(n) < 0.65, 2, 0)[b.pos],
    )
    extra = human(w, c, counts(w, lognormal_rates(w, n, 2.5, 1.0), active=0.5), "evening", tz=hire_tz)
    w.emit(
        c,
        extra,
        work=leaning(w, freeform(w), n, extra),
        exits=by_session(w, pool, extra),
        channel="subscription",
        client=worn(outfit, extra),
    )


def lab_w(w: World) -> None:
    """300 careful accounts: own card, own home line, own client, own hours; three templates of one family, one tool
    set. Nothing links them, and each lives a life besides."""
    n = 300
    c = enroll(w, n, campaign="lab-w", plan=["payg", "plus", "pro"], born=(2, 400))
    works = craft(w, 3, "reason", tools="one", settings=2)
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 24, 0.5, 110), active=0.85, weekend=0.7, sway=0.5),
        "dev",
        turns=4,
        gap=150,
        shift=3,
        spread=1.2,
    )
    outfit = mixed(w, ["lumen-web", "lumen-py", "lumen-js", "raw-http", "lumen-go"], n, [0.3, 0.3, 0.2, 0.1, 0.1])
    w.emit(
        c,
        b,
        work=leaning(w, works, n, b, 0.6),
        exits=about(w, c, b, 0.1),
        campaign="lab-w",
        client=worn(outfit, b),
        channel=np.where(w.rng.random(n) < 0.5, 0, 2)[b.pos],
    )
    chores = human(w, c, counts(w, lognormal_rates(w, n, 3, 1.0), active=0.5), "dev")
    w.emit(
        c,
        chores,
        work=own(w, n, ["chat", "code", "summary"])[chores.pos],
        exits=about(w, c, chores),
        channel="api",
        client=worn(outfit, chores),
    )
    side_life(w, c, 1.0)
