"""Contract of campaign identity over time."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule, TableCheck

CONTRACT = Contract(
    name="campaign_lineage",
    description="One row per campaign that is ranked, or was on the previous published date: what became of its id.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "lineage_event",
        "related_campaign_id",
        "overlap_share",
        "account_count",
        "previous_run_date",
        "previous_account_count",
        "common_account_count",
        "work_overlap_share",
        "node_overlap_share",
        "reason",
    ),
    key=("run_date", "campaign_id"),
    partition_by=("run_date",),
    grain="one identity event per campaign and run",
    owner="trust and safety data engineering",
    required=("campaign_id", "lineage_event"),
    row_rules=(
        RowRule(
            "lineage_event_known",
            "lineage_event in ('mint', 'survive', 'return', 'merge', 'split', 'retire')",
            "lineage_event is unknown",
        ),
        RowRule(
            "other_campaign_named",
            "lineage_event not in ('merge', 'split') or related_campaign_id is not null",
            "a merge or split does not name the other campaign",
        ),
    ),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "campaign_id"]},
            "fail",
            "a campaign has two identity events",
        ),
    ),
)
