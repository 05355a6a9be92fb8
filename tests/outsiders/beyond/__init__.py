"""Worlds of an outsider: a fleet of throw-away trials among honest trials, and a storm of honest oddities."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farther.world import World

WORLDS = ("mixed_fleet", "honest_storm")


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    world: World = import_module(f"beyond.{name}").build(seed)
    return world
