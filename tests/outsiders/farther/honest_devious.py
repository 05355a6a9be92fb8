"""No attack at all, only eleven populations that look like one."""

from __future__ import annotations

from farther.background import background
from farther.crowd import furnish
from farther.devious_likes import (
    accounting_firms,
    charity_prepaid,
    hackathon,
    qa_phone_farm,
    translation_agency,
    university_job_queue,
)
from farther.shared_likes import gig_script, hosted_scheduler, migrating_company, price_watch, retry_gateway
from farther.world import World


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("honest_devious", seed, "2026-09-24", "hd"))
    w.releases.append((6.7, "halcyon-3-mini-0926"))
    university_job_queue(w, 180, "university_job_queue")
    translation_agency(w, 240, "translation_agency")
    qa_phone_farm(w, 200, "qa_phone_farm")
    price_watch(w, 120, "price_comparison")
    hackathon(w, 300, "hackathon")
    gig_script(w, 350, "gig_shared_script")
    accounting_firms(w, 140, "accounting_firms")
    migrating_company(w, 260, "migrating_company")
    hosted_scheduler(w, 400, "hosted_scheduler", 2, 8.0)
    retry_gateway(w, 160, "retry_gateway")
    charity_prepaid(w, 280, "charity_prepaid")
    background(w, 19_400, 900_000)
    return w
