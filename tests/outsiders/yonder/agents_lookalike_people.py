"""Honest people of world 1 who look like an agentic harvest."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import OFFICE, humans
from yonder.cohort import DAY, batches, shared_cards, sign_up
from yonder.habits import models, places
from yonder.recipes import AGENT
from yonder.world import API, SUB, Group, World


def viral_agent(w: World, book: dict[str, np.ndarray]) -> None:
    """400 people sign up in the days after an open-source agent goes viral (day 3): one template, one fresh client."""
    rng, n = w.rng, 400
    codes = people.countries(rng, n)
    created = 3.2 * DAY + np.minimum(rng.exponential(1.6, n), 9) * DAY
    homes, share = places(w, codes, mobile=0.1)
    ids = sign_up(
        w,
        n,
        created=created,
        plan=rng.choice(["payg", "pro"], n, p=[0.7, 0.3]),
        codes=codes,
        signup=homes[:, 0],
        decoy="viral_agent",
    )
    rows = w.recipes.family(AGENT, "moltling", 1, tools=1, settings=2)
    recipes = np.column_stack([np.tile(rows, (n, 1)), book["chat"][rng.integers(0, 4, (n, 1))]])
    g = Group(
        w,
        ids,
        homes,
        share,
        w.clients.index["shipwright"],
        np.where(rng.random(n) < 0.3, SUB, API),
        recipes,
        np.array([0.6, 0.25, 0.15]),
        models(w, n),
        lag=np.zeros(n) + DAY,
    )
    g.emit(
        humans(
            w,
            rng.lognormal(2.9, 1.0, n).clip(1, 300),
            rng.uniform(0.15, 0.9, n),
            tz=people.zones(codes),
            turns=7,
            gap=25,
        )
    )


def consultancy(w: World, book: dict[str, np.ndarray]) -> None:
    """300 developers of one consultancy: one card, one domain, sign-ups by project batch, six VPN exits, a house
    template.
    """
    rng, n = w.rng, 300
    codes = people.countries(rng, n, {"IN": 0.6, "PL": 0.2, "US": 0.2})
    created, _ = batches(rng, n, (20, 40), (-140, -3), 2.0)
    office = w.net.home(np.array(["IN", "IN", "IN", "US", "US", "DE"]), "business")
    ids = sign_up(
        w,
        n,
        created=created,
        plan="enterprise",
        codes=codes,
        card=np.full(n, people.cards(rng, 1)[0]),
        issuer=np.full(n, "in-bank-1", dtype=object),
        mail=np.full(n, "northlane-soft.com", dtype=object),
        org=np.full(n, "org-northlane", dtype=object),
        signup=rng.choice(office, n),
        decoy="consultancy_seats",
    )
    house = w.recipes.family(AGENT, "northlane", 3, tools=2)
    recipes = np.column_stack(
        [
            house[rng.integers(0, 6, (n, 3))],
            np.broadcast_to(book["termcode"][:1], (n, 1)),
            np.broadcast_to(book["chat"][:1], (n, 1)),
        ]
    )
    homes = np.column_stack([rng.choice(office, (n, 2)), w.net.home(codes)])
    g = Group(
        w,
        ids,
        homes,
        np.array([0.5, 0.3, 0.2]),
        w.clients.index["termcode"],
        np.where(rng.random(n) < 0.8, SUB, API),
        recipes,
        np.array([0.3, 0.15, 0.1, 0.3, 0.15]),
        np.full(n, 2),
        lag=np.full(n, 6 * DAY),
        variant=np.full(n, 1),
    )
    g.emit(
        humans(
            w,
            rng.lognormal(3.1, 0.6, n),
            rng.uniform(0.5, 0.95, n),
            tz=people.zones(codes),
            curve=OFFICE,
            weekend=0.08,
            turns=8,
            gap=25,
        )
    )


def bootcamp(w: World, book: dict[str, np.ndarray]) -> None:
    """160 bootcamp learners: all signed up one afternoon, same starter agent, one building by day, homes at night."""
    rng, n = w.rng, 160
    codes = np.full(n, "GB")
    building = w.net.home(np.full(3, "GB"), "business")
    mail = np.where(rng.random(n) < 0.6, "learners.codeharbour.co.uk", people.mails(rng, n)).astype(object)
    ids = sign_up(
        w,
        n,
        created=-5 * DAY + 13 * 3600 + rng.uniform(0, 2.5 * 3600, n),
        plan="plus",
        codes=codes,
        mail=mail,
        signup=rng.choice(building, n),
        decoy="bootcamp_cohort",
    )
    rows = w.recipes.family(AGENT, "harbour-starter", 3, tools=1)
    homes = np.column_stack([rng.choice(building, n), w.net.home(codes), w.net.shared(codes, w.net.cgnat)])
    recipes = np.column_stack([np.tile(rows, (n, 1)), np.tile(book["chat"][:2], (n, 1))])
    g = Group(
        w,
        ids,
        homes,
        np.array([0.6, 0.3, 0.1]),
        w.clients.index["sdk-node"],
        API,
        recipes,
        np.array([0.3, 0.25, 0.2, 0.15, 0.1]),
        np.full(n, 1),
        lag=np.full(n, 6 * DAY),
    )
    g.emit(
        humans(
            w,
            rng.lognormal(3.0, 0.5, n),
            np.full(n, 0.85),
            curve=OFFICE,
            weekend=0.3,
            turns=6,
            gap=50,
        )
    )


def reseller(w: World, book: dict[str, np.ndarray]) -> None:
    """240 seats sold by an honest reseller: sign-ups in batches, one card per dozen, one issuer; buyers do as they
    please.
    """
    rng, n = w.rng, 240
    codes = people.countries(rng, n, {"ID": 0.4, "VN": 0.3, "PH": 0.3})
    created, _ = batches(rng, n, (10, 14), (-90, -1), 1.5)
    homes, share = places(w, codes, mobile=0.7)
    office = w.net.home(np.array(["SG"]), "business")
    ids = sign_up(
        w,
        n,
        created=created,
        plan=rng.choice(["plus", "pro"], n, p=[0.6, 0.4]),
        codes=codes,
        card=shared_cards(rng, n, (10, 14)),
        issuer=np.full(n, "vcc-nimble", dtype=object),
        signup=np.full(n, office[0]),
        decoy="reseller_seats",
    )
    fam = rng.choice(
        [w.clients.index[f] for f in ("web", "mobile-android", "termcode", "ide-bridge")], n, p=[0.4, 0.25, 0.2, 0.15]
    )
    recipes = np.column_stack([np.tile(book["chat"], (n, 1)), np.tile(book["termcode"][:2], (n, 1))])
    g = Group(w, ids, homes, share, fam, SUB, recipes, rng.dirichlet([1, 0.3, 0.5, 0.3, 0.6, 0.3], n), models(w, n))
    g.emit(
        humans(
            w,
            rng.lognormal(2.4, 0.9, n),
            rng.uniform(0.3, 0.95, n),
            tz=people.zones(codes),
            turns=3,
        )
    )


def payment_outage(w: World, book: dict[str, np.ndarray]) -> None:
    """110 developers with one prepaid issuer that failed on day 7: suspended together, reinstated or re-registered
    next day.
    """
    rng, n = w.rng, 110
    codes = people.countries(rng, n, {"BR": 0.5, "PE": 0.3, "TR": 0.2})
    homes, share = places(w, codes)
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 150),
        plan="payg",
        codes=codes,
        issuer=np.full(n, "prepaid-ten", dtype=object),
        signup=homes[:, 0],
        decoy="payment_outage",
    )
    moved = np.arange(n) >= 70
    w.accounts.frame().loc[ids[moved], "created"] = 7.2 * DAY + rng.uniform(0, 1.5 * DAY, 40)
    w.action(ids[:70], "suspend", 6.7 * DAY + rng.uniform(0, 1200, 70), "payment_failed")
    w.action(ids[:70], "reinstate", 7.5 * DAY + rng.uniform(0, DAY, 70), "payment_ok")
    tool = np.array([book[k][0] for k in ("termcode", "shipwright", "opencrew")])[rng.integers(0, 3, n)]
    recipes = np.column_stack([tool, w.recipes.own(rng, "outage", n, 2)])
    g = Group(
        w,
        ids,
        homes,
        share,
        rng.choice([w.clients.index["termcode"], w.clients.index["opencrew"]], n),
        API,
        recipes,
        np.array([0.6, 0.25, 0.15]),
        models(w, n),
    )
    ses = humans(
        w,
        rng.lognormal(2.8, 0.8, n),
        rng.uniform(0.4, 0.95, n),
        tz=people.zones(codes),
        turns=6,
        gap=30,
    )
    off = (ses.start > 6.7 * DAY) & (ses.start < 7.8 * DAY) & (ses.acc < 70)
    g.emit(ses.pick(~off))
