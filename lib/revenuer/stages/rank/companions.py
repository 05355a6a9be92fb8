"""Other work on accounts that are convicted: what is known of the accounts need not be shown of each work anew.

A lab's works share a pool's accounts, and what drives an account drives all of its work. A tenant that shows hiding,
but whose own traffic looks a little less like a program's than the rules ask for, was left out of the operator's
harvest though all of its accounts stood convicted. It is asked for less physics, not for less of anything else;
accounts that no tenant holds which stands convicted by itself are ``suspected``.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

# A tenant is on convicted accounts when so many of its own are.
_WITHIN_SHARE = 0.9
# Work that many others do as well is that of a pool's customers.
_POPULAR_SHARE = 0.5


def within(rows: DataFrame) -> DataFrame:
    """Tenants that are convicted, or nearly all of whose accounts are: ``candidate_id, is_convicted``.

    Args:
        rows: ``candidate_id, account_id, is_convicted``.
    """
    accounts = rows.groupBy("account_id", "candidate_id").agg(expr("max(is_convicted) as is_convicted"))
    return (
        accounts.selectExpr("*", "max(is_convicted) over (partition by account_id) as is_accused")
        .groupBy("candidate_id")
        .agg(expr("max(is_convicted) as is_convicted"), expr("avg(if(is_accused, 1.0D, 0.0D)) as within_share"))
        .where(f"within_share >= {_WITHIN_SHARE}")
        .drop("within_share")
    )


def companions(assigned: DataFrame, scored: DataFrame) -> DataFrame:
    """Tenants that lack physics and may have the rest, on accounts that are convicted for other work.

    Whether the rest is enough, scoring says when it is told of them.

    Args:
        assigned: ``candidate_id, account_id``.
        scored: As :func:`revenuer.stages.rank.scoring.scores` returns them; what an analyst called benign left out.

    Returns:
        ``candidate_id``.
    """
    judged = scored.where(
        "source = 'pool' and (verdict = 'campaign' or (verdict = 'watch' and not has_physics and has_concealment"
        f" and coalesce(popular_share, 0.0) < {_POPULAR_SHARE}))"
    ).selectExpr("candidate_id", "verdict = 'campaign' as is_convicted")
    rows = assigned.select("candidate_id", "account_id").join(judged, "candidate_id")
    return within(rows).where("not is_convicted").select("candidate_id")


def newcomers(assigned: DataFrame, brought: DataFrame, accused: DataFrame) -> DataFrame:
    """Accounts that only other work on convicted accounts would accuse: ``candidate_id, account_id``.

    Args:
        assigned: ``candidate_id, account_id``.
        brought: ``candidate_id`` of companions and of wholes that siblings were joined to.
        accused: ``account_id`` of all that tenants hold which stand convicted by themselves.
    """
    rows = assigned.select("candidate_id", "account_id").distinct().join(brought, "candidate_id", "left_semi")
    return rows.join(accused, "account_id", "left_anti").select("candidate_id", "account_id")
