"""Kinds of work as stream settings: what a chatter, a coding agent or a backend service sends."""

from __future__ import annotations

from typing import Any

import numpy as np

from revenuer.simulate import traces
from revenuer.simulate.build import Build, Product, pick
from revenuer.simulate.ids import Floats, Ints
from revenuer.simulate.people import People

Fields = dict[str, Any]


def rates(rng: np.random.Generator, count: int, median: float, sigma: float, cap: float) -> Floats:
    """Exchanges a day: log-normal with a tail of tiny accounts, capped."""
    drawn = median * rng.lognormal(0, sigma, count)
    return np.minimum(np.where(rng.random(count) < 0.1, drawn * 0.05, drawn), cap)


def channel(build: Build, name: str) -> int:
    """Number of a channel."""
    return build.roster.channels.number(name)


def operation(build: Build, name: str) -> int:
    """Number of an operation."""
    return build.roster.operations.number(name)


def chat(build: Build, rng: np.random.Generator, people: People) -> Fields:
    """People in the provider's own apps."""
    n = len(people)
    nets = build.networks
    phone = nets.phones(people.country)
    third = np.where(
        rng.random(n) < 0.07, nets.tunnels(n), np.where(rng.random(n) < 0.05, nets.tunnels(n, "relay"), people.home)
    )
    apps = np.where(rng.random(n) < 0.6, build.clients.sdks[-2], build.clients.sdks[-1])
    return {
        **build.roster.choices("endpoint", np.stack([people.home, people.home, phone, third], axis=1)),
        "lineage": apps,
        "lag": rng.exponential(3, n),
        "tls": build.clients.hellos(apps),
        "keys": 0,
        "channel": pick(rng, [channel(build, "subscription"), channel(build, "console")], n, (0.85, 0.15)),
        "operation": operation(build, "chat"),
        "models": build.default_models,
        "adopt_days": rng.lognormal(np.log(8), 1, n),
        "capabilities": build.capability_mix({"chat": 5, "writing": 2, "coding": 1, "translation": 1, "math": 0.5}),
        "in_model": traces.lengths()[2]["conv"],
        "out_model": traces.lengths()[2]["conv"],
        "in_scale": rng.lognormal(-0.8, 0.5, n),
        "out_scale": rng.lognormal(0.4, 0.5, n),
        "turns": 2.2,
        "gap_s": 126.0,
        "profile": traces.profile("home"),
        "offset_h": people.offset_h,
        "weekend": rng.uniform(0.75, 1.1, n),
        "swing": 0.9,
        "session_logged": 1.0,
        "turn_logged": 1.0,
    }


def agent(build: Build, rng: np.random.Generator, people: People, product: Ints, place: Ints | None = None) -> Fields:
    """Developers with a popular coding agent: the same template and tool set for all its users."""
    n = len(people)
    products: list[Product] = [build.popular_products[p] for p in product.tolist()]
    lineage = np.array([p.lineage for p in products], np.int64)
    template = np.array([p.template for p in products], np.int64)
    where = people.home if place is None else place
    second = np.where(
        rng.random(n) < 0.12,
        build.networks.tunnels(n),
        np.where(rng.random(n) < 0.2, build.networks.phones(people.country), where),
    )
    return {
        **build.roster.choices("endpoint", np.stack([where, where, people.home, second], axis=1)),
        **build.roster.choices("template", template[:, None]),
        **build.roster.choices("settings", np.array([p.settings for p in products], np.int64)[:, None]),
        "toolset": np.array([p.toolset for p in products], np.int64),
        "lineage": lineage,
        "lag": rng.lognormal(np.log(6), 1.2, n),
        "tls": build.clients.hellos(lineage),
        "channel": channel(build, "api"),
        "operation": operation(build, "messages"),
        "models": build.default_models,
        "adopt_days": rng.lognormal(np.log(10), 1, n),
        "capabilities": build.capability_mix({"coding": 6, "agentic_reasoning": 3, "chat": 1}),
        "in_model": traces.lengths()[2]["code"],
        "out_model": traces.lengths()[2]["conv"],
        "in_scale": rng.lognormal(0.6, 0.5, n),
        "out_scale": rng.lognormal(0.1, 0.6, n),
        "cached_share": rng.uniform(0.3, 0.8, n),
        "turns": rng.uniform(3, 12, n),
        "gap_s": rng.uniform(12, 60, n),
        "profile": np.where(rng.random(n) < 0.6, traces.profile("office"), traces.profile("home")),
        "offset_h": people.offset_h,
        "weekend": rng.uniform(0.3, 0.9, n),
        "swing": 0.8,
        "session_logged": 0.15,
        "turn_logged": 0.7,
    }


