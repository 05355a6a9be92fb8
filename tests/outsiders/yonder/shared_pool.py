"""World 2: one proxy pool of 800 accounts serves two labs and hundreds of honest paying customers."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from yonder import people
from yonder.arrivals import BUSINESS, FLAT, HOME, OFFICE, Sessions, expand, humans, join, schedule, steady
from yonder.background import background, everyday_enforcement
from yonder.cohort import DAY, batches, shared_cards, sign_up, spread_sessions
from yonder.pool_scheduler import Rules, Served, serve
from yonder.recipes import AGENT, ANY, Shape
from yonder.shared_pool_lookalikes import lookalikes
from yonder.tokens import mix
from yonder.world import API, SUB, Group, World

CODERS, JUDGES = "lab-anvil", "lab-scales"
TOOLUSE = Shape("agentic", 8200, 0.7, 520, 0.7, reason=0.2, cache=0.6, growth=0.3)
RUBRIC = Shape("grade", 4200, 0.4, 18, 0.25, cache=0.5, cap=48, fixed=0.45, stream=False)
PAIRS = Shape("grade", 6100, 0.45, 9, 0.2, cache=0.4, cap=24, fixed=0.6, stream=False)
SIZE, TOPUP, EXCHANGES = 800, 90, 340_000


def pool_accounts(w: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pool's accounts, their birth in the rota and their death; a sweep on day 5 is topped up within hours."""
    rng = w.rng
    early, _ = batches(rng, SIZE - TOPUP, (25, 60), (-70, -1), 3.0)
    late, _ = batches(rng, TOPUP, (30, 45), (5.1, 5.6), 2.0)
    created = np.concatenate([early, late])
    codes = rng.choice(np.array(["US", "GB", "TR", "ID", "BR"]), SIZE, p=[0.4, 0.1, 0.2, 0.15, 0.15])
    domains = people.company_domains(rng, 9)
    mail = np.where(rng.random(SIZE) < 0.55, rng.choice(domains, SIZE), people.mails(rng, SIZE)).astype(object)
    throw = rng.random(SIZE) < 0.12
    mail[throw] = rng.choice(people.DISPOSABLE, int(throw.sum()))
    issuer = people.virtual_issuer(rng, SIZE, ("vcc-orbit", "vcc-nimble"))
    normal = rng.random(SIZE) < 0.2
    issuer[normal] = people.issuers(rng, codes[normal])
    ids = sign_up(
        w,
        SIZE,
        created=created,
        plan=np.where(rng.random(SIZE) < 0.7, "pro", "payg"),
        codes=codes,
        card=shared_cards(rng, SIZE, (2, 9), 0.6),
        issuer=issuer,
        mail=mail,
        campaign=CODERS,
    )
    born, dies = np.maximum(created + 1800, -1.0), np.full(SIZE, 99 * DAY)
    swept = rng.choice(SIZE - TOPUP, 70, replace=False)
    dies[swept] = 5.05 * DAY + rng.uniform(0, 900, 70)
    w.action(ids[swept], "ban", dies[swept], "payment_fraud", close=True)
    dies[swept] += rng.uniform(5, 200, 70)
    return ids, born, dies


def labs(w: World) -> list[tuple[Sessions, np.ndarray, int]]:
    """The two labs' job queues: tool-use coding in waves, and preference grading that starts small and scales."""
    rng = w.rng
    code = w.recipes.family(TOOLUSE, "anvil", 6, tools=3)
    a = spread_sessions(rng, w.days, EXCHANGES * 0.32, 7.0, 20.0, FLAT + 0.3 * HOME / HOME.max(), wave=0.25)
    grade = np.concatenate([w.recipes.family(RUBRIC, "scales-rubric", 5), w.recipes.family(PAIRS, "scales-pairs", 4)])
    ramp = np.array([0.1, 0.1, 0.2, 0.2, 0.6, 1, 1, 1.3, 1.3, 1.3, 1.2, 1.2, 1.2, 1.0])
    b = spread_sessions(rng, w.days, EXCHANGES * 0.23, 1.0, 3.0, FLAT, ramp)
    model_share = [
        (a, rng.choice(code, len(a.acc)), w.campaign(CODERS)),
        (b, rng.choice(grade, len(b.acc)), w.campaign(JUDGES)),
    ]
    a.acc = np.arange(len(a.acc)) % 64
    b.acc = np.arange(len(b.acc)) % 32 + 1000
    return model_share


def customers(w: World, book: dict[str, np.ndarray]) -> list[tuple[Sessions, np.ndarray, int]]:
    """The pool's honest paying customers: chat front ends, small products with their own templates, coders with
    agents.
    """
    rng, total = w.rng, EXCHANGES * 0.45
    chatters, makers, coders = 150, 110, 90

    def sized(n: int, part: float, sigma: float) -> np.ndarray:
        rate = rng.lognormal(0, sigma, n)
        return np.maximum(rate / rate.sum() * total * part / w.days, 0.4)

    out = []
    chat = humans(
        w,
        sized(chatters, 0.38, 1.0) / 0.75,
        np.full(chatters, 0.75),
        tz=rng.choice([8, 3, -5], chatters),
        turns=3,
    )
    chat.acc += 2000
    out.append((chat, rng.choice(book["chat"], len(chat.acc), p=[0.7, 0.1, 0.1, 0.1]), -1))
    size = sized(makers, 0.34, 1.1)
    web = steady(rng, w.days, size, curve=BUSINESS, wobble=0.4)
    nightly = schedule(rng, w.days, 12, np.array([3.0]), np.full(12, 25.0), minute_spread=7200)
    web = join(web, nightly)
    own = w.recipes.own(rng, "poolcustomer", makers, 3, ANY)
    row = own[web.acc, rng.choice(3, len(web.acc), p=[0.7, 0.2, 0.1])]
    web.acc = web.acc + 4000
    out.append((web, row, -1))
    agent = humans(
        w,
        sized(coders, 0.28, 0.8) / 0.6,
        np.full(coders, 0.6),
        tz=rng.choice([8, 3, 1], coders),
        curve=OFFICE,
        weekend=0.5,
        turns=9,
        gap=18,
    )
    tool = rng.choice(["termcode", "shipwright", "opencrew"], coders)
    mine = w.recipes.own(rng, "poolcoder", coders, 1, (AGENT,), 1.0)[:, 0]
    usual = np.array([book[t][rng.integers(0, 4)] for t in tool])
    usual = np.where(rng.random(coders) < 0.25, mine, usual)
    row = usual[agent.acc]
    agent.acc = agent.acc + 6000
    out.append((agent, row, -1))
    return out


