"""World 1: a lab harvests agentic coding and chain-of-thought over 700 accounts and three channels."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from yonder import people
from yonder.agents_lookalikes import lookalikes
from yonder.arrivals import FLAT, HOME, Sessions, humans
from yonder.background import background, everyday_enforcement
from yonder.cohort import DAY, batches, rota, shared_cards, sign_up, spread_sessions
from yonder.habits import models, places
from yonder.recipes import REASON, Shape
from yonder.tokens import mix
from yonder.world import API, BATCH, SUB, Group, World

CAMPAIGN = "lab-kestrel"
BAN_AT = 6.6 * DAY
PATCH = Shape("agentic", 7200, 0.6, 560, 0.6, reason=0.3, cache=0.5, growth=0.3)
TESTS = Shape("code", 3100, 0.5, 820, 0.5, cache=0.3)
TRACE = Shape("reason", 380, 0.45, 2600, 0.45, reason=0.78)


def exits_of_network(w: World, count: int, honest_share: float) -> np.ndarray:
    """Exits of a residential proxy network: devices in honest homes of this world, and homes nobody else logs in
    from.
    """
    known = np.concatenate(w.homes)
    inside = w.rng.choice(known, int(count * honest_share), replace=False)
    outside = w.net.home(people.countries(w.rng, count - len(inside)))
    return np.concatenate([inside, outside])


def bought_accounts(
    w: World, n: int, window: tuple[float, float], exits: np.ndarray, aged: float
) -> tuple[np.ndarray, np.ndarray]:
    """Accounts bought from sellers: batches with a seller's country, mail habit and cards. Returns ids and batch
    numbers.
    """
    rng = w.rng
    created, batch = batches(rng, n, (14, 42), window, 5.0)
    m = int(batch.max()) + 1
    old = rng.random(m) < aged
    created = np.where(old[batch], created - rng.uniform(25, 110, m)[batch] * DAY, created)
    codes = rng.choice(
        np.array(["VN", "ID", "US", "PH", "BR", "TR", "GB", "IN"]), m, p=[0.2, 0.15, 0.2, 0.1, 0.1, 0.1, 0.05, 0.1]
    )[batch]
    domain = rng.choice(
        np.array(["outlook.com", "hotmail.com", "gmail.com", "mail.ru", "catchall"]), m, p=[0.3, 0.2, 0.25, 0.1, 0.15]
    )
    own = people.company_domains(rng, m)
    mail = np.where(domain == "catchall", own, domain)[batch]
    stray = rng.random(n) < 0.3
    mail[stray] = people.mails(rng, int(stray.sum()))
    issuer = people.virtual_issuer(rng, m, ("vcc-nimble", "vcc-orbit", "prepaid-ten"))[batch]
    normal = rng.random(n) < 0.35
    issuer[normal] = people.issuers(rng, codes[normal])
    plan = rng.choice(["payg", "pro", "plus"], n, p=[0.55, 0.3, 0.15])
    ids = sign_up(
        w,
        n,
        created=created,
        plan=plan,
        codes=codes,
        card=shared_cards(rng, n, (2, 6), 0.4),
        issuer=issuer,
        mail=mail,
        signup=rng.choice(exits, n),
        campaign=CAMPAIGN,
    )
    return ids, batch


def lab(w: World, book: dict[str, np.ndarray]) -> None:
    """The campaign: 450 accounts, 250 banned on day 6, 250 replacements within two days, three channels at once."""
    rng = w.rng
    w.campaign(CAMPAIGN)
    exits = exits_of_network(w, 5200, 0.3)
    first, _ = bought_accounts(w, 450, (-45, -2), exits, 0.35)
    second, batch = bought_accounts(w, 250, (5.4, 8.4), exits, 0.0)
    ids = np.concatenate([first, second])
    n = len(ids)
    banned = rng.choice(450, 250, replace=False)
    when = BAN_AT + rng.uniform(0, 1800, len(banned))
    w.action(first[banned], "ban", when, "coordinated_abuse", close=True)
    born = np.full(n, -DAY)
    created = w.accounts.frame()["created"].to_numpy(dtype=float)[second]
    born[450:] = np.maximum(
        np.array([created[batch == b].max() for b in range(batch.max() + 1)])[batch] + 1800, BAN_AT + 5400
    )
    born[450:] += rng.uniform(0, 1800, 250)
    dies = np.full(n, 99 * DAY)
    dies[banned] = when

    plan = w.accounts.frame()["plan"].to_numpy()[ids]
    frozen = rng.random(n) < 0.6
    family = np.where(plan == "payg", w.clients.index["sdk-python"], w.clients.index["termcode"])
    variant = np.where(frozen, 2, rng.integers(0, 40, n))
    lag = np.where(frozen, 24 * DAY, rng.uniform(0, 20, n) * DAY)
    family3 = {
        "patch": w.recipes.family(PATCH, "kestrel-patch", 8, tools=6),
        "tests": w.recipes.family(TESTS, "kestrel-tests", 8, tools=4),
        "trace": w.recipes.family(TRACE, "kestrel-trace", 9),
    }
    plain = np.tile(family3["trace"][:1], (n, 1))
    spot = rng.choice(exits, (n, 4))
    g = Group(w, ids, spot, np.ones(4), family, API, plain, np.ones(1), np.full(n, 2), variant=variant, lag=lag, keys=1)

    def exit_for(acc: np.ndarray, at: np.ndarray) -> np.ndarray:
        return exits[(mix(g.ids[acc], np.floor(at / 3600 + g.ids[acc] % 60 / 60), 31) * len(exits)).astype(int)]

    ramp = np.ones(w.days)
    ramp[7] = 0.7
    curve = 0.75 + 0.25 * np.roll(HOME / HOME.max(), -8)
    for name, total, turns, gap in (
        ("patch", 115_000, 9.0, 22.0),
        ("tests", 55_000, 2.5, 30.0),
        ("trace", 52_000, 1.0, 5.0),
    ):
        ses = spread_sessions(rng, w.days, total, turns, gap, curve, ramp)
        ses.acc = rota(rng, ses.start, born, dies, 60.0)
        recipe = rotate(rng, family3[name], ses, {"patch": 6, "tests": 4, "trace": 1}[name])
        pivot = (ses.start > w.models[-1][1]) & (
            rng.random(len(recipe)) < np.clip((ses.start - w.models[-1][1]) / DAY, 0, 1) * 0.55
        )
        model = np.where(pivot, len(w.models) - 1, 2 if name != "tests" else 1)
        sub = plan[ses.acc] != "payg"
        w_events = g.emit(
            ses, campaign=0, recipe=recipe, model=model, channel=np.where(sub, SUB, API), address=exit_for
        )
        assert w_events > 0
    payg = np.flatnonzero(plan == "payg")
    ses = spread_sessions(rng, w.days, 34_000, 22.0, 0.6, np.roll(FLAT + 3 * (np.arange(24) < 5), 1), ramp)
    place = rota(rng, ses.start, born[payg], dies[payg], 10.0)
    ses.acc = payg[place]
    g.emit(
        ses,
        campaign=0,
        recipe=rng.choice(family3["trace"], len(place)),
        model=np.full(len(place), 2),
        channel=np.full(len(place), BATCH),
        address=exit_for,
    )
    probes = spread_sessions(
        rng, w.days, 2200, 1.0, 5.0, FLAT, np.array([5, 3, 1, 1, 0, 0, 0, 0, 0, 1, 4, 2, 1, 0]) + 0.01
    )
    probes.acc = rota(rng, probes.start, born, dies, 200.0)
    tries = w.recipes.family(REASON, "kestrel-probe", 60)
    g.emit(probes, campaign=0, recipe=rng.choice(tries, len(probes.acc)), address=exit_for)
    rented_seats(w, book, ids[:450][rng.random(450) < 0.09])


def rotate(rng: np.random.Generator, rows: np.ndarray, ses: Sessions, tools: int) -> np.ndarray:
    """Pick a template and this shift's tool set (each family's tool set changes every 36 hours, with a tail of old
    ones).
    """
    template = rng.integers(0, len(rows) // tools, len(ses.acc))
    shift = (ses.start // (1.5 * DAY)).astype(int) - (rng.random(len(template)) < 0.15)
    return rows[template * tools + np.abs(shift) % tools]


def rented_seats(w: World, book: dict[str, np.ndarray], ids: np.ndarray) -> None:
    """Owners who rent their account out and go on chatting on it themselves: honest work on a campaign account."""
    rng, n = w.rng, len(ids)
    codes = w.accounts.frame()["billing_country"].to_numpy()[ids]
    homes, share = places(w, codes)
    g = Group(
        w,
        ids,
        homes,
        share,
        w.clients.index["web"],
        SUB,
        np.broadcast_to(book["chat"], (n, 4)),
        np.array([0.7, 0.1, 0.1, 0.1]),
        models(w, n),
    )
    g.emit(humans(w, np.full(n, 5.0), rng.uniform(0.2, 0.8, n), tz=people.zones(codes)))


def build(seed: int) -> World:
    """Build the world."""
    w = World(
        "agents",
        datetime(2026, 3, 2),
        seed,
        models=[
            ("heron-4-mini", -420 * DAY),
            ("heron-4", -300 * DAY),
            ("heron-4.5", -95 * DAY),
            ("heron-5", 9.71 * DAY),
        ],
    )
    book = background(w, people_count=20000, exchanges=0.93e6)
    lab(w, book)
    lookalikes(w, book)
    everyday_enforcement(w)
    return w
