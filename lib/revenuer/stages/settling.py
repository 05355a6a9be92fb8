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
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

# What it looks like when plans are made otherwise: slower to plan, the same rows.
_ANOTHER_SPARK: tuple[type[Exception], ...] = (PySparkException, Py4JError, AttributeError, TypeError)
_NUMBER_BYTES = 8
# Partitions that are asked for their size; of more, these stand for all.
_ASKED_PARTITIONS = 32


def settled(frame: DataFrame) -> DataFrame:
    """The same rows as a new, flat plan of known size, computed now and kept on the executors."""
    kept = frame.localCheckpoint(eager=True)
    try:
        return _sized(kept)
    except _ANOTHER_SPARK:
        return kept


def _sized(kept: DataFrame) -> DataFrame:
    """A checkpointed frame whose plan states the bytes that its rows take.

    Spark has no public way to say so; this is how ``Dataset.checkpoint`` itself makes the plan (Spark 4.1).
    """
    session = kept.sparkSession
    jvm: Any = session._jvm
    plan: Any = kept._jdf.queryExecution().analyzed()
    size = _stored_bytes(session, plan.rdd())
    if size is None:
        return kept
    # A range of numbers is the plainest plan that states its bytes: eight of them for each.
    statistics = session.range(1 + size // _NUMBER_BYTES)._jdf.queryExecution().analyzed().stats()
    # By full names: each dot of `jvm.org.apache` would be a search through all jars for a class of that name.
    option = getattr(jvm, "scala.Option")
    sized = plan.copy(
        plan.output(), plan.rdd(), plan.outputPartitioning(), plan.outputOrdering(), plan.isStreaming(), plan.stream(),
        session._jsparkSession, option.apply(statistics), option.empty(),
    )  # fmt: skip
    dataset = getattr(jvm, "org.apache.spark.sql.classic.Dataset").ofRows(session._jsparkSession, sized)
    return DataFrame(dataset, session)


def _stored_bytes(session: SparkSession, rdd: Any) -> int | None:
    """Bytes that an RDD's partitions take, in memory and on disk; None where one of them is not known.

    The block manager's master is asked, which an executor tells before its task ends. What the user interface shows
    (``getRDDStorageInfo``) comes later, and a frame taken for small would be broadcast.
    """
    master: Any = session.sparkContext._jsc.sc().env().blockManager().master()
    jvm: Any = session._jvm
    block = getattr(jvm, "org.apache.spark.storage.RDDBlockId")
    name, count = rdd.id(), rdd.getNumPartitions()
    asked = range(0, count, 1 + count // _ASKED_PARTITIONS)
    total = 0
    for number in asked:
        known = master.getBlockStatus(block(name, number), False).values().iterator()
        if not known.hasNext():
            return None
        status = known.next()
        total += status.memSize() + status.diskSize()
    return int(total * count // max(len(asked), 1))
