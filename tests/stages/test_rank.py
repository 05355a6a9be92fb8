"""Rank: verdict rules on single candidates, and fragments that are joined."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.components import connected_components
from revenuer.stages.rank.joining import joined_fragments, renamed
from revenuer.stages.rank.published import in_order
from revenuer.stages.rank.scoring import findings, load_scoring, scores

RANK = {"min_convict_parties": 20, "min_candidate_parties": 8}

# A pool that takes turns over rented homes with circulating cards. Every test says what it changes.
GUILTY: dict[str, Any] = {
    "candidate_id": "'c'", "source": "'pool'", "has_behaviour": "true", "account_count": "200L", "party_count": "200L",
    "organization_share": "0.0D", "exchange_count": "40000L", "top_account_share": "0.006D", "load_spread": "0.1D",
    "clock_resultant": "0.02D", "clock_accounts": "200L", "rota_cv": "0.15D", "rota_accounts": "200L",
    "network_count_median": "12.0D", "home_share": "0.9D", "carrier_share": "0.9D", "shaded_share": "0.0D",
    "hosting_share": "0.1D",
    "unknown_network_share": "0.0D", "follow_up_share": "0.0D", "turn_known_share": "1.0D", "refused_count": "100L",
    "account_refused_count": "100L", "event_count_median": "200.0D",
    "failover_count": "60L", "shared_session_count": "0L", "card_known_share": "0.9D", "card_shared_share": "0.8D",
    "shared_card_count": "50L", "top_card_share": "0.03D", "reach": "1.0D", "pool_reach": "1.0D", "batch_share": "0.8D",
    "batch_count": "5L",
    "batch_source_count": "3L", "signup_spread_days": "20.0D", "top_network_share": "0.02D",
    "top_party_share": "0.005D", "shared_site_share": "0.01D",
    "recovered_share": "cast(null as double)", "newcomer_share": "cast(null as double)",
    "banned_share": "cast(null as double)", "pivot_share": "cast(null as double)",
    "population_pivot_share": "cast(null as double)", "population_load_spread": "1.2D",
    "pool_rest_share": "0.5D", "is_small": "false",
    "popular_share": "0.0D", "pool_own_share": "0.6D", "population_organization_share": "0.3D",
    "prefix_count_median": "30.0D",
    "population_prefix_count": "8.0D", "population_clock_resultant": "0.5D", "population_network_count": "3.0D",
    "population_card_shared_share": "0.1D", "population_follow_up_share": "0.4D", "population_parties": "20000L",
}  # fmt: skip
# Customers of one scheduler: the same rhythm, their own cards, one cloud.
SCHEDULER = {
    "prefix_count_median": "1.0D",
    "network_count_median": "1.0D", "home_share": "0.0D", "hosting_share": "1.0D", "top_network_share": "0.2D",
    "failover_count": "0L", "card_shared_share": "0.0D", "shared_card_count": "0L", "top_card_share": "0.005D",
    "batch_share": "0.0D", "batch_count": "0L", "batch_source_count": "0L", "signup_spread_days": "400.0D",
}  # fmt: skip


def judged(
    spark: SparkSession, ceiling: str = "campaign", *, is_driven: bool = False, **changed: str
) -> dict[str, Any]:
    values = {**GUILTY, **changed}
    features = spark.range(1).selectExpr(*(f"{sql} as {name}" for name, sql in values.items()))
    scoring = load_scoring()
    found = findings(features, scoring)
    driven = features.select("candidate_id") if is_driven else None
    return scores(features, found, scoring, rank=RANK, ceiling=ceiling, driven=driven).collect()[0].asDict()


def assert_watched(spark: SparkSession, usual: dict[str, str], *changes: dict[str, str]) -> None:
    for changed in changes:
        assert judged(spark, **{**usual, **changed})["verdict"] == "watch", changed


def test_verdict__is_campaign_when_a_program_is_concealed(spark: SparkSession) -> None:
    row = judged(spark)
    assert row["verdict"] == "campaign"
    assert row["probability"] > 0.9
    assert row["top_evidence"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        # Hidden, but its accounts keep uneven loads and people's turns: a pool that gave up its rota.
        ({"load_spread": "1.0D", "rota_cv": "1.0D", "clock_resultant": "0.15D"}, "do not behave like one program"),
        # A program over 200 accounts whose payment and networks the site does not log.
        (
            {**SCHEDULER, "card_known_share": "cast(null as double)", "unknown_network_share": "1.0D",
             "hosting_share": "0.0D", "network_count_median": "cast(null as double)",
             "top_network_share": "cast(null as double)"},
            "nothing shows that anybody hides",
        ),
        # Everything is there, on too few parties for soft evidence.
        (
            {"account_count": "10L", "party_count": "10L", "failover_count": "0L", "batch_share": "0.0D",
             "network_count_median": "2.0D", "prefix_count_median": "4.0D"},
            "too few parties",
        ),
    ],
)  # fmt: skip
def test_verdict__is_watch_and_says_what_is_missing(spark: SparkSession, changed: dict[str, str], why: str) -> None:
    row = judged(spark, **changed)
    assert (row["verdict"], why in row["verdict_reason"]) == ("watch", True), row["verdict_reason"]
    assert row["probability"] <= 0.5


def test_verdict__on_convicted_accounts_one_finding_of_physics_will_do(spark: SparkSession) -> None:
    even = {"rota_cv": "0.9D", "clock_resultant": "0.18D"}
    assert judged(spark, **even)["verdict"] == "watch"
    row = judged(spark, is_driven=True, **even)
    assert (row["verdict"], row["verdict_reason"].split("; ")[-1]) == (
        "campaign", "other work on its accounts, or parts of it, are accused by themselves",
    )  # fmt: skip
    # Without any, or without anybody hiding, it will not.
    assert judged(spark, is_driven=True, load_spread="0.6D", **even)["verdict"] == "watch"
    assert judged(spark, is_driven=True, **SCHEDULER)["verdict"] == "cleared"
    # What stands by itself is not said to lean on anything.
    assert "other work" not in judged(spark, is_driven=True)["verdict_reason"]


def test_verdict__is_at_most_watch_on_a_thin_site(spark: SparkSession) -> None:
    row = judged(spark, ceiling="watch")
    assert row["verdict"] == "watch"
    assert "fewer than three facets" in row["verdict_reason"]


def test_verdict__clears_a_program_that_hides_nothing(spark: SparkSession) -> None:
    row = judged(spark, **SCHEDULER)
    assert row["verdict"] == "cleared"
    assert row["resembles"] == "vendor on several clouds"
    assert "nothing to speak of shows that anybody hides" in row["verdict_reason"]


def test_verdict__institutes_that_pool_their_keys_are_not_accused(spark: SparkSession) -> None:
    # Queue, purchasing cards that circulate and accounts opened in batches, from six addresses that all accounts share;
    # half of what they ask follows up on an answer.
    institutes = {
        "network_count_median": "6.0D", "prefix_count_median": "6.0D", "home_share": "1.0D", "hosting_share": "0.0D",
        "rota_cv": "0.72D", "failover_count": "0L", "account_count": "96L", "party_count": "96L",
        "follow_up_share": "0.5D",
    }  # fmt: skip
    assert judged(spark, **institutes)["verdict"] == "campaign"
    row = judged(spark, **institutes, shared_site_share="1.0D")
    assert row["verdict"] != "campaign"
    assert row["resembles"] == "one institution: office, classroom, lab or hackathon"


def test_resembles__tells_customers_of_a_carrier_from_an_institution(spark: SparkSession) -> None:
    phones = {
        **SCHEDULER, "top_network_share": "0.8D", "home_share": "1.0D", "hosting_share": "0.0D",
        "prefix_count_median": "12.0D",
    }  # fmt: skip
    assert judged(spark, **phones)["resembles"] == "customers of one mobile or home carrier"
    institution = "one institution: office, classroom, lab or hackathon"
    # Fewer address ranges than three in four customers use; or schools and offices.
    assert judged(spark, **{**phones, "prefix_count_median": "3.0D"})["resembles"] == institution
    assert judged(spark, **phones, carrier_share="0.1D")["resembles"] == institution


def test_findings__tell_the_figures_they_are_made_from(spark: SparkSession) -> None:
    features = spark.range(1).selectExpr(*(f"{sql} as {name}" for name, sql in GUILTY.items()))
    told = {row["signal"]: row["sentence"] for row in findings(features, load_scoring()).collect()}
    assert "80 % of them share one with another, 10 % over the population; 50 cards" in told["rotating_cards"]
    assert told["bought_batches"].startswith("80 % of its accounts were opened in 5 batches")
    assert told["failover"].startswith("60 requests that were refused")
    assert "12 networks and 30 address ranges or more" in told["exit_churn"]
    assert "stay within 3 and 8; 90 % of its traffic" in told["exit_churn"]
    assert not [sentence for sentence in told.values() if "{" in sentence]


def test_verdict__small_works_beside_a_pools_own_are_its_customers(spark: SparkSession) -> None:
    # What its many small works show is the pool's. Alone they are an operator who varies his template ...
    assert judged(spark, is_small="true", pool_rest_share="0.1D")["verdict"] == "campaign"
    # ... and beside the work that the pool is filled with, products of customers; however blatant the pool.
    row = judged(spark, is_small="true", pool_rest_share="0.93D")
    assert (row["verdict"], row["resembles"]) == ("watch", "small customers of a pool")
    assert "filled with other work" in row["verdict_reason"]
    mild = judged(spark, is_small="true", pool_rest_share="0.93D", network_count_median="4.0D", rota_cv="0.7D",
                  prefix_count_median="8.0D", failover_count="0L", batch_share="0.0D")  # fmt: skip
    assert mild["verdict"] == "cleared"
    # A second lab's work that all of the accounts do is no crumb, however little it is; nor are small works crumbs
    # where popular products are nearly all that the pool does.
    assert judged(spark, pool_rest_share="0.93D")["verdict"] == "campaign"
    assert judged(spark, is_small="true", pool_rest_share="0.93D", pool_own_share="0.1D")["verdict"] == "campaign"


def test_verdict__strong_concealment_is_not_cleared_for_habits(spark: SparkSession) -> None:
    # A careful operator's cohort: an exit for every request, cards of their own, people's hours and follow-ups.
    careful = {
        "source": "'cohort'", "load_spread": "0.8D", "rota_cv": "1.7D", "clock_resultant": "0.45D",
        "network_count_median": "40.0D", "prefix_count_median": "150.0D", "card_shared_share": "0.0D",
        "shared_card_count": "0L", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
        "signup_spread_days": "240.0D", "follow_up_share": "0.4D", "reach": "1.0D",
    }  # fmt: skip
    row = judged(spark, **careful)
    assert row["verdict"] == "watch"
    assert "do not behave like one program" in row["verdict_reason"]
    # One payer explains it, and so does one owner or a place where three in four are; fewer parties are not enough.
    assert judged(spark, **careful, top_card_share="0.9D")["verdict"] == "cleared"
    assert judged(spark, **careful, top_network_share="0.75D")["verdict"] == "cleared"
    assert judged(spark, **careful, top_network_share="0.6D")["verdict"] == "watch"
    assert judged(spark, **careful, organization_share="0.9D")["verdict"] == "cleared"
    assert judged(spark, **careful, party_count="19L", account_count="19L")["verdict"] == "cleared"


def test_verdict__all_that_a_well_hidden_pool_does_needs_one_finding_of_a_program(spark: SparkSession) -> None:
    # A lab whose accounts are banned and bought anew: its turns and hours are hard to tell, its pool does nothing else.
    alone = {
        "load_spread": "0.25D", "rota_cv": "0.75D", "clock_resultant": "0.16D", "pool_own_share": "0.95D",
        "pool_rest_share": "0.05D",
    }  # fmt: skip
    row = judged(spark, **alone)
    assert (row["verdict"], row["verdict_reason"].split("; ")[-1]) == (
        "campaign",
        "its pool does hardly any other work of its own",
    )
    # Beside other work, hidden less well, or without a whole finding, it is watched.
    assert_watched(
        spark, alone, {"pool_rest_share": "0.3D"}, {"pool_own_share": "0.5D"}, {"is_small": "true"},
        {"failover_count": "0L", "network_count_median": "4.0D", "prefix_count_median": "8.0D"},
        {"load_spread": "0.35D"}, {"pool_reach": "0.7D"},
    )  # fmt: skip


def test_verdict__whoever_names_the_owner_does_not_hide_him(spark: SparkSession) -> None:
    # A firm's queue over rented homes, round the clock: seven in ten of its accounts are in its organisation, and two
    # cards pay for them all.
    firm = {
        "card_shared_share": "1.0D", "shared_card_count": "2L", "top_card_share": "0.67D", "top_party_share": "0.65D",
        "batch_share": "0.0D", "batch_count": "0L", "batch_source_count": "0L", "failover_count": "0L",
        "network_count_median": "30.0D",
    }  # fmt: skip
    row = judged(spark, **firm)
    assert (row["verdict"], row["resembles"]) == ("watch", "one organisation and its people")
    assert row["verdict_reason"].endswith("one organisation or payer stands openly behind many of its accounts")
    # He is not to blame where too little hides without him.
    openly = judged(spark, **{**firm, "network_count_median": "5.0D", "prefix_count_median": "9.0D"})
    assert "too little shows that anybody hides: " in openly["verdict_reason"]
    # Either of them alone is not the contrary of all that hides here; nor are both, where much more hides.
    assert judged(spark, **{**firm, "top_party_share": "0.01D"})["verdict"] == "campaign"
    assert judged(spark, **{**firm, "top_card_share": "0.3D"})["verdict"] == "campaign"
    hiding = {"network_count_median": "30.0D", "top_card_share": "0.67D", "top_party_share": "0.65D"}
    assert judged(spark, **hiding)["verdict"] == "campaign"
    # Few parties are accused on hard concealment only, less what names the owner.
    few = {**firm, "top_card_share": "0.3D", "account_count": "30L", "party_count": "12L"}
    assert "too few parties" in judged(spark, **few)["verdict_reason"]
    assert judged(spark, **{**few, "top_party_share": "0.1D"})["verdict"] == "campaign"


def test_verdict__people_who_share_cards_are_cleared(spark: SparkSession) -> None:
    # An agency: cards that circulate, each account at its own desk and hours.
    agency = {
        "load_spread": "0.6D", "rota_cv": "0.9D", "clock_resultant": "0.4D", "network_count_median": "2.0D",
        "prefix_count_median": "4.0D", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
        "follow_up_share": "0.1D",
    }  # fmt: skip
    row = judged(spark, **agency)
    assert row["verdict"] == "cleared"
    assert "it does not behave like a program, and what its accounts share or change comes to" in row["verdict_reason"]
    assert "4.0 bits of concealment, less than the 6 that are watched by themselves" in row["verdict_reason"]
    # Watched are: half a finding of a program, whatever else speaks against one; strong hiding; what came back after
    # bans; and where loads or both hours and turns are not measured, or cards or networks are not known.
    assert_watched(
        spark, agency, {"load_spread": "0.38D", "rota_cv": "1.6D"},
        {"network_count_median": "6.0D", "prefix_count_median": "40.0D"},
        {"recovered_share": "0.9D", "newcomer_share": "0.6D"}, {"account_count": "7L", "party_count": "7L"},
        {"card_known_share": "0.4D"}, {"unknown_network_share": "0.6D"},
        # On less than half of the accounts, or on fewer than eight.
        {"clock_accounts": "99L", "rota_accounts": "99L"},
        {"clock_accounts": "7L", "rota_accounts": "7L", "account_count": "10L", "party_count": "10L"},
    )  # fmt: skip


def test_verdict__what_hardly_behaves_like_a_program_is_cleared_where_a_place_or_an_owner_explains_it(
    spark: SparkSession,
) -> None:
    # A course whose vouchers circulate: fairly even loads, two in three on the campus.
    course = {
        "load_spread": "0.35D", "rota_cv": "1.2D", "clock_resultant": "0.16D", "network_count_median": "2.0D",
        "prefix_count_median": "4.0D", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
        "top_network_share": "0.66D",
    }  # fmt: skip
    row = judged(spark, **course)
    assert (row["verdict"], row["is_human"], row["is_explained"]) == ("cleared", False, True)
    assert (
        "it hardly behaves like a program, and one place, owner or payer covers most: 66 % of its"
        in row["verdict_reason"]
    )
    # Watched are: what shows a program, whatever else speaks against one, or one whole finding beyond that; a minority
    # at the place; the same, where more hides; what came back after bans; and where too little is measured.
    assert_watched(
        spark, course, {"load_spread": "1.2D", "clock_resultant": "0.03D", "rota_cv": "0.55D"},
        {"load_spread": "0.15D", "rota_cv": "1.05D"}, {"top_network_share": "0.6D"}, {"network_count_median": "9.0D"},
        {"recovered_share": "0.9D", "newcomer_share": "0.6D"}, {"clock_accounts": "7L", "rota_accounts": "7L"},
    )  # fmt: skip
    # A firm's prices over rented homes, of which it owns six parts in ten. A hundred small organisations are no owner.
    prices = {
        "load_spread": "0.9D", "rota_cv": "1.0D", "card_shared_share": "0.0D", "shared_card_count": "0L",
        "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L", "network_count_median": "30.0D",
    }  # fmt: skip
    assert judged(spark, **prices, top_party_share="0.6D")["is_explained"]
    assert_watched(spark, prices, {"top_party_share": "0.5D"}, {"organization_share": "0.6D"})


def test_verdict__relatedness_alone_clears(spark: SparkSession) -> None:
    # A classroom: one network, people's hours, linked all the same.
    row = judged(spark, **{**SCHEDULER, "load_spread": "1.2D", "rota_cv": "1.5D", "clock_resultant": "0.7D",
                           "top_network_share": "0.95D", "hosting_share": "0.0D", "home_share": "0.1D"})  # fmt: skip
    assert row["verdict"] == "cleared"
    assert row["resembles"].startswith("one institution")


def test_verdict__organisations_speak_for_a_candidate_only_where_not_everybody_has_one(spark: SparkSession) -> None:
    mild = {"failover_count": "0L", "network_count_median": "4.0D", "prefix_count_median": "8.0D"}
    assert judged(spark, organization_share="1.0D", **mild)["against_bits"] <= -6
    # A site where every account has an organisation of its own.
    row = judged(spark, organization_share="1.0D", population_organization_share="1.0D", **mild)
    assert row["verdict"] == "campaign"
    assert row["against_bits"] == 0


def test_verdict__spares_the_customers_of_a_pool(spark: SparkSession) -> None:
    # The same accounts, doing what a popular product's users do: conversations.
    row = judged(spark, popular_share="1.0D", follow_up_share="0.5D")
    assert row["verdict"] != "campaign"
    # The operator's own agent, which takes turns too, in work nobody else does; and a pool that does nothing else.
    assert judged(spark, popular_share="0.0D", follow_up_share="0.5D")["verdict"] == "campaign"
    assert judged(spark, popular_share="1.0D", follow_up_share="0.5D", pool_own_share="0.0D")["verdict"] == "campaign"


def test_findings__what_is_not_known_adds_nothing(spark: SparkSession) -> None:
    features = spark.range(1).selectExpr(*(f"{sql} as {name}" for name, sql in GUILTY.items()))
    signals = {row["signal"] for row in findings(features, load_scoring()).collect()}
    assert "rota" in signals
    # No ban wave and no release in the window.
    assert not signals & {"regeneration", "pivot"}


def assignments(spark: SparkSession, *rows: tuple[str, str]) -> DataFrame:
    return spark.createDataFrame(
        [(candidate, "cohort", None, account, "w", True) for candidate, account in rows],
        "candidate_id string, source string, pool_id string, account_id string, workload_id string, is_own boolean",
    )


def verdicts(spark: SparkSession, **counts: tuple[str, int]) -> DataFrame:
    """Scores; the verdict ``human`` is ``cleared``, as people's work."""
    return spark.createDataFrame(
        [
            (name, "cohort", "cleared" if verdict == "human" else verdict, verdict == "human", count)
            for name, (verdict, count) in counts.items()
        ],
        "candidate_id string, source string, verdict string, is_spared boolean, account_count long",
    )


