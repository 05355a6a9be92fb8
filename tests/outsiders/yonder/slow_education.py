"""World 4: a slow harvest that hides among students: 500 accounts on university networks during term."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from yonder import people
from yonder.arrivals import CAMPUS, humans
from yonder.background import background, everyday_enforcement
from yonder.cohort import DAY, batches, shared_cards, sign_up
from yonder.education_lookalikes import lookalikes
from yonder.recipes import Shape
from yonder.tokens import mix
from yonder.world import API, SUB, Group, World

CAMPAIGN = "lab-ivy"
PREFER = Shape("grade", 2900, 0.45, 12, 0.3, cache=0.3, cap=48, fixed=0.4, stream=False)
SCORE = Shape("grade", 3500, 0.45, 180, 0.4, reason=0.3, cache=0.3)
STEPS = Shape("reason", 360, 0.5, 1700, 0.5, reason=0.7)
SIZE = 500


def lab(w: World, book: dict[str, np.ndarray]) -> None:
    """The campaign: small sign-up batches per campus, look-alike campus mail, a few shared cards, human campus
    hours.
    """
    rng, n = w.rng, SIZE
    w.campaign(CAMPAIGN)
    used = rng.choice(w.net.universities, 14, replace=False)
    created, batch = batches(rng, n, (4, 12), (-75, -3), 20.0)
    campus = rng.choice(used, int(batch.max()) + 1)[batch]
    codes = np.array([w.net.country[c] for c in campus])
    nat = np.array([rng.choice(w.net.campus_nat[c]) for c in campus])
    second = np.array([rng.choice(w.net.campus_nat[c]) for c in campus])
    lab_machine = np.concatenate([w.net.draw(np.full(9, c)) for c in used])
    where = {int(c): i for i, c in enumerate(used)}
    third = np.array([lab_machine[where[int(c)] * 9 + rng.integers(0, 9)] for c in campus])
    style = rng.integers(0, 4, int(batch.max()) + 1)[batch]
    forged = np.array(
        [
            (f"student.uni{c}.edu.co", f"uni{c}.ac", f"alumni-uni{c}.edu.kg", "gmail.com")[s]
            for c, s in zip(campus, style, strict=True)
        ],
        dtype=object,
    )
    stray = rng.random(n) < 0.2
    forged[stray] = people.mails(rng, int(stray.sum()))
    plan = rng.choice(["free", "plus", "payg"], n, p=[0.35, 0.35, 0.3])
    card = shared_cards(rng, n, (2, 5), 0.12)
    card[plan == "free"] = None
    issuer = people.issuers(rng, codes)
    virtual = rng.random(n) < 0.35
    issuer[virtual] = people.virtual_issuer(rng, int(virtual.sum()), ("vcc-orbit", "neo-r", "prepaid-ten"))
    ids = sign_up(
        w,
        n,
        created=created,
        plan=plan,
        codes=codes,
        card=card,
        issuer=issuer,
        mail=forged,
        signup=nat,
        campaign=CAMPAIGN,
    )
    rows = np.concatenate(
        [
            w.recipes.family(PREFER, "ivy-prefer", 5),
            w.recipes.family(SCORE, "ivy-score", 3),
            w.recipes.family(STEPS, "ivy-steps", 5),
        ]
    )
    weight = np.array([0.13] * 5 + [0.05] * 3 + [0.04] * 5) * rng.lognormal(0, 0.5, (n, 13))
    family = np.where(
        plan == "payg",
        rng.choice([w.clients.index[f] for f in ("sdk-python", "python-requests")], n, p=[0.8, 0.2]),
        rng.choice([w.clients.index[f] for f in ("web", "desktop-app")], n, p=[0.8, 0.2]),
    )
    same = rng.random(n) < 0.45
    g = Group(
        w,
        ids,
        np.stack([nat, second, third], axis=1),
        np.array([0.5, 0.2, 0.3]),
        family,
        np.where(plan == "payg", API, SUB),
        np.tile(rows, (n, 1)),
        weight,
        np.full(n, 2),
        lag=np.where(same, 16 * DAY, w.clients.lags(rng, family)),
        variant=np.where(same, 5, rng.geometric(0.12, n)),
        loyalty=0.9,
        keys=1,
    )
    ses = humans(
        w,
        rng.uniform(10, 17.5, n),
        np.full(n, 0.8),
        tz=people.zones(codes),
        curve=CAMPUS,
        weekend=0.4,
        turns=1.5,
        gap=140,
        jitter=0.2,
        surge=0.0,
    )
    g.emit(ses, campaign=0, per_event=True)
    cover = humans(w, np.full(n, 2.0), np.full(n, 0.12), tz=people.zones(codes), curve=CAMPUS)
    g.emit(cover, campaign=0, recipe=rng.choice(book["chat"], len(cover.acc)))
    travel = np.flatnonzero(mix(ids, 3) < 0.1)
    homes = w.net.home(np.where(np.isin(codes[travel], people.COUNTRIES), codes[travel], "US"))[:, None]
    away = Group(
        w,
        ids[travel],
        homes,
        np.ones(1),
        family[travel],
        g.channel[travel],
        np.tile(rows, (len(travel), 1)),
        weight[travel],
        np.full(len(travel), 2),
        lag=g.lag[travel],
        variant=g.variant[travel],
        keys=1,
    )
    away.emit(
        humans(
            w,
            np.full(len(travel), 4.0),
            np.full(len(travel), 0.25),
            tz=people.zones(codes[travel]),
            curve=CAMPUS,
        ),
        campaign=0,
    )


def build(seed: int) -> World:
    """Build the world."""
    w = World(
        "slow_education",
        datetime(2026, 10, 12),
        seed,
        models=[
            ("heron-4.5", -320 * DAY),
            ("heron-5-mini", -172 * DAY),
            ("heron-5", -210 * DAY),
            ("heron-5.5", -31 * DAY),
        ],
    )
    book = background(w, people_count=20000, exchanges=1.0e6, student_share=0.12)
    lab(w, book)
    lookalikes(w, book)
    everyday_enforcement(w)
    return w
