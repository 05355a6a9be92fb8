"""Looking back over the demo's three days: replay, history, metrics, export, as functions on its lake."""

from __future__ import annotations

import csv
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from e2e.conftest import Demo, revenuer
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.evaluation.replay import replay
from revenuer.lake.lake import Lake
from revenuer.reporting.export import export
from revenuer.reporting.history import read_catalogue, read_history
from revenuer.reporting.metrics import read_trend

DAYS = [date(2026, 3, 1) + timedelta(days=offset) for offset in range(3)]


@pytest.fixture(scope="module")
def lake(spark: SparkSession, config: Config, demo_lake: Path) -> Lake:
    return Lake(spark, str(demo_lake), config, "test-run")


def test_replay__finds_the_planted_campaign_and_what_it_took(lake: Lake, demo: Demo) -> None:
    truth = demo.folder / "world" / "truth.parquet"
    result = replay(lake, truth, [*DAYS, date(2026, 3, 4)], top=1, window_days=28)
    assert (result.run_dates, result.missing_dates) == (tuple(DAYS), (date(2026, 3, 4),))
    (line,) = result.timelines
    assert line.first_active_date == DAYS[0]
    assert line.accused is not None and line.accused.leaked is not None and line.whole is not None
    assert line.accused.rank == 1
    assert line.accused.day_number == (line.accused.run_date - DAYS[0]).days + 1
    assert line.leaked[line.accused.run_date] == line.accused.leaked
    assert line.leaked[DAYS[-1]] == line.whole
    # The simulator's own count of the campaign's exchanges, less those that were quarantined.
    planted = lake.spark.read.parquet(str(truth)).where("campaign is not null").selectExpr("sum(exchange_count)")
    assert line.whole.exchange_count == pytest.approx(planted.collect()[0][0], rel=0.02)
    assert line.whole.output_token_count > line.whole.exchange_count
    assert len({name for name, _, _ in line.ids()}) == 1


@pytest.mark.slow
def test_replay__speaks_json_and_leaves_a_plot(demo: Demo, tmp_path: Path) -> None:
    done = revenuer(
        "replay", "--from", "2026-03-01", "--to", "2026-03-03", "--truth", str(demo.folder / "truth.parquet"),
        "--lake", str(demo.folder / "lake"), "--out", str(tmp_path), "--no-run", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [found["campaign"] for found in told["campaigns"]] == ["reference"]
    assert json.loads((tmp_path / "replay.json").read_text()) == told
    assert "Plotly.newPlot" in (tmp_path / "replay.html").read_text(encoding="utf-8")


def test_replay__names_a_range_without_a_published_date(lake: Lake, demo: Demo) -> None:
    with pytest.raises(MissingPartitionError, match="no date from 2025-01-01 to 2025-01-01 is published"):
        replay(lake, demo.folder / "truth.parquet", [date(2025, 1, 1)], top=1, window_days=28)


def test_history__follows_a_campaign_and_lists_all(lake: Lake) -> None:
    catalogue = read_catalogue(lake, last=3)
    assert catalogue.total >= len(catalogue.rows) == 3
    first = catalogue.rows[0]
    assert (first["last_rank"], first["last_verdict"], first["end_event"]) == (1, "campaign", None)
    found = read_history(lake, first["campaign_id"])
    assert len(found.days) == first["day_count"]
    assert [day["run_date"] for day in found.days][-1] == DAYS[-1]
    assert found.events[0]["lineage_event"] == "mint"
    with pytest.raises(ConfigError, match="cmp-x'y was never published"):
        read_history(lake, "cmp-x'y")


def test_metrics__has_every_date_with_its_figures(lake: Lake) -> None:
    trend = read_trend(lake, last=2)
    assert list(trend.days) == DAYS[1:]
    for stages in trend.days.values():
        assert list(stages) == ["validate", "observe", "link", "cluster", "rank", "publish"]
        counted = stages["validate"]
        assert counted.measures["valid_row_count"] == counted.row_counts["valid_usage"]
        assert 0 < counted.measures["null_share.session_id"] < 1
        verdicts = [value for name, value in stages["publish"].measures.items() if name.startswith("verdict_count.")]
        assert sum(verdicts) == stages["publish"].row_counts["campaigns"] > 0
        assert stages["publish"].measures["largest_pool_account_count"] >= 200
    assert "quarantined" in trend.text()
    assert list(read_trend(lake, last=1, stage="rank").days[DAYS[-1]]) == ["rank"]


def test_export__writes_what_readers_see_and_never_twice(lake: Lake, tmp_path: Path) -> None:
    names = ("campaigns", "campaign_members")
    done = export(lake, str(tmp_path / "all"), names, run_date=None, fmt="parquet")
    for name in names:
        back = lake.spark.read.parquet(str(tmp_path / "all" / name))
        # As text: Spark compares no maps.
        seen, written = (sorted(frame.toJSON().collect()) for frame in (lake.view(name), back))
        assert written == seen
        assert done.row_counts[name] == len(seen) > 0
    with pytest.raises(ConfigError, match="all holds an export"):
        export(lake, str(tmp_path / "all"), ("campaigns", "run_metrics"), run_date=None, fmt="csv")
    assert not (tmp_path / "all" / "run_metrics").exists()
    with pytest.raises(MissingPartitionError, match="2025-01-01 is not published"):
        export(lake, str(tmp_path / "none"), names, run_date=date(2025, 1, 1), fmt="csv")


def test_export__writes_text_that_plain_tools_read(lake: Lake, tmp_path: Path) -> None:
    for fmt in ("csv", "jsonl"):
        export(lake, str(tmp_path / fmt), ("campaigns",), run_date=DAYS[-1], fmt=fmt)
    (table,) = (tmp_path / "csv" / "campaigns").glob("*.csv")
    (lines,) = (tmp_path / "jsonl" / "campaigns").glob("*.json")
    with table.open(newline="", encoding="utf-8") as opened:
        in_csv = {row["campaign_id"]: row for row in csv.DictReader(opened)}
    in_json = {row["campaign_id"]: row for row in map(json.loads, lines.read_text(encoding="utf-8").splitlines())}
    assert in_csv.keys() == in_json.keys()
    for name, row in in_json.items():
        assert row["run_date"] == in_csv[name]["run_date"] == str(DAYS[-1])
        assert row["top_evidence"] == json.loads(in_csv[name]["top_evidence"])
        assert (row["resembles"] or "") == in_csv[name]["resembles"]
