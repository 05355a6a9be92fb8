"""Accounts a pool buys: cards on several of them, bulk mail domains, bursts of sign-ups, replacements after bans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from revenuer.simulate import people as enrolment
from revenuer.simulate import traces
from revenuer.simulate.build import Build, Spec, pick
from revenuer.simulate.ids import Floats, Ints


@dataclass(frozen=True)
class Fleet:
    """A pool's accounts with the time each is in use."""

    account: Ints
    opens: Floats
    closes: Floats
    created_day: Floats


def campaign_of(spec: Spec) -> str:
    """The campaign's name in the truth."""
    return spec.text("campaign") or spec.name


def buy_fleet(build: Build, rng: np.random.Generator, spec: Spec) -> Fleet:
    """Buy the accounts, and their replacements after every ban wave."""
    size = spec.count()
    parts = [_buy(build, rng, spec, size, None)]
    opens = [np.maximum(parts[0].created_day, spec.number("first_day") if spec.number("first_day") >= 0 else -1e3)]
    closes = [np.full(size, 1e9)]
    for ban_day in [float(d) for d in spec.values["ban_days"]]:
        if ban_day >= build.days:
            continue
        alive = np.concatenate(closes) > ban_day
        hit = np.flatnonzero(alive & (rng.random(len(alive)) < spec.number("ban_share")))
        everybody = np.concatenate([p.account for p in parts])
        when = ban_day + rng.uniform(0, 0.5 / 24, len(hit))
        flat = np.concatenate(closes)
        flat[hit] = when
        closes = [flat]
        build.roster.set_field("closed_day", everybody[hit], when)
        build.actions += [
            (int(a), "ban", float(d), "terms of service") for a, d in zip(everybody[hit], when, strict=True)
        ]
        if not spec.flag("replaced"):
            continue
        fresh = _buy(build, rng, spec, len(hit), ban_day)
        parts.append(fresh)
        opens.append(ban_day + spec.number("replacement_hours") / 24 * rng.uniform(0.3, 1, len(hit)))
        closes.append(np.full(len(hit), 1e9))
    opened = np.concatenate(opens)
    closed = np.concatenate(closes)
    idle = rng.random(len(opened)) < spec.number("idle_accounts")
    return Fleet(
        np.concatenate([p.account for p in parts]),
        np.where(idle, 1e9, opened),
        closed,
        np.concatenate([p.created_day for p in parts]),
    )


def _buy(build: Build, rng: np.random.Generator, spec: Spec, count: int, ban_day: float | None) -> enrolment.People:
    """Sign up accounts in batches; each batch has its mail domains, phone range and a few cards."""
    number = spec.count("signup_batches") if ban_day is None else max(1, spec.count("signup_batches") // 2)
    first, last = spec.number("signup_first"), spec.number("signup_last")
    if ban_day is not None:
        first, last = ban_day - 4.0, ban_day - 0.2
    created = enrolment.batches(rng, count, number, first, last, spec.number("signup_hours"))
    if spec.flag("signup_like_others"):
        created = np.minimum(enrolment.growth(rng, count, build.days, 0.0), last)
    country = rng.choice([0, 2, 10, 12, 13, 14, 15], count)
    reuse = spec.number("accounts_per_card")
    cards = np.empty(count, object)
    if reuse <= 1:
        cards[:] = build.roster.cards(count)
    else:
        # Two to about six accounts per card, not the same number on each.
        sizes = 2 + rng.poisson(max(reuse - 2, 0), count)
        owner = np.repeat(np.arange(count), sizes)[:count]
        cards[:] = np.array(build.roster.cards(count), object)[owner]
    cards[rng.random(count) >= spec.number("card_share")] = None
    issuer = np.empty(count, object)
    issuer[:] = [f"virtual-{k}" for k in rng.integers(0, max(spec.count("card_issuers"), 1), count).tolist()]
    if spec.count("card_issuers") == 0:
        issuer = enrolment.issuers(rng, country)
    domain = enrolment.mail_domains(rng, count, 0.0, 0.0)
    names = traces.table("disposable_domains")["domain"].to_numpy(object)
    bought = spec.count("bought_domains")
    if bought:
        pool_names = rng.choice(names, bought, replace=False)
        use = rng.random(count) < spec.number("disposable_share")
        domain[use] = pool_names[rng.integers(0, bought, int(use.sum()))]
    phone = (
        enrolment.phones(rng, country, 0.5) if reuse <= 1 else enrolment.phones(rng, np.full(count, country[0]), 0.3)
    )
    exits = build.networks.proxy_exits(count)
    return enrolment.enroll(
        build,
        rng,
        count,
        country=country,
        created_day=created,
        card=cards.tolist(),
        issuer=issuer.tolist(),
        domain=domain.tolist(),
        phone=phone.tolist(),
        signup_endpoint=exits,
        plan=pick(rng, np.array(["payg", "pro", "free"], object), count, (0.7, 0.2, 0.1)).tolist(),
        campaign=campaign_of(spec) if spec.count("labs") == 1 else None,
    )
