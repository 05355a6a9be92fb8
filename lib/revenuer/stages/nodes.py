"""Link nodes: composites of two facets, and how surprising it is that so many parties share one.

Independence says that a value pair (a, b) is shared by parties(a) * parties(b) / N parties, with all three counted
among parties for which both facets are known. The surprise of more is measured twice: by lift (how many times
more) and by the Poisson tail (how sure we are). Counts are of parties, never accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.cluster import ACCOUNT_VERTEX
from revenuer.stages.settling import settled

_KIND, _NODE = "xxhash64(node_kind, facet)", "xxhash64(node_kind, facet, node_id)"
# SQL of a party's number. An account's is that of its vertex.
PARTY_NUMBER = "xxhash64(party_id)"
_PARTS = "explode(array(part_a, part_b)) as part"
# How much more than those outside, at most, everybody is expected to be.
_MAX_SCALE = 2


def poisson_tail_bits_sql(count: str, expected: str) -> str:
    """SQL for -log2 P(X >= count), X Poisson with the expected mean; 0 where count does not exceed it.

    The first tail term with Robbins' lower bound of the factorial (Amer. Math. Monthly 62, 1955), times the
    geometric bound of the rest: P(X >= k) <= e^-m m^k / k! * (k + 1) / (k + 1 - m) for k + 1 > m. An upper bound
    of the chance, so a lower bound of the surprise; within 0.2 bits for k >= 4 and k > 2 m.
    """
    k, m = f"cast({count} as double)", f"({expected})"
    log_factorial = f"({k} * ln({k}) - {k} + 0.5 * ln(2 * pi() * {k}) + 1 / (12 * {k} + 1))"
    nats = f"({m} - {k} * ln({m}) + {log_factorial} - ln(({k} + 1) / ({k} + 1 - {m})))"
    return f"case when {k} > {m} then greatest(0.0, {nats} / ln(2.0)) else 0.0 end"


def numbered(composites: DataFrame) -> DataFrame:
    """Composites as numbers, which are a fifth of their names' size.

    Names go by their 64-bit hashes, as vertices do: among ten million, two agree once in 370,000 windows. Two parties
    or parts of one number are then counted as one. Two nodes of one number link nobody (:func:`node_names`), and two
    accounts of one are refused by :func:`revenuer.stages.cluster.checked_link_count`.

    Args:
        composites: As :func:`revenuer.stages.composites.observed_composites` returns them.

    Returns:
        ``node_kind, facet``; numbers ``kind`` (of both), ``node``, ``part_a`` and ``part_b`` (of the kind, the side
        and the value), ``account``, ``party``; ``day_count, event_count``.
    """
    return composites.selectExpr(
        "node_kind", "facet", f"{_KIND} as kind", f"{_NODE} as node", f"{_part('a')} as part_a",
        f"{_part('b')} as part_b", f"{ACCOUNT_VERTEX} as account", f"{PARTY_NUMBER} as party", "day_count",
        "event_count",
    )  # fmt: skip


def _part(side: str) -> str:
    return f"xxhash64('{side}', node_kind, facet, part_{side})"


def node_names(composites: DataFrame, nodes: DataFrame) -> DataFrame:
    """``node, node_id`` of some nodes; a number that two of them share is left out.

    Args:
        composites: As :func:`revenuer.stages.composites.observed_composites` returns them.
        nodes: ``node``, each once.
    """
    names = composites.selectExpr(f"{_NODE} as node", "node_id").join(nodes, "node", "left_semi").distinct()
    return names.selectExpr("*", "count(*) over (partition by node) as sharers").where("sharers = 1").drop("sharers")


def account_names(facts: DataFrame) -> DataFrame:
    """``account, account_id, party, party_id`` of every account of a window's facts."""
    return (
        facts.select("account_id", "party_id")
        .distinct()
        .groupBy("account_id")
        .agg(expr("max(party_id) as party_id"))
        .selectExpr("*", f"{ACCOUNT_VERTEX} as account", f"{PARTY_NUMBER} as party")
    )


@dataclass(frozen=True)
class NodeCensus:
    """What surprise is measured with, for the nodes that are wide enough to be looked at.

    Most values belong to one party. They are left out before anything is counted with care; what they add to the
    counts of their parts and to the population is kept.

    Attributes:
        memberships: ``node, account, party, day_count, event_count``.
        nodes: ``node, kind, part_a, part_b, party_count, account_count``.
        parts: ``part, parties`` of every part of such a node.
        kinds: ``kind, node_kind, facet, population`` (parties), ``tested_count`` (nodes, narrow ones included).
    """

    memberships: DataFrame
    nodes: DataFrame
    parts: DataFrame
    kinds: DataFrame


