"""Contract of the findings behind a verdict."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck

CONTRACT = Contract(
    name="campaign_evidence",
    description="One row per finding about a candidate, cleared and watched ones too, for or against.",
    layer="published",
    columns=(
        "run_date",
        "campaign_id",
        "evidence_group",
        "signal",
        "value",
        "baseline_value",
        "weight_bits",
        "sentence",
    ),
    key=("run_date", "campaign_id", "signal"),
    partition_by=("run_date",),
    grain="one finding per campaign and run",
    owner="trust and safety data engineering",
    required=("evidence_group", "weight_bits", "sentence"),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "campaign_id", "signal"]},
            "fail",
            "a finding is counted twice",
        ),
    ),
    usage_warnings=(
        "A row is no accusation: join campaigns on run_date and campaign_id for the verdict.",
        "Groups are capped, as is the score of what is watched or cleared: weights need not add up to score_bits.",
    ),
)
