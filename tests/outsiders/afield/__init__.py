"""Worlds of an outsider: honest populations first of all, and labs that are slow, quiet or short-lived."""

from __future__ import annotations

import datetime as dt
from importlib import import_module

from afield.background import populate
from afield.world import World

# world: first day, share of background accounts, load, population modules
WORLDS: dict[str, tuple[dt.date, float, float, tuple[str, ...]]] = {
    "honest_work": (dt.date(2026, 3, 9), 1.0, 0.8, ("work_machines", "work_people")),
    "honest_places": (dt.date(2026, 5, 13), 1.0, 0.95, ("place_money", "place_networks")),
    "quiet_pool": (dt.date(2026, 6, 4), 1.0, 0.54, ("quiet_labs", "quiet_groups", "quiet_strangers")),
    "burst": (dt.date(2026, 9, 8), 1.0, 1.05, ("burst_lab", "burst_likes")),
}


def models_of(name: str, start: dt.date) -> tuple[dict[str, dt.datetime], float | None]:
    """The models on sale, and the second of the window at which the last of them came out (burst only)."""

    def ago(days: int) -> dt.datetime:
        return dt.datetime.combine(start - dt.timedelta(days=days), dt.time(16), dt.UTC)

    models = {"teal-4-mini": ago(210), "teal-4": ago(150), "teal-4-max": ago(75)}
    if name != "burst":
        return models, None
    return models | {"teal-5": ago(-6)}, 6 * 86_400 + 16 * 3_600.0


def build(name: str, seed: int) -> World:
    """The whole world in memory."""
    start, part, load, modules = WORLDS[name]
    models, release = models_of(name, start)
    world = World(name, seed, start, models)
    world.release_at = release
    populate(world, part, load)
    for module in modules:
        holder = import_module(f"afield.{module}")
        for maker in vars(holder).values():
            if callable(maker) and getattr(maker, "__module__", "") == holder.__name__ and maker.__name__[0] != "_":
                maker(world)
    return world
