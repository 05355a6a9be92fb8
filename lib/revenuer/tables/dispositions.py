"""Contract of analysts' decisions."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule

CONTRACT = Contract(
    name="dispositions",
    description="One row per decision an analyst made about a campaign, an account or an identifier.",
    layer="input",
    columns=(
        "subject_kind",
        "subject_id",
        "verdict",
        "decided_at",
        "decided_by",
        "note",
    ),
    key=("subject_kind", "subject_id", "decided_at"),
    partition_by=(),
    effective_column="decided_at",
    grain="one decision",
    owner="trust and safety analysts",
    required=("verdict",),
    usage_warnings=(
        "A decision counts from the day it was made; the latest confirmed or benign stands, unsure changes nothing.",
    ),
    row_rules=(
        RowRule(
            "subject_kind_known",
            "subject_kind in ('campaign', 'account', 'identifier')",
            "subject_kind is none of campaign, account, identifier",
        ),
        RowRule(
            "verdict_known",
            "verdict in ('confirmed', 'benign', 'unsure')",
            "verdict is none of confirmed, benign, unsure",
        ),
    ),
)
