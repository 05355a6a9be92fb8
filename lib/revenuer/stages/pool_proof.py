"""Proof that stored pools are what the stored links say: the certificate again, from the tables alone."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.components.certificate import certify
from revenuer.errors import CertificateError
from revenuer.stages.cluster import ACCOUNT_VERTEX, NODE_VERTEX, uncut
from revenuer.stages.settling import settled


@dataclass(frozen=True)
class PoolProof:
    """What was proved of a run date's pools.

    Attributes:
        pool_count: Pools that are proved in full: nobody who is linked to them is missing, and all in them are
            connected.
        diminished_pool_count: Pools that have fewer accounts than they were formed with. They may have fallen apart,
            so of these it is only proved that no link leads to another label.
    """

    pool_count: int
    diminished_pool_count: int


def diminished(pools: DataFrame) -> DataFrame:
    """Which pools have fewer accounts than they were formed with: ``pool_id, is_diminished``, one row per pool."""
    return pools.groupBy("pool_id").agg(expr("count(*) < max(account_count) as is_diminished"))


def prove_pools(links: DataFrame, cuts: DataFrame, pools: DataFrame) -> PoolProof:
    """Prove the pools of one run date.

    Args:
        links: ``links`` of the date.
        cuts: Rows of ``hub_ledger`` that the cluster stage wrote.
        pools: ``pools`` of the date.

    Raises:
        CertificateError: What is wrong, with counts and examples.
    """
    members = uncut(links.where("is_member"), cuts).selectExpr(f"{ACCOUNT_VERTEX} as src", f"{NODE_VERTEX} as dst")
    known = settled(
        pools.join(diminished(pools), "pool_id").selectExpr(
            f"{ACCOUNT_VERTEX} as src", "vertex_id", "pool_id", "component_id", "is_diminished"
        )
    )
    # An account in no pool is alone with its nodes: a group of its own.
    placed = settled(
        members.join(known, "src", "left").selectExpr(
            "src",
            "dst",
            "pool_id is null as is_alone",
            "coalesce(component_id, src) as component",
            "coalesce(is_diminished, false) as is_diminished",
        )
    )
    problems = _loose_ends(known, placed)
    if problems:
        raise CertificateError("the stored pools are not what the stored links say", problems)
    # What is to be proved is who is with whom. The certificate wants labels that are the smallest member's number, and
    # numbers of nodes are made by today's rule, which need not be that of the day the pools were formed.
    numbers = "min(least(src, dst)) over (partition by is_alone, component)"
    intact = placed.where("not is_diminished").selectExpr("src", "dst", f"{numbers} as component")
    nodes = intact.groupBy("dst").agg(expr("min(component) as component")).withColumnRenamed("dst", "id")
    labels = intact.selectExpr("src as id", "component").distinct().unionAll(nodes)
    certify(intact.select("src", "dst"), settled(labels))
    counts = known.select("pool_id", "is_diminished").distinct()
    (row,) = counts.selectExpr("count_if(not is_diminished) as whole", "count_if(is_diminished) as less").collect()
    return PoolProof(row["whole"], row["less"])


def _loose_ends(known: DataFrame, placed: DataFrame) -> list[str]:
    """What the certificate does not see: vertex numbers, accounts without links, links out of a pool, lost pools."""
    renumbered = known.where("src <> vertex_id").count()
    unlinked = known.join(placed, "src", "left_anti").count()
    # Two accounts in no pool that share a node are a pool that is gone.
    by_node = placed.groupBy("dst").agg(expr("count(distinct struct(is_alone, component)) as n"))
    crossing = by_node.where("n > 1").count()
    said = (
        (renumbered, "accounts have a vertex_id that is not theirs"),
        (unlinked, "accounts in pools have no link"),
        (crossing, "link nodes join accounts with different labels"),
    )
    return [f"{count:,} {problem}" for count, problem in said if count]
