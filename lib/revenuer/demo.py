"""The demo: a small simulated site with one planted campaign, every stage on it, day by day."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

from pyspark import inheritable_thread_target

from revenuer.errors import ConfigError
from revenuer.evaluation.evaluate import evaluate_run
from revenuer.ingest import ingest
from revenuer.lake.hash_keys import keep_hash_key
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stage import StageReport
from revenuer.pipeline.stages import stages_from
from revenuer.quality import preload
from revenuer.reporting.report import read_ranking
from revenuer.reporting.verify import Verification, verify_pools
from revenuer.simulate import simulate
from revenuer.workbench import Workbench

_HASH_KEY = "the demo's key is public: it protects simulated data only"
_MARK = ".revenuer-demo"  # in a folder that a demo may replace
# A few thousand rows a stage: planning and compiling are the whole cost, so plan once and interpret.
_SMALL_DATA = (
    "spark.shuffle_partitions=1",
    "spark.extra.spark.default.parallelism=1",
    "spark.extra.spark.databricks.delta.snapshotPartitions=1",
    "spark.extra.spark.sql.adaptive.enabled=false",
    "spark.extra.spark.sql.codegen.wholeStage=false",
    "spark.extra.spark.sql.codegen.factoryMode=NO_CODEGEN",
    "spark.extra.spark.driver.extraJavaOptions="
    "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=400m -XX:+UseParallelGC",
)


def run_demo(out: Path, *, seed: int, days: int, say: Callable[[str], None]) -> None:
    """Run the demo.

    Args:
        out: Folder; ``lake``, ``world`` and ``truth.parquet`` in it are replaced.
        seed: Seed of the simulated world.
        days: Days to simulate and run.
        say: Called with each line of output.

    Raises:
        ConfigError: The folder cannot be written, or holds what no demo made.
    """
    began = time.monotonic()
    world, lake_path, truth = out / "world", out / "lake", out / "truth.parquet"
    make_room(out)
    say(f"Simulating {days} days of a small LLM provider: honest customers, honest look-alikes, one planted campaign.")
    made = simulate("demo", days=days, accounts=None, seed=seed, out=world)
    shutil.copyfile(world / "truth.parquet", truth)
    say(f"  {made.events:,} events of {made.accounts:,} accounts in {made.seconds:.0f} s; planted truth in {truth}")
    preload()
    say("Starting Spark ...")
    with Workbench.open(str(lake_path), overrides=_SMALL_DATA, with_graphframes=True) as bench:
        # Beside the lake, so that whoever goes on with it hashes as the demo did; one from the environment wins.
        keep_hash_key(str(lake_path), _HASH_KEY)
        for table in ("accounts", "usage_events"):
            source = world / f"{table}.parquet" if table == "accounts" else world / table
            say(ingest(bench.lake, table, str(source)).text())
        spent: dict[str, float] = {}
        quarantined: list[str] = []

        def on_report(report: StageReport) -> None:
            say(report.text())
            spent[report.stage] = spent.get(report.stage, 0.0) + report.seconds
            if report.stage == "validate":
                quarantined.append(f"{report.run_date}: {report.written['quarantined_usage']} rows")

        verified = _run_days(bench, made.dates, say, on_report)
        last = made.dates[-1]
        say("")
        say(read_ranking(bench.lake, last, top=12).text())
        say("")
        say(f"Quarantined: {', '.join(quarantined)} (reasons in table quarantined_usage)")
        say("Stage seconds over all days: " + ", ".join(f"{name} {took:.0f}" for name, took in spent.items()))
        say("")
        say("Against the planted truth:")
        say(evaluate_run(bench.lake, str(truth), last, window_days=int(bench.config.value("window.days"))).text())
        say("")
        say("Recomputing the last day's pools with GraphFrames ...")
        say(verified.result().text())
    say("")
    say(f"Done in {time.monotonic() - began:.0f} s. Tables: {lake_path}; read them with any Delta reader, or")
    say(f"  revenuer report --lake {lake_path}")


def make_room(out: Path) -> None:
    """Remove an earlier demo from a folder, and nothing else.

    Raises:
        ConfigError: The folder holds a lake or a world that no demo made, or cannot be written.
    """
    mark, made = out / _MARK, [out / "world", out / "lake"]
    # Demos of before the mark: the truth lies beside the world it was copied from.
    is_demo = mark.exists() or ((out / "truth.parquet").exists() and (out / "world" / "truth.parquet").exists())
    there = [folder for folder in made if folder.exists() or folder.is_symlink()]
    if there and not is_demo:
        raise ConfigError(
            f"{' and '.join(map(str, there))} would be replaced, and no demo made it", fix="--out another folder"
        )
    try:
        for folder in there:
            shutil.rmtree(folder)
        out.mkdir(parents=True, exist_ok=True)
        mark.write_text(
            "Made by `revenuer demo`, which replaces lake, world and truth.parquet here.\n", encoding="utf-8"
        )
    except OSError as error:
        raise ConfigError(f"cannot write to {out}: {error.strerror or error}", fix="--out another folder") from error


def _run_days(
    bench: Workbench, days: Sequence[date], say: Callable[[str], None], on_report: Callable[[StageReport], None]
) -> Future[Verification]:
    """Run every day; the stages that need no other day's results run ahead of the ranking.

    Small days mostly wait for the driver, so two at a time keep two cores busy. What the ones ahead have to say is
    kept until its turn. Returns what comes of recomputing the last day's pools with the other engine.
    """
    stages, later = stages_from("all"), stages_from("all", "rank")
    first = [stage for stage in stages if stage not in later]

    def ahead(day: date) -> tuple[list[str], list[StageReport]]:
        said: list[str] = []
        return said, run_stages(bench.run(day, said.append), first)

    def recompute(day: date) -> Verification:
        return verify_pools(replace(bench.run(day, say), engine="graphframes"))

    in_session = inheritable_thread_target(bench.spark)
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(in_session(ahead), day) for day in days]
        verified = pool.submit(in_session(recompute), days[-1])
        for day, upstream in zip(days, waiting, strict=True):
            said, reports = upstream.result()
            for line in said:
                say(line)
            for report in reports:
                on_report(report)
            run_stages(bench.run(day, say), later, on_report)
    return verified
