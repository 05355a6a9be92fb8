"""Everybody else: consumers, developers, programs, organisations, resale; popular apps and agents; everyday bans."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from elsewhere.networks import CC, EDU, SHARE
from elsewhere.people import Crew, exits_of, orgs, people
from elsewhere.products import app
from elsewhere.usage import newest, server_ips, use
from elsewhere.world import API, BATCH, CONSOLE, DAYS, RESALE, SPAN, SUB, World

_KINDS = ("extract", "chat", "long", "classify", "bot", "agent", "write", "translate", "cot", "eval", "code_gen")
_SDKS = ("python-sdk", "node-sdk", "curl", "java-sdk", "go-http")
HANDS = ("evening", "office", "student")


def heavy(
    rng: np.random.Generator, n: int, median: float, sigma: float, top: int = 9000, idle: float = 0.1
) -> np.ndarray:
    """Exchanges in the window: log-normal with a cut tail, and some idle."""
    c = np.minimum(np.exp(np.log(median) + sigma * rng.normal(0, 1, n)), top).astype(int)
    return np.where(rng.random(n) < idle, 0, np.maximum(c, 1))


def steady(rng: np.random.Generator, per_day: np.ndarray) -> np.ndarray:
    """Exchanges in the window of machines that miss a run now and then."""
    return np.round(per_day * DAYS * rng.uniform(0.97, 1, len(per_day))).astype(int)


def _popular(w: World) -> dict[str, np.ndarray]:
    """Apps thousands of strangers share, by sort; the first of each sort is the most used."""

    def some(n: int, client: str, kind: str, tpl: tuple[int, int], tool: bool = True) -> np.ndarray:
        return np.array([app(w, int(w.rng.integers(*tpl)), client=client, kind=kind, tool=tool) for _ in range(n)])

    return {
        "agent": np.concatenate(
            [
                some(4, "cli-coder", "agent", (1, 4)),
                some(6, "oss-agent", "agent", (1, 6)),
                some(4, "ide-ext", "complete", (2, 5)),
            ]
        ),
        "assist": np.concatenate(
            [
                some(5, "desk-agent", "agent", (1, 4)),
                some(8, "browser-ext", "write", (2, 6), False),
                some(5, "web", "write", (1, 5), False),
            ]
        ),
        "flow": np.concatenate(
            [some(18, "flow-nodes", "extract", (1, 4), False), some(10, "rag-frame", "long", (1, 5), False)]
        ),
        "eval": some(6, "python-sdk", "eval", (1, 8), False),
    }


def zipf_pick(rng: np.random.Generator, items: np.ndarray, n: int, power: float = 1.1) -> np.ndarray:
    """One of the items for each of n people, the first ones oftener."""
    p = 1 / np.arange(1, len(items) + 1) ** power
    return items[rng.choice(len(items), n, p=p / p.sum())]


def _places(w: World, p: Crew) -> np.ndarray:
    """Some consumers study at a university or sit in a small office nobody registered; their hours follow."""
    rng = w.rng
    hours = np.where(rng.random(len(p)) < 0.2, "office", "evening").astype(object)
    where = rng.choice(len(CC), 70, p=SHARE)
    nets = np.r_[w.nets.office(25, np.array(CC)[where[:25]], EDU), w.nets.office(45, np.array(CC)[where[25:]])]
    exits = exits_of(w, nets, 6)
    for c in np.unique(where):
        here, these = np.flatnonzero(where == c), np.flatnonzero((p.cc == c) & (rng.random(len(p)) < 0.11))
        for i, j in zip(these, rng.choice(here, len(these)), strict=True):
            p.exits[i], hours[i] = exits[j], "student" if j < 25 else "office"
    p.p_work = np.where([x is not None for x in p.exits], 0.65, p.p_work)
    return hours.astype(str)


def _joined(rng: np.random.Generator, k: int) -> np.ndarray:
    """Sign-ups over years; one in twenty falls into the window."""
    return np.where(rng.random(k) < 0.05, rng.random(k) * SPAN * 0.95, -DAY * 1000 * rng.random(k) ** 1.5)


def _consumers(w: World, k: int, scale: float) -> None:
    """Private people: chat, popular assistants, some with a coding agent; a few share a card."""
    rng = w.rng
    p = people(w, k, created=_joined(rng, k))
    pair = rng.random(k) < 0.05
    cards = w.acc[-1]["card"]
    here = np.flatnonzero(pair[1:] & (cards[1:] >= 0) & (cards[:-1] >= 0)) + 1
    cards[here], w.acc[-1]["issuer"][here] = cards[here - 1], w.acc[-1]["issuer"][here - 1]
    small = _places(w, p)
    use(
        w,
        p,
        heavy(rng, k, 7 * scale, 1.95, 1800),
        w.chat_app,
        alt=zipf_pick(rng, w.pop["assist"], k),
        p_alt=np.where(rng.random(k) < 0.3, 0.5, 0.04),
        active=rng.beta(1.3, 2, k),
        size=rng.gamma(3, 1, k) + 1,
        hours=small,
    )
    both = rng.random(k) < 0.15  # the same people with a coding agent on their subscription
    use(
        w,
        p,
        np.where(both, heavy(rng, k, 25 * scale, 1.5, 2500), 0),
        zipf_pick(rng, w.pop["agent"], k),
        hours=rng.choice(HANDS, k),
        size=9,
        gap=35,
        active=rng.beta(1.3, 2, k),
        weekend=0.6,
    )


def _developers(w: World, k: int, scale: float) -> None:
    """Independent developers: by hand, and programs."""
    rng = w.rng
    p = people(w, k, created=_joined(rng, k), plan="payg")
    templates = rng.integers(1, 4, k // 2)
    client = rng.choice(_SDKS, k // 2, p=[0.5, 0.3, 0.08, 0.06, 0.06])
    kind, tool = rng.choice(_KINDS, k // 2), rng.random(k // 2) < 0.4
    private = np.array(
        [
            app(w, int(x), client=c, kind=q, tool=bool(t))
            for x, c, q, t in zip(templates, client, kind, tool, strict=True)
        ]
    )
    shared = np.concatenate([w.pop["agent"], w.pop["flow"], w.pop["eval"]])
    own, script = rng.random(k) < 0.55, rng.choice(private, k)
    mine = np.where(own, script, np.where(rng.random(k) < 0.25, w.raw_app, zipf_pick(rng, shared, k)))
    hand = rng.random(k) < 0.45
    chan = np.where(rng.random(k) < 0.12, CONSOLE, API)
    use(
        w,
        p,
        np.where(hand, heavy(rng, k, 9 * scale, 1.95, 3500), 0),
        mine,
        alt=w.raw_app,
        chan=chan,
        hours=rng.choice(HANDS, k),
        size=6,
        gap=50,
        active=rng.beta(1.3, 2.5, k),
        weekend=0.6,
        fixed=0.15,
    )
    prog = ~hand | (rng.random(k) < 0.2)
    use(
        w,
        p,
        np.where(prog, heavy(rng, k, 11 * scale, 2.15, 12000), 0),
        mine,
        chan=API,
        ips=server_ips(w, p),
        hours=rng.choice(["service", "flat", "nightly", "office"], k, p=[0.45, 0.25, 0.15, 0.15]),
        size=np.exp(rng.normal(1.4, 1.3, k)) + 1,
        gap=np.exp(rng.normal(1.5, 1.5, k)),
        weekend=rng.uniform(0.4, 1.05, k),
        day_sigma=rng.gamma(2, 0.3, k),
        active=rng.beta(1.6, 1, k),
        snap=np.where(rng.random(k) < 0.4, 0.9, 0),
        fixed=0.3,
    )


def _organisations(w: World, seats: np.ndarray, scale: float) -> None:
    """Organisations' seats, programs, batch and resale."""
    rng = w.rng
    k = len(seats)
    p = people(w, k, org=seats, created=_joined(rng, k), plan=rng.choice(["team", "enterprise", "payg"], k))
    sort = rng.choice(5, k, p=[0.46, 0.24, 0.14, 0.07, 0.09])
    org_app = np.array([w.org["app"][o][int(x)] for o, x in zip(seats, rng.integers(0, 2, k), strict=True)])
    use(
        w,
        p,
        np.where(sort == 0, heavy(rng, k, 8 * scale, 1.8, 2500), 0),
        w.chat_app,
        alt=org_app,
        p_alt=0.15,
        chan=SUB,
        hours="office",
        weekend=0.15,
        active=rng.beta(1.6, 1.6, k),
        size=3.5,
    )
    use(
        w,
        p,
        np.where(sort == 1, heavy(rng, k, 8 * scale, 1.7, 4000), 0),
        org_app,
        alt=zipf_pick(rng, w.pop["agent"], k),
        p_alt=0.5,
        chan=API,
        hours="office",
        weekend=0.2,
        size=7,
        gap=40,
        active=rng.beta(1.6, 1.6, k),
    )
    use(
        w,
        p,
        np.where(sort == 2, heavy(rng, k, 14 * scale, 2.1, 25000), 0),
        org_app,
        chan=API,
        ips=server_ips(w, p),
        hours=rng.choice(["service", "flat", "office"], k),
        size=np.exp(rng.normal(1.2, 1, k)) + 1,
        gap=6,
        active=0.95,
        weekend=rng.uniform(0.3, 1, k),
        fixed=0.25,
    )
    use(
        w,
        p,
        np.where(sort == 3, heavy(rng, k, 18 * scale, 1.8, 9000), 0),
        org_app,
        chan=BATCH,
        ips=server_ips(w, p),
        hours="nightly",
        size=60,
        gap=0.4,
        active=0.3,
        fixed=0.4,
    )
    use(
        w,
        p,
        np.where(sort == 4, heavy(rng, k, 9 * scale, 1.9, 9000), 0),
        org_app,
        chan=RESALE,
        ips=server_ips(w, p),
        builds=newest(w, p, "cloud-runtime"),
        hours="service",
        size=4,
        gap=10,
        active=0.8,
    )


