"""Behaviour features of candidates: load, clock, rota, networks and shape of the work.

Every feature is a robust summary over a candidate's accounts, so that a few strays do not decide it.
"""

from __future__ import annotations

from math import cos, pi, sin

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.network_types import TYPES
from revenuer.stages.totals import exact_sum_sql

_HOURS = 24
# Networks a customer calls home. An account that moves over many of these is not one customer; one that moves over
# hosting, VPN or relay networks may be a vendor on several clouds or a privacy-minded person.
_HOME_TYPES = ("residential", "mobile", "education", "business")
_CARRIER_TYPES = ("residential", "mobile")
_SHADED_TYPES = ("vpn", "relay")
_HOSTING_TYPES = ("hosting",)
# Counts that add up, over workloads of a day and over days alike.
_COUNTED = (
    "event_count", "refused_count", "follow_up_count", "turn_known_count", "input_tokens", "output_tokens",
    "reasoning_tokens",
)  # fmt: skip
_SUMMED = (
    *_COUNTED, "home_events", "carrier_events", "shaded_events", "hosting_events", "unknown_events", "popular_events",
)  # fmt: skip
_SETS = ("network_ids", "prefix_ids", "client_ids")
_LISTED = ("hour_counts", "session_start_seconds", "session_end_seconds", "model_counts", "capability_counts")
# Loads are compared where counting adds no more to the variance of their logarithm, and a day has more than its one.
_MAX_NOISE = 0.25
_MIN_LOAD = 2
# What Poisson counting adds to the variance of the log load of accounts.
_NOISE = f"({exact_sum_sql('1.0D / greatest(event_count, 1)')} / count(*))"
_MEAN = "(exchange_count / account_count)"
# Mean of the squares less square of the mean, over n - 1: from whole numbers, in any order the same.
_VARIANCE = f"((squares - exchange_count * {_MEAN}) / (account_count - 1))"
_MOMENT_SPREAD = f"sqrt(ln(1 + greatest({_VARIANCE} - {_MEAN}, 0.0D) / ({_MEAN} * {_MEAN})))"
_LIVED_DAYS = "(datediff(last_seen_date, first_seen_date) + 1)"


def _spread_sql(days: str) -> str:
    """Spread of the log of exchanges a day over accounts, without what counting adds."""
    points = f"percentile(ln(event_count / {days}), array(0.1, 0.9))"
    return f"sqrt(greatest(pow(({points}[1] - {points}[0]) / 2.563, 2) - {_NOISE}, 0))"


SPREAD_SQL = _spread_sql("day_count")
"""Spread of the log load of accounts on days they are active."""


def _hour_sum_sql(function: str) -> str:
    """Weighted sum of the hours, term by term: Spark compiles that, and interprets a lambda over an array."""
    turn = cos if function == "cos" else sin
    weights = (f"{turn(2 * pi * (hour + 0.5) / _HOURS):.12f}D" for hour in range(_HOURS))
    return "(0D + " + " + ".join(f"get(hour_counts, {hour}) * {w}" for hour, w in enumerate(weights)) + ")"


def _type_sum_sql(types: tuple[str, ...]) -> str:
    terms = " + ".join(f"coalesce(try_element_at(network_type_counts, '{name}'), 0)" for name in types)
    return f"({terms})"


def daily_rows(assignments: DataFrame, activity: DataFrame) -> DataFrame:
    """Activity rows of each candidate with the per-row numbers all features build on."""
    return owned(assignments.join(measured(activity), ["account_id", "workload_id"]))


def owned(rows: DataFrame) -> DataFrame:
    """Rows of :func:`measured` with ``popular_events``: those of work that is not ``is_own``."""
    return rows.withColumn("popular_events", expr("case when is_own then 0L else event_count end"))


