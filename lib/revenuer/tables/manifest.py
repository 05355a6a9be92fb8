"""Contract of the list of published run dates."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="manifest",
    description="One row per published run date; readers see nothing that is not listed here.",
    layer="internal",
    columns=(
        "run_date",
        "run_id",
        "published_at",
        "config_fingerprint",
        "package_version",
        "table_versions",
    ),
    key=("run_date",),
    partition_by=("run_date",),
    grain="one published run date",
    owner="trust and safety data engineering",
    required=("run_id", "table_versions"),
)
