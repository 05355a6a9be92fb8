"""Other work on accounts that are convicted: what is known of the accounts need not be shown of each work anew.

A lab's works share a pool's accounts, and what drives an account drives all of its work. A tenant that shows hiding,
but whose own traffic looks a little less like a program's than the rules ask for, was left out of the operator's
harvest though all of its accounts stood convicted. It is asked for less physics, not for less of anything else;
accounts that would not be accused without it are ``suspected``.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.decisions import HAS_JOINED_SQL
from revenuer.stages.rank.precedents import Precedents

WITHIN_SHARE = 0.9
"""A candidate is on convicted accounts when so many of its own are."""
# Work that many others do as well is that of a pool's customers.
_POPULAR_SHARE = 0.5
BUSY_SQL = "event_count >= least(3, daily_load_median)"
"""Whether an account does enough of a candidate's work to be a member for it."""
_ACCOUNT = ["candidate_id", "account_id"]
# Why an account is no more than suspected, behind what it does.
_LITTLE = "'; it does too little of what the pool is accused of without this work'"
_JOINED = (
    "'; it had not been published with the campaign when ' || decided_by || ' confirmed that on ' || decided_date"
    " || ', and the job by itself does not accuse it'"
)


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
        .where(f"within_share >= {WITHIN_SHARE}")
        .drop("within_share")
    )


def companions(assigned: DataFrame, scored: DataFrame) -> DataFrame:
    """Tenants that lack physics and may have the rest, on accounts that are convicted for other work.

    Whether the rest is enough, scoring says when it is told of them. A pool's small works are none: together, they show
    the pool's scheduler, whoever's they are.

    Args:
        assigned: ``candidate_id, account_id``.
        scored: As :func:`revenuer.stages.rank.scoring.scores` returns them; what an analyst called benign left out.

    Returns:
        ``candidate_id``.
    """
    judged = scored.where(
        "source = 'pool' and (verdict = 'campaign' or (verdict = 'watch' and not has_physics and has_concealment"
        f" and not is_small and coalesce(popular_share, 0.0) < {_POPULAR_SHARE}))"
    ).selectExpr("candidate_id", "verdict = 'campaign' as is_convicted")
    rows = assigned.select("candidate_id", "account_id").join(judged, "candidate_id")
    return within(rows).where("not is_convicted").select("candidate_id")


def shown(members: DataFrame, convicted: DataFrame, groups: DataFrame | None = None) -> DataFrame:
    """Accounts that do enough of work which stands convicted by itself to be accused for it.

    As for a member of any campaign, an account that hardly ever does the work is not shown to be of it. In a whole, one
    that does a little of each of its convicted parts is.

    Args:
        members: ``candidate_id, account_id, event_count``, each account once in a candidate.
        convicted: ``candidate_id, daily_load_median`` of tenants that stand convicted by themselves.
        groups: ``candidate_id, merged_id`` of wholes and all of their parts; None for tenants as they are.

    Returns:
        ``candidate_id`` (the whole's, where there are groups), ``account_id``.
    """
    rows = members.select("candidate_id", "account_id", "event_count").join(
        convicted.select("candidate_id", "daily_load_median"), "candidate_id"
    )
    if groups is not None:
        rows = (
            rows.join(groups, "candidate_id")
            .groupBy(expr("merged_id as candidate_id"), "account_id")
            .agg(expr("sum(event_count) as event_count"), expr("max(daily_load_median) as daily_load_median"))
        )
    return rows.where(BUSY_SQL).select("candidate_id", "account_id")


def newcomers(assigned: DataFrame, brought: DataFrame, accused: DataFrame, together: DataFrame | None) -> DataFrame:
    """Accounts that only other work on convicted accounts would accuse: ``candidate_id, account_id, doubt``.

    Args:
        assigned: ``candidate_id, account_id``.
        brought: ``candidate_id`` of companions and of wholes that siblings were joined to.
        accused: Accounts of tenants, as :func:`shown` returns them.
        together: Accounts of wholes, likewise; None where nothing was joined.
    """
    rows = assigned.select("candidate_id", "account_id").distinct().join(brought, "candidate_id", "left_semi")
    left = rows.join(accused, "account_id", "left_anti")
    if together is not None:
        left = left.join(together, ["candidate_id", "account_id"], "left_anti")
    return left.selectExpr("candidate_id", "account_id", f"{_LITTLE} as doubt")


def doubted(suspects: DataFrame | None, judged: DataFrame, members: DataFrame, known: Precedents) -> DataFrame:
    """Suspects once analysts have decided: those whom no analyst confirmed, and those who joined what one did.

    Whoever had been a member of a confirmed campaign by the time it was confirmed leans on nothing, nor does anybody in
    such a campaign who had been published with it by then. Who joined later was not seen by the analyst, and is no more
    than suspected while the job by itself does not accuse the campaign.

    Args:
        suspects: ``candidate_id, account_id, doubt``; None where there are none.
        judged: As :func:`revenuer.stages.rank.precedents.bearing` returns them, with the job's own ``verdict``.
        members: ``candidate_id, account_id``, each account once in a candidate.
        known: The decisions.

    Returns:
        ``candidate_id, account_id, doubt``, each account once in a candidate.
    """
    confirmed = known.accounts.join(
        known.campaigns.where("decided_verdict = 'confirmed'").select("decided_id").hint("broadcast"), "decided_id"
    )
    standing = judged.where("holds and decided_verdict = 'confirmed'")
    seen = standing.select("candidate_id", "decided_id").join(confirmed, "decided_id").select(*_ACCOUNT)
    grown = standing.where(HAS_JOINED_SQL).selectExpr("candidate_id", f"{_JOINED} as doubt")
    late = members.select(*_ACCOUNT).join(grown.hint("broadcast"), "candidate_id").join(seen, _ACCOUNT, "left_anti")
    if suspects is None:
        return late.select(*_ACCOUNT, "doubt")
    left = suspects.join(seen, _ACCOUNT, "left_anti").join(
        confirmed.where("was_member").select("account_id").distinct(), "account_id", "left_anti"
    )
    return left.unionByName(late.join(left, _ACCOUNT, "left_anti")).select(*_ACCOUNT, "doubt")
