"""Contract of what is known about network ranges."""

from __future__ import annotations

from revenuer.contract import Contract

CONTRACT = Contract(
    name="network_labels",
    description="One row per labelled network range: it names the type of networks where the log does not.",
    layer="input",
    columns=(
        "cidr",
        "label",
        "source",
    ),
    key=("cidr", "label"),
    partition_by=(),
    grain="one range and label",
    owner="lake owners",
)
