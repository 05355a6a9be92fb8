"""A published lake examined, damaged, and robbed of an account: real tables of one small run, copied for each test."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col, lit
from strangers import pool_among_strangers

from revenuer.config import Config
from revenuer.errors import ConfigError
from revenuer.ingest import ingest
from revenuer.lake.erasure import ERASURES
from revenuer.lake.lake import Lake
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.reporting.verify import verify_pools
from revenuer.tables import CONTRACTS
from revenuer.upkeep.checkup import Check
from revenuer.upkeep.forgetting import forget
from revenuer.upkeep.integrity import examine_lake

DAY = date(2026, 3, 1)
KEY = b"a key for tests only"
PARTNERS = 25
SIGHTINGS = CONTRACTS["sightings"]


def open_lake(spark: SparkSession, config: Config, path: Path, run_id: str = "test-run") -> Lake:
    return Lake(spark, str(path), config, run_id)


def run_from(lake: Lake, stage: str) -> None:
    run_stages(Run(lake, lake.config, DAY, KEY, None, "task", lambda text: None), stages_from("all", stage))


@pytest.fixture(scope="module")
def published(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with one published day: a pool among 300 strangers."""
    path = tmp_path_factory.mktemp("integrity") / "lake"
    lake = open_lake(spark, config, path)
    frame = spark.createDataFrame(pool_among_strangers(DAY, PARTNERS), SIGHTINGS.schema_ddl())
    lake.replace_partition("sightings", DAY, frame, stage="ingest")
    run_from(lake, "link")
    assert lake.view("campaigns").count() == 1
    return path


