"""Worlds of an outsider: a pool that is resold, one hunted by bans, one too quiet to notice, and honest oddities."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from farther.world import World

WORLDS = ("resold_pool", "ban_waves", "large_quiet", "honest_devious")


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    world: World = import_module(f"farther.{name}").build(seed)
    return world
