"""Hosted schedulers: machines of strangers, woken round the clock from a vendor's published addresses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elsewhere.background import heavy, steady
from elsewhere.people import people
from elsewhere.products import app
from elsewhere.shapes import ROUND_THE_CLOCK, Beats
from elsewhere.usage import use
from elsewhere.world import API, CONSOLE, World


def scheduler(w: World, n: int, exits: np.ndarray, tiers: Sequence[int] = (24, 48, 36)) -> None:
    """A hosted scheduler wakes its customers' recipes round the clock from its own published addresses."""
    rng = w.rng
    p = people(w, n, decoy="hosted_scheduler", plan="payg", age=(15, 800))
    recipe = app(w, 5, client="flow-nodes", kind="extract")
    per_day = rng.choice(tiers, n)
    exit_of = exits[rng.integers(0, len(exits), (n, 3))]
    build = w.clients.fixed("flow-nodes", 5)
    use(
        w,
        p,
        steady(rng, per_day),
        recipe,
        chan=API,
        day_sigma=0.03,
        size=1.1,
        gap=5,
        snap=0.6,
        ips=lambda beats: exit_of[beats.pos, rng.integers(0, 3, len(beats.pos))],
        builds=build,
        fixed=0.4,
        **ROUND_THE_CLOCK,
    )
    use(w, p, heavy(rng, n, 9, 1.3, 300, 0.45), w.chat_app, alt=w.raw_app, p_alt=0.4, chan=CONSOLE, active=0.4)


def cloud_automation(w: World, n: int) -> None:
    """Hosted automation: three equal plans round the clock from four clouds, one family of recipes."""
    rng = w.rng
    exits = [w.nets.egress(12, w.nets.clouds[k], f"autom8-{k}") for k in (0, 2, 5, 7)]
    p = people(w, n, decoy="cloud_automation", plan="payg", age=(10, 800))
    a = app(w, 6, client="flow-nodes", kind="write")
    region = rng.integers(0, 4, n)

    def ips(beats: Beats) -> np.ndarray:  # a run goes to its region, or to another when that is full
        g = np.where(rng.random(len(beats.pos)) < 0.2, rng.integers(0, 4, len(beats.pos)), region[beats.pos])
        return np.array(exits)[g, rng.integers(0, 12, len(g))]

    use(
        w,
        p,
        steady(rng, rng.choice([12, 24, 48], n)),
        a,
        chan=API,
        ips=ips,
        builds=w.clients.fixed("flow-nodes", 8, 1),
        day_sigma=0.02,
        size=1.05,
        gap=9,
        **ROUND_THE_CLOCK,
    )
    use(w, p, heavy(rng, n, 8, 1.3, 300, 0.4), w.chat_app, alt=w.raw_app, p_alt=0.4, chan=CONSOLE, active=0.4)
