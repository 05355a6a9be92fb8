"""burst, look-alikes: honest people who all come at once, around the release or for three days."""

from __future__ import annotations

import numpy as np

from afield.clients import family, mixed, official, wear, worn
from afield.people import about, by_day, by_session, cards, enroll, groups, side_life
from afield.places import cloud, lines
from afield.rhythm import counts, human, lognormal_rates
from afield.works import craft, freeform, leaning, own, per_session
from afield.world import Beats, Crew, Ints, World

NEW = 3


def _newest(w: World, beats: Beats, share: float) -> Ints:
    """The new model for `share` of the exchanges after its release, older ones else."""
    after = beats.t > (w.release_at or 0)
    return np.where(after & (w.rng.random(len(beats)) < share), NEW, w.rng.choice(3, len(beats), p=[0.3, 0.5, 0.2]))


def _daily_lines(w: World, crew: Crew, beats: Beats, code: str, size: int) -> Ints:
    """Addresses of a provider that renews every home's address each night."""
    return by_day(w, lines(w, np.full(size, code, object), v6=0), crew, beats)


def launch_enthusiasts(w: World) -> None:
    """Enthusiasts who put the same public prompt suite to the new model on its first evening and the day after."""
    n = 430
    c = enroll(w, n, decoy="launch_enthusiasts", plan=["payg", "pro", "plus"])
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 38, 0.9, 350), days=[6, 7, 8], active=0.7, jump=0),
        "evening",
        turns=25,
        gap=25,
        shift=3,
    )
    b = b.where(b.t > w.release_at)
    suite = craft(w, 12, "solve", settings=1)
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.8, suite[b.turn % 12], leaning(w, freeform(w), n, b)),
        exits=about(w, c, b, 0.05),
        channel=np.where(w.rng.random(n) < 0.7, 0, 2)[b.pos],
        model=_newest(w, b, 0.93),
        client=worn(mixed(w, ["lumen-py", "lumen-web", "lumen-js"], n), b),
    )
    side_life(w, c, 1.5)


def product_launch(w: World) -> None:
    """A writing product goes live with the new model on day 7; 180 first customers bring their own keys."""
    n = 180
    c = enroll(w, n, decoy="product_launch", mail="own", born=(0, 200))
    fade = np.array([0] * 7 + [1.6, 1.4, 1.0, 0.6, 0.4, 0.3, 0.3])
    b = human(w, c, w.rng.poisson(lognormal_rates(w, n, 42, 0.8, 250)[:, None] * fade), "office", turns=8, gap=40)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 4, "qa", tools="one", settings=2), n, b, 0.4),
        exits=by_session(w, cloud(w, 12, "gcpish"), b),
        channel="api",
        model=_newest(w, b, 0.9),
        client=worn(wear(w, family(w, "inkpress", 2, 1), n), b),
    )
    side_life(w, c, 0.8)


def news_bot(w: World) -> None:
    """Local newsrooms of a press group during a three-day election: one summariser, desks on shared group cards."""
    n = 130
    g = groups(w, n, 2, 8)
    c = enroll(
        w, n, decoy="news_bot", country="JP", card=cards(w, g), plan="team", mail="press-mura.jp", born=(60, 400)
    )
    many = counts(w, lognormal_rates(w, n, 95, 0.4, 300), days=[7, 8, 9], sway=0.3, jump=0)
    b = human(w, c, many, "office", turns=9, gap=30, shift=0.5)
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 3, "summary", tools="one"), n, b, 0.5),
        exits=c.home[b.pos],
        channel=np.where(w.rng.random(len(b)) < 0.3, 1, 0),
        model=_newest(w, b, 0.5),
        client=worn(wear(w, family(w, "wiredesk", 2, 2), n), b),
    )
    side_life(w, c, 1.2)


def hackathon_3d(w: World) -> None:
    """A three-day online hackathon on the new model: a starter kit, teams of two to five on a sponsor's card."""
    n = 260
    g = groups(w, n, 2, 5)
    c = enroll(w, n, decoy="hackathon_3d", country=["SG", "IN", "JP", "AU", "US"], card=cards(w, g), born=(0, 60))
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 62, 0.9, 400), days=[7, 8, 9], active=0.9),
        "dev",
        turns=15,
        gap=35,
        shift=2,
    )
    mine = own(w, int(g.max()) + 1, ["agent", "code", "qa"])[g]
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.5, leaning(w, craft(w, 3, "agent", tools="one"), n, b), mine[b.pos]),
        exits=about(w, c, b, 0.15),
        channel="api",
        model=_newest(w, b, 0.95),
        client=worn(mixed(w, ["lumen-js", "lumen-py", "forkpilot"], n), b),
    )
    side_life(w, c, 0.8)


