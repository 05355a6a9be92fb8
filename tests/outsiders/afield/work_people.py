"""honest_work, second half: people who share one task — crowds, contests, communities, on-call teams, translators."""

from __future__ import annotations

import numpy as np

from afield.background import agents
from afield.clients import family, mixed, official, wear, worn
from afield.people import about, enroll, groups, side_life
from afield.places import cloud
from afield.rhythm import counts, human, lognormal_rates, ticks
from afield.works import craft, leaning, per_session
from afield.world import World


def viral_agent(w: World) -> None:
    """An open-source agent on every front page since day 3: new users daily, six releases in a fortnight."""
    n = 480
    c = enroll(w, n, decoy="viral_agent", born=(0, 90))
    since = np.minimum(3 + w.rng.geometric(0.25, n) - 1, 12)
    many = counts(w, lognormal_rates(w, n, 16, 1.1, 120), active=0.7) * (np.arange(w.days) >= since[:, None])
    b = human(w, c, many, "dev", turns=9, gap=15, spread=1.2)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 2, "agent", tools="one"), n, b, 0.9),
        exits=about(w, c, b, 0.08),
        channel="api",
        client=worn(wear(w, family(w, "crabclaw", 6, 4), n, fresh=0.5, upgrade=0.8), b),
    )
    side_life(w, c, 0.9)


def nightly_evals(w: World) -> None:
    """Teams that run the same public evaluation suite every night after the build; a rented box each."""
    n = 84
    c = enroll(w, n, decoy="nightly_evals", mail="own", org=groups(w, n, 1, 3))
    b = human(
        w,
        c,
        np.full((n, w.days), 38) - w.rng.binomial(38, 0.04, (n, w.days)),
        "night",
        turns=400,
        gap=11,
        spread=0.5,
        shift=0.2,
    )
    suite = craft(w, 14, "solve", settings=1)
    w.emit(
        c,
        b,
        work=suite[b.turn % 14],
        exits=np.concatenate([cloud(w, n // 2, "hetz"), cloud(w, n // 2, "awsish")])[b.pos],
        channel=np.where(w.rng.random(n) < 0.8, 0, 1)[b.pos],
        client=worn(wear(w, official(w, "lumen-py"), n), b),
    )
    side_life(w, c, 3, 1.5)


def annotation_crowd(w: World) -> None:
    """A labelling platform's 160 annotators: personal accounts, one grading rubric, paid by the piece."""
    n = 160
    c = enroll(w, n, decoy="annotation_crowd", country=["KE", "PH", "IN", "NG", "CO"], born=(3, 120))
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 24, 0.5, 120), active=0.75, weekend=0.7), "office", turns=14, gap=95
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 4, "grade", settings=1), b),
        exits=about(w, c, b, 0.45),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web", "lumen-android"], n, [0.9, 0.1]), b),
    )


def oncall_shared(w: World) -> None:
    """Fourteen on-call teams on one incident product: the next shift carries on the same session on its own account."""
    n = 70
    team = np.arange(n) // 5
    c = enroll(w, n, decoy="oncall_shared", org=team, plan="team", mail="own")
    lead = enroll(w, 14, org=np.arange(14), plan="team", mail="own")
    b = human(w, lead, counts(w, np.full(14, 75.0), sway=0.6), "flat", turns=12, gap=400)
    shift = ((b.t // (8 * 3600)).astype(int) + w.rng.integers(0, 2, len(b))) % 5
    b.pos = b.pos * 5 + shift
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 3, "agent", tools="one"), n, b, 0.2),
        keep_session=True,
        channel="subscription",
        exits=about(w, c, b, 0.3),
        client=worn(wear(w, family(w, "pagerleaf", 3, 2), n), b),
    )


def translation_houses(w: World) -> None:
    """Freelance translators and small houses with one CAT plug-in; deadlines make the days long and alike."""
    n = 150
    c = enroll(w, n, decoy="translation_houses", country=["PL", "ES", "IT", "BR", "TR", "UA", "FR"])
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 23, 0.45, 120), active=0.85, weekend=0.4),
        "office",
        turns=20,
        gap=70,
        shift=2,
    )
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 5, "translate", settings=2), n, b),
        exits=about(w, c, b, 0.05),
        channel="api",
        client=worn(wear(w, family(w, "segmentor", 7, 2), n, fresh=0.3), b),
    )
    side_life(w, c, 0.7)


def dataset_commons(w: World) -> None:
    """Volunteers who transcribe and tag out-of-copyright books with a shared script, round the clock, on own keys."""
    n = 200
    c = enroll(w, n, decoy="dataset_commons")
    b = ticks(w, c, np.clip(w.rng.normal(24, 5, n), 6, 60), jitter=700, miss=0.12, drift=True)
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 4, "qa", settings=1), b),
        exits=about(w, c, b, 0),
        channel="api",
        client=worn(wear(w, official(w, "lumen-py"), n, fresh=0.6), b),
    )
    side_life(w, c, 1.0)


def client_migration(w: World) -> None:
    """Users of one editor extension, all moved to a rewritten client by its store on day 6."""
    n = 400
    c = enroll(w, n, decoy="client_migration", plan=["plus", "payg"])
    grid = family(w, "quillbridge", 2, 2)
    outfit = np.column_stack([w.rng.choice(grid[0], n), w.rng.choice(grid[1], n), np.full(n, 6)])
    b = human(w, c, counts(w, lognormal_rates(w, n, 6, 1.0, 80), active=0.65, weekend=0.4), "dev", turns=5, gap=30)
    old, new = craft(w, 1, "code", tools="one"), craft(w, 2, "code", tools="one")
    w.emit(
        c,
        b,
        work=np.where(b.day < 6, old[0], per_session(w, new, b)),
        exits=about(w, c, b),
        client=worn(outfit, b),
        channel=np.where(w.rng.random(n) < 0.5, 0, 2)[b.pos],
    )
    side_life(w, c, 0.5, keep=0.4)


def redteam_contest(w: World) -> None:
    """A four-day public jail-break contest: one harness, many refusals, retries, VPN hopping, fresh accounts."""
    n = 240
    c = enroll(w, n, decoy="redteam_contest", born=(0, 20), plan=["payg", "free"], mail="free")
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 42, 0.8, 300), days=[7, 8, 9, 10], jump=0),
        "evening",
        turns=25,
        gap=35,
        shift=3,
    )
    refused = np.where(w.rng.random(len(b)) < 0.22, 400, 0)
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 8, "qa", settings=2), b),
        exits=about(w, c, b, 0.2),
        status=refused,
        channel="api",
        client=worn(wear(w, family(w, "gauntlet", 2, 3), n, fresh=0.9), b),
    )
    side_life(w, c, 0.5)


def agent_farmhands(w: World) -> None:
    """Hobbyists who leave a popular agent looping on their own machine all night, restarting it when it stops."""
    n = 130
    c = enroll(w, n, decoy="agent_farmhands", plan=["pro", "payg"])
    b = human(w, c, counts(w, lognormal_rates(w, n, 26, 0.5, 150), active=0.9), "night", turns=60, gap=110, shift=3)
    w.emit(
        c,
        b,
        work=leaning(w, agents(w)["forkpilot"], n, b),
        exits=about(w, c, b, 0),
        session_share=0.07,
        channel=np.where(w.rng.random(n) < 0.7, 2, 0)[b.pos],
        client=worn(wear(w, family(w, "forkpilot"), n), b),
    )
    side_life(w, c, 1.0)
