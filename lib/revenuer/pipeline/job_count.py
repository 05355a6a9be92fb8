"""How many jobs and stages Spark ran for a piece of work: what a run costs beside its rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from pyspark.sql import SparkSession

_GROUP, _DESCRIPTION = "spark.jobGroup.id", "spark.job.description"


@dataclass
class JobCount:
    """What Spark ran; complete once the work is over.

    Attributes:
        jobs: Jobs.
        stages: Their stages, those included that an earlier job had made already.
    """

    jobs: int = 0
    stages: int = 0


@contextmanager
def counted_jobs(spark: SparkSession, description: str) -> Iterator[JobCount]:
    """Count the jobs that this thread, and those that inherit its properties, start meanwhile.

    Spark's own pages show them under the description. A group that the caller had set is back afterwards.

    Args:
        spark: Session.
        description: What the work is, in words.
    """
    context, count = spark.sparkContext, JobCount()
    before = {name: context.getLocalProperty(name) for name in (_GROUP, _DESCRIPTION)}
    group = f"revenuer-{uuid.uuid4().hex}"
    context.setLocalProperty(_GROUP, group)
    context.setLocalProperty(_DESCRIPTION, description)
    try:
        yield count
    finally:
        for name, value in before.items():
            context.setLocalProperty(name, cast("str", value))  # None takes the property away
        tracker = context.statusTracker()
        jobs = [info for job in tracker.getJobIdsForGroup(group) if (info := tracker.getJobInfo(job))]
        count.jobs, count.stages = len(jobs), sum(len(info.stageIds) for info in jobs)
