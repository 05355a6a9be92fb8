"""honest_work, first half: machines with one maker's work — recipes, schedulers, queues, gateways, bots."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, official, wear, worn
from afield.people import about, by_session, cards, enroll, groups, side_life
from afield.places import cloud, lines
from afield.rhythm import counts, human, lognormal_rates, queue, ticks, uniform
from afield.works import craft, leaning, own, per_session
from afield.world import World


def recipe_hourly(w: World) -> None:
    """Strangers who clicked 'install' on one no-code inbox recipe; the platform runs it hourly from six exits."""
    n = 260
    c = enroll(w, n, decoy="recipe_hourly", plan=["payg", "payg", "plus"])
    b = ticks(w, c, w.rng.choice([24.0, 24, 24, 16, 12], n), jitter=45)
    own_step = own(w, n, ["digest"])
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.93, craft(w, 1, "digest")[0], own_step[b.pos]),
        exits=w.rng.choice(cloud(w, 6, "gcpish"), len(b)),
        channel="api",
        model=0,
        client=worn(wear(w, family(w, "stringline", 3, 1), n, upgrade=1, day=8), b),
    )
    side_life(w, c, 0.6)


def sched_equal(w: World) -> None:
    """A hosted scheduler, one price: every customer's agent is woken 22 times a day at random moments, one cloud."""
    n = 220
    c = enroll(w, n, decoy="sched_equal")
    b = uniform(w, c, np.full((n, w.days), 22) - w.rng.binomial(2, 0.3, (n, w.days)))
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 5, "agent", tools="one"), n, b, 0.85),
        exits=w.rng.choice(cloud(w, 14, "doish"), len(b)),
        channel="api",
        client=worn(wear(w, family(w, "wakeful", 4, 1), n, fresh=0.9), b),
    )
    side_life(w, c, 0.7)


def sched_tiered(w: World) -> None:
    """Another scheduler with three plans (8, 24, 72 wakes a day) which rents machines in four clouds."""
    n = 150
    c = enroll(w, n, decoy="sched_tiered", plan=["payg", "team"])
    tier = w.rng.choice([8, 24, 72], n, p=[0.6, 0.32, 0.08])
    b = uniform(w, c, w.rng.binomial(tier[:, None] + 1, 0.96, (n, w.days)))
    pool = np.concatenate([cloud(w, 9, k) for k in ("awsish", "hetz", "ovhish", "gcpish")])
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.7, craft(w, 1, "agent", tools="one")[0], own(w, n, ["agent", "digest"])[b.pos]
        ),
        exits=w.rng.choice(pool, len(b)),
        channel="api",
        client=worn(wear(w, family(w, "nightjar-run", 5, 2), n, fresh=0.6), b),
    )


def batch_lru(w: World) -> None:
    """A document-processing vendor: customers bring keys, agree to pool them, jobs go to the key idle for longest."""
    n = 130
    c = enroll(w, n, decoy="batch_lru", mail="own", org=np.arange(n), plan="payg")
    b = queue(w, c, n * 24, "flat", block=2, slack=0.06)
    kinds = per_session(w, craft(w, 6, "extract", settings=2), b)
    w.emit(
        c,
        b,
        work=kinds,
        exits=w.rng.choice(cloud(w, 8, "ovhish"), len(b)),
        channel=np.where(w.rng.random(len(b)) < 0.6, 1, 0),
        model=np.where(w.rng.random(len(b)) < 0.9, 0, 1),
        client=worn(wear(w, family(w, "paperloom", 2, 1), n, fresh=0.9), b),
    )
    own_days = human(w, c, counts(w, lognormal_rates(w, n, 4, 1.3), active=0.6, weekend=0.2), "office")
    w.emit(
        c,
        own_days,
        work=own(w, n, ["chat", "extract"])[own_days.pos],
        exits=about(w, c, own_days),
        channel="api",
        client=worn(mixed(w, ["lumen-py", "lumen-js"], n), own_days),
    )


