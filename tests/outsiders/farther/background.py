"""The honest crowd of a world."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.crowd import agent, auto, chat, dev, own_works
from farther.ids import card_ids, domains, org_ids, text
from farther.people import offices, people
from farther.world import DAYS, World

ROLES = (0.36, 0.26, 0.19, 0.10, 0.05, 0.04)
CHATTER, DEVELOPER, AGENT_USER, AUTOMATION, RESALE, BATCH = range(len(ROLES))
SAME_LAND, AT_OFFICE = 0.85, 0.8


def _behind_proxies(w: World, acc: np.ndarray) -> None:
    """Some of the crowd live behind addresses that a proxy provider uses."""
    if w.proxied:
        hosts = np.concatenate(w.proxied)
        w.homes[acc[: len(hosts) // 8], 0] = w.rng.choice(hosts, len(hosts) // 8)


def _organisations(w: World, acc: np.ndarray, share: float) -> tuple[int, np.ndarray]:
    """Zipf sizes, one payer, offices; returns how many there are, and each account's (or -1)."""
    rng, a = w.rng, w.a
    left, sizes = int(len(acc) * share), []
    while left > 0:
        k = min(int(rng.zipf(1.75)), 420, left)
        sizes.append(k)
        left -= k
    n = len(sizes)
    members = rng.permutation(acc)[: sum(sizes)]
    row = np.repeat(np.arange(n), sizes)
    ids, domain, card = org_ids(rng, n), domains(rng, n), card_ids(rng, n)
    org_of = np.full(w.n, -1)
    org_of[members] = row
    size = np.array(sizes)[row]
    a["organization_id"][members] = ids[row]
    a["plan"][members] = np.where(size > 60, "enterprise", np.where(size > 2, "team", "payg"))
    a["payment"][members] = card[row]
    issuer = rng.choice(["visa-citizen", "mc-unity", "visa-northbank", "amex", "mc-vclo"], n)
    a["issuer"][members] = np.where(size > 60, "invoice", issuer[row])
    a["email"][members] = np.where(rng.random(len(members)) < 0.92, domain[row], a["email"][members])
    for who in np.split(members, np.cumsum(sizes)[:-1]):
        if len(who) < 2:
            continue
        home = a["country"][who[0]]
        same = who[rng.random(len(who)) < SAME_LAND]
        a["country"][same], a["tz"][same] = home, a["tz"][who[0]]
        offices(w, who[rng.random(len(who)) < AT_OFFICE], home, 1 + len(who) // 60)
    return n, org_of[acc]


def _families(w: World, lone: np.ndarray) -> None:
    """Three accounts in one home, most on one card."""
    a = w.a
    family = w.rng.permutation(lone)[: int(len(lone) * 0.09)]
    head = family[(np.arange(len(family)) // 3) * 3]
    w.homes[family] = w.homes[head]
    paid = w.rng.random(len(family)) < 0.7
    for column in ("payment", "issuer"):
        a[column][family[paid]] = a[column][head[paid]]


def _students(w: World, lone: np.ndarray, n: int) -> None:
    """Nine universities, each behind its campus addresses."""
    rng, a = w.rng, w.a
    for part in np.array_split(rng.permutation(lone)[:n], 9):
        land = int(a["country"][part[0]])
        ip = w.net.take(np.full(6, w.net.by[(land, "education")][0]), v6=0)
        a["office"][part], a["country"][part], a["tz"][part] = rng.choice(ip, len(part)), land, a["tz"][part[0]]
        of_campus = rng.random(len(part)) < 0.7
        a["email"][part] = np.where(of_campus, f"{text(rng, 1, 4)[0]}.edu", a["email"][part])


def _everyday_enforcement(w: World, acc: np.ndarray) -> None:
    """Bans, suspensions and rate limits that have to do with no campaign, and accounts that people close."""
    rng, n = w.rng, len(acc)
    hit = rng.permutation(acc)[: int(n * 0.006)]
    third = len(hit) // 3
    w.ban(hit[:third], rng.random(third) * DAYS * DAY, "payment_fraud")
    at = rng.random(third) * 13 * DAY
    back = at + rng.exponential(1.5 * DAY, third)
    w.ban(hit[third : 2 * third], at, "automated_abuse_score", "suspend", back)
    w.ban(hit[2 * third :], rng.random(len(hit) - 2 * third) * DAYS * DAY, "rate_policy", "rate_limit")
    left = rng.permutation(acc)[: n // 100]
    closed = w.a["closed"][left]
    w.a["closed"][left] = np.where(np.isnan(closed), rng.random(len(left)) * DAYS * DAY, closed)


def _use(w: World, acc: np.ndarray, counts: np.ndarray, orgs: int, org: np.ndarray) -> None:
    """A main use each, for some a second one; most members work on what is their organisation's."""
    rng, n, f = w.rng, len(acc), w.fashion
    role = rng.choice(len(ROLES), n, p=ROLES)
    second = rng.random(n) < 0.28
    share = np.where(second, rng.beta(1.2, 3, n), 0.0)
    shared, matrix = own_works(w, orgs), own_works(w, n)
    for_org = (org >= 0) & (rng.random(n) < 0.7)
    matrix[for_org] = shared[org[for_org]]
    recipe = (role == AUTOMATION) & (rng.random(n) < 0.35)
    matrix[recipe] = f.recipes[rng.choice(len(f.recipes), recipe.sum(), p=f.recipes_p)][:, None]
    w.a["line"][acc[recipe]] = "zipflow"
    main, side = np.round(counts * (1 - share)).astype(int), np.round(counts * share).astype(int)
    chats, third = role == CHATTER, acc % 3 == 0
    chat(w, acc[chats], main[chats])
    both = chats & (side > 0)
    dev(w, acc[both], side[both], matrix[both])
    chat(w, acc[~chats], side[~chats])
    at_work, at_home = (role == DEVELOPER) & ~third, (role == DEVELOPER) & third
    dev(w, acc[at_work], main[at_work], matrix[at_work])
    dev(w, acc[at_home], main[at_home], matrix[at_home], "campus", 0.8, w.life)
    agent(w, acc[role == AGENT_USER], main[role == AGENT_USER])
    auto(w, acc[role == AUTOMATION], main[role == AUTOMATION], matrix[role == AUTOMATION])
    dev(w, acc[role == RESALE], main[role == RESALE], matrix[role == RESALE], "flat", 0.7, channel="cloud_resale")
    auto(w, acc[role == BATCH], main[role == BATCH], matrix[role == BATCH], "batch")


def background(w: World, n: int, exchanges: int, sigma: float = 2.25, idle: float = 0.16) -> None:
    """n accounts with about so many exchanges, log-normal by account; a share is idle."""
    rng = w.rng
    acc = people(w, n)
    _behind_proxies(w, acc)
    orgs, org = _organisations(w, acc, 0.38)
    lone = acc[org < 0]
    _families(w, lone)
    _students(w, lone, int(n * 0.05))
    x = rng.lognormal(0, sigma, n)
    x[rng.random(n) < idle] = 0
    for _ in range(3):  # nobody has more than 3 %
        x = np.minimum(x * exchanges / x.sum(), exchanges * 0.03)
    _use(w, acc, rng.poisson(x), orgs, org)
    _everyday_enforcement(w, acc)
