"""`honest_traps`: no attack; fifteen populations that look like one."""

from __future__ import annotations

from overseas import machine_likes as machines
from overseas import people_likes as people
from overseas.stage import honest
from overseas.work_likes import synthetic_data_team
from overseas.world import World

LIKES = (
    (machines.qa_device_farm, 150),
    (machines.price_monitor, 110),
    (machines.reader_service, 380),
    (people.microtask_crowd, 230),
    (people.ngo_stipends, 160),
    (machines.extension_vpn, 360),
    (machines.key_balancing_gateway, 150),
    (machines.iot_devices, 320),
    (people.voucher_students, 280),
    (people.reopened_batch, 190),
    (people.cyber_cafes, 240),
    (machines.community_bots, 200),
    (people.call_centre, 260),
    (synthetic_data_team, 80),
    (people.newsroom_leak, 90),
)


def build(seed: int) -> World:
    """The whole world in memory."""
    return honest(World("honest_traps", seed, "2026-09-07", 8.7), 17_300, 0.87, LIKES)
