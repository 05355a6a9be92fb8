"""Outsider's simulated usage-log worlds, written blind to the detector they test."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yonder.world import World

WORLDS = ("agents", "shared_pool", "careful", "slow_education")


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    world: World = import_module(f"yonder.{name}").build(seed)
    return world
