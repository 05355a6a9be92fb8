"""Days that are run again: in another order, after late rows, by force; resumed, skipped, estimated."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import MissingPartitionError
from revenuer.ingest import ingest
from revenuer.lake.lake import Lake
from revenuer.pipeline.backfill import after, run_backfill, with_input
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import STAGES, stages_from
from revenuer.pipeline.staleness import Staleness, staleness_text
from revenuer.pipeline.wiring import RANKED
from revenuer.simulate import simulate

pytestmark = pytest.mark.slow

WORLD = """
[world]
summary = "Some hundred customers and one pool."
days = 3
accounts = 400

[ids]
account = "uuid"
hash = "base32"

[[models]]
name = "model-x"
share = 1.0

[population]
median_rate = 1.0
cap = 20.0

[[adversaries]]
kind = "pool"
name = "ring"
accounts = 32
rate = 20.0
"""
DAYS = [date(2026, 3, 1) + timedelta(days=n) for n in range(3)]
FINITE = STAGES[:4]
WORKING = tuple(table for stage in FINITE for table in stage.writes)


def run_of(lake: Lake, day: date, said: list[str] | None = None) -> Run:
    announce = said.append if said is not None else lambda text: None
    return Run(lake, lake.config, day, b"a key for tests only", None, "task", announce)


def contents(lake: Lake, tables: Sequence[str] = (*WORKING, *RANKED)) -> dict[str, tuple[int, int]]:
    """A digest of each table's rows, whatever their order."""
    row = "xxhash64(to_json(struct(*)))"
    digest = f"bit_xor({row}) as digest", "count(*) as n"
    frames = [
        (lake.view(name) if name in RANKED else lake.read(name)).selectExpr(f"'{name}' as name", *digest)
        for name in dict.fromkeys(tables)
    ]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionAll(frame)
    return {found["name"]: (found["digest"], found["n"]) for found in whole.collect()}


@pytest.fixture(scope="module")
def lakes(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Lake]:
    """The same three days twice: run day by day, and with the stages of a finite window in another order."""
    folder = tmp_path_factory.mktemp("backfill")
    file = folder / "world.toml"
    file.write_text(WORLD, encoding="utf-8")
    simulate(str(file), days=3, accounts=None, seed=5, out=folder / "world", start=DAYS[0])

    def lake_at(name: str) -> Lake:
        lake = Lake(spark, str(folder / name), config, f"run-{name}")
        ingest(lake, "accounts", str(folder / "world" / "accounts.parquet"))
        ingest(lake, "usage_events", str(folder / "world" / "usage_events"))
        return lake

    def in_order() -> Lake:
        lake, said = lake_at("in-order"), list[str]()
        run_backfill(lambda day: run_of(lake, day), Staleness(lake, STAGES), DAYS, said.append)
        assert said[0] == "date 1 of 3: 2026-03-01"
        assert said[-1].startswith("3 dates, 18 stages run in ")
        assert [line for line in said if line.startswith("date 3 of 3: 2026-03-03, about ") and line.endswith(" left")]
        return lake

    def out_of_order() -> Lake:
        lake = lake_at("out-of-order")
        for day, stages in ((2, FINITE[:2]), (0, FINITE), (1, FINITE[:2]), (2, FINITE[2:]), (1, FINITE[2:])):
            run_stages(run_of(lake, DAYS[day]), stages)
        for day in DAYS:
            run_stages(run_of(lake, day), STAGES[4:])
        return lake

    with ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(inheritable_thread_target(spark)(work)) for work in (in_order, out_of_order)]
        return tasks[0].result(), tasks[1].result()


def test_stages_of_a_window__give_the_same_in_any_order(lakes: tuple[Lake, Lake]) -> None:
    first, second = (contents(lake) for lake in lakes)
    assert first == second
    assert all(first[name][1] for name in ("valid_usage", "links", "pools", "campaigns", "campaign_members"))


def test_run__of_the_same_again_is_skipped_and_writes_nothing(lakes: tuple[Lake, Lake]) -> None:
    lake, _ = lakes
    versions = lake.input_versions([*WORKING, *RANKED, "manifest", "run_metrics"])
    reports = run_stages(run_of(lake, DAYS[1]), STAGES)
    assert [report.text() for report in reports][1] == (
        "[2/6] observe 2026-03-02 unchanged: skipped (--force to run it anyway)"
    )
    assert all(report.is_skipped for report in reports)
    assert lake.input_versions(versions) == versions


def test_replay__by_force_gives_the_same_rows_and_ids(lakes: tuple[Lake, Lake]) -> None:
    _, lake = lakes
    before = contents(lake, RANKED)
    done = run_backfill(
        lambda day: run_of(lake, day), Staleness(lake, stages_from("all", "rank")), DAYS, lambda text: None, force=True
    )
    assert [(report.run_date, report.stage) for report in done] == [
        (day, stage) for day in DAYS for stage in ("rank", "publish")
    ]
    assert contents(lake, RANKED) == before
    survived = lake.view("campaign_lineage").where("lineage_event = 'survive'")
    assert survived.selectExpr("count(distinct run_date) as n").collect()[0]["n"] == 2


def test_missing_input__is_named_all_at_once_before_anything_runs(lakes: tuple[Lake, Lake]) -> None:
    staleness = Staleness(lakes[0], STAGES)
    wanted = [DAYS[0] - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]
    with pytest.raises(MissingPartitionError) as caught:
        with_input(staleness, wanted, skip_missing=False)
    assert caught.value.problems == (
        "usage_events has nothing for 2026-02-28",
        "usage_events has nothing for 2026-03-04",
    )
    assert with_input(staleness, wanted, skip_missing=True) == DAYS


def test_late_rows__are_seen_and_repaired(lakes: tuple[Lake, Lake]) -> None:
    lake, _ = lakes
    late = lake.read_dates("usage_events", DAYS[:1]).limit(50)
    late = late.selectExpr("* except (request_id)", "concat('late-', request_id) as request_id").localCheckpoint()
    late.write.format("delta").mode("append").save(lake.table_path("usage_events"))
    staleness = Staleness(lake, STAGES)
    found = staleness.find(staleness.dates())
    assert found[0].reason.startswith("usage_events 2026-03-01 changed at version ")
    assert [entry.stage for entry in found if entry.is_direct] == ["validate"]
    text = staleness_text(found, 3)
    assert "2026-03-01  validate to publish\n      validate: usage_events 2026-03-01 changed" in text
    assert "2026-03-02  link to publish\n      link: sightings 2026-03-01 will be made again" in text
    assert text.endswith("3 of 3 dates, 14 stages to run")
    # The first try stops after a day, as if it had been killed; the rest is out of date until the second.
    said: list[str] = []
    run_backfill(lambda day: run_of(lake, day, said), staleness, DAYS[:1], said.append)
    assert {entry.run_date for entry in after(Staleness(lake, STAGES), DAYS[0])} == set(DAYS[1:])
    run_backfill(lambda day: run_of(lake, day, said), Staleness(lake, STAGES), DAYS, said.append)
    assert "date 1 of 3: 2026-03-01 is current" in said
    assert "      link 2026-03-02 runs again: sightings 2026-03-01 changed at version" in "\n".join(said)
    assert lake.read_dates("valid_usage", DAYS[:1]).where("request_id like 'late-%'").count() == 50
    staleness = Staleness(lake, STAGES)
    assert staleness_text(staleness.find(staleness.dates()), 3) == "3 dates, all current: nothing to do"
