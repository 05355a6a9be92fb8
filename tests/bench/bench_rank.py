"""CPU of rank and publish for one campaign of many accounts among very many small pools.

    python tests/bench/bench_rank.py --members 25000 --pools 100000 --out build/bench/rank

Spark makes the tables that the stages read: a campaign that takes turns on one template, pools of four accounts that
share a prefix, a client and a template of their own, and lone customers. Then `cluster`, `rank` and `publish` run as
`revenuer run` does them. CPU is that of the whole process tree; the campaign must come out first, in one piece.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from bench_session import CORES, KEY, Timer, overrides
from process_tree import Tree
from pyspark.sql import DataFrame, SparkSession

from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stages import stages_from
from revenuer.tables import CONTRACTS
from revenuer.workbench import Workbench

DAY = date(2026, 3, 1)
POOL_SIZE = 4
STAGES = ("cluster", "rank", "publish")


def people(spark: SparkSession, members: int, pools: int, lone: int) -> DataFrame:
    """Every account with its group: ``account_id, pool`` (0 is the campaign, null has none), ``draw``."""
    small = members + pools * POOL_SIZE
    return spark.range(small + lone).selectExpr(
        "concat('acct-', lpad(hex(xxhash64(id)), 16, '0')) as account_id",
        f"case when id < {members} then 0L when id < {small} then 1 + div(id - {members}, {POOL_SIZE}) end as pool",
        "id as draw",
    )


def links(who: DataFrame) -> DataFrame:
    """Three nodes an account; the campaign's clients and templates are one, its prefixes a few hundred."""
    members = who.where("pool is not null").selectExpr(
        "account_id",
        "pool",
        "case when pool = 0 then concat('x', pmod(xxhash64(draw), 300)) else concat('p', pool) end as prefix",
    )
    kinds = {
        "prefix_client": ("network+client", "prefix || '+c' || pool"),
        "prefix_template": ("network+workload", "prefix || '+t' || pool"),
        "client_template": ("client+workload", "'c' || pool || '+t' || pool"),
    }
    structs = ", ".join(
        f"struct('{kind}' as node_kind, '{facet}' as facet, {node} as node_id)" for kind, (facet, node) in kinds.items()
    )
    nodes = members.selectExpr("account_id", "pool", f"inline(array({structs}))")
    sized = nodes.selectExpr("*", "count(*) over (partition by node_id) as account_count")
    return CONTRACTS["links"].conform(
        sized.selectExpr(
            f"date'{DAY}' as run_date", "account_id", "account_id as party_id", "node_id", "node_kind", "facet",
            "account_count", "account_count as party_count", "0.05D as expected_party_count",
            "account_count / 0.05D as lift", "60D as tail_bits",
            "least(12D, log2(account_count / 0.05D)) as evidence_bits", "1 as day_count", "20L as event_count",
            "3 as facet_count", "36D as membership_bits", "26D as required_bits", "true as is_member",
        )
    )  # fmt: skip


def activity(who: DataFrame) -> DataFrame:
    """One work an account: the campaign takes turns round the clock, the others keep office hours."""
    start = "case when pool = 0 then pmod(xxhash64(draw, 's'), 86400) else 32400 + pmod(xxhash64(draw, 's'), 28800) end"
    rows = who.selectExpr(
        "account_id", "pool", "draw", f"cast({start} as int) as start",
        "case when pool is null then concat('t-own', pmod(xxhash64(draw, 'w'), 500)) else 't' || pool end as template",
        "case when pool = 0 then 24L else 1 + pmod(xxhash64(draw, 'n'), 40) end as events",
    )  # fmt: skip
    hours = "transform(sequence(0, 23), h -> case when h = div(start, 3600) then events else 0L end)"
    return CONTRACTS["account_activity"].conform(
        rows.selectExpr(
            f"date'{DAY}' as usage_date", "account_id", "template || '+-' as workload_id", "account_id as party_id",
            "events as event_count", "0L as refused_count", "0L as error_count",
            "case when pool = 0 then 0L else div(events, 3) end as follow_up_count", "events as turn_known_count",
            "events * 900 as input_tokens", "0L as cached_input_tokens", "events * 500 as output_tokens",
            "0L as reasoning_tokens", f"{hours} as hour_counts", "array(start) as session_start_seconds",
            "array(least(start + 1800, 86399)) as session_end_seconds",
            "case when pool = 0 then transform(sequence(1, 12), n -> concat('n', pmod(xxhash64(draw, n), 900)))"
            " else array(concat('n', pmod(xxhash64(draw), 900))) end as network_ids",
            "case when pool = 0 then transform(sequence(1, 12), n -> concat('x', pmod(xxhash64(draw, n), 300)))"
            " else array(concat('p', draw)) end as prefix_ids",
            "array(concat('c', coalesce(pool, pmod(draw, 50)))) as client_ids", "map('s', events) as settings_counts",
            "map('residential', events) as network_type_counts", "map('m', events) as model_counts",
            "map('coding', events) as capability_counts", "map('api', events) as channel_counts",
            "transform(sequence(0, 23), h -> case when h = 9 then events else 0L end) as input_length_counts",
            "transform(sequence(0, 23), h -> case when h = 8 then events else 0L end) as output_length_counts",
            "transform(sequence(0, 23), h -> case when h = 5 then events else 0L end) as gap_counts",
            f"timestamp'{DAY} 00:00:00' + make_dt_interval(0, 0, 0, start) as first_seen_at",
            f"timestamp'{DAY} 23:00:00' as last_seen_at",
        )
    )  # fmt: skip


