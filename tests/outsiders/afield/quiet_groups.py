"""quiet_pool, look-alikes of `lab-q`: small groups on one card, home lines, human hours, a shared task."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, wear, worn
from afield.people import about, by_session, cards, enroll, groups, proxies, side_life, throwaway
from afield.places import CODES, WEIGHTS, lines
from afield.rhythm import counts, human, lognormal_rates
from afield.works import craft, freeform, leaning, own, per_session
from afield.world import World

APPS = ["lumen-web", "lumen-ios", "lumen-android"]


def tutoring_families(w: World) -> None:
    """Families of four on a parent's card, all using one tutoring service's exercise templates after school."""
    n = 240
    g = np.arange(n) // 4
    land = w.rng.choice(np.array(["KR", "JP", "SG", "IN"], object), 60)
    home = lines(w, land)
    c = enroll(
        w, n, decoy="tutoring_families", country=land[g], home=home[g], card=cards(w, g), plan="plus", born=(5, 200)
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 17, 0.7, 100), active=0.7, weekend=1.2), "evening", turns=9, gap=80)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 5, "solve", tools="one"), n, b, 0.5),
        exits=about(w, c, b, 0.2),
        channel="subscription",
        client=worn(mixed(w, APPS, n), b),
    )
    side_life(w, c, 0.8)


def bpo_homeworkers(w: World) -> None:
    """An outsourcer's staff at home: the team leader's card pays for three to six accounts, one quality rubric, the
    employer's residential-grade secure line for some sessions."""
    n = 240
    g = groups(w, n, 3, 6)
    c = enroll(
        w, n, decoy="bpo_homeworkers", country=["PH", "PH", "CO"], card=cards(w, g), plan=["plus", "pro"], born=(5, 45)
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 24, 0.5, 120), active=0.75, weekend=0.4),
        "office",
        turns=9,
        gap=80,
        shift=2.5,
    )
    secure = lines(w, np.full(120, "US", object))
    some = (w.rng.random(int(b.session.max()) + 1) < 0.5)[b.session]
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 4, "grade", settings=2), n, b, 0.4),
        channel="subscription",
        exits=np.where(some, by_session(w, secure, b), about(w, c, b)),
        client=worn(mixed(w, APPS[:1], n), b),
    )
    side_life(w, c, 1.0)


def micro_bookkeepers(w: World) -> None:
    """Bookkeeping partnerships of three to six with one card, a trade association's template set, at home offices."""
    n = 220
    g = groups(w, n, 3, 6)
    c = enroll(
        w, n, decoy="micro_bookkeepers", country=["GB", "AU", "CA"], card=cards(w, g), plan="payg", born=(20, 300)
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 19, 0.6, 100), active=0.8, weekend=0.2), "office", turns=6)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 6, "extract", tools="one", settings=2), n, b, 0.4),
        exits=about(w, c, b, 0.1),
        channel="api",
        client=worn(wear(w, family(w, "ledgerline", 4, 2), n), b),
    )
    side_life(w, c, 0.6)


def expat_flatmates(w: World) -> None:
    """Students abroad: flats of three to six split one card and use a home-exit proxy to read the news of their
    country; their degree programme hands out the same study prompts."""
    n = 220
    g = groups(w, n, 3, 6)
    land = w.rng.choice(np.array(["GB", "DE", "AU"], object), int(g.max()) + 1)
    c = enroll(
        w,
        n,
        decoy="expat_flatmates",
        country=land[g],
        card=cards(w, g),
        home=lines(w, land)[g],
        plan="plus",
        born=(5, 60),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 15, 0.8, 110), active=0.75), "campus", turns=6, shift=2)
    pool = proxies(w, np.full(420, "IN", object))
    away = (w.rng.random(int(b.session.max()) + 1) < 0.55)[b.session]
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.6, leaning(w, craft(w, 4, "qa"), n, b), leaning(w, freeform(w), n, b)),
        exits=np.where(away, w.rng.choice(pool, (n, 4))[b.pos, b.day // 4], about(w, c, b)),
        channel="subscription",
        client=worn(mixed(w, APPS, n), b),
    )


def translator_collectives(w: World) -> None:
    """Collectives of literary translators: a card each for three to six members, one glossary tool, home all day."""
    n = 190
    g = groups(w, n, 3, 6)
    c = enroll(
        w, n, decoy="translator_collectives", country=["AR", "ES", "MX", "IT"], card=cards(w, g), plan=["payg", "pro"]
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 23, 0.6, 120), active=0.75, weekend=0.5),
        "dev",
        turns=8,
        gap=90,
        shift=2.5,
    )
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 4, "translate", tools="one", settings=3), n, b, 0.4),
        exits=about(w, c, b, 0.1),
        channel=np.where(w.rng.random(n) < 0.5, 0, 2)[b.pos],
        client=worn(mixed(w, ["lumen-web", "lumen-py"], n), b),
    )
    side_life(w, c, 0.8)


def parish_volunteers(w: World) -> None:
    """Volunteer groups digitising registers: the parish's card for three to six helpers, one transcription prompt."""
    n = 150
    g = groups(w, n, 3, 6)
    c = enroll(
        w, n, decoy="parish_volunteers", country=["PL", "IT", "US"], card=cards(w, g), plan="plus", born=(10, 12)
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 13, 0.9, 90), active=0.5, weekend=1.6), "evening", turns=10, gap=60)
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 2, "extract"), b),
        exits=about(w, c, b),
        channel="subscription",
        client=worn(mixed(w, APPS[:1], n), b),
    )
    side_life(w, c, 0.5)


def indie_studios(w: World) -> None:
    """Game studios of three to six friends, one card, working from home on a popular dialogue-writing tool."""
    n = 210
    g = groups(w, n, 3, 6)
    c = enroll(w, n, decoy="indie_studios", card=cards(w, g), plan=["pro", "payg"])
    b = human(w, c, counts(w, lognormal_rates(w, n, 20, 0.9, 150), active=0.7, weekend=0.7), "dev", turns=7, shift=3)
    mine = own(w, int(g.max()) + 1, ["agent", "qa"])[g]
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.55, leaning(w, craft(w, 3, "qa", tools="one"), n, b), mine[b.pos]),
        exits=about(w, c, b),
        channel="api",
        client=worn(wear(w, family(w, "dialogue-forge", 5, 3), n), b),
    )


def gift_card_lots(w: World) -> None:
    """Freelancers who bought discounted accounts in lots of three to six, each lot paid by one gift card and mailed to
    a throw-away box; they do their own jobs, many with the same freelancing site's brief template."""
    n = 165
    g = groups(w, n, 3, 6)
    mail = throwaway(w, 5)
    c = enroll(
        w,
        n,
        decoy="gift_card_lots",
        country=["NG", "IN", "UA", "BR"],
        card=cards(w, g),
        issuer="US:gift-balance",
        mail=mail[w.rng.integers(0, 5, n)],
        plan="plus",
        born=(8, 30),
        signup=w.rng.choice(lines(w, w.rng.choice(CODES, 90, p=WEIGHTS)), n),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 21, 0.7, 130), active=0.75, weekend=0.7), "dev", turns=6, shift=2)
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.45,
            leaning(w, craft(w, 3, "solve", tools="one"), n, b),
            own(w, n, ["code", "chat", "translate"])[b.pos],
        ),
        exits=about(w, c, b, 0.25),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web", "sidecar-ide"], n), b),
    )
