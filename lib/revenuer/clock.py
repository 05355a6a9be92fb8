"""What day it is, in the calendar of usage dates. A mistyped day, say in 2062, must not pass for the newest."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import UTC, date, datetime


def today() -> date:
    """The UTC day it is now."""
    return datetime.now(UTC).date()


def mistyped_days(days: Collection[date], window_days: int) -> list[date]:
    """Days that nobody can mean: after today, and further from any day before than a window reaches.

    Of a lake that lies in the future as a whole, or reaches into it day by day, nothing is mistyped: it was simulated,
    or the clock is wrong.

    Args:
        days: Days that a lake holds.
        window_days: Length of a run's window.

    Returns:
        The days, oldest first.
    """
    known = sorted(days)
    now = today()
    if not known or known[0] > now:
        return []
    for before, day in itertools.pairwise(known):
        if day > now and (day - before).days > window_days:
            return [later for later in known if later >= day]
    return []
