"""Rank: what is published of candidates once they are named and analysts' decisions are applied."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from activity_rows import activity
from published_rows import decisions, history
from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.rank.features import FeatureSet
from revenuer.stages.rank.published import Ranked, RankResult, publishable
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 9)
# Cohorts none of whose accounts moves over networks; the job accuses the shop only. Accounts by candidate.
COHORTS = {"ring": "abcde", "shop": "klm", "open": "uvw"}


def described(spark: SparkSession) -> DataFrame:
    """The cohorts as they are scored."""
    contract = CONTRACTS["campaigns"]
    rows = [
        contract.row(
            campaign_id=name, source="cohort", verdict="campaign" if name == "shop" else "cleared",
            verdict_reason="why", probability=0.1, score_bits=-3.0, account_count=len(accounts), exchange_count=90,
            output_token_count=900, workload_ids=["x"],
        )
        for name, accounts in COHORTS.items()
    ]  # fmt: skip
    return spark.createDataFrame(rows, contract.schema_ddl()).selectExpr(
        "* except (run_date, rank, campaign_id, expected_output_token_count)", "campaign_id as candidate_id",
        "substring(campaign_id, 1, 1) as first_account_id", "'x' as first_workload_id", "false as is_driven",
        "20.0D as daily_load_median", "3.0D as population_network_count", "1.0D as network_count_median",
        "2.0D as population_prefix_count", "1.0D as prefix_count_median",
    )  # fmt: skip


@pytest.fixture(scope="module")
def published(spark: SparkSession) -> RankResult:
    held = [(name, account) for name, accounts in COHORTS.items() for account in accounts]
    members = spark.createDataFrame(held, "candidate_id string, account_id string").selectExpr(
        "*", "account_id as party_id", "cast(null as string) as pool_id", "30L as event_count", "300L as output_tokens",
        "1L as network_count", "30L as home_events", "0L as unknown_events",
        "1L as prefix_count",
    )  # fmt: skip
    scored = described(spark)
    findings = spark.createDataFrame([], CONTRACTS["campaign_evidence"].schema_ddl())
    ranked = Ranked(
        members.selectExpr("candidate_id", "'x' as workload_id"),
        FeatureSet(members, scored.select("candidate_id"), None),
        findings.drop("run_date", "campaign_id").selectExpr("*", "'' as candidate_id", "0.0D as drawn_bits"),
        scored,
    )
    # The job had cleared the ring as well when it was confirmed, so that nobody was a member.
    before = {"ring": ("ABCD", "x"), "shop": ("KLM", "x"), "open": ("UVW", "x")}
    links, pools = (spark.createDataFrame([], CONTRACTS[name].schema_ddl()) for name in ("links", "pools"))
    return publishable(
        ranked,
        decisions=decisions(
            spark, DAY, ("ring", "confirmed", "2026-03-05 10:00:00"), ("shop", "benign", "2026-03-05 10:00:00")
        ),
        activity=activity(spark, *({"account_id": account} for _, account in held)),
        links=links,
        pools=pools,
        # Whoever is asked about hides.
        hiding=lambda asked: asked.selectExpr("candidate_id", "account_id", "array('card') as hides_by"),
        history=history(spark, {"2026-03-04": before}),
        run_date=DAY,
        share=0.5,
        bridges=lambda found: found,
    )


def test_published__a_confirmed_cohort_keeps_its_members_whatever_the_job_says(published: RankResult) -> None:
    rows: dict[str, Any] = {row["campaign_id"]: row for row in published.campaigns.collect()}
    assert {name: (row["verdict"], row["rank"]) for name, row in rows.items() if name == "ring"} == {
        "ring": ("campaign", 1)
    }
    assert rows["ring"]["verdict_reason"].startswith("confirmed by kim on 2026-03-05; the job by itself: cleared, why")
    assert rows["shop"]["verdict"] == rows["open"]["verdict"] == "cleared"
    members = {row["account_id"]: row for row in published.campaign_members.collect()}
    # e joined after the decision. Of what is cleared nobody is asked whether it hides.
    assert {name for name, row in members.items() if row["role"] == "member"} == set("abcd")
    assert "had not been published with the campaign when kim confirmed that" in members["e"]["why"]
    assert "had not been" not in members["a"]["why"] + members["u"]["why"]
    # Nobody looked whether those of the cleared shop hide, whom the job would accuse: nothing is said of it.
    assert "concealment" not in members["k"]["why"]
