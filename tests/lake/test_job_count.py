"""Spark's jobs are counted by what started them, threads included, and by nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

from revenuer.pipeline.job_count import counted_jobs


def test_counted_jobs__counts_its_own_and_those_of_its_threads(spark: SparkSession) -> None:
    context = spark.sparkContext
    context.setLocalProperty("spark.jobGroup.id", "the caller's")
    spark.range(3).collect()
    with counted_jobs(spark, "outer") as outer:
        context.parallelize([1, 2]).count()
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(inheritable_thread_target(spark)(lambda: context.parallelize([1]).count())).result()
        with counted_jobs(spark, "inner") as inner:
            context.parallelize([1]).count()
    assert (outer.jobs, outer.stages, inner.jobs) == (2, 2, 1)
    assert context.getLocalProperty("spark.jobGroup.id") == "the caller's"
    context.setLocalProperty("spark.jobGroup.id", "")
