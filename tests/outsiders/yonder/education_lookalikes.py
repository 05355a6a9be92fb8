"""Honest campus populations of world 4."""

from __future__ import annotations

import numpy as np

from yonder import people
from yonder.arrivals import CAMPUS, FLAT, HOME, OFFICE, humans
from yonder.campus import Campus, run, settle
from yonder.cohort import DAY, batches, rota, spread_sessions
from yonder.habits import models
from yonder.recipes import AGENT, CODE, GRADE, REASON, SUMMARY, WRITE, Shape
from yonder.world import API, SUB, Group, World

MARK = Shape("grade", 3300, 0.45, 150, 0.4, cache=0.4)


PAIR = Shape("grade", 2700, 0.45, 10, 0.3, cap=48, fixed=0.4, stream=False)


PROBLEM = Shape("reason", 420, 0.5, 1300, 0.6, reason=0.6)


PROMPTS = Shape("reason", 650, 0.6, 700, 0.6, reason=0.35)


def lab_queue(w: World, book: dict[str, np.ndarray]) -> None:
    """90 members of one research lab lend their personal accounts to the group's job queue (a declared study): rota,
    day and night.
    """
    rng, c = (
        w.rng,
        Campus("lab_queue_personal_accounts", 90, 1, "payg", ("sdk-python",), API, 10, 0.4, (0.5, 0.9), home=0.1),
    )
    created, _ = batches(rng, c.size, (3, 9), (-300, -8), 40.0)
    ids, codes, homes, _ = settle(w, c, created)
    servers = w.net.draw(np.full(4, w.net.universities[6]))
    rows = np.concatenate([w.recipes.family(PAIR, "labq-pair", 3), w.recipes.family(PROBLEM, "labq-cot", 2)])
    g = Group(
        w,
        ids,
        rng.choice(servers, (c.size, 3)),
        np.ones(3),
        w.clients.index["sdk-python"],
        API,
        np.tile(rows, (c.size, 1)),
        np.ones(5),
        np.full(c.size, 2),
        lag=np.full(c.size, 20 * DAY),
        variant=np.full(c.size, 2),
        keys=1,
    )
    ses = spread_sessions(rng, w.days, 14_000, 4.0, 6.0, FLAT + CAMPUS / CAMPUS.max(), wave=0.5)
    ses.acc = rota(rng, ses.start, np.full(c.size, -1.0), np.full(c.size, 99 * DAY), 8.0)
    g.emit(ses)
    own = Group(
        w,
        ids,
        homes,
        np.array([0.4, 0.1, 0.4, 0.1]),
        w.clients.index["web"],
        SUB,
        np.broadcast_to(book["chat"], (c.size, 4)),
        np.array([0.7, 0.1, 0.1, 0.1]),
        models(w, c.size),
    )
    own.emit(
        humans(
            w,
            np.full(c.size, 6.0),
            rng.uniform(0.2, 0.8, c.size),
            tz=people.zones(codes),
            curve=CAMPUS,
        )
    )


def hackathon(w: World, book: dict[str, np.ndarray]) -> None:
    """240 students in one hall over one weekend (days 4 to 6): same starter, fresh accounts, organisers' vouchers as
    cards.
    """
    rng = w.rng
    c = Campus(
        "student_hackathon",
        240,
        1,
        "payg",
        ("sdk-node", "sdk-python", "termcode"),
        API,
        60,
        0.7,
        (0.95, 1.0),
        [0.01] * 4 + [0.6, 1, 0.9] + [0.03] * 7,
        weekend=1.0,
        personal=0.1,
        turns=7,
        gap=30,
        curve=FLAT + 0.5 * HOME / HOME.max(),
        mail_share=0.5,
        home=0.05,
    )
    vouchers = people.cards(rng, 12)[rng.integers(0, 12, c.size)]
    created = np.where(
        rng.random(c.size) < 0.8, 4.2 * DAY + rng.uniform(0, 14 * 3600, c.size), people.ages(rng, c.size, 100, 2)
    )
    rows = np.concatenate(
        [
            w.recipes.family(AGENT, "hackhall-starter", 1, tools=2),
            w.recipes.own(rng, "hackteam", 1, 6, (AGENT, CODE, WRITE))[0],
        ]
    )
    run(w, book, c, rows, created, university=w.net.universities[1], card=vouchers, lag=3.0)


