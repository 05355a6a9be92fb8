"""A proxy pool that sells to two labs and to a thousand honest customers on the same accounts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from afield.world import DAY

from farther.background import background
from farther.crowd import furnish, own_works, personal, pick
from farther.ids import B32, card_ids, domains
from farther.jobs import Rules, Served, job_sizes, run
from farther.people import people, shared_cards
from farther.pool_likes import campus_class, freelance_coders, hotel_chain
from farther.proxies import Exits, residential
from farther.rhythm import arrivals
from farther.shared_likes import eval_consortium, hosted_scheduler, retry_gateway, seat_reseller
from farther.world import DAYS, HOUR, NEVER, World

MIX = {"US": 9, "GB": 3, "DE": 3, "NL": 2, "IN": 3, "BR": 3, "FR": 2, "PL": 1, "ID": 1}
ACCOUNTS, CUSTOMERS, EXCHANGES = 1800, 1000, 300_000
FRESH, AGED, RENTED = range(3)
TALLOW, SUMAC, FIRST_CUSTOMER = range(3)  # tenants
ZONES = (-6, -5, 0, 1, 3, 5, 8)  # customers' hours from UTC


def _buy(w: World) -> tuple[np.ndarray, np.ndarray]:
    """The pool's accounts, and which are bought: fresh in ten bursts, aged, or rented from people."""
    rng, n, a = w.rng, ACCOUNTS, w.a
    kind = rng.choice(3, n, p=[0.62, 0.24, 0.14])
    shares = [0.12, 0.14, 0.1, 0.15, 0.14, 0.14, 0.1, 0.04, 0.04, 0.03]
    burst = rng.choice([-92, -71, -58, -40, -27, -16, -4, 2, 5, 8], n, p=shares)
    bought = burst * DAY + rng.gamma(1.6, 5 * HOUR, n)
    created = np.where(kind == FRESH, bought, -rng.gamma(2, 190, n) * DAY - 15 * DAY)
    shops = domains(rng, 14, ["site", "online", "xyz", "com"])
    of_shop = rng.random(n) < 0.4
    free = ["gmail.com", "outlook.com", "gmx.net", "hotmail.com"]
    mail = np.where(of_shop, rng.choice(shops, n), rng.choice(free, n)).astype(object)
    acc = people(
        w,
        n,
        country=MIX,
        created=created,
        plan=np.where(kind == RENTED, "pro", "payg").astype(object),
        card=np.where(kind == RENTED, card_ids(rng, n, B32), shared_cards(w, n, 5)).astype(object),
        email=mail,
    )
    own = kind != RENTED
    k = own.sum()
    issuers = ["mc-vclo", "visa-gift-blk", "paywallet", "mc-revo"]
    a["issuer"][acc[own]] = rng.choice(issuers, k, p=[0.5, 0.2, 0.2, 0.1])
    a["phone"][acc[own]] = np.where(rng.random(k) < 0.6, None, rng.choice(["+4474", "+1332", "+4670"], k))
    return acc, own


def _exits(w: World, acc: np.ndarray, own: np.ndarray) -> Exits:
    """Homes, and some of a cloud's and a VPN's exits that honest people use as well."""
    homes = residential(w, 760, MIX)
    ips = np.r_[homes, w.net.nat[3, :8], w.net.vpn_exits[0, :12]]
    w.a["signup"][acc[own]] = w.rng.choice(ips, own.sum())
    w.net.label_ips(homes, "vpn", "proxy-feed", 0.12)
    return Exits(w, acc, ips, each=5, lease=4 * HOUR, roam=0.08)


class Repertoire(NamedTuple):
    """Works of the two labs, and of every customer (four each)."""

    tallow: np.ndarray
    sumac: np.ndarray
    customers: np.ndarray


def _works(w: World) -> Repertoire:
    """Agentic code, hard reasoning; customers use programs of their own, popular agents, or chat."""
    rng, f, tools = w.rng, w.fashion, w.works.new_toolset()
    kinds = ["agent"] * 3 + ["code"]
    tallow = w.works.add(kinds, campaign="tallow", tools=tools, settings="rs-a77c1", size_noise=0.15)
    sumac = w.works.add(["reason"] * 44, campaign="sumac", tools=None, settings="rs-9d01e", size_noise=0.15)
    customers = own_works(w, CUSTOMERS)
    taste = rng.random(CUSTOMERS)
    popular = f.agents[rng.choice(len(f.agents), CUSTOMERS, p=f.agents_p)]
    customers[taste < 0.25] = popular[taste < 0.25][:, None]
    customers[taste > 0.82] = rng.choice(f.bare, (taste > 0.82).sum())[:, None]
    return Repertoire(tallow, sumac, customers)


