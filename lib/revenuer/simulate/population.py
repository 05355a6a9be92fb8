"""The honest background: people, developers, backends, families, agencies and organisations of every size."""

from __future__ import annotations

import numpy as np

from revenuer.simulate import traces, work
from revenuer.simulate.build import REGISTRY, Build, Product, Spec, pick
from revenuer.simulate.ids import Ints
from revenuer.simulate.people import People, enroll, growth
from revenuer.simulate.roster import Words

PRODUCTS = (
    ("copilot-agent", 0.4),
    ("terminal-agent", 0.22),
    ("ide-helper", 0.14),
    ("review-bot", 0.08),
    ("chat-frontend", 0.06),
    ("notes-app", 0.05),
    ("sql-agent", 0.03),
    ("doc-agent", 0.02),
)


def add_products(build: Build) -> None:
    """Popular agents; each has one lineage with frequent releases, one template and one tool set."""
    roster = build.roster
    rng = build.rng("products")
    for name, _ in PRODUCTS:
        template, toolset = (int(roster.hashes(w, 1)[0]) for w in (roster.templates, roster.toolsets))
        settings = int(roster.hashes(roster.settings, 1)[0])
        build.popular_products.append(
            Product(build.clients.add(name, float(rng.uniform(3, 9))), template, toolset, settings)
        )


def products(rng: np.random.Generator, count: int) -> Ints:
    """A popular product per account, by market share."""
    return pick(rng, range(len(PRODUCTS)), count, [share for _, share in PRODUCTS])


def _families(build: Build, rng: np.random.Generator, people: People, share: float) -> None:
    """Some personal accounts live together and pay with one card."""
    fields = {
        f: build.roster.account_field(f, people.account)
        for f in ("payment_fingerprint", "payment_issuer", "billing_country")
    }
    payers = np.flatnonzero([card is not None for card in fields["payment_fingerprint"]])
    k = 0
    while k < len(people) * share:
        size = int(rng.integers(2, 5))
        rows = np.arange(k, min(k + size, len(people)))
        people.home[rows] = people.home[rows[0]]
        payer = payers[int(rng.integers(0, len(payers)))] if len(payers) else rows[0]
        for values in fields.values():
            values[rows] = values[payer]
        k += size
    for name, values in fields.items():
        build.roster.set_field(name, people.account, values)


@REGISTRY.kind(
    "background",
    "population",
    accounts=3000,
    median_rate=1.2,
    sigma=2.0,
    cap=400.0,
    organization_share=0.3,
    largest_organization=200,
    family_share=0.03,
    scripts_share=0.08,
    relay_share=0.01,
)
def background(build: Build, spec: Spec) -> None:
    """Everybody else. ``accounts`` is what the look-alikes leave of the honest population."""
    rng = build.rng(spec.name)
    count = spec.count()
    in_organizations = round(count * spec.number("organization_share"))
    people = enroll(build, rng, count - in_organizations)
    _families(build, rng, people, spec.number("family_share"))
    kind = rng.random(len(people))
    scripts = spec.number("scripts_share")
    relay = spec.number("relay_share")
    _work(build, rng, spec, people.part(kind < 0.4), "chat")
    _work(build, rng, spec, people.part((kind >= 0.4) & (kind < 0.62)), "agent")
    _work(build, rng, spec, people.part((kind >= 0.62) & (kind < 1 - scripts - relay)), "service")
    _work(build, rng, spec, people.part((kind >= 1 - scripts - relay) & (kind < 1 - relay)), "script")
    _work(build, rng, spec, people.part(kind >= 1 - relay), "relay")
    # Some do two kinds of work.
    _work(build, rng, spec, people.part((kind < 0.4) & (rng.random(len(people)) < 0.15)), "agent")
    _organizations(build, rng, spec, in_organizations)


