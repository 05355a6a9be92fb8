"""When a result is current: real tables, other writers' commits, compaction, rollbacks, settings, publications."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import Config, load_config
from revenuer.errors import LakeError
from revenuer.lake.hash_keys import KEY_ID, foreign_days, key_id
from revenuer.lake.lake import Lake
from revenuer.pipeline.currency import NEVER, Currency
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.pipeline.staleness import Staleness
from revenuer.pipeline.wiring import RANKED

FIRST = date(2026, 3, 1)
SECOND, THIRD = FIRST + timedelta(days=1), FIRST + timedelta(days=2)


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"), config, "run-1")


def why(lake: Lake, stage: str, day: date = FIRST) -> str | None:
    return Currency(lake).why_stale(stages_from(stage)[0], day)


def usage(lake: Lake, day: date, request: str = "r") -> DataFrame:
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    row = {"request_id": request, "event_at": at, "usage_date": day, "account_id": "a"}
    return lake.frame_of("usage_events", [row])


def append(lake: Lake, frame: DataFrame) -> None:
    """Rows that come late, written by the lake's owners with their own program."""
    frame.write.format("delta").mode("append").save(lake.table_path("usage_events"))


def write(lake: Lake, stage: str, day: date, condition: str | None = None) -> None:
    """What a stage commits, without running it."""
    (known,) = stages_from(stage)
    versions = lake.input_versions([table for table, _ in known.reads])
    for table in known.writes:
        lake.replace_partition(
            table, day, lake.empty(table), stage=stage, input_versions=versions,
            condition=condition if table == "hub_ledger" else None,
        )  # fmt: skip


def publish(lake: Lake, day: date) -> None:
    versions = lake.input_versions([table for table, _ in stages_from("rank")[0].reads])
    stage_ranking(lake, day)
    lake.staging.seal(day, versions)
    lake.publish(day, RANKED)


def stage_ranking(lake: Lake, day: date) -> None:
    lake.staging.begin(day)
    for table in RANKED:
        lake.replace_partition(table, day, lake.empty(table), stage="rank", staged=True)


def test_why_stale__follows_the_rows_a_stage_reads(lake: Lake, spark: SparkSession) -> None:
    assert why(lake, "validate") == NEVER
    for day in (FIRST, SECOND):
        lake.replace_partition("usage_events", day, usage(lake, day), stage="ingest")
    write(lake, "validate", FIRST)
    assert why(lake, "validate") is None
    assert why(lake, "validate", SECOND) == NEVER
    append(lake, usage(lake, SECOND, "late"))
    assert why(lake, "validate") is None, "another day changed"
    append(lake, usage(lake, FIRST, "late"))
    reason = why(lake, "validate") or ""
    assert re.fullmatch(
        r"usage_events 2026-03-01 changed at version 4 \(20\d\d-\d\d-\d\d \d\d:\d\d UTC\),"
        r" after version 2 it was made from",
        reason,
    )
    write(lake, "validate", FIRST)
    path = lake.table_path("usage_events")
    spark.sql(f"optimize delta.`{path}`")
    assert (lake.version("usage_events") or 0) > 4, "the compaction did something"
    assert why(lake, "validate") is None, "compaction changes no row"
    spark.sql(f"restore table delta.`{path}` to version as of 3")
    assert "usage_events 2026-03-01 was rolled back to before version 4" in (why(lake, "validate") or "")
    spark.sql(f"restore table delta.`{path}` to version as of 4")
    assert why(lake, "validate") is None, "it is as it was read"
    # A table without dates that comes later counts as a whole.
    rows = lake.frame_of("accounts", [{"account_id": "a"}])
    lake.upsert("accounts", rows)
    assert re.match(r"accounts was not there when it was made: version 1 brought it", why(lake, "validate") or "")
    (validate,) = stages_from("validate")
    assert Currency(lake, ["accounts"]).why_stale(validate, FIRST) is None


