"""A relay resells subscription accounts to a lab and to ordinary customers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from afield.world import DAY

from elsewhere.background import HANDS, background
from elsewhere.ids import unit
from elsewhere.jobqueue import dispatch
from elsewhere.networks import COUNTRIES, RES, lands
from elsewhere.people import furnish, people
from elsewhere.pools import (
    OWN_SESSION,
    REWRITTEN,
    Requests,
    ban_dead,
    chains,
    deliver,
    pivot,
    together,
    utc_hours,
    work,
)
from elsewhere.products import app
from elsewhere.relay_lookalikes import (
    bootcamp,
    desktop_agent,
    device_farm,
    households,
    it_firm,
    relay_users,
    seat_reseller,
)
from elsewhere.world import DAYS, SPAN, World


def _merchant(w: World, n: int) -> dict[str, np.ndarray]:
    """Account columns as bought: sign-ups in batches with shared cards, mail and phone services, where it is cheap."""
    rng, out = w.rng, {k: [] for k in ("created", "card", "issuer", "domain", "phone", "country")}
    virtual = w.new("issuer", 3)
    ends = rng.choice(["top", "shop", "com", "xyz"], 9)
    made = [f"{x}.{y}" for x, y in zip(w.show("domain", w.new("domain", 9)), ends, strict=True)]
    left = n
    while left > 0:
        k = min(int(rng.integers(10, 45)), left)
        left -= k
        out["created"].append(-DAY * rng.uniform(6, 75) + rng.random(k) * 3600 * rng.uniform(1, 9))
        cards, pos = [], 0
        while pos < k:
            m = int(rng.integers(1, 6))
            cards += [int(w.new("card")[0])] * m
            pos += m
        out["card"].append(np.array(cards[:k]))
        out["issuer"].append(np.full(k, rng.choice(virtual)))
        two = rng.choice(["outlook.com", "hotmail.com", "gmail.com", *rng.choice(made, 3)], 2, replace=False)
        out["domain"].append(rng.choice(two, k).astype(object))
        shop = str(rng.choice(["NG", "TR", "IN", "PH", "US"]))
        prefix = COUNTRIES[str(rng.choice([shop, "ID", "VN"]))][2] + str(rng.integers(10, 99))
        out["phone"].append(np.full(k, prefix, object))
        out["country"].append(np.full(k, shop, object))
    return {k: np.concatenate(v) for k, v in out.items()}


def _harvest(w: World) -> list[Requests]:
    """The lab's work: agents, chains of thought, and a few days of probing."""
    public = int(w.app["tool"][w.pop["agent"][5]])
    private = int(w.new("tool")[0])
    agents = [
        app(w, n, client="cli-coder", kind=kind, tool=tool)
        for n, kind, tool in ((2, "agent", public), (1, "agent", private), (1, "code_gen", private))
    ]
    cots = [app(w, n, client="cli-coder", kind="cot", tool=False) for n in (3, 2)]
    day, night = utc_hours("office", 8), utc_hours("office", 8, floor=0.8)
    lab = {"camp": 0, "session": REWRITTEN}
    always = lab | {"hours": night, "model": pivot(w, 0.6, 1.0, 1), "outage": 0.015}
    return [
        work(w, 108000, agents, p_apps=[0.5, 0.3, 0.2], size=9, gap=28, **always),
        work(w, 74000, cots, p_apps=[0.65, 0.35], lo=1, **always),
        work(w, 1800, cots[0], hours=day, many=420, lo=0, hi=3, **lab),
    ]


def _customers(w: World) -> list[Requests]:
    """Ordinary people who pay the relay, with public agents and chat."""
    rng, parts = w.rng, []
    total = np.clip(rng.lognormal(5.6, 1.25, 230), 10, 5000)
    total *= 122000 / total.sum()
    tools = np.concatenate([w.pop["agent"], w.pop["assist"], [w.chat_app, w.chat_app]])
    for k in total:
        mine, own = rng.choice(tools, 2), -1
        if rng.random() < 0.25:
            kind = str(rng.choice(["write", "translate", "bot", "chat"]))
            mine[0] = app(w, 2, client="flow-nodes", kind=kind, tool=False)
        if rng.random() >= 0.65:
            own = w.clients.fixed(str(rng.choice(["desk-agent", "flow-nodes"])), float(rng.uniform(1, 60)))
        hours = utc_hours(str(rng.choice(HANDS)), float(rng.choice([8, 8, 8, 7, 5, 1, -5])))
        session = int(rng.choice([OWN_SESSION, REWRITTEN]))
        rhythm = {"size": 5, "gap": 60, "weekend": 0.75, "day_sigma": 0.9}
        parts.append(work(w, int(k), mine, p_apps=[0.75, 0.25], hours=hours, session=session, build=own, **rhythm))
    return parts


