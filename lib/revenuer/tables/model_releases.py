"""Contract of model release instants."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="model_releases",
    description="One row per model release.",
    layer="input",
    columns=(
        "model",
        "released_at",
    ),
    key=("model",),
    partition_by=(),
    effective_column="released_at",
    grain="one model",
    owner="lake owners",
    required=("released_at",),
)
