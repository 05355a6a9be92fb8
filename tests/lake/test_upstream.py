"""What the lake's owners change, what a new version of ours leaves behind, and what time removes: on real tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config, load_config
from revenuer.errors import ConfigError, ContractError, MissingPartitionError
from revenuer.ingest import ingest
from revenuer.lake.lake import Lake
from revenuer.lake.older import StoredTable, stored_tables
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.pipeline.upstream import refuse_changes
from revenuer.tables import CONTRACTS
from revenuer.upkeep.retention import expired, retire

DAY = date(2026, 3, 1)
NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=2)
EVENTS = CONTRACTS["usage_events"]


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"), config, "run-1")


def validated(lake: Lake, day: date, config: Config | None = None) -> list[str]:
    """Warnings of a day's validation that speak of columns."""
    run = Run(lake, config or lake.config, day, b"a key for tests only", None, "task", lambda text: None)
    (report,) = run_stages(run, stages_from("validate"), force=True)
    return [warning for warning in report.warnings if "column" in warning]


def owned(
    lake: Lake, day: date, *more: str, without: str = "", mode: str = "append", option: str = "mergeSchema"
) -> None:
    """A day of usage as the lake's owners write it."""
    rows = [EVENTS.row(request_id=f"{day}-{n}", event_at=datetime(day.year, day.month, day.day, n % 24), usage_date=day,
                       account_id=f"a{n % 7}", model="m") for n in range(24)]  # fmt: skip
    frame = lake.spark.createDataFrame(rows, EVENTS.schema_ddl()).selectExpr("*", *more).drop(without)
    written = frame.write.format("delta").partitionBy("usage_date").mode(mode).option(option, "true")
    written.save(lake.table_path("usage_events"))


def test_validate__reports_new_columns_once_and_refuses_lost_ones_before_anything_is_written(
    lake: Lake, tmp_path: Path
) -> None:
    owned(lake, DAY)
    assert validated(lake, DAY) == []
    owned(lake, NEXT, "'eu' as region", "1 as shard")
    told = ["table usage_events has new columns region, shard, which are not read"]
    assert validated(lake, NEXT) == told
    assert validated(lake, NEXT) == told, "a rerun says the same"
    recorded = lake.read("run_metrics").where("stage = 'validate'").collect()
    assert {str(row["run_date"]) for row in recorded if told[0] in row["warnings"]} == {str(NEXT)}
    owned(lake, LATER, "'eu' as region", "1 as shard")
    assert validated(lake, LATER) == [], "what an earlier date was told is not news"

    lost = LATER + timedelta(days=1)
    owned(lake, lost, without="model", mode="overwrite", option="overwriteSchema")
    versions = {name: lake.version(name) for name in CONTRACTS}
    files = sorted(path for path in tmp_path.rglob("*"))
    with pytest.raises(ContractError, match="usage_events, column model: removed since version 2") as caught:
        validated(lake, lost)
    assert caught.value.exit_code == 4
    assert {name: lake.version(name) for name in CONTRACTS} == versions
    assert sorted(path for path in tmp_path.rglob("*")) == files

    accepting = load_config(overrides=['validate.removed_columns=["usage_events.model"]'])
    assert [text for text in validated(lake, lost, accepting) if "new column" in text] == []
    refuse_changes(lake, CONTRACTS)  # accepted once, it is no longer news


def test_refuse_changes__names_every_retyped_column_of_every_input_table(lake: Lake) -> None:
    owned(lake, DAY)
    refuse_changes(lake, CONTRACTS)
    kept = lake.read("usage_events").drop("request_id", "status_code")
    retyped = kept.selectExpr("*", "1L as request_id", "'200' as status_code").write.format("delta")
    retyped.mode("overwrite").option("overwriteSchema", "true").save(lake.table_path("usage_events"))
    wrong = lake.spark.sql("select 'm' as model, '2026' as released_at")
    wrong.write.format("delta").save(lake.table_path("model_releases"))
    with pytest.raises(ContractError) as caught:
        refuse_changes(lake, CONTRACTS)
    assert sorted(problem.split(":")[0] for problem in caught.value.problems) == [
        "table model_releases, column released_at",
        "table usage_events, column request_id",
        "table usage_events, column status_code",
    ]


def published(lake: Lake, day: date) -> None:
    row = {"run_date": day, "campaign_id": f"c-{day}", "rank": 1, "verdict": "watch", "source": "pool"}
    frame = lake.frame_of("campaigns", [{**row, "probability": 0.5}])
    lake.replace_partition("campaigns", day, frame, stage="rank", staged=True)
    lake.publish(day, ["campaigns"])


