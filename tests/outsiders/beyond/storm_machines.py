"""Honest machines that look like a fleet: a vendor's keys, pupils behind pseudonyms, mirrors, and gifts of credit."""

from __future__ import annotations

import numpy as np
from afield.world import DAY
from farther.crowd import chat, heavy, own_works, personal, pick
from farther.ids import domains
from farther.networks import CODE
from farther.people import people
from farther.rhythm import even, human
from farther.world import DAYS, HOUR, World

from beyond.lives import at_full_hours, during, either, hashed, one_person, storm, zipf


def shop_widget(w: World, n: int, name: str) -> None:
    """A vendor opens shops' accounts on Mondays, pays by invoice, and speaks for them: each shop's own customers."""
    rng, a = w.rng, w.a
    monday = int(-w.weekday(0) % 7)
    week = rng.choice(np.array([-56, -49, -42, -28, -21, -14, -7, 0, 7]) + monday, n)
    created = week * DAY + 9 * HOUR + rng.permutation(n) * 11.0
    acc = people(w, n, name, created=created, plan="payg", card=None, email=domains(rng, n, ["shop", "com", "store"]))
    a["signup"][acc] = w.net.nat[2, 3]
    works = w.works.add(["support", "rag", "classify"], tools=w.works.new_toolset(), settings="rs-shop", fixed=0)
    line = w.clients.pinned("shopmate", "halcyon-js", "1.2.7")
    u = human(w, acc, heavy(w, n, 165, 0.6), "evening", 3.5, (40, 0.9), 1.2, day_sigma=0.35)
    u = during(u, acc, created, np.full(n, DAYS * DAY))
    work = works[np.where(u.sess % 3 == 0, 2, np.minimum(u.turn, 1))]
    w.emit(u, w.net.nat[2, hashed(u, 6)], work, "api", line, "halcyon-3-mini")
    owners = acc[rng.random(n) < 0.3]
    chat(w, owners, heavy(w, len(owners), 20, 1.0, 0.3), "office", weekend=0.4)


def masked_pupils(w: World, pupils: int, name: str) -> None:
    """The law asks for pseudonyms: a district's gateway gives pupils new accounts twice a week and drops the old."""
    rng, a = w.rng, w.a
    starts = [d for d in range(-3, DAYS) if int(w.weekday(d)) in (0, 3)]
    turns = len(starts)
    n = pupils * turns
    turn = np.tile(np.arange(turns), pupils)
    begin = np.array(starts)[turn] * DAY + 5 * HOUR + rng.random(n) * 1500
    until = np.r_[np.array(starts[1:]), DAYS + 3][turn] * DAY + 6 * HOUR
    mask = rng.choice(domains(rng, 5, ["school", "net"]), n)
    acc = people(w, n, name, country={"DE": 1}, created=begin, plan="free", email=mask)
    gates = np.concatenate([w.net.site("DE", "education", 2), w.net.site("DE", "business", 4)])
    head = acc[::turns]
    one_person(w, acc, np.repeat(head, turns))
    a["closed"][acc] = np.where(until < DAYS * DAY, until, np.nan)
    school = np.repeat(rng.integers(0, 6, pupils), turns)
    a["office"][acc], a["signup"][acc] = gates[school], gates[0]
    exercises = w.works.add(["write", "reason", "chat", "translate"] * 11, tools=None, settings="rs-schule")
    line = w.clients.line("klassenraum", [("24.1", -60), ("24.2", 1.2)], 2, shown="web")
    u = human(w, head, rng.poisson(150, pupils), "school", 6, (90, 0.8), 0.04, day_sigma=0.2, shift_sd=0.4)
    who = (u.acc - acc[0]) // turns
    which = np.searchsorted(np.array(starts) * DAY + 6 * HOUR, u.t, "right") - 1
    u = u._replace(acc=acc[0] + who * turns + np.maximum(which, 0))
    u = during(u, acc, begin, until)
    lesson = (u.t // DAY).astype(int) * 3 + school[u.acc - acc[0]] % 3 + hashed(u, 4)
    at_home = (u.sess % 7 == 0) | (u.t % DAY > 15 * HOUR)
    homes = w.homes[acc[0] + (u.acc - acc[0]) // turns * turns, 0]
    ip = np.where(at_home, homes, a["office"][u.acc])
    w.emit(u, ip, exercises[lesson % 44], "subscription", line, "halcyon-3-mini")


def leaderboard_mirrors(w: World, n: int, name: str) -> None:
    """Volunteers' mirrors of a public table of models: 120 templates at the same hours, refused and tried together."""
    rng = w.rng
    acc = people(w, n, name, plan="payg", created=(-240, 150))
    works = w.works.add(["reason", "code", "reason"] * 40, tools=None, settings="rs-table", size_noise=0.3)
    u = at_full_hours(w, acc, (0, 6, 12, 18), rng.choice([2, 3, 4], n), 6.0)
    u, status = storm(w, u, 0.35)
    item = ((u.t // (6 * HOUR)).astype(int) * 13 + u.turn * 7 + u.acc % 3) % 120  # nearly the same items for all
    model = w.models[(u.turn + u.sess) % 3]
    line = either(u.acc % 4, 3, "halcyon-py", "litegate")
    w.emit(u, w.server(u), works[item], "api", line, model, False, status)
    personal(w, acc, 60, 0.1)


def grant_credits(w: World, n: int, name: str) -> None:
    """Researchers of a programme whose credits are one card: signed up in two days, even work on rented notebooks."""
    rng, a = w.rng, w.a
    created = -6.0 * DAY + 8 * HOUR + rng.gamma(1.6, 9 * HOUR, n)
    ending = either(rng.random(n), 0.35, "gmail.com", domains(rng, n, ["edu", "org"]))
    acc = people(w, n, name, created=created, plan="payg", card="pm_grant55e0", issuer=["voucher"], email=ending)
    starter = w.works.add(["reason", "code", "write", "reason", "extract", "code"] * 2, tools=0.3, settings="rs-grant")
    matrix = own_works(w, n)
    matrix[:, 1] = starter[rng.choice(12, n, p=zipf(12, 0.7))]
    u = even(w, acc, rng.lognormal(np.log(10), 0.4, n), 0.6)
    a["lag"][acc] = rng.exponential(2, n)
    ip = np.where(u.acc % 10 < 7, w.net.nat[u.acc % 3, hashed(u, 24)], w.life(u))
    w.emit(u, ip, pick(matrix, u.acc - acc[0], u.sess // 9), "api", "halcyon-py", None, u.acc % 12 == 0)
    personal(w, acc, 45, 0.1)


def weather_stations(w: World, n: int, name: str) -> None:
    """Owners of one kit on balconies: a frozen client, two templates, day and night, through one carrier's SIMs."""
    rng = w.rng
    created = rng.choice([-75, -47, -19, -4], n) * DAY + rng.gamma(1.3, 20 * HOUR, n)
    plan = either(rng.random(n), 0.6, "free", "payg")
    acc = people(w, n, name, country={"PL": 4, "DE": 2}, created=created, plan=plan)
    works = w.works.add(["vision", "classify"], tools=w.works.new_toolset(), settings="rs-sky", fixed=0.5)
    line = w.clients.pinned("skybox", "halcyon-py", "1.3.3")
    u = even(w, acc, np.full(n, 9.0), 0.08)
    sim = w.net.carrier[CODE["PL"], 0]
    ip = sim[(u.sess * 13 + u.acc) % 36]
    w.emit(u, ip, works[(u.sess % 4 == 0).astype(int)], "api", line, "halcyon-3-mini", False)
    personal(w, acc, 30, 0.35)
