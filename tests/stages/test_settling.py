"""Settled frames: the rows, and a plan that knows their size."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.settling import settled


def planned_bytes(frame: DataFrame) -> int:
    return int(frame._jdf.queryExecution().optimizedPlan().stats().sizeInBytes())


def test_settled__keeps_rows_and_columns(spark: SparkSession) -> None:
    frame = spark.createDataFrame(
        [("a", [1, 2], None), ("b", [], {"k": 1})], "n string, l array<int>, m map<string, int>"
    )
    kept = settled(frame)
    assert kept.schema == frame.schema
    assert sorted(map(tuple, kept.collect())) == [("a", [1, 2], None), ("b", [], {"k": 1})]


def test_settled__the_plan_states_what_the_rows_take(spark: SparkSession) -> None:
    # By the planner's rule a join is as large as its sides multiplied: here some 10^11 bytes for a thousand rows.
    numbers = settled(spark.range(1000).selectExpr("id", "id % 7 as k"))
    joined = settled(numbers.join(numbers.selectExpr("id", "k as other"), "id"))
    assert 8 * 3 * 1000 <= planned_bytes(joined) <= 1_000_000


def test_settled__estimates_do_not_grow_from_generation_to_generation(spark: SparkSession) -> None:
    # A checkpoint hands the estimate on: squared each time it has 2^12 times as many digits after twelve.
    frame = spark.range(10).selectExpr("id", "1 as n")
    for _ in range(12):
        frame = settled(frame.join(frame.selectExpr("id", "n as other"), "id").selectExpr("id", "n + other as n"))
    assert planned_bytes(frame) < 1_000_000
    assert frame.selectExpr("sum(n)").collect()[0][0] == 10 * 2**12


def test_settled__a_small_frame_is_broadcast_and_an_empty_one_is_small(spark: SparkSession) -> None:
    small = settled(spark.range(1000).join(spark.range(500), "id"))
    nothing = settled(small.where("id < 0"))
    assert planned_bytes(nothing) < 100
    assert nothing.count() == 0
    plan = spark.range(10_000_000).join(small, "id")._jdf.queryExecution().executedPlan().toString()
    assert "BroadcastHashJoin" in plan
