"""One real day: Airflow runs the program of the package's own environment over a small lake, stage by stage."""

from __future__ import annotations

import csv
import datetime as dt
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.sdk import DAG

# A few hundred rows: planning and compiling would be the whole cost.
SITE = """
[spark]
shuffle_partitions = 1
[spark.extra]
"spark.default.parallelism" = "1"
"spark.sql.adaptive.enabled" = "false"
"spark.sql.codegen.wholeStage" = "false"
"spark.sql.codegen.factoryMode" = "NO_CODEGEN"
"spark.databricks.delta.snapshotPartitions" = "1"
"""
PROGRAM = os.environ.get("REVENUER_BIN", "")
DAY = dt.date(2026, 3, 1)
ACCOUNTS, EVENTS_PER_ACCOUNT = 40, 24


def write_usage(path: Path) -> None:
    """Write one quiet day of the four required columns and a few others, an event an hour for every account."""
    columns = ("request_id", "event_at", "usage_date", "account_id", "model", "input_tokens", "output_tokens",
               "client_ip", "client_name", "client_version", "prompt_template_id")  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        for account in range(ACCOUNTS):
            for hour in range(EVENTS_PER_ACCOUNT):
                at = dt.datetime.combine(DAY, dt.time(hour, account % 60), tzinfo=dt.UTC)
                rows.writerow((f"r{account}-{hour}", at.strftime("%Y-%m-%dT%H:%M:%SZ"), DAY, f"a{account}", "m1",
                               1000 + hour, 100 + account, f"198.51.100.{account}", "sdk", "1.0",
                               f"t{account % 20}"))  # fmt: skip


@pytest.mark.skipif(not PROGRAM, reason="REVENUER_BIN names no revenuer program; `make test` sets it")
@pytest.mark.usefixtures("airflow_database")
def test_run__publishes_one_day(dag: DAG, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage, lake = tmp_path / "usage.csv", tmp_path / "lake"
    write_usage(usage)
    ingest = [PROGRAM, "ingest", "--table", "usage_events", "--from", str(usage), "--format", "csv"]
    subprocess.run([*ingest, "--lake", str(lake)], check=True)
    site = tmp_path / "site.toml"
    site.write_text(SITE, encoding="utf-8")
    # The program is found as on a worker: by name, on the PATH.
    monkeypatch.setenv("PATH", str(Path(PROGRAM).parent), prepend=os.pathsep)
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_LAKE", str(lake))
    monkeypatch.setenv("AIRFLOW_VAR_REVENUER_CONFIG", str(site))
    for task in dag.tasks:
        monkeypatch.setattr(task, "retries", 0)  # a failure is a failure here, not a wait of twenty minutes

    run = dag.test(logical_date=dt.datetime.combine(DAY, dt.time(), tzinfo=dt.UTC))

    assert run.state == "success"
    assert [path.name for path in (lake / "manifest_v1").glob("run_date=*")] == [f"run_date={DAY}"]
    assert (lake / "campaigns_v1" / "_delta_log").is_dir()