def measured(activity: DataFrame) -> DataFrame:
    """What the features build on, of each activity row.

    Rows of many days are joined and shuffled by it, so it holds no column that nobody reads, and numbers in place of
    the hashed networks, prefixes and clients: only how many differ is asked of them.
    """
    kept = ("usage_date", "account_id", "workload_id", "party_id", "first_seen_at", *_COUNTED, *_LISTED)
    return activity.selectExpr(
        *kept,
        *(f"transform({name}, value -> xxhash64(value)) as {name}" for name in _SETS),
        f"{_hour_sum_sql('cos')} as hour_cos",
        f"{_hour_sum_sql('sin')} as hour_sin",
        f"{_type_sum_sql(_HOME_TYPES)} as home_events",
        f"{_type_sum_sql(_CARRIER_TYPES)} as carrier_events",
        f"{_type_sum_sql(_SHADED_TYPES)} as shaded_events",
        f"{_type_sum_sql(_HOSTING_TYPES)} as hosting_events",
        # A type that is none of these says no more than none.
        f"if(network_type_counts is null, 0L, greatest(event_count - {_type_sum_sql(TYPES)}, 0L)) as unknown_events",
    )


def account_behaviour(daily: DataFrame) -> DataFrame:
    """One row per candidate and account over the window.

    Returns:
        Counts, tokens, ``clock_resultant`` (squared resultant of the daily mean hours, unbiased; about 0 when the
        busy hour wanders or there is none, near 1 when it stays; Mardia and Jupp, Directional Statistics, 2.3),
        ``network_count``, ``prefix_count``, ``client_count``.
    """
    # So placed, an account's rows meet once, for its days and then for itself.
    placed = daily.repartition("candidate_id", "account_id")
    days = placed.groupBy("candidate_id", "account_id", "usage_date").agg(
        *map(
            expr,
            (
                "max(source) as source",
                "max(pool_id) as pool_id",
                "max(party_id) as party_id",
                *(
                    f"sum({name}) as {name}"
                    for name in _SUMMED
                ),
                f"{exact_sum_sql('hour_cos')} as hour_cos",
                f"{exact_sum_sql('hour_sin')} as hour_sin",
                *(
                    f"flatten(collect_list({name})) as {name}"
                    for name in _SETS
                ),
            ),
        )
    )  # fmt: skip
    directed = days.withColumn("length", expr("sqrt(hour_cos * hour_cos + hour_sin * hour_sin)"))
    return (
        directed.groupBy("candidate_id", "account_id")
        .agg(
            *map(
                expr,
                (
                    "max(source) as source",
                    "max(pool_id) as pool_id",
                    "max(party_id) as party_id",
                    "count(*) as day_count",
                    *(
                        f"sum({name}) as {name}"
                        for name in _SUMMED
                    ),
                    "count_if(length > 1e-9) as directed_days",
                    f"{exact_sum_sql('case when length > 1e-9 then hour_cos / length end')} as unit_cos",
                    f"{exact_sum_sql('case when length > 1e-9 then hour_sin / length end')} as unit_sin",
                    "array_distinct(flatten(collect_list(network_ids))) as network_ids",
                    "array_distinct(flatten(collect_list(prefix_ids))) as prefix_ids",
                    "size(array_distinct(flatten(collect_list(client_ids)))) as client_count",
                    "min(usage_date) as first_seen_date",
                    "max(usage_date) as last_seen_date",
                ),
            )
        )
        .selectExpr(
            "*",
            "case when directed_days >= 2 then (unit_cos * unit_cos + unit_sin * unit_sin - directed_days)"
            " / (directed_days * (directed_days - 1)) end as clock_resultant",
            "size(network_ids) as network_count",
            "size(prefix_ids) as prefix_count",
        )
    )  # fmt: skip


