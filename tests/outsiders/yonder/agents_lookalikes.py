"""All honest populations of world 1 that look like an agentic harvest."""

from __future__ import annotations

import numpy as np

from yonder.agents_lookalike_machines import agent_scheduler, batch_vendor, reasoning_recipe, review_bot, swe_benchmark
from yonder.agents_lookalike_people import bootcamp, consultancy, payment_outage, reseller, viral_agent
from yonder.world import World


def lookalikes(w: World, book: dict[str, np.ndarray]) -> None:
    """All of them."""
    for make in (
        swe_benchmark,
        viral_agent,
        review_bot,
        agent_scheduler,
        consultancy,
        bootcamp,
        reseller,
        reasoning_recipe,
        batch_vendor,
        payment_outage,
    ):
        make(w, book)
