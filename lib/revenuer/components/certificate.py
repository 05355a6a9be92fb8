"""Proof that a component labelling is right, whichever engine made it.

"No link crosses two labels" proves that no component was split, but not that none were merged, which is the failure
users of graph engines report. So every vertex also gets a *witness*: a parent over an existing link and a depth one
greater than the parent's. Depths fall along parents, so each vertex is connected to a root; one root per label then
means that a label is one connected whole.

The witness is built in one task, and not trusted: Spark SQL joins check every claim of it against the links.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from revenuer.components import present_ids
from revenuer.components.adjacency import Ids, LinkArrays, stream_witness
from revenuer.components.task_engine import output_batches
from revenuer.errors import CertificateError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

WITNESS_SCHEMA = "id bigint, parent bigint, depth bigint"

# What labels and witness say of a vertex.
_FACTS = """
select id, count_if(is_label) as label_count, min(component) as component,
  count_if(not is_label) as witness_count, min(parent) as parent, min(depth) as depth
from (
  select id, component, null as parent, null as depth, true as is_label from {labels}
  union all
  select id, null, parent, depth, false from {witness}
) group by id
"""

# What links say of a vertex. A link bears out the witness of its deeper end when that end names the other as its
# parent; a root is borne out by any link it occurs in. Links that say nothing are dropped before the shuffle.
_FINDINGS = """
with ends as (
  select src, dst, near.id is null as is_src_unknown, far.id is null as is_dst_unknown,
    near.component = far.component as is_within, near.component <> far.component as is_crossing,
    near.parent as src_parent, near.depth as src_depth, near.component as src_component,
    far.parent as dst_parent, far.depth as dst_depth, far.component as dst_component
  from {links} left join {facts} near on src = near.id left join {facts} far on dst = far.id
)
select * from (
  select inline(array(
    struct(src as id, is_crossing, is_src_unknown as is_unknown,
      src_depth > 0 and src_parent = dst and src_depth = dst_depth + 1 and is_within
        or src_depth = 0 and src_parent = src and src_component = src as is_proved),
    struct(dst as id, is_crossing, is_dst_unknown as is_unknown,
      dst_depth > 0 and dst_parent = src and dst_depth = src_depth + 1 and is_within
        or dst_depth = 0 and dst_parent = dst and dst_component = dst as is_proved)
  )) from ends
) where is_crossing or is_unknown or is_proved
"""

# What can be wrong with a vertex: SQL predicate over facts and findings, and how to say it. Together they suffice:
# a proved vertex hangs on a proved parent one step less deep under the same label, so a chain of links leads to
# depth 0, where only the vertex that gives the label its name may stand.
_CHECKS = (
    ("label_count = 0", "vertices have no label"),
    ("label_count > 1", "vertices have more than one label"),
    ("label_count > 0 and component is null", "vertices have a null label"),
    ("id < component", "vertices are smaller than the label they have, which is to be the smallest member"),
    ("is_crossing", "vertices have a link to a vertex with another label"),
    ("witness_count > 1", "vertices have more than one witness"),
    (
        "witness_count = 0 and label_count > 0",
        "vertices cannot be reached from the root of a label: their label joins separate components, or has no root",
    ),
    ("witness_count > 0 and not is_proved", "vertices have a witness that no link bears out"),
)

_VIOLATIONS = """
select problem, count(*) as vertex_count, min(id) as one, max(id) as another from (
  select id, explode(array_compact(array({cases}))) as problem from (
    select id, sum(label_count) as label_count, sum(witness_count) as witness_count, min(component) as component,
      coalesce(bool_or(is_proved), false) as is_proved, coalesce(bool_or(is_crossing), false) as is_crossing
    from (
      select id, label_count, witness_count, component, false as is_proved, false as is_crossing from {{facts}}
      union all
      select id, 0, 0, null, is_proved, is_crossing from {{findings}}
    ) group by id
  )
) group by problem
"""


def certify(links: DataFrame, labels: DataFrame, witness: DataFrame | None = None) -> None:
    """Prove a labelling.

    Args:
        links: ``src bigint, dst bigint``; read several times, so persist it if it is costly.
        labels: ``id bigint, component bigint``; read twice.
        witness: ``id, parent, depth`` to check; built here when omitted.

    Raises:
        CertificateError: Every kind of failure at once, each with a count and example ids.
    """
    spark = links.sparkSession
    links = present_ids(links)
    labels = labels.selectExpr("cast(id as bigint) as id", "cast(component as bigint) as component")
    if witness is None:
        witness = build_witness(links, labels)
    cases = ", ".join(f"case when {predicate} then '{problem}' end" for predicate, problem in _CHECKS)
    facts = spark.sql(_FACTS, labels=labels, witness=witness).persist()
    try:
        findings = spark.sql(_FINDINGS, links=links, facts=facts)
        found = spark.sql(_VIOLATIONS.format(cases=cases), facts=facts, findings=findings).collect()
    finally:
        facts.unpersist()
    if found:
        raise CertificateError(
            "the component labels are not proved",
            sorted(
                f"{row.vertex_count:,} {row.problem} (for instance ids {row.one} and {row.another})" for row in found
            ),
            "nothing is published; compute the components with the other engine and compare",
        )


def build_witness(links: DataFrame, labels: DataFrame) -> DataFrame:
    """Grow a tree over the links from every vertex whose label is its own id.

    Args:
        links: ``src bigint, dst bigint``.
        labels: ``id bigint, component bigint``.

    Returns:
        ``id, parent, depth``; a root is its own parent at depth 0. Vertices no root reaches have no row.
    """
    roots = labels.where("id = component").selectExpr("id", "id", "true")
    marked = links.selectExpr("src", "dst", "false as is_root").unionAll(roots)
    return marked.coalesce(1).mapInArrow(_witness_batches, WITNESS_SCHEMA)


def _witness_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    roots: list[Ids] = []

    def chunks() -> Iterator[LinkArrays]:
        for batch in batches:
            src, dst, is_root = (batch.column(i).to_numpy(zero_copy_only=False) for i in range(3))
            roots.append(src[is_root])
            yield src[~is_root], dst[~is_root]

    # Roots come after the links they are roots of, so they are complete once the links are read.
    columns = stream_witness(chunks(), lambda: np.concatenate(roots) if roots else np.empty(0, np.int64))
    yield from output_batches(["id", "parent", "depth"], [pa.array(column) for column in columns])
