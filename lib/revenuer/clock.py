"""What day it is, in the calendar of usage dates. A mistyped day, say in 2062, must not pass for the newest."""

from __future__ import annotations

from datetime import UTC, date, datetime

from revenuer.errors import ConfigError


def today() -> date:
    """The UTC day it is now."""
    return datetime.now(UTC).date()


def refuse_future(day: date) -> None:
    """Make sure that a date to run is not yet to come: published, it would be the latest one for readers for good.

    Raises:
        ConfigError: The date lies after today.
    """
    now = today()
    if day > now:
        raise ConfigError(f"{day} is yet to come: today is {now} in UTC", fix="give a run date that is not after today")