def candidate_behaviour(accounts: DataFrame) -> DataFrame:
    """One row per candidate from its accounts.

    ``load_spread`` is the standard deviation of the log daily load over accounts, from the 10th and 90th percentile
    (2.563 standard deviations apart in a normal law), less what Poisson counting alone would add (``load_noise``, a
    variance). Where a typical active day has fewer than two exchanges, it has one at least, whoever it is: there loads
    are taken over all days from an account's first to its last. Where counting adds more than a quarter, half a unit of
    log, quantiles of numbers so small say nothing; the spread comes from mean and variance of the accounts' exchanges
    then (moments of the Poisson-lognormal law: Aitchison and Ho, Biometrika 76, 1989), and is null below two a head.
    """
    return (
        accounts.selectExpr(
            "*",
            "count(*) over (partition by candidate_id, party_id) / count(*) over (partition by candidate_id)"
            " as party_account_share",
            "sum(event_count) over (partition by candidate_id, party_id)"
            " / sum(event_count) over (partition by candidate_id) as party_event_share",
        )
        .groupBy("candidate_id")
        .agg(
            *map(
                expr,
                (
                    "max(source) as source",
                    "max(pool_id) as pool_id",
                    # Of each party the smaller of both: idle seats name no owner of what others do.
                    "max(least(party_account_share, party_event_share)) as top_party_share",
                    "count(*) as account_count",
                    "count(distinct party_id) as party_count",
                    "avg(case when party_id <> account_id then 1.0 else 0.0 end) as organization_share",
                    "sum(event_count) as exchange_count",
                    "sum(input_tokens) as input_token_count",
                    "sum(output_tokens) as output_token_count",
                    "sum(reasoning_tokens) as reasoning_token_count",
                    "max(event_count) / sum(event_count) as top_account_share",
                    "percentile(event_count / day_count, 0.5) as daily_load_median",
                    "percentile(event_count, 0.5) as event_count_median",
                    f"{SPREAD_SQL} as active_spread",
                    f"{_spread_sql(_LIVED_DAYS)} as lived_spread",
                    f"{_NOISE} as load_noise",
                    "sum(event_count * event_count) as squares",
                    f"{exact_sum_sql('case when event_count >= 4 then clock_resultant end')}"
                    " / count(case when event_count >= 4 then clock_resultant end) as clock_resultant",
                    "count(case when event_count >= 4 then clock_resultant end) as clock_accounts",
                    "percentile(network_count, 0.5) as network_count_median",
                    "percentile(prefix_count, 0.5) as prefix_count_median",
                    "percentile(client_count, 0.5) as client_count_median",
                    "sum(popular_events) / sum(event_count) as popular_share",
                    "sum(home_events) / sum(event_count) as home_share",
                    "sum(carrier_events) / sum(event_count) as carrier_share",
                    "sum(shaded_events) / sum(event_count) as shaded_share",
                    "sum(hosting_events) / sum(event_count) as hosting_share",
                    "sum(unknown_events) / sum(event_count) as unknown_network_share",
                    "sum(follow_up_count) / nullif(sum(turn_known_count), 0) as follow_up_share",
                    "sum(turn_known_count) / sum(event_count) as turn_known_share",
                    "sum(refused_count) as refused_count",
                    "min(first_seen_date) as first_seen_date",
                    "max(last_seen_date) as last_seen_date",
                ),
            )
        )
        .selectExpr(
            "*",
            f"case when load_noise <= {_MAX_NOISE}"
            f" then if(daily_load_median >= {_MIN_LOAD}, active_spread, lived_spread)"
            f" when exchange_count >= {_MIN_LOAD} * account_count and account_count > 1 then {_MOMENT_SPREAD} end"
            " as load_spread",
            "datediff(last_seen_date, first_seen_date) + 1 as span_days",
        )
        .drop("active_spread", "lived_spread", "load_noise", "squares")
    )


def shares(daily: DataFrame, column: str, name: str) -> DataFrame:
    """Shares of a counted category by candidate, as ``candidate_id, <name>`` (map) and ``top_<name>`` (share)."""
    counts = (
        daily.selectExpr("candidate_id", f"explode({column}) as (category, n)")
        .groupBy("candidate_id", "category")
        .agg(expr("sum(n) as n"))
    )
    total = "sum(n) over (partition by candidate_id)"
    return (
        counts.selectExpr("candidate_id", "category", f"n / {total} as share")
        .groupBy("candidate_id")
        .agg(
            expr(f"map_from_entries(sort_array(collect_list(struct(category, share)))) as {name}"),
            expr(f"max(share) as top_{name}"),
        )
    )
