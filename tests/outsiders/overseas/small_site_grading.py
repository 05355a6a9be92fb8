"""`small_site_grading`: on a small site, a small lab that has answers graded; it probes, then grows in batches."""

from __future__ import annotations

import numpy as np

from overseas import machine_likes as machines
from overseas import people_likes as people
from overseas import work_likes as work
from overseas.countries import numbers
from overseas.exits import Exits
from overseas.people import API, DAY, DAYS, LARGE, NEVER, NEW, SPAN
from overseas.scheduler import Rules, dispatch, stream
from overseas.stage import honest
from overseas.world import World

LIKES = (
    (work.exam_markers, 120),
    (machines.iot_devices, 90),
    (people.voucher_students, 100),
    (people.call_centre, 90),
    (machines.key_balancing_gateway, 75),
    (work.release_benchmarkers, 90),
    (work.debate_judges, 80),
    (work.library_kiosks, 70),
)
LAB = "lab_wren"
BATCHES = ((15, -6, 0.0), (45, 4.4, 5.0), (50, 6.6, 7.0), (42, 9.2, 9.5))  # accounts, day of sign-up, first day
SIZES = [size for size, _, _ in BATCHES]
ACCOUNTS, BANS = sum(SIZES), 9
PROBING = [0.5, 0.9, 1, 1.1, 1.2, 1.2, 0.1, 0.05, 0.05] + [0.05] * 6  # by day
HARVEST = 4.8 * DAY  # second at which the real work begins
A_DAY = 27  # jobs of an account
LEASE = 7200  # seconds that an account keeps an exit
RULES = Rules(rest=2400, fail=0.02, codes=(429, 429, 529, 403))


def _buy(w: World) -> tuple[np.ndarray, np.ndarray, Exits]:
    """Accounts in batches with cards of their own, when each begins, and the exits."""
    rng, n = w.rng, ACCOUNTS
    created = np.concatenate([day * DAY + rng.exponential(1700, size) for size, day, _ in BATCHES])
    begin = np.concatenate([day * DAY + rng.uniform(0, 7000, size) for size, _, day in BATCHES])
    country = rng.choice(numbers("US NL SG DE TH"), n)
    exits = Exits(w, country, 210, honest=0.15, labelled=0.12)
    batch = np.repeat(np.arange(len(BATCHES)), SIZES)
    cards = w.cards(34)
    line = w.clients.line("gpool", 5, 2, True, "sdk-python")
    own_domain = rng.random(n) < 0.4
    domain = w.names(5, (".click", ".store"))[rng.integers(0, 5, n)]
    acc = w.people(
        n,
        country=country,
        created=created,
        line=line,
        channel=API,
        email=np.where(own_domain, domain, "outlook.com").astype(object),
        card=cards[batch * 8 + rng.integers(0, 10, n)],
        issuer="virtual-cardly",
        plan="payg",
        home=False,
        signup=exits.signups(),
        fail=0.005,
    )
    w.account["adopts"][acc] = NEVER
    return acc, np.maximum(begin, created + 900), exits


def _jobs(w: World, begin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Seconds and works: 210 templates are tried, then three are used by as many accounts as there are."""
    rng = w.rng
    probes = w.works.several(LAB, grade=60, rubric=60, critique=40, think=30, write=20)
    chosen = w.works.add("grade", 3, campaign=LAB)
    tried = stream(rng, 330, ramp=PROBING)
    hour = np.arange(DAYS * 24) * 3600.0
    rate = np.where(hour < HARVEST, 0, np.searchsorted(np.sort(begin), hour) * A_DAY / 24)
    count = rng.poisson(rate * np.exp(rng.normal(0, 0.3, len(hour))))
    t = np.r_[tried, np.repeat(hour, count) + rng.random(count.sum()) * 3600]
    probe = rng.choice(probes, len(tried))
    works = np.r_[probe, chosen[np.searchsorted([0.72, 0.92], rng.random(count.sum()))]]
    order = np.argsort(t)
    return t[order], works[order]


def build(seed: int) -> World:
    """The whole world in memory."""
    w = honest(World("small_site_grading", seed, "2026-11-02", 8.1), 5550, 1.0, LIKES)
    rng = w.rng
    acc, begin, exits = _buy(w)
    jobs, works = _jobs(w, begin)
    banned = np.full(ACCOUNTS, NEVER)
    some = rng.choice(sum(SIZES[:2]), BANS, replace=False)
    banned[some] = rng.uniform(8, 13.5, BANS) * DAY
    weight = np.exp(rng.normal(0, 0.2, ACCOUNTS))
    served = dispatch(w, jobs, weight, begin, banned, RULES)
    ips = exits.in_turn(served.member, served.member * 3 + (served.t // LEASE).astype(int))
    # Two hours after its release the lab begins to go over to the new model.
    share = np.clip((served.t - w.release - 2 * 3600) / (20 * 3600), 0, 0.94)
    model = np.where(rng.random(len(share)) < share, NEW, LARGE)
    w.put(acc[served.member], served.t, works[served.job], 1, ips, model=model, status=served.status)
    w.ban(acc[banned < SPAN], banned[banned < SPAN], "unusual_activity")
    return w
