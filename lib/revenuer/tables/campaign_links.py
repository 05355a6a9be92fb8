"""Contract of the links that hold a campaign together."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="campaign_links",
    description="One row per account and link node inside a candidate, cleared and watched ones too.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "account_id",
        "node_id",
        "node_kind",
        "facet",
        "party_count",
        "lift",
        "tail_bits",
        "evidence_bits",
        "is_bridge",
    ),
    key=("run_date", "campaign_id", "account_id", "node_kind", "facet", "node_id"),
    partition_by=("run_date",),
    grain="one account, node and campaign per run",
    owner="trust and safety data engineering",
    required=("node_kind", "facet", "is_bridge"),
)
