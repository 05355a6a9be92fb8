"""Check world folders with DuckDB and profile every population: `check_world.py FOLDER ...`."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from revenuer.tables import CONTRACTS

T = "TIMESTAMP WITH TIME ZONE"
SCHEMAS: dict[str, dict[str, str]] = {
    "accounts": {"created_at": T, "closed_at": T},
    "enforcement_actions": {"action_at": T},
    "model_releases": {"released_at": T},
    "network_labels": {},
    "truth": {"exchange_count": "BIGINT"},
    "truth_workload": {"exchange_count": "BIGINT"},
    "usage_events": {"event_at": T, "status_code": "INTEGER", "turn_index": "INTEGER"}
    | dict.fromkeys(("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens"), "BIGINT")
    | dict.fromkeys(("duration_ms", "asn"), "BIGINT"),
}
# What the site loads has the contracts' columns; a partition's date is its folder's.
COLUMNS = {
    name: [column for column in CONTRACTS[name].columns if column != "usage_date"]
    for name in ("accounts", "enforcement_actions", "model_releases", "network_labels", "usage_events")
} | {
    "truth": ["account_id", "campaign", "decoy", "exchange_count"],
    "truth_workload": ["account_id", "workload", "campaign", "exchange_count"],
}
# Each query counts offenders: 0 is good.
OFFENDERS: dict[str, str] = {
    "required is null": "select 1 from e where request_id is null or event_at is null or account_id is null",
    "account twice": "select 1 from accounts group by account_id having count(*) > 1",
    "account without truth": "select 1 from accounts anti join truth using (account_id)",
    "truth without account": "select 1 from truth anti join accounts using (account_id)",
    "event of unknown account": "select 1 from e anti join accounts using (account_id)",
    "request of two accounts": "select 1 from e group by request_id having count(distinct account_id) > 1",
    "exchange_count of truth": """select 1 from truth t left join
        (select account_id, count(distinct request_id) n from e group by 1) using (account_id)
        where t.exchange_count <> coalesce(n, 0)""",
    "workload sums": """select 1 from (select account_id, sum(exchange_count) n from truth_workload group by 1)
        full join truth t using (account_id) where coalesce(n, 0) <> t.exchange_count""",
    "workload rows": """select 1 from
        (select account_id, workload, sum(exchange_count) n from truth_workload group by 1, 2) w full join
        (select account_id, coalesce(prompt_template_id, '-') || '+' || coalesce(toolset_id, '-') workload,
         count(distinct request_id) n from e group by 1, 2) u using (account_id, workload)
        where w.n is distinct from u.n""",
    "workload twice": "select 1 from truth_workload group by account_id, workload having count(*) > 1",
    "campaign account without truth": """select 1 from truth_workload w join truth t using (account_id)
        where w.campaign is not null and t.campaign is null""",
    "campaign and decoy": "select 1 from truth where campaign is not null and decoy is not null",
    "used before sign-up": """select 1 from e join accounts using (account_id)
        where event_at < created_at - interval 15 minute""",
    "action on unknown account": "select 1 from enforcement_actions anti join accounts using (account_id)",
}
PROFILE = """
with p as (select account_id, coalesce(campaign, decoy, '(background)') population, campaign is not null hostile,
                  exchange_count from truth),
     d as (select account_id, usage_date, count(distinct request_id) n from e group by 1, 2),
     a as (select account_id, count(distinct client_ip) ips, count(distinct prompt_template_id) tpl from e group by 1),
     m as (select account_id, median(n) med, count(*) used from d group by 1),
     x as (select population, count(distinct client_ip) ips, count(distinct prompt_template_id) tpl,
                  count(distinct toolset_id) tools, count(distinct header_fingerprint) heads,
                  median(input_tokens)::int in50, median(output_tokens)::int out50,
                  round(avg((extract(dow from event_at) in (0, 6))::int), 2) weekend
           from e join p using (account_id) group by 1)
select population, count(*) accounts, count(med) used_any, sum(exchange_count)::int exchanges,
       round(median(med), 1) per_day, round(quantile_cont(med, .9), 1) p90, median(used) days_used,
       median(a.ips) ip_acc,
       median(a.tpl) tpl_acc, any_value(x.ips) ips, any_value(x.tpl) tpls, any_value(x.tools) tools,
       any_value(x.heads) heads, count(distinct payment_fingerprint) cards, count(distinct payment_issuer) issuers,
       any_value(x.in50) in50, any_value(x.out50) out50, any_value(x.weekend) weekend
from p left join m using (account_id) left join a using (account_id) left join x using (population)
     join accounts using (account_id)
group by population, hostile order by hostile desc, population
"""
TENANTS = """
select campaign, count(distinct account_id) accounts, sum(exchange_count)::int exchanges,
       count(distinct workload) workloads
from truth_workload where account_id in (select account_id from truth where campaign is not null) group by 1
"""
SPREAD = """
with h as (select exchange_count::double n from truth where campaign is null and decoy is null and exchange_count > 0),
     r as (select n, row_number() over (order by n) i, count(*) over () c, sum(n) over () s from h)
select round(sum((2 * i - c - 1) * n) / any_value(c * s), 3) gini, round(stddev(ln(n)), 2) log_sigma,
       median(n) median, max(n) largest from r
"""


def check(folder: Path) -> int:
    """Run all checks on one folder and print its profile; returns the number of failures."""
    db = duckdb.connect()
    db.execute("set threads=1; set timezone='UTC'")
    bad = 0

    def test(label: str, good: bool, note: object = "") -> None:
        nonlocal bad
        bad += not good
        print("ok " if good else "BAD", label, note)

    for name, columns in COLUMNS.items():
        one = next(folder.glob("usage_events/*/*.parquet")) if name == "usage_events" else folder / f"{name}.parquet"
        db.execute(f"create view {name} as select * from read_parquet('{one}', hive_partitioning=false)")
        got = [row[:2] for row in db.execute(f"describe {name}").fetchall()]
        test(f"schema {name}", got == [(c, SCHEMAS[name].get(c, "VARCHAR")) for c in columns])
    files = f"{folder}/usage_events/*/*.parquet"
    db.execute(f"create table e as select * from read_parquet('{files}', hive_partitioning=true)")

    def value(sql: str) -> float:
        row = db.execute(sql).fetchone()
        return row[0] if row else 0

    rows, requests = value("select count(*) from e"), value("select count(distinct request_id) from e")
    test("at most 2.0 M rows", rows <= 2_000_000, f"{rows} rows, {1 - requests / rows:.2%} duplicates")
    days = value("select count(distinct usage_date) = 14 and max(usage_date) - min(usage_date) = 13 from e")
    test("14 consecutive days", bool(days))
    off = value("select count(*) from e where event_at::date <> usage_date")
    test("few rows off their day", off / rows < 0.002, off)
    for label, sql in OFFENDERS.items():
        count = value(f"select count(*) from ({sql})")
        test(f"none: {label}", count == 0, count or "")
    nulls = (
        "select channel, count(*) n, round(avg((session_id is null)::int), 3) no_session from e group by 1 order by 2"
    )
    for sql in (nulls, "select round(avg((status_code <> 200)::int), 4) failed from e", SPREAD, PROFILE, TENANTS):
        print(db.execute(sql).df().to_string(index=False))
    print(folder.name, "ALL GOOD" if not bad else f"{bad} FAILED")
    return bad


if __name__ == "__main__":
    sys.exit(sum(check(Path(folder)) for folder in sys.argv[1:]))
