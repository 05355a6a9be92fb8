"""The honest part of a world."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from overseas.background import background, everyday_actions
from overseas.world import World

Likes = Sequence[tuple[Callable[[World, int], None], int]]  # look-alikes, and how many accounts each has


def honest(w: World, active: int, light: float, likes: Likes) -> World:
    """Fill a world with the background, about so many accounts of it active, then look-alikes and everyday bans."""
    background(w, active, light)
    for like, n in likes:
        like(w, n)
    everyday_actions(w)
    return w
