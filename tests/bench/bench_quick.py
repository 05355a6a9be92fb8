"""What one small day costs in things that can be counted: the guard that CI runs against tests/bench_quick.json.

    python tests/bench/bench_quick.py --bounds tests/bench_quick.json [--store]

A seeded world of two days goes through all stages; the second day, which builds on the first, is counted, stage by
stage: Spark's jobs, stages and tasks, rows read and written, bytes shuffled, files added to tables and taken off them.
None of it depends on how fast the machine is. A figure more than a fifth (and more than a handful) above the stored one
fails; `--store` writes the figures down as the new bounds, for a change that is worth its price.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from bench_session import CORES, KEY, events_of, overrides
from event_log import counts_of, log_settings
from process_tree import Tree

from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stage import STAGE_NAMES
from revenuer.pipeline.stages import stages_from
from revenuer.simulate import simulate
from revenuer.workbench import Workbench

FIRST = date(2026, 3, 1)
DAYS, ACCOUNTS, SEED = 2, 1500, 5
MEASURES = ("jobs", "stages", "tasks", "rows_read", "rows_written", "shuffle_kb", "files_added", "files_removed")
CONTEXT = ("accounts", "enforcement_actions", "model_releases")
# The fifth is for what differs between machines: tasks and their shuffles follow the cores.
SLACK, HANDFUL = 1.2, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bounds", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("build/bench/quick"))
    parser.add_argument("--store", action="store_true", help="keep the figures as the new bounds")
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    counts, cpu = measure(out)
    print(f"one day of {DAYS}, {ACCOUNTS:,} honest accounts, {CORES} cores, {cpu:.0f} CPU seconds")
    print(f"{'stage':10}" + "".join(f"{name:>14}" for name in MEASURES))
    for stage, row in counts.items():
        print(f"{stage:10}" + "".join(f"{row[name]:>14,}" for name in MEASURES))
    (out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")
    if arguments.store:
        arguments.bounds.write_text(json.dumps(counts, indent=1) + "\n")
        return
    if above := exceeding(counts, json.loads(arguments.bounds.read_text())):
        raise SystemExit("more than before (keep it with --store if it is worth that):\n  " + "\n  ".join(above))
    print("nothing costs more than before")


def exceeding(counts: dict[str, dict[str, int]], bounds: dict[str, dict[str, int]]) -> list[str]:
    """Figures above their bounds, in words."""
    return [
        f"{stage}: {name} {row[name]:,}, was {bounds[stage][name]:,}"
        for stage, row in counts.items()
        for name in MEASURES
        if row[name] > bounds[stage][name] * SLACK and row[name] > bounds[stage][name] + HANDFUL
    ]


def measure(out: Path) -> tuple[dict[str, dict[str, int]], float]:
    """Run both days; returns counts by stage of the last one, the sum included, and its CPU seconds."""
    shutil.rmtree(out, ignore_errors=True)
    events = out / "events"
    os.environ["REVENUER_HASH_KEY"] = KEY
    world = out / "world"
    simulate("demo", days=DAYS, accounts=ACCOUNTS, seed=SEED, out=world, start=FIRST)
    settings = [*overrides(), *log_settings(events)]
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    last = days[-1]
    with Tree(os.getpid()) as tree, Workbench.open(str(out / "lake"), overrides=settings) as bench:
        read = bench.spark.read
        for name in CONTEXT:
            if (world / f"{name}.parquet").exists():
                bench.lake.upsert(name, read.parquet(str(world / f"{name}.parquet")))
        for day in days:
            bench.lake.replace_partition("usage_events", day, events_of(bench.spark, world, day), stage="ingest")
        for day in days[:-1]:
            run_stages(bench.run(day, print), stages_from("all"))
        began, instant = tree.look(), time.time()
        run_stages(bench.run(last, print), stages_from("all"))
        cpu = tree.look() - began
    counts = spark_counts(next(events.iterdir()), last)
    add_files(counts, out / "lake", last, instant)
    whole = Counter[str]()
    for row in counts.values():
        whole.update(row)
    counts["all"] = {name: whole[name] for name in MEASURES}
    return counts, cpu


def spark_counts(path: Path, day: date) -> dict[str, dict[str, int]]:
    """What Spark's event log says of a day's stages."""
    counts = {name: dict.fromkeys(MEASURES, 0) for name in STAGE_NAMES}
    for stage, row in counts_of(path, day).items():
        row["shuffle_kb"] = row["shuffle_bytes"] // 1024
        counts[stage] |= {name: row[name] for name in MEASURES if name in row}
    return counts


def add_files(counts: dict[str, dict[str, int]], lake: Path, day: date, since: float) -> None:
    """Count the files that the commits of a day's stages added and took off."""
    for path in lake.glob("*/_delta_log/*.json"):
        actions = [json.loads(line) for line in path.read_text().splitlines()]
        info = next((action["commitInfo"] for action in actions if "commitInfo" in action), {})
        metadata = json.loads(info.get("userMetadata") or "{}")
        is_of_day = metadata.get("partition") == str(day) and info["timestamp"] / 1000 >= since
        if is_of_day and metadata.get("stage") in counts:
            row = counts[metadata["stage"]]
            row["files_added"] += sum("add" in action for action in actions)
            row["files_removed"] += sum("remove" in action for action in actions)


if __name__ == "__main__":
    main()