def cards(who: DataFrame) -> DataFrame:
    """Sightings of cards: eight members of the campaign share one, everybody else has an own one."""
    return CONTRACTS["sightings"].conform(
        who.selectExpr(
            f"date'{DAY}' as usage_date", "account_id", "account_id as party_id", "'payment' as facet",
            "'card' as identifier_kind",
            "case when pool = 0 then concat('k', pmod(xxhash64(draw, 'card'), 3000)) else concat('own', draw) end"
            " as identifier_id",
            "20L as event_count", "28000L as token_count", f"timestamp'{DAY} 00:00:00' as first_seen_at",
            f"timestamp'{DAY} 23:00:00' as last_seen_at",
        )
    )  # fmt: skip


def prepare(out: Path, members: int, pools: int, lone: int) -> None:
    mark, wanted = out / "prepared.json", {"members": members, "pools": pools, "lone": lone}
    if mark.exists() and json.loads(mark.read_text()) == wanted:
        return
    shutil.rmtree(out, ignore_errors=True)
    with Workbench.open(str(out / "lake"), overrides=overrides()) as bench:
        who = people(bench.spark, members, pools, lone).localCheckpoint()
        for table, rows in {"links": links(who), "account_activity": activity(who), "sightings": cards(who)}.items():
            bench.lake.replace_partition(table, DAY, rows, stage="link" if table == "links" else "observe")
    mark.write_text(json.dumps(wanted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=25_000)
    parser.add_argument("--pools", type=int, default=100_000)
    parser.add_argument("--lone", type=int, default=200_000)
    parser.add_argument("--out", type=Path, default=Path("build/bench/rank"))
    arguments = parser.parse_args()
    os.environ["REVENUER_HASH_KEY"] = KEY
    out = arguments.out.resolve()
    prepare(out, arguments.members, arguments.pools, arguments.lone)
    size = {"members": arguments.members, "pools": arguments.pools, "lone": arguments.lone}
    print(f"{size['members']:,} members, {size['pools']:,} small pools, {size['lone']:,} lone accounts, {CORES} cores")
    print("stage      wall s   CPU s   jobs  peak MB")
    lines: list[dict[str, Any]] = []
    with Tree(os.getpid()) as tree, Workbench.open(str(out / "lake"), overrides=overrides()) as bench:
        for name in STAGES:
            with Timer(tree) as timer:
                (report,) = run_stages(bench.run(DAY, lambda text: None), stages_from(name), force=True)
            line = {
                "bench": "rank", **size, "stage": name, **timer.line,
                "jobs": int(report.measures["spark_job_count"]), "peak_mb": tree.peak_bytes / 2**20,
                "rows": report.written,
            }  # fmt: skip
            lines.append(line)
            shown = f"{name:9} {line['wall_s']:7.1f} {line['cpu_s']:7.1f} {line['jobs']:6} {line['peak_mb']:8.0f}"
            print(shown, flush=True)
        first = bench.lake.view("campaigns").orderBy("rank").select("account_count", "verdict", "pool_id").first()
    with (out / "bench.jsonl").open("a") as log:
        log.writelines(json.dumps(line) + "\n" for line in lines)
    print(json.dumps({"bench": "rank", **size, "first": first.asDict() if first else None}))
    if first is None or first["account_count"] != arguments.members:
        raise SystemExit("the campaign is not first, or not in one piece")


if __name__ == "__main__":
    main()
