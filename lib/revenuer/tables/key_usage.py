"""Contract of the auditable per-key history."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="key_usage",
    description="One row per account, API key, model, channel and day.",
    layer="working",
    columns=(
        "usage_date",
        "account_id",
        "api_key_id",
        "model",
        "channel",
        "event_count",
        "input_tokens",
        "output_tokens",
        "error_count",
    ),
    key=(),
    partition_by=("usage_date",),
    grain="one account, key, model, channel and day (keys, models and channels may be unknown)",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("account_id", "event_count"),
)
