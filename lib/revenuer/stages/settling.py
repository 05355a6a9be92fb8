"""Settling: cut a frame's lineage once it is computed.

``persist`` keeps rows but not the planner's peace: a stage that refers to an earlier frame several times, several
levels deep, multiplies its logical plan at every level until planning takes minutes and gigabytes. A local
checkpoint keeps the rows on the executors and starts a new plan from them.
"""

from __future__ import annotations

from pyspark.sql import DataFrame


def settled(frame: DataFrame) -> DataFrame:
    """The same rows as a new, flat plan, computed now and kept on the executors."""
    return frame.localCheckpoint(eager=True)
