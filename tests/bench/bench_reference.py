"""The campaign of the record at full size, replayed day by day: what each stage costs, and when the campaign is found.

    python tests/bench/bench_reference.py --days 44 --minutes 90 --out build/bench/reference

The world of ``reference_full.toml`` is simulated once. Then each day is ingested and all six stages run on it, one day
after the other, as `revenuer run all` does them. A day's line is written when the day is published, so a replay that is
stopped, or whose minutes are over, goes on with the next day when it is started again. With `--ahead` all days are
observed first: what a late day costs is then known early, and each stage still does what it would do day by day. At the
end `revenuer replay`'s comparison with the planted truth says when the campaign was first accused, and a page shows the
days.

Seconds are wall, CPU is that of the whole process tree, memory is its peak resident size on that day.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
from bench_session import CORES, KEY, Timer, overrides
from plotly.subplots import make_subplots
from process_tree import Tree

from revenuer.evaluation.detection import Replay
from revenuer.evaluation.replay import replay
from revenuer.ingest import ingest
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stage import STAGE_NAMES, Stage
from revenuer.pipeline.stages import STAGES
from revenuer.quality import preload
from revenuer.reporting.charts import write_chart
from revenuer.simulate import simulate
from revenuer.workbench import Workbench

WORLD = Path(__file__).with_name("reference_full.toml")
FIRST = date(2026, 3, 1)
SEED = 9
SETTINGS = ("spark.driver_memory=8g", "window.days=44")
PARTS = ("ingest", *STAGE_NAMES)
JUDGED_FROM = STAGE_NAMES.index("link")


def prepare(out: Path, days: int) -> Path:
    """Simulate the world, unless it is there."""
    mark, world = out / "prepared.json", out / "world"
    if not mark.exists() or json.loads(mark.read_text())["days"] < days:
        made = simulate(WORLD, days=days, seed=SEED, out=world, start=FIRST)
        mark.write_text(json.dumps({"days": days, "events": made.events, "seconds": made.seconds}))
        print(f"simulated {made.events:,} events of {made.accounts:,} accounts in {made.seconds:.0f} s", flush=True)
    return world


def lines_of(log: Path) -> list[dict[str, Any]]:
    """The days that were measured before."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def load(bench: Workbench, world: Path) -> None:
    """What is loaded once."""
    for table in ("accounts", "model_releases", "network_labels", "enforcement_actions"):
        if (file := world / f"{table}.parquet").exists():
            ingest(bench.lake, table, str(file))


def _run(bench: Workbench, tree: Tree, day: date, stages: Sequence[Stage], line: dict[str, Any]) -> dict[str, Any]:
    """Run some stages of a day and add what they cost to its line."""
    with Timer(tree) as timer:
        # What a replay that was killed left of the day is done again, so that the whole day is measured.
        reports = run_stages(bench.run(day, lambda text: None), stages, force=True)
    line["wall_s"] += timer.line["wall_s"]
    line["run_cpu_s"] += timer.line["cpu_s"]
    line["peak_mb"] = max(line["peak_mb"], tree.peak_bytes / 2**20)
    line["jobs"] += sum(int(report.measures["spark_job_count"]) for report in reports)
    line["seconds"] |= {report.stage: report.seconds for report in reports}
    line["in"] |= {report.stage: report.in_count for report in reports}
    line["out"] |= {table: rows for report in reports for table, rows in report.written.items()}
    return line


def observe_day(bench: Workbench, tree: Tree, world: Path, day: date) -> dict[str, Any]:
    """Ingest, validate and observe a day; its line so far."""
    tree.forget_peak()
    began = time.monotonic()
    ingested = ingest(bench.lake, "usage_events", str(world / "usage_events" / f"usage_date={day}"))
    seconds = time.monotonic() - began
    line = {
        "bench": "reference", "day": str(day), "events": ingested.row_count, "wall_s": seconds, "run_cpu_s": 0.0,
        "peak_mb": 0.0, "jobs": 0, "seconds": {"ingest": seconds}, "in": {}, "out": {},
    }  # fmt: skip
    return _run(bench, tree, day, STAGES[:JUDGED_FROM], line)


def judge_day(bench: Workbench, tree: Tree, day: date, line: dict[str, Any]) -> dict[str, Any]:
    """Link, cluster, rank and publish an observed day; its whole line."""
    tree.forget_peak()
    return _run(bench, tree, day, STAGES[JUDGED_FROM:], line)


def keep(log: Path, line: dict[str, Any]) -> None:
    with log.open("a") as stream:
        stream.write(json.dumps(line) + "\n")


