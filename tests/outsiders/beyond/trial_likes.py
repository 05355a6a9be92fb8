"""Honest look-alikes whose accounts are trials, or cost nobody anything."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from afield.world import DAY
from farther.crowd import agent, chat, dev, heavy, own_works, personal, pick
from farther.ids import text
from farther.networks import CODE
from farther.people import DISPOSABLE, people
from farther.rhythm import human
from farther.world import World

from beyond.lives import continuous, days_of, during, either, hashed, zipf

FREE_MAIL = ["gmail.com", "gmail.com", "gmail.com", "outlook.com", "icloud.com", "yahoo.com"]


def trial_tourists(w: World, n: int, name: str, mix: Mapping[str, float]) -> None:
    """People who try the service for a day or three and leave: the app, or a tutorial's prompts on the stock SDK."""
    rng, a = w.rng, w.a
    created = continuous(w, n, -2.2, 13.5)
    until = created + rng.lognormal(np.log(2.1), 0.5, n).clip(0.3, 5) * DAY
    until = np.maximum(until, 0.2 * DAY)
    acc = people(
        w,
        n,
        name,
        country=mix,
        created=created,
        plan="free",
        email=either(rng.random(n), 0.1, rng.choice(DISPOSABLE, n), rng.choice(FREE_MAIL, n)),
    )
    a["mobile"][acc] = rng.random(n) < 0.7
    on_phone = rng.random(n) < 0.6
    a["signup"][acc[on_phone]] = w.net.carrier[a["country"][acc], acc % 2, rng.integers(0, 36, n)][on_phone]
    a["lag"][acc] = rng.exponential(4, n)  # what is installed today is new
    days = days_of(np.maximum(created, 0), until)
    lesson = w.works.add(["reason", "write", "code", "extract", "agent", "code"] * 4, tools=0.3, size_noise=0.3)
    own = own_works(w, n)
    counts = heavy(w, n, 62, 1.2)
    programs = rng.random(n) < 0.5
    u = human(w, acc[programs], counts[programs], "campus", 5, (30, 1.1), 1.0, days=days[programs], day_sigma=0.6)
    u = during(u, acc, created, until)
    i = u.acc - acc[0]
    followed = lesson[rng.choice(len(lesson), len(i), p=zipf(len(lesson)))]
    popular = w.fashion.agents[rng.choice(len(w.fashion.agents), n, p=w.fashion.agents_p)][i]
    work = np.where(u.sess % 10 < 4, followed, np.where(u.sess % 10 < 7, popular, pick(own, i, u.sess)))
    w.emit(u, w.life(u), work, "api", None, either(hashed(u, 100), 75, "halcyon-3", "halcyon-3-mini"))
    chat(w, acc[~programs], counts[~programs], "campus", days=days[~programs], weekend=1.0)
    hit = rng.random(n) < 0.03
    at = np.maximum(created, 0) + 0.6 * rng.random(n) * (until - np.maximum(created, 0))
    w.ban(acc[hit], at[hit], "free_tier_policy")


def exam_week(w: World, n: int, name: str) -> None:
    """Students open trials before the examinations and forget them after: one prompt pack, campus and carriers."""
    rng, a = w.rng, w.a
    created = continuous(w, n, 1.2, 7.5)
    lands = ("ID", "ID", "PH", "PL", "BR")
    school = rng.permutation(np.arange(n) % len(lands))
    country = np.array([CODE[land] for land in lands])[school]
    acc = people(w, n, name, country=country, created=created, plan="free", email=FREE_MAIL)
    for k, land in enumerate(lands):
        part = acc[school == k]
        campus = w.net.site(land, "education", 4)
        w.net.label_ips(campus, "education", "ripe-org", 0.6)
        a["office"][part] = rng.choice(campus, len(part))
        a["signup"][part] = w.net.carrier[CODE[land], part % 2, rng.integers(0, 36, len(part))]
        own_mail = rng.random(len(part)) < 0.25
        a["email"][part[own_mail]] = f"student.{text(rng, 1, 4)[0]}.ac.{land.lower()}"
    a["mobile"][acc] = 1
    pack = w.works.add(["reason", "write", "extract"] * 12, tools=None, settings="rs-cram", size_noise=0.3)
    days = np.array([0, 0.4, 0.6, 0.8, 1, 1.2, 1.5, 2, 2.2, 1.2, 0.1, 0.02, 0, 0])
    u = human(w, acc, heavy(w, n, 95, 0.8), "evening", 7, (45, 1.0), 1.3, days=days, day_sigma=0.4)
    u = during(u, acc, created, np.full(n, 10.5 * DAY))
    work = pack[(rng.choice(36, n, p=zipf(36, 0.6))[u.acc - acc[0]] + u.sess % 9) % 36]
    by_tool = u.acc % 9 < 4
    line = w.clients.line("cramcards", [("0.7", -30), ("0.8", 3.4)], 4, shown="halcyon-js")
    channel = either(by_tool, 0.5, "subscription", "api")
    lines = either(by_tool, 0.5, "web", line)
    w.emit(u, w.life(u), work, channel, lines, "halcyon-3")
    chat(w, acc, heavy(w, n, 18, 1.0, 0.3), "evening", days=days)


def browser_extension(w: World, n: int, name: str) -> None:
    """One template for all users of an extension, most on free plans: own homes, own evenings, very unequal use."""
    rng = w.rng
    created = continuous(w, n, -90, 11)
    acc = people(w, n, name, created=created, plan=either(rng.random(n), 0.7, "free", "pro"))
    work = w.works.add(["summarize"], tools=None, settings="rs-glow")
    line = w.clients.line("pageglow", [("1.8", -40), ("1.9", 3.1), ("1.9.1", 3.9), ("2.0", 8.4)], 5, shown="halcyon-js")
    w.a["lag"][acc] = rng.exponential(0.4, n)  # browsers update extensions by themselves
    u = human(w, acc, heavy(w, n, 85, 1.1), "evening", 2.5, (70, 1.0), 0.9)
    w.emit(u, w.life(u), work[0], "api", line, "halcyon-3-mini", False)
    personal(w, acc, 16, 0.4)


def promo_code(w: World, n: int, name: str) -> None:
    """Strangers who typed in one code from the news, which the site logs as a card: nothing else is common."""
    rng = w.rng
    old = -rng.gamma(1.3, 190, n) * DAY - rng.random(n) * DAY
    created = np.where(rng.random(n) < 0.3, continuous(w, n, -6, 12)[rng.permutation(n)], old)
    acc = people(w, n, name, created=created, plan="payg", card="pm_welcome2026", issuer=["voucher"])
    role = rng.random(n)
    chats, devs, agents = acc[role < 0.4], acc[(role >= 0.4) & (role < 0.75)], acc[role >= 0.75]
    chat(w, chats, heavy(w, len(chats), 55, 1.4, 0.1))
    dev(w, devs, heavy(w, len(devs), 70, 1.5, 0.1))
    agent(w, agents, heavy(w, len(agents), 70, 1.5, 0.1))
    personal(w, acc, 14, 0.5)
