"""What analysts' decisions about campaigns were made about, and what they say of a run date's candidates.

A decision names a campaign, but an analyst decided on what he saw: the accounts and works that had been published with
it by then. Campaigns change, and what is confirmed or cleared must not spread to whoever joins them later.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.identity import History
from revenuer.stages.settling import settled

_DECISION = ("decided_id", "decided_verdict", "decided_date", "decided_by", "until_date", "known_count", "holds")


@dataclass(frozen=True)
class Precedents:
    """Decisions about campaigns, each with what had been published of the campaign by then.

    That is on run dates before the day of the decision, whose own ranking is made after it. Of a campaign that was
    published later only, since the decision was dated back, the first date counts.

    Attributes:
        campaigns: ``decided_id`` (the campaign), ``decided_verdict, decided_date, decided_by`` and ``until_date``, the
            last run date that counts; null where nothing was published.
        accounts: ``decided_id, account_id, was_member``, each account once; suspects were none.
    """

    campaigns: DataFrame
    accounts: DataFrame


def precedents(decisions: DataFrame, history: History | None) -> Precedents | None:
    """What the decisions in force were made about; None where none is about a campaign.

    Args:
        decisions: As :func:`revenuer.stages.decisions.in_force` returns them.
        history: What was published before; None before the first published date.
    """
    about = decisions.where("subject_kind = 'campaign'").selectExpr(
        "subject_id as decided_id",
        "verdict as decided_verdict",
        "to_date(decided_at) as decided_date",
        "coalesce(nullif(decided_by, ''), 'an analyst') as decided_by",
    )
    if about.isEmpty():
        return None
    if history is None:
        nobody = about.selectExpr("decided_id", "decided_id as account_id", "false as was_member").where("false")
        return Precedents(about.withColumn("until_date", expr("cast(null as date)")), nobody)
    seen = (
        history.past_campaigns.selectExpr("campaign_id as decided_id", "run_date")
        .join(about.hint("broadcast"), "decided_id")
        .groupBy("decided_id", "decided_date")
        .agg(expr("greatest(date_sub(decided_date, 1), min(run_date)) as until_date"))
        .select("decided_id", "until_date")
    )
    known = settled(about.join(seen.hint("broadcast"), "decided_id", "left"))
    # All dates up to the last decision are read, so that none after it are.
    (last,) = known.selectExpr("max(until_date)").collect()[0]
    accounts = (
        history.past_members.where(f"run_date <= date'{last or history.previous_date}'")
        .selectExpr("campaign_id as decided_id", "run_date", "account_id", "role")
        .join(known.select("decided_id", "until_date").hint("broadcast"), "decided_id")
        .where("run_date <= until_date")
        .groupBy("decided_id", "account_id")
        .agg(expr("max(role = 'member') as was_member"))
    )
    return Precedents(known, settled(accounts))


def bearing(judged: DataFrame, members: DataFrame, known: Precedents) -> DataFrame:
    """Candidates with the decision that is about them, and whether it holds.

    A confirmation holds where at least half of the candidate's accounts had been published with the campaign by then.
    Where the id was made by this very run, the date is made again: the analyst saw this candidate.

    Args:
        judged: Candidates with ``candidate_id, campaign_id, is_minted, account_count``.
        members: ``candidate_id, account_id``, each account once in a candidate.
        known: The decisions.

    Returns:
        ``judged`` with ``decided_id, decided_verdict, decided_date, decided_by, until_date``, with ``known_count`` of
        its accounts that had been published with that campaign, all null where nothing was decided, and ``holds``.
    """
    common = (
        members.select("candidate_id", "account_id")
        .join(known.accounts, "account_id")
        .groupBy("candidate_id", "decided_id")
        .agg(expr("count(*) as known_count"))
    )
    own = judged.withColumn("decided_id", expr("campaign_id")).join(known.campaigns.hint("broadcast"), "decided_id")
    weighed = own.join(common, ["candidate_id", "decided_id"], "left").withColumn(
        "known_count", expr("coalesce(known_count, 0L)")
    )
    said = weighed.withColumn(
        "holds", expr("decided_verdict = 'benign' or is_minted or 2 * known_count >= account_count")
    ).select("candidate_id", *_DECISION)
    return judged.join(said.hint("broadcast"), "candidate_id", "left").withColumn(
        "holds", expr("coalesce(holds, false)")
    )
