"""Worlds of an outsider: queues of several makes behind pools, and the honest queues, exits and cards like theirs."""

from __future__ import annotations

from importlib import import_module

from elsewhere.background import everyday_bans
from elsewhere.world import World

WORLDS = ("relay_subscriptions", "careful_queue", "thin_site", "honest_city")


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    world = import_module(f"elsewhere.{name}").build(seed)
    # Last, so that every population that is no campaign's has its share of them.
    everyday_bans(world)
    return world
