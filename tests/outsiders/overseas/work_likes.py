"""Honest look-alikes, three: few templates, or a lab's own kind of work."""

from __future__ import annotations

import numpy as np

from overseas.background import chatter
from overseas.countries import NUMBER, numbers
from overseas.people import API, DAY, NEW
from overseas.shapes import loads
from overseas.world import World


def synthetic_data_team(w: World, n: int) -> None:
    """One firm's team that has reasoning and critique written at volume."""
    rng = w.rng
    servers = w.net.block24(w.net.clouds[1], 5)
    acc = w.people(
        n,
        "synthetic_data_team",
        NUMBER["US"],
        w.signed_up(n, 90, 500),
        "sdk-python",
        API,
        w.one_organization(),
        w.one_name(".ai"),
        w.one_card(),
        "amex",
        "scale",
        lag=12.0,
    )
    w.account["variant"][acc] = 5
    works = w.works.several(think=14, critique=6, agent=4)
    load = loads(rng, n, 26, 0.5, 0)
    w.act(acc, load, works, "flat", 0.5, 1.1, 0.8, 0.4, shape=0.5, place=w.any_of(servers))
    chatter(w, acc, 1.4, 0.9, "office")


def release_benchmarkers(w: World, n: int) -> None:
    """Strangers who run the same tests on the new model for three days."""
    rng = w.rng
    created = w.signed_up(n, 20, 900)
    lag = rng.gamma(1, 9, n)
    acc = w.people(n, "release_benchmarkers", None, created, "sdk-python", API, lag=lag, p_mobile=0.02)
    tool = w.works.tool()
    tests = [w.works.add("think", 6), w.works.add("codegen", 2, tool=tool), w.works.add("grade", 1)]
    works, since = np.concatenate(tests), w.release / DAY + 0.05
    for day, share in enumerate((0.7, 0.5, 0.3)):
        some = acc[rng.random(n) < share]
        load, days = loads(rng, len(some), 38, 1.0).clip(5), (since + day, since + 1 + day)
        w.act(some, load, works, "night", 1, 1, 1.0, 0.3, shape=0.2, days=days, model=NEW, bursts=False)
    own = w.works.each("codegen ragqa", n)
    w.act(acc, loads(rng, n, 3, 1.2), own, "night", 1, 1.5, 0.5)


def exam_markers(w: World, n: int) -> None:
    """Hosted essay marking: long input, short constant output."""
    rng, schools, of = w.rng, n // 4 + 1, np.arange(n) // 4
    country = rng.choice(numbers("GB IE"), n)
    where = [int(country[min(school * 4, n - 1)]) for school in range(schools)]
    offices = w.add_offices([w.net.places(c, "education", 2) for c in where])
    mail = w.names(schools, (".sch.uk", ".school.ie"))
    acc = w.people(
        n,
        "exam_markers",
        country,
        created=w.signed_up(n, 60, 1000),
        line=w.clients.line("markwell", 45, 2),
        channel=API,
        email=mail[of],
        card=w.cards(schools)[of],
        issuer="sepa-dd",
        plan="build",
        office=offices[of],
        p_office=0.8,
    )
    load, works = loads(rng, n, 21, 0.7, 0), w.works.add("grade", 3)
    curve = [1, 1, 1, 1, 1, 1, 1, 1.6, 2, 2, 1.2, 0.4, 0.4, 0.3]
    w.act(acc, load, works, "office", 0.25, 1, 0.75, 0.6, curve=curve)
    chatter(w, acc, 1.2, 1.1)


def debate_judges(w: World, n: int) -> None:
    """Volunteers of a debate league who score speeches with one rubric, mostly over weekends."""
    rng = w.rng
    created = np.where(rng.random(n) < 0.4, rng.uniform(-6, 1, n) * DAY, w.signed_up(n, 10, 500))
    acc = w.people(n, "debate_judges", None, created, "web", p_mobile=0.3)
    rubric = w.works.add("rubric", 2)
    w.act(acc, loads(rng, n, 24, 0.6, 0), rubric, "home", 4.0, 1, 0.5, 0.5)
    chatter(w, acc, 1.6, 1.0)


def library_kiosks(w: World, n: int) -> None:
    """Library kiosks of one county: shared accounts, any reader of the day."""
    rng, branches = w.rng, 20
    ips = w.net.places(NUMBER["US"], "business", branches, 2)
    branch = np.arange(n) % branches
    acc = w.people(
        n,
        "library_kiosks",
        NUMBER["US"],
        created=w.signed_up(n, 100, 700),
        line=w.clients.line("kiosk-shell", 80, 1, frozen=True),
        email=w.one_name(".us"),
        card=w.cards(2)[branch % 2],
        issuer="visa-credit",
        plan="team",
        p_mobile=0.0,
        signup=ips[0],
    )
    chat = rng.choice(w.works.chat, (n, 4))
    works = np.concatenate([chat, w.works.add("write", 2)[rng.integers(0, 2, (n, 2))]], 1)
    load = loads(rng, n, 13, 0.6, 0)
    place = ips[branch]
    w.act(acc, load, works, "shop", 0.6, 2.5, 0.85, 0.3, shape=0.5, place=lambda who, t: place[who - acc[0]])
