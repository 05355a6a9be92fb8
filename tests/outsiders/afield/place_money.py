"""honest_places, first half: populations that share money or identity — resellers, bureaus, families, issuers."""

from __future__ import annotations

import numpy as np

from afield.background import AGENTS, agents
from afield.clients import family, mixed, official, wear, worn
from afield.people import FREE_MAIL, about, by_session, cards, enroll, groups, side_life, throwaway
from afield.places import CODES, WEIGHTS, lines, vpn
from afield.rhythm import counts, human, lognormal_rates
from afield.works import craft, freeform, leaning, own
from afield.world import Beats, Crew, Ints, World

APPS = ["lumen-web", "lumen-ios", "lumen-android"]


def _mixed_work(w: World, crew: Crew, beats: Beats, agent_share: float = 0.3) -> Ints:
    """Each account its own thing: free chats, a private template, or a popular agent."""
    n = len(crew)
    kind = w.rng.choice(3, n, p=[0.7 - agent_share, 0.3, agent_share])[beats.pos]
    popular = np.concatenate([agents(w)[a] for a in AGENTS])
    return np.choose(
        kind,
        [
            leaning(w, freeform(w), n, beats),
            own(w, n, ["chat", "code", "summary", "extract"])[beats.pos],
            w.rng.choice(popular, n)[beats.pos],
        ],
    )


def seat_resellers(w: World) -> None:
    """Six licence resellers: they open 25-45 seats in one sitting on their card and mail domain, then sell them."""
    n = 205
    shop = np.minimum(np.arange(n) // 35, 5)
    land = w.rng.choice(CODES, 6, p=WEIGHTS)
    desk = lines(w, land, "business")
    c = enroll(
        w,
        n,
        decoy="seat_resellers",
        card=cards(w, shop),
        plan="plus",
        signup=desk[shop],
        born=(4, 100),
        mail=np.array([f"seats-{k}.shop" for k in shop], object),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 14, 0.9, 150), active=0.8, weekend=0.7), "evening", turns=4)
    w.emit(
        c, b, work=_mixed_work(w, c, b), exits=about(w, c, b), channel="subscription", client=worn(mixed(w, APPS, n), b)
    )


def sister_companies(w: World) -> None:
    """Seven companies of one group behind the group's VPN (two exits); three of them pay from the group treasury."""
    n = 210
    firm = np.arange(n) // 30
    c = enroll(
        w,
        n,
        decoy="sister_companies",
        country=["DE", "FR", "PL"],
        org=firm,
        plan="team",
        card=cards(w, np.where(firm < 3, 0, firm)),
        mail=np.array([f"nord-{k}.eu" for k in firm], object),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 18, 0.6, 120), active=0.85, weekend=0.05), "office", turns=3)
    intranet = craft(w, 3, "summary", tools="one")
    w.emit(
        c,
        b,
        work=np.where(w.rng.random(len(b)) < 0.6, leaning(w, intranet, n, b), _mixed_work(w, c, b)),
        exits=by_session(w, vpn(w, 2, "surfish", "DE"), b),
        channel="subscription",
        client=worn(wear(w, official(w, "lumen-web"), n), b),
    )


def accounting_80(w: World) -> None:
    """One firm keeps the accounts of 80 small clients, all on its card, opened at its office, used at month's end."""
    n = 80
    office = lines(w, np.full(2, "ES", object), "business")
    c = enroll(
        w,
        n,
        decoy="accounting_80",
        country="ES",
        card=cards(w, np.zeros(n, int)),
        signup=np.full(n, office[0]),
        mail="own",
        born=(30, 400),
    )
    b = human(
        w,
        c,
        counts(w, lognormal_rates(w, n, 30, 0.4), days=[0, 1, 2, 5, 6, 7, 8, 9, 12, 13], sway=0.3),
        "strict",
        turns=6,
        gap=25,
        shift=0.3,
    )
    w.emit(
        c,
        b,
        work=leaning(w, craft(w, 4, "extract", tools="one"), n, b, 0.3),
        exits=by_session(w, office, b),
        channel=np.where(w.rng.random(len(b)) < 0.15, 1, 0),
        client=worn(wear(w, family(w, "ledgerline", 3, 1), n, fresh=0.9), b),
    )
    side_life(w, c, 0.8, keep=0.5)


