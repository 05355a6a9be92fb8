"""What bad input gets: the right exit code, one clear message, and a lake left as it was."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from strangers import pool_among_strangers

from revenuer.cli import main, root_cause
from revenuer.config import Config
from revenuer.errors import ContractError, MissingPartitionError, QualityError
from revenuer.lake.lake import Lake
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.reporting.report import read_ranking
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 1)
EVENTS, SIGHTINGS = CONTRACTS["usage_events"], CONTRACTS["sightings"]


def a_run(spark: SparkSession, config: Config, uri: Path, day: date = DAY) -> Run:
    lake = Lake(spark, str(uri), config, "test-run")
    return Run(lake, config, day, b"a key for tests only", None, "task", lambda text: None)


def write_events(run: Run, rows: list[tuple[object, ...]]) -> None:
    frame = run.lake.spark.createDataFrame(rows, EVENTS.schema_ddl())
    run.lake.replace_partition("usage_events", run.run_date, frame, stage="ingest")


def events(count: int, **values: object) -> list[tuple[object, ...]]:
    return [
        EVENTS.row(**{"request_id": f"r{n}", "event_at": datetime(2026, 3, 1, n % 24), "usage_date": DAY,
                      "account_id": f"a{n % 7}", **values})
        for n in range(count)
    ]  # fmt: skip


def tables_of(uri: Path) -> set[str]:
    return {path.name for path in uri.iterdir() if path.name.endswith("_v1")}


def test_missing_partition__names_table_and_date(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    run = a_run(spark, config, tmp_path)
    with pytest.raises(MissingPartitionError, match=r"usage_events.*2026-03-01") as caught:
        run_stages(run, stages_from("validate"))
    assert caught.value.exit_code == 3


def test_wrong_columns__are_all_listed_and_nothing_is_written(
    spark: SparkSession, config: Config, tmp_path: Path
) -> None:
    frame = spark.range(1).selectExpr(
        "date'2026-03-01' as usage_date", "current_timestamp() as event_at", "'a' as account_id", "array(1) as model"
    )
    frame.write.format("delta").partitionBy("usage_date").save(str(tmp_path / "usage_events_v1"))
    with pytest.raises(ContractError) as caught:
        run_stages(a_run(spark, config, tmp_path), stages_from("validate"))
    assert caught.value.exit_code == 4
    assert len(caught.value.problems) == 2  # request_id is missing, model is an array
    assert tables_of(tmp_path) == {"usage_events_v1"}


def test_bad_day__stops_with_five_and_leaves_the_lake(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    run = a_run(spark, config, tmp_path)
    write_events(run, events(40) + [EVENTS.row(usage_date=DAY, input_tokens=-1)] * 10)
    with pytest.raises(QualityError, match="max_quarantined_share") as caught:
        run_stages(run, stages_from("validate"))
    assert caught.value.exit_code == 5
    assert tables_of(tmp_path) == {"usage_events_v1"}


@pytest.mark.slow
def test_empty_day__publishes_an_empty_ranking(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    run = a_run(spark, config, tmp_path)
    write_events(run, [])
    reports = run_stages(run, stages_from("all"))
    assert [report.stage for report in reports] == ["validate", "observe", "link", "cluster", "rank", "publish"]
    assert run.lake.published_dates() == [DAY]
    assert read_ranking(run.lake, DAY, top=5).campaigns == []
    # The day after was never written: missing, not empty.
    with pytest.raises(MissingPartitionError):
        run_stages(a_run(spark, config, tmp_path, DAY + timedelta(days=1)), stages_from("validate"))


@pytest.mark.slow
def test_sightings_alone__give_pools_and_at_most_watch(spark: SparkSession, config: Config, tmp_path: Path) -> None:
    run = a_run(spark, config, tmp_path)
    frame = spark.createDataFrame(pool_among_strangers(DAY, 25), SIGHTINGS.schema_ddl())
    run.lake.replace_partition("sightings", DAY, frame, stage="ingest")
    run_stages(run, stages_from("all", "link"))
    (found,) = read_ranking(run.lake, DAY, top=5).campaigns
    assert (found["verdict"], found["account_count"], found["source"]) == ("watch", 25, "pool")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["run", "all", "--run-date", "2026-3-1"], 2, "YYYY-MM-DD"),
        (["run", "everything", "--run-date", "2026-03-01"], 2, "validate, observe, link"),
        (["run", "all", "--run-date", "2026-03-01", "--set", "link.min_lft=3"], 2, "did you mean link.min_lift"),
        (["run", "all", "--run-date", "2026-03-01", "--config", "no-such.toml"], 2, "no such file"),
        (["tables", "campaing"], 2, "did you mean campaigns"),
        (["backfill", "--from", "2026-03-02", "--to", "2026-03-01", "--dry-run"], 2, "is empty"),
        (["backfill", "--from", "2026-03-02"], 2, "--from and --to, or --changed"),
        (["backfill", "--changed", "--ignore", "acounts"], 2, "did you mean accounts"),
        (["plan", "--from", "2026-03-02"], 2, "go with --changed"),
        (["no-such-command"], 2, "No such command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_words__get_one_clear_line_and_code_two(
    words: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == code
    printed = capsys.readouterr().err
    assert says in printed
    assert "Traceback" not in printed


def test_plan__lists_the_stages_without_a_session(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan"]) == 0
    assert "[6/6] publish" in capsys.readouterr().out


@pytest.mark.parametrize("fmt", ["md", "json", "ddl"])
def test_tables__prints_every_format(fmt: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tables", "campaigns", "--format", fmt]) == 0
    assert "campaigns_v1" in capsys.readouterr().out


def test_root_cause__tells_the_innermost_error_of_the_jvm_and_the_last_line_of_a_worker(
    spark: SparkSession, tmp_path: Path
) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 this is no Parquet file")
    jvm = spark._jvm.java.nio.file.Paths
    with pytest.raises(Py4JJavaError) as called:
        spark._jvm.java.nio.file.Files.readString(jvm.get(str(tmp_path / "absent"), spark._sc._gateway.new_array(
            spark._jvm.java.lang.String, 0)))  # fmt: skip
    assert root_cause(called.value).startswith("java.nio.file.NoSuchFileException")
    with pytest.raises(Exception, match="broken") as unread:
        spark.read.schema("a int").parquet(str(tmp_path / "broken.parquet")).collect()
    assert "not a Parquet file" in root_cause(unread.value)

    def fail(batches):
        raise ValueError("this column holds no numbers")

    with pytest.raises(Exception, match="no numbers") as worker:
        spark.range(1).mapInArrow(fail, "id bigint").collect()
    assert root_cause(worker.value) == "ValueError: this column holds no numbers"
