"""Honest campus populations: who they are, where they sit, when they work."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from yonder import people
from yonder.arrivals import CAMPUS, population
from yonder.cohort import DAY, sign_up
from yonder.habits import models
from yonder.world import Group, World


@dataclass(frozen=True)
class Campus:
    """One honest campus population: who, where, when, and how it signs up."""

    name: str
    size: int
    universities: int
    plan: str
    clients: tuple[str, ...]
    channel: int
    per_day: float
    spread: float
    active: tuple[float, float]
    day_weight: list[float] = field(default_factory=lambda: [1.0] * 14)
    weekend: float = 0.5
    personal: float = 0.2
    turns: float = 2.5
    gap: float = 110.0
    curve: np.ndarray = field(default_factory=lambda: CAMPUS)
    mail_share: float = 0.8
    home: float = 0.35


def settle(
    w: World,
    c: Campus,
    created: np.ndarray,
    *,
    org: np.ndarray | None = None,
    card: np.ndarray | None = None,
    university: int | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Accounts, countries, address slots and weights of a campus population."""
    rng, n = w.rng, c.size
    pool = (
        rng.choice(w.net.universities, c.universities, replace=False) if university is None else np.array([university])
    )
    campus = rng.choice(pool, n)
    codes = np.array([w.net.country[u] for u in campus])
    nat = np.array([rng.choice(w.net.campus_nat[u]) for u in campus])
    known = np.where(np.isin(codes, people.COUNTRIES), codes, "US")
    homes = np.stack([nat, w.net.draw(campus), w.net.home(known), w.net.shared(known, w.net.cgnat)], axis=1)
    share = np.stack(
        [np.full(n, 0.8 - c.home / 2), np.full(n, 0.2), rng.uniform(0, 2 * c.home, n), np.full(n, 0.1)], axis=1
    )
    mail = people.mails(rng, n)
    own = rng.random(n) < c.mail_share
    mail[own] = np.array([f"uni{u}.edu" if u % 2 else f"student.uni{u}.ac" for u in campus], dtype=object)[own]
    if card is None:
        card = people.cards(rng, n, 0.0 if c.plan == "free" else 1.0)
    ids = sign_up(
        w, n, created=created, plan=c.plan, codes=codes, card=card, mail=mail, org=org, signup=nat, decoy=c.name
    )
    return ids, codes, homes, share


def run(
    w: World,
    book: dict[str, np.ndarray],
    c: Campus,
    rows: np.ndarray,
    created: np.ndarray,
    *,
    university: int | None = None,
    org: np.ndarray | None = None,
    card: np.ndarray | None = None,
    lag: float | None = None,
) -> None:
    """Emit a population that follows human campus days."""
    rng, n = w.rng, c.size
    ids, codes, homes, share = settle(w, c, created, org=org, card=card, university=university)
    recipes = np.column_stack([np.tile(rows, (n, 1)), np.broadcast_to(book["chat"], (n, 4))])
    weight = np.column_stack(
        [
            rng.dirichlet(np.full(len(rows), 1.5), n) * (1 - c.personal),
            np.tile(np.array([0.6, 0.15, 0.15, 0.1]) * c.personal, (n, 1)),
        ]
    )
    family = rng.choice([w.clients.index[f] for f in c.clients], n)
    g = Group(
        w,
        ids,
        homes,
        share,
        family,
        c.channel,
        recipes,
        weight,
        models(w, n),
        lag=None if lag is None else np.full(n, lag * DAY),
    )
    ses = population(w, c, codes, 250)
    weights = np.array(c.day_weight) / max(c.day_weight)
    g.emit(ses.pick(rng.random(len(ses.acc)) < weights[np.minimum((ses.start // DAY).astype(int), w.days - 1)]))
