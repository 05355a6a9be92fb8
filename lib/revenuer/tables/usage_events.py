"""Contract of the usage log the lake's owners write."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = f"({_OCTET}[.]){{3}}{_OCTET}"
_GROUP = "[0-9A-Fa-f]{1,4}"
_IPV6 = "|".join(
    (
        f"({_GROUP}:){{7}}{_GROUP}",
        f"({_GROUP}:){{1,7}}:",
        *(f"({_GROUP}:){{1,{7 - after}}}(:{_GROUP}){{1,{after}}}" for after in range(1, 7)),
        f":((:{_GROUP}){{1,7}}|:)",
        f"({_GROUP}:){{6}}{_IPV4}",
        f"::({_GROUP}:){{0,5}}{_IPV4}",
        f"({_GROUP}:){{1,5}}:({_GROUP}:){{0,4}}{_IPV4}",
    )
)

# A thousand times the longest context there is: what is above it is no count, and a day's sums stay far from overflow.
_MAX_TOKENS = 1_000_000_000


def _bounded(column: str) -> RowRule:
    return RowRule(f"{column}_possible", f"{column} <= {_MAX_TOKENS}", f"{column} is above {_MAX_TOKENS:,}")


CONTRACT = Contract(
    name="usage_events",
    description="One row per exchange with the LLM API, as the gateway logged it.",
    layer="input",
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
    key=("request_id",),
    partition_by=("usage_date",),
    grain="one exchange",
    owner="lake owners",
    required=("event_at", "usage_date", "account_id"),
    row_rules=(
        RowRule("request_id_not_blank", "length(trim(request_id)) > 0", "request_id is blank"),
        RowRule("account_id_not_blank", "length(trim(account_id)) > 0", "account_id is blank"),
        RowRule(
            "event_at_on_usage_date",
            "event_at >= cast(usage_date as timestamp) - interval 5 minutes"
            " and event_at < cast(date_add(usage_date, 1) as timestamp) + interval 5 minutes",
            "event_at is not on usage_date (5 minutes of clock skew allowed)",
        ),
        RowRule(
            "event_at_possible",
            "event_at >= timestamp'2015-01-01 00:00:00'",
            "event_at lies before any LLM service existed",
        ),
        RowRule("input_tokens_not_negative", "input_tokens >= 0", "input_tokens is negative"),
        _bounded("input_tokens"),
        RowRule("cached_input_tokens_not_negative", "cached_input_tokens >= 0", "cached_input_tokens is negative"),
        _bounded("cached_input_tokens"),
        RowRule("output_tokens_not_negative", "output_tokens >= 0", "output_tokens is negative"),
        _bounded("output_tokens"),
        RowRule("reasoning_tokens_not_negative", "reasoning_tokens >= 0", "reasoning_tokens is negative"),
        _bounded("reasoning_tokens"),
        RowRule("status_code_is_http", "status_code between 100 and 599", "status_code is no HTTP status"),
        RowRule("duration_ms_not_negative", "duration_ms >= 0", "duration_ms is negative"),
        RowRule("turn_index_not_negative", "turn_index >= 0", "turn_index is negative"),
        RowRule(
            "client_ip_well_formed",
            f"client_ip rlike '^({_IPV4}|{_IPV6})$'",
            "client_ip is neither an IPv4 nor an IPv6 address",
        ),
        RowRule("asn_possible", "asn between 0 and 4294967295", "asn is no AS number"),
    ),
    usage_warnings=(
        "Prompt text never enters; template, tool set and settings are hashes made upstream.",
        "Retried deliveries repeat request_id; validate keeps one row.",
    ),
)