def conference_demo(w: World) -> None:
    """Visitors of a stand who try the vendor's demo with their own account on the fair's Wi-Fi, fair hours only."""
    n = 150
    hall = lines(w, np.full(3, "SG", object), "business")
    c = enroll(w, n, decoy="conference_demo", country=["SG", "SG", "ID", "AU"], plan=["free", "plus"], born=(0, 300))
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 26, 0.6, 120), days=[7, 8, 9], active=0.45),
        "strict",
        turns=14,
        gap=45,
        shift=0.3,
        tz=np.full(n, 8),
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 2, "agent", tools="one"), b),
        exits=w.rng.choice(hall, len(b)),
        channel="subscription",
        model=_newest(w, b, 0.9),
        client=worn(wear(w, family(w, "boothkit", 2, 2), n), b),
    )
    side_life(w, c, 1.2)


def yearend_bureau(w: World) -> None:
    """Payroll bureaus at the filing deadline: two to eight client accounts a card, office hours in UTC+8, files and
    live calls mixed, a provider that gives each line a new address every night."""
    n = 210
    g = groups(w, n, 2, 8)
    c = enroll(w, n, decoy="yearend_bureau", country="PH", card=cards(w, g), mail="own", born=(30, 500))
    quiet = np.array([0.05, 0.1, 0.1, 0.2, 0, 0, 0.3, 1, 1, 1, 0.3, 0, 0.05, 0.1])
    b = human(
        w, c, w.rng.poisson(lognormal_rates(w, n, 88, 0.5, 330)[:, None] * quiet), "strict", turns=14, gap=28, shift=0.3
    )
    bulk = (w.rng.random(int(b.session.max()) + 1) < 0.4)[b.session]
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 5, "extract", tools="one", settings=2), n, b, 0.3),
        exits=_daily_lines(w, c, b, "PH", 1100),
        channel=np.where(bulk, 1, 0),
        model=_newest(w, b, 0.2),
        client=worn(wear(w, family(w, "payslipper", 3, 2), n), b),
    )
    side_life(w, c, 0.8)


def load_test(w: World) -> None:
    """A large customer proves capacity before its launch: 60 keys in three sister firms, flat out for three days."""
    n = 60
    g = np.arange(n) // 20
    c = enroll(
        w,
        n,
        decoy="load_test",
        country="KR",
        org=g,
        card=cards(w, g),
        plan="enterprise",
        mail="hanbit-soft.kr",
        born=(6, 9),
    )
    b = human(
        w,
        c,
        counts(w, np.full(n, 260.0), days=[7, 8, 9], sway=0.1, jump=0),
        "strict",
        turns=70,
        gap=8,
        shift=0.2,
        spread=0.3,
    )
    w.emit(
        c,
        b,
        work=per_session(w, craft(w, 4, "chat", settings=1), b),
        exits=by_session(w, cloud(w, 30, "awsish"), b),
        channel=np.where(w.rng.random(len(b)) < 0.2, 1, 0),
        model=_newest(w, b, 0.97),
        client=worn(wear(w, official(w, "lumen-go"), n, fresh=0.95), b),
    )


def agency_campaign(w: World) -> None:
    """A network of ad agencies writes a sponsor's three-day campaign: home offices, cards for two to eight accounts,
    one brand kit of templates, the new model because the sponsor asked for it."""
    n = 190
    g = groups(w, n, 2, 8)
    c = enroll(
        w,
        n,
        decoy="agency_campaign",
        country=["SG", "PH", "ID", "JP"],
        card=cards(w, g),
        plan=["team", "payg"],
        born=(10, 300),
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 80, 0.6, 330), days=[7, 8, 9], active=0.92, jump=0),
        "strict",
        turns=12,
        gap=35,
        shift=0.6,
    )
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.85,
            leaning(w, craft(w, 5, "qa", tools="one", settings=2), n, b, 0.4),
            leaning(w, freeform(w), n, b),
        ),
        exits=about(w, c, b, 0.25),
        channel=np.where(w.rng.random(len(b)) < 0.2, 1, 0),
        model=_newest(w, b, 0.85),
        client=worn(mixed(w, ["lumen-py", "lumen-js"], n), b),
    )
    side_life(w, c, 1.0)
