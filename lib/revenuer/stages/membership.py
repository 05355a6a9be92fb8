"""Membership: which accounts have enough independent evidence to join a pool.

A node is a fact about a value; joining takes evidence in several facets about the account itself. That is what stops
chaining: a single shared value, however surprising, joins nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.cluster import ACCOUNT_VERTEX
from revenuer.stages.nodes import PARTY_NUMBER, poisson_tail_bits_sql
from revenuer.stages.quoting import quoted
from revenuer.stages.totals import exact_sum_sql

# Proofs count where chance would bring so many together in fewer cases.
_MAX_CHANCE = 0.05


@dataclass(frozen=True)
class Bar:
    """What an account needs to join.

    Attributes:
        facets: Distinct facets with evidence.
        bits: Summed evidence.
        pair_bits: Cap of one facet pair.
        card_bits: Evidence of a card shared behind a common node.
        session_bits: Evidence of a session or failover shared behind a common node.
        proof_lift: How many times more often than by chance proofs must be shared behind a node. A campaign of a
            quarter of the site is a quarter of what chance is measured by, so this is less than ``common_lift``.
        common_lift: What more than one party in so many shows is no proof.
        parties: Parties of the window.
    """

    facets: int
    bits: float
    pair_bits: float
    card_bits: float
    session_bits: float
    proof_lift: float
    common_lift: float
    parties: int


def corroborations(facts: DataFrame, card_kinds: list[str]) -> DataFrame:
    """Cards and handovers that several parties show: evidence that never links alone.

    Args:
        facts: As :func:`revenuer.stages.facts.window_facts` returns them.
        card_kinds: Kinds that are payment instruments.

    Returns:
        ``account, party, proof`` (numbers; a proof is a kind and value), ``proof_facet, holders`` (parties that show
        the proof).
    """
    shown = facts.where(f"facet = 'handover' or identifier_kind in ({quoted(card_kinds)})").selectExpr(
        f"{ACCOUNT_VERTEX} as account", f"{PARTY_NUMBER} as party", "xxhash64(identifier_kind, identifier_id) as proof",
        "case when facet = 'handover' then 'handover' else 'payment' end as proof_facet",
    )  # fmt: skip
    # Most cards are one party's, and are dropped before anything is asked about the nodes that it shares.
    shared = shown.groupBy("proof").agg(expr("count(distinct party) as holders")).where("holders > 1")
    return shown.join(shared, "proof")


def account_evidence(memberships: DataFrame, proofs: DataFrame, bar: Bar) -> DataFrame:
    """Sum an account's evidence over facet pairs.

    Args:
        memberships: ``node, account, facet, lift, party_count`` of passing nodes.
        proofs: As :func:`corroborations` returns them.
        bar: What is needed.

    Returns:
        ``account, facet_count, membership_bits, is_joined``.
    """
    pairs = (
        # A site that names a pair of facets in both orders has still but one such pair.
        memberships.groupBy("account", expr("array_sort(split(facet, '[+]')) as facets")).agg(
            expr(f"max(least(log2(lift), {bar.pair_bits})) as bits")
        )
    )
    seen = memberships.select("node", "account", "party_count").join(
        proofs.withColumnRenamed("party", "proof_party"), "account"
    )
    proven = (
        seen.join(_beyond_chance(seen, bar), ["node", "proof"])
        .select("account", "proof_facet")
        .distinct()
        .selectExpr(
            "account",
            "array(proof_facet) as facets",
            f"case when proof_facet = 'payment' then {bar.card_bits} else {bar.session_bits} end as bits",
        )
        # What is set to weigh nothing is no facet of evidence either.
        .where("bits > 0")
    )
    return (
        pairs.unionByName(proven)
        .groupBy("account")
        .agg(
            expr("size(array_distinct(flatten(collect_list(facets)))) as facet_count"),
            expr(f"{exact_sum_sql('bits')} as membership_bits"),
        )
        .withColumn("is_joined", expr(f"facet_count >= {bar.facets} and membership_bits >= {bar.bits}"))
    )


def placeholder_sql(holders: str, parties: str, lift: float) -> str:
    """SQL condition: so many parties show a value that, in whatever group of them, it could not exceed a lift.

    Args:
        holders: SQL of the parties that show it.
        parties: SQL of the parties of the window.
        lift: The lift.
    """
    return f"{lift} * ({holders} - 1) > greatest({parties} - 1, 1)"


def _beyond_chance(seen: DataFrame, bar: Bar) -> DataFrame:
    """Proofs that another party behind the same node shows as well, and not by chance: ``node, proof``.

    Were proofs independent of nodes, then of the k of N parties that show one, behind a node of n where one of them is,
    (n - 1) (k - 1) / (N - 1) others would be too. Behind a large node some families meet by chance, and holders of what
    many show meet behind any. So a proof must be met there more often than that by lift, and so must the proofs of a
    node together: by lift, and so that chance would do as well in fewer than one case in twenty. One that many show
    rides on those of a few no more where it is met as often as expected, though still where twice as often. What more
    parties show than could ever be surprising is no proof at all: what half of a site "pays" with is a placeholder.

    Args:
        seen: ``node, account, party_count, proof_party, proof, proof_facet, holders``.
        bar: What is needed.
    """
    others = max(bar.parties - 1, 1)
    is_placeholder = placeholder_sql("holders", str(bar.parties), bar.common_lift)
    surprising = f"greatest(1, ceil({bar.proof_lift} * expected_others))"
    by_node = "over (partition by node, proof_facet)"
    return (
        seen.where(f"not ({is_placeholder})")
        .groupBy("node", "proof", "proof_facet")
        .agg(
            expr("count(distinct proof_party) - 1 as others"),
            expr(f"(max(party_count) - 1) * (max(holders) - 1) / {others} as expected_others"),
        )
        .selectExpr(
            "node", "proof", "proof_facet", f"others >= {surprising} as is_met",
            f"pow(2, -({poisson_tail_bits_sql(surprising, 'expected_others')})) as chance",
        )
        .selectExpr(
            "*", f"count_if(is_met) {by_node} as met",
            # Sums are kept to twelve decimals, and what could not be met by chance is not to be taken for nothing.
            f"greatest({exact_sum_sql('chance', over=by_node)}, 1e-12D) as expected",
        )
        .where(f"is_met and met >= {bar.proof_lift} * expected")
        .where(f"{poisson_tail_bits_sql('met', 'expected')} >= {-log2(_MAX_CHANCE)}")
        .select("node", "proof")
    )  # fmt: skip
