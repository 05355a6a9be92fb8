"""Whether accounts take turns, as those that a scheduler chooses do."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.totals import exact_sum_sql

# Gaps that give an account a coefficient of variation of its own, and accounts that give a candidate a median: that
# many, and no small part of it, since accounts with more turns than their fellows are not typical of them.
_OWN_GAPS = 4
_OWN_ACCOUNTS = 8
_OWN_SHARE = 0.5
# A session is over after this much idle time (contract of account_activity).
_IDLE_SECONDS = 1800


def rota(daily: DataFrame) -> DataFrame:
    """How evenly an account's turns are spaced in its candidate's own session starts.

    For each account the gaps between its turns, counted in the candidate's session starts; their coefficient of
    variation, median over accounts with four gaps or more. Least-recently-used choice gives .06 to .19, random
    wake-ups .6 to .9, people 1 and above, in simulated pools and populations. A burst of three days leaves an account
    two gaps: too few for a figure of its own, so there the variance within accounts is pooled over the candidate.

    Activity is kept by day and by workload, so a session that goes on over midnight begins again there, and a turn
    with a dozen templates begins a dozen times. Sessions less than the idle time apart are one turn: else a rota looks
    uneven, and accounts that never pause look as if they took turns at midnight.

    Returns:
        ``candidate_id, rota_cv, rota_accounts`` (accounts behind the figure).
    """
    sessions = (
        daily.selectExpr(
            "candidate_id", "account_id", "datediff(usage_date, date'1970-01-01') as day",
            "session_start_seconds as second", "coalesce(session_end_seconds, session_start_seconds) as last",
        )
        .selectExpr("candidate_id", "account_id", "day", "inline(arrays_zip(second, last))")
        .selectExpr(
            "candidate_id", "account_id", "day", "second", "86400L * day + second as start_at",
            "max(86400L * day + last) over (partition by candidate_id, account_id order by day, second"
            " rows between unbounded preceding and 1 preceding) as busy_until",
        )
    )  # fmt: skip
    starts = sessions.where(f"coalesce(start_at - busy_until >= {_IDLE_SECONDS}, true)")
    turns = starts.selectExpr(
        "candidate_id", "account_id",
        # Who came first within a second is not known. By name, schedules that fire at the full hour would be a rota.
        "row_number() over (partition by candidate_id order by day, second, xxhash64(account_id, day, second),"
        " account_id) as turn",
    )  # fmt: skip
    gaps = turns.selectExpr(
        "candidate_id",
        "account_id",
        "turn - lag(turn) over (partition by candidate_id, account_id order by turn) as gap",
    ).where("gap is not null")
    per_account = (
        gaps.groupBy("candidate_id", "account_id")
        .agg(expr("sum(gap) as total"), expr("sum(1L * gap * gap) as squares"), expr("count(*) as gap_count"))
        .where("gap_count >= 2")
        .selectExpr(
            "candidate_id",
            "gap_count",
            "total",
            # The squares about the mean, from whole numbers: Spark's own variance depends on the order of the rows.
            "greatest(squares - total * (total / gap_count), 0.0D) as deviation",
        )
    )
    return (
        per_account.groupBy("candidate_id")
        .agg(
            expr("percentile(sqrt(deviation / (gap_count - 1)) / (total / gap_count), 0.5)"
                 f" filter (where gap_count >= {_OWN_GAPS}) as own_cv"),
            expr(f"count_if(gap_count >= {_OWN_GAPS}) as own_accounts"),
            # A gap is as long as all turns of its candidate, and its square too large for fewer digits.
            expr(f"sqrt({exact_sum_sql('deviation', is_large=True)} / sum(gap_count - 1))"
                 " / (sum(total) / sum(gap_count)) as pooled_cv"),
            expr("count(*) as pooled_accounts"),
        )
        .selectExpr("*", f"own_accounts >= greatest({_OWN_ACCOUNTS}, {_OWN_SHARE} * pooled_accounts) as has_own")
        .selectExpr(
            "candidate_id",
            "if(has_own, own_cv, pooled_cv) as rota_cv",
            "if(has_own, own_accounts, pooled_accounts) as rota_accounts",
        )
    )  # fmt: skip
