"""Contract of the ranking readers query."""

from __future__ import annotations

from revenuer.contract import Contract, RowRule, TableCheck

CONTRACT = Contract(
    name="campaigns",
    description="One row per candidate and run date, ranked by verdict, then by expected distilled output tokens.",
    layer="published",
    columns=(
        "run_date",
        "rank",
        "campaign_id",
        "source",
        "pool_id",
        "verdict",
        "probability",
        "account_count",
        "party_count",
        "exchange_count",
        "input_token_count",
        "output_token_count",
        "expected_output_token_count",
        "first_seen_date",
        "last_seen_date",
        "top_evidence",
        "model_shares",
        "capability_shares",
        "verdict_reason",
        "resembles",
        "score_bits",
        "relatedness_bits",
        "physics_bits",
        "concealment_bits",
        "harvest_bits",
        "against_bits",
        "workload_ids",
        "released_model",
        "release_day_share",
        "next_day_share",
        "population_release_day_share",
        "population_next_day_share",
    ),
    key=("run_date", "campaign_id"),
    partition_by=("run_date",),
    grain="one campaign per run",
    owner="trust and safety data engineering",
    required=("rank", "verdict", "source", "probability"),
    row_rules=(
        RowRule(
            "verdict_known",
            "verdict in ('campaign', 'watch', 'cleared')",
            "verdict is none of campaign, watch, cleared",
        ),
        RowRule("probability_in_range", "probability between 0 and 1", "probability is outside 0..1"),
    ),
    checks=(
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "campaign_id"]},
            "fail",
            "a campaign is ranked twice",
        ),
        TableCheck(
            "ExpectCompoundColumnsToBeUnique",
            {"column_list": ["run_date", "rank"]},
            "fail",
            "two campaigns share a rank",
        ),
    ),
    usage_warnings=(
        "A verdict is a finding for review, not proof: read campaign_evidence before acting on an account.",
        "Only verdict campaign is an accusation; watch and cleared are not.",
    ),
)
