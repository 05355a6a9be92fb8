"""The whole job end to end, with planted truth, as a user and as a reader of its tables meet it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from e2e.conftest import Demo, revenuer

LAST = date(2026, 3, 3)


def rows(lake: Path, table: str) -> list[dict[str, object]]:
    return DeltaTable(str(lake / f"{table}_v1")).to_pyarrow_table().to_pylist()


@pytest.fixture(scope="module")
def last_day(demo_lake: Path) -> list[dict[str, object]]:
    ranking = [row for row in rows(demo_lake, "campaigns") if row["run_date"] == LAST]
    return sorted(ranking, key=lambda row: int(str(row["rank"])))


def test_demo__prints_a_line_a_stage_and_ends_with_agreement(demo: Demo) -> None:
    line = r"^\[\d/6\] (\w+) \d{4}-\d\d-\d\d in=\d+ out=\d+ warn=\d+ \d+ s \d+ jobs$"
    lines = re.findall(line, demo.output, re.MULTILINE)
    assert lines == ["validate", "observe", "link", "cluster", "rank", "publish"] * 3
    assert re.search(r"graphframes gives the same \d+ pools of \d+ accounts", demo.output)


def test_demo__finds_the_planted_campaign_first_and_accuses_nobody_else(
    demo: Demo, last_day: list[dict[str, object]]
) -> None:
    accused = [row for row in last_day if row["verdict"] == "campaign"]
    assert [row["rank"] for row in accused] == [1]
    members = {
        row["account_id"]
        for row in rows(demo.folder / "lake", "campaign_members")
        if row["run_date"] == LAST and row["campaign_id"] == accused[0]["campaign_id"] and row["role"] == "member"
    }
    truth = pq.read_table(demo.folder / "truth.parquet").to_pylist()
    guilty = {row["account_id"] for row in truth if row["campaign"]}
    assert members <= guilty
    assert len(members) >= 0.98 * len(guilty)


def test_demo__explains_every_verdict(demo_lake: Path, last_day: list[dict[str, object]]) -> None:
    explained = {row["campaign_id"] for row in rows(demo_lake, "campaign_evidence") if row["run_date"] == LAST}
    for row in last_day:
        assert row["verdict_reason"]
        assert row["campaign_id"] in explained
        assert (row["resembles"] is None) == (row["verdict"] == "campaign")


def test_demo__ranks_by_verdict_and_expected_output_tokens(last_day: list[dict[str, object]]) -> None:
    order = ["cleared", "watch", "campaign"]
    keys = [(order.index(str(row["verdict"])), float(str(row["expected_output_token_count"]))) for row in last_day]
    assert keys == sorted(keys, reverse=True)
    assert [row["rank"] for row in last_day] == list(range(1, len(keys) + 1))


def test_demo__carries_the_campaign_id_over_days(demo_lake: Path, last_day: list[dict[str, object]]) -> None:
    lineage = [row for row in rows(demo_lake, "campaign_lineage") if row["campaign_id"] == last_day[0]["campaign_id"]]
    events = {str(row["run_date"]): row["lineage_event"] for row in lineage}
    first = min(events)
    assert events.pop(first) == "mint"
    assert events
    assert set(events.values()) == {"survive"}


def test_demo__quarantines_with_reasons_and_loses_no_row(demo_lake: Path) -> None:
    kept, dropped = rows(demo_lake, "valid_usage"), rows(demo_lake, "quarantined_usage")
    assert dropped
    assert all(row["_errors"] for row in dropped)
    events = rows(demo_lake, "usage_events")
    good = {row["request_id"] for row in kept}
    assert len(good) == len(kept)
    assert {row["request_id"] for row in events} <= good | {row["request_id"] for row in dropped}


def test_demo__tables_are_readable_by_other_engines(demo_lake: Path) -> None:
    table = DeltaTable(str(demo_lake / "campaigns_v1")).to_pyarrow_table()
    found = duckdb.from_arrow(table).aggregate("count(*)").fetchall()
    assert found[0][0] == table.num_rows > 0


def test_demo__records_what_every_stage_did(demo_lake: Path) -> None:
    metrics = [row for row in rows(demo_lake, "run_metrics") if row["run_date"] == LAST]
    assert {row["stage"] for row in metrics} == {"validate", "observe", "link", "cluster", "rank", "publish"}
    assert len({row["config_fingerprint"] for row in metrics}) == 1
    published = [row["run_date"] for row in rows(demo_lake, "manifest")]
    assert sorted(published, key=str) == [LAST - timedelta(days=2), LAST - timedelta(days=1), LAST]


@pytest.mark.slow
def test_evaluate__speaks_json(demo: Demo) -> None:
    done = revenuer(
        "evaluate", "--truth", str(demo.folder / "truth.parquet"), "--run-date", str(LAST),
        "--lake", str(demo.folder / "lake"), "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["account_precision"] == 1.0
    assert figures["account_recall"] >= 0.98
    assert figures["exchange_recall"] >= 0.95
    assert figures["decoys_accused"] == 0
    assert figures["campaigns_found"] == 1
