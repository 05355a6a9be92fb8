"""Contract of the facts of a window."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck

CONTRACT = Contract(
    name="window_facts",
    description="One row per account and identifier seen in the window ending at run_date; the last few dates only.",
    layer="working",
    columns=(
        "run_date",
        "account_id",
        "party_id",
        "facet",
        "identifier_kind",
        "identifier_id",
        "day_count",
        "event_count",
        "party_named_date",
    ),
    key=("run_date", "account_id", "facet", "identifier_kind", "identifier_id"),
    partition_by=("run_date",),
    grain="one account and identifier per run",
    owner="trust and safety data engineering",
    retention_days=3,
    required=("party_id", "day_count", "event_count"),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "account_id", "facet", "identifier_kind", "identifier_id"]},
            "fail",
            "a fact is counted twice",
        ),
    ),
    usage_warnings=(
        "A copy of what sightings say, kept so that the next date need not read the window again; stage link replaces"
        " it and removes older dates as it goes. Query sightings instead.",
    ),
)
