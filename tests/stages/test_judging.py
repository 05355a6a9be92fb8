"""Judging: a kit stands for its parts and for nothing else; what else convicted accounts do is judged beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from activity_rows import DAY, activity, marked
from pyspark.sql import DataFrame, SparkSession

from revenuer.components import connected_components
from revenuer.stages.facts import window_facts
from revenuer.stages.rank import candidates, judging
from revenuer.stages.rank.attributes import refusals
from revenuer.stages.rank.features import Context, FeatureSet, baselines
from revenuer.stages.rank.judging import Judge
from revenuer.stages.rank.published import Ranked
from revenuer.stages.rank.scoring import load_scoring
from revenuer.stages.rank.siblings import siblings
from revenuer.tables import CONTRACTS

SETTINGS = {"min_candidate_parties": 8, "min_convict_parties": 20, "min_pool_accounts": 4, "overlap_share": 0.5}


def row(account: str, workload: str, networks: list[str]) -> dict[str, Any]:
    return {"account_id": account, "workload_id": workload, "network_ids": networks, "prefix_ids": networks}


def judge(
    spark: SparkSession,
    seen: DataFrame,
    pools: DataFrame | None = None,
    decisions: DataFrame | None = None,
    published: DataFrame | None = None,
) -> Judge:
    facts, links, no_pools, accounts = (
        spark.createDataFrame([], CONTRACTS[name].schema_ddl()) for name in ("sightings", "links", "pools", "accounts")
    )
    facts, pools = (
        marked(window_facts(facts)),
        pools or no_pools,
    )
    context = Context(
        activity=seen, facts=facts, links=links, pools=pools, accounts=accounts, actions=None, releases=None,
        baselines=baselines(seen, facts, links, pools, None, ["card"]), card_kinds=["card"], refused=refusals(seen),
        known_days={DAY}, has_behaviour=True, run_date=DAY,
    )  # fmt: skip
    return Judge(
        context, candidates.work_of(seen), SETTINGS, "campaign",
        lambda pairs: connected_components(pairs, engine="task"), decisions, published,
    )  # fmt: skip


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> dict[str, dict[str, Any]]:
    rows = [
        # An operator's 24 accounts with six of eight templates each, and two rented homes for each of them.
        *(row(f"a{n:02}", f"t{k}+-", [f"{n}.{k}.{i}" for i in range(2)])
          for n in range(24) for k in range(8) if k % 4 != n % 4),
        # Customers of a suite of three templates, all at home.
        *(row(f"s{n:02}", f"suite{k}+-", [f"home{n}"]) for n in range(24) for k in range(3)),
        # Everybody else.
        *(row(f"b{n:03}", "popular+-", [f"other{n}"]) for n in range(400)),
    ]  # fmt: skip
    seen = activity(spark, *rows)
    work = candidates.work_of(seen)
    nobody = work.where("false").selectExpr("account_id", "workload_id")
    ranked = judge(spark, seen).ranked(candidates.cohorts(work, nobody, SETTINGS))
    # Every frame tells of the same candidates.
    named = {row["candidate_id"] for row in ranked.scored.select("candidate_id").collect()}
    for frame in (ranked.assigned, ranked.features.members, ranked.features.candidates):
        assert {row["candidate_id"] for row in frame.select("candidate_id").distinct().collect()} == named
    return {row["candidate_id"]: row.asDict() for row in ranked.scored.collect()}


def test_judge__sees_in_a_kit_what_its_parts_do_not_show(judged: dict[str, dict[str, Any]]) -> None:
    whole = judged["kit:cohort:t:t0"]
    assert (whole["verdict"], whole["account_count"], whole["exchange_count"]) == ("watch", 24, 24 * 6 * 10)
    assert whole["concealment_bits"] >= 6
    assert not any(name.startswith("cohort:t:t") for name in judged)


def test_judge__leaves_the_works_of_a_kit_that_shows_no_more(judged: dict[str, dict[str, Any]]) -> None:
    assert {name: row["verdict"] for name, row in judged.items() if "suite" in name} == {
        f"cohort:t:suite{n}": "cleared" for n in range(3)
    }


LAB = [f"a{n:02}" for n in range(24)]
IDLE, NEW, FURTHER = LAB[-1], "z", "zz"


def sizes(short: int, long: int) -> list[int]:
    return [short, long, *[0] * 22]


def day(account: str, work: str, exits: int, back: int, count: int, short: float, later: int = 12) -> dict[str, Any]:
    """A day of an account's work, over exits used that day only; two days' busy hours lie opposite."""
    return {
        **row(account, f"{work}+-", [f"{account}.{work}.{back}.{n}" for n in range(exits)]),
        "usage_date": DAY - timedelta(days=back), "event_count": count,
        "hour_counts": [count if hour == 3 + later * back else 0 for hour in range(24)],
        "network_type_counts": {"residential": count},
        "settings_counts": {"slight" if work == "slight" else "mine": count},
        "input_length_counts": sizes(round(short * count), round((1 - short) * count)),
        "output_length_counts": sizes(count, 0),
    }  # fmt: skip


@pytest.fixture(scope="module")
def pool(spark: SparkSession) -> tuple[DataFrame, DataFrame]:
    """Activity and pools: two labs on the same accounts, and what else is done there."""
    seen = activity(
        spark,
        *(day(name, "lab1", 6, back, 1 if name == IDLE else 40, 1) for name in LAB for back in (0, 1)),
        # Too unlike the first to be its kind of work.
        *(day(name, "lab2", 6, back, 40, 0.8) for name in LAB[:-1] for back in (0, 1)),
        # Even loads alone, on accounts of which but one is a lab's. It is like both, and liker the first.
        *(day(name, "kin", 12, 0, 40, 0.925) for name in (*LAB, NEW)),
        # Exactly the first one's kind of work, at uneven loads: with it, the lab would look too little like a program.
        *(day(name, "uneven", 12, 0, (10, 486)[n % 2], 1) for n, name in enumerate(LAB)),
        # Even loads alone again, but too few parties for what it hides.
        *(day(name, "slight", 5, 0, 40, 0.5) for name in (*LAB[:11], FURTHER)),
        *({**row(f"b{n:03}", "popular+-", [f"other{n}"]), "settings_counts": {"usual": 10}} for n in range(400)),
    )
    members = [{"run_date": DAY, "account_id": name, "pool_id": "p"} for name in (*LAB, NEW, FURTHER)]
    contract = CONTRACTS["pools"]
    return seen, spark.createDataFrame([contract.row(**member) for member in members], contract.schema_ddl())


def operators(
    spark: SparkSession, pool: tuple[DataFrame, DataFrame], said: str | None = None, accounts: int = len(LAB)
) -> tuple[dict[str, tuple[str, set[str]]], set[tuple[str, str]]]:
    """Verdict and accounts by the works of a candidate, and its suspects likewise.

    Args:
        spark: Session.
        pool: Activity and pools.
        said: What an analyst said of a campaign on the labs' accounts.
        accounts: How many of them.
    """
    seen, pools = pool
    decisions, published = None, None
    if said is not None:
        decisions = spark.createDataFrame(
            [("campaign", "cmp-1", said)], "subject_kind string, subject_id string, verdict string"
        )
        published = spark.createDataFrame(
            [("cmp-1", name) for name in LAB[:accounts]], "campaign_id string, account_id string"
        )
    made = judge(spark, seen, pools, decisions, published)
    ranked: Ranked = made.ranked(candidates.tenants(made.work, pools, made.components, 4))
    names: dict[str, str] = {
        found["candidate_id"]: "+".join(name.removesuffix("+-") for name in found["workload_ids"])
        for found in ranked.scored.collect()
    }
    verdicts = {names[found["candidate_id"]]: found["verdict"] for found in ranked.scored.collect()}
    held: dict[str, set[str]] = {name: set() for name in verdicts}
    for found in ranked.assigned.collect():
        held[names[found["candidate_id"]]].add(found["account_id"])
    suspects = set() if ranked.suspects is None else {
        (names[found["candidate_id"]], found["account_id"]) for found in ranked.suspects.collect()
    }  # fmt: skip
    return {name: (verdict, held[name]) for name, verdict in verdicts.items()}, suspects


def test_judge__other_work_on_convicted_accounts_joins_one_lab_and_accuses_nobody_new(
    spark: SparkSession, pool: tuple[DataFrame, DataFrame]
) -> None:
    found, suspects = operators(spark, pool)
    assert found == {
        "kin+lab1": ("campaign", {*LAB, NEW}), "lab2": ("campaign", set(LAB[:-1])), "uneven": ("watch", set(LAB)),
        "slight": ("watch", {*LAB[:11], FURTHER}),
    }  # fmt: skip
    # One account is in no lab, another hardly does what is convicted.
    assert suspects == {("kin+lab1", IDLE), ("kin+lab1", NEW)}


def verdicts(found: dict[str, tuple[str, set[str]]]) -> dict[str, str]:
    return {name: verdict for name, (verdict, _) in found.items()}


def test_judge__what_was_called_benign_vouches_for_nothing(
    spark: SparkSession, pool: tuple[DataFrame, DataFrame]
) -> None:
    # Half of the labs' accounts are the benign campaign's, and less than half of the other work's.
    found, suspects = operators(spark, pool, "benign", 12)
    apart = {"lab1": "campaign", "lab2": "campaign", "kin": "watch", "uneven": "watch", "slight": "watch"}
    assert (verdicts(found), suspects) == (apart, set())


@pytest.mark.parametrize(
    "said, free",
    [
        # Of the accounts that do this one, less than half were decided on.
        ("benign", {"kin"}),
        pytest.param("confirmed", {"lab1", "lab2", "kin", "uneven", "slight"}, marks=pytest.mark.slow),
    ],
)
def test_judge__joins_no_fragment_with_what_was_called_benign(
    spark: SparkSession,
    pool: tuple[DataFrame, DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    free: set[str],
) -> None:
    asked: list[set[str]] = []

    def joined(assigned: DataFrame, scored: DataFrame, *rest: Any) -> None:
        names = scored.selectExpr("explode(workload_ids) as work").distinct().collect()
        asked.append({row["work"].removesuffix("+-") for row in names})

    monkeypatch.setattr(judging, "joined_fragments", joined)
    monkeypatch.setattr(Judge, "_kinds_in_pools", lambda _, ranked: ranked)
    monkeypatch.setattr(Judge, "_whole_operators", lambda _, ranked: ranked)
    operators(spark, pool, said, 12)
    assert asked == [free]


def test_judge__work_that_much_of_the_site_does_vouches_for_no_other(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []

    def shown(members: DataFrame, convicted: DataFrame) -> DataFrame:
        asked.append({row["candidate_id"] for row in convicted.collect()})
        return members.where("false")

    monkeypatch.setattr(judging, "shown", shown)
    scored = spark.createDataFrame(
        [("lab", "pool", "campaign", 9.0, False), ("agent", "pool", "campaign", 9.0, True)],
        "candidate_id string, source string, verdict string, daily_load_median double, is_usual boolean",
    )
    members = spark.createDataFrame([("lab", "a"), ("agent", "a")], "candidate_id string, account_id string")
    ranked = Ranked(members, FeatureSet(members, members, None), members, scored)
    judge(spark, activity(spark, row("a", "w+-", ["n"])))._whole_operators(ranked)
    assert asked == [{"lab"}]


@pytest.mark.slow
def test_judge__what_was_confirmed_is_joined_with_nothing_but_vouches(
    spark: SparkSession, pool: tuple[DataFrame, DataFrame]
) -> None:
    found, suspects = operators(spark, pool, "confirmed")
    apart = {"lab1": "campaign", "lab2": "campaign", "kin": "campaign", "uneven": "watch", "slight": "watch"}
    assert (verdicts(found), suspects) == (apart, {("kin", IDLE), ("kin", NEW)})


@pytest.mark.slow
def test_judge__what_was_cleared_as_peoples_may_be_a_part_of_a_lab(
    spark: SparkSession, pool: tuple[DataFrame, DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The lab's kind of work again, on its accounts, at people's hours and somewhat uneven loads over three homes a day.
    chat = [day(name, "chat", 3, back, (10, 40)[n % 2], 1, later=0) for n, name in enumerate(LAB) for back in (0, 1)]
    seen, pools = pool
    everywhere = replace(load_scoring(), placed="true")
    monkeypatch.setattr(judging, "load_scoring", lambda: everywhere)
    human: list[list[str]] = []

    def looked_on(assigned: DataFrame, scored: DataFrame, *others: Any) -> DataFrame | None:
        human.extend(found["workload_ids"] for found in scored.where("is_human").collect())
        return siblings(assigned, scored, *others)

    monkeypatch.setattr(judging, "siblings", looked_on)
    even = seen.where("workload_id <> 'uneven+-'")
    found, _ = operators(spark, (even.unionByName(activity(spark, *chat)), pools))
    assert human == [["chat+-"]]
    assert verdicts(found) == {"chat+kin+lab1": "campaign", "lab2": "campaign", "slight": "watch"}


@pytest.mark.parametrize("owner", [None, pytest.param("firm", marks=pytest.mark.slow)])
def test_judge__a_convicted_kits_works_in_a_pool_are_judged_with_it(spark: SparkSession, owner: str | None) -> None:
    # A lab's six templates on 24 accounts that nothing links, and on twelve that fall into a pool, two homes a template
    # and day. Inside the pool each is one of six works that show little. A firm that does them all is somebody else.
    def rows(account: str, party: str) -> list[dict[str, Any]]:
        return [
            {**row(account, f"t{k}+-", [f"{account}.{k}.{back}.{n}" for n in range(2)]), "party_id": party,
             "usage_date": DAY - timedelta(days=back),
             "hour_counts": [10 if hour == 3 + 12 * back else 0 for hour in range(24)]}
            for k in range(6) for back in (0, 1)
        ]  # fmt: skip

    outside, inside = [f"a{n:02}" for n in range(24)], [f"p{n:02}" for n in range(12)]
    seen = activity(
        spark,
        *(made for name in outside for made in rows(name, name)),
        *(made for name in inside for made in rows(name, owner or name)),
        *(row(f"b{n:03}", "popular+-", [f"other{n}"]) for n in range(400)),
    )
    contract = CONTRACTS["pools"]
    members = [contract.row(run_date=DAY, account_id=name, pool_id="p") for name in inside]
    made = judge(spark, seen, spark.createDataFrame(members, contract.schema_ddl()))
    tenants = candidates.tenants(made.work, made.context.pools, made.components, 4)
    assigned = tenants.unionByName(candidates.cohorts(made.work, tenants, SETTINGS))
    assert tenants.select("candidate_id").distinct().count() == 6
    ranked = made.ranked(assigned)
    found = {found["candidate_id"]: found for found in ranked.scored.collect()}
    whole = found["kit:cohort:t:t0"]
    assert (whole["verdict"], whole["source"]) == ("campaign", "cohort")
    assert whole["account_count"] == (36 if owner is None else 24)
    assert len([name for name in found if "popular" not in name]) == (1 if owner is None else 7)


def test_judge__one_kind_of_work_in_a_pool_under_many_templates_is_judged_as_one(spark: SparkSession) -> None:
    # Three pools. Six programs each on all accounts, a home a template and day: each shows two networks, all of them
    # twelve. What only whole works show is how much the pool hides.
    def lab(pool: str, settings: list[str], sizes_of: list[float]) -> list[dict[str, Any]]:
        return [
            {**day(f"{pool}{n:02}", f"{pool}.t{k}", 1, back, 10, sizes_of[k]), "settings_counts": {settings[k]: 10}}
            for n in range(24) for k in range(6) for back in (0, 1)
        ]  # fmt: skip

    alike = [1.0] * 6
    seen = activity(
        spark,
        *lab("own", ["lab's"] * 6, alike),
        *lab("many", [f"customer {k}" for k in range(6)], alike),  # six customers' programs
        *lab("unlike", ["relay's"] * 6, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),  # settings that a relay sets for six customers
        *({**row(f"b{n:03}", "popular+-", [f"other{n}"]), "settings_counts": {"usual": 10}} for n in range(400)),
    )
    contract = CONTRACTS["pools"]
    members = [
        contract.row(run_date=DAY, account_id=f"{pool}{n:02}", pool_id=pool)
        for pool in ("own", "many", "unlike") for n in range(24)
    ]  # fmt: skip
    made = judge(spark, seen, spark.createDataFrame(members, contract.schema_ddl()))
    ranked = made.ranked(candidates.tenants(made.work, made.context.pools, made.components, 4))
    found = {
        tuple(sorted(work.removesuffix("+-") for work in found["workload_ids"])): found["verdict"]
        for found in ranked.scored.collect()
    }
    apart = {(f"{pool}.t{k}",): "watch" for pool in ("many", "unlike") for k in range(6)}
    assert found == {tuple(f"own.t{k}" for k in range(6)): "campaign", **apart}
