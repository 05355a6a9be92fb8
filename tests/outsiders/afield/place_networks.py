"""honest_places, second half: populations that share networks — venues, schools, offices, cafés, clouds, satellites."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, official, wear, worn
from afield.people import about, by_session, cards, enroll, proxies, side_life
from afield.places import CODES, WEIGHTS, cloud, lines, satellite
from afield.rhythm import counts, human, lognormal_rates, queue
from afield.works import craft, freeform, leaning, own, per_session
from afield.world import DAY, Beats, World

APPS = ["lumen-web", "lumen-ios", "lumen-android"]


def hackathon_night(w: World) -> None:
    """One evening, one hall, one starter template; accounts opened at meet-ups there on a sponsor's credits."""
    n = 220
    hall = lines(w, np.full(2, "NL", object), "business")
    c = enroll(
        w,
        n,
        decoy="hackathon_night",
        country=["NL", "NL", "DE", "GB"],
        born=(0, 40),
        card="none",
        signup=np.full(n, hall[0]),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 70, 0.8, 400), days=[8]), "venue", turns=30, gap=40, shift=1)
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.75,
            per_session(w, craft(w, 2, "agent", tools="one"), b),
            own(w, n, ["agent", "code"])[b.pos],
        ),
        exits=w.rng.choice(hall, len(b)),
        channel="api",
        client=worn(wear(w, official(w, "lumen-js"), n, fresh=0.95), b),
    )
    side_life(w, c, 0.8)


def classrooms(w: World) -> None:
    """Nine classes of 28 at four schools: the teacher's worksheet template, lesson hours, vouchers, a filter proxy."""
    n = 252
    school = np.arange(n) // 28 % 4
    gate = lines(w, np.full(4, "FR", object), "education")
    c = enroll(
        w,
        n,
        decoy="classrooms",
        country="FR",
        card="none",
        plan="plus",
        signup=gate[school],
        born=(10, 40),
        mail=np.array([f"lycee-{s}.edu" for s in school], object),
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 24, 0.3), active=0.6, weekend=0.0, sway=0.2),
        "lesson",
        turns=20,
        gap=60,
        shift=0.1,
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 5, "qa"), b),
        exits=gate[school[b.pos]],
        channel="subscription",
        client=worn(wear(w, official(w, "lumen-web")[:, :2], n), b),
    )
    side_life(w, c, 0.7)


def privacy_commons(w: World) -> None:
    """Members of a privacy forum: masked mail, prepaid cards of two issuers, a co-operative of rotating home exits."""
    n = 190
    c = enroll(
        w,
        n,
        decoy="privacy_commons",
        mail="masked",
        plan=["plus", "payg"],
        born=(0, 200),
        issuer=w.rng.choice(["EU:prepaid-1", "US:prepaid-2"], n),
    )
    w.accounts.col("phone")[c.ids] = None
    b = human(w, c, counts(w, lognormal_rates(w, n, 19, 0.8, 150), active=0.85), "evening", turns=4, shift=5)
    pool = proxies(w, w.rng.choice(CODES, 700, p=WEIGHTS))
    often = (w.rng.random(n) < 0.5)[b.pos]
    w.emit(
        c,
        b,
        work=leaning(w, np.r_[freeform(w), craft(w, 1, "chat", tools="one")], n, b),
        channel="subscription",
        exits=np.where(often, w.rng.choice(pool, len(b)), by_session(w, pool, b)),
        client=worn(wear(w, family(w, "hushbrowser", 2, 1), n, fresh=0.9), b),
    )


def coworking(w: World) -> None:
    """Nine co-working floors of 30 desks: strangers with their own work and cards behind one office address."""
    n = 270
    floor = np.arange(n) // 30
    land = w.rng.choice(CODES, 9, p=WEIGHTS)
    gate = lines(w, land, "business")
    c = enroll(w, n, decoy="coworking", country=land[floor], plan=["payg", "pro", "plus"], signup=gate[floor])
    b = human(w, c, counts(w, lognormal_rates(w, n, 16, 1.0, 200), active=0.75, weekend=0.1), "office", turns=4)
    there = w.rng.random(len(b)) < 0.8
    w.emit(
        c,
        b,
        work=np.where(
            (w.rng.random(n) < 0.5)[b.pos],
            own(w, n, ["code", "chat", "extract", "agent"])[b.pos],
            leaning(w, freeform(w), n, b),
        ),
        exits=np.where(there, gate[floor[b.pos]], about(w, c, b)),
        channel=np.where(w.rng.random(n) < 0.4, 0, 2)[b.pos],
        client=worn(mixed(w, [*APPS, "lumen-py"], n), b),
    )