def test_why_stale__names_other_settings_and_packages(
    lake: Lake, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.replace_partition("usage_events", FIRST, usage(lake, FIRST), stage="ingest")
    write(lake, "validate", FIRST)
    other = load_config(overrides=("observe.retry_seconds=9",))
    assert "made with configuration" in (why(Lake(spark, lake.uri, other, "run-2"), "validate") or "")
    elsewhere = load_config(overrides=("spark.shuffle_partitions=9", "validate.recent_days=9"))
    assert why(Lake(spark, lake.uri, elsewhere, "run-2"), "validate") is None, "it changes no result"
    monkeypatch.setattr("revenuer.pipeline.currency.__version__", "9.0")
    assert "which is 9.0 now" in (why(lake, "validate") or "")


def test_why_stale__outputs_are_the_stages_own(lake: Lake) -> None:
    lake.replace_partition("sightings", FIRST, lake.empty("sightings"), stage="ingest")
    write(lake, "link", FIRST)
    write(lake, "cluster", FIRST, "reason like 'cut by guard%'")
    assert why(lake, "link") is None, "cluster replaced its own rows of hub_ledger only"
    assert why(lake, "cluster") is None
    write(lake, "link", FIRST)
    assert (why(lake, "cluster") or "").startswith("hub_ledger 2026-03-01 was written by link last")
    assert (why(lake, "observe") or "").startswith("sightings 2026-03-01 was written by ingest last")
    # The window of a later day holds the first.
    write(lake, "link", SECOND)
    lake.replace_partition("sightings", THIRD, lake.empty("sightings"), stage="ingest")
    assert why(lake, "link", SECOND) is None, "a later day is in no window"
    lake.replace_partition("sightings", FIRST, lake.empty("sightings"), stage="ingest")
    assert "sightings 2026-03-01 changed" in (why(lake, "link", SECOND) or "")


@pytest.mark.slow
def test_why_stale__publications_depend_on_the_one_before(lake: Lake, spark: SparkSession) -> None:
    assert why(lake, "rank") == why(lake, "publish") == NEVER
    for day in (FIRST, THIRD):
        publish(lake, day)
    for day in (FIRST, THIRD):
        assert why(lake, "rank", day) is None
        assert why(lake, "publish", day) is None
    publish(lake, SECOND)
    assert " 2026-03-02 changed at version" in (why(lake, "rank", THIRD) or ""), "it has another day before it now"
    assert why(lake, "rank", SECOND) is None
    publish(lake, FIRST)
    assert " 2026-03-01 changed at version" in (why(lake, "rank", SECOND) or "")
    stage_ranking(lake, FIRST)
    assert why(lake, "publish") is None, "what is staged is not complete"
    lake.staging.seal(FIRST, lake.input_versions(RANKED))
    assert why(lake, "publish") == "staged results wait"
    lake.staging.discard(FIRST)
    edited = lake.frame_of("campaigns", [{"run_date": FIRST, "campaign_id": "c"}])
    edited.write.format("delta").mode("append").save(lake.table_path("campaigns"))
    for stage in ("rank", "publish"):
        assert "campaigns 2026-03-01 changed at version" in (why(lake, stage) or "")
        assert "was published" in (why(lake, stage) or "")


def test_why_stale__what_was_tried_out_with_other_settings_is_made_anew_and_not_published(
    lake: Lake, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_publish(of: Lake) -> None:
        run_stages(Run(of, of.config, FIRST, b"k" * 16, None, "auto", lambda text: None), stages_from("publish"))

    publish(lake, FIRST)
    trying = Lake(spark, lake.uri, lake.config.changed({"rank": {**lake.config.section("rank"), "x": 1}}), "run-2")
    stage_ranking(trying, FIRST)
    trying.staging.seal(FIRST, trying.input_versions(RANKED))
    assert why(trying, "publish") == why(lake, "publish") == "staged results wait"
    assert why(lake, "rank") == (
        f"what is staged for {FIRST} was made with configuration {trying.config.fingerprint},"
        f" which is {lake.config.fingerprint} now"
    )
    with pytest.raises(LakeError, match="staged with other settings: run rank") as caught:
        run_publish(lake)
    assert "run run-2 staged what was made with configuration" in str(caught.value)
    assert trying.staging.waiting(FIRST) is not None, "it can be published with its own settings"
    stage_ranking(lake, FIRST)
    lake.staging.seal(FIRST, lake.input_versions(RANKED))
    assert why(lake, "rank") is None and why(lake, "publish") == "staged results wait"
    monkeypatch.setattr("revenuer.lake.staging.__version__", "9.0")
    assert "which is 9.0 now" in (why(lake, "rank") or "")
    with pytest.raises(LakeError, match="staged with other settings: run rank"):
        run_publish(lake)


def test_staleness__reads_no_table_and_finds_what_follows(lake: Lake, spark: SparkSession) -> None:
    for day in (FIRST, SECOND):
        lake.replace_partition("usage_events", day, usage(lake, day), stage="ingest")
        for stage in ("validate", "observe", "link", "cluster"):
            write(lake, stage, day, "reason like 'cut by guard%'" if stage == "cluster" else None)
        publish(lake, day)
    stages = stages_from("all")
    tracker = spark.sparkContext.statusTracker()
    spark.sparkContext.setJobGroup("currency", "what a check costs")
    staleness = Staleness(lake, stages)
    assert staleness.find(staleness.dates()) == []
    append(lake, usage(lake, FIRST, "late"))
    assert len(tracker.getJobIdsForGroup("currency")) > 0, "the append itself is a job"
    before = len(tracker.getJobIdsForGroup("currency"))
    staleness = Staleness(lake, stages)
    found = staleness.find(staleness.dates())
    assert len(tracker.getJobIdsForGroup("currency")) == before, "the logs answer without a query"
    names = [stage.name for stage in stages]
    expected = [(FIRST, name) for name in names] + [(SECOND, name) for name in names[2:]]
    assert [(entry.run_date, entry.stage) for entry in found] == expected
    assert [entry.stage for entry in found if entry.is_direct] == ["validate"]
    reasons = {(entry.run_date, entry.stage): entry.reason for entry in found}
    assert reasons[(SECOND, "link")] == "sightings 2026-03-01 will be made again"
    # A day that another program removes is gone: there is nothing to run it from but what was made of it.
    spark.sql(f"delete from delta.`{lake.table_path('usage_events')}` where usage_date = date'{FIRST}'")
    gone = Staleness(lake, stages)
    assert gone.stages_for(FIRST)[0].name == "observe"
    assert gone.missing([FIRST, THIRD]) == ["usage_events has nothing for 2026-03-03"]


def test_hash_key__makes_stale_what_was_hashed_with_another_and_names_its_days(lake: Lake) -> None:
    old, new = b"the key of last year", b"the key of this year"
    for day, key in ((FIRST, old), (SECOND, new)):
        for table in ("sightings", "account_activity", "key_usage"):
            lake.replace_partition(table, day, lake.empty(table), stage="observe", origin={KEY_ID: key_id(key)})
    # Loaded by the site, which hashes as it likes.
    lake.replace_partition("sightings", THIRD, lake.empty("sightings"), stage="ingest")
    assert foreign_days(lake, [FIRST, SECOND, THIRD], new) == [FIRST]
    assert foreign_days(lake, [FIRST, SECOND, THIRD], old) == [SECOND]
    (observe,) = stages_from("observe")
    with_new = Currency(lake, hash_key_id=key_id(new))
    assert with_new.why_stale(observe, FIRST) == "its identifiers were hashed with another key"
    assert with_new.why_stale(observe, SECOND) is None
    assert Currency(lake).why_stale(observe, FIRST) is None, "nobody said which key is in use"


@pytest.mark.slow
def test_why_stale__rows_that_count_later_leave_earlier_dates_current(lake: Lake) -> None:
    def decide(day: date, subject: str, verdict: str = "benign", by: str | None = None) -> int:
        row = {"subject_kind": "account", "subject_id": subject, "verdict": verdict, "decided_by": by,
               "decided_at": datetime(day.year, day.month, day.day, 9, tzinfo=UTC)}  # fmt: skip
        return lake.upsert("dispositions", lake.frame_of("dispositions", [row]))

    for day in (FIRST, SECOND, THIRD):
        write(lake, "link", day)
    decide(SECOND, "a")  # the first decision of all: there was no table before
    assert why(lake, "link", FIRST) is None
    assert str(why(lake, "link", SECOND)).startswith("dispositions was not there when it was made")
    assert why(lake, "link", THIRD) is not None
    for day in (SECOND, THIRD):
        write(lake, "link", day)
    decide(THIRD, "b")
    assert decide(THIRD, "b") == 0, "loaded again as it was"
    assert [why(lake, "link", day) is None for day in (FIRST, SECOND, THIRD)] == [True, True, False]
    write(lake, "link", THIRD)
    # A decision that is taken back may have counted on any date since.
    decide(THIRD, "b", by="somebody")
    assert [why(lake, "link", day) is None for day in (FIRST, SECOND, THIRD)] == [False, False, False]


def test_why_stale__a_table_shared_with_another_stage_is_no_sign_of_a_run(lake: Lake) -> None:
    lake.replace_partition("sightings", FIRST, lake.empty("sightings"), stage="observe")
    write(lake, "link", FIRST)
    assert why(lake, "cluster") == NEVER, "the hub_ledger there is what link wrote"
    write(lake, "cluster", FIRST, condition="reason like 'cut by guard%'")
    assert why(lake, "cluster") is None
    write(lake, "link", FIRST)
    assert str(why(lake, "cluster")).startswith("hub_ledger 2026-03-01 was written by link last")
