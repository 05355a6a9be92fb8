"""Connected components in one Spark task, for graphs whose vertices fit one executor's memory.

Links stream in as Arrow batches and collapse to one star per component as they go by, so memory grows with the
vertices (about 100 bytes each), not with the links. One task beats a distributed loop by far up to hundreds of
millions of links, because it shuffles nothing but the result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from revenuer.components import LABELS_SCHEMA, present_ids
from revenuer.components.adjacency import LinkArrays, stream_labels

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

OUTPUT_ROWS = 100_000


def task_components(links: DataFrame) -> DataFrame:
    """Label every vertex with the smallest id of its component.

    Args:
        links: ``src bigint, dst bigint``.

    Returns:
        ``id bigint, component bigint``, ordered by id; evaluated when it is used.
    """
    return present_ids(links).coalesce(1).mapInArrow(_label_batches, LABELS_SCHEMA)


def link_arrays(batches: Iterable[pa.RecordBatch]) -> Iterator[LinkArrays]:
    """The first two columns of each batch as numpy arrays."""
    for batch in batches:
        yield batch.column(0).to_numpy(zero_copy_only=False), batch.column(1).to_numpy(zero_copy_only=False)


def output_batches(names: list[str], columns: list[pa.Array]) -> Iterator[pa.RecordBatch]:
    """Columns cut into batches of a size the JVM reads without a large buffer."""
    yield from pa.Table.from_arrays(columns, names=names).to_batches(max_chunksize=OUTPUT_ROWS)


def _label_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    ids, components = stream_labels(link_arrays(batches))
    order = np.argsort(ids)
    yield from output_batches(["id", "component"], [pa.array(ids[order]), pa.array(components[order])])
