"""Spark's own event log: what the jobs of each stage of a run did, in things that can be counted."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

_SETTINGS = {"enabled": "true", "compress": "false", "rolling.enabled": "false"}


def log_settings(folder: Path) -> list[str]:
    """Overrides that make a session write its events, uncompressed and in one file, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {**_SETTINGS, "dir": str(folder)}
    return [f"spark.extra.spark.eventLog.{name}={value}" for name, value in settings.items()]


def counts_of(path: Path, day: object) -> dict[str, dict[str, int]]:
    """Counts by stage of a date's run, by the descriptions that the pipeline gives its jobs.

    Returns:
        By the run's stage: ``jobs, stages, tasks, rows_read, rows_written, shuffle_bytes, spill_bytes``.
    """
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    owners: dict[int, str] = {}
    for line in path.read_text().splitlines():
        event: dict[str, Any] = json.loads(line)
        if event["Event"] == "SparkListenerJobStart":
            words = str(event["Properties"].get("spark.job.description")).split()
            if words[0] == "revenuer" and words[-1] == str(day):
                counts[words[1]]["jobs"] += 1
                owners |= dict.fromkeys(event["Stage IDs"], words[1])
        elif event["Event"] == "SparkListenerStageCompleted" and event["Stage Info"]["Stage ID"] in owners:
            counts[owners[event["Stage Info"]["Stage ID"]]]["stages"] += 1
        elif event["Event"] == "SparkListenerTaskEnd" and event["Stage ID"] in owners:
            row, metrics = counts[owners[event["Stage ID"]]], event["Task Metrics"]
            row["tasks"] += 1
            row["rows_read"] += metrics["Input Metrics"]["Records Read"]
            row["rows_written"] += metrics["Output Metrics"]["Records Written"]
            row["shuffle_bytes"] += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
            row["spill_bytes"] += metrics["Disk Bytes Spilled"]
    return {stage: dict(row) for stage, row in counts.items()}
