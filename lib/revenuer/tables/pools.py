"""Contract of pool membership."""

from __future__ import annotations

from revenuer.contract import Contract, TableCheck

CONTRACT = Contract(
    name="pools",
    description="One row per account in a pool: a connected component of links that passed the guard.",
    layer="working",
    columns=(
        "run_date",
        "account_id",
        "party_id",
        "pool_id",
        "component_id",
        "vertex_id",
        "account_count",
        "party_count",
        "cohesion",
        "cut_level",
    ),
    key=("run_date", "account_id"),
    partition_by=("run_date",),
    grain="one account per run",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("pool_id", "component_id"),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "account_id"]},
            "fail",
            "an account is in two pools",
        ),
    ),
    usage_warnings=("pool_id is a label of its run, not a lasting id; campaigns carry those.",),
)
