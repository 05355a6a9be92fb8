"""Settling: cut a frame's lineage once it is computed.

``persist`` keeps rows but not the planner's peace: a stage that refers to an earlier frame several times, several
levels deep, multiplies its logical plan at every level until planning takes minutes and gigabytes. A local
checkpoint keeps the rows on the executors and starts a new plan from them.

Its size, too, has to be told anew. A checkpoint hands on what the planner *estimated* for the plan behind it
(SPARK-39834), and the estimate of a join is the product of its sides. After a few generations of joins the estimate
has thousands of digits, after a few more the driver spends minutes multiplying them; and no join is small enough to be
broadcast. What the rows take is known once they are there.
"""

from __future__ import annotations

from typing import Any

from py4j.protocol import Py4JError
from pyspark.sql import DataFrame

_NUMBER_BYTES = 8


def settled(frame: DataFrame) -> DataFrame:
    """The same rows as a new, flat plan of known size, computed now and kept on the executors."""
    kept = frame.localCheckpoint(eager=True)
    try:
        return _sized(kept)
    except (Py4JError, TypeError):  # another Spark, whose plans are made otherwise: slower to plan, the same rows
        return kept


def _sized(kept: DataFrame) -> DataFrame:
    """A checkpointed frame whose plan states the bytes that its rows take.

    Spark has no public way to say so; this is how ``Dataset.checkpoint`` itself makes the plan (Spark 4.1).
    """
    session = kept.sparkSession
    jvm: Any = session._jvm
    plan: Any = kept._jdf.queryExecution().analyzed()
    rdd = plan.rdd()
    # Of an RDD that keeps no row, nothing is stored.
    stored = [info for info in session.sparkContext._jsc.sc().getRDDStorageInfo() if info.id() == rdd.id()]
    # A range of numbers is the plainest plan that states its bytes: eight of them for each.
    count = 1 + sum(info.memSize() + info.diskSize() for info in stored) // _NUMBER_BYTES
    statistics = session.range(count)._jdf.queryExecution().analyzed().stats()
    option = jvm.scala.Option
    sized = plan.copy(
        plan.output(), rdd, plan.outputPartitioning(), plan.outputOrdering(), plan.isStreaming(), plan.stream(),
        session._jsparkSession, option.apply(statistics), option.empty(),
    )  # fmt: skip
    dataset = jvm.org.apache.spark.sql.classic.Dataset.ofRows(session._jsparkSession, sized)
    return DataFrame(dataset, session)