def _jobs(w: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, tenants and sizes: long trajectories, single shots that grow, and customers of very different sizes."""
    rng = w.rng
    counts = [int(EXCHANGES * 0.36 / 6.0), int(EXCHANGES * 0.24 / 1.7)]
    growing = [0.3, 0.5, 0.8] + [1] * 8 + [1.5, 1.4, 1.2]
    start = [arrivals(w, counts[TALLOW], "flat", 8), arrivals(w, counts[SUMAC], None, 8, days=growing)]
    size = [job_sizes(rng, counts[TALLOW], 6.0, 40), job_sizes(rng, counts[SUMAC], 1.7, 6)]
    tenant = [np.full(counts[k], k) for k in (TALLOW, SUMAC)]
    share = rng.lognormal(0, 1.5, CUSTOMERS)
    who = rng.choice(CUSTOMERS, int(EXCHANGES * 0.4 / 3.2), p=share / share.sum())
    for z, zone in enumerate(ZONES):
        mine = who[who % len(ZONES) == z]
        tenant.append(FIRST_CUSTOMER + mine)
        start.append(rng.permutation(arrivals(w, len(mine), "office" if z % 2 else "campus", zone)))
        size.append(job_sizes(rng, len(mine), 3.2, 30))
    return np.concatenate(start), np.concatenate(tenant), np.concatenate(size)


def _serve(
    w: World, acc: np.ndarray, own: np.ndarray, exits: Exits, works: Repertoire, who: np.ndarray, q: Served
) -> None:
    """Log what the queue did. The proxy speaks with two frozen builds; a third of customers' client names pass."""
    a, u = w.a, q.uses(w)
    customer = np.maximum(who - FIRST_CUSTOMER, 0)
    is_customer = who >= FIRST_CUSTOMER
    reasoning = works.sumac[(q.job * 31 + (u.t // (6 * HOUR)).astype(int)) % len(works.sumac)]
    for_customer = pick(works.customers, customer, u.sess)
    work = np.where(who == TALLOW, works.tallow[q.job * 7 % 4], np.where(who == SUMAC, reasoning, for_customer))
    agentic = np.where(q.job % 5 < 3, "halcyon-3-pro", "halcyon-3-code")
    chosen = w.models[customer % len(w.models)]
    model = np.where(who == TALLOW, agentic, np.where(who == SUMAC, "halcyon-3-pro", chosen)).astype(object)
    one = w.clients.pinned("px-1", "halcyon-py", "1.5.2")
    two = w.clients.line("px-2", [("1.2.0", -90), ("1.2.4", 3.6)], 1, shown="halcyon-js")
    passed = a["line"][acc[customer % ACCOUNTS]]
    proxy = np.where(u.acc % 3 < 2, one, two)
    line = np.where(is_customer & (customer % 3 == 0), passed, proxy).astype(object)
    shown = (who == TALLOW) & (q.job % 10 < 4) | is_customer & (customer % 9 == 0)
    shown |= a["sess_api"][u.acc] & (q.job % 2 == 0)
    a["lag"][acc[own]] = 0.1
    w.emit(u, exits(u), work, "api", line, model, shown, q.status)


def _pool(w: World) -> None:
    rng, n = w.rng, ACCOUNTS
    acc, own = _buy(w)
    exits = _exits(w, acc, own)
    works = _works(w)
    start, tenant, size = _jobs(w)
    leave = np.where(rng.random(n) < 0.07, rng.random(n) * DAYS * DAY, NEVER)
    home = {FIRST_CUSTOMER + c: rng.choice(n, 1 + c % 5) for c in range(CUSTOMERS)}
    join = w.a["created"][acc] + 2 * HOUR
    rules = Rules(cool=(2100, 0.7), limit=(26, 0.35), loyal=0.65, stick=0.55, fail=0.009, shuffle=1500)
    served = run(w, acc, start, tenant, size, rules, join=join, leave=leave, home=home)
    _serve(w, acc, own, exits, works, tenant[served.job], served)
    gone = (leave < DAYS * DAY) & (leave > w.a["created"][acc])
    w.ban(acc[gone], leave[gone], "automated_abuse_score")
    personal(w, acc[~own], 30, 0.2)  # the owners of rented accounts go on living


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("resold_pool", seed, "2026-05-07", "a"))
    _pool(w)
    seat_reseller(w, 300, "seat_reseller")
    hotel_chain(w, 260, "hotel_chain")
    eval_consortium(w, 150, "eval_consortium")
    hosted_scheduler(w, 380, "nocode_digest", 1, 9.0)
    freelance_coders(w, 220, "freelance_coders")
    campus_class(w, 320, "campus_class")
    retry_gateway(w, 150, "fallback_gateway")
    background(w, 20_400, 760_000)
    return w