def task_components(links: DataFrame) -> DataFrame:
    return connected_components(links, engine="task")


def test_order__is_by_verdict_and_then_by_expected_tokens(spark: SparkSession) -> None:
    judged = spark.createDataFrame(
        # Expected 10, 9, 300, 4 and 4 tokens; the last two differ in their exchanges.
        [("grader", "campaign", 1.0, 10, 5), ("small", "campaign", 0.9, 10, 9), ("class", "watch", 0.3, 1000, 9),
         ("shop", "cleared", 0.004, 1000, 9), ("agent", "cleared", 0.004, 1000, 10)],
        "campaign_id string, verdict string, probability double, output_token_count long, exchange_count long",
    )  # fmt: skip
    ranked = [row["campaign_id"] for row in in_order(judged).orderBy("rank").collect()]
    assert ranked == ["grader", "small", "class", "agent", "shop"]


def test_fragments__of_one_campaign_become_one(spark: SparkSession) -> None:
    assigned = assignments(
        spark,
        ("a", "1"), ("a", "2"), ("a", "3"),
        ("b", "1"), ("b", "2"),  # all of b's accounts are a's: one campaign in two kinds of work
        ("c", "3"), ("c", "8"), ("c", "9"),  # one of three in common: another operator's
        ("d", "1"), ("d", "2"),  # the same accounts, but not convicted
    )  # fmt: skip
    scored = verdicts(spark, a=("campaign", 3), b=("campaign", 2), c=("campaign", 3), d=("cleared", 2))
    groups = joined_fragments(assigned, scored, task_components, 0.5)
    assert groups is not None
    merged = renamed(assigned, groups)
    rows = {(row["candidate_id"], row["account_id"]) for row in merged.collect()}
    assert {account for candidate, account in rows if candidate == "a"} == {"1", "2", "3"}
    assert {candidate for candidate, _ in rows} == {"a", "c", "d"}


