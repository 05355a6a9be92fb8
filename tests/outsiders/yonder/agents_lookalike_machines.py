"""Honest machinery of world 1 that looks like an agentic harvest."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import BUSINESS, OFFICE, humans, schedule, steady
from yonder.cohort import DAY, rota, sign_up, spread_sessions
from yonder.habits import models
from yonder.recipes import AGENT, ANY, EXTRACT, REASON, REVIEW, WRITE
from yonder.world import API, BATCH, Group, World


def swe_benchmark(w: World, book: dict[str, np.ndarray]) -> None:
    """150 research groups run one public coding-agent benchmark nightly, more after the release; own clouds, old
    accounts.
    """
    rng, n = w.rng, 150
    codes = people.countries(rng, n)
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 300, 20),
        plan="payg",
        codes=codes,
        mail=people.company_domains(rng, n),
        decoy="swe_benchmark_harness",
    )
    cloud = w.net.draw(rng.choice(w.net.of_kind("hosting"), n * 2)).reshape(n, 2)
    rows = w.recipes.family(AGENT, "swe-arena", 2, tools=1)
    own = w.recipes.own(rng, "swe-own", n, 2)
    recipes = np.column_stack([np.tile(rows, (n, 1)), own])
    g = Group(
        w,
        ids,
        cloud,
        np.array([0.9, 0.1]),
        w.clients.index["opencrew"],
        API,
        recipes,
        np.array([0.45, 0.4, 0.1, 0.05]),
        np.full(n, 2),
    )
    nights = rng.uniform(0.25, 0.9, n)
    size = rng.lognormal(3.0, 0.6, n)
    ses = schedule(rng, w.days, n, np.array([1.0]), size, minute_spread=5 * 3600, gap=25)
    keep = rng.random(len(ses.acc)) < np.where(ses.start > w.models[-1][1], 0.95, nights[ses.acc])
    ses = ses.pick(keep)
    model = np.where((ses.start > w.models[-1][1]) & (rng.random(len(ses.acc)) < 0.7), 3, 2)
    g.emit(ses, model=model)


def review_bot(w: World, book: dict[str, np.ndarray]) -> None:
    """220 teams use one review bot in their CI with their own keys: shared runner exits, one template, office hours."""
    rng, n = w.rng, 220
    codes = people.countries(rng, n)
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 220),
        plan="payg",
        codes=codes,
        mail=people.company_domains(rng, n),
        org=np.array(people.random_base36(rng, n, 10, "org-"), dtype=object),
        decoy="ci_review_bots",
    )
    rows = w.recipes.family(REVIEW, "reviewbee", 2, tools=1)
    g = Group(
        w,
        ids,
        rng.choice(w.net.runners, (n, 30)),
        np.ones(30),
        w.clients.index["reviewbee"],
        API,
        np.tile(rows, (n, 1)),
        np.array([0.7, 0.3]),
        models(w, n),
        loyalty=0.95,
    )
    rate = rng.lognormal(2.6, 0.9, n).clip(1, 200)
    g.emit(
        humans(
            w,
            rate,
            rng.uniform(0.5, 0.95, n),
            tz=people.zones(codes),
            curve=OFFICE,
            weekend=0.12,
            turns=4,
            gap=6,
        ),
        hold=600,
    )


def agent_scheduler(w: World, book: dict[str, np.ndarray]) -> None:
    """180 customers of a hosted scheduler whose agents wake at random minutes, round the clock, on equal tiers."""
    rng, n = w.rng, 180
    codes = people.countries(rng, n)
    ids = sign_up(w, n, created=people.ages(rng, n, 120), plan="payg", codes=codes, decoy="hosted_agent_scheduler")
    cloud = w.net.draw(np.full(14, w.net.of_kind("hosting")[4]))
    rows = w.recipes.family(AGENT, "cronhouse-agent", 1, tools=1)
    own = w.recipes.own(rng, "cronhouse-task", n, 2, (AGENT, EXTRACT, WRITE))
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 8)),
        np.ones(8),
        w.clients.index["cronhouse"],
        API,
        np.column_stack([np.tile(rows, (n, 1)), own]),
        np.array([0.6, 0.3, 0.1]),
        models(w, n),
        loyalty=1.0,
    )
    tier = rng.choice(np.array([8.0, 24.0, 48.0]), n, p=[0.3, 0.5, 0.2])
    g.emit(steady(rng, w.days, tier, wobble=0.05, length=2.0, gap=8), hold=900)


def reasoning_recipe(w: World, book: dict[str, np.ndarray]) -> None:
    """260 strangers run one no-code recipe (hourly "think step by step" market notes): even, round the clock, vendor
    cloud.
    """
    rng, n = w.rng, 260
    ids = sign_up(w, n, created=people.ages(rng, n, 90), plan="payg", decoy="nocode_reasoning_recipe")
    cloud = w.net.draw(np.full(24, w.net.of_kind("hosting")[1]))
    rows = w.recipes.family(REASON, "flowpress-ponder", 3)
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 12)),
        np.ones(12),
        w.clients.index["flowpress"],
        API,
        rows[rng.integers(0, 3, (n, 1))],
        np.ones(1),
        np.full(n, 1),
        loyalty=1.0,
    )
    hourly = schedule(rng, w.days, n, np.arange(24), np.ones(n), run_probability=0.96)
    g.emit(hourly, hold=600)


def batch_vendor(w: World, book: dict[str, np.ndarray]) -> None:
    """120 customers lend a data-enrichment vendor their keys; it rotates least-recently-used over them, by batch,
    from its cloud.
    """
    rng, n = w.rng, 120
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 300),
        plan="payg",
        mail=people.company_domains(rng, n),
        decoy="batch_enrichment_vendor",
    )
    cloud = w.net.draw(np.full(5, w.net.of_kind("hosting")[3]))
    rows = w.recipes.family(EXTRACT, "batchworks", 4, tools=1)
    own = w.recipes.own(rng, "batchworks-customer", n, 2, ANY)
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 3)),
        np.ones(3),
        w.clients.index["batchworks"],
        BATCH,
        np.column_stack([np.tile(rows, (n, 1)), own]),
        np.ones(6),
        np.full(n, 1),
    )
    ses = spread_sessions(rng, w.days, 30_000, 15, 1.0, BUSINESS)
    ses.acc = rota(rng, ses.start, np.full(n, -1.0), np.full(n, 99 * DAY), 2.0)
    g.emit(ses, recipe=rng.choice(rows, len(ses.acc)))
    home = w.net.draw(rng.choice(w.net.of_kind("hosting"), n))[:, None]
    self_use = Group(w, ids, home, np.ones(1), w.clients.index["sdk-python"], API, own, np.ones(2), models(w, n))
    self_use.emit(humans(w, rng.lognormal(2, 1, n), rng.uniform(0.1, 0.8, n), curve=OFFICE, weekend=0.2))
