"""Contract of daily behaviour per account and workload."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck

CONTRACT = Contract(
    name="account_activity",
    description="One row per account, workload and day: everything behaviour evidence needs, mergeable over days.",
    layer="working",
    columns=(
        "usage_date",
        "account_id",
        "workload_id",
        "party_id",
        "event_count",
        "refused_count",
        "error_count",
        "follow_up_count",
        "turn_known_count",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "hour_counts",
        "session_start_seconds",
        "session_end_seconds",
        "network_ids",
        "prefix_ids",
        "client_ids",
        "settings_counts",
        "network_type_counts",
        "model_counts",
        "capability_counts",
        "channel_counts",
        "input_length_counts",
        "output_length_counts",
        "gap_counts",
        "first_seen_at",
        "last_seen_at",
    ),
    key=("usage_date", "account_id", "workload_id"),
    partition_by=("usage_date",),
    grain="one account, workload and day",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("party_id", "event_count"),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["usage_date", "account_id", "workload_id"]},
            "fail",
            "activity is counted twice",
        ),
    ),
)
