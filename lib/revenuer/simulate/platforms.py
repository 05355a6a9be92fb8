"""Honest look-alikes made by platforms and vendors: one program, many unrelated customers."""

from __future__ import annotations

import numpy as np

from revenuer.simulate import traces, work
from revenuer.simulate.build import REGISTRY, Build, Spec, pick, spread
from revenuer.simulate.ids import Ints
from revenuer.simulate.people import People, enroll
from revenuer.simulate.roster import CRON
from revenuer.simulate.scheduler import Exits, Pool, Rules, Tenant


def vendor_product(
    build: Build, rng: np.random.Generator, people: People, places: Ints, *, templates: int = 1
) -> work.Fields:
    """One vendor's program under its customers' keys: its template, tools, settings, client and egress."""
    roster = build.roster
    lineage = build.clients.add(f"vendor-{rng.integers(1 << 32):x}", float(rng.uniform(8, 40)))
    rows = traces.lengths()[2]
    return {
        **roster.choices("endpoint", places),
        **roster.choices("template", roster.hashes(roster.templates, templates)),
        **roster.choices("settings", roster.hashes(roster.settings, 1)),
        "toolset": int(roster.hashes(roster.toolsets, 1)[0]),
        "lineage": lineage,
        "lag": 1.0,
        "tls": int(build.clients.tls_of[lineage][0]),
        "channel": work.channel(build, "api"),
        "operation": work.operation(build, "messages"),
        "models": build.default_models,
        "adopt_cap": 0.6,
        "adopt_days": 12.0,
        "capabilities": build.capability_mix({"summarization": 4, "extraction": 3, "classification": 3}),
        "in_model": rows["conv"],
        "in_scale": float(rng.uniform(0.5, 3)),
        "out_model": rows["even"],
        "out_scale": float(rng.uniform(60, 500)),
        "turn_logged": 0.6,
        "swing": 0.3,
        "jump": 0.0,
        "weekend": 1.0,
        "profile": traces.profile("flat"),
        "offset_h": 0.0,
        "from_day": people.created_day,
    }


@REGISTRY.kind("no_code_recipe", "lookalikes", accounts=100, period_hours=1.0, egress=4)
def no_code_recipe(build: Build, spec: Spec) -> None:
    """Hundreds of strangers run one recipe: hourly, even, round the clock, from the platform's few addresses."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name)
    fields = vendor_product(build, rng, people, build.networks.egress(spec.count("egress"), 8))
    fields |= {
        "rhythm": CRON,
        "period_h": spec.number("period_hours"),
        "start_h": rng.random(len(people)),
        "jitter_s": 15.0,
        "rate": 24 / spec.number("period_hours"),
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("hosted_scheduler", "lookalikes", accounts=80, rate=10.0, plans="equal", clouds=1, own_templates=0.5)
def hosted_scheduler(build: Build, spec: Spec) -> None:
    """A service wakes its customers' agents at random hours; plans are equal or tiered, on one cloud or several."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name)
    n = len(people)
    clouds = spec.count("clouds")
    places = build.networks.egress(max(clouds * 2, 2), 16) if clouds > 1 else build.networks.egress(1, 24)
    fields = vendor_product(build, rng, people, places, templates=2)
    own = build.roster.hashes(build.roster.templates, n)
    shared = build.roster.hashes(build.roster.templates, 1)[0]
    template = np.where(rng.random(n) < spec.number("own_templates"), own, shared)
    plan = rng.choice([0.3, 1.0, 4.0], n, p=[0.6, 0.3, 0.1]) if spec.text("plans") == "tiered" else np.ones(n)
    fields |= {**build.roster.choices("template", template[:, None]), "turns": 2.5, "gap_s": 8.0}
    build.roster.add_streams(people.account, **{**fields, "rate": spec.number("rate") * plan / 2.5})


