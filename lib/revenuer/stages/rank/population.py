"""Baselines: the same measures over the population at hand."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.behaviour import SPREAD_SQL
from revenuer.stages.totals import exact_sum_sql


def population_baselines(accounts: DataFrame) -> DataFrame:
    """One row of baselines over all accounts with some activity.

    Args:
        accounts: Account behaviour of the candidate ``all``, and ``is_batched``, null where an account was not opened
            in one batch with others.

    Returns:
        ``population_*`` columns; quantiles are over accounts, so no heavy customer sets them.
    """
    active = accounts.where("event_count >= 4")
    return active.agg(
        *map(
            expr,
            (
                "count(distinct party_id) as population_parties",
                "avg(case when party_id <> account_id then 1.0 else 0.0 end) as population_organization_share",
                "percentile(network_count, 0.75) as population_network_count",
                "percentile(prefix_count, 0.75) as population_prefix_count",
                "coalesce(count(is_batched) / nullif(count(*), 0), 0.0D) as population_batch_share",
                "percentile(event_count / day_count, 0.5) as population_daily_load",
                f"{SPREAD_SQL} as population_load_spread",
                f"{exact_sum_sql('clock_resultant')} / count(clock_resultant) as population_clock_resultant",
                "percentile(follow_up_count / turn_known_count, 0.5)"
                " filter (where turn_known_count > 0) as population_follow_up_share",
            ),
        )
    )


def population_pivot(activity: DataFrame, releases: DataFrame) -> DataFrame:
    """Median over days of nothing else than the site's own share of a newly released model in its first two days."""
    window = (
        activity.selectExpr("usage_date", "event_count", "model_counts")
        .crossJoin(releases.selectExpr("model", "to_date(released_at) as release_date").hint("broadcast"))
        .where("usage_date between release_date and date_add(release_date, 1)")
        .groupBy("model")
        .agg(expr("sum(coalesce(try_element_at(model_counts, model), 0)) / sum(event_count) as share"))
    )
    return window.agg(expr("max(share) as population_pivot_share"))