def test_fragments__a_watched_product_does_not_swallow_the_campaign_among_its_users(spark: SparkSession) -> None:
    users = [("product", str(n)) for n in range(6)]
    assigned = assignments(
        spark, *users,
        ("ring", "1"), ("ring", "2"),  # a third of the product's users
        ("twin", "0"), ("twin", "1"), ("twin", "2"), ("twin", "3"),  # most of them: the same people
    )  # fmt: skip
    scored = verdicts(spark, product=("watch", 6), ring=("campaign", 2), twin=("watch", 4))
    groups = joined_fragments(assigned, scored, task_components, 0.6)
    assert groups is not None
    assert {row["candidate_id"] for row in renamed(assigned, groups).collect()} == {"product", "ring"}


def test_fragments__what_was_cleared_as_peoples_joins_what_is_convicted_only(spark: SparkSession) -> None:
    # One of the suite's three accounts is not the lab's, nor are those who share the last works.
    works = {"lab": "12", "chat": "12", "suite": "125", "club": "34", "forum": "34", "watched": "34"}
    assigned = assignments(spark, *((name, account) for name, accounts in works.items() for account in accounts))
    scored = verdicts(
        spark,
        lab=("campaign", 2),
        chat=("human", 2),
        suite=("human", 3),
        club=("human", 2),
        forum=("human", 2),
        watched=("watch", 2),
    )
    groups = joined_fragments(assigned, scored, task_components, 0.5)
    assert groups is not None
    assert [tuple(row) for row in groups.collect()] == [("lab", "chat")]


def test_fragments__nothing_in_common_changes_nothing(spark: SparkSession) -> None:
    assigned = assignments(spark, ("a", "1"), ("b", "2"))
    scored = verdicts(spark, a=("campaign", 1), b=("campaign", 1))
    assert joined_fragments(assigned, scored, task_components, 0.5) is None
