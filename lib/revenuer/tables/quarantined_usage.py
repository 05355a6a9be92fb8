"""Contract of usage that failed validation."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="quarantined_usage",
    description="One row per rejected row of usage_events with every reason.",
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
        "_errors",
    ),
    key=(),
    partition_by=("usage_date",),
    grain="one rejected row",
    owner="trust and safety data engineering",
    usage_warnings=(
        "Rows may have null keys: that is often why they are here. usage_date is the partition the row came from.",
    ),
)
