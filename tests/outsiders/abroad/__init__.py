"""Worlds of an outsider: a lab each that hands over, stays small, probes first or hides on campuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from abroad import campus_lab, campus_likes, dense_lab, dense_likes, grade_lab, grade_likes, pivot_lab, pivot_likes
from abroad.background import background
from abroad.clients import Clients
from abroad.nets import Nets
from abroad.works import Works
from abroad.world import World


@dataclass(frozen=True)
class Plan:
    """A world's first day, format of account ids, models, background, and populations.

    The order of the populations is part of the plan: all draw from one generator.
    """

    first_day: dt.date
    ids: str
    models: tuple[tuple[str, float, float], ...]  # name, days from the first day to release, share of use
    accounts: int
    exchanges: float
    populations: tuple[Callable[[World], None], ...]


WORLDS = {
    "pivot_handover": Plan(
        dt.date(2026, 3, 4),
        "acct",
        (
            ("heron-1-mini", -310, 2),
            ("heron-1", -260, 1),
            ("heron-2-mini", -120, 3),
            ("heron-2", -95, 4),
            ("heron-2-deep", -40, 2),
            ("heron-3", pivot_lab.RELEASE, 0),
        ),
        19000,
        470000,
        (
            pivot_lab.ember_still,
            pivot_likes.release_benchers,
            pivot_likes.nocode_default,
            pivot_likes.seat_migration,
            pivot_likes.reseller_seats,
            pivot_likes.review_bots,
            pivot_likes.synth_team,
            pivot_likes.cgnat_town,
            pivot_likes.relay_cards,
        ),
    ),
    "small_dense": Plan(
        dt.date(2025, 11, 3),
        "number",
        (
            ("osprey-s", -400, 3),
            ("osprey-m", -210, 3),
            ("osprey-l", -150, 2),
            ("osprey-m-2", -30, 3),
            ("osprey-l-2", dense_lab.RELEASE, 0),
        ),
        20500,
        355000,
        (
            dense_lab.quartz_press,
            dense_likes.agencies,
            dense_likes.research_groups,
            dense_likes.crawler_seats,
            dense_likes.multikey_startups,
            dense_likes.gateway_hosts,
            dense_likes.news_bots,
            dense_likes.support_vendor,
        ),
    ),
    "probe_and_grade": Plan(
        dt.date(2026, 1, 14),
        "uuid",
        (("tern-lite", -330, 3), ("tern-pro", -200, 3), ("tern-lite-2", -90, 4), ("tern-pro-2", -24, 2)),
        19800,
        540000,
        (
            grade_lab.glass_scale,
            grade_likes.eval_vendors,
            grade_likes.schools,
            grade_likes.moderation,
            grade_likes.oss_judge,
            grade_likes.rerankers,
            grade_likes.prompt_contest,
            grade_likes.rlaif_groups,
        ),
    ),
    "campuses": Plan(
        dt.date(2026, 4, 13),
        "user",
        (("wren-mini", -280, 3), ("wren", -170, 4), ("wren-max", -60, 2), ("wren-max-2", campus_lab.RELEASE, 0)),
        20000,
        600000,
        (
            campus_lab.ivory_relay,
            campus_likes.courses,
            campus_likes.lab_queue,
            campus_likes.hackathon,
            campus_likes.site_licence,
            campus_likes.login_nodes,
            campus_likes.vpn_travellers,
            campus_likes.mooc,
            campus_likes.student_resale,
        ),
    ),
}


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    plan = WORLDS[name]
    world = World(name, seed, plan.first_day, plan.ids)
    world.nets, world.works, world.clients = Nets(world), Works(world, plan.models), Clients(world)
    background(world, plan.accounts, plan.exchanges)
    for populate in plan.populations:
        populate(world)
    return world