def shown(line: dict[str, Any]) -> str:
    seconds = line["seconds"]
    parts = " ".join(f"{seconds[part]:8.1f}" if part in seconds else f"{'-':>8}" for part in PARTS)
    return f"{line['day']} {line['events']:10,} {parts} {line['wall_s']:7.1f} {line['peak_mb']:8.0f} {line['jobs']:5}"


def chart(lines: Sequence[dict[str, Any]], found: Replay) -> go.Figure:
    """Seconds by stage, memory, and the campaign's leak and recall over the days."""
    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06,
        subplot_titles=("seconds a day", "peak memory, GB", "the campaign"),
    )  # fmt: skip
    days = [line["day"] for line in lines]
    for part in PARTS:
        figure.add_bar(x=days, y=[line["seconds"][part] for line in lines], name=part, row=1, col=1)
    figure.add_scatter(x=days, y=[line["peak_mb"] / 1024 for line in lines], name="memory", row=2, col=1)
    for campaign in found.timelines:
        whole = campaign.whole.exchange_count if campaign.whole else 1.0
        leaked = {str(day): leak.exchange_count / whole for day, leak in campaign.leaked.items()}
        figure.add_scatter(x=list(leaked), y=list(leaked.values()), name="leaked of what was observed", row=3, col=1)
        recall = {str(day): match.recall for day, match in campaign.days.items()}
        figure.add_scatter(x=list(recall), y=list(recall.values()), name="recall", row=3, col=1)
        if campaign.accused:
            figure.add_vline(x=str(campaign.accused.run_date), line_dash="dot", row=3, col=1)
    figure.update_layout(title="The reference run", template="plotly_white", barmode="stack", height=900)
    return figure


def slope(values: Sequence[float]) -> float:
    """Growth per day of a straight line through the values, over their mean."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0] / np.mean(values)) if len(values) > 2 else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=44)
    parser.add_argument("--minutes", type=float, default=240, help="start no further day after these")
    parser.add_argument("--ahead", action="store_true", help="observe all days before the first is linked")
    parser.add_argument("--out", type=Path, default=Path("build/bench/reference"))
    arguments = parser.parse_args()
    os.environ["REVENUER_HASH_KEY"] = KEY
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    world, log, began = prepare(out, arguments.days), out / "bench.jsonl", time.monotonic()
    ahead = out / "observed.jsonl"
    days = [FIRST + timedelta(days=number) for number in range(arguments.days)]
    preload()
    print(f"{CORES} cores, {', '.join(SETTINGS)}")
    print(f"day            events {' '.join(f'{part:>8}' for part in PARTS)}  wall s  peak MB  jobs")

    def is_over(day: date) -> bool:
        if time.monotonic() - began <= arguments.minutes * 60:
            return False
        print(f"the minutes are over before {day}; start again to go on")
        return True

    with (
        Tree(os.getpid()) as tree,
        Workbench.open(str(out / "lake"), overrides=[*overrides(), *SETTINGS]) as bench,
    ):
        if not bench.lake.exists("accounts"):
            load(bench, world)
        lines = lines_of(log)
        for line in lines:
            print(shown(line))
        judged = {line["day"] for line in lines}
        observed = {line["day"]: line for line in lines_of(ahead)}
        rest = [day for day in days if str(day) not in judged]
        for day in rest if arguments.ahead else ():
            if str(day) not in observed:
                if is_over(day):
                    break
                observed[str(day)] = observe_day(bench, tree, world, day)
                keep(ahead, observed[str(day)])
                print(shown(observed[str(day)]), flush=True)
        for day in rest:
            if is_over(day):
                break
            line = observed.get(str(day)) or observe_day(bench, tree, world, day)
            lines.append(judge_day(bench, tree, day, line))
            keep(log, lines[-1])
            print(shown(lines[-1]), flush=True)
        if not lines:
            return
        found = replay(bench.lake, world / "truth.parquet", days[: len(lines)], top=10, window_days=44)
    write_chart(chart(lines, found), out / "reference.html")
    (out / "replay.json").write_text(json.dumps(found.to_dict(), indent=1, default=str) + "\n", encoding="utf-8")
    print(found.text())
    walls = [line["wall_s"] for line in lines]
    print(json.dumps({
        "bench": "reference", "days": len(lines), "events": sum(line["events"] for line in lines),
        "slowest_day_s": round(max(walls)), "mean_day_s": round(float(np.mean(walls))),
        "growth_per_day": round(slope(walls), 4), "peak_mb": round(max(line["peak_mb"] for line in lines)),
    }))  # fmt: skip
    print(f"Plot: {out / 'reference.html'}")


if __name__ == "__main__":
    main()
