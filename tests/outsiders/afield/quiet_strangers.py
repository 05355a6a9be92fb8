"""quiet_pool, look-alikes of `lab-w`: strangers who share a template family and nothing else."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, official, wear, worn
from afield.people import about, enroll, side_life
from afield.rhythm import counts, human, lognormal_rates, ticks
from afield.works import craft, leaning, own, per_session
from afield.world import World

LOOSE = ["lumen-web", "lumen-py", "lumen-js", "raw-http", "lumen-go"]


def plugin_users(w: World) -> None:
    """Buyers of a paid editor plug-in with three templates and one tool set."""
    n = 230
    c = enroll(w, n, decoy="plugin_users", plan=["payg", "plus"])
    b = human(w, c, counts(w, lognormal_rates(w, n, 16, 1.0, 150), active=0.7, weekend=0.5), "dev", turns=5, gap=50)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 3, "code", tools="one", settings=2), n, b),
        exits=about(w, c, b, 0.1),
        channel="api",
        client=worn(wear(w, family(w, "penumbra-ide", 8, 4), n), b),
    )
    side_life(w, c, 0.9)


def home_recipes(w: World) -> None:
    """A self-hosted automation recipe on home servers: an hourly digest, from each owner's own line."""
    n = 180
    c = enroll(w, n, decoy="home_recipes")
    b = ticks(w, c, w.rng.choice([24.0, 12, 6], n, p=[0.6, 0.25, 0.15]), jitter=40, miss=0.04)
    w.emit(
        c,
        b,
        work=craft(w, 1, "digest")[0],
        exits=about(w, c, b, 0),
        channel="api",
        client=worn(wear(w, family(w, "hearthflow", 9, 2), n, fresh=0.3), b),
    )
    side_life(w, c, 0.8)


def book_readers(w: World) -> None:
    """Readers of a bestselling reasoning textbook who run its exercise script with their own key and any client."""
    n = 210
    c = enroll(w, n, decoy="book_readers", born=(0, 300))
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 18, 0.8, 120), active=0.6, weekend=1.2), "evening", turns=6, gap=150
    )
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 4, "reason", tools="one", settings=2), n, b, 0.5),
        exits=about(w, c, b, 0.1),
        channel=np.where(w.rng.random(n) < 0.6, 0, 2)[b.pos],
        client=worn(mixed(w, LOOSE, n), b),
    )
    side_life(w, c, 1.0)


def hobby_benchmarks(w: World) -> None:
    """Hobbyists who rerun an open benchmark of puzzles most days and post the scores."""
    n = 120
    c = enroll(w, n, decoy="hobby_benchmarks")
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 30, 0.4, 120), active=0.85),
        "evening",
        turns=60,
        gap=14,
        spread=0.5,
        shift=3,
    )
    w.emit(
        c,
        b,
        work=craft(w, 3, "reason", settings=1)[b.turn % 3],
        exits=about(w, c, b, 0),
        channel="api",
        client=worn(mixed(w, LOOSE[1:], n), b),
    )
    side_life(w, c, 1.5)


def mail_agent_owners(w: World) -> None:
    """Owners of a self-hosted mail assistant: it answers when mail arrives, each box at its own hours."""
    n = 250
    c = enroll(w, n, decoy="mail_agent_owners", mail="own")
    b = human(w, c, counts(w, lognormal_rates(w, n, 20, 0.7, 130), weekend=0.5), "office", turns=1.6, gap=40, shift=3)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 3, "agent", tools="one", settings=2), n, b, 0.6),
        exits=about(w, c, b, 0),
        channel="api",
        client=worn(mixed(w, LOOSE[1:4], n), b),
    )
    side_life(w, c, 0.6)


def citizen_science(w: World) -> None:
    """Volunteers who classify star-field notes with a distributed script that rations itself to 20 a day."""
    n = 220
    c = enroll(w, n, decoy="citizen_science")
    b = ticks(w, c, np.clip(w.rng.normal(20, 2, n), 10, 30), jitter=900, miss=0.2, drift=True)
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 2, "solve", settings=1), b),
        exits=about(w, c, b, 0),
        channel="api",
        client=worn(wear(w, official(w, "lumen-py"), n, fresh=0.4), b),
    )
    side_life(w, c, 1.0)


def fan_translators(w: World) -> None:
    """Fans who translate web novels with the forum's pinned prompts, from everywhere, when a chapter drops."""
    n = 160
    c = enroll(w, n, decoy="fan_translators", country=["ID", "BR", "VN", "FR", "US", "TR"])
    many = counts(w, lognormal_rates(w, n, 16, 0.9, 150), active=0.6, sway=0.9)
    b = human(w, c, many, "night", turns=12, gap=70, shift=5)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 3, "translate"), n, b, 0.7),
        exits=about(w, c, b, 0.2),
        channel=np.where(w.rng.random(n) < 0.3, 0, 2)[b.pos],
        client=worn(mixed(w, LOOSE, n), b),
    )
    side_life(w, c, 1.2)


def rubric_teachers(w: World) -> None:
    """Teachers who mark essays with one published rubric prompt: long in, a number out, at term's end."""
    n = 140
    c = enroll(w, n, decoy="rubric_teachers", country=["GB", "US", "CA", "AU"], plan="plus")
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 25, 0.5, 120), active=0.8, weekend=1.1), "evening", turns=25, gap=110
    )
    chores = own(w, n, ["chat", "long"])
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.85, leaning(w, craft(w, 3, "grade", settings=0), n, b), chores[b.pos]),
        exits=about(w, c, b, 0.1),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web"], n), b),
    )
    side_life(w, c, 1.0)
