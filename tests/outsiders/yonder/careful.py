"""World 3: a lab that spends money on looking like 600 unrelated people."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from yonder import people
from yonder.arrivals import HOME, OFFICE, humans
from yonder.background import background, everyday_enforcement
from yonder.careful_lookalikes import lookalikes
from yonder.cohort import DAY, sign_up
from yonder.habits import models
from yonder.recipes import Shape
from yonder.tokens import mix
from yonder.world import API, SUB, Group, World

CAMPAIGN = "lab-heron-quiet"
PROOF = Shape("reason", 340, 0.55, 1500, 0.6, reason=0.65)
LESSON = Shape("write", 280, 0.6, 1100, 0.5)
CRITIQUE = Shape("reason", 1900, 0.6, 620, 0.6, reason=0.4)
CODEX = Shape("code", 900, 0.7, 760, 0.7)
SIZE = 600


def templates(w: World) -> np.ndarray:
    """24 template variants in four families of work."""
    return np.concatenate(
        [
            w.recipes.family(PROOF, "quiet-proof", 8),
            w.recipes.family(LESSON, "quiet-lesson", 6),
            w.recipes.family(CRITIQUE, "quiet-critique", 5),
            w.recipes.family(CODEX, "quiet-codex", 5),
        ]
    )


def lab(w: World, book: dict[str, np.ndarray]) -> None:
    """The campaign itself."""
    rng, n = w.rng, SIZE
    w.campaign(CAMPAIGN)
    codes = people.countries(
        rng, n, {"US": 0.42, "GB": 0.12, "DE": 0.1, "CA": 0.08, "FR": 0.07, "NL": 0.05, "ES": 0.04, "IN": 0.12}
    )
    shared = rng.choice(np.concatenate(w.homes), 9000, replace=False)
    alone = w.net.home(people.countries(rng, 15000))
    everywhere = np.concatenate([shared, alone])
    place = w.net.country_of(everywhere)
    by_code = {c: everywhere[place == c] for c in np.unique(codes)}
    own_line = rng.random(n) < 0.08
    created = np.minimum(-rng.uniform(6, 300, n), -5.0) * DAY + rng.normal(15, 4, n) * 3600
    issuer = people.issuers(rng, codes)
    virtual = rng.random(n) < 0.3
    issuer[virtual] = people.virtual_issuer(
        rng, int(virtual.sum()), ("neo-r", "neo-wise", "vcc-orbit", "neo-n26", "giftcard-blue")
    )
    pro = rng.random(n) < 0.35
    ids = sign_up(
        w,
        n,
        created=created,
        plan=np.where(pro, np.where(rng.random(n) < 0.5, "pro", "plus"), "payg"),
        codes=codes,
        issuer=issuer,
        signup=np.array([rng.choice(by_code[c]) for c in codes]),
        campaign=CAMPAIGN,
    )
    rows = templates(w)
    per = rng.integers(4, 12, n)
    recipes = np.stack([rng.permutation(rows)[:12] for _ in range(n)])
    weight = rng.dirichlet(np.full(12, 0.8), n) * (np.arange(12)[None, :] < per[:, None])
    key_fams, sub_fams = ("sdk-python", "sdk-node", "python-requests", "chainkit"), ("web", "desktop-app", "termcode")
    family = np.where(
        pro,
        rng.choice([w.clients.index[f] for f in sub_fams], n, p=[0.6, 0.2, 0.2]),
        rng.choice([w.clients.index[f] for f in key_fams], n, p=[0.5, 0.27, 0.1, 0.13]),
    )
    g = Group(
        w,
        ids,
        np.array([[rng.choice(by_code[c])] for c in codes]),
        np.ones(1),
        family,
        np.where(pro, SUB, API),
        recipes,
        weight,
        models(w, n),
        loyalty=0.85,
        keys=2,
    )

    def exit_for(acc: np.ndarray, at: np.ndarray) -> np.ndarray:
        out = np.zeros(len(acc), dtype=np.int32)
        spot = rng.random(len(acc))
        spot = np.where(own_line[acc], mix(g.ids[acc], np.floor(at / DAY)), spot)
        for c, pool in by_code.items():
            here = codes[acc] == c
            out[here] = pool[(spot[here] * len(pool)).astype(int)]
        return out

    rate = np.clip(rng.lognormal(np.log(24), 0.75, n), 3, 160)
    active = np.clip(rng.beta(5, 2.2, n), 0.15, 0.97)
    office = rng.random(n) < 0.35
    for curve, who, weekend in ((HOME, ~office, 0.9), (OFFICE + 6, office, 0.35)):
        ses = humans(
            w,
            rate * who,
            active * who,
            tz=people.zones(codes),
            curve=curve,
            weekend=weekend,
            turns=1.6,
            gap=170,
            jitter=0.7,
            surge=0.01,
        )
        g.emit(ses, campaign=0, address=exit_for, per_event=True)
        follow = ses.pick(rng.random(len(ses.acc)) < 0.17)
        follow.start = np.minimum(follow.start + rng.lognormal(5.2, 0.7, len(follow.acc)), w.days * DAY - 5)
        follow.length = np.ones(len(follow.acc), dtype=np.int64)
        g.emit(
            follow,
            campaign=0,
            recipe=rng.choice(book["chat"], len(follow.acc), p=[0.8, 0.1, 0.05, 0.05]),
            address=exit_for,
        )
    warm = humans(w, np.full(n, 2.0), np.full(n, 0.2), tz=people.zones(codes), turns=2)
    g.emit(warm, campaign=0, recipe=rng.choice(book["chat"], len(warm.acc)), address=exit_for)
    gone = rng.choice(n, 11, replace=False)
    w.action(ids[gone], "suspend", rng.uniform(2, 12, 11) * DAY, "review", close=True)


def build(seed: int) -> World:
    """Build the world."""
    w = World(
        "careful",
        datetime(2026, 5, 4),
        seed,
        models=[
            ("heron-4-mini", -480 * DAY),
            ("heron-4", -360 * DAY),
            ("heron-4.5", -158 * DAY),
            ("heron-5", -53 * DAY),
            ("heron-5-mini", -12 * DAY),
        ],
    )
    book = background(w, people_count=20000, exchanges=1.05e6)
    lab(w, book)
    lookalikes(w, book)
    everyday_enforcement(w)
    return w