@REGISTRY.kind("batch_vendor", "lookalikes", accounts=80, rate=14.0, refusals=0.03, egress=3)
def batch_vendor(build: Build, spec: Spec) -> None:
    """A vendor rotates least-recently-used over its customers' keys: own cards, own sign-ups, fixed hosting egress."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name, card_share=0.95)
    fields = vendor_product(build, rng, people, build.networks.egress(spec.count("egress"), 4), templates=3)
    streams = build.roster.add_streams(people.account, **fields)
    rules = Rules("lru", 1800.0, 30.0, spec.number("refusals"), 40.0)
    lanes = max(1, round(spec.count() * spec.number("rate") / (rules.pace_per_hour * 24)))
    never = np.full(len(people), 1e9)
    build.sources.append(
        Pool(
            lanes=lanes,
            opens=people.created_day,
            closes=never,
            tenants=[Tenant(streams, 1.0)],
            rules=rules,
            exits=Exits(),
            days=build.days,
            rng=rng,
        )
    )


@REGISTRY.kind("retrying_gateway", "lookalikes", accounts=40, rate=20.0, refusals=0.12)
def retrying_gateway(build: Build, spec: Spec) -> None:
    """An honest gateway that sends a refused request again on another customer's key, within seconds."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name, card_share=0.9)
    n = len(people)
    fields = vendor_product(build, rng, people, build.networks.egress(2, 4))
    own = np.where(rng.random(n) < 0.3, -1, build.roster.hashes(build.roster.templates, n))
    fields |= {**build.roster.choices("template", own[:, None]), "toolset": -1}
    streams = build.roster.add_streams(people.account, **fields)
    rules = Rules("random", 900.0, 60.0, spec.number("refusals"), 10.0)
    lanes = max(1, round(spec.count() * spec.number("rate") / (rules.pace_per_hour * 24 * 0.5)))
    tenant = Tenant(streams, 1.0, "office", float(rng.choice([-5, 1, 8])), turns=2.0)
    build.sources.append(
        Pool(
            lanes=lanes,
            opens=people.created_day,
            closes=np.full(n, 1e9),
            tenants=[tenant],
            rules=rules,
            exits=Exits(),
            days=build.days,
            rng=rng,
        )
    )


