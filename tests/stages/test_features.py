"""Candidate features: what is measured, and against whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from activity_rows import DAY, activity
from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.facts import window_facts
from revenuer.stages.rank.attributes import (
    batch_features,
    card_features,
    hiding_accounts,
    pivot_features,
    population_cards,
    refusals,
    with_site_shares,
)
from revenuer.stages.rank.features import Context, baselines, build_features
from revenuer.stages.rank.places import shared_sites
from revenuer.tables import CONTRACTS

SIGHTINGS, LINKS, ACCOUNTS = (CONTRACTS[name] for name in ("sightings", "links", "accounts"))


def empty(spark: SparkSession, contract: Any) -> DataFrame:
    return spark.createDataFrame([], contract.schema_ddl())


def linked(spark: SparkSession, *accounts: str) -> DataFrame:
    return spark.createDataFrame([(account, "p") for account in accounts], "account_id string, pool_id string")


def test_baselines__are_of_accounts_in_no_pool(spark: SparkSession) -> None:
    rows = [{"account_id": f"honest{n}", "network_ids": ["home"]} for n in range(4)]
    rows += [{"account_id": f"pooled{n}", "network_ids": list("abcdefgh")} for n in range(6)]
    facts = window_facts(empty(spark, SIGHTINGS)).selectExpr(
        "*", "false as is_benign", "false as is_common", "0.0D as site_share"
    )
    pools = linked(spark, *(f"pooled{n}" for n in range(6)))
    # One of the four honest accounts was opened with a pooled one: what is usual outside pools is a quarter.
    batch = [
        LINKS.row(account_id=account, node_id="m+d", node_kind="mail_signup_day", facet="identity")
        for account in ("honest0", "pooled0")
    ]
    links = spark.createDataFrame(batch, LINKS.schema_ddl())
    row = baselines(activity(spark, *rows), facts, links, pools, None, ["card"]).collect()[0]
    assert row["population_batch_share"] == 0.25
    assert row["population_network_count"] == 1
    assert row["population_parties"] == 4
    assert row["population_pivot_share"] is None


def built(
    spark: SparkSession, rows: list[dict[str, Any]], assigned: list[tuple[Any, ...]], handed: DataFrame | None = None
) -> dict[str, dict[str, Any]]:
    """Features of candidates in a pool of eight accounts, by candidate."""
    frame = activity(spark, *rows)
    facts = window_facts(empty(spark, SIGHTINGS)).selectExpr(
        "*", "false as is_benign", "false as is_common", "0.0D as site_share"
    )
    if handed is not None:
        facts = facts.unionByName(handed, allowMissingColumns=True)
    pools = linked(spark, *(f"a{n}" for n in range(8)))
    context = Context(
        activity=frame, facts=facts, links=empty(spark, LINKS), pools=pools, accounts=empty(spark, ACCOUNTS),
        actions=None, releases=None, baselines=baselines(frame, facts, empty(spark, LINKS), pools, None, ["card"]),
        card_kinds=["card"], refused=refusals(frame), known_days={DAY}, has_behaviour=True, run_date=DAY,
    )  # fmt: skip
    candidates = spark.createDataFrame(
        assigned,
        "candidate_id string, source string, pool_id string, account_id string, workload_id string, is_own boolean",
    )
    found = build_features(candidates, context).candidates.collect()
    return {row["candidate_id"]: row.asDict() for row in found}


@pytest.fixture(scope="module")
def features(spark: SparkSession) -> dict[str, dict[str, Any]]:
    rows = [
        # One pool of eight: its own work, and a product that others use too, as conversations.
        *({"account_id": f"a{n}", "network_ids": list("abc"), "workload_id": "own+-", "event_count": 30}
          for n in range(8)),
        *({"account_id": f"a{n}", "network_ids": ["a"], "workload_id": "product+-", "follow_up_count": 6,
           "turn_known_count": 10} for n in range(8)),
    ]  # fmt: skip
    works = ("own", "product")
    return built(
        spark, rows, [(work, "pool", "p", f"a{n}", f"{work}+-", work == "own") for n in range(8) for work in works]
    )


def test_features__name_an_owner_by_accounts_and_by_what_they_do(spark: SparkSession) -> None:
    # Six of eight accounts are one organisation's: in the first work they do six parts of eight; in the second, idle
    # seats beside two strangers, so little that each of these owns more. In the third, five idle seats are a school's,
    # and three a firm's that does nearly everything.
    rows = [
        {"account_id": f"a{n}", "party_id": party, "workload_id": f"{work}+-", "event_count": count}
        for n in range(8)
        for work, party, count in (
            ("all", "firm" if n < 6 else f"a{n}", 10),
            ("seats", "firm" if n < 6 else f"a{n}", 1 if n < 6 else 100),
            ("two", "school" if n < 5 else "firm", 1 if n < 5 else 100),
        )
    ]
    works = ("all", "seats", "two")
    found = built(spark, rows, [(work, "pool", "p", f"a{n}", f"{work}+-", True) for n in range(8) for work in works])
    assert found["all"]["top_party_share"] == 0.75
    assert found["seats"]["top_party_share"] == 1 / 8
    assert found["two"]["top_party_share"] == 3 / 8
    assert found["all"]["party_count"] == 3


def test_features__tell_a_pool_s_own_work_from_its_customers(features: dict[str, dict[str, Any]]) -> None:
    assert (features["own"]["popular_share"], features["product"]["popular_share"]) == (0.0, 1.0)
    # Three quarters of what the pool's candidates do is its own.
    assert {row["pool_own_share"] for row in features.values()} == {0.75}
    assert features["product"]["follow_up_share"] == 0.6
    # What of the pool's own work is somebody else's: none for the one that does it all.
    assert (features["own"]["pool_rest_share"], features["product"]["pool_rest_share"]) == (0.0, 1.0)
    assert not features["own"]["is_small"]


def test_features__work_that_much_of_the_site_does_is_none_of_what_a_pool_does(spark: SparkSession) -> None:
    counts = {"own": 30, "product": 10, "site:usual": 100}
    rows = [
        {"account_id": f"a{n}", "party_id": f"a{n}", "workload_id": f"{work}+-", "event_count": count}
        for n in range(8)
        for work, count in counts.items()
    ]
    # One pool does all three, the other only the usual work.
    pools = {n: "p" if n < 6 else "q" for n in range(8)}
    placed = [
        (work if pools[n] == "p" else f"q:{work}", "pool", pools[n], f"a{n}", f"{work}+-", work == "own")
        for n in range(8)
        for work in counts
        if pools[n] == "p" or work == "site:usual"
    ]
    found = built(spark, rows, placed)
    assert {name: row["pool_own_share"] for name, row in found.items()} == {
        "own": 0.75, "product": 0.75, "site:usual": 0.75, "q:site:usual": None,
    }  # fmt: skip
    assert {name for name, row in found.items() if row["is_usual"]} == {"site:usual", "q:site:usual"}
    assert found["site:usual"]["pool_rest_share"] == 1.0


def test_features__no_more_was_retried_than_was_refused_on_a_candidates_accounts(spark: SparkSession) -> None:
    # Six refused requests of somebody else's came back on two of its accounts; two of its own were refused.
    rows = [
        {"account_id": f"a{n}", "party_id": f"a{n}", "workload_id": "w+-", "event_count": 30,
         "refused_count": int(n < 2)}
        for n in range(8)
    ]  # fmt: skip
    handed = facts_of(spark, *(("failover", f"r{n}", f"a{side}", False) for n in range(6) for side in (3, 4)))
    placed = [("c", "pool", "p", f"a{n}", "w+-", True) for n in range(8)]
    # Where nothing was retried at all, nothing was: what was refused is no retry.
    for retried, count in ((handed, 2), (None, 0)):
        found = built(spark, rows, placed, retried)["c"]
        assert (found["failover_count"], found["account_refused_count"]) == (count, 2)


def test_features__count_networks_and_reach(features: dict[str, dict[str, Any]]) -> None:
    assert features["own"]["network_count_median"] == 3
    assert features["own"]["reach"] == 1.0
    assert features["own"]["account_count"] == features["own"]["party_count"] == 8


def test_features__are_unknown_where_the_site_has_no_table(features: dict[str, dict[str, Any]]) -> None:
    row = features["own"]
    assert row["pivot_share"] is row["banned_share"] is row["card_known_share"] is None
    assert row["failover_count"] == 0


def test_shared_sites__are_those_that_most_of_the_accounts_work_from(spark: SparkSession) -> None:
    rows = [
        *(("open", f"a{n}", ["x", "y"]) for n in range(4)),  # a vendor's two servers, all of it
        *(("mixed", f"a{n}", ["x", f"home{n}"]) for n in range(4)),  # an office, and a home each: half of it
        *(("hidden", f"a{n}", [f"exit{n}", f"exit{(n + 1) % 5}", f"own{n}"]) for n in range(5)),  # two an exit at most
        ("unknown", "a0", []),
    ]
    accounts = spark.createDataFrame(rows, "candidate_id string, account_id string, prefix_ids array<string>")
    found = {row["candidate_id"]: row["shared_site_share"] for row in shared_sites(accounts).collect()}
    assert found == {"open": 1.0, "mixed": 0.5, "hidden": 0.0}


def test_features__loads_too_light_to_compare_are_not_even(spark: SparkSession) -> None:
    rows = [
        *({"account_id": f"a{n}", "workload_id": f"{work}+-", "event_count": count, "usage_date": day}
          for n in range(8)
          for work, day, count in (
              ("equal", DAY, 40),  # a scheduler's: as even as can be
              ("unequal", DAY, 4 * 2**n),  # people's
              ("once", DAY, 1),  # one exchange each
              ("daily", DAY, 1), ("daily", DAY.replace(day=2), 1),  # one on each of two days
              ("few", DAY, 2 + n % 2),  # two or three in all, as from one queue
              ("some", DAY, (1, 1, 1, 1, 2, 2, 3, 14)[n]),  # no more, but as people do
          )),
        # One exchange on each active day of four weeks: every day, or on all to four of them, as people do.
        *({"account_id": f"a{n}", "workload_id": f"{work}+-", "event_count": 1, "usage_date": DAY + timedelta(days=day)}
          for n in range(8)
          for work, step in (("nightly", 1), ("now and then", (1, 1, 1, 2, 3, 9, 9, 13)[n]))
          for day in (*range(0, 27, step), 27)),
    ]  # fmt: skip
    works = ("equal", "unequal", "once", "daily", "few", "some", "nightly", "now and then")
    found = built(spark, rows, [(work, "pool", "p", f"a{n}", f"{work}+-", True) for n in range(8) for work in works])
    assert found["equal"]["load_spread"] == 0.0
    assert found["unequal"]["load_spread"] > 1
    assert found["nightly"]["load_spread"] == 0.0
    assert found["now and then"]["load_spread"] > 0.5
    assert found["few"]["load_spread"] == found["daily"]["load_spread"] == 0.0
    assert found["some"]["load_spread"] > 0.9
    assert found["once"]["load_spread"] is None


def facts_of(spark: SparkSession, *rows: tuple[str, str, str, bool]) -> DataFrame:
    """Facts, ``(kind, identifier, account, is benign)``, of accounts whose party is named before a slash."""
    made = [
        (kind, "payment" if kind == "card" else "handover", value, account, account.split("/")[0], is_benign)
        for kind, value, account, is_benign in rows
    ]
    return spark.createDataFrame(
        made,
        "identifier_kind string, facet string, identifier_id string, account_id string, party_id string,"
        " is_benign boolean",
    ).selectExpr("*", "false as is_common", "0.0D as site_share")


def members_of(spark: SparkSession, *accounts: str) -> DataFrame:
    return spark.createDataFrame(
        [("c", account, account.split("/")[0]) for account in accounts],
        "candidate_id string, account_id string, party_id string",
    )


def test_card_features__count_parties_and_not_their_cards(spark: SparkSession) -> None:
    members = members_of(spark, *(f"firm{f}/{n}" for f in range(2) for n in range(5)), "x", "y", "z", "none")
    facts = facts_of(
        spark,
        # Two sister firms share five cards: two parties, not ten.
        *(("card", f"sisters{n}", f"firm{f}/{n}", False) for f in range(2) for n in range(5)),
        # A stranger with three cards of his own is one party whose card is known.
        *(("card", f"own{n}", "x", False) for n in range(3)),
        # One card pays for two more; an analyst found that it may.
        ("card", "agency", "y", True), ("card", "agency", "z", True),
    )  # fmt: skip
    row = card_features(members, facts, ["card"]).collect()[0].asDict()
    assert row == {
        "candidate_id": "c", "card_known_share": 5 / 6, "card_shared_share": 2 / 6, "shared_card_count": 5,
        # Two uses each of the sisters' five cards. The agency's is known, and the stranger's are nobody else's.
        "top_card_share": 2 / 6, "effective_card_count": 5.0,
    }  # fmt: skip
    assert population_cards(facts, ["card"]).collect()[0][0] == 2 / 5


def test_pivot_features__say_nothing_of_somebody_who_hardly_worked_in_the_two_days(spark: SparkSession) -> None:
    days = {
        # Three quarters of forty exchanges; as much, of nineteen and of all its two days have; nearly nothing.
        "busy": (30, 10, 400), "few": (19, 0, 0), "enough": (20, 0, 0), "idle": (1, 0, 40_000), "part": (20, 0, 1001),
    }  # fmt: skip
    rows = [
        (name, DAY + timedelta(days=offset), {"new": new, "old": old}, new + old)
        for name, (new, old, rest) in days.items()
        for offset, new, old in ((1, new, old), (-9, 0, rest))
    ]
    daily = spark.createDataFrame(
        rows, "candidate_id string, usage_date date, model_counts map<string, long>, event_count long"
    )
    releases = spark.createDataFrame([("new", DAY)], "model string, released_at date")
    found = {row["candidate_id"]: row["pivot_share"] for row in pivot_features(daily, releases).collect()}
    assert found == {"busy": 0.75, "enough": 1.0}


def test_card_features__a_placeholder_is_nobodys_card(spark: SparkSession) -> None:
    """Half of the site "pays" with one card; a firm's card pays for a sixth of it."""
    site = [f"s{n}" for n in range(48)]
    everyone = spark.createDataFrame([(name,) for name in site], "party_id string")
    plain = facts_of(
        spark,
        *(("card", "none", name, False) for name in site[:24]),
        *(("card", "firm", name, False) for name in site[24:32]),
        *(("card", f"pair{n // 2}", name, False) for n, name in enumerate(site[32:36])),
    ).drop("is_common", "site_share")
    facts = with_site_shares(plain, everyone, 8.0)
    # Four who show the placeholder, four pairs' halves and nobody's: as many as anywhere show it, so it says nothing.
    strangers = card_features(members_of(spark, *site[:4], *site[32:36]), facts, ["card"]).collect()[0]
    assert (strangers["card_known_share"], strangers["top_card_share"]) == (0.5, 0.25)
    assert (strangers["card_shared_share"], strangers["shared_card_count"]) == (0.5, 2)
    # More than one in eight parties of the site show the firm's, but these customers six times as often.
    firm = card_features(members_of(spark, *site[24:32]), facts, ["card"]).collect()[0]
    assert (firm["card_known_share"], firm["top_card_share"], firm["card_shared_share"]) == (1.0, 1.0, 0.0)
    hiding = hiding_accounts(
        members_of(spark, *site), facts, spark.createDataFrame([], CONTRACTS["links"].schema_ddl())
    )
    assert sorted(row["account_id"] for row in hiding.collect()) == site[32:36]