def franchise_bot(w: World) -> None:
    """190 pizza shops of one chain, franchisees owning one to five shops, one vendor's order bot at the till."""
    n = 190
    owner = groups(w, n, 1, 5)
    c = enroll(w, n, decoy="franchise_bot", country=["DE", "DE", "NL", "PL"], card=cards(w, owner), born=(40, 400))
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 20, 0.35), weekend=1.4, sway=0.25), "shop", turns=2.5, gap=30, shift=0.3
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 3, "chat", tools="one"), b, [0.8, 0.15, 0.05]),
        exits=c.home[b.pos],
        channel="api",
        model=0,
        client=worn(wear(w, family(w, "tillmate", 3, 1), n, upgrade=1, day=4), b),
    )


def gateway_150(w: World) -> None:
    """One gateway product used by 150 organisations: its client everywhere, each with its own templates and keys."""
    n = 230
    org = np.r_[np.arange(150), w.rng.integers(0, 150, n - 150)]
    c = enroll(w, n, decoy="gateway_150", org=org, plan="team", mail="own")
    b = human(w, c, counts(w, lognormal_rates(w, n, 13, 1.1, 200), weekend=0.5), "business_api", turns=1.5, gap=4)
    exits = np.concatenate([cloud(w, 5, "awsish"), cloud(w, 5, "gcpish")])
    work = own(w, 150, ["chat", "extract", "summary", "code"])[org][b.pos]
    guard = craft(w, 2, "grade")
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.35, w.rng.choice(guard, len(b)), work),
        exits=by_session(w, exits, b),
        channel=np.array([0, 0, 4])[w.rng.integers(0, 3, n)][b.pos],
        client=worn(wear(w, family(w, "switchyard", 9, 2), n, fresh=0.35), b),
    )


def ci_review(w: World) -> None:
    """A code-review action on 220 repositories: each run gets a fresh runner address out of thousands."""
    n = 220
    c = enroll(w, n, decoy="ci_review", plan="payg")
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 16, 0.7, 90), active=0.8, weekend=0.3, jump=0.05), "dev", turns=4, gap=14
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 3, "solve", tools="one"), b, [0.75, 0.2, 0.05]),
        exits=by_session(w, cloud(w, 4200, "runnerfarm"), b),
        channel="api",
        client=worn(wear(w, family(w, "lintern", 6, 1), n, fresh=0.8), b),
    )
    side_life(w, c, 0.8)


def support_vendor(w: World) -> None:
    """A white-label help-desk running 90 shops' chats on the shops' own keys from its four servers, day and night."""
    n = 90
    c = enroll(w, n, decoy="support_vendor", mail="own", org=np.arange(n), plan=["payg", "team"])
    b = human(w, c, counts(w, lognormal_rates(w, n, 28, 0.5, 160), weekend=0.9), "business_api", turns=3, gap=70)
    skin = own(w, n, ["chat"], tools=0)
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.5, craft(w, 1, "chat", tools="one")[0], skin[b.pos]),
        exits=w.rng.choice(cloud(w, 4, "hetz"), len(b)),
        channel="api",
        session_share=0.07,
        client=worn(wear(w, family(w, "helpcarriage", 4, 1), n, fresh=0.95), b),
    )


def campus_queue(w: World) -> None:
    """A lab's job queue over students' and staff's personal education credits, least-recently-used, three exits."""
    n = 90
    c = enroll(w, n, decoy="campus_queue", country="DE", mail="uni-tal.de", plan="payg", card="none", born=(5, 60))
    b = queue(w, c, n * 19, "campus", tz=1, block=1, slack=0.15, weekend=0.8)
    gate = lines(w, np.full(3, "DE", object), "education")
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 9, "reason", settings=2), b),
        exits=w.rng.choice(gate, len(b)),
        model=2,
        channel="api",
        client=worn(wear(w, official(w, "lumen-py"), n, fresh=0.3), b),
    )
    side_life(w, c, 1.2)