def lookalikes(w: World, book: dict[str, np.ndarray]) -> None:
    """All of them."""
    rng, uni = w.rng, w.net.universities

    def term(n: int, start: float = -38.0, days: float = 9.0) -> np.ndarray:
        return (start + np.floor(rng.gamma(2, days / 2, n))) * DAY + np.clip(rng.normal(14, 3, n), 7, 23) * 3600

    deadline = [0.15, 0.2, 0.2, 0.3, 0.3, 0.2, 0.3, 0.5, 0.7, 1, 1, 0.2, 0.05, 0.05]
    run(
        w,
        book,
        Campus(
            "course_reasoning_assignment",
            180,
            1,
            "payg",
            ("sdk-python",),
            API,
            14,
            0.6,
            (0.6, 0.95),
            deadline,
            0.8,
            0.08,
        ),
        w.recipes.family(PROMPTS, "cs224-hw", 5, settings=1),
        term(180),
        university=uni[4],
        lag=35.0,
    )
    run(
        w,
        book,
        Campus(
            "course_agent_starter_kit",
            140,
            1,
            "payg",
            ("sdk-python", "sdk-node"),
            API,
            20,
            0.6,
            (0.5, 0.9),
            weekend=0.6,
            personal=0.1,
            turns=6,
            gap=40,
        ),
        w.recipes.family(AGENT, "seng301-kit", 2, tools=2),
        np.full(140, -26 * DAY + 9.5 * 3600) + rng.uniform(0, 5400, 140),
        university=uni[19],
        lag=30.0,
    )
    run(
        w,
        book,
        Campus(
            "course_peer_feedback",
            200,
            1,
            "plus",
            ("web", "desktop-app"),
            SUB,
            9,
            0.5,
            (0.4, 0.85),
            weekend=0.5,
            personal=0.25,
        ),
        w.recipes.family(MARK, "writ110-peer", 4),
        term(200, -41),
        university=uni[13],
    )
    lab_queue(w, book)
    run(
        w,
        book,
        Campus(
            "university_site_licence",
            600,
            1,
            "enterprise",
            ("web", "mobile-ios", "ide-bridge"),
            SUB,
            8,
            0.9,
            (0.2, 0.8),
            personal=0.75,
            turns=3,
        ),
        np.concatenate([w.recipes.family(SUMMARY, "campus-assist", 2), w.recipes.family(WRITE, "campus-write", 2)]),
        term(600, -44, 4),
        university=uni[9],
        org=np.full(600, "org-campus-site", dtype=object),
        card=np.full(600, people.cards(rng, 1)[0]),
    )
    hackathon(w, book)
    created, _ = batches(rng, 160, (5, 12), (-50, -2), 10.0)
    run(
        w,
        book,
        Campus(
            "campus_annotators",
            160,
            3,
            "plus",
            ("web", "sdk-python"),
            SUB,
            12,
            0.3,
            (0.6, 0.9),
            weekend=0.35,
            personal=0.12,
            turns=1.5,
            gap=140,
        ),
        np.concatenate([w.recipes.family(PAIR, "annot-pair", 5), w.recipes.family(MARK, "annot-score", 3)]),
        created,
    )
    run(
        w,
        book,
        Campus(
            "teaching_assistants",
            90,
            4,
            "plus",
            ("web", "sdk-python"),
            SUB,
            16,
            0.6,
            (0.25, 0.7),
            weekend=0.7,
            personal=0.3,
            turns=8,
            gap=25,
            curve=OFFICE + 10,
        ),
        np.concatenate([w.recipes.family(MARK, "ta-rubric", 6), w.recipes.family(GRADE, "ta-check", 2)]),
        term(90, -120, 40),
    )
    run(
        w,
        book,
        Campus(
            "online_course_learners",
            300,
            20,
            "payg",
            ("sdk-python", "curl"),
            API,
            11,
            0.8,
            (0.3, 0.8),
            weekend=1.2,
            personal=0.15,
            mail_share=0.2,
            home=1.5,
        ),
        np.concatenate([w.recipes.family(PROBLEM, "mooc-reason", 5), w.recipes.family(REASON, "mooc-extra", 2)]),
        people.ages(rng, 300, 40, 1),
    )
