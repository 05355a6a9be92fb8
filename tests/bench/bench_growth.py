"""How the cost of a day grows with its events and with its window, and what one hot identifier or account does to it.

    python tests/bench/bench_growth.py --accounts 20000 --out build/bench/growth

Worlds of one, two, four and eight times as many honest accounts, an eighth of them a campaign, are run for two days
each; the second, whose code is compiled by then, is measured. The cost of eight times as much is also forecast from
the three smaller ones, stage by stage, as a constant and a cost per event: that is the model by which a cluster is
sized, and the forecast beside the measured figure says how far it can be trusted.

The four-fold world is run once more with three tenths of all events coming from one address and a fifth of them from
one account. And one world long enough for the longest window is observed; its last date is linked, clustered and ranked
over windows of 7, 14, 28 and 44 days, the date before it having been linked so that the window rolls.

Costs are CPU seconds of the whole process tree. Exponents are slopes of a straight line through the logarithms; the
exponent of growth is that of the cost less the constant part, which a small day would otherwise hide behind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from bench_session import CORES, KEY, Timer, events_of, observe_days, overrides, validate_days
from event_log import counts_of, log_settings
from process_tree import Tree
from pyspark.sql import DataFrame

from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stage import STAGE_NAMES
from revenuer.pipeline.stages import stages_from
from revenuer.quality import preload
from revenuer.simulate import simulate
from revenuer.workbench import Workbench

FIRST = date(2026, 3, 1)
SECOND = FIRST + timedelta(days=1)
FACTORS = (1, 2, 4, 8)
WINDOWS = (7, 14, 28, 44)
SEED = 11
CAMPAIGN_SHARE = 0.125
SKEWED = 4
A_BILLION = 1_000_000_000
OF_WINDOW = ("link", "cluster", "rank")


def world_of(out: Path, accounts: int, days: int) -> Path:
    world = out / f"world-{accounts}-{days}"
    if not (world / "truth.parquet").exists():
        guilty = int(CAMPAIGN_SHARE * accounts)
        simulate(f"reference:accounts={guilty}", days=days, accounts=accounts, seed=SEED, out=world, start=FIRST)
    return world


def skewed(events: DataFrame) -> DataFrame:
    """Three tenths of the events from one address, another fifth from one account."""
    draw = "pmod(xxhash64(request_id), 10)"
    return events.selectExpr(
        "* except (client_ip, account_id)",
        f"case when {draw} < 3 then '198.51.100.7' else client_ip end as client_ip",
        f"case when {draw} in (3, 4) then 'the-hot-account' else account_id end as account_id",
    ).select(*events.columns)


def measure_day(tree: Tree, out: Path, name: str, world: Path, *, is_skewed: bool = False) -> dict[str, Any]:
    """Run two days; the second's costs by stage."""
    lake, log = out / f"lake-{name}", out / f"events-{name}"
    for folder in (lake, log):
        shutil.rmtree(folder, ignore_errors=True)
    with Workbench.open(str(lake), overrides=[*overrides(), *log_settings(log)]) as bench:
        bench.lake.upsert("accounts", bench.spark.read.parquet(str(world / "accounts.parquet")))
        for day in (FIRST, SECOND):
            events = events_of(bench.spark, world, day)
            if is_skewed and day == SECOND:
                events = skewed(events)
            bench.lake.replace_partition("usage_events", day, events, stage="ingest")
        run_stages(bench.run(FIRST, lambda text: None), stages_from("all"))
        line = measured(bench, tree, SECOND, STAGE_NAMES)
    return {**line, "name": name, **spark_line(log, SECOND, STAGE_NAMES)}


def measured(bench: Workbench, tree: Tree, day: date, stages: Sequence[str]) -> dict[str, Any]:
    """Run some stages of a date; CPU seconds, wall seconds and rows by stage, and the peak of memory."""
    tree.forget_peak()
    line: dict[str, Any] = {"cpu_s": {}, "wall_s": {}, "in": {}, "out": {}}
    for stage in stages:
        with Timer(tree) as timer:
            (report,) = run_stages(bench.run(day, lambda text: None), stages_from(stage), force=True)
        line["cpu_s"][stage], line["wall_s"][stage] = timer.line["cpu_s"], timer.line["wall_s"]
        line["in"][stage] = report.in_count
        line["out"] |= report.written
    line["peak_mb"] = tree.peak_bytes / 2**20
    return line


def spark_line(log: Path, day: date, stages: Sequence[str]) -> dict[str, Any]:
    counts = counts_of(next(log.iterdir()), day)
    return {name: {stage: counts[stage][name] for stage in stages} for name in ("shuffle_bytes", "spill_bytes", "jobs")}


def measure_windows(tree: Tree, out: Path, accounts: int) -> list[dict[str, Any]]:
    """One line for each window."""
    days = [FIRST + timedelta(days=number) for number in range(max(WINDOWS) + 1)]
    world, lake = world_of(out, accounts, len(days)), out / "lake-windows"
    shutil.rmtree(lake, ignore_errors=True)
    with Workbench.open(str(lake), overrides=overrides()) as bench:
        validate_days(bench, world, days)
        observe_days(bench, days)
    lines = []
    for window in WINDOWS:
        with Workbench.open(str(lake), overrides=[*overrides(), f"window.days={window}"]) as bench:
            run_stages(bench.run(days[-2], lambda text: None), stages_from("link"), force=True)
            line = measured(bench, tree, days[-1], OF_WINDOW)
        lines.append({**line, "name": f"window-{window}", "window": window})
        print(shown(lines[-1], OF_WINDOW), flush=True)
    return lines


