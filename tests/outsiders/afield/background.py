"""The ordinary customers: consumers, developers, agent users, companies, backends, agencies, students, families."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, official, wear, worn
from afield.people import FREE_MAIL, MASKED, about, cards, enroll, side_life
from afield.places import CLOUDS, CODES, WEIGHTS, cloud, common_vpn, lines, relays
from afield.rhythm import counts, human, lognormal_rates, ticks, uniform
from afield.works import craft, freeform, leaning, own
from afield.world import World

APPS = ["lumen-web", "lumen-ios", "lumen-android"]
SDKS = ["lumen-py", "lumen-js", "lumen-go", "lumen-java", "raw-http"]
AGENTS = ("forkpilot", "termite", "patchwork-cli", "gull", "sidecar-ide", "mender", "okapi", "notewright")


def agents(w: World) -> dict[str, np.ndarray]:
    """The popular agents' works: a few templates and one tool set each, the same for thousands of users."""
    if "agents" not in w.memo:
        w.memo["agents"] = {
            a: craft(w, int(w.rng.integers(1, 5)), "agent" if i % 3 else "code", tools="one", settings=2)
            for i, a in enumerate(AGENTS)
        }
        for a in AGENTS:
            family(w, a, versions=12, runtimes=5)
    return w.memo["agents"]


def _consumers(w: World, n: int, load: float) -> None:
    crew = enroll(w, n, plan=["free", "free", "free", "plus", "plus", "pro"])
    beats = human(w, crew, counts(w, lognormal_rates(w, n, 1.2 * load, 1.7), active=0.4), "evening", turns=2.3)
    w.emit(
        crew,
        beats,
        work=leaning(w, freeform(w), n, beats),
        exits=about(w, crew, beats, 0.35),
        client=worn(mixed(w, APPS, n, [0.55, 0.2, 0.25]), beats),
        channel=np.where(w.rng.random(n) < 0.9, 2, 3)[beats.pos],
    )


def _hidden(w: World, n: int, load: float) -> None:
    """People who always use a VPN or a private relay."""
    crew = enroll(w, n, plan=["free", "plus", "payg"], mail=w.rng.choice(np.r_[MASKED, FREE_MAIL], n))
    beats = human(w, crew, counts(w, lognormal_rates(w, n, 1.3 * load, 1.6), active=0.5), "evening")
    pool = np.where(w.rng.random(n) < 0.5, 0, 1)[beats.pos]
    exits = np.where(pool == 0, w.rng.choice(relays(w), len(beats)), w.rng.choice(common_vpn(w), len(beats)))
    w.emit(
        crew,
        beats,
        work=leaning(w, freeform(w), n, beats),
        exits=exits,
        client=worn(mixed(w, APPS, n), beats),
        channel="subscription",
    )


