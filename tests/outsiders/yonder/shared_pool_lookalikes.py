"""Honest populations of world 2 that look like a shared proxy pool (schedulers and gateways here)."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import BUSINESS, Sessions, expand, steady
from yonder.cohort import DAY, rota, sign_up, spread_sessions
from yonder.habits import models
from yonder.pool_scheduler import Rules, serve
from yonder.recipes import ANY, CLASSIFY, EXTRACT, SUMMARY
from yonder.shared_pool_lookalike_customers import agency, essay_schools, gateway_product, seat_reseller
from yonder.world import API, BATCH, SUB, Group, World


def failover_gateway(w: World, book: dict[str, np.ndarray]) -> None:
    """150 companies behind one gateway whose mutual-aid option retries a refused request on another member's key (by
    contract).
    """
    rng, n = w.rng, 150
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 280, 15),
        plan="payg",
        mail=people.company_domains(rng, n),
        signup=w.net.home(people.countries(rng, n), "business"),
        org=np.array(people.random_base36(rng, n, 10, "org-"), dtype=object),
        decoy="mutual_aid_gateway",
    )
    cloud = w.net.draw(np.full(9, w.net.of_kind("hosting")[0]))
    own = w.recipes.own(rng, "mutual", n, 3, ANY)
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 4)),
        np.ones(4),
        w.clients.index["switchyard"],
        API,
        own,
        np.array([0.7, 0.2, 0.1]),
        models(w, n),
        lag=np.full(n, 9 * DAY),
        variant=np.full(n, 1),
    )
    ses = steady(rng, w.days, rng.lognormal(2.5, 0.8, n), curve=BUSINESS, wobble=0.5).sorted()
    recipe = own[ses.acc, rng.choice(3, len(ses.acc), p=[0.7, 0.2, 0.1])]
    refused = rng.random(len(ses.acc)) < 0.025
    status = np.where(refused, rng.choice([429, 529, 403], len(refused), p=[0.7, 0.2, 0.1]), 0)
    g.emit(ses, recipe=recipe, status=status)
    again = ses.pick(np.flatnonzero(refused))
    again.acc = (again.acc + rng.integers(1, 6, len(again.acc))) % n
    again.start = np.minimum(again.start + rng.lognormal(0.7, 0.7, len(again.acc)), w.days * DAY - 2)
    g.emit(again, recipe=recipe[refused], status=np.full(len(again.acc), 200))


def lru_vendor(w: World, book: dict[str, np.ndarray]) -> None:
    """130 shops let a catalogue vendor use their keys; its queue is least-recently-used with limits, but each key
    does its owner's work only.
    """
    rng, n = w.rng, 130
    ids = sign_up(
        w,
        n,
        created=people.ages(rng, n, 160),
        plan="payg",
        mail=people.company_domains(rng, n),
        decoy="lru_catalogue_vendor",
    )
    cloud = w.net.draw(np.full(6, w.net.of_kind("hosting")[5]))
    rows = w.recipes.family(EXTRACT, "catalogue", 3)
    tags = w.recipes.family(CLASSIFY, "catalogue-tags", 2)
    g = Group(
        w,
        ids,
        rng.choice(cloud, (n, 3)),
        np.ones(3),
        w.clients.index["batchworks"],
        API,
        np.tile(rows, (n, 1)),
        np.ones(3),
        np.full(n, 0),
    )
    ses = spread_sessions(rng, w.days, 42_000, 3.0, 2.0, BUSINESS)
    ses.acc = rota(rng, ses.start, np.full(n, -1.0), np.full(n, 99 * DAY), 4.0)
    g.emit(
        ses,
        recipe=np.where(rng.random(len(ses.acc)) < 0.6, rng.choice(rows, len(ses.acc)), rng.choice(tags, len(ses.acc))),
        channel=np.where(rng.random(len(ses.acc)) < 0.2, BATCH, API),
    )


def oncall_team(w: World, book: dict[str, np.ndarray]) -> None:
    """90 engineers of one firm share a relay that moves running sessions between their seats at shift change and on
    limits.
    """
    rng, n = w.rng, 90
    office = w.net.home(np.array(["DE", "IN", "US"]), "business")
    ids = sign_up(
        w,
        n,
        created=np.sort(people.ages(rng, n, 90, 3)),
        plan="enterprise",
        codes=np.full(n, "DE"),
        card=np.full(n, people.cards(rng, 1)[0]),
        issuer=np.full(n, "de-bank-1", dtype=object),
        mail=np.full(n, "tramontane-ops.de", dtype=object),
        org=np.full(n, "org-tramontane", dtype=object),
        signup=np.full(n, office[0]),
        decoy="oncall_shared_sessions",
    )
    rows = w.recipes.family(SUMMARY, "tramontane-incident", 2, tools=2)
    g = Group(
        w,
        ids,
        rng.choice(office, (n, 2)),
        np.array([0.8, 0.2]),
        w.clients.index["sdk-go"],
        SUB,
        np.tile(rows, (n, 1)),
        np.ones(4),
        np.full(n, 2),
        variant=np.full(n, 2),
    )
    ses = spread_sessions(rng, w.days, 21_000, 9.0, 70.0, BUSINESS, wave=0.5)
    src, turn, at = expand(rng, ses)
    order = np.argsort(at)
    served = serve(
        rng, at[order], src[order], np.full(n, -1.0), np.full(n, 99 * DAY), Rules(stick=4 * 3600.0, failure=0.02)
    )
    req = order[served.request]
    one = Sessions(served.account, served.at, np.ones(len(req), dtype=np.int64), np.ones(len(req)))
    keep = one.start < w.days * DAY
    g.emit(one.pick(keep), recipe=rows[src[req][keep] % 4], status=served.status[keep])
    w.parts[-1]["ses"] = (w.sessions + src[req][keep]).astype(np.int64)
    w.parts[-1]["turn"] = turn[req][keep].astype(np.int32)
    w.sessions += len(ses.acc)


def lookalikes(w: World, book: dict[str, np.ndarray]) -> None:
    """All of them."""
    for make in (failover_gateway, seat_reseller, gateway_product, agency, lru_vendor, essay_schools, oncall_team):
        make(w, book)
