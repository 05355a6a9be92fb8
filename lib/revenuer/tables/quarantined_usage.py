"""Contract of usage that failed validation."""

from __future__ import annotations

from revenuer.contract import Contract
from revenuer.tables import usage_events

CONTRACT = Contract(
    name="quarantined_usage",
    description="One row per rejected row of usage_events with every reason.",
    layer="working",
    columns=(*usage_events.CONTRACT.columns, "_errors"),
    key=(),
    partition_by=("usage_date",),
    grain="one rejected row",
    owner="trust and safety data engineering",
    retention_days=90,
    usage_warnings=(
        "Rows may have null keys: that is often why they are here. usage_date is the partition the row came from.",
    ),
)
