"""One lab on trials that it throws away, and on a few paid accounts, among people whose trials look the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from afield.world import DAY
from farther.background import background
from farther.crowd import chat, furnish, heavy
from farther.ids import domains
from farther.jobs import Served, job_sizes
from farther.people import DISPOSABLE, new_lag, people
from farther.rhythm import arrivals
from farther.world import DAYS, HOUR, NEVER, World

from beyond.dispatcher import Habits, Posts, hand_out
from beyond.fleet_likes import full_hour_crons, game_studio_players, labelling_firm, ngo_translators, outage_migration
from beyond.lives import Phones, continuous, days_of
from beyond.trial_likes import browser_extension, exam_week, promo_code, trial_tourists

LAB, TRIALS, PAID = "tern", 480, 120
MIX = {"GB": 3, "PL": 3, "BR": 3, "ID": 3, "PH": 2, "US": 5, "DE": 2, "IN": 2}
EXCHANGES, TURNS = 112_000, 9.0
BOXES = 11  # machines that the work is done on
VARIANTS = 42  # of each family of prompts


@dataclass
class Fleet:
    """The lab's accounts, when each is used, and the modems."""

    acc: np.ndarray
    begin: np.ndarray
    until: np.ndarray
    is_trial: np.ndarray
    phones: Phones


def _mail(w: World, n: int) -> np.ndarray:
    """Free mail, some throw-away addresses, some catch-all domains."""
    rng = w.rng
    free = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com", "hotmail.com", "proton.me"]
    mail = rng.choice(np.array(free, dtype=object), n, p=[0.55, 0.16, 0.1, 0.07, 0.07, 0.05])
    u, shops = rng.random(n), domains(rng, 30, ["com", "net", "online", "me"])
    mail = np.where(u < 0.07, rng.choice(np.array(DISPOSABLE, dtype=object), n), mail)
    return np.where(u > 0.9, rng.choice(shops, n), mail)


def _open(w: World) -> Fleet:
    """Trials without cards, opened all the time and left after two or three days; paid accounts of all ages."""
    rng, a = w.rng, w.a
    n = TRIALS + PAID
    is_trial = np.arange(n) < TRIALS
    created = np.r_[continuous(w, TRIALS, -2.4, 13.4), -rng.gamma(1.4, 130, PAID) * DAY - 2 * DAY]
    acc = people(
        w,
        n,
        campaign=LAB,
        country=MIX,
        created=created,
        plan=np.where(is_trial, "free", "payg").astype(object),
        email=_mail(w, n),
    )
    wait = rng.gamma(1.3, 2.2 * HOUR, n)
    begin = np.maximum(created + wait, 0)
    until = np.where(is_trial, created + rng.normal(2.6, 0.45, n).clip(1.6, 4) * DAY, NEVER)
    begin, until = np.where(is_trial, np.minimum(begin, until - 0.2 * DAY), begin), np.maximum(until, 0.3 * DAY)
    hit = is_trial & (rng.random(n) < 0.09)
    at = begin + rng.random(n) * (until - begin)
    hit &= at < DAYS * DAY
    w.ban(acc[hit], at[hit], "free_tier_policy")
    until = np.where(hit, at + rng.exponential(300, n), until)  # the dispatcher soon knows
    box = rng.integers(0, BOXES, n)
    a["variant"][acc] = rng.choice(7, BOXES, p=[0.34, 0.22, 0.16, 0.12, 0.08, 0.05, 0.03])[box]
    a["lag"][acc] = new_lag(w, BOXES).clip(0, 60)[box]
    lines = np.array(["halcyon-py", "halcyon-js", "litegate"], dtype=object)
    a["line"][acc] = rng.choice(lines, BOXES, p=[0.6, 0.25, 0.15])[box]
    phones = Phones(w, acc, (600, 2400))
    a["signup"][acc] = w.net.carrier[a["country"][acc], acc % 2, rng.integers(0, 36, n)]
    return Fleet(acc, begin, until, is_trial, phones)


