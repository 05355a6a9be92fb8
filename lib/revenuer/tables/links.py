"""Contract of account-to-node links."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule, TableCheck

CONTRACT = Contract(
    name="links",
    description="One row per account and link node that passed the surprise test in the window ending at run_date.",
    layer="working",
    columns=(
        "run_date",
        "account_id",
        "party_id",
        "node_id",
        "node_kind",
        "facet",
        "party_count",
        "account_count",
        "expected_party_count",
        "lift",
        "tail_bits",
        "evidence_bits",
        "day_count",
        "event_count",
        "facet_count",
        "membership_bits",
        "required_bits",
        "is_member",
    ),
    key=("run_date", "account_id", "node_kind", "facet", "node_id"),
    partition_by=("run_date",),
    grain="one account and link node per run",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("node_kind", "facet", "is_member"),
    row_rules=(RowRule("lift_positive", "lift > 0", "lift is not positive"),),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "account_id", "node_kind", "facet", "node_id"]},
            "fail",
            "a link is counted twice",
        ),
    ),
    usage_warnings=("Only rows with is_member hold pools together; the others are evidence that fell short.",),
)
