"""Rank: other work on convicted accounts."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.stages.rank.companions import companions, newcomers, shown, within

ELEVEN = "abcdefghijk"


def holding(spark: SparkSession, **held: str) -> DataFrame:
    rows = [(name, account) for name, accounts in held.items() for account in accounts]
    return spark.createDataFrame(rows, "candidate_id string, account_id string")


def scored(spark: SparkSession, *rows: tuple[str, str, str, bool, bool, float | None]) -> DataFrame:
    return spark.createDataFrame(
        list(rows),
        "candidate_id string, source string, verdict string, has_physics boolean, has_concealment boolean,"
        " popular_share double",
    ).withColumn("is_small", expr("candidate_id = 'small'"))


def found(spark: SparkSession, held: DataFrame, *rows: tuple[str, str, str, bool, bool, float | None]) -> set[str]:
    return {row["candidate_id"] for row in companions(held, scored(spark, *rows)).collect()}


def pairs(found: DataFrame) -> set[tuple[str, str]]:
    return {(row["candidate_id"], row["account_id"]) for row in found.collect()}


def test_companions__work_on_convicted_accounts_that_lacks_physics_alone(spark: SparkSession) -> None:
    held = holding(
        spark,
        lab=ELEVEN[:10],
        near=ELEVEN,
        far="jkl",
        open=ELEVEN,
        popular=ELEVEN,
        cleared=ELEVEN,
        weighed=ELEVEN,
        small=ELEVEN,
    )
    rows = [
        ("lab", "pool", "campaign", True, True, 0.0),
        # Ten of its eleven accounts are the lab's.
        ("near", "pool", "watch", False, True, None),
        # One of its three.
        ("far", "pool", "watch", False, True, 0.0),
        # Nothing in it shows that anybody hides.
        ("open", "pool", "watch", False, False, 0.0),
        # Many others do this work.
        ("popular", "pool", "watch", False, True, 0.8),
        ("cleared", "pool", "cleared", False, True, 0.0),
        # Small works of the pool's customers: its scheduler makes them look even.
        ("small", "pool", "watch", False, True, 0.0),
        # It has the physics: what it lacks is something else.
        ("weighed", "pool", "watch", True, True, 0.0),
    ]
    assert found(spark, held, *rows) == {"near"}


def test_companions__a_cohort_vouches_for_nobody_and_is_no_companion(spark: SparkSession) -> None:
    held = holding(spark, lab="abc", near="abc", tenant="def", cohort="def")
    rows = [
        ("lab", "cohort", "campaign", True, True, 0.0),
        ("near", "pool", "watch", False, True, 0.0),
        ("tenant", "pool", "campaign", True, True, 0.0),
        ("cohort", "cohort", "watch", False, True, 0.0),
    ]
    assert found(spark, held, *rows) == set()


def test_within__an_account_with_several_works_counts_once(spark: SparkSession) -> None:
    # w's account a does ten works on convicted ground; b and c are not convicted.
    rows = [("lab", "a", True), *[("w", "a", False)] * 10, ("w", "b", False), ("w", "c", False)]
    frame = spark.createDataFrame(rows, "candidate_id string, account_id string, is_convicted boolean")
    assert [tuple(row) for row in within(frame).collect()] == [("lab", True)]


def test_shown__accounts_that_do_enough_of_one_convicted_work(spark: SparkSession) -> None:
    members = spark.createDataFrame(
        [
            ("lab", "busy", 9), ("lab", "idle", 2),
            # Two of each of two convicted works is enough of them together only.
            ("lab", "both", 2), ("lab2", "both", 2),
            # What else they do counts for nothing.
            ("other", "idle", 90), ("other", "never", 90),
            # Where all do little, little is enough, whatever else is convicted.
            ("slow", "lazy", 1), ("lab", "lazy", 1),
        ],
        "candidate_id string, account_id string, event_count long",
    )  # fmt: skip
    convicted = spark.createDataFrame(
        [("lab", 8.0), ("lab2", 8.0), ("slow", 1.0)], "candidate_id string, daily_load_median double"
    )
    alone = {tuple(row) for row in shown(members, convicted).collect()}
    assert alone == {("lab", "busy"), ("slow", "lazy")}
    groups = spark.createDataFrame([("lab2", "lab"), ("lab", "lab")], "candidate_id string, merged_id string")
    assert {tuple(row) for row in shown(members, convicted, groups).collect()} == {("lab", "busy"), ("lab", "both")}


def test_newcomers__whom_nothing_else_accuses(spark: SparkSession) -> None:
    # z is held by the companion alone; y by a candidate that nobody brought; b does a little of each part of a whole.
    held = holding(spark, near="abz", other="y", whole="abz")
    brought = spark.createDataFrame([("near",), ("whole",)], "candidate_id string")
    accused = holding(spark, lab="a")
    together = holding(spark, whole="ab")
    found = newcomers(held, brought, accused, None)
    assert pairs(found) == {("near", "b"), ("near", "z"), ("whole", "b"), ("whole", "z")}
    found = newcomers(held, brought, accused, together)
    assert pairs(found) == {("near", "b"), ("near", "z"), ("whole", "z")}
