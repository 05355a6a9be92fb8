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
    # Chance, as the parties outside show it: of one of them, to have the one part and to have the other. All parties
    # that are known in both facets, suspects too, then have both so often. Add-one only where some were taken out.
    outside = "case when not is_suspect then party_id end"
    nodes = marked.groupBy("node_kind", "node_id", "facet", "part_a", "part_b").agg(
        expr("count(distinct party_id) as party_count"), expr("count(*) as account_count")
    )
    a_counts = marked.groupBy("node_kind", "part_a").agg(expr(f"count(distinct {outside}) as a_parties"))
    b_counts = marked.groupBy("node_kind", "part_b").agg(expr(f"count(distinct {outside}) as b_parties"))
    kinds = marked.groupBy("node_kind").agg(
        expr(f"count(distinct {outside}) as outsiders"),
        expr("count(distinct party_id) as everybody"),
        expr("count(distinct node_id) as tested_count"),
    )
    added = 0 if suspects is None else 1
    chance_a = f"((a_parties + {added}) / (outsiders + {added}))"
    # A rest of less than half speaks for no more than twice as many.
    everybody = "least(everybody, 2 * greatest(outsiders, 1))" if added else "everybody"
    chance_b = f"((b_parties + {added}) / greatest(outsiders, 1))"
    return (
        nodes.join(a_counts, ["node_kind", "part_a"])
        .join(b_counts, ["node_kind", "part_b"])
        .join(kinds.hint("broadcast"), "node_kind")
        .selectExpr(
            "*",
            f"{everybody} * {chance_a} * {chance_b} as expected_party_count",
        )
        .selectExpr(
            "node_id", "node_kind", "facet", "party_count", "account_count", "expected_party_count", "tested_count",
            "party_count / expected_party_count as lift",
            f"{poisson_tail_bits_sql('party_count', 'expected_party_count')} as tail_bits",
        )
    )  # fmt: skip
