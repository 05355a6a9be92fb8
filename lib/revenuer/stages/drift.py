"""How a day's figures compare with those of recent days. What strays is a warning, never a reason to stop.

Every rule asks three things at once: is the figure further from the median than the recent days' own scatter explains,
is the change large enough to matter, and did no recent day show the like. The last keeps weekends quiet, once a week
is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import median
from typing import Any

NULL_SHARE = "null_share."
VERDICT_COUNT = "verdict_count."
LARGEST_POOL = "largest_pool_account_count"
# Median absolute deviation to standard deviation, for normally scattered figures.
_TO_SIGMA = 1.4826


def drift(
    measures: Mapping[str, float], recent: Sequence[Mapping[str, float]], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """Say which of a day's figures stray from recent days.

    Null shares, verdict counts and the size of the largest pool are looked at; other figures are only on record.

    Args:
        measures: The day's figures by name, as ``run_metrics.measures`` has them.
        recent: The same of recent days, one mapping a day.
        settings: Section ``drift`` of the configuration.

    Returns:
        One sentence per figure that strays; none while too few recent days have the figure.
    """
    found = []
    for name, value in sorted(measures.items()):
        past = [day[name] for day in recent if name in day]
        if len(past) < settings["min_recent_days"] or min(past) <= value <= max(past):
            continue
        if name.startswith(NULL_SHARE):
            text = _share(f"null share of {name.removeprefix(NULL_SHARE)}", value, past, settings)
        elif name.startswith(VERDICT_COUNT):
            text = _count(f"candidates with verdict {name.removeprefix(VERDICT_COUNT)}", value, past, settings)
        elif name == LARGEST_POOL:
            text = _count("accounts in the largest pool", value, past, settings)
        else:
            continue
        if text:
            found.append(text)
    return tuple(found)


def _share(what: str, value: float, past: Sequence[float], settings: Mapping[str, Any]) -> str | None:
    usual, spread = _usual(past)
    if abs(value - usual) <= max(settings["max_deviation"] * spread, settings["min_share_change"]):
        return None
    return f"{what} is {value:.1%}; {_past(past, '.1%')}"


def _count(what: str, value: float, past: Sequence[float], settings: Mapping[str, Any]) -> str | None:
    usual, spread = _usual(past)
    # Rare things vary by their square root even when nothing changes, and a run of equal days has no scatter at all.
    spread = max(spread, sqrt(usual), 1.0)
    ratio = (value + 1) / (usual + 1)
    if abs(value - usual) <= settings["max_deviation"] * spread or max(ratio, 1 / ratio) < settings["min_factor"]:
        return None
    return f"{what}: {value:,.0f}; {_past(past, ',.0f')}"


def _usual(past: Sequence[float]) -> tuple[float, float]:
    """Median, and a standard deviation that outliers do not move."""
    middle = median(past)
    return middle, _TO_SIGMA * median(abs(value - middle) for value in past)


def _past(past: Sequence[float], form: str) -> str:
    return (
        f"in the last {len(past)} days on record it was {min(past):{form}} to {max(past):{form}},"
        f" median {median(past):{form}}"
    )