def background(w: World, n: int, target: int) -> None:
    """About n accounts and `target` exchanges."""
    rng = w.rng
    w.pop = _popular(w)
    size = np.minimum((1.2 / rng.random(420) ** 0.75).astype(int) + 1, 160)
    size[:3] = [330, 210, 150]
    ids = orgs(w, len(size))
    seats, wanted = rng.permutation(np.repeat(ids, size)), int(n * 0.3)
    if len(seats) < wanted:
        seats = np.concatenate([seats, rng.choice(ids[5:], wanted - len(seats))])
    scale = target / (n * 52.0)
    _consumers(w, int(n * 0.5), scale)
    _developers(w, int(n * 0.2), scale)
    _organisations(w, seats[:wanted], scale)


def everyday_bans(w: World) -> None:
    """Enforcement that has nothing to do with campaigns, for the same reasons campaigns' accounts are closed."""
    rng = w.rng
    honest = np.setdiff1d(np.arange(w.n_acc), w.hostile)
    hit = rng.choice(honest, int(len(honest) * 0.011), replace=False)
    when = rng.random(len(hit)) * SPAN
    what = rng.choice(6, len(hit), p=[0.25, 0.2, 0.22, 0.08, 0.15, 0.1])
    for i, (act, why) in enumerate(
        (
            ("ban", "fraud"),
            ("suspend", "payment_failed"),
            ("rate_limit", "burst"),
            ("ban", "usage_policy"),
            ("ban", "abuse"),
            ("ban", "account_sharing"),
        )
    ):
        w.ban(hit[what == i], when[what == i], act, why)
    back = hit[(what == 1) & (rng.random(len(hit)) < 0.6)]
    w.ban(
        back,
        np.minimum(when[np.isin(hit, back)] + rng.exponential(2 * DAY, len(back)), SPAN - 60),
        "reinstate",
        "appeal",
    )
    old = rng.choice(honest, int(len(honest) * 0.004), replace=False)
    w.ban(old, -rng.random(len(old)) * 40 * DAY, "rate_limit", "burst")
