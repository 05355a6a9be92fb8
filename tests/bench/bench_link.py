"""CPU of stage link over a long window beside that of observing one of its days, and whether both ways of it agree.

    python tests/bench/bench_link.py --accounts 20000 --window 44 --days 3 --out build/bench/link

A seeded world of the window and a few days more is simulated, and all its days are observed into a lake. Then the last
days are run one after the other: `observe` and `link` take turns, each as `revenuer run` does it, and every day's links
and ledger are compared with those that the facts of the whole window give (that side is `plain`). The first of the days
has no predecessor to build on and is left out of the ratio. Late rows are added to a day in the window's middle before
the last one, which must then be made from the whole window too. CPU is that of the whole process tree.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from bench_session import CORES, KEY, Timer, observe_days, overrides, validate_days
from process_tree import Tree
from pyspark.sql import DataFrame

from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stages import stages_from
from revenuer.simulate import simulate
from revenuer.stages.facts import window_facts
from revenuer.stages.link import link
from revenuer.workbench import Workbench

FIRST = date(2026, 3, 1)
TABLES = ("links", "hub_ledger")
DOUBLES = ("expected_party_count", "lift", "tail_bits", "evidence_bits", "membership_bits", "required_bits")


def prepare(out: Path, accounts: int, window: int, days: int) -> dict[str, Any]:
    """Simulate and observe everything before the days that are measured; returns what there is."""
    mark, wanted = out / "prepared.json", {"accounts": accounts, "window": window, "days": days}
    if mark.exists() and (known := json.loads(mark.read_text())).items() >= wanted.items():
        return dict(known)
    shutil.rmtree(out, ignore_errors=True)
    dates = [FIRST + timedelta(days=number) for number in range(window + days)]
    simulate("reference", days=len(dates), accounts=accounts, seed=7, out=out / "world", start=FIRST)
    with Workbench.open(str(out / "lake"), overrides=settings(window)) as bench:
        counts = validate_days(bench, out / "world", dates)
        observe_days(bench, dates[:-days])
    known = {**wanted, "events_per_day": int(median(counts))}
    mark.write_text(json.dumps(known))
    return known


def settings(window: int) -> list[str]:
    return [*overrides(), f"window.days={window}"]


def digest(frame: DataFrame) -> list[int]:
    """Rows and an order-free digest; doubles to nine digits, since sums over other partitions end otherwise."""
    columns = [f"format_number({name}, 6)" if name in DOUBLES else f"cast({name} as string)" for name in frame.columns]
    row = frame.selectExpr(f"xxhash64({', '.join(columns)}) as h").selectExpr("count(*)", "bit_xor(h)").first()
    return [int(value or 0) for value in row or ()]


def plain(run: Run) -> dict[str, list[int]]:
    """What the whole window gives."""
    sightings = run.window("sightings")
    facts = window_facts(sightings).persist()
    config = run.config
    result = link(
        facts, sightings=sightings, run_date=run.run_date, settings=config.section("link"),
        identifiers=config.section("identifiers"), composites=config.section("composites"),
    )  # fmt: skip
    return {"links": digest(result.links), "hub_ledger": digest(result.hub_ledger)}


def measure(out: Path, known: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the last days; one line for each day and side."""
    window, days = known["window"], known["days"]
    lines: list[dict[str, Any]] = []
    with Tree(os.getpid()) as tree, Workbench.open(str(out / "lake"), overrides=settings(window)) as bench:
        for number in range(days):
            day = FIRST + timedelta(days=window + number)
            run = bench.run(day, lambda text: None)
            is_late = number == days - 1
            if is_late:
                add_late_rows(bench, day - timedelta(days=window // 2))
            reports = {}
            for side in ("observe", "link"):
                with Timer(tree) as timer:
                    (reports[side],) = run_stages(run, stages_from(side), force=True)
                lines.append({"side": side, "day": str(day), **timer.line})
            is_rolled = bool(reports["link"].measures["is_rolled"])
            with Timer(tree) as timer:
                wanted = plain(run)
            lines[-1] |= {
                "is_rolled": is_rolled, "is_late": is_late, "facts": reports["link"].in_count,
                "is_equal": wanted == {name: digest(run.day(name)) for name in TABLES}, "rows": wanted["links"][0],
            }  # fmt: skip
            lines.append({"side": "plain", "day": str(day), **timer.line})
            bench.spark.catalog.clearCache()
            for line in lines[-3:]:
                print(shown(line), flush=True)
    return lines


def add_late_rows(bench: Workbench, day: date) -> None:
    stored = bench.lake.read_window("sightings", day, day).localCheckpoint()
    late = stored.where("pmod(xxhash64(account_id), 50) = 0").selectExpr(
        "* except (account_id, party_id)", "account_id || '-late' as account_id", "account_id || '-late' as party_id"
    )
    bench.lake.replace_partition("sightings", day, stored.unionByName(late), stage="observe")


def shown(line: dict[str, Any]) -> str:
    text = f"{line['day']} {line['side']:8} {line['wall_s']:7.1f} {line['cpu_s']:7.1f}"
    if line["side"] != "link":
        return text
    how = "rolled" if line["is_rolled"] else "whole window"
    return f"{text}  {how}, {line['facts']:,} facts, {line['rows']:,} links, equal: {line['is_equal']}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--window", type=int, default=44)
    parser.add_argument("--days", type=int, default=4, help="days that are measured: 3 or more")
    parser.add_argument("--out", type=Path, default=Path("build/bench/link"))
    arguments = parser.parse_args()
    os.environ["REVENUER_HASH_KEY"] = KEY
    out = arguments.out.resolve()
    known = prepare(out, arguments.accounts, arguments.window, arguments.days)
    print(f"window of {known['window']} days, {known['events_per_day']:,} events a day, {CORES} cores")
    print("day        side      wall s   CPU s")
    lines = measure(out, known)
    with (out / "bench.jsonl").open("a") as log:
        log.writelines(json.dumps({"bench": "link", **known, **line}) + "\n" for line in lines)
    linked = [line for line in lines if line["side"] == "link"]
    rolled = [line["day"] for line in linked if line["is_rolled"]]
    cpu = {
        side: median(line["cpu_s"] for line in lines if line["side"] == side and line["day"] in rolled)
        for side in ("observe", "link", "plain")
    }
    print(json.dumps({
        "bench": "link", **known, "ratio": round(cpu["link"] / cpu["observe"], 2),
        "plain_ratio": round(cpu["plain"] / cpu["observe"], 2), "equal": all(line["is_equal"] for line in linked),
        "rolled": rolled,
    }))  # fmt: skip
    expected = [line["day"] for line in linked[1:] if not line["is_late"]]
    if not all(line["is_equal"] for line in linked) or rolled != expected:
        raise SystemExit("a day's links differ from those of the whole window, or a day rolled that must not")


if __name__ == "__main__":
    main()