def _developers(w: World, n: int, load: float) -> None:
    """Own scripts from home or a rented machine; some run for ever."""
    crew = enroll(w, n, plan=["payg", "payg", "payg", "team"])
    rented = np.concatenate([cloud(w, 1 + n // 24, c) for c in CLOUDS])
    beats = human(
        w,
        crew,
        counts(w, lognormal_rates(w, n, 4 * load, 1.9), active=0.45, weekend=0.6, jump=0.05),
        "dev",
        turns=4,
        gap=25,
        spread=1.4,
    )
    spot = np.where(w.rng.random(n) < 0.35, w.rng.choice(rented, n), -1)[beats.pos]
    mine = own(w, n, ["chat", "code", "extract", "summary", "reason", "qa", "solve", "digest"])[beats.pos]
    second = own(w, n, ["chat", "extract", "long", "grade"])[beats.pos]
    dice = w.rng.random(len(beats))
    work = np.where(dice < 0.6, mine, np.where(dice < 0.8, second, leaning(w, freeform(w), n, beats)))
    w.emit(
        crew,
        beats,
        work=work,
        exits=np.where(spot >= 0, spot, about(w, crew, beats, 0.08)),
        client=worn(mixed(w, SDKS, n, [0.5, 0.24, 0.08, 0.08, 0.1], fresh=0.3), beats),
        channel=np.where(w.rng.random(n) < 0.93, 0, 1)[beats.pos],
        key=w.rng.integers(0, 2, n)[beats.pos],
    )
    some = crew.part(w.rng.random(n) < 0.06)
    pace = w.rng.choice([1.0, 4.0, 24.0, 48.0], len(some), p=[0.4, 0.25, 0.25, 0.1])
    beats = ticks(w, some, pace, jitter=8)
    w.emit(
        some,
        beats,
        work=own(w, len(some), ["digest", "extract"])[beats.pos],
        channel="api",
        exits=w.rng.choice(rented, len(some))[beats.pos],
        client=worn(mixed(w, SDKS[:2], len(some)), beats),
    )


def _agent_users(w: World, n: int, load: float) -> None:
    kinds = agents(w)
    pick = w.rng.choice(len(AGENTS), n, p=(p := 1 / (1.0 + np.arange(len(AGENTS)))) / p.sum())
    for i, name in enumerate(AGENTS):
        k = int((pick == i).sum())
        crew = enroll(w, k, plan=["plus", "pro", "payg", "pro"])
        beats = human(
            w,
            crew,
            counts(w, lognormal_rates(w, k, 4.5 * load, 1.6), active=0.5, weekend=0.5),
            "dev",
            turns=6,
            gap=20,
            spread=1.2,
        )
        w.emit(
            crew,
            beats,
            work=leaning(w, kinds[name], k, beats),
            exits=about(w, crew, beats, 0.1),
            session_share=0.08,
            client=worn(wear(w, family(w, name), k, fresh=0.6), beats),
            channel=np.where(w.rng.random(k) < 0.6, 2, 0)[beats.pos],
        )
        side_life(w, crew, 0.5, keep=0.4)


def _companies(w: World, n: int, load: float) -> None:
    """Organisations from three seats to some hundreds, at one or two offices, some behind a corporate VPN."""
    sizes = np.minimum(w.rng.lognormal(1.8, 1.1, n).astype(int) + 2, 320)
    org = np.repeat(np.arange(n), sizes)[:n]
    firms = int(org.max()) + 1
    land = w.rng.choice(CODES, firms, p=WEIGHTS)
    office, second = lines(w, land, "business"), lines(w, land, "business")
    mail = np.array([f"{x}.com" for x in w.tokens(firms, "firm-", 6)], object)
    crew = enroll(w, n, country=land[org], plan="team", org=org, card=cards(w, org), mail=mail[org], signup=office[org])
    beats = human(w, crew, counts(w, lognormal_rates(w, n, 2.2 * load, 1.5), active=0.6, weekend=0.06), "office")
    remote = (w.rng.random(n) < 0.4)[beats.pos]
    desk = np.where((w.rng.random(n) < 0.8)[beats.pos], office[org][beats.pos], second[org][beats.pos])
    house = own(w, firms, ["chat", "extract", "summary", "code"])[org][beats.pos]
    w.emit(
        crew,
        beats,
        exits=np.where(remote, about(w, crew, beats), desk),
        work=np.where(w.rng.random(len(beats)) < 0.45, house, leaning(w, freeform(w), n, beats)),
        client=worn(mixed(w, [*APPS, "sidecar-ide", "lumen-py"], n, [0.5, 0.05, 0.05, 0.25, 0.15]), beats),
        channel=np.array([2, 3, 2, 0])[w.rng.integers(0, 4, n)][beats.pos],
    )


def _backends(w: World, n: int, load: float) -> None:
    """Products that call the API from their own servers with their own templates, day and night."""
    crew = enroll(w, n, plan=["payg", "enterprise", "payg"], mail="own", org=np.arange(n))
    beats = human(
        w,
        crew,
        counts(w, lognormal_rates(w, n, 22 * load, 1.7, 700), active=0.95, weekend=0.8, jump=0.05),
        "business_api",
        turns=1.2,
        gap=5,
        shift=4,
    )
    host = np.concatenate([cloud(w, 1 + n // 5, c) for c in CLOUDS])
    exits = w.rng.choice(host, (n, 3))
    work = np.column_stack(
        [own(w, n, ["chat", "extract", "summary", "grade", "translate", "code", "digest"]) for _ in range(3)]
    )
    side = w.rng.choice(3, len(beats), p=[0.7, 0.2, 0.1])
    w.emit(
        crew,
        beats,
        work=work[beats.pos, side],
        exits=exits[beats.pos, w.rng.integers(0, 3, len(beats))],
        client=worn(mixed(w, SDKS, n, fresh=0.25), beats),
        key=w.rng.integers(0, 3, len(beats)),
        channel=w.rng.choice([0, 0, 0, 0, 1, 4], n)[beats.pos],
    )
    bulk = crew.part(w.rng.random(n) < 0.2)
    beats = uniform(w, bulk, counts(w, lognormal_rates(w, len(bulk), 8 * load, 1.0), active=0.2))
    w.emit(
        bulk,
        beats,
        work=own(w, len(bulk), ["extract", "grade", "summary"])[beats.pos],
        channel="batch",
        exits=w.rng.choice(host, len(bulk))[beats.pos],
        client=worn(mixed(w, SDKS[:2], len(bulk)), beats),
    )


def _circles(w: World, n: int, load: float, kind: str) -> None:
    """Agencies (clients' accounts on one card and office), universities, families: small groups that share."""
    low, high = {"agency": (3, 12), "campus": (40, 90), "family": (2, 4)}[kind]
    sizes = w.rng.integers(low, high + 1, n)
    group = np.repeat(np.arange(n), sizes)[:n]
    many = int(group.max()) + 1
    land = w.rng.choice(CODES, many, p=WEIGHTS)[group]
    place = {"agency": "business", "campus": "education", "family": "residential"}[kind]
    hub = lines(w, w.rng.choice(land, many), place)[group]
    crew = enroll(
        w,
        n,
        country=land,
        plan={"agency": "payg", "campus": "free", "family": "plus"}[kind],
        card="none" if kind == "campus" else cards(w, group),
        home=hub if kind == "family" else None,
        mail="free" if kind != "campus" else np.array([f"uni-{g}.edu" for g in group], object),
    )
    beats = human(
        w,
        crew,
        counts(w, lognormal_rates(w, n, 2.0 * load, 1.4), active=0.5, weekend=1.1 if kind == "family" else 0.3),
        {"agency": "office", "campus": "campus", "family": "evening"}[kind],
    )
    there = w.rng.random(len(beats)) < {"agency": 0.7, "campus": 0.6, "family": 0.1}[kind]
    w.emit(
        crew,
        beats,
        work=leaning(w, freeform(w), n, beats),
        exits=np.where(there, hub[beats.pos], about(w, crew, beats)),
        client=worn(mixed(w, APPS, n), beats),
        channel="subscription",
    )


def populate(w: World, part: float = 1.0, load: float = 1.0) -> int:
    """Fill the world with ordinary accounts: `part` scales their number, `load` their rates; how many were made."""
    before = w.accounts.size
    agents(w)
    for maker, n in (
        (_consumers, 9600),
        (_hidden, 900),
        (_developers, 3000),
        (_agent_users, 2500),
        (_companies, 2000),
        (_backends, 420),
    ):
        maker(w, int(n * part), load)
    for kind, n in (("agency", 420), ("campus", 600), ("family", 560)):
        _circles(w, int(n * part), load, kind)
    official(w, "lumen-java")
    return w.accounts.size - before
