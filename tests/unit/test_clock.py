"""Days that nobody can mean."""

from __future__ import annotations

from datetime import date, timedelta

from revenuer.clock import mistyped_days, today

NOW = today()


def days(*offsets: int) -> list[date]:
    return [NOW + timedelta(days=offset) for offset in offsets]


def test_mistyped_days__are_after_today_and_far_from_all_before() -> None:
    assert mistyped_days(days(-40, -2, 0, 40_000, 40_001), 28) == days(40_000, 40_001)
    assert mistyped_days(days(-2, 27), 28) == days(27)


def test_mistyped_days__leave_gaps_of_the_past_and_simulated_lakes_alone() -> None:
    assert mistyped_days(days(-400, -2), 28) == []
    assert mistyped_days(days(-5, 10, 30), 28) == []
    assert mistyped_days(days(100, 500), 28) == []
    assert mistyped_days([], 28) == []
