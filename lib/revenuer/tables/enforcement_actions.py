"""Contract of actions taken against accounts."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule

CONTRACT = Contract(
    name="enforcement_actions",
    description="One row per action that trust and safety took on an account.",
    layer="input",
    columns=(
        "account_id",
        "action",
        "action_at",
        "reason",
    ),
    key=("account_id", "action", "action_at"),
    partition_by=(),
    effective_column="action_at",
    grain="one action",
    owner="lake owners",
    row_rules=(
        RowRule(
            "action_known",
            "action in ('ban', 'suspend', 'rate_limit', 'reinstate')",
            "action is none of ban, suspend, rate_limit, reinstate",
        ),
    ),
)
