"""Contract of usage that passed validation."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck

CONTRACT = Contract(
    name="valid_usage",
    description="One row per distinct exchange that broke no row rule.",
    layer="working",
    columns=(
        "request_id",
        "event_at",
        "usage_date",
        "account_id",
        "organization_id",
        "api_key_id",
        "channel",
        "operation",
        "model",
        "capability",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "reasoning_tokens",
        "status_code",
        "duration_ms",
        "session_id",
        "turn_index",
        "prompt_template_id",
        "toolset_id",
        "request_settings_id",
        "client_name",
        "client_version",
        "header_fingerprint",
        "tls_fingerprint",
        "client_ip",
        "asn",
        "ip_country",
        "network_type",
    ),
    key=("request_id", "usage_date"),
    partition_by=("usage_date",),
    grain="one exchange and day",
    owner="trust and safety data engineering",
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
