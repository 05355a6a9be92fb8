"""Contract of campaign identity over time."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule

CONTRACT = Contract(
    name="campaign_lineage",
    description="One row per event in a campaign's identity: mint, survive, merge, split or retire.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "lineage_event",
        "related_campaign_id",
        "overlap_share",
        "account_count",
    ),
    key=(),
    partition_by=("run_date",),
    grain="one identity event per run",
    owner="trust and safety data engineering",
    required=("campaign_id", "lineage_event"),
    row_rules=(
        RowRule(
            "lineage_event_known",
            "lineage_event in ('mint', 'survive', 'merge', 'split', 'retire')",
            "lineage_event is unknown",
        ),
    ),
)
