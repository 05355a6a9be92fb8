"""Window facts: which account was seen with which identifier in a window, one row for each, however many days.

A window is many days and slides by one. Its facts are those of the window before, with the day that enters added and
the day that leaves taken off: counts add and subtract exactly, so no other day of the window is read again.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.blanks import PARTY_SQL

_FACT = ("identifier_kind", "facet", "identifier_id", "account_id")
_EVENTS = "coalesce(event_count, 1L)"


def window_facts(sightings: DataFrame) -> DataFrame:
    """Facts of a window, from all its days.

    Args:
        sightings: ``sightings`` of the window.

    Returns:
        ``identifier_kind, facet, identifier_id, account_id, party_id, day_count, event_count``.
    """
    # An account's party is settled once per window; the latest sighting knows best.
    parties = (
        sightings.selectExpr("account_id", f"{PARTY_SQL} as owner", "usage_date")
        .groupBy("account_id", "owner")
        .agg(expr("max(usage_date) as usage_date"))
        .groupBy("account_id")
        .agg(expr("max(struct(usage_date, owner)).owner as party_id"))
    )
    # A sighting is one row a day by its contract, so rows are days.
    return _summed(sightings.selectExpr(*_FACT, "1 as days", f"{_EVENTS} as events"), parties)


def rolled_facts(before: DataFrame, entering: DataFrame, leaving: DataFrame) -> DataFrame:
    """Facts of a window, from those of the window that ended a day earlier.

    Args:
        before: Facts of that window, as :func:`window_facts` returns them.
        entering: ``sightings`` of the last day of the window.
        leaving: ``sightings`` of the day before its first day.

    Returns:
        As :func:`window_facts`, and the same rows.
    """
    # Everything here is by account, or by more than that: so placed, rows are shuffled once and stay where they are.
    known, added, gone = (frame.repartition("account_id") for frame in (before, entering, leaving))
    moves = (
        known.selectExpr(*_FACT, "day_count as days", "event_count as events")
        .unionByName(added.selectExpr(*_FACT, "1 as days", f"{_EVENTS} as events"))
        .unionByName(gone.selectExpr(*_FACT, "-1 as days", f"-{_EVENTS} as events"))
    )
    # Whom the new day does not show is whose it was; nobody outlives its last sighting, so no older one can come back.
    new = added.groupBy("account_id").agg(expr(f"max({PARTY_SQL}) as new_party_id"))
    parties = (
        known.select("account_id", "party_id")
        .distinct()
        .join(new, "account_id", "full")
        .selectExpr("account_id", "coalesce(new_party_id, party_id) as party_id")
    )
    return _summed(moves, parties)


def _summed(moves: DataFrame, parties: DataFrame) -> DataFrame:
    # Only numbers are aggregated: Spark would sort for a string.
    return (
        moves.groupBy(*_FACT)
        .agg(expr("cast(sum(days) as int) as day_count"), expr("sum(events) as event_count"))
        .where("day_count > 0")
        .join(parties, "account_id")
        .select("identifier_kind", "facet", "identifier_id", "account_id", "party_id", "day_count", "event_count")
    )
