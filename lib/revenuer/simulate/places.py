"""Honest look-alikes made by places: many people behind one network."""

from __future__ import annotations

import numpy as np

from revenuer.simulate import traces, work
from revenuer.simulate.build import REGISTRY, Build, Spec
from revenuer.simulate.ids import Ints
from revenuer.simulate.networks import COUNTRIES
from revenuer.simulate.people import People, enroll, growth
from revenuer.simulate.population import products
from revenuer.simulate.roster import WINDOW
from revenuer.simulate.scheduler import Exits, Pool, Rules, Tenant


def _everyday(
    build: Build, rng: np.random.Generator, people: People, place: Ints, rate: float, *, agents: float = 0.4
) -> None:
    """Ordinary chat and agent work of people who sit behind one place part of the time."""
    n = len(people)
    per_day = work.rates(rng, n, rate * 0.4, 1.4, 150.0)
    is_agent = rng.random(n) < agents
    for rows, kind in ((~is_agent, "chat"), (is_agent, "agent")):
        part, where = people.part(rows), place[rows]
        if not len(part):
            continue
        fields = (
            work.chat(build, rng, part)
            if kind == "chat"
            else work.agent(build, rng, part, products(rng, len(part)), where)
        )
        fields |= build.roster.choices("endpoint", np.stack([where, where, part.home], axis=1))
        build.roster.add_streams(
            part.account, **{**fields, "rate": per_day[rows] / fields["turns"], "from_day": part.created_day}
        )


@REGISTRY.kind("university", "lookalikes", accounts=120, rate=4.0)
def university(build: Build, spec: Spec) -> None:
    """Students and staff with personal accounts behind a campus network."""
    rng = build.rng(spec.name)
    campus = build.networks.egress(1, 16, "education")
    country = build.networks.as_country[int(build.networks.system[-1][0])]
    domain = f"uni{rng.integers(1 << 20):x}.example"
    mixed = [domain if u < 0.6 else "gmail.com" for u in rng.random(spec.count()).tolist()]
    people = enroll(build, rng, spec.count(), country=country, domain=mixed, decoy=spec.name, card_share=0.25)
    _everyday(build, rng, people, np.repeat(campus, len(people)), spec.number("rate"))


@REGISTRY.kind("university_lab", "lookalikes", accounts=30, rate=20.0)
def university_lab(build: Build, spec: Spec) -> None:
    """A lab's job queue rotates over its students' personal accounts: one template, one room, no organisation."""
    rng = build.rng(spec.name)
    campus = build.networks.egress(1, 2, "education")
    country = build.networks.as_country[int(build.networks.system[-1][0])]
    created = -rng.uniform(3, 500, spec.count())
    people = enroll(
        build,
        rng,
        spec.count(),
        country=country,
        created_day=created,
        domain=f"lab{rng.integers(1 << 20):x}.example",
        decoy=spec.name,
        card_share=0.4,
    )
    roster = build.roster
    lineage = build.clients.sdks[0]
    rows = traces.lengths()[2]
    streams = roster.add_streams(
        people.account,
        **roster.choices("endpoint", campus),
        **roster.choices("template", roster.hashes(roster.templates, 4)),
        **roster.choices("settings", roster.hashes(roster.settings, 2)),
        toolset=int(roster.hashes(roster.toolsets, 1)[0]),
        lineage=lineage,
        lag=60.0,
        tls=int(build.clients.tls_of[lineage][0]),
        channel=work.channel(build, "api"),
        operation=work.operation(build, "messages"),
        models=build.default_models,
        capabilities=build.capability_mix({"math": 4, "agentic_reasoning": 3, "coding": 3}),
        in_model=rows["conv"],
        out_model=rows["even"],
        out_scale=700.0,
        reasoning_share=0.4,
    )
    rules = Rules("lru", 2700.0, 30.0, 0.05, 50.0)
    lanes = max(1, round(spec.count() * spec.number("rate") / (rules.pace_per_hour * 24)))
    build.sources.append(
        Pool(
            lanes=lanes,
            opens=people.created_day,
            closes=np.full(len(people), 1e9),
            tenants=[Tenant(streams, 1.0)],
            rules=rules,
            exits=Exits(),
            days=build.days,
            rng=rng,
        )
    )


