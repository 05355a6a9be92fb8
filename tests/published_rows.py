"""Published days as tiny frames: what a run date knows of campaigns, and what analysts decided about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.decisions import in_force
from revenuer.stages.rank.identity import History
from revenuer.tables import CONTRACTS

# Campaigns of a day by id: their accounts, and their works by a letter each. In capitals, an account is suspected.
Campaigns = Mapping[str, tuple[Sequence[str], str]]


def history(spark: SparkSession, days: Mapping[str, Campaigns]) -> History:
    """What was published on days in ISO dates: campaigns on watch, and no evidence."""
    campaigns = spark.createDataFrame(
        [
            (date.fromisoformat(day), name, len(accounts), list(works))
            for day, published in days.items()
            for name, (accounts, works) in published.items()
        ],
        "run_date date, campaign_id string, account_count long, workload_ids array<string>",
    ).selectExpr("*", "'watch' as verdict", "0.0D as score_bits")
    members = spark.createDataFrame(
        [
            (date.fromisoformat(day), name, account.lower(), "suspected" if account.isupper() else "member")
            for day, published in days.items()
            for name, (accounts, _) in published.items()
            for account in accounts
        ],
        "run_date date, campaign_id string, account_id string, role string",
    )
    links = spark.createDataFrame([], CONTRACTS["campaign_links"].schema_ddl())
    evidence = spark.createDataFrame([], CONTRACTS["campaign_evidence"].schema_ddl())
    return History(date.fromisoformat(max(days)), campaigns, members, links, evidence, campaigns, members)


def decisions(spark: SparkSession, run_date: date, *rows: tuple[str, str, str]) -> DataFrame:
    """What kim decided, of ``(campaign, verdict, time)``, as it is in force on a run date."""
    made = spark.createDataFrame(list(rows), "subject_id string, verdict string, at string")
    return in_force(
        made.selectExpr(
            "'campaign' as subject_kind", "subject_id", "verdict", "timestamp(at) as decided_at", "'kim' as decided_by",
            "'' as note",
        ),
        run_date,
    )  # fmt: skip


def candidates(spark: SparkSession, rows: Campaigns) -> tuple[DataFrame, DataFrame]:
    """A run date's candidates, in pools, and their members; id, accounts and works as of published campaigns."""
    described = spark.createDataFrame(
        [
            (name, "pool", len(accounts), list(works), accounts[0], works[:1])
            for name, (accounts, works) in rows.items()
        ],
        "candidate_id string, source string, account_count long, workload_ids array<string>, first_account_id string,"
        " first_workload_id string",
    )
    members = [(name, account) for name, (accounts, _) in rows.items() for account in accounts]
    return described, spark.createDataFrame(members, "candidate_id string, account_id string")
