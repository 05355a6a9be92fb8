"""Contract of usage that passed validation."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck
from revenuer.tables import usage_events

CONTRACT = Contract(
    name="valid_usage",
    description="One row per distinct exchange that broke no row rule.",
    layer="working",
    columns=usage_events.CONTRACT.columns,
    key=("request_id", "usage_date"),
    partition_by=("usage_date",),
    grain="one exchange and day",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("event_at", "account_id"),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["request_id", "usage_date"]},
            "fail",
            "a request is counted twice: deduplication did not run",
        ),
        TableCheck(
            "ExpectColumnValuesToNotBeNull",
            {"column": "account_id"},
            "fail",
            "usage without an account cannot be attributed",
        ),
    ),
)