def account_families(w: World) -> None:
    """Families of two to six on one card and one home line; children use a parent's account at school too."""
    n = 380
    g = groups(w, n, 2, 6)
    land = w.rng.choice(CODES, int(g.max()) + 1, p=WEIGHTS)[g]
    home = lines(w, land[np.unique(g, return_index=True)[1]])[np.unique(g, return_inverse=True)[1]]
    c = enroll(w, n, decoy="account_families", country=land, card=cards(w, g), home=home, plan=["plus", "pro"])
    b = human(w, c, counts(w, lognormal_rates(w, n, 9, 0.8, 90), active=0.7, weekend=1.3), "evening", turns=4)
    # a session begun on one account goes on under a relative's: the browser was still signed in
    seat = np.argsort(g, kind="stable")
    turned = np.empty(n, np.int64)
    turned[seat] = np.roll(seat, 1)
    same = g[turned] == g
    swap = (b.turn > 1) & same[b.pos] & (w.rng.random(len(b)) < 0.06)
    b.pos = np.where(swap, turned[b.pos], b.pos)
    w.emit(
        c,
        b,
        work=leaning(w, np.r_[freeform(w), craft(w, 2, "qa")], n, b),
        exits=about(w, c, b, 0.3),
        channel="subscription",
        client=worn(mixed(w, APPS, n, [0.4, 0.35, 0.25]), b),
    )


def secondhand(w: World) -> None:
    """Freelancers who bought cheap aged accounts on a market: opened in lots from one place, throw-away mail, no card
    history; each buyer works for himself, from his own line, in another country than the bill says."""
    n = 160
    lot = np.sort(w.rng.integers(0, 5, n))
    farm = lines(w, np.full(5, "VN", object))
    mail = throwaway(w, 4)
    c = enroll(
        w,
        n,
        decoy="secondhand",
        country=["IN", "NG", "PH", "TR", "AR"],
        plan="plus",
        signup=farm[lot],
        mail=mail[w.rng.integers(0, 4, n)],
        born=(60, 75),
    )
    w.accounts.col("country")[c.ids] = "US"
    w.accounts.col("issuer")[c.ids] = w.rng.choice(["US:issuer-4", "US:issuer-7"], n)
    b = human(w, c, counts(w, lognormal_rates(w, n, 22, 0.7, 150), active=0.85, weekend=0.7), "dev", turns=5, gap=60)
    w.emit(
        c,
        b,
        work=_mixed_work(w, c, b, 0.4),
        exits=about(w, c, b, 0.3),
        channel="subscription",
        client=worn(mixed(w, ["lumen-web", "forkpilot", "sidecar-ide"], n), b),
    )


def card_agencies(w: World) -> None:
    """Twelve marketing agencies: an account for each client brand, the agency's card and office, home on Fridays."""
    n = 150
    g = groups(w, n, 9, 15)
    k = int(g.max()) + 1
    land = w.rng.choice(CODES, k, p=WEIGHTS)
    office = lines(w, land, "business")
    c = enroll(
        w, n, decoy="card_agencies", country=land[g], card=cards(w, g), mail="own", signup=office[g], plan="plus"
    )
    b = human(
        w, c, counts(w, lognormal_rates(w, n, 17, 0.5, 100), active=0.9, weekend=0.1, sway=0.3), "office", turns=5
    )
    house = np.array([craft(w, 2, "chat", settings=1) for _ in range(k)])
    w.emit(
        c,
        b,
        work=house[g[b.pos], w.rng.integers(0, 2, len(b))],
        channel="subscription",
        exits=np.where(w.rng.random(len(b)) < 0.8, office[g][b.pos], about(w, c, b)),
        client=worn(wear(w, official(w, "lumen-web"), n), b),
    )


def virtual_cards(w: World) -> None:
    """A remote-first company: personal accounts on gmail, a virtual card each from one issuer, opened in one week."""
    n = 175
    c = enroll(
        w,
        n,
        decoy="virtual_cards",
        country=["US", "CA", "PL", "BR", "IN"],
        plan="pro",
        issuer="US:cardly-virtual",
        mail=w.rng.choice(FREE_MAIL[:3], n, p=[0.9, 0.05, 0.05]),
        born=(12, 17),
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 23, 0.5, 120), active=0.85, weekend=0.15), "dev", turns=7, gap=45)
    desk = vpn(w, 4, "nordish", "US")
    w.emit(
        c,
        b,
        work=np.where(
            w.rng.random(len(b)) < 0.8, leaning(w, craft(w, 4, "code", tools="one"), n, b), _mixed_work(w, c, b)
        ),
        exits=np.where((w.rng.random(n) < 0.5)[b.pos], by_session(w, desk, b), about(w, c, b)),
        channel="subscription",
        client=worn(wear(w, family(w, "sidecar-ide"), n), b),
    )


def telco_bundle(w: World) -> None:
    """Subscribers whose carrier bundles the service: eight merchant payment tokens for all, carrier-grade NAT."""
    n = 340
    token = cards(w, w.rng.integers(0, 8, n))
    c = enroll(
        w, n, decoy="telco_bundle", country="ID", card=token, issuer="ID:carrier-billing", plan="plus", born=(0, 60)
    )
    b = human(w, c, counts(w, lognormal_rates(w, n, 6, 1.0, 80), active=0.7), "evening", turns=3)
    w.emit(
        c,
        b,
        work=leaning(w, np.r_[freeform(w), craft(w, 1, "chat")], n, b),
        exits=about(w, c, b, 0.9),
        channel="subscription",
        client=worn(mixed(w, APPS, n, [0.1, 0.1, 0.8]), b),
    )
