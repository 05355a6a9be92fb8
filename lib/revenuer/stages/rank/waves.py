"""Ban waves: bans of one candidate's accounts within hours of each other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.settling import settled

# A pause this long ends a wave: reviewers ban a pool in one sitting.
_PAUSE_HOURS = 12
# Fewer banned accounts, or a smaller share of the campaign's, are everyday enforcement.
_MIN_BANNED = 3
_MIN_BANNED_SHARE = 0.05
SPAN_HOURS = 72
"""Traffic is compared over so long before and after a wave."""


@dataclass(frozen=True)
class Waves:
    """Ban waves of candidates.

    Attributes:
        waves: ``candidate_id, wave_at, wave_hour, end_hour`` (hours since 1970), ``banned_count, account_count``.
        banned: ``candidate_id, wave_at, account_id``.
    """

    waves: DataFrame
    banned: DataFrame


def waves_of(members: DataFrame, actions: DataFrame, known_days: Collection[date]) -> Waves:
    """Waves of bans and suspensions, those left out before which too little is known.

    Of a wave within three days of the first day that is known, or of a day that is missing, nobody can say whether an
    account came after it or had merely not been seen yet: anybody who works now and then would have taken over. What
    was before the window is not known at all.

    Args:
        members: ``candidate_id, account_id``, each once.
        actions: ``enforcement_actions`` up to the run date.
        known_days: Days of the activity that candidates are judged by.
    """
    # A ban that was taken back was a mistake, and says nothing of whom it hit.
    back = actions.where("action = 'reinstate'").groupBy("account_id").agg(expr("max(action_at) as back_at"))
    stops = (
        actions.where("action in ('ban', 'suspend')")
        .join(back, "account_id", "left")
        .where("back_at is null or back_at < action_at")
        .select("account_id", "action_at")
        .distinct()
    )
    order = "partition by candidate_id order by action_at, account_id"
    dated = (
        members.select("candidate_id", "account_id")
        .join(stops, "account_id")
        .selectExpr("*", f"unix_seconds(action_at) - unix_seconds(lag(action_at) over ({order})) as pause")
        .selectExpr("*", f"sum(if(pause is null or pause > {_PAUSE_HOURS * 3600}, 1, 0)) over ({order}) as number")
        .selectExpr(
            "candidate_id",
            "account_id",
            "min(action_at) over (partition by candidate_id, number) as wave_at",
            "max(action_at) over (partition by candidate_id, number) as end_at",
        )
    )
    sizes = members.groupBy("candidate_id").agg(expr("count(*) as account_count"))
    waves = settled(
        dated.groupBy("candidate_id", "wave_at", "end_at")
        .agg(expr("count(distinct account_id) as banned_count"))
        .join(sizes, "candidate_id")
        .where(f"banned_count >= {_MIN_BANNED} and banned_count >= {_MIN_BANNED_SHARE} * account_count")
        .where(_known_sql(known_days))
        .selectExpr(
            "candidate_id", "wave_at", "cast(floor(unix_seconds(wave_at) / 3600) as bigint) as wave_hour",
            "cast(floor(unix_seconds(end_at) / 3600) as bigint) as end_hour", "banned_count", "account_count",
        )
    )  # fmt: skip
    banned = dated.join(waves.select("candidate_id", "wave_at"), ["candidate_id", "wave_at"]).select(
        "candidate_id", "wave_at", "account_id"
    )
    return Waves(waves, settled(banned.distinct()))


def _known_sql(known_days: Collection[date]) -> str:
    """SQL condition of waves before which activity is known for long enough, without a day that is missing."""
    one = timedelta(days=1)
    firsts = sorted(day for day in known_days if day - one not in known_days)
    lasts = sorted(day for day in known_days if day + one not in known_days)
    spans = (
        f"unix_seconds(wave_at) between {seconds_of(first) + SPAN_HOURS * 3600} and {seconds_of(last + one) - 1}"
        for first, last in zip(firsts, lasts, strict=True)
    )
    return " or ".join(spans) or "false"


def seconds_of(day: date) -> int:
    """Midnight of a day, in seconds since 1970."""
    return (day - date(1970, 1, 1)).days * 86400
