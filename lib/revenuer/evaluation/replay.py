"""Published dates one after the other against the truth: when was each campaign found, and what had leaked by then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql.functions import expr

from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.evaluation.detection import Leak, Replay, timelines
from revenuer.evaluation.evaluate import evaluate_days, truth_for
from revenuer.evaluation.truth import Truth

if TYPE_CHECKING:
    from revenuer.lake.lake import Lake


def unpublished(lake: Lake, days: Sequence[date]) -> tuple[date, ...]:
    """Those of some dates that are not published, in order."""
    known = set(lake.published_dates())
    return tuple(day for day in days if day not in known)


def replay(lake: Lake, truth: str | Path, days: Sequence[date], *, top: int, window_days: int) -> Replay:
    """Follow every true campaign through a range of published dates.

    A campaign is found on the first date on which, by the rule of ``revenuer evaluate``, a candidate covers it in the
    first ``top`` ranks. What it took is its accounts' activity as observed, times the campaign's share of it where the
    truth of work tells that.

    Args:
        lake: The lake.
        truth: Truth file, see :func:`revenuer.evaluation.truth.read_truth`.
        days: Dates in order; those that are not published are left out.
        top: How far down the ranking a campaign counts as seen.
        window_days: Days each run looked back over, the run date included.

    Raises:
        ConfigError: The truth file is not there, or names no campaign.
        ContractError: The truth file lacks columns.
        MissingPartitionError: None of the dates is published.
    """
    known = truth_for(lake, truth)
    names = sorted(map(str, known.known["campaign"].dropna().unique()))
    if not names:
        raise ConfigError(f"truth file {truth} names no campaign", fix="fill its column campaign, or use another file")
    missing = unpublished(lake, days)
    shown = [day for day in days if day not in missing]
    if not shown:
        raise MissingPartitionError(
            f"table campaigns: no date from {days[0]} to {days[-1]} is published",
            fix="leave --no-run out, or `revenuer backfill --from DATE --to DATE`",
        )
    evaluations = dict(evaluate_days(lake, known, shown, window_days=window_days))
    return Replay(
        top,
        tuple(shown),
        missing,
        {day: result.honest_accused_count for day, result in evaluations.items()},
        timelines(names, evaluations, _daily(lake, known), top=top),
    )


def _daily(lake: Lake, truth: Truth) -> dict[str, dict[date, Leak]] | None:
    """What each campaign took on each observed day; None where activity was never observed."""
    if not lake.exists("account_activity"):
        return None
    shares = lake.spark.createDataFrame(truth.shares())
    rows = (
        lake.read("account_activity")
        .select("usage_date", "account_id", "event_count", "output_tokens")
        .join(shares.hint("broadcast"), "account_id")
        .groupBy("campaign", "usage_date")
        .agg(expr("sum(event_count * share) as exchanges"), expr("coalesce(sum(output_tokens * share), 0) as tokens"))
        .collect()
    )
    daily: dict[str, dict[date, Leak]] = {}
    for row in rows:
        daily.setdefault(row["campaign"], {})[row["usage_date"]] = Leak(row["exchanges"], row["tokens"])
    return daily or None