def test_batch_features__count_what_two_parties_of_the_candidate_share(spark: SparkSession) -> None:
    contract = CONTRACTS["links"]
    opened = [
        ("a", "m1+d1"), ("b", "m1+d1"), ("c", "m2+d1"), ("d", "m2+d1"),  # two lots of two
        ("e", "m3+d1"), ("stranger", "m3+d1"),  # with somebody who takes no part
        ("firm/1", "m4+d2"), ("firm/2", "m4+d2"),  # colleagues whose firm is known
    ]  # fmt: skip
    links = spark.createDataFrame(
        [contract.row(account_id=a, node_id=n, node_kind="mail_signup_day", facet="identity") for a, n in opened],
        contract.schema_ddl(),
    )
    row = batch_features(members_of(spark, "a", "b", "c", "d", "e", "f", "firm/1", "firm/2"), links).collect()[0]
    assert row.asDict() == {"candidate_id": "c", "batch_share": 0.5, "batch_count": 2, "batch_source_count": 2}


def test_hiding_accounts__share_with_another_party_of_the_candidate(spark: SparkSession) -> None:
    members = members_of(spark, "a", "b", "c", "d", "e", "f", "firm/1", "firm/2", "g", "h")
    facts = facts_of(
        spark,
        ("card", "k1", "a", False), ("card", "k1", "b", False),  # a card that goes round
        ("card", "k2", "c", False), ("card", "k2", "stranger", False),  # shared with nobody of the candidate's
        ("failover", "r1", "d", False), ("failover", "r1", "e", False),  # a request retried elsewhere: chance
        ("thinking", "t1", "d", False), ("thinking", "t1", "e", False),  # a kind of the site's own
        ("card", "k3", "f", True), ("card", "k3", "g", True),  # an analyst knows that card
        ("card", "k4", "firm/1", False), ("card", "k4", "firm/2", False),  # within one firm
        ("shared_session", "7", "c", False), ("shared_session", "7", "f", False),  # may be two sessions of one number
    )  # fmt: skip
    contract = CONTRACTS["links"]
    batches = [
        contract.row(account_id=account, node_id=node, node_kind=kind, facet=facet)
        for account, node, kind, facet in (
            ("h", "mail+day", "mail_signup", "identity"), ("a", "mail+day", "mail_signup", "identity"),
            # Pairs that a site's plain sightings make: no batch.
            ("g", "mail+bank", "mail_domain+issuer", "identity+payment"),
            ("f", "mail+bank", "mail_domain+issuer", "identity+payment"),
        )
    ]  # fmt: skip
    links = spark.createDataFrame(batches, contract.schema_ddl())
    found = {row["account_id"]: row["hides_by"] for row in hiding_accounts(members, facts, links).collect()}
    assert found == {"a": ["batch", "card"], "b": ["card"], "d": ["thinking"], "e": ["thinking"], "h": ["batch"]}