def _families(w: World) -> tuple[np.ndarray, np.ndarray]:
    """Families of prompts of dozens of variants: of trajectories (some on a popular agent's tools), and single ones."""
    add, usual = w.works.add, w.works.settings
    popular = w.works.cols["toolset"][0][w.fashion.agents]
    known = str(popular[np.argmax(np.where(np.equal(popular, None), 0, w.fashion.agents_p))])
    agents = []
    for k, kind in enumerate(("agent", "code", "test", "agent")):
        own = w.works.new_toolset()
        half = VARIANTS // 2
        one = add([kind] * half, campaign=LAB, tools=known if k % 2 else own, settings=usual[k % 3], size_noise=0.2)
        two = add([kind] * half, campaign=LAB, tools=w.works.new_toolset(), settings=usual[k % 3], size_noise=0.2)
        agents.append(np.r_[one, two])
    kinds = ("reason", "code", "write", "reason", "extract")
    single = [
        add([kind] * VARIANTS, campaign=LAB, tools=None, settings=usual[k % 4], size_noise=0.2)
        for k, kind in enumerate(kinds)
    ]
    return np.stack(agents), np.stack(single)


def _harvest(w: World, fleet: Fleet) -> Served:
    """Jobs of about nine turns for a half of the exchanges, single ones for the other half, at random."""
    rng, n = w.rng, len(fleet.acc)
    long, short = int(EXCHANGES / 2 / TURNS), int(EXCHANGES / 2 / 1.15)
    start = np.r_[arrivals(w, long, "flat", 3, wobble=0.2), arrivals(w, short, "flat", 3, wobble=0.2)]
    size = np.r_[job_sizes(rng, long, TURNS, 45), job_sizes(rng, short, 1.15, 4)]
    usual = np.where(fleet.is_trial, rng.lognormal(np.log(62), 0.35, n), rng.lognormal(np.log(36), 0.5, n))
    posts = Posts.of(w, fleet.acc, fleet.begin, fleet.until, usual, 0.2)
    return hand_out(w, posts, start, size, Habits(gap=(24, 0.9), rest=(500, 1.0)))


def _lab(w: World) -> None:
    rng = w.rng
    fleet = _open(w)
    agents, single = _families(w)
    q = _harvest(w, fleet)
    long = q.job < int(EXCHANGES / 2 / TURNS)
    variant = ((q.t // DAY).astype(int) * 7 + q.job * 7919 % 24) % VARIANTS  # some retire, some are new each day
    work = np.where(long, agents[q.job * 31 % len(agents), variant], single[q.job % 5, variant])
    trial = fleet.is_trial[q.acc - fleet.acc[0]]
    chance = q.job * 104729 % 100
    model = np.where(trial, np.where(chance < 75, "halcyon-3", "halcyon-3-code"), "halcyon-3-pro").astype(object)
    u = q.uses(w)
    w.emit(u, fleet.phones(u), work, "api", None, model, None, q.status)
    some = rng.random(len(fleet.acc)) < 0.3  # a little chat at first
    cover = fleet.acc[some]
    days = days_of(fleet.begin, np.minimum(fleet.until, fleet.begin + 6 * DAY))[some]
    chat(w, cover, heavy(w, len(cover), 7, 0.7), "campus", fleet.phones, days=days)


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("mixed_fleet", seed, "2026-06-01", "mf"))
    _lab(w)
    trial_tourists(w, 900, "trial_tourists", MIX)
    exam_week(w, 340, "exam_week")
    browser_extension(w, 500, "browser_extension")
    promo_code(w, 600, "promo_code")
    full_hour_crons(w, 280, "full_hour_crons")
    game_studio_players(w, 300, "game_studio_players")
    ngo_translators(w, 180, "ngo_translators")
    labelling_firm(w, 220, "labelling_firm")
    outage_migration(w, 260, "outage_migration")
    background(w, 20_000, 850_000)
    return w