@REGISTRY.kind("llm_gateway", "lookalikes", accounts=3, rate=300.0)
def llm_gateway(build: Build, spec: Spec) -> None:
    """A few accounts carry whole companies' traffic through a fallback router: heavy, retrying, one fixed egress."""
    rng = build.rng(spec.name)
    names = build.roster.organizations(spec.count())
    people = enroll(build, rng, spec.count(), organization=names, decoy=spec.name, plan="enterprise", card_share=1.0)
    n = len(people)
    fields = work.service(build, rng, people, build.networks.servers(n))
    fields |= {
        **build.roster.choices(
            "template", np.concatenate([build.roster.hashes(build.roster.templates, 60), np.full(60, -1)])
        ),
        "rate": spread(rng, n, spec.number("rate") * 0.7, spec.number("rate") * 1.3) / fields["turns"],
        "fail": 0.06,
        "swing": 0.2,
        "jump": 0.0,
        "channel": work.channel(build, "api"),
        "from_day": people.created_day,
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("reseller", "lookalikes", accounts=50, rate=6.0, own_mail=True, signup_days=300.0)
def reseller(build: Build, spec: Spec) -> None:
    """One company's card pays for seats it sells on; every customer does his own work from his own place."""
    rng = build.rng(spec.name)
    n = spec.count()
    created = -rng.uniform(2, spec.number("signup_days"), n)
    people = enroll(
        build,
        rng,
        n,
        card=build.roster.cards(1)[0],
        issuer="us-bank-0",
        created_day=created,
        decoy=spec.name,
        plan="pro",
        domain=None if spec.flag("own_mail") else f"seats{rng.integers(1 << 30):x}.example",
    )
    rate = work.rates(rng, n, spec.number("rate") * 0.4, 1.4, 150.0)
    for low, kind in enumerate(("chat", "agent", "service")):
        rows = np.arange(n) % 3 == low
        part = people.part(rows)
        fields = (
            work.chat(build, rng, part)
            if kind == "chat"
            else work.agent(build, rng, part, rng.integers(0, 3, len(part)))
            if kind == "agent"
            else work.service(build, rng, part)
        )
        build.roster.add_streams(
            part.account, **{**fields, "rate": rate[rows] / fields["turns"], "from_day": part.created_day}
        )


@REGISTRY.kind("gateway_product", "lookalikes", accounts=150, rate=8.0, default_template=0.4)
def gateway_product(build: Build, spec: Spec) -> None:
    """One product on many organisations' own clouds: same client and headers, some keep its template."""
    rng = build.rng(spec.name)
    names = build.roster.organizations(spec.count())
    people = enroll(build, rng, spec.count(), organization=names, decoy=spec.name, plan="team", card_share=1.0)
    n = len(people)
    fields = work.service(build, rng, people)
    product = vendor_product(build, rng, people, build.networks.servers(1))
    default = build.roster.hashes(build.roster.templates, 1)[0]
    own = build.roster.hashes(build.roster.templates, n)
    template = np.where(rng.random(n) < spec.number("default_template"), default, own)
    fields |= {
        **build.roster.choices("template", template[:, None]),
        "lineage": product["lineage"],
        "lag": build.clients.lags(n),
        "header": -1,
        "tls": product["tls"],
        "rate": work.rates(rng, n, spec.number("rate") * 0.4, 1.4, 200.0) / fields["turns"],
        "from_day": people.created_day,
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("franchise", "lookalikes", accounts=60, rate=12.0, one_egress=True)
def franchise(build: Build, spec: Spec) -> None:
    """A chain's independent shops, each with its own card, all with the same vendor's ordering bot."""
    rng = build.rng(spec.name)
    people = enroll(
        build,
        rng,
        spec.count(),
        decoy=spec.name,
        card_share=1.0,
        country=int(rng.integers(0, 8)),
        domain=f"chain{rng.integers(1 << 30):x}.example",
        plan="payg",
    )
    n = len(people)
    fields = vendor_product(build, rng, people, build.networks.egress(2, 8))
    if not spec.flag("one_egress"):
        fields |= build.roster.choices("endpoint", people.home[:, None])
    fields |= {
        "rate": spec.number("rate") / 3 * rng.lognormal(0, 0.4, n),
        "turns": 3.0,
        "gap_s": 40.0,
        "profile": traces.profile("home"),
        "offset_h": people.offset_h,
        "capabilities": build.capability_mix({"chat": 8, "extraction": 2}),
        "weekend": 1.2,
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("viral_agent", "lookalikes", accounts=220, rate=7.0, launch_day=-12.0)
def viral_agent(build: Build, spec: Spec) -> None:
    """An open-source agent goes viral: strangers sign up within days and all send its template and tools."""
    rng = build.rng(spec.name)
    n = spec.count()
    created = np.where(
        rng.random(n) < 0.6, spec.number("launch_day") + rng.exponential(5, n), -rng.exponential(200, n) - 1
    )
    people = enroll(build, rng, n, created_day=np.minimum(created, build.days - 1.0), decoy=spec.name)
    fields = vendor_product(build, rng, people, build.networks.servers(1))
    third = np.where(rng.random(n) < 0.15, build.networks.tunnels(n), people.home)
    fields |= {
        **build.roster.choices("endpoint", np.stack([people.home, people.home, third], axis=1)),
        "lag": rng.exponential(4, n),
        "tls": pick(rng, build.clients.tls_of[int(fields["lineage"])], n),
        "turns": 6.0,
        "gap_s": 20.0,
        "rate": work.rates(rng, n, spec.number("rate") * 0.5, 1.3, 150.0) / 6,
        "profile": traces.profile("home"),
        "offset_h": people.offset_h,
        "capabilities": build.capability_mix({"coding": 5, "agentic_reasoning": 5}),
        "from_day": np.maximum(people.created_day, spec.number("launch_day")),
        "out_model": traces.lengths()[2]["conv"],
        "out_scale": 1.5,
        "swing": 1.0,
        "weekend": 0.9,
    }
    build.roster.add_streams(people.account, **fields)
