"""`two_labs_resale`: one proxy pool that two labs and 420 honest customers buy from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from overseas import machine_likes as machines
from overseas import people_likes as people
from overseas.countries import numbers
from overseas.exits import Exits
from overseas.ids import toolsets
from overseas.people import API, CODE, CONSOLE, DAY, DAYS, LARGE, NEVER, NEW, SPAN, SUBSCRIPTION
from overseas.scheduler import Rules, Served, dispatch, stream
from overseas.shapes import hour_of_day
from overseas.stage import honest
from overseas.world import World

LIKES = (
    (machines.key_balancing_gateway, 150),
    (machines.reader_service, 300),
    (machines.iot_devices, 250),
    (people.call_centre, 220),
    (people.voucher_students, 240),
    (people.reopened_batch, 160),
    (machines.extension_vpn, 300),
    (people.seat_market, 260),
)
FIRST, LATER = 660, 240  # accounts before the wave of bans, and after it
ACCOUNTS = FIRST + LATER
WAVE, WAVE_BANS, SINGLE_BANS = 6.32 * DAY, 230, 70
BATCHES = [-75, -60, -44, -31, -22, -12, -5]  # days of sign-up
CARDS, DOMAINS, CUSTOMERS = 230, 14, 420
CUSTOMER, ROOK, FINCH = range(3)  # tenants
RULES = Rules(rest=3600 * 2.2, fail=0.022, codes=(429, 429, 529, 403))
FINCH_GROWS = [0.5, 0.6, 0.8, 0.9, 1, 1, 0.7, 0.8, 1.1, 1.2, 1.2, 1.3, 1.3, 1.3, 1.3]
LEASE = 5.5 * 3600  # seconds that an account keeps its exits


class Pool(NamedTuple):
    """The pool's accounts, when each signed up and is banned, and the exits."""

    acc: np.ndarray
    created: np.ndarray
    banned: np.ndarray
    exits: Exits


class Jobs(NamedTuple):
    """Jobs in time order: second, tenant, work and turns."""

    t: np.ndarray
    tenant: np.ndarray
    work: np.ndarray
    turns: np.ndarray


def _buy(w: World) -> Pool:
    """Open the accounts in batches, with three frozen builds, and ban a third of them."""
    rng, n = w.rng, ACCOUNTS
    country = rng.choice(numbers("US GB DE PL BR IN VN MX"), n, p=[0.34, 0.1, 0.1, 0.08, 0.1, 0.12, 0.08, 0.08])
    first = np.sort(rng.choice(BATCHES, FIRST)) * DAY + rng.exponential(4000, FIRST)
    created = np.r_[first, WAVE + rng.uniform(0.6, 9, LATER) * 3600]
    cards, mail = w.cards(CARDS), w.names(DOMAINS, (".site", ".online", ".xyz"))
    channel = rng.choice([API, SUBSCRIPTION, CONSOLE], n, p=[0.68, 0.24, 0.08])
    shown = {"poola": "sdk-python", "poolb": "sdk-node", "poolc": "web"}
    one, two, three = (w.clients.line(name, 5, 1, True, client) for name, client in shown.items())
    line = np.where(channel == API, rng.choice([one, two], n, p=[0.7, 0.3]), three).astype(object)
    exits = Exits(w, country, 1100, honest=0.25, labelled=0.1)
    own_domain = rng.random(n) < 0.45
    email = np.where(own_domain, mail[rng.integers(0, DOMAINS, n)], rng.choice(["gmail.com", "outlook.com"], n))
    acc = w.people(
        n,
        country=country,
        created=created,
        line=line,
        channel=channel,
        email=email.astype(object),
        card=cards[rng.integers(0, CARDS, n)],
        issuer=rng.choice(["virtual-cardly", "prepaid-one", "neobank"], n, p=[0.6, 0.25, 0.15]).astype(object),
        home=False,
        signup=rng.choice(exits.all, n),
        fail=0.004,
    )
    w.account["adopts"][acc] = NEVER
    banned = np.full(n, NEVER)
    hit = rng.choice(FIRST, WAVE_BANS, replace=False)
    banned[hit] = WAVE + rng.uniform(0, 1600, WAVE_BANS)
    single = rng.choice(np.setdiff1d(np.arange(n), hit), SINGLE_BANS, replace=False)
    banned[single] = np.maximum(rng.uniform(1, DAYS, SINGLE_BANS) * DAY, created[single] + 0.5 * DAY)
    return Pool(acc, created, banned, exits)


def _customer_works(w: World) -> np.ndarray:
    """Three works for each customer: an agent, chat or code, then a program of its own or a shared one, then chat."""
    rng, works, n = w.rng, w.works, CUSTOMERS
    popular = np.concatenate([agent for _, agent in works.agents])
    agentic, agent = rng.random(n) < 0.3, rng.choice(popular, n)
    chats, chat = rng.random(n) < 0.4, rng.choice(works.chat, n)
    first = np.where(agentic, agent, np.where(chats, chat, works.add("codegen", n)))
    own = rng.random(n) < 0.5
    second = np.where(own, works.add("chat", n), works.some_shared(n))
    return np.stack([first, second, rng.choice(works.chat, n)], 1)


