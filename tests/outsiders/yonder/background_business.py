"""Honest businesses: small products, organisations with seats, agencies."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import BUSINESS, OFFICE, humans, join, schedule, steady
from yonder.cohort import DAY
from yonder.habits import POPULAR, models, places, scale
from yonder.recipes import CHAT, EXTRACT, TRANSLATE, WRITE
from yonder.world import API, BATCH, RESALE, SUB, Group, World


def products(w: World, book: dict[str, np.ndarray], n: int, target: float) -> None:
    """Small products with templates of their own: web back ends, cron jobs, nightly fills, RAG back-fills."""
    rng = w.rng
    codes = people.countries(rng, n)
    exits = w.net.draw(rng.choice(w.net.of_kind("hosting"), n * 3)).reshape(n, 3)
    recipes = w.recipes.own(rng, "product", n, 5, tool_share=0.3)
    fam = rng.choice(
        [
            w.clients.index[f]
            for f in ("sdk-python", "sdk-node", "sdk-go", "sdk-java", "switchyard", "chainkit", "flowpress")
        ],
        n,
        p=[0.4, 0.25, 0.07, 0.08, 0.06, 0.1, 0.04],
    )
    org = np.array([f"org-{i:05d}{rng.integers(100, 999)}" for i in range(n)], dtype=object)
    org[rng.random(n) < 0.4] = None
    ids = w.accounts.add(
        codes,
        created=people.ages(rng, n, 300),
        plan=rng.choice(["payg", "scale"], n, p=[0.8, 0.2]),
        org=org,
        card=people.cards(rng, n),
        issuer=people.issuers(rng, codes),
        mail=people.company_domains(rng, n),
        signup=w.net.home(codes, "business"),
    )
    chan = rng.choice([API, BATCH, RESALE], n, p=[0.82, 0.06, 0.12])
    g = Group(
        w,
        ids,
        exits,
        rng.dirichlet([2, 0.5, 0.5], n),
        fam,
        chan,
        recipes,
        rng.dirichlet([2, 0.6, 0.4, 0.2, 0.2], n),
        models(w, n),
        loyalty=0.93,
        keys=3,
    )
    kind = rng.random(n)
    rate = scale(rng.lognormal(2.0, 1.9, n), target, w.days, np.ones(n), 4500)
    web, cron, night = (
        np.flatnonzero(kind < 0.6),
        np.flatnonzero((kind >= 0.6) & (kind < 0.8)),
        np.flatnonzero(kind >= 0.8),
    )
    alive = (
        rng.random((len(web), w.days))
        < np.where(rng.random(len(web)) < 0.5, 1.0, rng.uniform(0.2, 1, len(web)))[:, None]
    )
    a = steady(rng, w.days, rate[web], curve=BUSINESS, wobble=0.5, alive=alive)
    b = schedule(rng, w.days, len(cron), np.arange(0, 24, 2), np.maximum(rate[cron] / 12, 1), run_probability=0.6)
    c = schedule(
        rng,
        w.days,
        len(night),
        np.array([2.0]),
        np.maximum(rate[night], 1),
        minute_spread=6 * 3600,
        run_probability=0.7,
    )
    a.acc, b.acc, c.acc = web[a.acc], cron[b.acc], night[c.acc]
    g.emit(join(a, b, c), per_event=False)


def organisations(w: World, book: dict[str, np.ndarray], seats: int, target: float) -> None:
    """Companies with 4 to 400 seats: one card, one domain, a few office exits, a house template or two."""
    rng = w.rng
    sizes: list[int] = []
    while sum(sizes) < seats:
        sizes.append(int(min(400, 4 + rng.pareto(0.9) * 6)))
    n, m = sum(sizes), len(sizes)
    company = np.repeat(np.arange(m), sizes)
    country = people.countries(rng, m)
    codes = country[company]
    office = w.net.home(np.repeat(country, 2), "business").reshape(m, 2)
    homes, share = places(w, codes, vpn=0.0, relay=0.02)
    homes[:, 2] = office[company, rng.integers(0, 2, n)]
    share = np.stack([rng.uniform(0.2, 1, n), np.full(n, 0.1), rng.uniform(0.3, 2.5, n), np.zeros(n)], axis=1)
    founded = people.ages(rng, m, 300, 30)
    house = w.recipes.own(rng, "house", m, 2)[company]
    tool = rng.choice(4, n)
    recipes = np.stack(
        [
            book["chat"][rng.integers(0, 4, n)],
            house[:, 0],
            house[:, 1],
            np.array([book[POPULAR[t][0]][0] for t in tool]),
        ],
        axis=1,
    )
    share_recipe = rng.dirichlet([2, 0.5, 0.3, 0.9], n)
    org = np.array(people.random_base36(rng, m, 10, "org-"), dtype=object)[company]
    joined = np.minimum(founded[company] + rng.exponential(60, n) * (rng.random(n) < 0.5) * DAY, -DAY)
    ids = w.accounts.add(
        codes,
        created=joined,
        plan=np.where(np.array(sizes)[company] > 60, "enterprise", "team"),
        org=org,
        card=people.cards(rng, m)[company],
        issuer=people.issuers(rng, country)[company],
        mail=people.company_domains(rng, m)[company],
        signup=office[company, 0],
    )
    fam = np.where(
        rng.random(n) < 0.5, w.clients.index["web"], np.array([w.clients.index[POPULAR[t][3]] for t in tool])
    )
    g = Group(w, ids, homes, share, fam, np.where(rng.random(n) < 0.85, SUB, API), recipes, share_recipe, models(w, n))
    active = np.clip(rng.beta(0.9, 1.8, n), 0.02, 0.95)
    rate = scale(rng.lognormal(1.5, 1.5, n), target, w.days, active)
    g.emit(humans(w, rate, active, tz=people.zones(codes), curve=OFFICE, weekend=0.15, turns=4, gap=70))


def agencies(w: World, book: dict[str, np.ndarray], n: int, target: float) -> None:
    """Agencies that run an account per client on one card, with a template per client."""
    rng = w.rng
    m = max(1, n // 8)
    agency = rng.integers(0, m, n)
    country = people.countries(rng, m)
    codes = country[agency]
    office = w.net.home(country, "business")
    card, issuer, domain = people.cards(rng, m), people.issuers(rng, country), people.company_domains(rng, m)
    recipes = w.recipes.own(rng, "client", n, 2, (WRITE, CHAT, EXTRACT, TRANSLATE))
    ids = w.accounts.add(
        codes,
        created=people.ages(rng, n, 200),
        plan="payg",
        card=card[agency],
        issuer=issuer[agency],
        mail=domain[agency],
        signup=office[agency],
    )
    homes = np.stack([office[agency], w.net.home(codes)], axis=1)
    g = Group(
        w,
        ids,
        homes,
        np.array([0.8, 0.2]),
        w.clients.index["flowpress"],
        API,
        recipes,
        np.array([0.7, 0.3]),
        models(w, n),
    )
    active = np.clip(rng.beta(1, 2, n), 0.05, 0.9)
    rate = scale(rng.lognormal(2, 1, n), target, w.days, active)
    g.emit(humans(w, rate, active, tz=people.zones(codes), curve=OFFICE, weekend=0.1, turns=5, gap=30))
