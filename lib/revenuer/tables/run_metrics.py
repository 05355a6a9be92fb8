"""Contract of what every run did."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="run_metrics",
    description="One row per run date, stage and table written.",
    layer="published",
    columns=(
        "run_date",
        "run_id",
        "stage",
        "table_name",
        "row_count",
        "duration_seconds",
        "warnings",
        "missing_evidence",
        "measures",
        "config_fingerprint",
        "package_version",
        "table_versions",
        "started_at",
    ),
    key=("run_date", "stage", "table_name"),
    partition_by=("run_date",),
    grain="one stage and table per run date",
    owner="trust and safety data engineering",
    required=("run_id", "row_count"),
)
