"""Connected components by GraphFrames: labels beyond what one task can make, and the independent check.

Only the labelling is spread over executors: the certificate's witness is grown in one task, whichever engine made the
labels, so one executor must hold the vertices (not the links) all the same.

The only module that imports GraphFrames. It copes with the 0.9 wrapper (one algorithm name, a checkpoint directory
needed) and with 0.12 (``two_phase``; ``broadcastThreshold=-1`` leaves skew to adaptive execution).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from inspect import signature
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from revenuer.components import present_ids
from revenuer.errors import ConfigError
from revenuer.settings import temporary_settings

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

LINKS_PER_PARTITION = 250_000
TEMPORARY_PREFIX = "revenuer-components-"
# From this release on the algorithm is called two_phase and a threshold of -1 is understood.
TWO_PHASE_SINCE = (0, 12)


def graphframes_components(links: DataFrame, *, checkpoint_dir: str | None = None) -> DataFrame:
    """Label every vertex with the smallest id of its component.

    Args:
        links: ``src bigint, dst bigint``.
        checkpoint_dir: Directory all executors reach. Without one the session's own is used, or, on a local master
            only, a temporary one.

    Returns:
        ``id bigint, component bigint``, evaluated and cached.

    Raises:
        ConfigError: The wrapper, its JVM half or a checkpoint directory is missing.
    """
    spark = links.sparkSession
    graph_frame = _graph_frame_class(spark)
    with _checkpoint_dir(spark, checkpoint_dir) as directory:
        # GraphFrames reads its input in every round. Were the input recomputed with another order or another
        # sample, labels would be silently wrong, so the rounds read files that no longer change.
        scratch = f"{directory}/links-{uuid4().hex}"
        present_ids(links).write.parquet(scratch)
        try:
            return _labels(spark, graph_frame, spark.read.parquet(scratch))
        finally:
            _delete(spark, scratch)


def _labels(spark: SparkSession, graph_frame: Any, links: DataFrame) -> DataFrame:
    configured = int(spark.conf.get("spark.sql.shuffle.partitions", "200") or 200)
    partitions = max(1, min(configured, -(-links.count() // LINKS_PER_PARTITION)))
    edges = links.where("src <> dst").selectExpr("least(src, dst) as src", "greatest(src, dst) as dst").distinct()
    vertices = links.selectExpr("explode(array(src, dst)) as id").distinct()
    # Rounds shuffle the whole graph many times: with Spark's 200 partitions six vertices took 34 s. The wrapper
    # switches adaptive execution off and on again, so that setting is put back too.
    settings = {"spark.sql.shuffle.partitions": str(partitions), "spark.sql.adaptive.enabled": None}
    with temporary_settings(spark, settings):
        graph = graph_frame(vertices.persist(), edges.persist())
        found = graph.connectedComponents(**_arguments(graph_frame))
        smallest = found.groupBy("component").agg({"id": "min"}).withColumnRenamed("min(id)", "smallest")
        # Cut from its long plan, and from the scratch files, before these go.
        named = found.join(smallest, "component").selectExpr("id", "smallest as component")
        labels: DataFrame = named.localCheckpoint()
        for frame in (vertices, edges, found):
            frame.unpersist()
    return labels


def wrapper_version() -> str:
    """Version of the installed Python wrapper, for ``doctor``."""
    return version("graphframes-py")


def _arguments(graph_frame: Any) -> Mapping[str, Any]:
    """Arguments of ``connectedComponents`` as the installed wrapper knows them."""
    known = signature(graph_frame.connectedComponents).parameters
    release = tuple(int(part) for part in wrapper_version().split(".")[:2])
    if release >= TWO_PHASE_SINCE:
        wanted: dict[str, Any] = {"algorithm": "two_phase", "broadcastThreshold": -1}
    else:
        wanted = {"algorithm": "graphframes"}
    # Checkpoints every other round are the wrapper's default; fewer would let the query plan grow without bound.
    return {name: value for name, value in {**wanted, "checkpointInterval": 2}.items() if name in known}


def _graph_frame_class(spark: SparkSession) -> Any:
    try:
        from graphframes import GraphFrame
    except ImportError as error:
        raise ConfigError(
            "the graphframes engine needs the Python package graphframes-py", fix="pip install graphframes-py==0.9.2"
        ) from error
    try:
        jvm: Any = spark._jvm
        loader = jvm.Thread.currentThread().getContextClassLoader()
        loader.loadClass("org.graphframes.GraphFramePythonAPI")
    except Exception as error:
        raise ConfigError(
            "the graphframes engine needs GraphFrames' jar in the Spark session",
            fix="start the session with it (spark.graphframes_package), or set cluster.engine=task",
        ) from error
    return GraphFrame


@contextmanager
def _checkpoint_dir(spark: SparkSession, wanted: str | None) -> Iterator[str]:
    """A directory for checkpoints; a temporary one is removed afterwards."""
    context = spark.sparkContext
    current = context.getCheckpointDir()
    # Spark cannot forget a checkpoint directory, so an earlier run's temporary one may still be set.
    is_temporary = not wanted and (not current or TEMPORARY_PREFIX in str(current))
    if not is_temporary:
        if wanted:
            context.setCheckpointDir(wanted)
        yield str(context.getCheckpointDir())
        return
    if not str(context.master).startswith("local"):
        raise ConfigError(
            "the graphframes engine needs a checkpoint directory that all executors reach",
            fix="pass checkpoint_dir, or set spark.checkpoint.dir",
        )
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, ignore_cleanup_errors=True) as directory:
        context.setCheckpointDir(directory)
        yield str(context.getCheckpointDir())


def _delete(spark: SparkSession, path: str) -> None:
    """Delete a directory on whatever file system it is."""
    jvm: Any = spark._jvm
    target = jvm.org.apache.hadoop.fs.Path(path)
    target.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration()).delete(target, True)
