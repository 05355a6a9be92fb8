"""Honest crowds of world 3: many homes, one kind of work, for a reason anyone can check."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from yonder import people
from yonder.arrivals import HOME, OFFICE, population
from yonder.cohort import DAY, batches, sign_up
from yonder.habits import models, places
from yonder.recipes import CHAT, GRADE, REASON, SUMMARY, TRANSLATE, WRITE, Shape
from yonder.world import API, SUB, Group, World

RATE = Shape("grade", 2200, 0.6, 240, 0.6, reason=0.3)
SOLVE = Shape("reason", 310, 0.5, 1400, 0.6, reason=0.6)
POLISH = Shape("translate", 820, 0.6, 860, 0.6)


@dataclass(frozen=True)
class Crowd:
    """People at home doing one kind of work with their own accounts and cards."""

    name: str
    size: int
    countries: dict[str, float] | None
    clients: tuple[str, ...]
    channel: int
    plan: str
    per_day: float
    spread: float
    active: tuple[float, float]
    personal: float
    curve: np.ndarray
    weekend: float
    turns: float = 1.8
    gap: float = 150.0
    width: int = 8
    domain: str | None = None


def crowd(
    w: World,
    book: dict[str, np.ndarray],
    c: Crowd,
    rows: np.ndarray,
    created: np.ndarray | None = None,
    window: tuple[float, float] = (0.0, 14.0),
) -> None:
    """Emit one crowd: each member uses up to `width` of `rows` and, for a share `personal`, their own chat."""
    rng, n = w.rng, c.size
    codes = people.countries(rng, n, c.countries)
    homes, share = places(w, codes, mobile=0.15)
    mail = people.mails(rng, n)
    if c.domain:
        mail[rng.random(n) < 0.5] = c.domain
    created = people.ages(rng, n, 200, 3) if created is None else created
    ids = sign_up(w, n, created=created, plan=c.plan, codes=codes, mail=mail, signup=homes[:, 0], decoy=c.name)
    width = min(c.width, len(rows))
    picked = np.stack([rng.permutation(rows)[:width] for _ in range(n)])
    chat = np.broadcast_to(book["chat"][:1], (n, 1))
    weight = np.column_stack([rng.dirichlet(np.full(width, 1.2), n) * (1 - c.personal), np.full(n, c.personal)])
    family = rng.choice([w.clients.index[f] for f in c.clients], n)
    g = Group(w, ids, homes, share, family, c.channel, np.column_stack([picked, chat]), weight, models(w, n))
    ses = population(w, c, codes, 300)
    inside = (ses.start >= window[0] * DAY) & (ses.start < window[1] * DAY)
    g.emit(ses.pick(inside), per_event=True)


def lookalikes(w: World, book: dict[str, np.ndarray]) -> None:
    """All of them."""
    rng = w.rng
    west = {"US": 0.45, "GB": 0.15, "DE": 0.1, "CA": 0.1, "FR": 0.1, "IN": 0.1}
    late, _ = batches(rng, 220, (8, 20), (-90, -4), 20.0)
    crowd(
        w,
        book,
        Crowd(
            "evaluation_company_crowd",
            220,
            west,
            ("web", "desktop-app"),
            SUB,
            "plus",
            26,
            0.35,
            (0.6, 0.95),
            0.1,
            HOME,
            0.6,
            domain="rater.trueyard.com",
        ),
        np.concatenate([w.recipes.family(RATE, "trueyard-rate", 7), w.recipes.family(GRADE, "trueyard-pair", 3)]),
        late,
    )
    crowd(
        w,
        book,
        Crowd(
            "translation_network",
            180,
            {"ES": 0.2, "PL": 0.2, "FR": 0.2, "DE": 0.2, "BR": 0.2},
            ("quillroom", "web", "sdk-python"),
            API,
            "payg",
            20,
            0.7,
            (0.5, 0.9),
            0.15,
            OFFICE,
            0.3,
        ),
        w.recipes.family(POLISH, "lingua-pair", 20),
    )
    crowd(
        w,
        book,
        Crowd(
            "open_dataset_volunteers",
            260,
            None,
            ("mitra-script", "sdk-python", "sdk-node"),
            API,
            "payg",
            24,
            0.8,
            (0.4, 0.9),
            0.12,
            HOME,
            1.1,
            width=12,
        ),
        w.recipes.family(SOLVE, "mitra-open", 16),
    )
    crowd(
        w,
        book,
        Crowd(
            "tutor_marketplace",
            200,
            {"US": 0.4, "GB": 0.2, "IN": 0.4},
            ("web", "mobile-ios", "mobile-android"),
            SUB,
            "plus",
            14,
            0.6,
            (0.4, 0.9),
            0.2,
            HOME,
            0.9,
            turns=2.5,
        ),
        np.concatenate([w.recipes.family(SOLVE, "tutor-steps", 9), w.recipes.family(WRITE, "tutor-sheet", 6)]),
    )
    crowd(
        w,
        book,
        Crowd(
            "reading_extension",
            350,
            None,
            ("lantern-ext",),
            API,
            "payg",
            10,
            1.1,
            (0.2, 0.9),
            0.03,
            HOME,
            1.0,
            width=3,
            turns=2.0,
        ),
        np.concatenate([w.recipes.family(TRANSLATE, "lantern", 24), w.recipes.family(SUMMARY, "lantern-sum", 4)]),
    )
    crowd(
        w,
        book,
        Crowd(
            "fiction_tool_byok",
            300,
            west,
            ("quillroom",),
            API,
            "payg",
            18,
            1.0,
            (0.25, 0.9),
            0.05,
            HOME,
            1.1,
            turns=5,
            width=6,
        ),
        np.concatenate([w.recipes.family(WRITE, "quill", 10), w.recipes.family(CHAT, "quill-role", 4)]),
    )
    recent, _ = batches(rng, 140, (5, 14), (-200, -10), 48.0)
    crowd(
        w,
        book,
        Crowd(
            "maths_contest_coaches",
            140,
            west,
            ("sdk-python", "web", "termcode"),
            API,
            "payg",
            22,
            0.6,
            (0.3, 0.85),
            0.2,
            HOME,
            1.2,
            width=10,
        ),
        np.concatenate([w.recipes.family(SOLVE, "olymp", 14), w.recipes.family(REASON, "olymp-check", 5)]),
        recent,
        window=(0, 12),
    )
