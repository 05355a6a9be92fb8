"""Contract of the account and billing attributes."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="accounts",
    description="One row per account with what was known of it at sign-up and from billing.",
    layer="input",
    columns=(
        "account_id",
        "organization_id",
        "created_at",
        "plan",
        "payment_fingerprint",
        "payment_issuer",
        "billing_country",
        "email_domain",
        "phone_prefix",
        "signup_ip",
        "closed_at",
    ),
    key=("account_id",),
    partition_by=(),
    effective_column="created_at",
    grain="one account",
    owner="lake owners",
    usage_warnings=("Optional: without it payment and identity evidence is missing, and the run says so.",),
)