def node_census(numbers: DataFrame, min_party_count: int) -> NodeCensus:
    """Count parties by node, by part and by kind.

    Args:
        numbers: As :func:`numbered` returns them, one row per node and account; read several times.
        min_party_count: Parties below which a node is left out.
    """
    sizes = settled(numbers.groupBy("kind", "node").agg(expr("count(*) as account_count")))
    wide = sizes.where(f"account_count >= {min_party_count}").select("node")
    rows = settled(numbers.join(wide, "node", "left_semi"))
    nodes = settled(
        rows.groupBy("node", "kind", "part_a", "part_b")
        .agg(expr("count(distinct party) as party_count"), expr("count(*) as account_count"))
        .where(f"party_count >= {min_party_count}")
    )
    memberships = settled(
        rows.join(nodes.select("node"), "node", "left_semi").select(
            "node", "account", "party", "day_count", "event_count"
        )
    )
    wanted = nodes.selectExpr(_PARTS).distinct()
    parts = settled(_parties_by_part(numbers, wanted))
    population = numbers.groupBy("kind").agg(expr("count(distinct party) as population"))
    tested = sizes.groupBy("kind").agg(expr("count(*) as tested_count"))
    named = numbers.select("kind", "node_kind", "facet").distinct()
    kinds = settled(tested.join(population, "kind").join(named, "kind"))
    return NodeCensus(memberships, nodes, parts, kinds)


def _parties_by_part(numbers: DataFrame, wanted: DataFrame) -> DataFrame:
    return (
        numbers.selectExpr("party", _PARTS)
        .join(wanted, "part", "left_semi")
        .groupBy("part")
        .agg(expr("count(distinct party) as parties"))
    )


def surprise(census: NodeCensus, numbers: DataFrame, suspects: DataFrame | None = None) -> DataFrame:
    """Lift and tail of every composite value that is wide enough.

    Args:
        census: Of the composites.
        numbers: As :func:`numbered` returns them, one row per node and account.
        suspects: ``party`` numbers of parties to leave out of the baseline (they are what the baseline is compared
            with); None for the plain baseline.

    Returns:
        ``node, node_kind, facet, party_count, account_count, expected_party_count, lift, tail_bits, tested_count``
        (values of the kind that were tested).
    """
    parts, kinds = census.parts, census.kinds.withColumn("everybody", expr("population"))
    if suspects is not None:
        # Parties are suspects or not, so those outside are all but those inside, who are few.
        inside = settled(numbers.join(suspects, "party", "left_semi"))
        counted = _parties_by_part(inside, parts.select("part")).withColumnRenamed("parties", "suspects")
        parts = parts.join(counted, "part", "left").selectExpr("part", "parties - coalesce(suspects, 0) as parties")
        crowd = inside.groupBy("kind").agg(expr("count(distinct party) as suspects"))
        kinds = kinds.join(crowd, "kind", "left").selectExpr(
            "kind",
            "node_kind",
            "facet",
            "population - coalesce(suspects, 0) as population",
            "tested_count",
            "everybody",
        )
    a_parts, b_parts = (parts.selectExpr(f"part as part_{side}", f"parties as {side}_parties") for side in ("a", "b"))
    # Add-one smoothing only where parties were taken out: a value nobody else shows is rare, not impossible.
    added = 0 if suspects is None else 1
    # What is expected of those outside says how often chance does it; a node's parties are counted among everybody.
    # Where fewer than half are outside, they say little about all: a kind that a campaign alone uses must still link.
    scaled = f" * least(everybody / greatest(population, 1), {_MAX_SCALE}D)" if added else ""
    return (
        census.nodes.join(a_parts, "part_a")
        .join(b_parts, "part_b")
        .join(kinds.hint("broadcast"), "kind")
        .selectExpr(
            "*",
            f"(a_parties + {added}) * cast(b_parties + {added} as double) / greatest(population + {added}, 1)"
            f"{scaled} as expected_party_count",
        )
        .selectExpr(
            "node", "node_kind", "facet", "party_count", "account_count", "expected_party_count", "tested_count",
            "party_count / expected_party_count as lift",
            f"{poisson_tail_bits_sql('party_count', 'expected_party_count')} as tail_bits",
        )
    )  # fmt: skip


def passing_sql(settings: Mapping[str, Any], min_lift: float, tail_factor: float = 1.0) -> str:
    """SQL predicate for nodes that passed the surprise test, corrected for the number of values tested."""
    return (
        f"party_count >= {int(settings['min_party_count'])} and lift >= {min_lift} and tail_bits >="
        f" {tail_factor} * greatest({float(settings['min_tail_bits'])}, 10 + log2(tested_count))"
    )
