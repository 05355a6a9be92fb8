"""Regeneration: what became of a campaign's traffic after its accounts were banned, and who took over.

Bans of one campaign within hours of each other are a *wave*. Traffic is compared by the hour: three days before the
wave with three days after it. Banned clients go on asking and are refused, so what an account does after its ban is no
traffic. An account *came after* the wave when its first exchange in the campaign's work did;
every product gets new users in three days, so that may be coincidence. It *took over* where it is none: it shares link
nodes with banned accounts, or it is new, and many times more new accounts came after the wave than before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.waves import SPAN_HOURS, Waves, seconds_of
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS

# Shorter spans say nothing about a rate.
_MIN_HOURS = 6
# Where only the hour is known, who began in that of the first ban may have begun before it.
_CAME_AFTER = "coalesce(began_at >= wave_at, first_hour >= cast(ceil(unix_seconds(wave_at) / 3600) as bigint))"
# Recovered: an hour carries half of what was lost, on top of what the others carried before, and so do the six hours
# that it begins.
_RECOVERED = 0.5
_HOLD_HOURS = 6
# Opened this shortly before the wave, or later.
_FRESH_DAYS = 30
# New: opened this shortly before its first exchange. New accounts take over where so many times more of them came after
# the wave than did in as many hours before it; where hardly any did, one stands for them.
_NEW_DAYS = 7
_MIN_RUSH = 8.0


@dataclass(frozen=True)
class Regeneration:
    """What followed the waves.

    Attributes:
        waves: One row per candidate and wave, with its traffic before and after.
        successors: ``candidate_id, account_id, generation`` for every account of a candidate that had a wave, and,
            where it came after one, ``wave_at, hours_after, shared_node_count, age_days, has_taken_over``;
            ``fallen_at``, when the last wave began in which it was banned itself.
    """

    waves: DataFrame
    successors: DataFrame


def regeneration(daily: DataFrame, waves: Waves, links: DataFrame, accounts: DataFrame, run_date: date) -> Regeneration:
    """Traffic around each wave and the accounts that came after it.

    Args:
        daily: Activity rows with ``candidate_id``.
        waves: As :func:`waves_of` returns them.
        links: ``links`` of the run date.
        accounts: ``accounts``.
        run_date: The run's date; its last hour is the last that is known.
    """
    horizon = seconds_of(run_date + timedelta(days=1)) // 3600
    hours = settled(
        daily.join(waves.waves.select("candidate_id").distinct().hint("broadcast"), "candidate_id")
        .selectExpr("candidate_id", "account_id", "datediff(usage_date, date'1970-01-01') * 24L as midnight",
                    "first_seen_at", "posexplode(hour_counts) as (position, n)")
        .where("n > 0")
        .groupBy("candidate_id", "account_id", "midnight", "position")
        .agg(expr("sum(n) as n"), expr("min(first_seen_at) as began_at"))
        .selectExpr("candidate_id", "account_id", "midnight + position as hour", "n", "began_at")
    )  # fmt: skip
    firsts = hours.groupBy("candidate_id", "account_id").agg(
        expr("min(hour) as first_hour"), expr("min(began_at) as began_at")
    )
    starts = firsts.groupBy("candidate_id").agg(expr("min(first_hour) as start_hour"))
    spans = waves.waves.join(starts, "candidate_id", "left").selectExpr(
        "*",
        f"greatest(least({SPAN_HOURS}, wave_hour - start_hour), 0) as before_hours",
        f"greatest(least({SPAN_HOURS}, {horizon - 1} - end_hour), 0) as after_hours",
    )
    marks = waves.banned.withColumn("is_banned", expr("true"))
    stopped = (
        waves.banned.join(waves.waves.select("candidate_id", "wave_at", "end_hour"), ["candidate_id", "wave_at"])
        .groupBy("candidate_id", "account_id")
        .agg(expr("min(end_hour) as stop_hour"))
    )
    placed = settled(
        hours.drop("began_at")
        .join(firsts, ["candidate_id", "account_id"])
        .join(spans.hint("broadcast"), "candidate_id")
        .join(marks, ["candidate_id", "wave_at", "account_id"], "left")
        .join(stopped, ["candidate_id", "account_id"], "left")
        .withColumn("is_banned", expr("coalesce(is_banned, false)"))
        .withColumn("is_refused", expr("coalesce(hour > stop_hour, false)"))
        .withColumn(
            "is_successor",
            expr(
                f"not is_banned and {_CAME_AFTER} and first_hour <= end_hour + {SPAN_HOURS}"
                " and coalesce(first_hour <= stop_hour, true)"
            ),
        )
    )
    before = "hour between wave_hour - before_hours and wave_hour - 1"
    after = "hour between end_hour + 1 and end_hour + after_hours"
    counted_hours = {"before": (before, "before_hours"), "after": (after, "after_hours")}

    def rate(name: str, span: str, whose: str = "true") -> Column:
        hours_of, length = counted_hours[span]
        volume = f"coalesce(sum(n) filter (where not is_refused and {hours_of} and {whose}), 0)"
        return expr(f"{volume} / nullif(first({length}), 0) as {name}")

    traffic = placed.groupBy("candidate_id", "wave_at").agg(
        rate("lost_rate", "before", "is_banned"),
        rate("before_rate", "before"),
        rate("after_rate", "after"),
        rate("successor_rate", "after", "is_successor"),
    )
    came = _successors(placed, waves, links, accounts)
    counted = came.groupBy("candidate_id", "wave_at").agg(
        expr("count(*) as successor_count"),
        expr("avg(case when shared_node_count > 0 then 1.0D else 0.0D end) as linked_successor_share"),
        expr(f"avg(case when age_days <= {_FRESH_DAYS} then 1.0D when age_days is not null then 0.0D end)"
             " as fresh_successor_share"),
    )  # fmt: skip
    known = f"before_hours >= {_MIN_HOURS} and after_hours >= {_MIN_HOURS}"
    rates = (
        spans.join(_shares(traffic, known, spans), ["candidate_id", "wave_at"], "left")
        .join(counted, ["candidate_id", "wave_at"], "left")
        .join(_recovery(placed, traffic, horizon), ["candidate_id", "wave_at"], "left")
    )
    wave_count = f"cast(count(distinct wave_at) filter (where {_CAME_AFTER}) as int)"
    generations = placed.groupBy("candidate_id", "account_id").agg(expr(f"1 + {wave_count} as generation"))
    latest = (
        came.groupBy("candidate_id", "account_id")
        .agg(expr("max(struct(has_taken_over, wave_at, hours_after, shared_node_count, age_days)) as latest"))
        .selectExpr("candidate_id", "account_id", "latest.*")
    )
    by_account = ["candidate_id", "account_id"]
    fallen = waves.banned.groupBy(*by_account).agg(expr("max(wave_at) as fallen_at"))
    followed = generations.join(latest, by_account, "left").join(fallen, by_account, "left")
    return Regeneration(settled(rates), settled(followed))


def _shares(traffic: DataFrame, known: str, spans: DataFrame) -> DataFrame:
    """Rates where enough hours are known, as shares."""
    joined = traffic.join(spans.select("candidate_id", "wave_at", "before_hours", "after_hours"),
                          ["candidate_id", "wave_at"])  # fmt: skip
    return joined.where(known).selectExpr(
        "candidate_id", "wave_at", "before_rate", "after_rate",
        "lost_rate / nullif(before_rate, 0) as lost_share",
        # Where nothing was lost, nothing can have come back: greatest would make a null a zero.
        "if(lost_rate > 0, greatest((after_rate - (before_rate - lost_rate)) / lost_rate, 0), null) as recovered_share",
        "after_rate / nullif(before_rate, 0) as volume_share",
        "successor_rate / nullif(after_rate, 0) as successor_share",
    )  # fmt: skip


def _recovery(placed: DataFrame, traffic: DataFrame, horizon: int) -> DataFrame:
    """Hours from the wave until the others carry half of what was lost, and keep it for six hours.

    To the end of the first of these hours: when within it that was is not known, and the reason says "within".
    """
    others = (
        placed.where("not is_banned and not is_refused and hour >= wave_hour")
        .groupBy("candidate_id", "wave_at", "hour")
        .agg(expr("sum(n) as n"))
        .selectExpr(
            "candidate_id", "wave_at", "hour", "n",
            f"sum(n) over (partition by candidate_id, wave_at order by hour range between current row"
            f" and {_HOLD_HOURS - 1} following) / {_HOLD_HOURS} as rate",
        )
        .where(f"hour <= {horizon - _HOLD_HOURS}")
    )  # fmt: skip
    return (
        others.join(traffic.select("candidate_id", "wave_at", "before_rate", "lost_rate"), ["candidate_id", "wave_at"])
        .where(f"lost_rate > 0 and least(n, rate) >= before_rate - {1 - _RECOVERED} * lost_rate")
        .groupBy("candidate_id", "wave_at")
        .agg(expr("((min(hour) + 1) * 3600 - unix_seconds(wave_at)) / 3600.0D as recovery_hours"))
    )


def _successors(placed: DataFrame, waves: Waves, links: DataFrame, accounts: DataFrame) -> DataFrame:
    """Accounts that came after a wave, what they have in common with those that were banned, and who took over."""
    by = ["candidate_id", "wave_at", "account_id"]
    arrivals = (
        placed.where("is_successor or first_hour between wave_hour - before_hours and wave_hour - 1")
        .select(*by, "is_successor", "began_at", "first_hour", "wave_hour", "end_hour", "before_hours", "after_hours")
        .distinct()
        .join(accounts.groupBy("account_id").agg(expr("min(created_at) as created_at")), "account_id", "left")
        .withColumn("began_micros", expr("coalesce(unix_micros(began_at), first_hour * 3600000000L)"))
        .withColumn(
            "is_new",
            expr(
                "coalesce((began_micros / 1e6D - unix_micros(created_at) / 1e6D) / 86400"
                f" between 0 and {_NEW_DAYS}, false)"
            ),
        )
    )
    rush = (
        arrivals.groupBy("candidate_id", "wave_at")
        .agg(
            expr("count_if(is_new and is_successor) as new_count"),
            expr("count_if(is_new and not is_successor) * (first(end_hour - wave_hour + after_hours) + 1)"
                 f" / if(first(before_hours) >= {_MIN_HOURS}, first(before_hours), null) as usual_count"),
        )
        .selectExpr(
            "candidate_id", "wave_at",
            f"usual_count is not null and new_count >= {_MIN_RUSH}D * greatest(usual_count, 1) as is_rush",
        )
    )  # fmt: skip
    strong = links.where("is_member").select("account_id", "node_id")
    banned_nodes = waves.banned.join(strong, "account_id").select("candidate_id", "wave_at", "node_id").distinct()
    found = arrivals.where("is_successor")
    shared = (
        found.select(*by)
        .join(strong, "account_id")
        .join(banned_nodes, ["candidate_id", "wave_at", "node_id"])
        .groupBy(*by)
        .agg(expr("count(distinct node_id) as shared_node_count"))
    )
    return settled(
        found.join(shared, by, "left")
        .join(rush.hint("broadcast"), ["candidate_id", "wave_at"])
        .selectExpr(
            *by,
            "greatest(began_micros - unix_micros(wave_at), 0L) / 3.6e9D as hours_after",
            "coalesce(shared_node_count, 0) as shared_node_count",
            "(unix_seconds(wave_at) - unix_seconds(created_at)) / 86400.0D as age_days",
            "shared_node_count is not null or (is_new and is_rush) as has_taken_over",
        )
    )


def wave_features(found: Regeneration) -> DataFrame:
    """Features of each candidate's largest wave.

    Returns:
        ``candidate_id, banned_share, recovered_share`` (volume after over volume before, what accounts
        do after their ban left out) and ``newcomer_share`` (of
        the volume after, on accounts that came after the wave).
    """
    return (
        found.waves.groupBy("candidate_id")
        .agg(
            expr("max_by(struct(banned_count / account_count as banned_share, volume_share as recovered_share,"
                 " successor_share as newcomer_share), struct(banned_count, wave_at)) as wave")
        )
        .selectExpr("candidate_id", "wave.*")
    )  # fmt: skip


# Said of an account that came after a wave, after what is said of every member.
SUCCESSION = (
    "case when wave_at is not null then case when has_taken_over"
    " then '; took over after the bans of ' || date_format(wave_at, 'yyyy-MM-dd HH:mm')"
    " || ': first exchange ' || format_number(hours_after, 1) || ' h later'"
    " else '; first did this work ' || format_number(hours_after, 1) || ' h after the bans of '"
    " || date_format(wave_at, 'yyyy-MM-dd HH:mm') end"
    " || case when shared_node_count > 0 then ', ' || shared_node_count || ' link nodes in common with banned accounts'"
    " else '' end || case when age_days >= 0 then ', opened ' || format_number(age_days, 0) || ' days before'"
    " when age_days < 0 then ', opened after them' else '' end else '' end"
)


def regeneration_rows(found: Regeneration, named: DataFrame, run_date: date) -> DataFrame:
    """Columns of ``campaign_regeneration``."""
    share = "coalesce(format_number(100 * {}, 0) || ' %', 'an unknown share')"
    others = "coalesce(successor_count, 0) || ' others first did this work within three days'"
    sentence = (
        "banned_count || ' accounts banned, which carried ' || " + share.format("lost_share")
        + " || ' of the traffic; '"
        f" || case when lost_share = 0 then 'nothing was lost that could come back; ' || {others}"
        " when recovered_share is null then 'too few hours are known to say what came back'"
        " else format_number(100 * recovered_share, 0) || ' % of that came back on others'"
        " || coalesce(', half of it within ' || format_number(recovery_hours, 1) || ' h', '')"
        f" || '; ' || {others}"
        " || case when successor_count > 0 then ', ' || " + share.format("linked_successor_share")
        + " || ' of them with link nodes of banned ones, ' || " + share.format("fresh_successor_share")
        + f" || ' of them opened within {_FRESH_DAYS} days before or later' else '' end end as reason"
    )  # fmt: skip
    rows = found.waves.join(named.select("candidate_id", "campaign_id"), "candidate_id").selectExpr(
        f"date'{run_date}' as run_date", "campaign_id", "wave_at", "banned_count as banned_account_count", "lost_share",
        "cast(round(before_rate * 24) as bigint) as before_exchange_count",
        "cast(round(after_rate * 24) as bigint) as after_exchange_count",
        "recovered_share", "recovery_hours", "coalesce(successor_count, 0) as successor_count", "successor_share",
        "linked_successor_share", "fresh_successor_share", sentence,
    )  # fmt: skip
    return CONTRACTS["campaign_regeneration"].conform(rows)