def shown(line: dict[str, Any], stages: Sequence[str]) -> str:
    costs = " ".join(f"{line['cpu_s'][stage]:9.1f}" if stage in stages else f"{'-':>9}" for stage in STAGE_NAMES)
    rows = line["in"][stages[0]]
    return f"{line['name']:10} {rows:11,} {costs} {sum(line['cpu_s'].values()):8.1f} {line['peak_mb']:8.0f}"


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def growth(sizes: Sequence[float], costs: Sequence[float]) -> dict[str, float]:
    """Exponents of a cost: as it is, and without its constant part; and the forecast of the largest from the others.

    The constant and the cost of a unit of size (an event, a day of the window) are a straight line's through all but
    the largest; where days are so small that the constant is all, they say nothing.
    """
    per, constant = np.polyfit(sizes[:-1], costs[:-1], 1)
    forecast = constant + per * sizes[-1]
    variable = [cost - max(constant, 0.0) for cost in costs]
    usable = [(size, cost) for size, cost in zip(sizes, variable, strict=True) if cost > 0.02 * costs[-1]]
    return {
        "exponent": slope(sizes, costs),
        "exponent_of_growth": slope(*zip(*usable, strict=True)) if len(usable) > 1 else 0.0,
        "constant_s": float(constant), "us_per_unit": float(per) * 1e6, "forecast_s": float(forecast),
        "measured_s": costs[-1],
    }  # fmt: skip


def show_growth(title: str, by: dict[str, dict[str, float]]) -> None:
    print(f"{title:10}  exponent  of growth  constant s   us a unit  forecast s  measured s")
    for name, row in by.items():
        print(
            f"{name:10} {row['exponent']:9.2f} {row['exponent_of_growth']:10.2f} {row['constant_s']:11.1f}"
            f" {row['us_per_unit']:11.1f} {row['forecast_s']:11.1f} {row['measured_s']:11.1f}"
        )


def show_sizing(by: dict[str, dict[str, float]], largest: dict[str, Any]) -> None:
    """What a billion events a day would take, by the cost of an event and what it shuffled on the largest day."""
    rows = largest["in"]["validate"]
    print(f"{'a billion events a day':24} core hours  shuffled GB")
    for name in STAGE_NAMES:
        hours = max(by[name]["us_per_unit"], 0.0) * A_BILLION / 1e6 / 3600
        print(f"{name:24} {hours:10.1f} {largest['shuffle_bytes'][name] / rows * A_BILLION / 1e9:12.0f}")


def growths(lines: Sequence[dict[str, Any]], sizes: Sequence[float], stages: Sequence[str]) -> dict[str, Any]:
    """Growth of each stage and of all of them together."""
    costs = {stage: [line["cpu_s"][stage] for line in lines] for stage in stages}
    costs["all"] = [sum(line["cpu_s"].values()) for line in lines]
    return {name: growth(sizes, values) for name, values in costs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=20_000, help="honest accounts of the smallest world")
    parser.add_argument("--parts", default="events,skew,windows")
    parser.add_argument("--out", type=Path, default=Path("build/bench/growth"))
    arguments = parser.parse_args()
    os.environ["REVENUER_HASH_KEY"] = KEY
    out, parts = arguments.out.resolve(), arguments.parts.split(",")
    out.mkdir(parents=True, exist_ok=True)
    preload()
    lines: list[dict[str, Any]] = []
    result: dict[str, Any] = {"bench": "growth", "accounts": arguments.accounts, "cores": CORES}
    print(f"{'':10} {'rows':>11} {' '.join(f'{name:>9}' for name in STAGE_NAMES)}      all  peak MB")
    with Tree(os.getpid()) as tree:
        if "events" in parts:
            for factor in FACTORS:
                world = world_of(out, factor * arguments.accounts, 2)
                lines.append(measure_day(tree, out, f"x{factor}", world))
                print(shown(lines[-1], STAGE_NAMES), flush=True)
            sizes = [float(line["in"]["validate"]) for line in lines]
            result["events"] = growths(lines, sizes, STAGE_NAMES)
            show_growth("by events", result["events"])
            show_sizing(result["events"], lines[-1])
        if "skew" in parts:
            world = world_of(out, SKEWED * arguments.accounts, 2)
            lines.append(measure_day(tree, out, "skewed", world, is_skewed=True))
            print(shown(lines[-1], STAGE_NAMES), flush=True)
            even = next((line for line in lines if line["name"] == f"x{SKEWED}"), None)
            if even:
                result["skew"] = sum(lines[-1]["cpu_s"].values()) / sum(even["cpu_s"].values())
                print(f"skewed over even: {result['skew']:.2f}")
        if "windows" in parts:
            found = measure_windows(tree, out, arguments.accounts)
            result["windows"] = growths(found, [float(line["window"]) for line in found], OF_WINDOW)
            show_growth("by window", result["windows"])
            lines += found
    with (out / "bench.jsonl").open("a") as log:
        log.writelines(json.dumps({"bench": "growth", **line}) + "\n" for line in lines)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