def _customer_jobs(w: World) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and customers of conversations, by very different needs and each one's hours."""
    rng = w.rng
    rate = np.exp(rng.normal(np.log(3.2), 1.2, CUSTOMERS)).clip(0.2, 60)
    zone = rng.choice([-6, -3, 1, 5.5, 7, 8], CUSTOMERS)
    seconds = []
    for k in range(CUSTOMERS):
        n = rng.poisson(rate[k] * DAYS * 0.6)
        day = rng.integers(-1, DAYS + 1, n)
        seconds.append(day * DAY + (hour_of_day(rng, "home", n) - zone[k]) * 3600)
    t, customer = np.concatenate(seconds), np.repeat(np.arange(CUSTOMERS), [len(s) for s in seconds])
    inside = (t > 0) & (t < SPAN)
    return t[inside], customer[inside]


def _jobs(w: World) -> Jobs:
    """What the tenants want: customers' conversations, rook's agentic coding, finch's writing and reasoning."""
    rng, works = w.rng, w.works
    own = _customer_works(w)
    t, customer = _customer_jobs(w)
    tools = toolsets(rng, 3)
    kinds = (("agent", 5), ("codegen", 4), ("agent", 3))
    pairs = zip(kinds, tools, strict=True)
    rook = np.concatenate([works.add(kind, n, tool=tool, campaign="lab_rook") for (kind, n), tool in pairs])
    finch = works.several("lab_finch", translate=6, write=8, critique=5, think=5)
    rook_t = stream(rng, 1300, 1 + 0.2 * np.sin(np.arange(24) / 24 * 6.28))
    finch_t = stream(rng, 2900, ramp=FINCH_GROWS)
    counts = [len(t), len(rook_t), len(finch_t)]
    customer_work = own[customer, rng.choice(3, counts[CUSTOMER], p=[0.55, 0.25, 0.2])]
    rook_work = rng.choice(rook, counts[ROOK])
    column = (len(finch) * rng.random(counts[FINCH]) ** 1.4).astype(int)
    finch_work = finch[np.minimum(column, len(finch) - 1)]
    turns = [rng.geometric(1 / 2.4, counts[CUSTOMER]), rng.geometric(1 / 4.6, counts[ROOK])]
    turns.append(np.where(rng.random(counts[FINCH]) < 0.15, 2, 1))
    t = np.r_[t, rook_t, finch_t]
    order = np.argsort(t)
    work = np.r_[customer_work, rook_work, finch_work]
    jobs = Jobs(t, np.repeat(np.arange(3), counts), work, np.concatenate(turns).clip(1, 30))
    return Jobs(*(column[order] for column in jobs))


def _models(w: World, jobs: Jobs) -> np.ndarray:
    """Each job's model; half of rook's go over to the new one nine hours after its release."""
    rng, n, rook = w.rng, len(jobs.t), jobs.tenant == ROOK
    coding, other = rng.choice([CODE, LARGE], n, p=[0.6, 0.4]), rng.choice(3, n)
    model = np.where(rook, coding, np.where(jobs.tenant == FINCH, LARGE, other))
    new = rook & (jobs.t > w.release + 9 * 3600) & (rng.random(n) < 0.55)
    return np.where(new, NEW, model)


def _serve(w: World, pool: Pool, jobs: Jobs, served: Served) -> None:
    """Log what the scheduler did; a seventh of failed-over jobs keep their session."""
    rng, job, member = w.rng, served.job, served.member
    went_on = served.status == 0
    turn = member * 17 + (served.t // LEASE).astype(int) * 5 + rng.integers(0, 2, len(job))
    ips = pool.exits.in_turn(member, turn)
    model = _models(w, jobs)
    sessions, fresh = w.sessions(len(jobs.t)), w.sessions(len(job))
    kept = rng.random(len(job)) < 0.14
    turns = np.where(went_on, jobs.turns[job], 1)
    w.put(
        pool.acc[member],
        served.t,
        jobs.work[job],
        turns,
        ips,
        gap=35,
        model=np.repeat(model[job], turns),
        status=served.status,
        session=np.where(kept | went_on, sessions[job], fresh),
    )


def build(seed: int) -> World:
    """The whole world in memory."""
    w = honest(World("two_labs_resale", seed, "2026-02-02", 9.4), 18_600, 0.87, LIKES)
    pool = _buy(w)
    jobs = _jobs(w)
    weight = np.exp(w.rng.normal(0, 0.22, ACCOUNTS))
    begin = np.maximum(pool.created + 1200, 0)
    _serve(w, pool, jobs, dispatch(w, jobs.t, weight, begin, pool.banned, RULES))
    gone = pool.banned < SPAN
    w.ban(pool.acc[gone], pool.banned[gone], "unusual_activity")
    return w
