"""Contract of the record of erased accounts."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="erasures",
    description="One row per erased account, known by a keyed hash only; its rows are kept out of every later run.",
    layer="internal",
    columns=(
        "account_hash",
        "erased_at",
        "reason",
        "run_id",
        "touched_counts",
        "is_complete",
    ),
    key=("account_hash",),
    partition_by=(),
    grain="one erased account",
    owner="trust and safety data engineering",
    required=("erased_at", "run_id", "is_complete"),
    usage_warnings=("Only the site's hash key ties a row to an account: a new key would let erased accounts return.",),
)
