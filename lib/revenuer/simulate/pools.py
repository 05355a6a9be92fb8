"""Adversaries: proxy pools that carry one or more labs' harvest, from naive to careful."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from revenuer.errors import ConfigError
from revenuer.simulate import traces, work
from revenuer.simulate.build import REGISTRY, Build, Spec, pick
from revenuer.simulate.fleet import Fleet, buy_fleet, campaign_of
from revenuer.simulate.population import relay_lineage
from revenuer.simulate.roster import BY_EVENT
from revenuer.simulate.scheduler import Exits, Order, Pool, Rules, Tenant

POOL_DEFAULTS: dict[str, Any] = {
    # size, time and pace
    "accounts": 250,
    "rate": 26.0,
    "first_day": -1.0,
    "last_day": 0.0,
    "ramp_days": 0.0,
    "idle_accounts": 0.0,
    # how the accounts were bought
    "accounts_per_card": 3.5,
    "card_share": 0.85,
    "card_issuers": 3,
    "disposable_share": 0.45,
    "bought_domains": 4,
    "signup_batches": 5,
    "signup_first": -45.0,
    "signup_last": -6.0,
    "signup_hours": 5.0,
    "signup_like_others": False,
    # exits and client
    "exits_per_account": 0.2,
    "exit_days": 1.5,
    "exit_by": "sitting",
    "residential": 0.82,
    "mobile": 0.08,
    "network": "proxy",
    "client": "frozen",
    "client_variants": 1,
    # the loop
    "order": "lru",
    "queue_slack": 0.1,
    "sticky_minutes": 60.0,
    "refusals": 0.06,
    "failover_seconds": 45.0,
    "jitter_hours": 0.0,
    "profile": "flat",
    "offset_hours": 8.0,
    # the work
    "labs": 1,
    "lab_share": 1.0,
    "second_lab_share": 0.4,
    "templates": 1,
    "tools": True,
    "settings": "own",
    "capabilities": {"coding": 5.0, "agentic_reasoning": 4.0, "math": 1.0},
    "input": "code",
    "input_scale": 1.0,
    "output_tokens": 470.0,
    "output": "even",
    "reasoning_share": 0.3,
    "turns": 1.0,
    "channel": "api",
    "second_channel": "",
    "product_clothes": False,
    "probing_days": 0.0,
    "probing_rate_share": 0.15,
    # whose work it is: another pool's, by that key, and the campaign's name in the truth when several pools serve it
    "work_key": "",
    "campaign": "",
    # what happens to it
    "ban_days": [],
    "ban_share": 1.0,
    "replaced": True,
    "replacement_hours": 6.0,
    "pivot_share": 0.0,
}


@REGISTRY.kind("pool", "adversaries", **POOL_DEFAULTS)
def pool(build: Build, spec: Spec) -> None:
    """A proxy pool: one scheduler loop over bought accounts, fed by labs and, for some, by honest customers too."""
    rng = build.rng(spec.name)
    fleet = buy_fleet(build, rng, spec)
    exits, places = _places(build, rng, spec, len(fleet.account))
    client = _client(build, rng, spec, len(fleet.account))
    tenants = []
    labs = spec.count("labs")
    shares = (
        [1.0]
        if labs == 1
        else [1 - spec.number("second_lab_share"), *[spec.number("second_lab_share") / (labs - 1)] * (labs - 1)]
    )
    for k, share in enumerate(shares):
        name = campaign_of(spec) if labs == 1 else f"{campaign_of(spec)}-lab{k + 1}"
        tenants += _lab(build, rng, spec, fleet, {**places, **client}, name, share * spec.number("lab_share"))
    if spec.number("lab_share") < 1:
        tenants.append(_customers(build, rng, spec, fleet, {**places, **client}))
    sticky = spec.number("sticky_minutes") * 60
    # One sitting a day does an ordinary account's work; the busiest take six.
    rate = spec.number("rate")
    pace = min(26.0, rate * 3600 / sticky) if rate <= 60 else rate / 6
    # Share of the time its lanes are busy under that job queue, measured.
    busy = {"flat": 1.0, "office": 0.5}.get(spec.text("profile"), 0.84)
    used = round(spec.count() * (1 - spec.number("idle_accounts")))
    # A lane waits for its jitter and its pause before it works for a sitting.
    cycle = 1 + spec.number("jitter_hours") * 1.25 / (sticky / 3600)
    lanes = max(1, round(used * spec.number("rate") / (pace * 24 * busy) * cycle))
    order = spec.text("order")
    if order not in ("lru", "random", "uneven"):
        raise ConfigError(f"{spec.name}: order {order!r} is none of lru, random, uneven")
    rules = Rules(
        cast(Order, order),
        sticky,
        pace,
        spec.number("refusals"),
        spec.number("failover_seconds"),
        spec.number("jitter_hours"),
        idle_h=spec.number("jitter_hours") * 0.25,
        slack=spec.number("queue_slack"),
    )
    build.sources.append(
        Pool(
            lanes=lanes,
            opens=fleet.opens,
            closes=fleet.closes,
            tenants=tenants,
            rules=rules,
            exits=exits,
            days=build.days,
            rng=rng,
        )
    )


def _places(build: Build, rng: np.random.Generator, spec: Spec, count: int) -> tuple[Exits, work.Fields]:
    """Exits of the pool, and the endpoints a stream falls back to."""
    roster, nets = build.roster, build.networks
    residential, mobile = spec.number("residential"), spec.number("mobile")
    if spec.text("network") == "home":
        # Rented from the account holders themselves: every account stays on its own line.
        return Exits(), roster.choices("endpoint", nets.homes(rng.integers(0, 23, count))[:, None])
    if spec.text("network") == "education":
        campus = nets.egress(24, 32, "education")
        return Exits(), {**roster.choices("endpoint", campus), "endpoint_by": 0}
    if spec.text("exit_by") == "request":
        wide = nets.proxy_exits(max(4000, count * 12), residential, mobile, span=4096)
        return Exits(), {**roster.choices("endpoint", wide), "endpoint_by": BY_EVENT}
    slots = max(3, round(count * spec.number("exits_per_account")))
    generations = 2 + int(build.days / spec.number("exit_days"))
    endpoints = nets.proxy_exits(slots * generations, residential, mobile).reshape(slots, generations)
    return Exits(endpoints, spec.number("exit_days") * 86_400), roster.choices("endpoint", endpoints.ravel())


def _client(build: Build, rng: np.random.Generator, spec: Spec, count: int) -> work.Fields:
    """The client under all exits: frozen (own header set), the common relay, stale, or rotated like everybody's."""
    clients, roster = build.clients, build.roster
    style = spec.text("client")
    if style == "rotated":
        lineage = clients.popular(count)
        return {"lineage": lineage, "lag": clients.lags(count), "tls": clients.hellos(lineage)}
    if style == "relay":
        return {"lineage": relay_lineage(build), "tls": int(clients.tls_of[relay_lineage(build)][0])}
    if style not in ("frozen", "stale"):
        raise ConfigError(f"{spec.name}: client {style!r} is none of frozen, stale, relay, rotated")
    # A popular library some releases behind for good; frozen adds the proxy's own header set.
    variants = max(1, spec.count("client_variants"))
    which = rng.integers(0, variants, count)
    headers = roster.hashes(roster.headers, variants)[which] if style == "frozen" else -1
    hello = clients.tls_of[clients.sdks[0]][rng.integers(0, 4, variants)][which]
    return {"lineage": clients.sdks[0], "lag": 130.0, "header": headers, "tls": hello}


