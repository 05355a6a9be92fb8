"""Settings of a Spark session that hold for a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from pyspark.sql import SparkSession


@contextmanager
def temporary_settings(spark: SparkSession, values: Mapping[str, str | None]) -> Iterator[None]:
    """Set session settings for a while; None leaves one as it is, but puts it back afterwards.

    Not for settings that threads of one session change at the same time.

    Args:
        spark: Session.
        values: Value by name of the setting.
    """
    before = {name: spark.conf.get(name, None) for name in values}
    try:
        for name, value in values.items():
            if value is not None:
                spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)
