"""Contract of campaign membership."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule, TableCheck

CONTRACT = Contract(
    name="campaign_members",
    description="One row per account and candidate, cleared and watched ones too, with what is attributed to it.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "account_id",
        "party_id",
        "role",
        "exchange_count",
        "output_token_count",
        "exchange_share",
        "output_token_share",
        "membership_bits",
        "why",
        "generation",
    ),
    key=("run_date", "campaign_id", "account_id"),
    partition_by=("run_date",),
    grain="one account and campaign per run",
    owner="trust and safety data engineering",
    required=("role", "why"),
    row_rules=(RowRule("role_known", "role in ('member', 'suspected')", "role is neither member nor suspected"),),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "campaign_id", "account_id"]},
            "fail",
            "an account is counted twice in a campaign",
        ),
    ),
    usage_warnings=(
        "A row is no accusation: join campaigns on run_date and campaign_id. Accused are those with role member where"
        " the verdict is campaign.",
        "An account that also serves honest customers belongs only with its exchange_share.",
    ),
)