def pool(w: World, book: dict[str, np.ndarray]) -> None:
    """Run the scheduler over everybody's requests and emit what the provider sees."""
    rng = w.rng
    ids, born, dies = pool_accounts(w)
    streams = labs(w) + customers(w, book)
    columns: list[tuple[np.ndarray, ...]] = []
    offset = 0
    for ses, recipe, campaign in streams:
        src, _, times = expand(rng, ses)
        columns.append((times, ses.acc[src], src + offset, recipe[src], np.full(len(src), campaign)))
        offset += len(ses.acc)
    at, who, talk, rec, camp = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.argsort(at)
    order = order[at[order] < w.days * DAY]
    at, who, talk, rec, camp = (column[order] for column in (at, who, talk, rec, camp))
    # Sessions stick by conversation; the graders' and small products' single calls stick by worker.
    key = np.where((who >= 1000) & (who < 2000) | (who >= 4000) & (who < 6000), who, talk + 100_000)
    served = serve(rng, at, key, born, dies, Rules(stick=3000.0))
    emit(w, ids, served, talk, rec, camp)


def emit(w: World, ids: np.ndarray, served: Served, talk: np.ndarray, rec: np.ndarray, camp: np.ndarray) -> None:
    """Every attempt as an event: exits bound to accounts for a few days, one frozen header set, the pool's model
    choice.
    """
    rng, n = w.rng, len(ids)
    codes = w.accounts.frame()["billing_country"].to_numpy()[ids]
    exits = np.concatenate(
        [
            w.net.home(np.resize(codes, 230)),
            w.net.draw(rng.choice(w.net.of_kind("hosting"), 110)),
            rng.choice(np.concatenate(w.homes), 60),
        ]
    )
    plan = w.accounts.frame()["plan"].to_numpy()[ids]
    family = np.where(plan == "pro", w.clients.index["termcode"], w.clients.index["switchyard"])
    second = rng.random(n) < 0.12
    g = Group(
        w,
        ids,
        rng.choice(exits, (n, 1)),
        np.ones(1),
        family,
        np.where(plan == "pro", SUB, API),
        np.zeros((n, 1), dtype=int),
        np.ones(1),
        np.full(n, 2),
        lag=np.full(n, 18 * DAY),
        variant=np.where(second, 4, 3),
        keys=1,
    )
    term = rng.uniform(1.5, 5, n) * DAY

    def exit_for(acc: np.ndarray, at: np.ndarray) -> np.ndarray:
        return exits[(mix(acc, np.floor(at / term[acc]), 5) * len(exits)).astype(int)]

    model = np.where(camp[served.request] == 1, 1, np.where(rng.random(len(served.request)) < 0.7, 2, 1))
    model = np.where((served.at > 8.4 * DAY) & (camp[served.request] == 0) & (rng.random(len(model)) < 0.5), 3, model)
    for campaign in (-1, 0, 1):
        part = np.flatnonzero(camp[served.request] == campaign)
        req = served.request[part]
        ses = Sessions(served.account[part], served.at[part], np.ones(len(part), dtype=np.int64), np.ones(len(part)))
        base = w.sessions
        g.emit(ses, campaign=campaign, recipe=rec[req], model=model[part], address=exit_for, status=served.status[part])
        made = w.parts[-1]
        leaks = talk[req] % 5 == 0  # the relay passes one conversation in five through with its session id unchanged
        code = np.unique(talk[req] * 1000 + np.where(leaks, 999, served.account[part]), return_inverse=True)[1]
        code = code[: len(made["at"])]
        made["ses"] = (base + code).astype(np.int64)
        made["turn"] = _turns(code)


def _turns(code: np.ndarray) -> np.ndarray:
    """Running number inside each session (rows are in time order)."""
    order = np.argsort(code, kind="stable")
    sorted_code = code[order]
    first = np.concatenate([[True], sorted_code[1:] != sorted_code[:-1]])
    start = np.maximum.accumulate(np.where(first, np.arange(len(code)), 0))
    out = np.zeros(len(code), dtype=np.int32)
    out[order] = np.arange(len(code)) - start
    return out


def build(seed: int) -> World:
    """Build the world."""
    w = World(
        "shared_pool",
        datetime(2026, 1, 12),
        seed,
        models=[
            ("heron-4-mini", -370 * DAY),
            ("heron-4", -250 * DAY),
            ("heron-4.5", -46 * DAY),
            ("heron-4.5-fast", 8.4 * DAY),
        ],
    )
    book = background(w, people_count=20000, exchanges=0.98e6)
    pool(w, book)
    lookalikes(w, book)
    everyday_enforcement(w)
    return w
