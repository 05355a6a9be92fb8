"""CPU of stage observe beside DuckDB's, for the same three outputs of the same Parquet files.

    python tests/bench/bench_observe.py --events 2000000 --rounds 2 --out build/bench/observe

A seeded world is simulated once and its clean rows are written to a lake. Then the sides take turns, each in a process
of its own: `spark` runs the stage as `revenuer run observe` does, `duckdb` runs duckdb_observe.sql over the partition's
files. CPU is that of the whole process tree, start-up included; `stage` leaves the start-up out. The outputs of all
rounds must have equal digests, or the benchmark fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from bench_session import CORES, KEY, Timer, overrides, validate_days
from process_tree import Tree

from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stages import stages_from
from revenuer.simulate import simulate
from revenuer.stages.hashing import _prefixes
from revenuer.workbench import Workbench

HERE = Path(__file__).resolve()
DAY = date(2026, 3, 1)
TABLES = ("sightings", "account_activity", "key_usage")
_COLUMNS = {
    "sightings": "usage_date, account_id, party_id, facet, identifier_kind, identifier_id, event_count, token_count,"
    " epoch_us(first_seen_at), epoch_us(last_seen_at)",
    "account_activity": "usage_date, account_id, workload_id, party_id, event_count, refused_count, error_count,"
    " follow_up_count, turn_known_count, input_tokens, cached_input_tokens, output_tokens, reasoning_tokens,"
    " hour_counts, session_start_seconds, session_end_seconds, network_ids, prefix_ids, client_ids,"
    " settings_counts, network_type_counts, model_counts, capability_counts, channel_counts, input_length_counts,"
    " output_length_counts, gap_counts, epoch_us(first_seen_at), epoch_us(last_seen_at)",
    "key_usage": "usage_date, account_id, api_key_id, model, channel, event_count, input_tokens, output_tokens,"
    " error_count",
}


def prepare(out: Path, events: int) -> int:
    """Simulate one day of about so many events and write it to the lake's valid_usage; returns the exact number."""
    mark = out / "prepared.json"
    if mark.exists() and (known := json.loads(mark.read_text()))["wanted"] == events:
        return int(known["events"])
    shutil.rmtree(out, ignore_errors=True)
    per_account = 7.4  # of the reference world
    simulate("reference", days=1, accounts=max(1000, int(events / per_account)), seed=7, out=out / "world", start=DAY)
    with Workbench.open(str(out / "lake"), overrides=overrides()) as bench:
        (count,) = validate_days(bench, out / "world", [DAY])
    mark.write_text(json.dumps({"wanted": events, "events": count}))
    return count


def run_spark(out: Path) -> dict[str, Any]:
    lake = out / "lake"
    for table in TABLES:
        shutil.rmtree(lake / f"{table}_v1", ignore_errors=True)
    with Tree(os.getpid()) as tree, Workbench.open(str(lake), overrides=overrides()) as bench, Timer(tree) as timer:
        (report,) = run_stages(bench.run(DAY, print), stages_from("observe"))
    counts = {what: int(report.measures[f"spark_{what}_count"]) for what in ("job", "stage")}
    return {**result(timer), "jobs": counts["job"], "stages": counts["stage"]}


def run_duckdb(out: Path) -> dict[str, Any]:
    folder = out / "duckdb"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    inner, outer = _prefixes(KEY.encode(), "")
    text = HERE.with_name("duckdb_observe.sql").read_text()
    for name, value in {
        "{inner}": inner[:-1].hex(), "{outer}": outer.hex(), "{out}": str(folder),
        "{usage}": str(out / "lake" / "valid_usage_v1" / "*" / "*.parquet"),
        "{accounts}": str(out / "world" / "accounts.parquet"),
    }.items():  # fmt: skip
        text = text.replace(name, value)
    with Tree(os.getpid()) as tree, Timer(tree) as timer:
        connection = duckdb.connect()
        connection.execute(f"set threads = {CORES}; set timezone = 'UTC'; set preserve_insertion_order = false")
        connection.execute("set memory_limit = '8GB'")
        connection.execute(f"set temp_directory = '{out / 'duckdb_spill'}'")
        connection.execute(text)
    return result(timer)


def result(timer: Timer) -> dict[str, Any]:
    return {"wall_s": timer.line["wall_s"], "stage_cpu_s": timer.line["cpu_s"]}


def digests(out: Path, side: str) -> dict[str, list[int]]:
    """Rows and an order-free digest of every output."""
    found = {}
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    for table in TABLES:
        files = out / "lake" / f"{table}_v1/*/*.parquet" if side == "spark" else out / "duckdb" / f"{table}.parquet"
        row = connection.execute(
            f"select count(*), bit_xor(hash(t::varchar)), sum(hash(t::varchar) >> 32) from"
            f" (select {_COLUMNS[table]} from read_parquet('{files}', hive_partitioning = true)) t"
        ).fetchone()
        found[table] = [int(value or 0) for value in row or ()]
    return found


def measure(side: str, out: Path, events: int) -> dict[str, Any]:
    """One side in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, str(HERE), "--side", side, "--out", str(out)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "REVENUER_HASH_KEY": KEY},
    )  # fmt: skip
    with Tree(process.pid) as tree:
        text, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"side {side} failed")
    line = json.loads(text.splitlines()[-1])
    return {
        "bench": "observe", "side": side, "events": events, **line, "cpu_s": tree.cpu_seconds,
        "cpu_us_per_event": tree.cpu_seconds / events * 1e6,
        "stage_us_per_event": line["stage_cpu_s"] / events * 1e6, "peak_mb": tree.peak_bytes / 2**20,
        "digests": digests(out, side),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("build/bench/observe"))
    parser.add_argument("--side", choices=("spark", "duckdb"))
    arguments = parser.parse_args()
    out = arguments.out.resolve()
    if arguments.side:
        print(json.dumps(run_spark(out) if arguments.side == "spark" else run_duckdb(out)))
        return
    events = prepare(out, arguments.events)
    print(f"{events:,} events, {CORES} cores")
    print("side     wall s   CPU s  us/event  stage us/event  peak MB  jobs")
    lines = []
    for _ in range(arguments.rounds):
        for side in ("spark", "duckdb"):
            line = measure(side, out, events)
            lines.append(line)
            print(
                f"{side:7} {line['wall_s']:7.1f} {line['cpu_s']:7.1f} {line['cpu_us_per_event']:9.1f}"
                f" {line['stage_us_per_event']:15.1f} {line['peak_mb']:8.0f}  {line.get('jobs', '')}",
                flush=True,
            )
    with (out / "bench.jsonl").open("a") as log:
        log.writelines(json.dumps(line) + "\n" for line in lines)
    best = {s: min(line["cpu_s"] for line in lines if line["side"] == s) for s in ("spark", "duckdb")}
    differing = [t for t in TABLES if len({tuple(line["digests"][t]) for line in lines}) > 1]
    print(json.dumps({
        "bench": "observe", "events": events, "ratio": round(best["spark"] / best["duckdb"], 2),
        "rows": {t: lines[0]["digests"][t][0] for t in TABLES}, "differing": differing,
    }))  # fmt: skip
    if differing:
        raise SystemExit(f"the sides differ in {', '.join(differing)}")


if __name__ == "__main__":
    main()
