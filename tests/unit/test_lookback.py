"""The tables of `revenuer metrics` and `revenuer history`, from rows as the lake has them."""

from __future__ import annotations

from datetime import date
from typing import Any

from revenuer.reporting.history import Catalogue, History
from revenuer.reporting.metrics import Trend, trend_of
from revenuer.stages.drift import LARGEST_POOL

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)


def metric(stage: str, table: str, rows: int, *, day: date = DAY, **measures: float) -> dict[str, Any]:
    return {"run_date": day, "stage": stage, "table_name": table, "row_count": rows, "duration_seconds": 1.5,
            "warnings": [f"{stage} warns on {day}"], "missing_evidence": None, "measures": measures}  # fmt: skip


ROWS = [
    metric("publish", "campaigns", 7, day=NEXT, **{"verdict_count.campaign": 1, LARGEST_POOL: 250}),
    metric("validate", "valid_usage", 90, input_row_count=100, valid_row_count=90, quarantined_share=0.05),
    metric("validate", "quarantined_usage", 5, input_row_count=100, valid_row_count=90, quarantined_share=0.05),
    metric("an_audit", "none", 0),
]


def test_trend__orders_dates_and_stages_and_counts_a_stage_once() -> None:
    days = trend_of(ROWS)
    assert list(days) == [DAY, NEXT]
    assert list(days[DAY]) == ["validate", "an_audit"]
    assert days[DAY]["validate"].row_counts == {"quarantined_usage": 5, "valid_usage": 90}
    assert days[DAY]["validate"].seconds == 1.5


def test_trend__shows_gaps_as_gaps_and_the_newest_warnings() -> None:
    text = Trend(trend_of(ROWS), None).text()
    first, second = (line.split() for line in text.splitlines() if line.startswith("│ 2026"))
    assert [cell for cell in first if cell != "│"][:6] == ["2026-03-01", "100", "90", "5.0%", "-", "/"]
    assert [cell for cell in second if cell != "│"][1:10] == ["-", "-", "-", "1", "/", "-", "/", "-", "250"]
    assert "publish warns on 2026-03-02" in text
    assert "2026-03-01 validate: " not in text


def test_trend__of_one_stage_has_its_tables_and_all_its_warnings() -> None:
    text = Trend(trend_of(row for row in ROWS if row["stage"] == "validate"), "validate").text()
    assert "quarantined_usage 5, valid_usage 90" in text
    assert "2026-03-01 validate: validate warns on 2026-03-01" in text


def test_history__puts_identity_events_beside_the_days() -> None:
    row = {"verdict": "campaign", "rank": 1, "probability": 0.9, "account_count": 250, "party_count": None,
           "exchange_count": 6500, "output_token_count": 900000}  # fmt: skip
    events = [
        {"run_date": DAY, "campaign_id": "cmp-1", "lineage_event": "mint", "related_campaign_id": None,
         "overlap_share": None},
        {"run_date": NEXT, "campaign_id": "cmp-2", "lineage_event": "merge", "related_campaign_id": "cmp-1",
         "overlap_share": 0.8},
        {"run_date": date(2026, 3, 9), "campaign_id": "cmp-1", "lineage_event": "retire", "related_campaign_id": None,
         "overlap_share": None},
    ]  # fmt: skip
    text = History("cmp-1", [{**row, "run_date": DAY}, {**row, "run_date": NEXT}], events).text(width=180)
    told = {line.split()[1]: line for line in text.splitlines() if line.startswith("│ 2026")}
    assert "mint" in told["2026-03-01"] and "6,500" in told["2026-03-01"]
    assert "cmp-2: merge with this one (80% in common)" in told["2026-03-02"]
    assert "retire" in told["2026-03-09"] and "campaign" not in told["2026-03-09"]


def test_catalogue__says_how_a_campaign_ended_and_what_is_left_out() -> None:
    row = {"campaign_id": "cmp-1", "first_date": DAY, "last_date": NEXT, "day_count": 2, "campaign_count": 1,
           "watch_count": 1, "cleared_count": 0, "last_verdict": "campaign", "last_rank": 3, "most_account_count": 1250,
           "end_event": "merge", "end_campaign_id": "cmp-2", "end_date": date(2026, 3, 3)}  # fmt: skip
    text = Catalogue([row], 41).text()
    assert "merge into cmp-2, 2026-03-03" in text
    assert "40 more" in text