def service(build: Build, rng: np.random.Generator, people: People, place: Ints | None = None) -> Fields:
    """Backends: one's own template, settings and server, lengths and hours like a traced business client."""
    n = len(people)
    roster, clients = build.roster, build.clients
    inputs, _, _ = traces.lengths()
    model = rng.integers(0, len(inputs.modal_share), n)
    names, weights, _ = traces.hour_shapes()
    lineage = np.where(rng.random(n) < 0.06, -1, clients.popular(n))
    servers = build.networks.servers(2 * n).reshape(n, 2) if place is None else np.stack([place, place], axis=1)
    server = np.where(rng.random((n, 1)) < 0.6, servers[:, :1], servers)
    templates = roster.hashes(roster.templates, 3 * n).reshape(n, 3)
    templates = np.where(rng.random((n, 3)) < 0.5, templates[:, :1], templates)
    headers = roster.hashes(roster.headers, n)
    return {
        **roster.choices("endpoint", server),
        **roster.choices("template", np.where(rng.random((n, 1)) < 0.25, -1, templates)),
        **roster.choices("settings", common_settings(build, rng, n)),
        "toolset": np.where(rng.random(n) < 0.3, roster.hashes(roster.toolsets, n), -1),
        "lineage": lineage,
        "lag": clients.lags(n),
        "header": np.where(rng.random(n) < 0.12, headers, -1),
        "tls": clients.hellos(lineage),
        "channel": pick(
            rng, [channel(build, "api"), channel(build, "batch"), channel(build, "cloud_resale")], n, (0.86, 0.06, 0.08)
        ),
        "operation": pick(rng, [operation(build, "messages"), operation(build, "responses")], n, (0.7, 0.3)),
        "models": build.default_models,
        "adopt_cap": np.where(rng.random(n) < 0.5, 0.0, 0.9),
        "adopt_days": rng.lognormal(np.log(25), 1, n),
        "capabilities": np.array(
            [
                build.capability_mix({str(c): 0.9, "chat": 0.1})
                for c in pick(
                    rng,
                    [
                        "chat",
                        "extraction",
                        "classification",
                        "summarization",
                        "coding",
                        "translation",
                        "writing",
                        "agentic_reasoning",
                    ],
                    n,
                ).tolist()
            ]
        ),
        "in_model": model,
        "out_model": model,
        "in_modal": rng.integers(200, 6000, n),
        "in_modal_share": np.where(rng.random(n) < 0.12, rng.uniform(0.3, 0.9, n), 0.0),
        "out_modal": rng.integers(4, 900, n),
        "out_modal_share": np.where(rng.random(n) < 0.34, rng.uniform(0.1, 0.7, n), 0.0),
        "cached_share": np.where(rng.random(n) < 0.4, rng.uniform(0, 0.8, n), 0.0),
        "reasoning_share": np.where(rng.random(n) < 0.2, rng.uniform(0.1, 0.8, n), 0.0),
        "turns": np.where(rng.random(n) < 0.4, rng.uniform(1.3, 4, n), 1.0),
        "gap_s": 90.0,
        "profile": rng.choice(len(names), n, p=weights / weights.sum()),
        "offset_h": np.where(rng.random(n) < 0.6, people.offset_h, 0.0),
        "weekend": rng.uniform(0.5, 1.05, n),
        "fail": rng.choice([0.004, 0.015, 0.05], n, p=[0.5, 0.35, 0.15]),
        "keys": rng.choice([1, 1, 2, 4], n),
    }


def common_settings(build: Build, rng: np.random.Generator, count: int) -> Ints:
    """Settings lists: mostly one of the few that everybody uses, one's own for some, none for some."""
    roster = build.roster
    usual = roster.settings.numbers([f"default-{k}" for k in range(6)])
    first = usual[(rng.random(count) ** 2 * len(usual)).astype(int)]
    own = roster.hashes(roster.settings, count)
    first = np.where(rng.random(count) < 0.25, own, np.where(rng.random(count) < 0.2, -1, first))
    return np.stack([first, usual[rng.integers(0, len(usual), count)]], axis=1)
