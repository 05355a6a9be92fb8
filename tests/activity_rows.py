"""Rows of ``account_activity`` for tests that care about a few of its columns."""

from __future__ import annotations

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.rank.candidates import work_of
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 1)
_CONTRACT = CONTRACTS["account_activity"]


def activity(spark: SparkSession, *rows: dict[str, Any]) -> DataFrame:
    """Activity of accounts that are their own parties, ten exchanges each from one home unless a row says otherwise."""
    usual: dict[str, Any] = {
        "usage_date": DAY, "workload_id": "t+-", "event_count": 10, "input_tokens": 100, "output_tokens": 50,
        "reasoning_tokens": 0, "cached_input_tokens": 0, "refused_count": 0, "error_count": 0, "follow_up_count": 0,
        "turn_known_count": 0, "hour_counts": [0] * 24, "session_start_seconds": [0], "prefix_ids": ["p"],
        "client_ids": ["c"], "model_counts": {"m": 10},
        "capability_counts": {"coding": 10},
    }  # fmt: skip
    made = []
    for row in rows:
        home = {"network_type_counts": {"residential": row.get("event_count", 10)}}
        made.append(_CONTRACT.row(**{**usual, **home, "party_id": row["account_id"], **row}))
    return spark.createDataFrame(made, _CONTRACT.schema_ddl())


def marked(facts: DataFrame) -> DataFrame:
    """Facts of identifiers of which nothing is known beside who shows them."""
    return facts.selectExpr("*", "false as is_benign", "false as is_common", "0.0D as site_share")


def work(spark: SparkSession, *rows: tuple[str, str]) -> DataFrame:
    """Work, ``(account, template+toolset)``, of accounts that are their own parties, or of the party before a slash."""
    done = spark.createDataFrame(
        [(account, account.split("/")[0], workload, 10) for account, workload in rows],
        "account_id string, party_id string, workload_id string, event_count long",
    )
    return work_of(done)
