"""What a run would do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from revenuer.lake.lake import Lake
from revenuer.pipeline.stage import STAGE_NAMES, Stage


def plan_of(stages: Sequence[Stage], run_date: date | None, lake: Lake | None) -> list[dict[str, Any]]:
    """What a run would do, as plain data; with a lake, whether its inputs are there."""
    made = {table for stage in stages for table in stage.writes}
    entries = []
    for position, stage in enumerate(stages, STAGE_NAMES.index(stages[0].name) + 1):
        reads = []
        for table, scope in stage.reads:
            entry: dict[str, Any] = {"table": table, "scope": scope, "is_optional": table in stage.optional}
            if lake is not None and run_date is not None:
                if scope in ("day", "window") and table not in made:
                    entry["is_present"] = lake.has_partition(table, run_date)
                elif scope in ("all", "previous"):
                    entry["is_present"] = lake.exists(table)
            reads.append(entry)
        entries.append(
            {
                "position": position,
                "stage": stage.name,
                "run_date": str(run_date) if run_date else None,
                "reads": reads,
                "writes": list(stage.writes),
                "may_write": list(stage.may_write),
            }
        )
    return entries


def plan_text(entries: Sequence[dict[str, Any]]) -> str:
    """A plan for people."""
    lines = []
    for entry in entries:
        lines.append(f"[{entry['position']}/{len(STAGE_NAMES)}] {entry['stage']} {entry['run_date'] or ''}".rstrip())
        for read in entry["reads"]:
            state = {True: "", False: ", absent" if read["is_optional"] else ", MISSING"}[read.get("is_present", True)]
            optional = ", optional" if read["is_optional"] else ""
            lines.append(f"      reads {read['table']} ({read['scope']}{optional}{state})")
        others = f" (and {', '.join(entry['may_write'])})" if entry["may_write"] else ""
        lines.append(f"      replaces {', '.join(entry['writes'])}{others}")
    return "\n".join(lines)
