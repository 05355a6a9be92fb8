"""Contract of account-identifier facts; a public entry point."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule, TableCheck

CONTRACT = Contract(
    name="sightings",
    description="One row per account, identifier and day: the account used the identifier on that day.",
    layer="working",
    columns=(
        "usage_date",
        "account_id",
        "party_id",
        "facet",
        "identifier_kind",
        "identifier_id",
        "event_count",
        "token_count",
        "first_seen_at",
        "last_seen_at",
    ),
    key=("usage_date", "account_id", "identifier_kind", "identifier_id"),
    partition_by=("usage_date",),
    grain="one account, identifier and day",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("facet",),
    row_rules=(RowRule("event_count_not_negative", "event_count >= 0", "event_count is negative"),),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["usage_date", "account_id", "identifier_kind", "identifier_id"]},
            "fail",
            "a sighting is counted twice",
        ),
    ),
    usage_warnings=(
        "A site may write this table itself; the run then starts at link.",
        "party_id may be null: the account then counts as its own party.",
        "facet is one of network, client, payment, identity, workload, handover, or two of them joined by + for a"
        " composite whose identifier_id joins its parts with +.",
    ),
)
