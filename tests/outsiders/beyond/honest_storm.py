"""No attack at all, only eleven populations whose accounts end, begin, share and obey a clock as a fleet's do."""

from __future__ import annotations

from farther.background import background
from farther.crowd import furnish
from farther.world import World

from beyond.storm_machines import grant_credits, leaderboard_mirrors, masked_pupils, shop_widget, weather_stations
from beyond.storm_people import (
    carrier_sweep,
    keyring_friends,
    kiosk_day_passes,
    novel_in_a_fortnight,
    quake_hotline,
    tavern_roleplay,
)


def build(seed: int) -> World:
    """The whole world in memory."""
    w = furnish(World("honest_storm", seed, "2026-11-02", "hs"))
    kiosk_day_passes(w, 110, "kiosk_day_passes")
    tavern_roleplay(w, 45, 200, "tavern_roleplay")
    keyring_friends(w, 80, "keyring_friends")
    quake_hotline(w, 260, "quake_hotline")
    carrier_sweep(w, 300, "carrier_sweep")
    novel_in_a_fortnight(w, 240, "novel_in_a_fortnight")
    shop_widget(w, 350, "shop_widget")
    masked_pupils(w, 120, "masked_pupils")
    leaderboard_mirrors(w, 110, "leaderboard_mirrors")
    grant_credits(w, 240, "grant_credits")
    weather_stations(w, 260, "weather_stations")
    background(w, 20_000, 900_000)
    return w
