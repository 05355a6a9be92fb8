"""Worlds of an outsider: a pool resold to two labs, a patient lab, a small site's grading, and honest traps."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overseas.world import World

WORLDS = ("two_labs_resale", "patient_harvest", "small_site_grading", "honest_traps")


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    world: World = import_module(f"overseas.{name}").build(seed)
    return world
