"""`patient_harvest`: a lab with about six hundred accounts that takes its time."""

from __future__ import annotations

import numpy as np

from overseas import machine_likes as machines
from overseas import people_likes as people
from overseas.countries import TZ, numbers
from overseas.exits import Exits
from overseas.people import API, CONSOLE, DAY, DAYS, LARGE, MINI, NEVER, NEW, RESALE, SUBSCRIPTION
from overseas.requests import REFUSED
from overseas.scheduler import Rules, Served, Waking, dispatch, stream
from overseas.stage import honest
from overseas.work_likes import synthetic_data_team
from overseas.world import World

LIKES = (
    (people.microtask_crowd, 220),
    (machines.reader_service, 280),
    (people.ngo_stipends, 150),
    (people.cyber_cafes, 220),
    (machines.extension_vpn, 300),
    (machines.price_monitor, 100),
    (synthetic_data_team, 70),
    (machines.qa_device_farm, 140),
)
LAB, ACCOUNTS, FRESH, BANS = "lab_heron", 610, 40, 26  # `FRESH`: signed up in the window
COUNTRY_SHARES = [0.27, 0.06, 0.11, 0.1, 0.07, 0.05, 0.06, 0.06, 0.05, 0.05, 0.06, 0.03, 0.03]
ISSUER_SHARES = {"visa-credit": 0.2, "mc-debit": 0.18, "virtual-cardly": 0.34, "neobank": 0.18, "wallet-pay": 0.1}
OWN = 7  # templates of an account
RULES = Rules(rest=3600 * 1.55, fail=0.026, codes=(REFUSED, REFUSED, REFUSED, 429, 403), delay=(7, 160))


def _buy(w: World) -> tuple[np.ndarray, np.ndarray, np.ndarray, Exits]:
    """Accounts of three months on everyday clients, their sign-ups and channels, and the exits."""
    rng, n = w.rng, ACCOUNTS
    shares = np.array(COUNTRY_SHARES)
    country = rng.choice(numbers("US CA GB DE FR NL ES IT PL AU BR SG JP"), n, p=shares / shares.sum())
    created = -np.sort(rng.uniform(1, 92, n)) * DAY
    created[rng.choice(n, FRESH, replace=False)] = rng.uniform(0, 9, FRESH) * DAY
    channel = rng.choice([API, SUBSCRIPTION, CONSOLE, RESALE], n, p=[0.55, 0.36, 0.04, 0.05])
    shared = w.cards(n // 3)
    card = shared[rng.integers(0, len(shared), n)]
    alone = rng.random(n) < 0.35
    card = np.where(alone, w.cards(n), card)
    sdk = rng.choice(["sdk-python", "sdk-node", "http-raw"], n, p=[0.7, 0.2, 0.1])
    line = np.where(channel == API, sdk, np.where(channel == RESALE, "routery", "web")).astype(object)
    own_domain = rng.random(n) < 0.2
    domain = w.names(9)[rng.integers(0, 9, n)]
    free = np.array(["gmail.com", "outlook.com", "icloud.com", "gmx.net"], object)[rng.integers(0, 4, n)]
    issuer = rng.choice(list(ISSUER_SHARES), n, p=list(ISSUER_SHARES.values())).astype(object)
    acc = w.people(
        n,
        country=country,
        created=created,
        line=line,
        channel=channel,
        email=np.where(own_domain, domain, free),
        card=card,
        issuer=issuer,
        lag=rng.gamma(1.4, 6, n),
        fail=0.006,
    )
    w.account["adopts"][acc] = NEVER
    exits = Exits(w, country, 6800, honest=0.3, labelled=0.05)
    w.account["signup"][acc] = exits.signups()
    return acc, created, channel, exits


def _demand(w: World, waking: Waking) -> np.ndarray:
    """Seconds of jobs, by how many of the accounts are awake, fewer on weekends."""
    hours = np.array([np.mean(((hour - waking.hour) % 24) < waking.hours) for hour in range(24)])
    weekend = np.where(w.weekday(np.arange(DAYS + 1)) >= 5, 0.7, 1.0)
    return stream(w.rng, 5600, hours / hours.mean(), weekend)


def _models(w: World, t: np.ndarray) -> np.ndarray:
    """The model of each exchange; the lab goes over to the new one slowly."""
    rng, n = w.rng, len(t)
    model = np.where(rng.random(n) < 0.75, LARGE, MINI)
    share = np.clip((t - w.release) / (4 * DAY), 0, 0.7)
    return np.where((t > w.release + 30 * 3600) & (rng.random(n) < share), NEW, model)


def _serve(
    w: World, acc: np.ndarray, works: np.ndarray, bare: np.ndarray, exits: Exits, jobs: int, served: Served
) -> None:
    """Log what the scheduler did. `bare`: the work of accounts that also ask without a template, or -1."""
    rng, job, member, n = w.rng, served.job, served.member, len(served.job)
    # A job's work is its first account's choice, also where it goes on elsewhere.
    first = np.zeros(jobs, int)
    first[job[::-1]] = member[::-1]
    column = np.minimum((OWN * rng.random(jobs) ** 1.5).astype(int), OWN - 1)
    work = works[first, column][job]
    without = (bare[member] >= 0) & (rng.random(n) < 0.3)
    work = np.where(without, bare[member], work)
    ips = exits.any(member)
    goes_on = (served.status == 0) & (rng.random(n) < 0.24)
    turns = np.where(goes_on, 1 + rng.geometric(0.6, n), 1)
    model = np.repeat(_models(w, served.t), turns)
    w.put(acc[member], served.t, work, turns, ips, gap=150, model=model, status=served.status)


def build(seed: int) -> World:
    """The whole world in memory."""
    w = honest(World("patient_harvest", seed, "2026-06-18", 7.3), 18_600, 0.96, LIKES)
    rng, n = w.rng, ACCOUNTS
    acc, created, channel, exits = _buy(w)
    templates = w.works.several(LAB, think=26, critique=4, codegen=4)
    bare = w.works.add("think", 1, template=False, campaign=LAB)[0]
    works = np.stack([rng.choice(templates, OWN, replace=False) for _ in range(n)])
    cover = rng.random(n) < 0.3  # accounts that also chat
    weight = np.exp(rng.normal(0, 0.5, n))
    hours = rng.normal(14.5, 1.3, n)
    waking = Waking((rng.normal(7.6, 1.2, n) - TZ[exits.country]) % 24, hours)
    banned = np.full(n, NEVER)
    some = rng.choice(n, BANS, replace=False)
    banned[some] = np.maximum(rng.uniform(1, DAYS, BANS), created[some] / DAY + 1) * DAY
    jobs = _demand(w, waking)
    served = dispatch(w, jobs, weight, np.maximum(created + 5 * 3600, 0), banned, RULES, waking)
    asks_bare = (channel == SUBSCRIPTION) & ~cover
    _serve(w, acc, works, np.where(asks_bare, bare, -1), exits, len(jobs), served)
    load = np.exp(rng.normal(np.log(1.8), 0.6, cover.sum()))
    chat = w.works.chat[3:4]  # with web search
    w.act(acc[cover], load, chat, "home", 1.1, 2.2, 0.6, place=lambda who, t: exits.any(who - acc[0]))
    w.ban(acc[some], banned[some], "unusual_activity")
    return w
