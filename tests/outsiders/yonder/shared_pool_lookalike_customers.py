"""Honest customers of world 2 who share cards, offices, a product or a reseller."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import BUSINESS, CAMPUS, OFFICE, humans, steady
from yonder.cohort import batches, shared_cards, sign_up
from yonder.habits import models, places
from yonder.recipes import ANY, CHAT, SUMMARY, TRANSLATE, WRITE, Shape
from yonder.world import API, SUB, Group, World

ESSAY = Shape("grade", 3900, 0.4, 22, 0.3, cache=0.5, cap=64, fixed=0.4, stream=False)


def gateway_product(w: World, book: dict[str, np.ndarray]) -> None:
    """170 organisations run the same self-hosted gateway: one client and header set, but own networks, cards and
    templates.
    """
    rng, n = w.rng, 170
    codes = people.countries(rng, n)
    cloud = w.net.draw(rng.choice(w.net.of_kind("hosting"), n * 2)).reshape(n, 2)
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 300, 5),
        plan="scale",
        codes=codes,
        mail=people.company_domains(rng, n),
        signup=w.net.home(codes, "business"),
        org=np.array(people.random_base36(rng, n, 10, "org-"), dtype=object),
        decoy="gateway_product",
    )
    own = w.recipes.own(rng, "gated", n, 4, ANY)
    g = Group(
        w,
        ids,
        cloud,
        np.array([0.8, 0.2]),
        w.clients.index["switchyard"],
        API,
        own,
        np.array([0.5, 0.25, 0.15, 0.1]),
        models(w, n),
        variant=np.full(n, 0),
        loyalty=0.7,
    )
    g.emit(steady(rng, w.days, rng.lognormal(2.7, 1.0, n).clip(1, 400), curve=BUSINESS, wobble=0.6))


def agency(w: World, book: dict[str, np.ndarray]) -> None:
    """One marketing agency with 110 client accounts on two cards and one mail domain; a template per client, office
    hours.
    """
    rng, n = w.rng, 110
    codes = np.full(n, "US")
    office = w.net.home(np.full(2, "US"), "business")
    created, _ = batches(rng, n, (3, 9), (-300, -2), 6.0)
    ids = sign_up(
        w,
        n,
        created=created,
        plan="payg",
        codes=codes,
        card=people.cards(rng, 2)[rng.integers(0, 2, n)],
        issuer=np.full(n, "us-bank-2", dtype=object),
        mail=np.full(n, "brightmoor.agency", dtype=object),
        signup=rng.choice(office, n),
        decoy="agency_client_accounts",
    )
    own = w.recipes.own(rng, "moor", n, 2, (WRITE, TRANSLATE, CHAT))
    shared = w.recipes.family(WRITE, "moor-house", 2)
    homes = np.column_stack([rng.choice(office, n), w.net.home(codes), rng.choice(w.net.relay_exits, n)])
    g = Group(
        w,
        ids,
        homes,
        np.array([0.7, 0.2, 0.1]),
        w.clients.index["flowpress"],
        API,
        np.column_stack([own, np.tile(shared, (n, 1))]),
        np.array([0.5, 0.2, 0.2, 0.1]),
        models(w, n),
    )
    g.emit(
        humans(
            w,
            rng.lognormal(2.6, 0.7, n),
            rng.uniform(0.3, 0.9, n),
            tz=-5,
            curve=OFFICE,
            weekend=0.1,
            turns=5,
            gap=40,
        )
    )


def essay_schools(w: World, book: dict[str, np.ndarray]) -> None:
    """200 schools use one hosted essay marker with their own accounts: long input, short constant output, term-time
    hours.
    """
    rng, n = w.rng, 200
    codes = people.countries(rng, n, {"US": 0.5, "GB": 0.3, "CA": 0.2})
    created, _ = batches(rng, n, (4, 15), (-160, -4), 30.0)
    ids = sign_up(
        w,
        n,
        created=created,
        plan="payg",
        codes=codes,
        mail=np.array([f"k12.{m}" for m in people.company_domains(rng, n)], dtype=object),
        decoy="essay_marking_schools",
    )
    cloud = w.net.draw(np.full(7, w.net.of_kind("hosting")[2]))
    rows = np.concatenate(
        [w.recipes.family(ESSAY, "gradeleaf-rubric", 5), w.recipes.family(SUMMARY, "gradeleaf-note", 1)]
    )
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 5)),
        np.ones(5),
        w.clients.index["gradeleaf"],
        API,
        np.tile(rows, (n, 1)),
        np.array([0.3, 0.2, 0.15, 0.15, 0.1, 0.1]),
        np.full(n, 1),
        loyalty=1.0,
    )
    g.emit(
        humans(
            w,
            rng.lognormal(3.2, 0.7, n),
            rng.uniform(0.3, 0.8, n),
            tz=people.zones(codes),
            curve=CAMPUS,
            weekend=0.35,
            turns=24,
            gap=3,
        )
    )


def seat_reseller(w: World, book: dict[str, np.ndarray]) -> None:
    """240 seats of an authorised reseller: a card and an issuer for each lot, lot sign-ups; each buyer has the seat
    to himself.
    """
    rng, n = w.rng, 240
    codes = people.countries(rng, n, {"TR": 0.35, "BR": 0.3, "IN": 0.35})
    created, _ = batches(rng, n, (18, 24), (-120, -2), 2.0)
    homes, share = places(w, codes, mobile=0.6)
    office = w.net.home(np.array(["TR", "TR"]), "business")
    ids = sign_up(
        w,
        n,
        created=created,
        plan="pro",
        codes=codes,
        card=shared_cards(rng, n, (18, 24)),
        issuer=np.full(n, "vcc-orbit", dtype=object),
        mail=np.where(rng.random(n) < 0.5, "seats.tezmarket.com", people.mails(rng, n)).astype(object),
        signup=rng.choice(office, n),
        decoy="authorised_reseller",
    )
    fam = rng.choice(
        [w.clients.index[f] for f in ("web", "mobile-android", "termcode", "desktop-app")], n, p=[0.35, 0.2, 0.35, 0.1]
    )
    recipes = np.column_stack(
        [np.tile(book["chat"], (n, 1)), np.tile(book["termcode"][:1], (n, 1)), w.recipes.own(rng, "buyer", n, 1)]
    )
    g = Group(w, ids, homes, share, fam, SUB, recipes, rng.dirichlet([1.2, 0.3, 0.5, 0.3, 0.8, 0.2], n), models(w, n))
    g.emit(
        humans(
            w,
            rng.lognormal(2.7, 0.9, n),
            rng.uniform(0.3, 0.95, n),
            tz=people.zones(codes),
            turns=4,
            gap=60,
        )
    )