@REGISTRY.kind(
    "classroom",
    "lookalikes",
    accounts=60,
    exchanges=14.0,
    event_days=[1, 3],
    start_hour=16.0,
    hours=3.0,
    network="education",
    new_accounts=0.9,
)
def classroom(build: Build, spec: Spec) -> None:
    """A course or a hackathon: one evening, one network, one starter template, accounts opened that hour."""
    rng = build.rng(spec.name)
    n = spec.count()
    place = build.networks.egress(1, 2, spec.text("network"))
    first = float(min(spec.values["event_days"]))
    fresh = first + (spec.number("start_hour") - 0.4 + rng.exponential(0.3, n)) / 24
    created = np.where(rng.random(n) < spec.number("new_accounts"), fresh, growth(rng, n, build.days, 0.0))
    country = build.networks.as_country[int(build.networks.system[-1][0])]
    people = enroll(
        build,
        rng,
        n,
        country=country,
        created_day=created,
        decoy=spec.name,
        card="none",
        plan="free",
        signup_endpoint=np.repeat(place, n),
    )
    roster = build.roster
    lineage = build.clients.popular(n)
    template, toolset = roster.hashes(roster.templates, 2), int(roster.hashes(roster.toolsets, 1)[0])
    rows = traces.lengths()[2]
    for day in spec.values["event_days"]:
        roster.add_streams(
            people.account,
            **roster.choices("endpoint", np.stack([place.repeat(n)] * 9 + [people.home], axis=1)),
            **roster.choices("template", template),
            **roster.choices("settings", roster.settings.numbers(["default-0"])),
            toolset=toolset,
            lineage=lineage,
            lag=build.clients.lags(n),
            tls=build.clients.hellos(lineage),
            channel=work.channel(build, "api"),
            operation=work.operation(build, "messages"),
            models=build.default_models,
            in_model=rows["conv"],
            out_model=rows["conv"],
            capabilities=build.capability_mix({"coding": 6, "chat": 4}),
            rate=spec.number("exchanges") / 2 * rng.lognormal(0, 0.5, n),
            turns=2.0,
            rhythm=WINDOW,
            start_h=spec.number("start_hour"),
            period_h=spec.number("hours"),
            from_day=float(day),
            until_day=float(day) + 1.0,
            weekend=1.0,
            jump=0.0,
        )


@REGISTRY.kind("corporate_vpn", "lookalikes", accounts=120, rate=4.0, companies=1, one_template=0.3)
def corporate_vpn(build: Build, spec: Spec) -> None:
    """A company, or sister companies, behind one VPN exit, with the same managed client and an in-house assistant."""
    rng = build.rng(spec.name)
    n = spec.count()
    exit_ = build.networks.egress(1, 4, "business")
    names = build.roster.organizations(spec.count("companies"))
    member = rng.integers(0, len(names), n)
    cards = build.roster.cards(len(names))
    country = build.networks.as_country[int(build.networks.system[-1][0])]
    people = enroll(
        build,
        rng,
        n,
        country=country,
        organization=[names[m] for m in member.tolist()],
        card=[cards[m] for m in member.tolist()],
        domain=[f"sister{m}.example" for m in member.tolist()],
        plan="enterprise",
        decoy=spec.name,
    )
    _everyday(build, rng, people, np.repeat(exit_, n), spec.number("rate"))
    some = people.part(rng.random(n) < spec.number("one_template"))
    fields = work.agent(build, rng, some, np.zeros(len(some), np.int64), np.repeat(exit_, len(some)))
    roster = build.roster
    fields |= {
        **roster.choices("template", roster.hashes(roster.templates, 1)),
        "toolset": int(roster.hashes(roster.toolsets, 1)[0]),
        "lag": 45.0,
        "header": int(roster.hashes(roster.headers, 1)[0]),
        "profile": traces.profile("office"),
        "weekend": 0.15,
    }
    roster.add_streams(some.account, **{**fields, "rate": 1.0, "from_day": some.created_day})


@REGISTRY.kind("cgnat", "lookalikes", accounts=150, rate=3.0)
def cgnat(build: Build, spec: Spec) -> None:
    """Strangers on one mobile carrier: every request comes from one of a few shared addresses."""
    rng = build.rng(spec.name)
    country = int(rng.choice([1, 7, 13, 14]))
    people = enroll(build, rng, spec.count(), country=country, decoy=spec.name, card_share=0.35)
    carrier = build.networks.phones(np.full(len(people), country))
    # All of them on the country's first carrier.
    build.networks.system[-1][:] = build.networks.mobile[country][0]
    build.networks.base[-1][:] = build.networks.base[-1].min()
    _everyday(build, rng, people, carrier, spec.number("rate"), agents=0.25)


@REGISTRY.kind("privacy_relay", "lookalikes", accounts=80, rate=4.0, service="relay")
def privacy_relay(build: Build, spec: Spec) -> None:
    """Strangers behind a privacy relay or a commercial VPN."""
    rng = build.rng(spec.name)
    people = enroll(build, rng, spec.count(), decoy=spec.name)
    exits = build.networks.tunnels(6, spec.text("service"))
    _everyday(build, rng, people, exits[rng.integers(0, len(exits), len(people))], spec.number("rate"))


@REGISTRY.kind("families", "lookalikes", accounts=60, rate=3.0)
def families(build: Build, spec: Spec) -> None:
    """Households that share a card and a line, and sometimes an account's session."""
    rng = build.rng(spec.name)
    n = spec.count()
    home_of = np.repeat(np.arange(n), rng.integers(2, 5, n))[:n]
    cards = build.roster.cards(n)
    country = rng.choice(len(COUNTRIES), n)[home_of]
    people = enroll(build, rng, n, country=country, card=[cards[h] for h in home_of.tolist()], decoy=spec.name)
    _, first = np.unique(home_of, return_index=True)
    shared = people.home[first][np.searchsorted(np.unique(home_of), home_of)]
    _everyday(build, rng, people, shared, spec.number("rate"), agents=0.15)