def _lab(
    build: Build, rng: np.random.Generator, spec: Spec, fleet: Fleet, shared: work.Fields, name: str, share: float
) -> list[Tenant]:
    """A lab's harvest on every account of the pool; a probing phase first when asked for."""
    roster = build.roster
    n = len(fleet.account)
    key = f"{spec.text('work_key') or spec.name}/{name}"
    if key not in build.work:
        variants = max(spec.count("templates"), 1)
        tools = int(roster.hashes(roster.toolsets, 1)[0]) if spec.flag("tools") else -1
        build.work[key] = (roster.hashes(roster.templates, variants), tools, roster.hashes(roster.settings, 1))
    templates, toolset, settings = build.work[key]
    if spec.text("settings") == "common":
        settings = roster.settings.numbers(["default-0", "default-1"])
    if spec.flag("product_clothes"):
        product = build.popular_products[0]
        templates, toolset, settings = np.array([product.template]), product.toolset, np.array([product.settings])
    channels = [work.channel(build, spec.text("channel"))]
    if spec.text("second_channel"):
        channels.append(work.channel(build, spec.text("second_channel")))
    rows = traces.lengths()[2]
    capabilities = {str(k): float(v) for k, v in cast(dict[str, float], spec.values["capabilities"]).items()}
    pivot = spec.number("pivot_share")
    fields: work.Fields = {
        **shared,
        **roster.choices("template", templates),
        **roster.choices("settings", settings),
        "toolset": toolset,
        "campaign": roster.campaigns.number(name),
        "channel": pick(rng, channels, n),
        "operation": work.operation(build, "messages"),
        "models": build.default_models,
        "adopt_cap": pivot,
        "adopt_days": 0.25 if pivot else 20.0,
        "capabilities": build.capability_mix(capabilities),
        "in_model": rows[spec.text("input")],
        "in_scale": spec.number("input_scale"),
        "out_model": rows[spec.text("output")],
        "out_scale": spec.number("output_tokens"),
        "reasoning_share": spec.number("reasoning_share"),
        "session_logged": 1.0 if spec.text("channel") == "subscription" else 0.05,
        "fail": 0.012,
        "turn_logged": 0.5,
    }
    last = spec.number("last_day") or 1e9
    first = max(spec.number("first_day"), 0.0) if spec.number("first_day") >= 0 else -1e3
    probing = spec.number("probing_days")
    offset = spec.number("offset_hours")
    main = Tenant(
        roster.add_streams(fleet.account, **fields),
        share,
        spec.text("profile"),
        offset,
        first + probing if probing else first,
        last,
        spec.number("ramp_days"),
        spec.number("turns"),
    )
    if not probing:
        return [main]
    # Thousands of varied prompts without a common template, a few accounts at a time.
    varied = {**fields, **roster.choices("template", roster.hashes(roster.templates, 12_000)), "in_model": rows["conv"]}
    probe = Tenant(
        roster.add_streams(fleet.account, **varied),
        share * spec.number("probing_rate_share"),
        "flat",
        0,
        first,
        first + probing,
    )
    return [main, probe]


def _customers(build: Build, rng: np.random.Generator, spec: Spec, fleet: Fleet, shared: work.Fields) -> Tenant:
    """Honest customers of the proxy: they bought cheap access, and every one does his own thing by day."""
    roster = build.roster
    n = len(fleet.account)
    templates = np.concatenate(
        [roster.hashes(roster.templates, 120), np.full(240, -1), np.repeat([build.popular_products[0].template], 40)]
    )
    usual = roster.settings.numbers([f"default-{k}" for k in range(6)])
    fields: work.Fields = {
        **shared,
        **roster.choices("template", rng.permutation(templates)),
        **roster.choices("settings", usual),
        "settings_main": 0.4,
        "channel": work.channel(build, "api"),
        "operation": work.operation(build, "messages"),
        "models": build.default_models,
        "capabilities": build.capability_mix({"chat": 4, "coding": 3, "writing": 2, "translation": 1}),
        "in_model": rng.integers(0, 300, n),
        "out_model": rng.integers(0, 300, n),
    }
    streams = roster.add_streams(fleet.account, **fields)
    return Tenant(streams, 1 - spec.number("lab_share"), "home", spec.number("offset_hours"), turns=2.2)