@pytest.fixture
def lake(published: Path, spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    """Return a copy of the published lake."""
    copied = tmp_path / "lake"
    shutil.copytree(published, copied)
    return open_lake(spark, config, copied, "other-run")


def broken_in(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.found for check in checks if not check.is_healthy}


def rows_naming(lake: Lake, account: str) -> dict[str, int]:
    """Rows of current tables and of what readers see that name an account in any column."""
    found = {}
    for name, contract in CONTRACTS.items():
        if contract.layer in ("working", "published") and lake.exists(name):
            frame = lake.view(name) if contract.layer == "published" else lake.read(name)
            count = frame.where(f"concat('\"', to_json(struct(*)), '\"') rlike '\\\\b{account}\\\\b'").count()
            found[name] = count
    return {name: count for name, count in found.items() if count}


def label_giver(lake: Lake) -> str:
    """The account whose number labels the pool, where there is one; else any account of the pool."""
    pools = lake.read("pools").orderBy((col("vertex_id") == col("component_id")).desc(), "account_id")
    (row,) = pools.limit(1).collect()
    return str(row["account_id"])


def contents(frame: DataFrame) -> list[str]:
    return sorted(frame.toJSON().collect())


def test_examine_lake__finds_nothing_wrong_and_says_what_it_proved(
    lake: Lake, spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    checks = examine_lake(spark, lake.uri, config)
    assert broken_in(checks) == {}
    said = {check.name: check.found for check in checks}
    assert said["manifest"] == "1 published dates: 2026-03-01 to 2026-03-01"
    assert said["certificate"] == "1 pools of 1 dates proved from their links"
    assert said["published rows"] == "5 partitions are as published"
    assert "orphan files" not in said
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    (nothing,) = examine_lake(spark, str(tmp_path / "nothing"), config)
    assert nothing.is_healthy and nothing.found.startswith("there is no lake at")


def test_examine_lake__names_every_damage_with_its_fix(lake: Lake, spark: SparkSession, config: Config) -> None:
    root = Path(lake.uri)
    for name in ("old_things_v3", "campaigns_v2"):
        (root / name).mkdir()
    orphan = root / "sightings_v1" / f"usage_date={DAY}" / "part-left-behind.parquet"
    orphan.write_bytes(b"12345")
    (root / "_staging" / str(DAY) / "killed").mkdir(parents=True)
    (root / "_staging" / str(DAY) / "killed" / "part.parquet").write_bytes(b"123")
    lost = next((root / "campaign_members_v1" / f"run_date={DAY}").glob("*.parquet"))
    lost.unlink()
    rows = [row.asDict() for row in lake.read("pools").orderBy(col("vertex_id").desc()).collect()]
    rows[0]["component_id"] = rows[0]["vertex_id"]
    lake.replace_partition("pools", DAY, lake.frame_of("pools", rows), stage="cluster")
    lake.replace_partition("hub_ledger", DAY, lake.empty("hub_ledger"), stage="link")
    spark.sql(f"alter table delta.`{root}/links_v1` set tblproperties ('delta.enableDeletionVectors' = 'true')")
    spark.sql(f"delete from delta.`{root}/campaign_links_v1`")
    checks = examine_lake(spark, lake.uri, config)
    broken = broken_in(checks)
    assert {check.exit_code for check in checks if not check.is_healthy} == {7}
    assert "1 data files are missing" in broken["table campaign_members"] or "cannot be read" in str(broken)
    assert "--start cluster --run-date 2026-03-01" in broken["certificate of 2026-03-01"]
    assert "different labels" in broken["certificate of 2026-03-01"]
    assert "deletionVectors" in broken["table links"]
    assert "upgrade" in broken["table campaigns_v2"]
    said = {check.name: check.found for check in checks if check.is_healthy}
    assert said["orphan files"].startswith("1 files (5 bytes)") and "revenuer vacuum" in said["orphan files"]
    assert said["staging"].startswith("1 files (3 bytes)")
    assert "left alone" in said["table old_things_v3"]


@pytest.mark.slow
def test_examine_lake__believes_commits_where_a_killed_run_left_older_metrics(
    lake: Lake, spark: SparkSession, config: Config
) -> None:
    # A killed run may have published and yet recorded nothing; the next one finds its work current and skips it.
    for stage, table in (("cluster", "pools"), ("publish", "campaigns")):
        lake.record_metrics(DAY, [{"stage": stage, "table_name": table, "row_count": 7}])
    checks = examine_lake(spark, lake.uri, config)
    assert broken_in(checks) == {}
    spark.sql(f"delete from delta.`{lake.table_path('pools')}` where account_id = '{label_giver(lake)}'")
    broken = broken_in(examine_lake(spark, lake.uri, config))
    assert broken["table pools of 2026-03-01"].startswith(f"{PARTNERS - 1} rows, but the run wrote {PARTNERS};")


def test_forget__makes_no_lake_where_there_is_none_and_a_dry_run_makes_no_key(
    lake: Lake, spark: SparkSession, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REVENUER_HASH_KEY", raising=False)
    nowhere = open_lake(spark, config, tmp_path / "lakee")
    for dry_run in (True, False):
        with pytest.raises(ConfigError, match=r"no table of a lake at .*/lakee") as error:
            forget(nowhere, "a", dry_run=dry_run)
        assert error.value.exit_code == 2 and "--lake" in str(error.value)
    assert not Path(nowhere.uri).exists()
    before = {path: path.stat().st_mtime_ns for path in Path(lake.uri).rglob("*")}
    tried = forget(lake, label_giver(lake), dry_run=True)
    assert tried.removed["pools"] == 1 and tried.text().startswith("account erased-...: dry run")
    assert {path: path.stat().st_mtime_ns for path in Path(lake.uri).rglob("*")} == before


@pytest.mark.slow
def test_forget__removes_pseudonymises_and_survives_reruns(
    lake: Lake, spark: SparkSession, config: Config, killed: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account = label_giver(lake)
    seen = contents(lake.view("campaign_members"))
    versions = {name: lake.version(name) for name in CONTRACTS}
    tried = forget(lake, account, KEY, dry_run=True)
    assert {name: lake.version(name) for name in CONTRACTS} == versions, "a dry run writes nothing"
    assert tried.removed == {"sightings": 3, "window_facts": 3, "links": 3, "pools": 1}
    assert set(tried.pseudonymised) >= {"campaign_members", "campaign_links"}

    with pytest.raises(KeyboardInterrupt):
        forget(lake, account, KEY, reason="request 17")
    assert contents(lake.view("campaign_members")) == seen, "readers see all of it or nothing"
    (row,) = lake.read(ERASURES).collect()
    assert not row["is_complete"]

    killed.undo()
    again = open_lake(spark, config, Path(lake.uri), "run-3")
    done = forget(again, account, KEY)
    assert done.removed == {}, "what was done before is not done again"
    assert done.pseudonymised == tried.pseudonymised
    assert rows_naming(again, account) == {}
    members = {row["account_id"] for row in again.view("campaign_members").collect()}
    assert done.pseudonym in members and len(members) == PARTNERS
    (row,) = again.read(ERASURES).collect()
    assert (row["is_complete"], row["reason"], row["run_id"]) == (True, "request 17", "run-3")
    assert row["touched_counts"] == {**tried.removed, **tried.pseudonymised}
    assert account not in str(row)
    assert "revenuer vacuum" in done.text() and account not in done.text().replace(done.pseudonym, "")
    logged = [p.read_text() for p in Path(lake.uri).rglob("*.json") if p.stat().st_mtime_ns]
    assert not [text for text in logged if f"= {account}" in text or f"'{account}'" in text], "Delta's log names it"

    checks = examine_lake(spark, lake.uri, config)
    assert broken_in(checks) == {}
    assert "1 that lost members to erasure" in {c.name: c.found for c in checks}["certificate"]
    verified = verify_pools(Run(again, config, DAY, KEY, None, "task", lambda text: None))
    assert verified.diminished_pool_count == 1, "who gave the pool its label is gone: no engine names it so again"
    assert "lost accounts to erasure" in verified.text()

    # Whoever loads or writes the account again, and whatever is run again, it stays out.
    rows = [SIGHTINGS.row(usage_date=DAY, account_id=a, facet="network", identifier_kind="ip", identifier_id="exit")
            for a in (account, "newcomer")]  # fmt: skip
    source = tmp_path / "late.parquet"
    spark.createDataFrame(rows, SIGHTINGS.schema_ddl()).write.parquet(str(source))
    (tmp_path / "key").write_bytes(KEY)
    killed.setenv("REVENUER_HASH_KEY", KEY.decode())
    report = ingest(again, "sightings", str(source))
    assert report.row_count == 1 and report.dates == {DAY: 1}
    assert "1 rows of 1 erased accounts dropped" in report.warnings
    spark.read.format("delta").load(again.table_path("sightings")).limit(1).withColumn(
        "account_id", lit(account)
    ).write.format("delta").mode("append").save(again.table_path("sightings"))
    run = Run(again, config, DAY, KEY, None, "task", lambda text: None)
    assert {row["account_id"] for row in run.window("sightings").collect()} == {"newcomer"}
