"""Contract of what followed ban waves."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule

CONTRACT = Contract(
    name="campaign_regeneration",
    description="One row per campaign and ban wave: what became of its traffic, and how many accounts came after.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "wave_at",
        "banned_account_count",
        "lost_share",
        "before_exchange_count",
        "after_exchange_count",
        "recovered_share",
        "recovery_hours",
        "successor_count",
        "successor_share",
        "linked_successor_share",
        "fresh_successor_share",
        "reason",
    ),
    key=("run_date", "campaign_id", "wave_at"),
    partition_by=("run_date",),
    grain="one ban wave of a campaign and run",
    owner="trust and safety data engineering",
    required=("banned_account_count", "reason"),
    row_rules=(
        RowRule("recovered_share_positive", "recovered_share >= 0", "recovered_share is negative"),
        RowRule("recovery_hours_positive", "recovery_hours >= 0", "recovery_hours is negative"),
    ),
    usage_warnings=(
        "Only written where the site has enforcement_actions; the accounts that came after are in campaign_members.",
    ),
)
