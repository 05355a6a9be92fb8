"""Membership: when a card or session that others show as well is evidence, and when chance."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyspark.sql import SparkSession

from revenuer.stages.membership import Bar, account_evidence, corroborations

BAR = Bar(facets=3, bits=13.0, pair_bits=12.0, card_bits=10.0, session_bits=8.0, proof_lift=2.0, common_lift=8.0,
          parties=1000)  # fmt: skip
NODE = "node long, account long, facet string, lift double, party_count long"
PROOF = "account long, party long, proof long, proof_facet string, holders long"


def joined(
    spark: SparkSession, members: dict[int, range], cards: list[tuple[range, int, int]], bar: Bar = BAR
) -> set[int]:
    """Accounts that join, where each is a party of its own.

    Args:
        spark: Session.
        members: Accounts behind each node.
        cards: Accounts, the card that they show, and how many parties of the site show it.
        bar: What is needed.
    """
    nodes = [(node, account, "client+workload", 4096.0, len(who)) for node, who in members.items() for account in who]
    proofs = [(account, account, card, "payment", holders) for who, card, holders in cards for account in who]
    evidence = account_evidence(spark.createDataFrame(nodes, NODE), spark.createDataFrame(proofs, PROOF), bar)
    return {row["account"] for row in evidence.where("is_joined").collect()}


def test_account_evidence__counts_a_card_that_two_of_a_few_share(spark: SparkSession) -> None:
    # Ten of a thousand are behind the node: two of one card's three holders would meet there in one case of fifty, and
    # that this or the other card's do, in one of forty.
    assert joined(spark, {1: range(10)}, [(range(2), 7, 3), (range(2, 3), 8, 2)]) == {0, 1}


@pytest.mark.parametrize(("card_bits", "is_joined"), [(0.5, True), (0.0, False)])
def test_account_evidence__a_card_that_weighs_nothing_is_no_facet(
    spark: SparkSession, card_bits: float, is_joined: bool
) -> None:
    # The node's two facets weigh what is needed, and a third one makes them enough.
    bar = replace(BAR, bits=12.0, card_bits=card_bits)
    assert joined(spark, {1: range(10)}, [(range(2), 7, 3)], bar) == ({0, 1} if is_joined else set())


def test_account_evidence__takes_a_placeholder_for_no_card(spark: SparkSession) -> None:
    # All behind the node "pay" with what half of the site pays with; two of them with a card of their own besides.
    assert joined(spark, {1: range(20)}, [(range(20), 7, 500), (range(2), 8, 2)]) == {0, 1}


@pytest.mark.parametrize("met", [2, 3, 4])
def test_account_evidence__what_is_met_as_often_as_expected_does_not_ride_on_the_cards_of_a_few(
    spark: SparkSession, met: int
) -> None:
    # Three pairs have cards of their own. A hundred in a thousand show a free plan's card: where one of them is behind
    # a node of twenty, two more are expected, and four more would be twice as many.
    pairs = [(range(2 * number, 2 * number + 2), number, 2) for number in range(3)]
    assert joined(spark, {1: range(20)}, [*pairs, (range(10, 10 + met), 7, 100)]) == set(range(6))


@pytest.mark.parametrize(("holders", "is_evidence"), [(50, True), (400, False)])
def test_account_evidence__counts_cards_that_many_accounts_of_a_pool_show(
    spark: SparkSession, holders: int, is_evidence: bool
) -> None:
    # A hundred of a thousand pay with two cards, fifty with each. Five of a card's fifty would be here by chance, and
    # of one that 400 show, 40: its fifty here are no proof, and neither is it a placeholder to everybody.
    cards = [(range(50), 7, holders), (range(50, 100), 8, holders)]
    bar = replace(BAR, common_lift=2.0)
    assert joined(spark, {1: range(100)}, cards, bar) == (set(range(100)) if is_evidence else set())


def test_account_evidence__counts_what_chance_does_next_to_never(spark: SparkSession) -> None:
    # A node of 800 of 8,000, 200 of whom show a card that 800 show: 80 are expected, and the chance of twice as many
    # has no twelve decimals.
    nodes = [(1, number, "client+workload", 4096.0, 800) for number in range(200)]
    proofs = [(number, number, 7, "payment", 800) for number in range(200)]
    bar = replace(BAR, parties=8000)
    evidence = account_evidence(spark.createDataFrame(nodes, NODE), spark.createDataFrame(proofs, PROOF), bar)
    assert evidence.where("is_joined").count() == 200


def test_account_evidence__takes_a_pair_of_facets_in_either_order_for_one(spark: SparkSession) -> None:
    nodes = [(1, 1, "client+network", 256.0, 9), (2, 1, "network+client", 64.0, 9), (3, 1, "client+workload", 2.0, 9)]
    proofs = spark.createDataFrame([], PROOF)
    (row,) = account_evidence(spark.createDataFrame(nodes, NODE), proofs, BAR).collect()
    assert (row["facet_count"], row["membership_bits"]) == (3, 9.0)


@pytest.mark.parametrize(("families", "is_evidence"), [(3, False), (20, True)])
def test_account_evidence__counts_meetings_behind_a_large_node_beyond_chance(
    spark: SparkSession, families: int, is_evidence: bool
) -> None:
    # A hundred of a thousand, forty with a card that somebody else shows: four of them are expected to meet there.
    met = [(range(2 * number, 2 * number + 2), number, 2) for number in range(families)]
    apart = [(range(number, number + 1), number + 100, 2) for number in range(2 * families, 40)]
    expected = set(range(2 * families)) if is_evidence else set()
    assert joined(spark, {1: range(100)}, met + apart) == expected


def test_account_evidence__counts_a_pools_cards_though_its_node_is_large(spark: SparkSession) -> None:
    # A campaign of a quarter of the site, each card on two of its accounts: in one case of four two would meet.
    cards = [(range(2 * number, 2 * number + 2), number, 2) for number in range(50)]
    assert joined(spark, {1: range(100)}, cards, replace(BAR, parties=400)) == set(range(100))


def test_corroborations__say_how_many_parties_show_a_proof(spark: SparkSession) -> None:
    facts = spark.createDataFrame(
        [
            ("a1", "acme", "payment", "card", "c1"),  # one party with two accounts is one holder
            ("a2", "acme", "payment", "card", "c1"),
            ("b1", "b1", "payment", "card", "c1"),
            ("b1", "b1", "payment", "card", "c2"),  # nobody else's: no proof
            ("b1", "b1", "network", "prefix", "p"),  # no card
            ("c1", "c1", "network", "prefix", "p"),
            ("c1", "c1", "handover", "failover", "f"),
            ("b1", "b1", "handover", "failover", "f"),
        ],
        "account_id string, party_id string, facet string, identifier_kind string, identifier_id string",
    )
    rows = corroborations(facts, ["card"]).collect()
    assert sorted((row["proof_facet"], row["holders"]) for row in rows) == [("handover", 2)] * 2 + [("payment", 2)] * 3