def test_older_version__stays_readable_beside_the_new_one(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    published(lake, DAY)
    columns = tuple(name for name in CONTRACTS["campaigns"].columns if name != "resembles")
    monkeypatch.setitem(CONTRACTS, "campaigns", replace(CONTRACTS["campaigns"], version=2, columns=columns))
    newer = Lake(lake.spark, lake.uri, lake.config, "run-2")
    assert newer.view("campaigns").isEmpty()
    published(newer, NEXT)
    assert [row["campaign_id"] for row in newer.view("campaigns").collect()] == [f"c-{NEXT}"]
    older = newer.view("campaigns_v1")
    assert [row["campaign_id"] for row in older.collect()] == [f"c-{DAY}"]
    assert "resembles" in older.columns and "resembles" not in newer.view("campaigns").columns
    assert newer.pins()[0].keys() == {"campaigns", "campaigns_v2"}
    tables = {table.table_name: table for table in stored_tables(newer)}
    assert tables["campaigns_v1"] == StoredTable("campaigns_v1", "older")
    assert tables["campaigns_v2"] == StoredTable("campaigns_v2", "current")
    assert "campaigns_v1" in newer.register_views()
    assert newer.spark.table("campaigns_v1").count() == 1
    monkeypatch.undo()
    with pytest.raises(ConfigError):
        lake.view("campaigns_v3")


def test_retire__removes_what_the_contract_no_longer_keeps_and_nothing_a_window_needs(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ages = {"pools": (0, 35, 36, 399, 400, 500), "quarantined_usage": (0, 89, 90)}
    for name, days_ago in ages.items():
        days = [DAY - timedelta(days=age) for age in days_ago]
        column = CONTRACTS[name].partition_by[0]
        rows = [{column: day, "account_id": "a", **({"pool_id": "p", "component_id": 1} if name == "pools" else {})}
                for day in days]  # fmt: skip
        lake.replace_partitions(name, days, lake.frame_of(name, rows), stage="test")
    found = {expiry.table: [(DAY - day).days for day in expiry.days] for expiry in expired(lake)}
    assert found == {"pools": [500, 400], "quarantined_usage": [90]}
    later = date(2030, 1, 1)
    with monkeypatch.context() as patched:
        patched.setattr("revenuer.upkeep.retention.today", lambda: later)
        years_on = {expiry.table: [(DAY - day).days for day in expiry.days] for expiry in expired(lake, later)}
    assert years_on["pools"] == [500, 400, 399, 36], "a run for the newest day still reads 28 + 7 days"

    retire(lake, expired(lake))
    assert expired(lake) == []
    assert [(DAY - row["run_date"]).days for row in lake.read("pools").sort("run_date").collect()] == [399, 36, 35, 0]
    gone = DAY - timedelta(days=500)
    with pytest.raises(MissingPartitionError, match="pools"):
        lake.require_partition("pools", gone)
    assert lake.has_partition("pools", DAY - timedelta(days=399))
    lake.replace_partition("pools", gone, lake.empty("pools"), stage="cluster")
    assert lake.has_partition("pools", gone), "what is written anew is there"


def test_ingest__refuses_files_that_lost_a_column_of_the_last_load(lake: Lake, tmp_path: Path) -> None:
    full, partial = tmp_path / "full.csv", tmp_path / "partial.csv"
    full.write_text("account_id,plan,email_domain\na,pro,example.org\n", encoding="utf-8")
    partial.write_text("account_id,plan\na,free\nb,free\n", encoding="utf-8")
    ingest(lake, "accounts", str(full))
    version = lake.version("accounts")
    with pytest.raises(ContractError, match="column email_domain: missing in every file") as caught:
        ingest(lake, "accounts", str(partial))
    assert len(caught.value.problems) == 1, "columns that were never filled are not missed"
    assert lake.version("accounts") == version
    accepting = load_config(overrides=['validate.removed_columns=["accounts.email_domain"]'])
    assert ingest(Lake(lake.spark, lake.uri, accepting, "run-2"), "accounts", str(partial)).row_count == 2


def test_ingest__refuses_lines_that_would_forget_what_is_stored(lake: Lake, tmp_path: Path) -> None:
    full, lines = tmp_path / "full.csv", tmp_path / "accounts.jsonl"
    full.write_text("account_id,plan,email_domain,closed_at\na,pro,example.org,2026-03-01\nb,pro,example.org,\n")
    ingest(lake, "accounts", str(full))
    lines.write_text('{"account_id": "b", "plan": "free"}\n{"account_id": "c"}\n', encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        ingest(lake, "accounts", str(lines))
    assert caught.value.problems == ("column email_domain: missing in every file",), "no stored row of these was closed"
    # A line need not have what another one has, and a new account takes nothing from a stored one.
    lines.write_text(
        '{"account_id": "b", "email_domain": "b.org"}\n{"account_id": "c", "plan": "free"}\n', encoding="utf-8"
    )
    assert ingest(lake, "accounts", str(lines)).row_count == 2
    lines.write_text('{"account_id": "d"}\n', encoding="utf-8")
    assert ingest(lake, "accounts", str(lines)).row_count == 1
