"""The lake on real Delta tables: partitions, staging, publishing, killed and concurrent publishes, views."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from killing import kill_at
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.config import Config, load_config
from revenuer.errors import ConfigError, ContractError, LakeError, MissingPartitionError
from revenuer.lake.lake import Lake
from revenuer.lake.publication import Publication
from revenuer.pipeline.currency import Currency
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.session import SPARK_ERRORS
from revenuer.tables import contract_of

DAY, NEXT, THIRD = (date(2026, 3, day) for day in (1, 2, 3))
PUBLISHED = ("campaigns", "campaign_members")


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake with space"), config, "run-1")


def other_run(lake: Lake, run_id: str = "run-2") -> Lake:
    """The same lake as another process sees it."""
    return Lake(lake.spark, lake.uri, lake.config, run_id)


def sightings(lake: Lake, day: date, count: int = 1) -> DataFrame:
    same = {"usage_date": day, "facet": "network", "identifier_kind": "ip_prefix"}
    return lake.frame_of("sightings", [{**same, "account_id": f"a{n}", "identifier_id": f"i{n}"} for n in range(count)])


def rows_of(name: str, lake: Lake, run_date: date, count: int = 1) -> DataFrame:
    """Rows of a published table."""
    rows: list[dict[str, Any]] = [{"run_date": run_date, "campaign_id": f"c{n}"} for n in range(1, count + 1)]
    for n, row in enumerate(rows, 1):
        if name == "campaigns":
            row.update(rank=n, verdict="watch", source="pool", probability=0.5)
        else:
            row.update(account_id="a")
    return lake.frame_of(name, rows)


def stage(lake: Lake, run_date: date, count: int = 1, names: tuple[str, ...] = PUBLISHED) -> None:
    for name in names:
        lake.replace_partition(name, run_date, rows_of(name, lake, run_date, count), stage="rank", staged=True)
    lake.staging.seal(run_date, {"sightings": 4})


def staged_folders(lake: Lake) -> list[str]:
    return [f"{folder.run_date} {folder.run_id}" for folder in lake.staging.folders()]


def days_in(frame: DataFrame) -> set[date]:
    return {row["run_date"] for row in frame.select("run_date").distinct().collect()}


# -- partitions


def test_frame_of__keeps_every_kind_of_value(lake: Lake) -> None:
    instant = datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)
    row = {"run_date": DAY, "run_id": "r", "published_at": instant, "table_versions": {"campaigns": 3}}
    (found,) = lake.frame_of("manifest", [row]).collect()
    assert found["published_at"] == instant.replace(tzinfo=None)
    assert (found["run_date"], found["table_versions"]) == (DAY, {"campaigns": 3})
    assert found["package_version"] is None
    assert lake.frame_of("manifest", []).isEmpty()
    with pytest.raises(KeyError):
        lake.frame_of("manifest", [{"nothing": 1}])


def test_replace_partition__replaces_one_day_and_counts_its_rows(lake: Lake) -> None:
    assert lake.replace_partition("sightings", DAY, sightings(lake, DAY, 3), stage="observe") == 3
    assert lake.replace_partition("sightings", NEXT, sightings(lake, NEXT, 2), stage="observe") == 2
    assert lake.replace_partition("sightings", DAY, sightings(lake, DAY, 1), stage="observe") == 1
    assert lake.read_dates("sightings", [DAY]).count() == 1
    assert lake.read_window("sightings", DAY, NEXT).count() == 3
    assert lake.read_window("sightings", NEXT, NEXT).count() == 2
    files = list(Path(lake.table_path("sightings"), f"usage_date={NEXT}").glob("*.parquet"))
    assert len(files) == 1, "a small day is one file"


def test_replace_partition__records_who_wrote_it_and_from_what(lake: Lake, config: Config) -> None:
    lake.replace_partition("sightings", DAY, sightings(lake, DAY), stage="observe", input_versions={"valid_usage": 7})
    (written, _) = lake.history_versions("sightings")
    assert written.metadata["run_id"] == "run-1"
    assert written.metadata["stage"] == "observe"
    assert written.metadata["partition"] == DAY.isoformat()
    assert written.metadata["config_fingerprint"] == config.fingerprint
    assert written.metadata["package_version"]
    assert written.metadata["input_versions"] == {"valid_usage": 7}
    assert written.version == lake.version("sightings") == 1
    assert lake.input_versions(["sightings", "links"]) == {"sightings": 1}
    history = lake.spark.sql(f"describe history delta.`{lake.table_path('sightings')}`").first()
    assert history is not None
    assert "run-1" in history["userMetadata"], "Delta's own history tells the same"


def test_replace_partition__rows_of_another_day_are_refused_and_nothing_is_written(lake: Lake) -> None:
    lake.replace_partition("sightings", DAY, sightings(lake, DAY), stage="observe")
    with pytest.raises(LakeError, match=r"sightings: rows lie outside partition 2026-03-01"):
        lake.replace_partition("sightings", DAY, sightings(lake, NEXT), stage="observe")
    assert lake.read("sightings").count() == 1


def test_replace_partition__first_write_of_a_day_appends_and_only_once(lake: Lake) -> None:
    for _ in range(2):
        lake.replace_partition("sightings", NEXT, sightings(lake, NEXT, 2), stage="observe")
    modes = [commit.parameters.get("mode") for commit in lake.history_versions("sightings")]
    assert modes[:2] == ["Overwrite", "Append"]
    assert lake.read("sightings").count() == 2
    with pytest.raises(LakeError, match=r"sightings: rows lie outside partition 2026-03-03"):
        lake.replace_partition("sightings", date(2026, 3, 3), sightings(lake, NEXT), stage="observe")
    assert lake.read("sightings").count() == 2


def test_replace_partition__a_killed_first_write_is_fenced_off(lake: Lake) -> None:
    lake.create("sightings")
    marker = Path(lake.table_path("sightings"), "_first_writes", str(DAY))
    marker.parent.mkdir()
    marker.touch()
    for _ in range(2):
        assert lake.replace_partition("sightings", DAY, sightings(lake, DAY, 2), stage="observe") == 2
    operations = [commit.operation for commit in lake.history_versions("sightings")]
    assert operations == ["WRITE", "WRITE", "SET TBLPROPERTIES", "CREATE TABLE"], "what began before is refused, once"
    assert not list(marker.parent.iterdir())
    assert lake.read("sightings").count() == 2


@pytest.mark.parametrize("rivals_days", [[DAY], [date(2026, 2, 28), DAY]], ids=["the day", "several days"])
def test_replace_partition__first_write_doubles_nothing_that_another_run_wrote_meanwhile(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, rivals_days: list[date]
) -> None:
    rival, genuine = other_run(lake), Lake.is_new

    def is_new(self: Lake, name: str, days: list[date]) -> bool:
        answer = genuine(self, name, days)
        if self is lake and answer:
            rival.replace_partitions(name, rivals_days, sightings(rival, DAY, 3), stage="ingest")
        return answer

    monkeypatch.setattr(Lake, "is_new", is_new)
    assert lake.replace_partition("sightings", DAY, sightings(lake, DAY, 2), stage="observe") == 2
    assert lake.read("sightings").count() == 2
    assert [c.metadata.get("run_id") for c in lake.history_versions("sightings")[:1]] == ["run-1"]


def test_replace_partition__a_first_write_that_another_run_overtakes_is_refused_by_delta(
    lake: Lake, tmp_path: Path
) -> None:
    begun, overtaken = tmp_path / "begun", tmp_path / "overtaken"

    def slowly(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        begun.touch()  # Delta's transaction is open: rows are computed in it
        until = time.monotonic() + 120
        while not overtaken.exists() and time.monotonic() < until:
            time.sleep(0.05)
        yield from batches

    rows = sightings(lake, DAY, 2)
    slow = rows.coalesce(1).mapInPandas(slowly, rows.schema)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(lake.replace_partition, "sightings", DAY, slow, stage="observe")
        while not begun.exists() and not first.done():
            time.sleep(0.05)
        rival = other_run(lake)
        rival.replace_partition("sightings", DAY, sightings(lake, DAY, 3), stage="observe")
        overtaken.touch()
        assert first.result() == 2
    assert lake.read("sightings").count() == 2, "the last to write replaced what it found"
    written = [c for c in lake.history_versions("sightings") if c.operation == "WRITE"]
    assert [c.metadata["run_id"] for c in written] == [lake.run_id, rival.run_id]
    assert {c.parameters["mode"] for c in written} == {"Overwrite"}, "what was to be appended never was"


def test_replace_partition__frame_that_breaks_the_contract_is_refused(lake: Lake) -> None:
    with pytest.raises(ContractError, match="identifier_kind: missing"):
        lake.replace_partition("sightings", DAY, sightings(lake, DAY).drop("identifier_kind"), stage="observe")
    assert not lake.exists("sightings")


def test_replace_partition__adds_a_column_that_the_contract_has_got_since(lake: Lake) -> None:
    row = {"usage_date": DAY, "account_id": "a", "workload_id": "t+-", "party_id": "a", "event_count": 1}
    early = lake.frame_of("account_activity", [row | {"session_start_seconds": [60]}]).drop("session_end_seconds")
    early.write.format("delta").partitionBy("usage_date").save(lake.table_path("account_activity"))
    later = row | {"usage_date": NEXT, "session_start_seconds": [60], "session_end_seconds": [90]}
    lake.replace_partition("account_activity", NEXT, lake.frame_of("account_activity", [later]), stage="observe")
    found = {r["usage_date"]: r["session_end_seconds"] for r in lake.read("account_activity").collect()}
    assert found == {DAY: None, NEXT: [90]}


def test_has_partition__tells_empty_from_missing(lake: Lake) -> None:
    assert not lake.has_partition("sightings", DAY)
    lake.replace_partition("sightings", DAY, lake.empty("sightings"), stage="observe")
    assert lake.has_partition("sightings", DAY)
    assert not lake.has_partition("sightings", NEXT)
    for count in (1, 0, 0):
        assert lake.replace_partition("sightings", DAY, sightings(lake, DAY, count), stage="observe") == count
    assert lake.has_partition("sightings", DAY)
    assert lake.read("sightings").isEmpty()
    lake.require_partition("sightings", DAY)


def test_has_partition__another_writers_empty_day_counts(lake: Lake) -> None:
    row = {"request_id": "r", "event_at": datetime(2026, 3, 1, tzinfo=UTC), "usage_date": DAY, "account_id": "a"}
    owned = lake.frame_of("usage_events", [row])
    path = lake.table_path("usage_events")
    owned.write.format("delta").partitionBy("usage_date").save(path)
    emptied = owned.where("false").write.format("delta").mode("overwrite")
    emptied.option("replaceWhere", f"usage_date = '{DAY}'").save(path)
    assert lake.read("usage_events").isEmpty()
    assert lake.has_partition("usage_events", DAY)
    assert not lake.has_partition("usage_events", NEXT)


def test_require_partition__a_day_that_was_taken_back_is_missing(lake: Lake) -> None:
    def require() -> None:
        lake.require_partition("sightings", DAY)

    def undo(statement: str) -> None:
        lake.spark.sql(statement.format(f"delta.`{lake.table_path('sightings')}`"))
        with pytest.raises(MissingPartitionError, match="the table has no such partition"):
            require()

    lake.replace_partition("sightings", NEXT, sightings(lake, NEXT), stage="observe")
    before = lake.version("sightings")
    for count in (2, 0):
        lake.replace_partition("sightings", DAY, sightings(lake, DAY, count), stage="ingest")
        require()
        undo(f"restore table {{}} to version as of {before}")
    lake.replace_partition("sightings", DAY, sightings(lake, DAY, 2), stage="ingest")
    path = lake.table_path("sightings")
    lake.spark.sql(f"delete from delta.`{path}` where usage_date = date'{DAY}' and account_id = 'a0'")
    require()
    undo(f"delete from {{}} where usage_date = date'{DAY}'")
    lake.require_partition("sightings", NEXT)
    # Whoever erases the only account of a day, or declares the day empty, does not take it away.
    lake.replace_partition("sightings", DAY, sightings(lake, DAY, 1), stage="ingest")
    on = f"t.usage_date = date'{DAY}' and t.account_id = s.account_id"
    lake.merge("sightings", lake.spark.sql("select 'a0' as account_id"), on, "when matched then delete", {"stage": "x"})
    assert lake.read_dates("sightings", [DAY]).isEmpty()
    require()
    lake.replace_partition("sightings", DAY, sightings(lake, DAY, 0), stage="ingest")
    lake.spark.sql(f"delete from delta.`{path}` where usage_date = date'{NEXT}'")
    require()


@pytest.mark.parametrize("exists", [False, True])
def test_require_partition__names_table_date_and_fix(lake: Lake, exists: bool) -> None:
    if exists:
        lake.create("usage_events")
    with pytest.raises(MissingPartitionError, match=r"usage_events .* usage_date 2026-03-01") as error:
        lake.require_partition("usage_events", DAY)
    assert "revenuer ingest --table usage_events" in str(error.value)
    assert error.value.exit_code == 3


def test_read__missing_table_is_empty_with_the_contracts_schema(lake: Lake) -> None:
    frame = lake.read("accounts")
    assert frame.columns == list(contract_of("accounts").columns)
    assert frame.isEmpty()
    assert lake.version("accounts") is None


def test_read__owners_table_with_few_columns_is_filled_up(lake: Lake) -> None:
    owned = lake.spark.sql(
        "select 'r' as request_id, timestamp'2026-03-01 10:00:00' as event_at, date'2026-03-01' as usage_date,"
        " 'a' as account_id, 5 as output_tokens, 1 as trace_flag"
    )
    owned.write.format("delta").partitionBy("usage_date").save(lake.table_path("usage_events"))
    (row,) = lake.read("usage_events").collect()
    assert row["output_tokens"] == 5
    assert row["client_ip"] is None
    assert lake.has_partition("usage_events", DAY)
    assert not lake.is_new("usage_events", [NEXT]), "how others lay out their table is not ours to know"


def test_read__owners_table_of_wrong_types_is_refused_with_every_difference(lake: Lake) -> None:
    owned = lake.spark.sql("select 1 as request_id, 'x' as event_at, date'2026-03-01' as usage_date")
    owned.write.format("delta").partitionBy("usage_date").save(lake.table_path("usage_events"))
    with pytest.raises(ContractError) as error:
        lake.read("usage_events")
    assert len(error.value.problems) == 3
    assert lake.read_raw("usage_events", DAY).columns == ["request_id", "event_at", "usage_date"]
    assert lake.read_raw("usage_events", NEXT).isEmpty()


def test_upsert__inserts_and_updates_by_key(lake: Lake) -> None:
    for months in ({"m1": 1, "m2": 1}, {"m2": 2, "m3": 1}):
        instants = {model: datetime(2026, month, 1, tzinfo=UTC) for model, month in months.items()}
        rows = [{"model": model, "released_at": instant} for model, instant in instants.items()]
        assert lake.upsert("model_releases", lake.frame_of("model_releases", rows)) == 2
        # The same load again changes nothing and commits nothing.
        version = lake.commits("model_releases").latest()
        assert lake.upsert("model_releases", lake.frame_of("model_releases", rows)) == 0
        assert lake.commits("model_releases").latest() == version
    found = {row["model"]: row["released_at"].month for row in lake.read("model_releases").collect()}
    assert found == {"m1": 1, "m2": 2, "m3": 1}
    assert lake.history_versions("model_releases")[0].metadata["run_id"] == "run-1"


def test_upsert__takes_a_key_that_owners_stored_twice(lake: Lake) -> None:
    months = [("m1", 1), ("m1", 1), ("m1", 2), ("m2", 2), ("m2", 2)]
    stored = [(model, datetime(2026, month, 1, tzinfo=UTC)) for model, month in months]
    frame = lake.spark.createDataFrame(stored, "model string, released_at timestamp")
    frame.write.format("delta").save(lake.table_path("model_releases"))
    rows = [{"model": model, "released_at": datetime(2026, 2, 1, tzinfo=UTC)} for model in ("m1", "m2", "m3")]
    load = lake.frame_of("model_releases", rows)
    assert lake.upsert("model_releases", load) == 4, "three rows of m1, and the new one; m2 stands there just so"
    found = {(row["model"], row["released_at"].month) for row in lake.read("model_releases").collect()}
    assert found == {("m1", 2), ("m2", 2), ("m3", 2)}
    assert lake.upsert("model_releases", load) == 0


def test_record_metrics__replaces_one_stage_of_one_run_date(lake: Lake) -> None:
    row = {"stage": "validate", "table_name": "valid_usage", "row_count": 5, "warnings": ["late"]}
    assert lake.record_metrics(DAY, [row]) == 1
    lake.record_metrics(DAY, [{"stage": "observe", "table_name": "sightings", "row_count": 9}])
    lake.record_metrics(DAY, [{**row, "row_count": 6}])
    found = {(r["stage"], r["row_count"], r["run_id"]) for r in lake.view("run_metrics").collect()}
    assert found == {("validate", 6, "run-1"), ("observe", 9, "run-1")}
    both = [{"stage": stage, "table_name": "t", "row_count": 1} for stage in ("validate", "observe")]
    assert lake.record_metrics(DAY, both) == 2
    assert lake.read("run_metrics").count() == 2
    assert lake.record_metrics(DAY, []) == 0


def test_concurrent_writers__of_different_days_both_succeed(lake: Lake) -> None:
    lake.create("sightings")
    days = [date(2026, 3, n) for n in range(1, 5)]
    with ThreadPoolExecutor(4) as pool:
        tasks = [
            pool.submit(lake.replace_partition, "sightings", day, sightings(lake, day, 2), stage="observe")
            for day in days
        ]
    assert [task.result() for task in tasks] == [2, 2, 2, 2]
    assert lake.read("sightings").count() == 8
    with ThreadPoolExecutor(3) as pool:
        tasks = [
            pool.submit(other_run(lake).replace_partition, "sightings", date(2026, 3, 9), frame, stage="observe")
            for frame in (sightings(lake, date(2026, 3, 9), count) for count in (3, 4, 5))
        ]
    assert sorted(task.result() for task in tasks) == [3, 4, 5]
    assert lake.read_dates("sightings", [date(2026, 3, 9)]).count() in (3, 4, 5), "one of them, and nothing doubled"


def test_tables__stay_plain_delta_that_other_readers_open(lake: Lake) -> None:
    deltalake = pytest.importorskip("deltalake")
    lake.replace_partition("sightings", DAY, sightings(lake, DAY, 3), stage="observe")
    table = deltalake.DeltaTable(lake.table_path("sightings"))
    assert table.to_pyarrow_table().num_rows == 3
    assert table.protocol().min_reader_version == 1


# -- publishing


def test_publish__reveals_a_date_that_was_only_staged_before(lake: Lake) -> None:
    stage(lake, DAY, 2)
    assert lake.staging.read("campaigns", DAY, lake.staging.current(DAY)).count() == 2
    assert lake.view("campaigns").isEmpty()
    assert lake.publish(DAY, PUBLISHED) == dict.fromkeys(PUBLISHED, 2)
    assert lake.view("campaigns").count() == 2
    assert lake.published_dates() == [DAY]
    assert staged_folders(lake) == [], "the staging area is tidied"
    (row,) = lake.read("manifest").collect()
    assert row["table_versions"] == lake.input_versions(PUBLISHED)
    assert row["run_id"] == "run-1"
    for name in ("manifest", "campaigns"):
        written = lake.history_versions(name)[0].metadata
        assert (written["input_versions"], written["staged_by"]) == ({"sightings": 4}, "run-1")


def test_publish__again_replaces_the_date_and_leaves_the_others(lake: Lake) -> None:
    for day, count in ((DAY, 3), (NEXT, 2), (DAY, 1)):
        stage(lake, day, count)
        lake.publish(day, PUBLISHED)
    assert lake.published_dates() == [DAY, NEXT]
    assert lake.view("campaigns").count() == 3
    assert days_in(lake.view("campaigns", latest=True)) == {NEXT}
    assert lake.view("campaigns_latest").count() == 2
    assert lake.previous_published(NEXT) == DAY
    assert lake.previous_published(DAY) is None


def test_publish__an_empty_ranking_is_published_too(lake: Lake) -> None:
    for name in PUBLISHED:
        lake.replace_partition(name, DAY, lake.empty(name), stage="rank", staged=True)
    lake.publish(DAY, PUBLISHED)
    assert lake.published_dates() == [DAY]
    assert lake.view("campaigns").isEmpty()
    stage(lake, DAY, 2)
    lake.publish(DAY, PUBLISHED)
    for name in PUBLISHED:
        lake.replace_partition(name, DAY, lake.empty(name), stage="rank", staged=True)
    assert lake.publish(DAY, PUBLISHED) == dict.fromkeys(PUBLISHED, 0)
    assert lake.view("campaigns").isEmpty()


def test_publish__what_is_not_staged_is_named(lake: Lake) -> None:
    stage(lake, DAY, names=("campaigns",))
    with pytest.raises(LakeError, match="campaign_members: nothing is staged") as error:
        lake.publish(DAY, PUBLISHED)
    assert error.value.exit_code == 7
    assert lake.published_dates() == []


def test_publish__first_one_killed_before_the_manifest_shows_nothing(lake: Lake, killed: pytest.MonkeyPatch) -> None:
    stage(lake, DAY)
    with pytest.raises(KeyboardInterrupt):
        lake.publish(DAY, PUBLISHED)
    assert lake.read("campaigns").count() == 1, "it got as far as the table"
    assert lake.view("campaigns").isEmpty()
    lake.register_views()
    assert lake.spark.table("campaigns").isEmpty()
    killed.undo()
    stage(lake, NEXT, 2)
    lake.publish(NEXT, PUBLISHED)
    assert days_in(lake.read("campaigns")) == {NEXT}, "the leftover is gone"
    assert lake.view("campaigns").count() == 2


def test_publish__later_one_killed_leaves_readers_what_they_saw(lake: Lake) -> None:
    stage(lake, DAY, 2)
    lake.publish(DAY, PUBLISHED)
    with pytest.MonkeyPatch.context() as again:
        kill_at(again, "campaign_members")
        stage(lake, DAY, 5)
        with pytest.raises(KeyboardInterrupt):
            lake.publish(DAY, PUBLISHED)
    assert lake.read("campaigns").count() == 5
    assert lake.view("campaigns").count() == 2, "the date is published, but at its old version"
    stage(lake, NEXT, 1)
    other_run(lake).publish(NEXT, PUBLISHED)
    assert lake.view("campaigns").count() == 3
    assert lake.view("campaign_members").count() == 3


def test_publish__keeps_a_compaction(lake: Lake) -> None:
    stage(lake, DAY, 2)
    lake.publish(DAY, PUBLISHED)
    lake.spark.sql(f"optimize delta.`{lake.table_path('campaigns')}`")
    stage(lake, NEXT, 1)
    lake.publish(NEXT, PUBLISHED)
    assert "RESTORE" not in {commit.operation for commit in lake.history_versions("campaigns")}
    assert lake.view("campaigns").count() == 3


@pytest.fixture
def meanwhile(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen just before this lake commits to the manifest."""
    genuine = Lake.commit_replacement

    def arrange(happen: Callable[[], None]) -> None:
        def commit(self: Lake, name: str, *arguments: Any, **options: Any) -> Any:
            if name == "manifest" and self is lake:
                monkeypatch.undo()
                happen()
            return genuine(self, name, *arguments, **options)

        monkeypatch.setattr(Lake, "commit_replacement", commit)

    return arrange


