"""How fast a campaign moves to a new model, beside the population.

Activity counts models by UTC day, so the figures are of days: the rest of the release day, and the day after, which
ends 24 to 48 hours after the release.
"""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

_SHARES = ("release_day_share", "next_day_share")
COLUMNS = {
    "released_model": "string",
    **dict.fromkeys((*_SHARES, *(f"population_{name}" for name in _SHARES)), "double"),
}


def adoption(daily: DataFrame, outside: DataFrame, releases: DataFrame, run_date: date) -> DataFrame:
    """Shares of the release that each candidate adopted most, of those in the window.

    Args:
        daily: Activity rows with ``candidate_id``.
        outside: Activity rows of accounts in no pool: the population.
        releases: ``model_releases``.
        run_date: The run's date.

    Returns:
        ``candidate_id`` and :data:`COLUMNS`; candidates without activity on those days are left out, and the next
        day's shares are null while that day lies ahead.
    """
    known = releases.where(f"to_date(released_at) <= date'{run_date}'").selectExpr(
        "model", "released_at", "to_date(released_at) as release_date", "hour(released_at) as release_hour"
    )
    # An exchange on the model cannot lie before its release, so only what it is compared with is cut at the hour.
    after = "aggregate(slice(hour_counts, release_hour + 1, 24), 0L, (total, n) -> total + n)"

    def shares(rows: DataFrame, key: list[str]) -> DataFrame:
        return (
            rows.join(
                known.hint("broadcast"), expr("usage_date between release_date and date_add(release_date, 1)")
            )
            .selectExpr(
                *key, "model", "released_at", "usage_date = release_date as is_release_day", "event_count",
                f"{after} as after_count", "coalesce(try_element_at(model_counts, model), 0) as moved_count",
            )
            .groupBy(*key, "model", "released_at")
            .agg(
                expr("sum(moved_count) filter (where is_release_day)"
                     " / nullif(sum(after_count) filter (where is_release_day), 0) as release_day_share"),
                expr("sum(moved_count) filter (where not is_release_day)"
                     " / nullif(sum(event_count) filter (where not is_release_day), 0) as next_day_share"),
                expr("sum(moved_count) as moved_count"),
            )
        )  # fmt: skip

    population = shares(outside, []).selectExpr("model", *(f"{name} as population_{name}" for name in _SHARES))
    own = shares(daily, ["candidate_id"])
    return (
        own.join(population.hint("broadcast"), "model", "left")
        .withColumnRenamed("model", "released_model")
        .groupBy("candidate_id")
        .agg(expr(f"max_by(struct({', '.join(COLUMNS)}), struct(moved_count, released_at, released_model)) as best"))
        .selectExpr("candidate_id", "best.*")
    )
