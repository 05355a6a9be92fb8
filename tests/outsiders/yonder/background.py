"""The honest population: consumers, families, developers, students and (in its own module) businesses."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import CAMPUS, humans
from yonder.background_business import agencies, organisations, products
from yonder.cohort import DAY
from yonder.habits import POPULAR, models, places, popular, scale
from yonder.world import API, CONSOLE, SUB, Group, World


def consumers(w: World, book: dict[str, np.ndarray], n: int, target: float) -> None:
    """People with the app: free and paid, phones and laptops, some by family card."""
    rng = w.rng
    codes = people.countries(rng, n)
    homes, share = places(w, codes, mobile=0.55)
    paid = rng.random(n) < 0.45
    card = people.cards(rng, n)
    family = np.flatnonzero(paid & (rng.random(n) < 0.12))
    for members in np.split(family, np.arange(3, len(family), 3)):
        card[members] = card[members[0]]
        homes[members, 0] = homes[members[0], 0]
        codes[members] = codes[members[0]]
    card[~paid] = None
    ids = w.accounts.add(
        codes,
        created=people.ages(rng, n),
        plan=np.where(paid, np.where(rng.random(n) < 0.2, "pro", "plus"), "free"),
        card=card,
        issuer=people.issuers(rng, codes),
        mail=people.mails(rng, n),
        signup=homes[:, 0],
    )
    fam = rng.choice(
        [w.clients.index[f] for f in ("web", "mobile-ios", "mobile-android", "desktop-app")],
        n,
        p=[0.5, 0.17, 0.23, 0.1],
    )
    recipes = np.broadcast_to(book["chat"], (n, 4))
    g = Group(w, ids, homes, share, fam, SUB, recipes, rng.dirichlet([3, 0.6, 0.6, 0.4], n), models(w, n))
    active = np.clip(rng.beta(0.5, 2.2, n), 0.01, 0.97)
    rate = scale(rng.lognormal(1.0, 1.7, n), target, w.days, active)
    g.emit(humans(w, rate, active, tz=people.zones(codes)))


def developers(w: World, book: dict[str, np.ndarray], n: int, target: float) -> None:
    """Solo developers: a popular tool, or scripts of their own, by key or by subscription."""
    rng = w.rng
    codes = people.countries(rng, n)
    homes, share = places(w, codes, vpn=0.12)
    cloud = rng.random(n) < 0.3
    homes[cloud, 2] = w.net.draw(rng.choice(w.net.of_kind("hosting"), int(cloud.sum())))
    share[cloud, 2] = rng.uniform(0.3, 5, int(cloud.sum()))
    tool = rng.choice(len(POPULAR), n, p=np.array([p[4] for p in POPULAR]) / sum(p[4] for p in POPULAR))
    script = rng.random(n) < 0.4
    recipes = w.recipes.own(rng, "dev", n, 3)
    names = [p[0] for p in POPULAR]
    flavour = rng.integers(0, 4, n)
    tools = np.array([book[names[t]][f] for t, f in zip(tool, flavour, strict=True)])
    recipes[:, 0] = np.where(script, recipes[:, 0], tools)
    recipes[:, 2] = np.where(rng.random(n) < 0.6, book["chat"][rng.integers(0, 4, n)], recipes[:, 2])
    sdk = rng.choice(
        [
            w.clients.index[f]
            for f in ("sdk-python", "sdk-node", "curl", "python-requests", "chainkit", "sdk-go", "switchyard")
        ],
        n,
        p=[0.42, 0.22, 0.06, 0.1, 0.12, 0.04, 0.04],
    )
    fam = np.where(script, sdk, np.array([w.clients.index[p[3]] for p in POPULAR])[tool])
    sub = (np.isin(tool, [0, 1, 3])) & ~script & (rng.random(n) < 0.55)
    ids = w.accounts.add(
        codes,
        created=people.ages(rng, n, 320),
        plan=np.where(sub, "pro", "payg"),
        card=people.cards(rng, n, 0.93),
        issuer=people.issuers(rng, codes),
        mail=people.mails(rng, n),
        signup=homes[:, 0],
    )
    chan = np.where(sub, SUB, np.where(rng.random(n) < 0.06, CONSOLE, API))
    g = Group(w, ids, homes, share, fam, chan, recipes, rng.dirichlet([2.5, 0.5, 0.4], n), models(w, n), keys=3)
    active = np.clip(rng.beta(0.7, 2.4, n), 0.03, 0.97)
    rate = scale(rng.lognormal(1.8, 1.9, n), target, w.days, active)
    g.emit(humans(w, rate, active, tz=people.zones(codes), weekend=0.65, turns=4, gap=45))


def students(w: World, book: dict[str, np.ndarray], n: int, target: float) -> None:
    """Ordinary students on campus networks and at home; some with campus mail addresses."""
    rng = w.rng
    campus = rng.choice(w.net.universities, n)
    codes = np.array([w.net.country[c] for c in campus])
    nat = np.array([rng.choice(w.net.campus_nat[c]) for c in campus])
    dorm = w.net.draw(campus)
    known = np.where(np.isin(codes, people.COUNTRIES), codes, "US")
    homes = np.stack([nat, dorm, w.net.home(known), w.net.shared(known, w.net.cgnat)], axis=1)
    mail = people.mails(rng, n)
    edu = rng.random(n) < 0.45
    mail[edu] = np.array([f"uni{c}.edu" if c % 2 else f"student.uni{c}.ac" for c in campus], dtype=object)[edu]
    paid = rng.random(n) < 0.2
    card = people.cards(rng, n)
    card[~paid] = None
    ids = w.accounts.add(
        codes,
        created=people.ages(rng, n, 180),
        plan=np.where(paid, "plus", "free"),
        card=card,
        issuer=people.issuers(rng, codes),
        mail=mail,
        signup=nat,
    )
    fam = rng.choice(
        [w.clients.index[f] for f in ("web", "mobile-ios", "mobile-android", "ide-bridge", "sdk-python")],
        n,
        p=[0.55, 0.12, 0.15, 0.1, 0.08],
    )
    recipes = np.column_stack([np.broadcast_to(book["chat"], (n, 4)), w.recipes.own(rng, "student", n, 1)])
    g = Group(
        w,
        ids,
        homes,
        rng.dirichlet([2, 0.7, 0.8, 0.5], n),
        fam,
        np.where(fam == w.clients.index["sdk-python"], API, SUB),
        recipes,
        rng.dirichlet([2.5, 0.8, 0.8, 0.5, 0.15], n),
        models(w, n),
    )
    active = np.clip(rng.beta(0.7, 1.6, n), 0.03, 0.9)
    rate = scale(rng.lognormal(1.2, 1.0, n), target, w.days, active, 400)
    g.emit(humans(w, rate, active, tz=people.zones(codes), curve=CAMPUS, weekend=0.7))


def background(
    w: World, *, people_count: int = 20000, exchanges: float = 1.0e6, student_share: float = 0.04
) -> dict[str, np.ndarray]:
    """Build the whole honest background; returns the shared recipes."""
    book = popular(w)
    n = people_count
    consumers(w, book, int(n * (0.52 - student_share)), exchanges * 0.22)
    developers(w, book, int(n * 0.22), exchanges * 0.26)
    products(w, book, int(n * 0.10), exchanges * 0.30)
    organisations(w, book, int(n * 0.13), exchanges * 0.16)
    agencies(w, book, int(n * 0.03), exchanges * 0.02)
    students(w, book, int(n * student_share), exchanges * student_share)
    return book


def everyday_enforcement(w: World) -> None:
    """Rate limits, fraud bans and mistaken suspensions that have nothing to do with any campaign."""
    rng, n, span = w.rng, w.accounts.count, w.days * DAY
    limited = rng.integers(0, n, n // 60)
    w.action(limited, "rate_limit", rng.uniform(0, span, len(limited)), "throughput")
    bad = rng.choice(n, n // 250, replace=False)
    w.action(bad, "ban", rng.uniform(0, span, len(bad)), "payment_fraud", close=True)
    hasty = rng.choice(n, n // 400, replace=False)
    at = rng.uniform(0, span * 0.8, len(hasty))
    w.action(hasty, "suspend", at, "review")
    back = rng.random(len(hasty)) < 0.7
    w.action(hasty[back], "reinstate", at[back] + rng.exponential(DAY, int(back.sum())), "appeal")
