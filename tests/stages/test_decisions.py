"""What analysts decided stays so: from that day on, until there is evidence of a new kind."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from published_rows import history
from pyspark.sql import DataFrame, SparkSession

from revenuer.pipeline.remarks import of_decisions
from revenuer.stages.decisions import benign_ids, decided, in_force, undecided
from revenuer.stages.rank.precedents import bearing, precedents

DAY = date(2026, 3, 9)
# id: verdict of the job by itself, and its findings with their bits.
CANDIDATES: dict[str, tuple[str, dict[str, float]]] = {
    "confirmed": ("cleared", {"rota": 3.0}),
    "cleared": ("campaign", {"rota": 3.0, "failover": 0.4}),
    "back": ("campaign", {"rota": 3.0, "failover": 2.0, "rotating_cards": 1.5, "batches": 1.0}),
    "against only": ("watch", {"rota": 3.0, "settled": -3.0}),
    "not by the job": ("cleared", {"rota": 3.0, "failover": 2.0}),
    "unknown then": ("campaign", {"rota": 3.0}),
    "unsure": ("watch", {"rota": 3.0}),
    "later": ("watch", {"rota": 3.0}),
    "undecided": ("watch", {"rota": 3.0}),
    "same day": ("campaign", {"rota": 3.0, "failover": 2.0}),
    "changed mind": ("watch", {"rota": 3.0}),
    "joined": ("watch", {"rota": 3.0}),
    # They have the accounts of cleared campaigns, cut off under ids of their own.
    "part": ("campaign", {"rota": 3.0}),
    "part back": ("campaign", {"rota": 3.0, "rotating_cards": 1.5}),
    "minority": ("watch", {"rota": 3.0}),
    # Customers' work that came to the accounts of a confirmed campaign, and a lab's to those of a cleared one.
    "customer": ("cleared", {"rota": 3.0}),
    "next tenant": ("campaign", {"rota": 3.0}),
    # Under its own id, which was kept while the work changed little by little.
    "drifted": ("watch", {"rota": 3.0}),
}
DISPOSITIONS = [
    ("campaign", "confirmed", "confirmed", "2026-03-05 10:00:00"),
    ("campaign", "cleared", "benign", "2026-03-05 10:00:00"),
    ("campaign", "back", "benign", "2026-03-05 10:00:00"),
    ("campaign", "against only", "benign", "2026-03-05 10:00:00"),
    ("campaign", "not by the job", "benign", "2026-03-05 10:00:00"),
    ("campaign", "unknown then", "benign", "2026-03-05 10:00:00"),
    ("campaign", "unsure", "unsure", "2026-03-05 10:00:00"),
    ("campaign", "later", "confirmed", "2026-03-10 00:00:00"),
    ("campaign", "same day", "benign", "2026-03-09 23:59:59"),
    ("campaign", "joined", "confirmed", "2026-03-05 10:00:00"),
    ("campaign", "minority", "confirmed", "2026-03-05 10:00:00"),
    ("campaign", "drifted", "confirmed", "2026-03-05 10:00:00"),
    # At one moment, by a writer that has dates only: the one that accuses nobody.
    ("campaign", "torn", "confirmed", "2026-03-05 00:00:00"),
    ("campaign", "torn", "benign", "2026-03-05 00:00:00"),
    ("campaign", "cleared whole", "benign", "2026-03-05 10:00:00"),
    ("campaign", "other cleared whole", "benign", "2026-03-05 10:00:00"),
    ("campaign", "confirmed tenant", "confirmed", "2026-03-05 10:00:00"),
    ("campaign", "cleared tenant", "benign", "2026-03-05 10:00:00"),
    ("campaign", "changed mind", "benign", "2026-03-04 10:00:00"),
    ("campaign", "changed mind", "confirmed", "2026-03-06 10:00:00"),
    ("campaign", "changed mind", "unsure", "2026-03-08 10:00:00"),
    ("account", "a1", "benign", "2026-03-05 10:00:00"),
    ("account", "a2", "confirmed", "2026-03-05 10:00:00"),
    ("account", "a3", "benign", "2026-03-12 10:00:00"),
    ("identifier", "a1", "benign", "2026-03-05 10:00:00"),
]


def evidence_of(spark: SparkSession, day: str, findings: dict[str, dict[str, float]]) -> DataFrame:
    rows = [
        (date.fromisoformat(day), name, signal, "against" if bits < 0 else "physics", bits)
        for name, found in findings.items()
        for signal, bits in found.items()
    ]
    return spark.createDataFrame(
        rows, "run_date date, campaign_id string, signal string, evidence_group string, weight_bits double"
    )


@pytest.fixture(scope="module")
def decisions(spark: SparkSession) -> DataFrame:
    rows = spark.createDataFrame(
        DISPOSITIONS, "subject_kind string, subject_id string, verdict string, decided_at string"
    ).selectExpr(
        "subject_kind", "subject_id", "verdict", "cast(decided_at as timestamp) as decided_at", "'kim' as decided_by",
        "'' as note",
    )  # fmt: skip
    return in_force(rows, DAY).localCheckpoint()


@pytest.fixture(scope="module")
def judged(spark: SparkSession, decisions: DataFrame) -> dict[str, dict[str, Any]]:
    known = {name: {"rota": 2.0} for name in CANDIDATES if name != "unknown then"}
    names = {
        "customer": "confirmed tenant", "next tenant": "cleared tenant", "part": "cleared whole",
        "part back": "other cleared whole",
    }  # fmt: skip
    evidence = evidence_of(spark, "2026-03-04", {names.get(name, name): found for name, found in known.items()})
    # All days before the decision count, whether it was still shown on the last of them or not. The ranking of its own
    # day is made once the day is over, and what spoke against an accusation was no evidence for it.
    for day, shown in (
        ("2026-03-03", {"back": {"failover": 0.2, "batches": -2.0}}),
        ("2026-03-05", {"back": {"failover": 2.0, "rotating_cards": 1.0}}),
        ("2026-03-06", {"back": {"failover": 2.0, "rotating_cards": 1.0}}),
    ):
        evidence = evidence.unionByName(evidence_of(spark, day, shown))
    found = evidence_of(spark, str(DAY), {name: findings for name, (_, findings) in CANDIDATES.items()})
    candidates = spark.createDataFrame(
        [(DAY, name, name, verdict, "why", None, 0.6, 3, False, ["w"]) for name, (verdict, _) in CANDIDATES.items()],
        "run_date date, candidate_id string, campaign_id string, verdict string, verdict_reason string,"
        " resembles string, probability double, account_count long, is_minted boolean, workload_ids array<string>",
    )
    # Each has three accounts, of which "joined" and "minority" had fewer by the time of the decision. What came to the
    # accounts of two decided tenants has ids of its own, and other work.
    accounts = {name: [f"{name} {number}" for number in (1, 2, 3)] for name in CANDIDATES}
    seen = {"joined": 2, "minority": 1}
    before = {
        names.get(name, name): (
            accounts[name][: seen.get(name, 3)],
            "v" if name in ("customer", "next tenant", "drifted") else "w",
        )
        for name in known
    }
    told = precedents(decisions, history(spark, {"2026-03-04": before}))
    assert told is not None
    members = spark.createDataFrame(
        [(name, account) for name, several in accounts.items() for account in several],
        "candidate_id string, account_id string",
    )
    works = candidates.selectExpr("candidate_id", "explode(workload_ids) as workload_id")
    rows = decided(bearing(candidates, members, works, told), found, evidence).collect()
    return {row["campaign_id"]: row.asDict() for row in rows}


def test_decision__confirmed_stays_a_campaign_whatever_the_job_says(judged: dict[str, dict[str, Any]]) -> None:
    row = judged["confirmed"]
    assert (row["verdict"], row["probability"]) == ("campaign", 1.0)
    assert row["verdict_reason"] == "confirmed by kim on 2026-03-05; the job by itself: cleared, why"
    assert judged["changed mind"]["verdict"] == "campaign"  # the latest stands, and unsure takes nothing back


def test_decision__confirmed_says_who_joined_and_accuses_nobody_for_a_minority(
    judged: dict[str, dict[str, Any]],
) -> None:
    joined, minority = judged["joined"], judged["minority"]
    assert (joined["verdict"], joined["probability"]) == ("campaign", 1.0)
    assert joined["verdict_reason"].endswith("1 accounts that it was not published with by then are suspected")
    assert (minority["verdict"], minority["probability"]) == ("watch", 0.6)
    assert minority["verdict_reason"] == (
        "why; confirmed by kim on 2026-03-05, but only 1 of its 3 accounts had been published with it by then: what was"
        " confirmed is a minority of this"
    )


@pytest.mark.parametrize("name", ["cleared", "against only", "not by the job", "unknown then", "same day"])
def test_decision__cleared_stays_cleared_without_new_kinds_of_evidence(
    judged: dict[str, dict[str, Any]], name: str
) -> None:
    row = judged[name]
    assert (row["verdict"], row["probability"], row["resembles"]) == ("cleared", 0.0, "cleared by an analyst")
    assert row["verdict_reason"].startswith("cleared by kim on 2026-03-0")


def test_decision__cleared_returns_on_new_kinds_of_evidence_and_names_them(judged: dict[str, dict[str, Any]]) -> None:
    row = judged["back"]
    assert (row["verdict"], row["probability"]) == ("campaign", 0.6)
    assert row["verdict_reason"].endswith("but back on new kinds of evidence: batches, rotating_cards")


def test_decision__to_clear_holds_for_a_part_until_it_shows_more_than_the_whole_did(
    judged: dict[str, dict[str, Any]],
) -> None:
    part, back = judged["part"], judged["part back"]
    assert (part["verdict"], part["probability"], part["resembles"]) == ("cleared", 0.0, "cleared by an analyst")
    assert part["verdict_reason"] == (
        "cleared by kim on 2026-03-05 as a part of cleared whole; the job by itself: campaign, why"
    )
    assert (back["verdict"], back["probability"]) == ("campaign", 0.6)
    assert back["verdict_reason"].endswith("other cleared whole, but back on new kinds of evidence: rotating_cards")


def test_decision__says_nothing_of_other_work_on_the_same_accounts(judged: dict[str, dict[str, Any]]) -> None:
    rows = {name: judged[name] for name in ("customer", "next tenant")}
    assert {name: (row["verdict"], row["probability"]) for name, row in rows.items()} == {
        "customer": ("cleared", 0.6), "next tenant": ("campaign", 0.6),
    }  # fmt: skip
    said = "why; confirmed by kim on 2026-03-05 for other work on these accounts, which says nothing of this"
    assert rows["customer"]["verdict_reason"] == said
    row = judged["drifted"]
    assert (row["verdict"], row["probability"], row["verdict_reason"]) == ("watch", 0.6, said)


@pytest.mark.parametrize("name", ["unsure", "later", "undecided"])
def test_decision__unsure_or_later_changes_nothing(judged: dict[str, dict[str, Any]], name: str) -> None:
    assert judged[name] == {
        "run_date": DAY, "candidate_id": name, "campaign_id": name, "verdict": "watch", "verdict_reason": "why",
        "resembles": None, "probability": 0.6, "account_count": 3, "is_minted": False,
        "workload_ids": ["w"],
    }  # fmt: skip


def test_in_force__of_two_decisions_at_one_moment_takes_the_one_that_accuses_nobody(decisions: DataFrame) -> None:
    assert [row["verdict"] for row in decisions.where("subject_id = 'torn'").collect()] == ["benign"]


def test_benign_ids__are_of_one_kind_and_in_force(decisions: DataFrame) -> None:
    assert [tuple(row) for row in benign_ids(decisions, "account", "account_id").collect()] == [("a1",)]
    assert benign_ids(decisions, "identifier", "identifier_id").columns == ["identifier_id"]


def test_remarks__name_decisions_about_campaigns_that_are_not_there(spark: SparkSession, decisions: DataFrame) -> None:
    # An account and an identifier are no campaigns; what was decided on after the run date is not known yet.
    known = spark.createDataFrame(
        [(name,) for _, name, *_ in DISPOSITIONS if name != "confirmed"], "campaign_id string"
    )
    (warning,) = of_decisions(decisions, known)
    assert warning.startswith(
        "1 campaigns that analysts decided about are published on no date, for instance confirmed:"
    )
    assert of_decisions(decisions.where("subject_id <> 'confirmed'"), known) == ()


def test_undecided__leaves_out_what_continues_a_decided_campaign(spark: SparkSession, decisions: DataFrame) -> None:
    # old: all of its three accounts were in a cleared campaign. new: one of three. other: none, and the campaign it
    # continues was decided on after the run date.
    members = spark.createDataFrame(
        [*(("old", n) for n in "123"), *(("new", n) for n in "345"), *(("other", n) for n in "678")],
        "candidate_id string, account_id string",
    )
    published = spark.createDataFrame(
        [*(("cleared", n) for n in "123"), *(("later", n) for n in "678")], "campaign_id string, account_id string"
    )
    scored = members.select("candidate_id").distinct()
    left = undecided(scored, members, decisions, published, 0.5)
    assert {row["candidate_id"] for row in left.collect()} == {"new", "other"}


def test_undecided__may_ask_for_one_decision_only(spark: SparkSession, decisions: DataFrame) -> None:
    # What is known of a confirmed campaign's accounts stays known; what was called benign speaks for nothing.
    members = spark.createDataFrame(
        [("yes", "1"), ("no", "2"), ("other", "3")], "candidate_id string, account_id string"
    )
    published = spark.createDataFrame([("confirmed", "1"), ("cleared", "2")], "campaign_id string, account_id string")
    scored = members.select("candidate_id")
    left = undecided(scored, members, decisions.where("verdict = 'benign'"), published, 0.5)
    assert {row["candidate_id"] for row in left.collect()} == {"yes", "other"}
    assert {row["candidate_id"] for row in undecided(scored, members, decisions, published, 0.5).collect()} == {"other"}
