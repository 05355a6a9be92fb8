"""Report: a published ranking for people."""

from __future__ import annotations

from datetime import date

from chispa import assert_df_equality
from pyspark.sql import SparkSession

from revenuer.reporting.report import Ranking, lines


def test_lines__works_of_a_pool_that_are_not_accused_are_one(spark: SparkSession) -> None:
    columns = "rank int, campaign_id string, verdict string, pool_id string, resembles string"
    rows = [
        # Accused ones are two, whatever they have in common.
        (1, "a", "campaign", "p", None), (2, "b", "campaign", "p", None),
        # Watched ones of the same pool that look alike are one line; another look-alike, and cleared ones, are others.
        (3, "c", "watch", "p", "office"), (4, "d", "watch", "p", "office"), (5, "e", "watch", "p", "office"),
        (6, "f", "watch", "p", "recipe"), (7, "g", "cleared", "p", "office"),
        # Another pool, and candidates outside pools.
        (8, "h", "watch", "q", "office"), (9, "i", "watch", None, "office"), (10, "j", "watch", None, "office"),
    ]  # fmt: skip
    alike = {"c": ["d", "e"]}
    expected = [(*row, alike.get(row[1], [])) for row in rows if row[1] not in "de"]
    found = lines(spark.createDataFrame(rows, columns))
    assert_df_equality(
        found, spark.createDataFrame(expected, f"{columns}, alike_ids array<string>"), ignore_nullable=True,
        ignore_row_order=True,
    )  # fmt: skip


def test_ranking__says_what_a_line_stands_for() -> None:
    row = {
        "rank": 1, "campaign_id": "cmp-1", "verdict": "watch", "probability": 0.3, "account_count": 90,
        "exchange_count": 4000, "output_token_count": 9, "source": "pool", "resembles": None,
        "alike_ids": ["cmp-2"] * 35, "verdict_reason": "not enough to accuse",
    }  # fmt: skip
    text = Ranking(date(2026, 3, 1), [row], {"watch": 36}, []).text()
    assert "(+35)" in text
    assert "(+N): N more candidates of the same pool, verdict and look-alike" in text


def test_ranking__shows_other_peoples_text_as_it_is() -> None:
    row = {
        "rank": 1, "campaign_id": "cmp-1", "verdict": "campaign", "probability": 0.9, "account_count": 90,
        "exchange_count": 4000, "output_token_count": 9, "source": "pool", "resembles": None, "alike_ids": [],
        "verdict_reason": "confirmed by alice [oncall] [/x] :warning:",
    }  # fmt: skip
    finding = {"weight_bits": 1.0, "evidence_group": "physics", "sentence": "a [b] c"}
    text = Ranking(date(2026, 3, 1), [row], {"campaign": 1}, [finding]).text()
    assert "confirmed by alice [oncall] [/x] :warning:" in text and "a [b] c" in text
    alone = Ranking(date(2026, 3, 1), [{**row, "alike_ids": []}], {"watch": 1}, []).text()
    assert "(+" not in alone
