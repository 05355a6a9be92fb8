"""What the fast ways of stage link are held against: each counts everything at once, in as few words as possible."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.nodes import poisson_tail_bits_sql


def plain_surprise(composites: DataFrame, suspects: DataFrame | None = None) -> DataFrame:
    """As the counts of :func:`revenuer.stages.nodes.surprise`, over all nodes."""
    marked = composites.selectExpr("node_id", "node_kind", "facet", "part_a", "part_b", "account_id", "party_id")
    if suspects is None:
        marked = marked.selectExpr("*", "false as is_suspect")
    else:
        flagged = suspects.selectExpr("party_id", "true as is_suspect").distinct()
        marked = marked.join(flagged, "party_id", "left").withColumn("is_suspect", expr("coalesce(is_suspect, false)"))
    outside = "case when not is_suspect then party_id end"
    nodes = marked.groupBy("node_kind", "node_id", "facet", "part_a", "part_b").agg(
        expr("count(distinct party_id) as party_count"), expr("count(*) as account_count")
    )
    a_counts = marked.groupBy("node_kind", "part_a").agg(expr(f"count(distinct {outside}) as a_parties"))
    b_counts = marked.groupBy("node_kind", "part_b").agg(expr(f"count(distinct {outside}) as b_parties"))
    kinds = marked.groupBy("node_kind").agg(
        expr(f"count(distinct {outside}) as population"), expr("count(distinct node_id) as tested_count")
    )
    # Add-one smoothing only where parties were taken out: a value nobody else shows is rare, not impossible.
    added = 0 if suspects is None else 1
    return (
        nodes.join(a_counts, ["node_kind", "part_a"])
        .join(b_counts, ["node_kind", "part_b"])
        .join(kinds.hint("broadcast"), "node_kind")
        .selectExpr(
            "*",
            f"(a_parties + {added}) * cast(b_parties + {added} as double) / greatest(population + {added}, 1)"
            " as expected_party_count",
        )
        .selectExpr(
            "node_id", "node_kind", "facet", "party_count", "account_count", "expected_party_count", "tested_count",
            "party_count / expected_party_count as lift",
            f"{poisson_tail_bits_sql('party_count', 'expected_party_count')} as tail_bits",
        )
    )  # fmt: skip
