"""Roles: whom a verdict closes the account of."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import SparkSession

from revenuer.stages.rank.roles import role_sql, why_sql, with_proven

# Of a cohort whose accounts move over twelve networks where three are usual.
USUAL: dict[str, Any] = {
    "pool_id": "cast(null as string)", "membership_bits": "cast(null as double)", "network_count": "12",
    "network_count_median": "12.0D", "population_network_count": "3.0D", "hides_by": "cast(null as array<string>)",
    "fallen_at": "cast(null as timestamp)", "has_taken_over": "cast(null as boolean)", "event_count": "30L",
    "daily_load_median": "20.0D", "verdict": "'campaign'", "home_events": "25L", "unknown_events": "5L",
    "prefix_count": "1L", "prefix_count_median": "30.0D", "population_prefix_count": "3.0D",
}  # fmt: skip
AT_HOME = {"network_count": "1"}
TWO_USUAL = {"network_count_median": "6.0D", "population_network_count": "2.0D"}
FALLEN = {"fallen_at": "timestamp'2026-03-05 09:30:00'"}
ONE_PROVIDER = {**AT_HOME, "prefix_count": "26"}
CARDS_ONLY = {"network_count": "1", "network_count_median": "2.0D"}


@pytest.mark.parametrize(
    ("changed", "role"),
    [
        ({}, "member"),  # moves as its fellows do
        ({"network_count": "4"}, "member"),  # a third of what is typical: it does little
        ({"network_count": "3"}, "suspected"),
        (AT_HOME, "suspected"),  # a stranger who uses the same template
        ({"home_events": "9L"}, "suspected"),  # another, through the exits of a VPN
        ({"home_events": "0L", "unknown_events": "30L"}, "member"),  # nobody knows what kind of networks they are
        ({**AT_HOME, "pool_id": "'p'", "membership_bits": "30.0D"}, "member"),  # linked to the pool
        # A cohort that hides behind cards moves no more than customers do: networks vouch for nobody.
        (CARDS_ONLY, "suspected"),
        ({**CARDS_ONLY, "network_count": "3"}, "suspected"),
        ({**CARDS_ONLY, "hides_by": "array('card')"}, "member"),
        # One network, and another address range for nearly each request, as its fellows; or as a phone, or by itself.
        (ONE_PROVIDER, "member"),
        ({**ONE_PROVIDER, "event_count": "300L"}, "suspected"),
        ({**ONE_PROVIDER, "prefix_count": "23"}, "suspected"),
        ({**ONE_PROVIDER, "prefix_count_median": "3.0D"}, "suspected"),
        # Banned with others, or taking over from them; or merely began after them.
        ({**AT_HOME, **FALLEN}, "member"),
        ({**AT_HOME, "has_taken_over": "true"}, "member"),
        ({**AT_HOME, "has_taken_over": "false"}, "suspected"),
        # Where a third of what is typical is no more than is usual, more than usual is asked for.
        ({"network_count": "3", "network_count_median": "4.0D"}, "suspected"),
        ({"network_count": "4", "network_count_median": "4.0D"}, "member"),
        ({**TWO_USUAL, "network_count": "2"}, "suspected"),
        ({**TWO_USUAL, "network_count": "3"}, "member"),
        # And two at least where most customers have one.
        ({**TWO_USUAL, "population_network_count": "1.0D", "network_count": "2"}, "member"),
        ({**TWO_USUAL, "population_network_count": "1.0D", "network_count": "1"}, "suspected"),
        # Hardly ever does the work.
        ({"event_count": "2L"}, "suspected"),
        # Where no networks are known, they vouch for nobody.
        ({"network_count": "0", "network_count_median": "0.0D"}, "suspected"),
    ],
)
def test_role__an_account_outside_pools_must_show_the_concealment(
    spark: SparkSession, changed: dict[str, str], role: str
) -> None:
    row = spark.range(1).selectExpr(*(f"{sql} as {name}" for name, sql in {**USUAL, **changed}.items()))
    assert row.selectExpr(role_sql(knows_bans=True)).collect()[0][0] == role


def test_with_proven__only_what_the_candidate_hides_by_makes_members(spark: SparkSession) -> None:
    rows = spark.createDataFrame(
        [
            # Accused for its cards: a common batch says nothing; a kind of the site's own does.
            ("cards", "campaign", "a", ["batch", "card"]), ("cards", "campaign", "b", ["batch"]),
            ("cards", "campaign", "c", ["batch", "thinking"]), ("cards", "campaign", "d", None),
            # Accused for its networks alone: among its users is a couple with one card.
            ("nets", "campaign", "e", ["card"]),
            # Not accused by the job: whoever confirms it finds its accounts as they were.
            ("ring", "watch", "f", ["card"]),
        ],
        "candidate_id string, verdict string, account_id string, hides_by array<string>",
    )  # fmt: skip
    found = spark.createDataFrame(
        [("cards", "rotating_cards", 2.5), ("cards", "exit_churn", 3.0), ("nets", "rotating_cards", -0.1)],
        "candidate_id string, signal string, drawn_bits double",
    )
    kept = {row["account_id"]: row["hides_by"] for row in with_proven(rows, found).collect()}
    assert kept == {"a": ["card"], "b": None, "c": ["thinking"], "d": None, "e": None, "f": ["card"]}


def test_role__where_bans_are_unknown_or_an_account_is_doubted(spark: SparkSession) -> None:
    row = spark.range(1).selectExpr(
        *(f"{sql} as {name}" for name, sql in USUAL.items() if name not in ("fallen_at", "has_taken_over"))
    )
    assert row.selectExpr(role_sql(knows_bans=False)).collect()[0][0] == "member"
    assert row.selectExpr(role_sql("1 = 2", knows_bans=False)).collect()[0][0] == "suspected"


SAME = "does the same work in 30 exchanges over"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, f"{SAME} 12 networks, beyond what three in four customers use"),
        (ONE_PROVIDER, f"{SAME} 1 networks, from 26 address ranges"),
        # What makes a member of an account that stays at home is told, all of it.
        (
            {**AT_HOME, **FALLEN, "hides_by": "array('batch', 'card', 'thinking_signature')"},
            f"{SAME} 1 networks; was opened in one batch with others; shares a card with another party's account;"
            " shares a thinking signature with another party's account; banned with others on 2026-03-05",
        ),
        # Vouched for by links, and by more.
        (
            {**AT_HOME, "pool_id": "'p'", "membership_bits": "30.0D", "hides_by": "array('card')"},
            "linked to the pool with 30.0 bits, and does the same work in 30 exchanges;"
            " shares a card with another party's account",
        ),
        # Suspected: nothing vouches, or it does too little.
        (AT_HOME, f"{SAME} 1 networks; shows no concealment itself"),
        (
            {"event_count": "2L"},
            "does the same work in 2 exchanges over 12 networks, beyond what three in four customers use;"
            " hardly does this work",
        ),
        # Where the candidate is cleared, nobody looked.
        ({**AT_HOME, "verdict": "'cleared'"}, f"{SAME} 1 networks"),
    ],
)
def test_why__says_what_makes_a_member_or_what_is_missing(
    spark: SparkSession, changed: dict[str, str], why: str
) -> None:
    row = spark.range(1).selectExpr(*(f"{sql} as {name}" for name, sql in {**USUAL, **changed}.items()))
    assert row.selectExpr(why_sql(knows_bans=True)).collect()[0][0] == why
