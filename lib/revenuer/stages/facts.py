"""Window facts: which account was seen with which identifier in a window, one row for each, however many days.

A window is many days and slides by one. Its facts are those of the window before, with the day that enters added and
the day that leaves taken off: counts add and subtract exactly, so no other day of the window is read again.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.blanks import PARTY_SQL, latest_owner_sql

_FACT = ("identifier_kind", "facet", "identifier_id", "account_id")
_EVENTS = "coalesce(event_count, 1L)"
_LATEST = latest_owner_sql(PARTY_SQL)
_COLUMNS = (
    "identifier_kind", "facet", "identifier_id", "account_id", "party_id", "day_count", "event_count",
    "party_named_date",
)  # fmt: skip


def window_facts(sightings: DataFrame) -> DataFrame:
    """Facts of a window, from all its days.

    Args:
        sightings: ``sightings`` of the window.

    Returns:
        ``identifier_kind, facet, identifier_id, account_id, party_id, day_count, event_count, party_named_date`` (the
        last day that named the account's owner; null where none did).
    """
    parties = sightings.groupBy("account_id").agg(expr(f"{_LATEST} as latest")).select("account_id", "latest.*")
    # A sighting is one row a day by its contract, so rows are days.
    return _summed(sightings.selectExpr(*_FACT, "1 as days", f"{_EVENTS} as events"), parties)


def rolled_facts(before: DataFrame, entering: DataFrame, leaving: DataFrame, first_date: date) -> DataFrame:
    """Facts of a window, from those of the window that ended a day earlier.

    Args:
        before: Facts of that window, as :func:`window_facts` returns them.
        entering: ``sightings`` of the last day of the window.
        leaving: ``sightings`` of the day before its first day.
        first_date: First day of the window.

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
    # The latest day that named an owner is kept, so once it leaves the window no day is left that named any.
    new = added.groupBy("account_id").agg(expr(f"{_LATEST} as new"))
    parties = (
        known.select("account_id", "party_id", "party_named_date")
        .distinct()
        .join(new, "account_id", "full")
        .selectExpr("account_id", "if(new.party_named_date is null, struct(party_named_date, party_id), new) as latest")
        .select("account_id", "latest.*")
        .selectExpr(
            "account_id",
            f"if(party_named_date >= date'{first_date}', party_id, account_id) as party_id",
            f"if(party_named_date >= date'{first_date}', party_named_date, null) as party_named_date",
        )
    )
    return _summed(moves, parties)


def _summed(moves: DataFrame, parties: DataFrame) -> DataFrame:
    # Only numbers are aggregated: Spark would sort for a string.
    return (
        moves.groupBy(*_FACT)
        .agg(expr("cast(sum(days) as int) as day_count"), expr("sum(events) as event_count"))
        .where("day_count > 0")
        .join(parties, "account_id")
        .select(*_COLUMNS)
    )
