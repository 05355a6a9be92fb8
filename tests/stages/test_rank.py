"""Rank: verdict rules on single candidates, and fragments that are joined."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

from revenuer.components import connected_components
from revenuer.stages.rank.joining import joined_fragments, renamed
from revenuer.stages.rank.published import in_order
from revenuer.stages.rank.scoring import findings, load_scoring, scores
from revenuer.stages.settling import settled

RANK = {"min_convict_parties": 20, "min_candidate_parties": 8}

# A pool that takes turns over rented homes with circulating cards. Every case says what it changes.
GUILTY: dict[str, Any] = {
    "candidate_id": "'c'", "source": "'pool'", "has_behaviour": "true", "account_count": "200L", "party_count": "200L",
    "organization_share": "0.0D", "exchange_count": "40000L", "top_account_share": "0.006D", "load_spread": "0.1D",
    "clock_resultant": "0.02D", "clock_accounts": "200L", "rota_cv": "0.15D", "rota_accounts": "200L",
    "network_count_median": "12.0D", "home_share": "0.9D", "carrier_share": "0.9D", "shaded_share": "0.0D",
    "hosting_share": "0.1D",
    "unknown_network_share": "0.0D", "follow_up_share": "0.0D", "turn_known_share": "1.0D", "refused_count": "100L",
    "account_refused_count": "100L", "event_count_median": "200.0D",
    "failover_count": "60L", "shared_session_count": "0L", "card_known_share": "0.9D", "card_shared_share": "0.8D",
    "shared_card_count": "50L", "top_card_share": "0.03D", "effective_card_count": "50.0D",
    "reach": "1.0D", "pool_reach": "1.0D", "batch_share": "0.8D",
    "batch_count": "5L",
    "batch_source_count": "3L", "signup_spread_days": "20.0D", "top_network_share": "0.02D",
    "top_party_share": "0.005D", "shared_site_share": "0.01D",
    "recovered_share": "cast(null as double)", "newcomer_share": "cast(null as double)",
    "banned_share": "cast(null as double)", "pivot_share": "cast(null as double)",
    "population_pivot_share": "cast(null as double)", "population_load_spread": "1.2D",
    "pool_rest_share": "0.5D", "is_small": "false", "is_usual": "false",
    "popular_share": "0.0D", "pool_own_share": "0.6D", "population_organization_share": "0.3D",
    "prefix_count_median": "30.0D",
    "population_prefix_count": "8.0D", "population_clock_resultant": "0.5D", "population_network_count": "3.0D",
    "population_card_shared_share": "0.1D", "population_batch_share": "0.0D", "population_follow_up_share": "0.4D",
    "population_parties": "20000L",
}  # fmt: skip
# Customers of one scheduler: the same rhythm, their own cards, one cloud.
SCHEDULER = {
    "prefix_count_median": "1.0D",
    "network_count_median": "1.0D", "home_share": "0.0D", "hosting_share": "1.0D", "top_network_share": "0.2D",
    "failover_count": "0L", "card_shared_share": "0.0D", "shared_card_count": "0L", "top_card_share": "0.005D",
    "batch_share": "0.0D", "batch_count": "0L", "batch_source_count": "0L", "signup_spread_days": "400.0D",
}  # fmt: skip


# What is judged: the changes of each case, and whether its accounts are known to be driven. All are judged at once,
# each as a candidate of its own: a judgement is one long plan, and takes as long for one as for a hundred.
CASES: dict[str, tuple[dict[str, str], bool]] = {}
Judged = dict[str, dict[str, Any]]


def case(usual: dict[str, str] | None = None, *, is_driven: bool = False, **changed: str) -> str:
    """Enter a case: the guilty pool with what is usual for its kind and some changes. Returns its name."""
    name = f"c{len(CASES)}"
    CASES[name] = ({**(usual or {}), **changed}, is_driven)
    return name


def features_of(spark: SparkSession, cases: dict[str, dict[str, str]]) -> DataFrame:
    candidates = [{**GUILTY, **changed, "candidate_id": f"'{name}'"} for name, changed in cases.items()]
    structs = [", ".join(f"{sql} as {name}" for name, sql in values.items()) for values in candidates]
    return settled(spark.range(1).selectExpr(f"inline(array({', '.join(f'struct({fields})' for fields in structs)}))"))


def judge(spark: SparkSession, cases: dict[str, tuple[dict[str, str], bool]], ceiling: str = "campaign") -> Judged:
    features = features_of(spark, {name: changed for name, (changed, _) in cases.items()})
    driven = [name for name, (_, is_driven) in cases.items() if is_driven]
    scoring = load_scoring()
    rows = scores(
        features, settled(findings(features, scoring)), scoring, rank=RANK, ceiling=ceiling,
        driven=features.where(col("candidate_id").isin(driven)).select("candidate_id"),
    ).collect()  # fmt: skip
    return {row["candidate_id"]: row.asDict() for row in rows}


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> Judged:
    return judge(spark, CASES)


def assert_watched(judged: Judged, cases: list[str]) -> None:
    for name in cases:
        assert judged[name]["verdict"] == "watch", CASES[name]


AS_IT_IS = case()


def test_verdict__is_campaign_when_a_program_is_concealed(judged: Judged) -> None:
    row = judged[AS_IT_IS]
    assert row["verdict"] == "campaign"
    assert row["probability"] > 0.9
    assert row["top_evidence"]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        # Hidden, but its accounts keep uneven loads and people's turns: a pool that gave up its rota.
        (case(load_spread="1.0D", rota_cv="1.0D", clock_resultant="0.15D"), "do not behave like one program"),
        # A program over 200 accounts whose payment and networks the site does not log.
        (
            case(
                SCHEDULER, card_known_share="cast(null as double)", unknown_network_share="1.0D", hosting_share="0.0D",
                network_count_median="cast(null as double)", top_network_share="cast(null as double)",
            ),
            "nothing shows that anybody hides",
        ),
        # Everything is there, on too few parties for soft evidence.
        (
            case(
                account_count="10L", party_count="10L", failover_count="0L", batch_share="0.0D",
                network_count_median="2.0D", prefix_count_median="4.0D",
            ),
            "too few parties",
        ),
        # Seven accounts: nobody can say what their loads, hours and turns are like.
        (
            case(account_count="7L", party_count="7L", clock_accounts="7L", rota_accounts="7L"),
            "too few accounts to tell whether a program drives them",
        ),
        # Cards and batches of settled people who keep hours and converse: watched for what hides them alone.
        (
            case(
                source="'cohort'", rota_cv="0.6D", clock_resultant="0.6D", follow_up_share="0.5D", failover_count="0L",
                network_count_median="1.0D", prefix_count_median="1.0D",
            ),
            "strong concealment; what speaks against it outweighs the rest",
        ),
    ],
)  # fmt: skip
def test_verdict__is_watch_and_says_what_is_missing(judged: Judged, name: str, why: str) -> None:
    row = judged[name]
    assert (row["verdict"], why in row["verdict_reason"]) == ("watch", True), row["verdict_reason"]
    assert row["probability"] <= 0.5


EVEN = {"rota_cv": "0.9D", "clock_resultant": "0.18D"}
EVEN_ALONE = case(EVEN)
EVEN_DRIVEN = case(EVEN, is_driven=True)
# Without any finding of physics, or without anybody hiding, other work on the accounts does not help.
UNEVEN_DRIVEN = case(EVEN, is_driven=True, load_spread="0.6D")
SCHEDULER_DRIVEN = case(SCHEDULER, is_driven=True)
AS_IT_IS_DRIVEN = case(is_driven=True)


def test_verdict__on_convicted_accounts_one_finding_of_physics_will_do(judged: Judged) -> None:
    assert judged[EVEN_ALONE]["verdict"] == "watch"
    row = judged[EVEN_DRIVEN]
    assert (row["verdict"], row["verdict_reason"].split("; ")[-1]) == (
        "campaign", "other work on its accounts, or parts of it, are accused by themselves",
    )  # fmt: skip
    assert judged[UNEVEN_DRIVEN]["verdict"] == "watch"
    assert judged[SCHEDULER_DRIVEN]["verdict"] == "cleared"
    # What stands by itself is not said to lean on anything.
    assert "other work" not in judged[AS_IT_IS_DRIVEN]["verdict_reason"]


def test_verdict__is_at_most_watch_on_a_thin_site(spark: SparkSession) -> None:
    row = judge(spark, {"thin": ({}, False)}, ceiling="watch")["thin"]
    assert row["verdict"] == "watch"
    assert "fewer than three facets" in row["verdict_reason"]


VENDOR = case(SCHEDULER)


def test_verdict__clears_a_program_that_hides_nothing(judged: Judged) -> None:
    row = judged[VENDOR]
    assert row["verdict"] == "cleared"
    assert row["resembles"] == "vendor on several clouds"
    assert "nothing to speak of shows that anybody hides" in row["verdict_reason"]


# The same of a site that logs kinds of networks, and neither addresses nor systems: who moves, cannot be known.
UNPLACED = case(SCHEDULER, network_count_median="0.0D", prefix_count_median="0.0D", top_network_share="0.0D")


def test_verdict__nobody_is_cleared_for_staying_where_no_network_is_known(judged: Judged) -> None:
    assert judged[UNPLACED]["verdict"] == "watch"


# An agent on phones: their carrier gives each thirty address ranges in a month, one after the other.
PHONES = {
    **SCHEDULER, "network_count_median": "3.0D", "prefix_count_median": "30.0D", "population_network_count": "2.0D",
    "population_prefix_count": "3.0D", "home_share": "1.0D", "hosting_share": "0.0D", "event_count_median": "672.0D",
}  # fmt: skip
PHONE_AGENT = case(PHONES)
EXIT_A_REQUEST = case(PHONES, event_count_median="35.0D")
# Colleagues' sign-ups on a site where most customers sign up together, and among strangers.
BATCHED = {**SCHEDULER, "batch_share": "0.8D", "batch_count": "40L", "batch_source_count": "40L"}
COLLEAGUES = case(BATCHED, population_batch_share="0.75D")
BOUGHT = case(BATCHED, network_count_median="4.0D", home_share="1.0D", hosting_share="0.0D")


def test_verdict__what_customers_share_or_show_anyway_hides_nobody(judged: Judged) -> None:
    assert judged[PHONE_AGENT]["verdict"] == "watch"
    assert judged[EXIT_A_REQUEST]["verdict"] == "campaign"
    assert judged[COLLEAGUES]["verdict"] == "cleared"
    assert judged[BOUGHT]["verdict"] == "campaign"


# Cards alone: a holding whose firms are paid for by four, and a pool that pays for a third of its accounts with one.
CARDS = {
    **SCHEDULER, "home_share": "0.9D", "hosting_share": "0.1D", "card_shared_share": "0.9D", "party_count": "40L",
    "account_count": "40L", "signup_spread_days": "20.0D",
}  # fmt: skip
FOUR_CARDS = case(CARDS, shared_card_count="4L", top_card_share="0.3D", effective_card_count="3.9D")
ONE_CARD_MORE = case(CARDS, shared_card_count="60L", top_card_share="0.35D", effective_card_count="7.7D")


def test_verdict__few_cards_name_a_payer_and_many_hide_one(judged: Judged) -> None:
    assert judged[FOUR_CARDS]["verdict"] == "cleared"
    assert judged[ONE_CARD_MORE]["verdict"] == "campaign"


# Nothing is shared, but nobody is in the open who rents sixty servers' networks, or an address for each request.
RENTED_SERVERS = case(SCHEDULER, network_count_median="60.0D", prefix_count_median="60.0D", top_network_share="0.05D")
ONE_PROVIDER = case(
    SCHEDULER, prefix_count_median="300.0D", event_count_median="400.0D", home_share="1.0D", hosting_share="0.0D",
    top_network_share="1.0D",
)  # fmt: skip


def test_verdict__who_roams_is_not_cleared_for_being_in_the_open(judged: Judged) -> None:
    assert judged[RENTED_SERVERS]["verdict"] == "watch"
    assert judged[ONE_PROVIDER]["verdict"] == "watch"


# Queue, purchasing cards that circulate and accounts opened in batches, from six addresses that all accounts share;
# half of what they ask follows up on an answer.
QUEUE = {
    "network_count_median": "6.0D", "prefix_count_median": "6.0D", "home_share": "1.0D", "hosting_share": "0.0D",
    "rota_cv": "0.72D", "failover_count": "0L", "account_count": "96L", "party_count": "96L",
    "follow_up_share": "0.5D",
}  # fmt: skip
QUEUE_OF_STRANGERS = case(QUEUE)
QUEUE_OF_INSTITUTES = case(QUEUE, shared_site_share="1.0D")


def test_verdict__institutes_that_pool_their_keys_are_not_accused(judged: Judged) -> None:
    assert judged[QUEUE_OF_STRANGERS]["verdict"] == "campaign"
    row = judged[QUEUE_OF_INSTITUTES]
    assert row["verdict"] != "campaign"
    assert row["resembles"] == "one institution: office, classroom, lab or hackathon"


PHONES = {
    **SCHEDULER, "top_network_share": "0.8D", "home_share": "1.0D", "hosting_share": "0.0D",
    "prefix_count_median": "12.0D",
}  # fmt: skip
WANDERING_PHONES = case(PHONES)
# Fewer address ranges than three in four customers use; or schools and offices.
STILL_PHONES = case(PHONES, prefix_count_median="3.0D")
SCHOOLS = case(PHONES, carrier_share="0.1D")


def test_resembles__tells_customers_of_a_carrier_from_an_institution(judged: Judged) -> None:
    assert judged[WANDERING_PHONES]["resembles"] == "customers of one mobile or home carrier"
    institution = "one institution: office, classroom, lab or hackathon"
    assert judged[STILL_PHONES]["resembles"] == institution
    assert judged[SCHOOLS]["resembles"] == institution


def test_findings__tell_the_figures_they_are_made_from(spark: SparkSession) -> None:
    found = findings(features_of(spark, {"as it is": {}}), load_scoring()).collect()
    told = {row["signal"]: row["sentence"] for row in found}
    assert "80 % of them share one with another, 10 % over the population; 50 cards" in told["rotating_cards"]
    assert told["bought_batches"].startswith("80 % of its accounts were opened in 5 batches")
    assert told["failover"].startswith("60 of 100 requests that were refused")
    assert "in the median its accounts move over 12 networks and 30 address ranges" in told["exit_churn"]
    assert "stay within 3 networks, and within 8 ranges; 90 % of its traffic" in told["exit_churn"]
    assert not [sentence for sentence in told.values() if "{" in sentence]
    # What speaks against says what was measured.
    people = findings(features_of(spark, {"people": {"load_spread": "1.8D", "rota_cv": "1.5D"}}), load_scoring())
    against = {row["signal"]: row["sentence"] for row in people.collect()}
    assert against["even_load"].startswith("its accounts carry uneven loads")
    assert against["no_turns"].startswith("its accounts take no turns")
    # What is not known adds nothing: no ban wave and no release in the window.
    assert "rota" in told
    assert not told.keys() & {"regeneration", "pivot"}
    # Nor does a wave before which nothing was done, whoever came after it.
    late = {"banned_share": "0.3D", "recovered_share": "cast(null as double)", "newcomer_share": "0.8D"}
    waves = {"late": late, "known": {**late, "recovered_share": "1.4D"}}
    shown = findings(features_of(spark, waves), load_scoring()).where("signal = 'regeneration'").collect()
    assert {row["candidate_id"]: row["value"] for row in shown} == {"known": 0.8}


@pytest.mark.parametrize(
    ("retried", "shared", "bits"),
    [
        ("7L", "0.01D", None),  # of a hundred refusals, hardly more than chance brings back
        ("24L", "0.01D", 1.5),  # a fifth of the 95 beyond
        ("60L", "0.5D", 2.5),
        ("60L", "cast(null as double)", 2.5),  # at a site that logs no addresses
        ("100L", "0.9D", 1.5),  # from addresses that nine in ten share: a fifth of it hides
        ("100L", "1.0D", None),  # a vendor's servers: nothing does
    ],
)
def test_findings__retries_count_beyond_chance_and_out_of_the_open(
    spark: SparkSession, retried: str, shared: str, bits: float | None
) -> None:
    changed = {"failover_count": retried, "shared_site_share": shared}
    found = findings(features_of(spark, {"c": changed}), load_scoring())
    row = found.where("signal = 'failover'").first()
    assert (row and row["weight_bits"]) == (bits and pytest.approx(bits))


# What its many small works show is the pool's. Alone they are an operator who varies his template ...
SMALL_ALONE = case(is_small="true", pool_rest_share="0.1D")
# ... and beside the work that the pool is filled with, products of customers; however blatant the pool.
SMALL_BESIDE = case(is_small="true", pool_rest_share="0.93D")
SMALL_MILD = case(
    is_small="true", pool_rest_share="0.93D", network_count_median="4.0D", rota_cv="0.7D", prefix_count_median="8.0D",
    failover_count="0L", batch_share="0.0D",
)  # fmt: skip
# A second lab's work that all of the accounts do is no crumb, however little it is; nor are small works crumbs where
# popular products are nearly all that the pool does.
SECOND_LAB = case(pool_rest_share="0.93D")
SMALL_BESIDE_POPULAR = case(is_small="true", pool_rest_share="0.93D", pool_own_share="0.1D")


def test_verdict__small_works_beside_a_pools_own_are_its_customers(judged: Judged) -> None:
    assert judged[SMALL_ALONE]["verdict"] == "campaign"
    row = judged[SMALL_BESIDE]
    assert (row["verdict"], row["resembles"]) == ("watch", "small customers of a pool")
    assert "filled with other work" in row["verdict_reason"]
    assert judged[SMALL_MILD]["verdict"] == "cleared"
    assert judged[SECOND_LAB]["verdict"] == "campaign"
    assert judged[SMALL_BESIDE_POPULAR]["verdict"] == "campaign"


# A careful operator's cohort: an exit for every request, cards of their own, people's hours and follow-ups.
CAREFUL = {
    "source": "'cohort'", "load_spread": "0.8D", "rota_cv": "1.7D", "clock_resultant": "0.45D",
    "network_count_median": "40.0D", "prefix_count_median": "150.0D", "card_shared_share": "0.0D",
    "shared_card_count": "0L", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
    "signup_spread_days": "240.0D", "follow_up_share": "0.4D", "reach": "1.0D",
}  # fmt: skip
CAREFUL_ALONE = case(CAREFUL)
# One payer explains it, and so does one owner or a place where three in four are; fewer parties are not enough.
CAREFUL_EXPLAINED = [
    case(CAREFUL, top_card_share="0.9D"), case(CAREFUL, top_network_share="0.75D"),
    case(CAREFUL, organization_share="0.9D"), case(CAREFUL, party_count="19L", account_count="19L"),
]  # fmt: skip
CAREFUL_SCATTERED = case(CAREFUL, top_network_share="0.6D")


def test_verdict__strong_concealment_is_not_cleared_for_habits(judged: Judged) -> None:
    row = judged[CAREFUL_ALONE]
    assert row["verdict"] == "watch"
    assert "do not behave like one program" in row["verdict_reason"]
    assert [judged[name]["verdict"] for name in CAREFUL_EXPLAINED] == ["cleared"] * 4
    assert judged[CAREFUL_SCATTERED]["verdict"] == "watch"


# A lab whose accounts are banned and bought anew: its turns and hours are hard to tell, its pool does nothing else.
ALONE = {
    "load_spread": "0.25D", "rota_cv": "0.75D", "clock_resultant": "0.16D", "pool_own_share": "0.95D",
    "pool_rest_share": "0.05D",
}  # fmt: skip
ALONE_IN_ITS_POOL = case(ALONE)
# Beside other work, hidden less well, without a whole finding, or on too few of the pool's accounts.
NOT_QUITE_ALONE = [
    case(ALONE, pool_rest_share="0.3D"), case(ALONE, pool_own_share="0.5D"), case(ALONE, is_small="true"),
    case(ALONE, failover_count="0L", network_count_median="4.0D", prefix_count_median="8.0D"),
    case(ALONE, load_spread="0.35D"), case(ALONE, pool_reach="0.7D"),
]  # fmt: skip


def test_verdict__all_that_a_well_hidden_pool_does_needs_one_finding_of_a_program(judged: Judged) -> None:
    row = judged[ALONE_IN_ITS_POOL]
    assert (row["verdict"], row["verdict_reason"].split("; ")[-1]) == (
        "campaign",
        "its pool does hardly any other work of its own",
    )
    assert_watched(judged, NOT_QUITE_ALONE)


# A firm's queue over rented homes, round the clock: seven in ten of its accounts are in its organisation, and two cards
# pay for them all.
FIRM = {
    "card_shared_share": "1.0D", "shared_card_count": "2L", "top_card_share": "0.67D", "top_party_share": "0.65D",
    "batch_share": "0.0D", "batch_count": "0L", "batch_source_count": "0L", "failover_count": "0L",
    "network_count_median": "30.0D",
}  # fmt: skip
FIRMS_QUEUE = case(FIRM)
# He is not to blame where too little hides without him.
FIRM_IN_THE_OPEN = case(FIRM, network_count_median="5.0D", prefix_count_median="9.0D")
# Either of owner and payer alone is not the contrary of all that hides here; nor are both, where much more hides.
FIRM_OUTWEIGHED = [
    case(FIRM, top_party_share="0.01D"), case(FIRM, top_card_share="0.3D"),
    case(network_count_median="30.0D", top_card_share="0.67D", top_party_share="0.65D"),
]  # fmt: skip
# Few parties are accused on hard concealment only, less what names the owner.
FEW = {**FIRM, "top_card_share": "0.3D", "account_count": "30L", "party_count": "12L"}
FEW_OF_ONE_OWNER = case(FEW)
FEW_OF_NOBODY = case(FEW, top_party_share="0.1D")


def test_verdict__whoever_names_the_owner_does_not_hide_him(judged: Judged) -> None:
    row = judged[FIRMS_QUEUE]
    assert (row["verdict"], row["resembles"]) == ("watch", "one organisation and its people")
    assert row["verdict_reason"].endswith("one organisation or payer stands openly behind many of its accounts")
    assert "too little shows that anybody hides: " in judged[FIRM_IN_THE_OPEN]["verdict_reason"]
    assert [judged[name]["verdict"] for name in FIRM_OUTWEIGHED] == ["campaign"] * 3
    assert "too few parties" in judged[FEW_OF_ONE_OWNER]["verdict_reason"]
    assert judged[FEW_OF_NOBODY]["verdict"] == "campaign"


# An agency: cards that circulate, each account at its own desk and hours.
AGENCY = {
    "load_spread": "0.6D", "rota_cv": "0.9D", "clock_resultant": "0.4D", "network_count_median": "2.0D",
    "prefix_count_median": "4.0D", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
    "follow_up_share": "0.1D",
}  # fmt: skip
AGENCY_AT_WORK = case(AGENCY)
# Watched are: half a finding of a program, whatever else speaks against one; strong hiding; what came back after bans;
# and where loads or both hours and turns are not measured, or cards or networks are not known.
AGENCY_WATCHED = [
    case(AGENCY, load_spread="0.38D", rota_cv="1.6D"),
    case(AGENCY, network_count_median="6.0D", prefix_count_median="60.0D"),
    case(AGENCY, recovered_share="0.9D", newcomer_share="0.6D"),
    case(AGENCY, account_count="7L", party_count="7L"),
    case(AGENCY, card_known_share="0.4D"),
    case(AGENCY, unknown_network_share="0.6D"),
    # On less than half of the accounts, or on fewer than eight.
    case(AGENCY, clock_accounts="99L", rota_accounts="99L"),
    case(AGENCY, clock_accounts="7L", rota_accounts="7L", account_count="10L", party_count="10L"),
]


def test_verdict__people_who_share_cards_are_cleared(judged: Judged) -> None:
    row = judged[AGENCY_AT_WORK]
    assert row["verdict"] == "cleared"
    assert "it does not behave like a program, and what its accounts share or change comes to" in row["verdict_reason"]
    assert "4.0 bits of concealment, less than the 6 that are watched by themselves" in row["verdict_reason"]
    assert_watched(judged, AGENCY_WATCHED)


# A course whose vouchers circulate: fairly even loads, two in three on the campus.
COURSE = {
    "load_spread": "0.35D", "rota_cv": "1.2D", "clock_resultant": "0.16D", "network_count_median": "2.0D",
    "prefix_count_median": "4.0D", "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L",
    "top_network_share": "0.66D",
}  # fmt: skip
COURSE_ON_CAMPUS = case(COURSE)
# Watched are: what shows a program, whatever else speaks against one, or one whole finding beyond that; a minority at
# the place; the same, where more hides; what came back after bans; and where too little is measured.
COURSE_WATCHED = [
    case(COURSE, load_spread="1.2D", clock_resultant="0.03D", rota_cv="0.55D"),
    case(COURSE, load_spread="0.15D", rota_cv="1.05D"),
    case(COURSE, top_network_share="0.6D"),
    case(COURSE, network_count_median="9.0D"),
    case(COURSE, recovered_share="0.9D", newcomer_share="0.6D"),
    case(COURSE, clock_accounts="7L", rota_accounts="7L"),
]
# A firm's prices over rented homes, of which it owns six parts in ten. A hundred small organisations are no owner.
PRICES = {
    "load_spread": "0.9D", "rota_cv": "1.0D", "card_shared_share": "0.0D", "shared_card_count": "0L",
    "batch_share": "0.0D", "batch_count": "0L", "failover_count": "0L", "network_count_median": "30.0D",
}  # fmt: skip
PRICES_OF_ONE_FIRM = case(PRICES, top_party_share="0.6D")
PRICES_WATCHED = [case(PRICES, top_party_share="0.5D"), case(PRICES, organization_share="0.6D")]


def test_verdict__what_hardly_behaves_like_a_program_is_cleared_where_a_place_or_an_owner_explains_it(
    judged: Judged,
) -> None:
    row = judged[COURSE_ON_CAMPUS]
    assert (row["verdict"], row["is_human"], row["is_explained"]) == ("cleared", False, True)
    assert (
        "it hardly behaves like a program, and one place, owner or payer covers most: 66 % of its"
        in row["verdict_reason"]
    )
    assert_watched(judged, COURSE_WATCHED)
    assert judged[PRICES_OF_ONE_FIRM]["is_explained"]
    assert_watched(judged, PRICES_WATCHED)


# A classroom: one network, people's hours, linked all the same.
CLASSROOM = case(
    SCHEDULER, load_spread="1.2D", rota_cv="1.5D", clock_resultant="0.7D", top_network_share="0.95D",
    hosting_share="0.0D", home_share="0.1D",
)  # fmt: skip


def test_verdict__relatedness_alone_clears(judged: Judged) -> None:
    row = judged[CLASSROOM]
    assert row["verdict"] == "cleared"
    assert row["resembles"].startswith("one institution")


MILD = {
    "organization_share": "1.0D", "failover_count": "0L", "network_count_median": "4.0D", "prefix_count_median": "8.0D",
}  # fmt: skip
ORGANISATIONS = case(MILD)
# On a site where every account has an organisation of its own.
ORGANISATIONS_EVERYWHERE = case(MILD, population_organization_share="1.0D")


def test_verdict__organisations_speak_for_a_candidate_only_where_not_everybody_has_one(judged: Judged) -> None:
    assert judged[ORGANISATIONS]["against_bits"] <= -6
    row = judged[ORGANISATIONS_EVERYWHERE]
    assert row["verdict"] == "campaign"
    assert row["against_bits"] == 0


# The same accounts, doing what a popular product's users do: conversations.
CUSTOMERS = case(popular_share="1.0D", follow_up_share="0.5D")
# The operator's own agent, which takes turns too, in work nobody else does; and a pool that does nothing else.
OWN_AGENT = case(popular_share="0.0D", follow_up_share="0.5D")
NO_WORK_OF_ITS_OWN = case(popular_share="1.0D", follow_up_share="0.5D", pool_own_share="0.0D")
# A pool that does nothing but what much of the site does: in conversations, as customers do; in single turns, as a
# harvest in a popular product's clothes; and where nobody logs turns.
USUAL = {"popular_share": "1.0D", "pool_own_share": "cast(null as double)", "is_usual": "true"}
USUAL_CONVERSATIONS = case(**USUAL, follow_up_share="0.5D")
USUAL_SINGLE_TURNS = case(**USUAL, follow_up_share="0.02D")
USUAL_UNKNOWN_TURNS = case(**USUAL, follow_up_share="cast(null as double)", turn_known_share="0.0D")


def test_verdict__spares_the_customers_of_a_pool(judged: Judged) -> None:
    assert judged[CUSTOMERS]["verdict"] != "campaign"
    assert judged[OWN_AGENT]["verdict"] == "campaign"
    assert judged[NO_WORK_OF_ITS_OWN]["verdict"] == "campaign"


def test_verdict__work_that_much_of_the_site_does_is_told_by_how_it_is_done(judged: Judged) -> None:
    assert judged[USUAL_SINGLE_TURNS]["verdict"] == "campaign"
    assert judged[USUAL_CONVERSATIONS]["verdict"] != "campaign"
    row = judged[USUAL_UNKNOWN_TURNS]
    assert row["verdict"] == "watch"
    assert "whether it converses is not known" in row["verdict_reason"]
    assert row["resembles"] != "small customers of a pool"


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
    campaigns = spark.createDataFrame(
        # Expected 10, 9, 300, 4 and 4 tokens; the last two differ in their exchanges.
        [("grader", "campaign", 1.0, 10, 5), ("small", "campaign", 0.9, 10, 9), ("class", "watch", 0.3, 1000, 9),
         ("shop", "cleared", 0.004, 1000, 9), ("agent", "cleared", 0.004, 1000, 10)],
        "campaign_id string, verdict string, probability double, output_token_count long, exchange_count long",
    )  # fmt: skip
    ranked = [row["campaign_id"] for row in in_order(campaigns).orderBy("rank").collect()]
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
