"""No attack at all, only ten populations that look like one."""

from __future__ import annotations

from elsewhere.background import background
from elsewhere.city_machines import batch_vendor, consent_gateway, lab_queue, oncall
from elsewhere.city_people import accounting_firm, card_resellers, censored, franchise, migrated_firm
from elsewhere.people import furnish
from elsewhere.schedulers import cloud_automation
from elsewhere.world import World


def build(seed: int) -> World:
    """The world before its everyday bans."""
    w = World(
        "honest_city",
        seed,
        "2026-07-06",
        {
            "acct": ("short", "acc-"),
            "org": ("short", "o-"),
            "req": ("hex", "r-"),
            "sess": ("hex", "c-"),
            "tpl": ("b32", ""),
            "tool": ("b32", "f-"),
            "card": ("b32", ""),
            "issuer": ("num", ""),
            "key": ("short", "k-"),
            "sett": ("hex", ""),
            "domain": ("short", "z"),
        },
        [("sage-1", -260.0), ("sage-2", -120.0), ("sage-2-lite", -119.0), ("sage-3", 6.3)],
    )
    furnish(w)
    background(w, 20800, 640000)
    for make, n in (
        (cloud_automation, 220),
        (batch_vendor, 160),
        (consent_gateway, 180),
        (card_resellers, 230),
        (accounting_firm, 80),
        (franchise, 250),
        (migrated_firm, 300),
        (oncall, 100),
        (lab_queue, 120),
        (censored, 350),
    ):
        make(w, n)
    return w
