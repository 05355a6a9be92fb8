"""Judging: a kit stands for its parts, and for nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from activity_rows import DAY, activity
from pyspark.sql import SparkSession

from revenuer.components import connected_components
from revenuer.stages.facts import window_facts
from revenuer.stages.rank import candidates
from revenuer.stages.rank.features import Context, baselines
from revenuer.stages.rank.judging import Judge
from revenuer.tables import CONTRACTS

SETTINGS = {"min_candidate_parties": 8, "min_convict_parties": 20, "min_pool_accounts": 4, "overlap_share": 0.5}


def row(account: str, workload: str, networks: list[str]) -> dict[str, Any]:
    return {"account_id": account, "workload_id": workload, "network_ids": networks, "prefix_ids": networks}


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
    facts, links, pools, accounts = (
        spark.createDataFrame([], CONTRACTS[name].schema_ddl()) for name in ("sightings", "links", "pools", "accounts")
    )
    facts = window_facts(facts)
    context = Context(
        activity=seen, facts=facts, links=links, pools=pools, accounts=accounts, actions=None, releases=None,
        baselines=baselines(seen, facts, pools, None, ["card"]), card_kinds=["card"], has_behaviour=True, run_date=DAY,
    )  # fmt: skip
    work = candidates.work_of(seen)
    nobody = work.where("false").selectExpr("account_id", "workload_id")
    judge = Judge(
        context, work, SETTINGS, "campaign", lambda pairs: connected_components(pairs, engine="task"), None, None
    )
    ranked = judge.ranked(candidates.cohorts(work, nobody, SETTINGS))
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