def _organizations(build: Build, rng: np.random.Generator, spec: Spec, count: int) -> None:
    left = count
    sizes = []
    while left > 0:
        size = int(min(left, 2 + rng.pareto(0.9) * 2, spec.number("largest_organization")))
        sizes.append(max(size, 1))
        left -= sizes[-1]
    names = build.roster.organizations(len(sizes))
    member = np.repeat(np.arange(len(sizes)), sizes)
    country = rng.choice(23, len(sizes))[member]
    opened = growth(rng, len(sizes), build.days, late=0.01)[member]
    created = np.minimum(opened + rng.exponential(60, len(member)), np.maximum(opened, build.days - 1.0))
    office = build.networks.egress(len(sizes), 4, "business")[member]
    cards = build.roster.cards(len(sizes))
    people = enroll(
        build,
        rng,
        len(member),
        country=country,
        organization=[names[m] for m in member.tolist()],
        created_day=created,
        card=[cards[m] for m in member.tolist()],
        domain=[f"corp{v:x}.example" for v in rng.integers(1 << 20, 1 << 40, len(sizes))[member].tolist()],
        plan=np.where(np.array(sizes)[member] > 20, "enterprise", "team").astype(object).tolist(),
    )
    kind = rng.random(len(member))
    for low, high, name in ((0.0, 0.3, "chat"), (0.3, 0.75, "agent"), (0.75, 1.01, "service")):
        rows = (kind >= low) & (kind < high)
        _work(build, rng, spec, people.part(rows), name, office[rows])


def _work(
    build: Build, rng: np.random.Generator, spec: Spec, people: People, kind: str, office: Ints | None = None
) -> None:
    """Give some people one kind of work at the world's rates."""
    n = len(people)
    if n == 0:
        return
    per_day = work.rates(rng, n, spec.number("median_rate"), spec.number("sigma"), spec.number("cap"))
    if kind == "chat":
        fields = work.chat(build, rng, people)
        if office is not None:
            fields |= build.roster.choices("endpoint", np.stack([office, office, people.home], axis=1))
    elif kind == "agent":
        fields = work.agent(build, rng, people, products(rng, n), office)
    else:
        fields = work.service(build, rng, people, office if office is not None and rng.random() < 0.3 else None)
    if kind == "script":
        fields |= tutorial(build, rng, people)
    if kind == "relay":
        fields |= {
            "lineage": relay_lineage(build),
            "header": -1,
            "tls": int(build.clients.tls_of[relay_lineage(build)][0]),
        }
    build.roster.add_streams(
        people.account, **{**fields, "rate": per_day / fields["turns"], "from_day": people.created_day}
    )


def tutorial(build: Build, rng: np.random.Generator, people: People) -> work.Fields:
    """Scripts at home: templates copied from tutorials, or none, and the defaults of the day."""
    n = len(people)
    shared = build.roster.templates.numbers([f"tutorial-{k}" for k in range(12)])
    template = np.where(rng.random(n) < 0.5, -1, shared[(rng.random(n) ** 2 * len(shared)).astype(int)])
    return {
        **build.roster.choices(
            "endpoint", np.stack([people.home, people.home, build.networks.phones(people.country)], axis=1)
        ),
        **build.roster.choices("template", template[:, None]),
        "toolset": -1,
        "header": -1,
        "offset_h": people.offset_h,
        "profile": traces.profile("home"),
        "swing": 1.2,
    }


def relay_lineage(build: Build) -> int:
    """The open-source relay that hobbyists, small shops and proxy pools all run: one header set for all of them."""
    name = "one-relay"
    for number, first in enumerate(build.clients.first_releases()):
        if first.client == name:
            return number
    return build.clients.pinned(name, "0.9.11")


def readable_words(words: Words) -> None:
    """Replace the few speaking names by hashes, so that nothing can be read off them."""
    plain = [k for k, name in enumerate(words.names) if name.startswith(("default-", "tutorial-"))]
    for k in plain:
        words.names[k] = f"{hash_of(words.names[k]):016x}"


def hash_of(word: str) -> int:
    """A stable 64-bit number for a word."""
    value = 1469598103934665603
    for byte in word.encode():
        value = (value ^ byte) * 1099511628211 % (1 << 64)
    return value