def _exits(w: World, vendor: list[int], post: np.ndarray) -> Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Static proxies shared by about five posts, some replaced; a few accounts straight from the relay's servers."""
    rng, k = w.rng, 70
    first, second = (w.nets.addr(rng.choice(vendor, k)) for _ in range(2))
    change = np.where(rng.random(k) < 0.35, rng.random(k) * SPAN, 2 * SPAN)
    servers = w.nets.addr(np.full(3, w.nets.clouds[3]))
    proxy, direct = (unit(post, 2) * k).astype(int), unit(post, 4) < 0.14

    def ip(slot: np.ndarray, t: np.ndarray, _: np.ndarray) -> np.ndarray:
        x = proxy[slot]
        return np.where(direct[slot], servers[slot % 3], np.where(t > change[x], second[x], first[x]))

    return ip


def _relay(w: World) -> None:
    rng = w.rng
    w.campaigns.append("lab_harrier")
    born, dies, post = chains(rng, 350, 0.013)
    n = len(born)
    bought = _merchant(w, n)
    bought["created"] = np.minimum(bought["created"], born - rng.uniform(1, 9, n) * DAY)  # stock is bought ahead
    vendor = [w.nets.net(c, RES, 2, plen=24) for c in ("US", "US", "GB", "SG")]
    p = people(
        w,
        n,
        cc=rng.choice(lands("US", "SG", "GB"), n),
        plan=rng.choice(["pro", "max"], n, p=[0.55, 0.45]),
        signup=np.where(
            rng.random(n) < 0.7,
            w.nets.addr(rng.choice(vendor, n)),
            w.nets.addr(w.nets.home_net(rng.choice(lands("US", "IN"), n))),
        ),
        **bought,
    )
    r = together(_harvest(w) + _customers(w))
    daily = np.where(unit(np.arange(n), 1) < 0.45, 105, 62)[:, None]
    d = dispatch(
        rng,
        r["t"],
        r["s"],
        born=born,
        dies=dies,
        daily=np.round(daily * rng.uniform(0.85, 1.15, (n, DAYS))),
        conc=rng.integers(1, 4, n),
        refuse=0.004,
        cool=3600 * 1.5,
        five_hour=45,
    )
    ip = _exits(w, vendor, post)
    frozen = ((9, 0), (9, 3), (24, 0), (24, 6), (41, 3), (60, 0))
    builds = np.array([w.clients.fixed("cli-coder", age, variant) for age, variant in frozen])
    w.hostile = p.id
    deliver(w, p.id, r, d, ip=ip, build=lambda slot, _: builds[(unit(post[slot], 8) * 6).astype(int)])
    ban_dead(w, p, dies, "account_sharing", share=0.8)


def build(seed: int) -> World:
    """The world before its everyday bans."""
    w = World(
        "relay_subscriptions",
        seed,
        "2026-02-09",
        {
            "acct": ("b32", "usr_"),
            "org": ("short", "org_"),
            "req": ("b32", "req_"),
            "sess": ("uuid", ""),
            "tpl": ("hex", "pt:"),
            "tool": ("hex", "ts:"),
            "card": ("hex", "card_"),
            "issuer": ("short", "bin_"),
            "key": ("b32", "sk_"),
            "sett": ("short", "rs:"),
            "domain": ("short", "d"),
        },
        [("opal-2", -310.0), ("opal-3", -150.0), ("opal-3-mini", -140.0), ("opal-4", 8.7)],
    )
    furnish(w)
    background(w, 20600, 600000)
    _relay(w)
    for make, n in (
        (households, 300),
        (it_firm, 260),
        (device_farm, 130),
        (relay_users, 300),
        (desktop_agent, 380),
        (bootcamp, 180),
        (seat_reseller, 210),
    ):
        make(w, n)
    return w
