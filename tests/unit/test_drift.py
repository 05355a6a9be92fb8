"""Drift: what strays from recent days is said, and what only varies is not."""

from __future__ import annotations

import random

import pytest

from revenuer.config import load_config
from revenuer.stages.drift import LARGEST_POOL, NULL_SHARE, VERDICT_COUNT, drift

SETTINGS = load_config().section("drift")


def said(name: str, value: float, past: list[float]) -> tuple[str, ...]:
    return drift({name: value}, [{name: before} for before in past], SETTINGS)


@pytest.mark.parametrize("name", [f"{VERDICT_COUNT}campaign", LARGEST_POOL, f"{NULL_SHARE}model"])
def test_drift__is_quiet_while_history_is_short(name: str) -> None:
    enough = int(SETTINGS["min_recent_days"])
    assert said(name, 1000.0, [0.0] * (enough - 1)) == ()
    assert len(said(name, 1000.0, [0.0] * enough)) == 1


def test_drift__names_the_figure_and_the_recent_days() -> None:
    (text,) = said(LARGEST_POOL, 4000, [210, 200, 190, 205, 220, 195])
    assert text == "accounts in the largest pool: 4,000; in the last 6 days on record it was 190 to 220, median 202"
    (text,) = said(f"{NULL_SHARE}tls_fingerprint", 0.9, [0.02, 0.03, 0.02, 0.04, 0.02])
    assert text.startswith("null share of tls_fingerprint is 90.0%; in the last 5 days on record it was 2.0% to 4.0%")


@pytest.mark.parametrize(
    ("name", "value", "past"),
    [
        (f"{VERDICT_COUNT}campaign", 0, [1, 1, 1, 1, 1, 1]),  # lineage tells of a campaign that ended
        (f"{VERDICT_COUNT}watch", 9, [4, 5, 3, 4, 6]),
        (LARGEST_POOL, 380, [200, 205, 190, 210, 200]),  # less than twice as much
        (LARGEST_POOL, 50, [400, 410, 390, 50, 400, 395]),  # an earlier day was like it
        (f"{NULL_SHARE}model", 0.08, [0.0, 0.0, 0.0, 0.0, 0.0]),
        ("input_row_count", 10, [1000, 1000, 1000, 1000, 1000]),  # on record only: validate has its own volume checks
    ],
)
def test_drift__lets_ordinary_change_pass(name: str, value: float, past: list[float]) -> None:
    assert said(name, value, past) == ()


@pytest.mark.parametrize(
    ("name", "value", "past"),
    [
        (f"{VERDICT_COUNT}campaign", 12, [1, 1, 1, 1, 1, 1]),
        (f"{VERDICT_COUNT}watch", 0, [100, 110, 90, 95, 105]),
        (LARGEST_POOL, 5, [20000, 20400, 19800, 20100, 20000]),
        (LARGEST_POOL, 9000, [200, 205, 8000, 190, 210]),  # one odd day does not hide the next
        (f"{NULL_SHARE}client_ip", 0.3, [0.9, 0.91, 0.89, 0.9, 0.9]),
    ],
)
def test_drift__says_what_strays(name: str, value: float, past: list[float]) -> None:
    assert len(said(name, value, past)) == 1


def test_drift__skips_days_without_the_figure() -> None:
    name = f"{NULL_SHARE}model"
    recent = [{name: 0.0}] * 4 + [{"another": 1.0}] * 10
    assert drift({name: 1.0}, recent, SETTINGS) == ()


def test_drift__rarely_warns_where_nothing_changes() -> None:
    chance = random.Random(5)
    warned = 0
    for _ in range(2000):
        rate = chance.choice([0.5, 2, 10, 60])
        counts = [float(sum(chance.random() < rate / 200 for _ in range(200))) for _ in range(9)]
        warned += bool(said(f"{VERDICT_COUNT}watch", counts[0], counts[1:]))
    assert warned <= 2
