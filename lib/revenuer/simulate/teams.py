"""Honest look-alikes made by teams and their programs."""

from __future__ import annotations

import numpy as np

from revenuer.simulate import traces, work
from revenuer.simulate.build import REGISTRY, Build, Spec
from revenuer.simulate.people import enroll
from revenuer.simulate.platforms import vendor_product
from revenuer.simulate.roster import CRON, WINDOW
from revenuer.simulate.scheduler import Exits, Pool, Rules, Tenant


@REGISTRY.kind(
    "evaluation_suite", "lookalikes", accounts=30, rate=25.0, start_hour=1.0, hours=2.5, templates=4, organization=True
)
def evaluation_suite(build: Build, spec: Spec) -> None:
    """An organisation's nightly evaluation: many service accounts, a few templates, the same hours every night."""
    rng = build.rng(spec.name)
    organization = build.roster.organizations(1)[0] if spec.flag("organization") else None
    created = -rng.uniform(20, 200) - rng.exponential(3, spec.count())
    people = enroll(
        build,
        rng,
        spec.count(),
        organization=organization,
        card=build.roster.cards(1)[0],
        created_day=created,
        country=0,
        plan="enterprise",
        domain=f"evals{rng.integers(1 << 20):x}.example",
        decoy=spec.name,
    )
    fields = vendor_product(build, rng, people, build.networks.egress(2, 8), templates=spec.count("templates"))
    fields |= {
        "rhythm": WINDOW,
        "start_h": spec.number("start_hour"),
        "period_h": spec.number("hours"),
        "rate": spec.number("rate"),
        "lag": 30.0,
        "capabilities": build.capability_mix({"coding": 4, "math": 3, "agentic_reasoning": 3}),
        "out_scale": 500.0,
        "swing": 0.1,
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("ci_review", "lookalikes", accounts=50, rate=10.0, own_organizations=True)
def ci_review(build: Build, spec: Spec) -> None:
    """Code-review bots of unrelated organisations: one product's template, from a CI provider's shared runners."""
    rng = build.rng(spec.name)
    names = build.roster.organizations(spec.count()) if spec.flag("own_organizations") else None
    people = enroll(build, rng, spec.count(), organization=names, card_share=1.0, decoy=spec.name, plan="team")
    fields = vendor_product(build, rng, people, build.networks.egress(6, 128))
    rows = traces.lengths()[2]
    fields |= {
        "profile": traces.profile("office"),
        "offset_h": people.offset_h,
        "weekend": 0.15,
        "swing": 0.7,
        "in_model": rows["code"],
        "in_scale": 3.0,
        "out_model": rows["conv"],
        "out_scale": 1.2,
        "capabilities": build.capability_mix({"coding": 1}),
        "rate": spec.number("rate") * 0.5 * rng.lognormal(0, 1.0, len(people)).clip(0, 12),
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("support_chatbot", "lookalikes", accounts=2, rate=400.0)
def support_chatbot(build: Build, spec: Spec) -> None:
    """A shop's support bot: one template, one server, conversations by day, heavy."""
    rng = build.rng(spec.name)
    people = enroll(
        build,
        rng,
        spec.count(),
        organization=build.roster.organizations(spec.count()),
        decoy=spec.name,
        plan="enterprise",
        card_share=1.0,
    )
    fields = vendor_product(build, rng, people, build.networks.servers(1))
    fields |= {
        "rate": spec.number("rate") / 4,
        "turns": 4.0,
        "gap_s": 70.0,
        "profile": traces.profile("campus"),
        "offset_h": people.offset_h,
        "capabilities": build.capability_mix({"chat": 1}),
        "weekend": 1.1,
        "cached_share": 0.6,
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("synthetic_data", "lookalikes", accounts=12, rate=120.0)
def synthetic_data(build: Build, spec: Spec) -> None:
    """A team writes training data for its own small model: output-heavy, one template family, one organisation."""
    rng = build.rng(spec.name)
    people = enroll(
        build,
        rng,
        spec.count(),
        organization=build.roster.organizations(1)[0],
        card=build.roster.cards(1)[0],
        decoy=spec.name,
        plan="enterprise",
    )
    fields = vendor_product(build, rng, people, build.networks.egress(1, 4), templates=12)
    fields |= {
        "rate": spec.number("rate"),
        "out_scale": 900.0,
        "capabilities": build.capability_mix({"writing": 5, "coding": 3, "math": 2}),
        "channel": work.channel(build, "batch"),
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("rag_backfill", "lookalikes", accounts=6, rate=200.0, first_day=1.0, last_day=3.0)
def rag_backfill(build: Build, spec: Spec) -> None:
    """A document store is summarised once: huge inputs, short answers, for a few days."""
    rng = build.rng(spec.name)
    people = enroll(
        build,
        rng,
        spec.count(),
        organization=build.roster.organizations(1)[0],
        decoy=spec.name,
        plan="team",
        card_share=1.0,
    )
    fields = vendor_product(build, rng, people, build.networks.servers(2))
    fields |= {
        "rate": spec.number("rate"),
        "in_model": traces.lengths()[2]["long"],
        "out_scale": 80.0,
        "from_day": spec.number("first_day"),
        "until_day": spec.number("last_day"),
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("release_benchmark", "lookalikes", accounts=40, rate=60.0, day=4.0)
def release_benchmark(build: Build, spec: Spec) -> None:
    """Strangers run the same public benchmark on the day a model comes out."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name)
    n = len(people)
    fields = vendor_product(build, rng, people, build.networks.servers(1), templates=8)
    lineage = build.clients.popular(n)
    fields |= {
        **build.roster.choices("endpoint", np.stack([people.home, build.networks.servers(n)], axis=1)),
        "lineage": lineage,
        "lag": build.clients.lags(n),
        "tls": build.clients.hellos(lineage),
        "rate": spec.number("rate") * rng.lognormal(0, 0.8, n),
        "from_day": spec.number("day"),
        "until_day": spec.number("day") + 1.5,
        "adopt_cap": 1.0,
        "adopt_days": 0.02,
        "profile": traces.profile("home"),
        "offset_h": people.offset_h,
        "capabilities": build.capability_mix({"math": 4, "coding": 4, "agentic_reasoning": 2}),
    }
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("oncall_team", "lookalikes", accounts=14, rate=16.0)
def oncall_team(build: Build, spec: Spec) -> None:
    """An on-call team around the clock with personal accounts: shifts hand over open sessions to the next account."""
    rng = build.rng(spec.name)
    people = enroll(
        build,
        rng,
        spec.count(),
        domain=f"ops{rng.integers(1 << 20):x}.example",
        decoy=spec.name,
        created_day=-rng.uniform(30, 400, spec.count()),
        card_share=0.8,
    )
    n = len(people)
    office = build.networks.egress(3, 2, "business")
    fields = vendor_product(build, rng, people, office, templates=2)
    where = np.stack([office[rng.integers(0, 3, n)], people.home, build.networks.phones(people.country)], axis=1)
    fields |= {
        **build.roster.choices("endpoint", where),
        "session_logged": 0.8,
        "turn_logged": 1.0,
        "channel": work.channel(build, "console"),
    }
    streams = build.roster.add_streams(people.account, **fields)
    # Eight-hour shifts; some sessions end in a limit and go on under a colleague's account.
    rules = Rules("lru", 8 * 3600.0, spec.number("rate") * n / 48, 0.3, 50.0)
    tenant = Tenant(streams, 1.0, turns=6.0)
    build.sources.append(
        Pool(
            lanes=2,
            opens=people.created_day,
            closes=np.full(n, 1e9),
            tenants=[tenant],
            rules=rules,
            exits=Exits(),
            days=build.days,
            rng=rng,
        )
    )


@REGISTRY.kind("accounting_firm", "lookalikes", accounts=80, rate=5.0, timer=False)
def accounting_firm(build: Build, spec: Spec) -> None:
    """A firm keeps the books of its clients: their accounts, its card, its office, its template, its hours."""
    rng = build.rng(spec.name)
    n = spec.count()
    people = enroll(
        build,
        rng,
        n,
        country=int(rng.integers(0, 5)),
        card=build.roster.cards(1)[0],
        issuer="de-bank-0",
        created_day=-rng.uniform(5, 700, n),
        decoy=spec.name,
    )
    fields = vendor_product(build, rng, people, build.networks.egress(1, 1, "business"))
    fields |= {
        "rate": spec.number("rate") * rng.lognormal(0, 0.6, n),
        "profile": traces.profile("office"),
        "offset_h": float(people.offset_h[0]),
        "weekend": 0.05,
        "capabilities": build.capability_mix({"extraction": 7, "summarization": 3}),
    }
    if spec.flag("timer"):
        fields |= {"rhythm": CRON, "period_h": 4.0, "start_h": rng.random(n) * 4}
    build.roster.add_streams(people.account, **fields)


@REGISTRY.kind("client_migration", "lookalikes", accounts=120, rate=5.0, day=2.0)
def client_migration(build: Build, spec: Spec) -> None:
    """Everybody on a vendor's product is moved to its new client on one day, with another template and header set."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name)
    n = len(people)
    day = spec.number("day")
    before = vendor_product(build, rng, people, build.networks.servers(1))
    after = vendor_product(build, rng, people, build.networks.servers(1))
    rate = work.rates(rng, n, spec.number("rate") * 0.5, 1.2, 100.0)
    for fields, first, last in (
        (before, people.created_day, np.full(n, day)),
        (after, np.full(n, day), np.full(n, 1e9)),
    ):
        fields |= {
            **build.roster.choices("endpoint", np.stack([people.home, build.networks.phones(people.country)], axis=1)),
            "from_day": first,
            "until_day": last,
            "rate": rate,
            "profile": traces.profile("office"),
            "offset_h": people.offset_h,
            "weekend": 0.5,
            "swing": 0.6,
        }
        build.roster.add_streams(people.account, **fields)
