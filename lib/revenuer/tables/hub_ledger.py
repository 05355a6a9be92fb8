"""Contract of identifiers that were discounted."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="hub_ledger",
    description="One row per identifier that many accounts share and that was discounted or excluded, with its effect.",
    layer="working",
    columns=(
        "run_date",
        "identifier_kind",
        "identifier_id",
        "facet",
        "reason",
        "party_count",
        "account_count",
        "expected_party_count",
        "lift",
        "merged_account_count",
    ),
    key=("run_date", "identifier_kind", "facet", "identifier_id"),
    partition_by=("run_date",),
    grain="one identifier per run",
    owner="trust and safety data engineering",
    retention_days=400,
    required=("reason",),
)