def cloud_desktop(w: World) -> None:
    """Clients of a desktop-in-the-cloud service: one golden image (same browser, TLS, headers), 40 rotating exits."""
    n = 190
    c = enroll(w, n, decoy="cloud_desktop", country=["JP", "SG", "AU", "PH"], mail="own", plan="pro")
    b = human(w, c, counts(w, lognormal_rates(w, n, 21, 0.6, 140), active=0.85, weekend=0.2), "office", turns=4)
    image = family(w, "lumen-web-vdi", 2, 1)
    outfit = np.column_stack([np.full(n, image[0, 0]), np.full(n, image[1, 0]), np.full(n, 9)])
    w.emit(
        c,
        b,
        work=np.where(
            (w.rng.random(n) < 0.4)[b.pos], own(w, n, ["chat", "summary"])[b.pos], leaning(w, freeform(w), n, b)
        ),
        exits=by_session(w, cloud(w, 40, "azurish"), b),
        client=worn(outfit, b),
        channel="subscription",
    )
    side_life(w, c, 0.4, keep=0.4)


def gateway_failover(w: World) -> None:
    """A gateway whose 110 customers lend one another capacity by contract: a refused request is sent again within
    seconds on another customer's key, in the same session; each customer has its own templates."""
    n = 110
    c = enroll(w, n, decoy="gateway_failover", org=np.arange(n), mail="own", plan="payg")
    b = queue(w, c, n * 21, "business_api", block=1, slack=1.0)
    refused = w.rng.random(len(b)) < 0.09
    lent = Beats(
        w.rng.integers(0, n, int(refused.sum())),
        np.minimum(b.t[refused] + w.rng.uniform(2, 40, int(refused.sum())), w.days * DAY - 2),
        b.session[refused],
        b.turn[refused] + 1,
    )
    whole = Beats(*(np.concatenate([getattr(b, f), getattr(lent, f)]) for f in ("pos", "t", "session", "turn")))
    mine = own(w, n, ["chat", "extract", "summary", "code", "agent"])
    status = np.r_[
        np.where(refused, w.rng.choice([429, 529, 403], len(b), p=[0.8, 0.15, 0.05]), 0), np.zeros(len(lent))
    ]
    w.emit(
        c,
        whole,
        work=mine[np.r_[b.pos, b.pos[refused]]],
        exits=w.rng.choice(cloud(w, 7, "gcpish"), len(whole)),
        channel="api",
        status=status,
        keep_session=np.isin(whole.session, b.session[refused]),
        client=worn(wear(w, family(w, "lendgate", 3, 1), n, fresh=0.9), whole),
    )
    side_life(w, c, 2.0, keep=0.5)


def internet_cafes(w: World) -> None:
    """Fourteen cafés: shared machines (same browser build), the café's line, top-up cards bought at the counter."""
    n = 280
    cafe = np.arange(n) // 20
    land = w.rng.choice(np.array(["PH", "ID", "NG", "KE", "BR"], object), 14)
    gate = lines(w, land, v6=0)
    c = enroll(
        w,
        n,
        decoy="internet_cafes",
        country=land[cafe],
        plan="plus",
        signup=gate[cafe],
        home=gate[cafe],
        card=cards(w, np.arange(n) // 2),
        born=(0, 150),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 13, 0.8, 100), active=0.7, weekend=1.2), "evening", turns=8, gap=70)
    builds = official(w, "lumen-web")[0][:14]
    w.emit(
        c,
        b,
        work=leaning(w, freeform(w), n, b),
        exits=np.where(w.rng.random(len(b)) < 0.1, c.cell[b.pos], gate[cafe[b.pos]]),
        client=builds[cafe[b.pos]],
        channel="subscription",
    )


def relief_satellite(w: World) -> None:
    """Field staff of five relief organisations over three satellite teleports; one situation-report template."""
    n = 160
    ngo = w.rng.integers(-2, 5, n)
    c = enroll(
        w,
        n,
        decoy="relief_satellite",
        country=["KE", "UA", "NG"],
        org=np.maximum(ngo, -1),
        plan="team",
        card=cards(w, np.maximum(ngo, -1)),
        mail=np.array([f"relief-{max(k, 0)}.ngo" for k in ngo], object),
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 17, 0.8, 120), active=0.55, sway=0.8, weekend=0.9),
        "early",
        turns=5,
        gap=160,
        shift=2,
    )
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.7, per_session(w, craft(w, 2, "summary"), b), leaning(w, freeform(w), n, b)
        ),
        exits=by_session(w, satellite(w, 3), b),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web", "lumen-android"], n), b),
    )