@pytest.mark.slow
def test_publish__of_another_date_meanwhile_is_built_upon(
    lake: Lake, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    rival = other_run(lake)
    stage(lake, DAY, 1)
    lake.publish(DAY, PUBLISHED)
    stage(lake, DAY, 4)
    stage(rival, NEXT, 3)

    def happen() -> None:
        rival.publish(NEXT, PUBLISHED)

    meanwhile(happen)
    lake.publish(DAY, PUBLISHED)
    assert lake.published_dates() == [DAY, NEXT]
    assert lake.view("campaigns").where(f"run_date = DATE'{DAY}'").count() == 4
    assert lake.view("campaigns").where(f"run_date = DATE'{NEXT}'").count() == 3
    assert staged_folders(lake) == []


def test_publish__of_the_same_date_meanwhile_is_a_lake_error(
    lake: Lake, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    stage(lake, DAY, 1)
    lake.publish(DAY, PUBLISHED)
    stage(lake, DAY, 4)

    def happen() -> None:
        rival = other_run(lake)
        stage(rival, DAY, 3)
        rival.publish(DAY, PUBLISHED)

    meanwhile(happen)
    with pytest.raises(LakeError, match=r"2026-03-01 was not published by this run: another run .* published") as error:
        lake.publish(DAY, PUBLISHED)
    assert "run run-2" in error.value.problems[0]
    assert error.value.exit_code == 7
    assert lake.view("campaigns").count() == 3, "the loser changed nothing"
    assert [lake.read(name).count() for name in PUBLISHED] == [3] * len(PUBLISHED), "in the newest versions neither"
    assert staged_folders(lake) == []
    stage(lake, DAY, 4)
    lake.publish(DAY, PUBLISHED)
    assert lake.view("campaigns").count() == 4
    assert lake.view("campaign_members").count() == 4


@pytest.mark.parametrize("table", ["campaigns", pytest.param("campaign_members", marks=pytest.mark.slow)])
def test_publish__overtaken_between_its_tables_undoes_nothing_of_the_winners(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """A slow publisher takes the winner's rows for a killed run's leftovers, unless it looks at the manifest again."""
    stage(lake, DAY, 1)
    lake.publish(DAY, PUBLISHED)
    stage(lake, NEXT, 3)
    slow, genuine = other_run(lake), Publication._restore

    def restore(self: Publication, name: str, *more: Any) -> bool:
        if self._lake is slow and name == table:
            monkeypatch.undo()
            lake.publish(NEXT, PUBLISHED)
        return genuine(self, name, *more)

    monkeypatch.setattr(Publication, "_restore", restore)
    with pytest.raises(LakeError, match="another run of the date published it meanwhile"):
        slow.publish(NEXT, PUBLISHED)
    assert lake.view("campaigns").count() == 4
    assert [lake.read(name).count() for name in PUBLISHED] == [4] * len(PUBLISHED)


def test_publish__only_of_what_the_run_staged_itself(lake: Lake) -> None:
    rival = other_run(lake)
    stage(lake, DAY, 1)
    stage(rival, DAY, 2)
    assert staged_folders(lake) == ["2026-03-01 run-1", "2026-03-01 run-2"], "they do not mix"
    with pytest.raises(LakeError, match=r"another run of the date staged after this one \(run-2\)"):
        lake.publish(DAY, PUBLISHED)
    assert staged_folders(lake) == ["2026-03-01 run-2"]
    # A stage in a process of its own publishes what the pointer names.
    assert other_run(lake, "run-3").publish(DAY, PUBLISHED) == dict.fromkeys(PUBLISHED, 2)
    with pytest.raises(LakeError, match="another run of the date published it meanwhile"):
        rival.publish(DAY, PUBLISHED)
    with pytest.raises(LakeError, match="nothing is staged"):
        other_run(lake, "run-4").publish(DAY, PUBLISHED)


def test_register_views__a_date_published_in_between_is_not_shown_yet(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(lake, DAY, 1)
    lake.publish(DAY, PUBLISHED)
    stage(lake, NEXT, 2)

    def then_publish(genuine: Callable[..., Any]) -> Callable[..., Any]:
        def read(*arguments: Any) -> Any:
            found = genuine(*arguments)
            monkeypatch.undo()
            lake.publish(NEXT, PUBLISHED)
            return found

        return read

    for name in ("pins", "published_dates"):
        monkeypatch.setattr(Lake, name, then_publish(getattr(Lake, name)))
    lake.register_views()
    assert days_in(lake.spark.table("campaigns_latest")) == {DAY}
    assert days_in(lake.spark.table("campaigns")) == {DAY}
    lake.register_views()
    assert days_in(lake.spark.table("campaigns_latest")) == {NEXT}


def test_publish__killed_before_tidying_up_is_finished_by_the_next(lake: Lake) -> None:
    stage(lake, DAY, 2)
    with pytest.MonkeyPatch.context() as again:
        again.setattr(type(lake.staging), "discard", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            lake.publish(DAY, PUBLISHED)
    before = lake.version("manifest")
    assert other_run(lake).publish(DAY, PUBLISHED) == dict.fromkeys(PUBLISHED, 2)
    assert lake.version("manifest") == before
    assert staged_folders(lake) == []


# A race takes minutes; each way it can end is played in order above.
@pytest.mark.slow
def test_publish__twice_at_once_is_one_commit(lake: Lake) -> None:
    stage(lake, DAY, 2)
    lake.publish(DAY, PUBLISHED)
    before = len(lake.commits("manifest").versions())
    stage(lake, DAY, 3)

    def publish(mine: Lake) -> str:
        try:
            mine.publish(DAY, PUBLISHED)
        except LakeError:
            return "refused"
        return "published"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(publish, [lake, other_run(lake)]))
    assert "published" in outcomes
    assert len(lake.commits("manifest").versions()) == before + 1
    assert lake.view("campaigns").count() == 3
    assert lake.view("campaign_members").count() == 3


# -- views


def test_register_views__readers_query_unversioned_names(lake: Lake) -> None:
    for day, count in ((DAY, 2), (NEXT, 1)):
        stage(lake, day, count)
        lake.publish(day, PUBLISHED)
    lake.record_metrics(NEXT, [{"stage": "rank", "table_name": "campaigns", "row_count": 1}])
    names = lake.register_views()
    assert {"campaigns", "campaigns_latest", "campaign_members", "run_metrics"} <= set(names)
    assert lake.spark.sql("select count(*) as n from campaigns").collect()[0]["n"] == 3
    assert lake.spark.sql("select count(*) as n from campaigns_latest").collect()[0]["n"] == 1
    assert lake.spark.sql("select * from campaign_evidence").isEmpty()
    assert lake.spark.table("run_metrics").count() == 1


def test_catalog_mode__tables_and_real_views_are_in_the_schema(spark: SparkSession, tmp_path: Path) -> None:
    config = load_config(overrides=("lake.mode=catalog", "lake.schema=revenuer_test"))
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    try:
        for day, count in ((DAY, 2), (NEXT, 1)):
            stage(lake, day, count)
            lake.publish(day, PUBLISHED)
        assert spark.sql("select count(*) as n from revenuer_test.campaigns").collect()[0]["n"] == 3
        assert spark.sql("select count(*) as n from revenuer_test.campaigns_latest").collect()[0]["n"] == 1
        assert spark.sql("select * from revenuer_test.campaign_lineage").isEmpty()
        assert spark.table("revenuer_test.campaigns_v1").count() == 3
        assert lake.view("campaigns").count() == 3
        found = {row["col_name"]: row["comment"] for row in spark.sql("describe revenuer_test.campaigns_v1").collect()}
        assert found["campaign_id"] == "Lasting id of the campaign. [id]"
        again = Lake(spark, str(tmp_path / "elsewhere"), config, "run-2")
        assert again.table_path("campaigns") == lake.table_path("campaigns"), "the catalog says where"
    finally:
        spark.sql("drop schema if exists revenuer_test cascade")


@pytest.mark.slow
def test_catalog_mode__views_that_a_killed_publisher_left_behind_are_mended(
    spark: SparkSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load_config(overrides=("lake.mode=catalog", "lake.schema=revenuer_mended"))
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    publication = Publication(lake)

    def kill_in(owner: type, name: str, work: Callable[[], Any]) -> None:
        with pytest.MonkeyPatch.context() as again:
            again.setattr(owner, name, lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt()))
            with pytest.raises(KeyboardInterrupt):
                work()

    def without_first_day(name: str, rows: DataFrame) -> tuple[list[date], DataFrame]:
        return [DAY] if name == "campaigns" else [], rows.where("false")

    def seen() -> set[date]:
        return days_in(spark.table("revenuer_mended.campaigns"))

    try:
        publication.mend_views()
        assert not lake.exists("campaigns"), "nothing is published, so there is nothing to show"
        stage(lake, DAY)
        lake.publish(DAY, PUBLISHED)
        stage(lake, NEXT)
        kill_in(Publication, "register_views", lambda: lake.publish(NEXT, PUBLISHED))
        assert seen() == {DAY}
        monkeypatch.setattr(Currency, "why_stale", lambda *arguments: None)
        run = Run(lake, config, NEXT, b"a key for tests only", None, "task", lambda text: None)
        assert [report.is_skipped for report in run_stages(run, stages_from("publish"))] == [True]
        assert seen() == {DAY, NEXT}
        stage(lake, THIRD)
        kill_in(type(lake.staging), "discard", lambda: lake.publish(THIRD, PUBLISHED))
        other_run(lake).publish(THIRD, PUBLISHED)
        assert seen() == {DAY, NEXT, THIRD}
        kill_in(Publication, "register_views", lambda: publication.amend(without_first_day, {}))
        assert seen() == {DAY, NEXT, THIRD}
        assert publication.amend(lambda name, rows: ([], rows), {}) == {}
        assert seen() == {NEXT, THIRD}
    finally:
        spark.sql("drop schema if exists revenuer_mended cascade")


def test_lake__unknown_mode_is_a_config_error(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lake\.mode"):
        Lake(spark, str(tmp_path), load_config(overrides=("lake.mode=files",)), "run-1")


def test_lake__unwritable_root_is_a_lake_error(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file where the directory should be")
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    with pytest.raises(LakeError, match="sightings cannot be created"):
        lake.create("sightings")


def test_replace_partition__refused_by_storage_is_a_lake_error_and_writes_nothing(lake: Lake) -> None:
    lake.replace_partition("sightings", DAY, sightings(lake, DAY, 3), stage="observe")
    Path(lake.table_path("sightings"), f"usage_date={NEXT}").write_text("a file where the partition should be")
    with pytest.raises(LakeError, match=r"sightings was not written at (.|\n)*has room"):
        lake.replace_partition("sightings", NEXT, sightings(lake, NEXT), stage="observe")
    assert lake.version("sightings") == 1
    # What Spark cannot compute is no fault of the storage.
    broken = sightings(lake, DAY).withColumn("event_count", expr("cast(raise_error('cannot be counted') as bigint)"))
    with pytest.raises(SPARK_ERRORS, match="cannot be counted"):
        lake.replace_partition("sightings", DAY, broken, stage="observe")


def test_commit__wrote__reads_dates_of_metadata_and_predicate(lake: Lake) -> None:
    lake.replace_partitions("sightings", [DAY, NEXT], sightings(lake, DAY), stage="ingest")
    commit = lake.history_versions("sightings")[0]
    assert commit.wrote(DAY)
    assert commit.wrote(NEXT)
    assert not commit.wrote(date(2026, 3, 3))
    by_another = replace(commit, metadata={}, parameters={"predicate": "[\"usage_date = '2026-03-01'\"]"})
    assert by_another.wrote(DAY)
    assert not by_another.wrote(NEXT)
    assert commit.committed_at.tzinfo is UTC
