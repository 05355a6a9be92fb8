"""Analysts' decisions: which are in force on a run date, and what they change.

A decision counts from the day it was made: a backfill of earlier dates gives what the job would have said then. The
latest of an analyst's ``confirmed`` and ``benign`` stands; ``unsure`` changes nothing, so it takes nothing back either.
"""

from __future__ import annotations

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

# A finding this heavy is a new kind of evidence; lighter ones come and go with the day's numbers.
_NEW_BITS = 1.0
OTHER_WORK = "for other work on these accounts, which says nothing of this"
"""What is said of a decision about what a campaign's accounts did, and do no longer."""
HAS_JOINED_SQL = "(verdict <> 'campaign' and known_count between 1 and account_count - 1)"
"""Whether a confirmed campaign, which the job by itself does not accuse, has accounts that joined it later."""


def in_force(dispositions: DataFrame, run_date: date) -> DataFrame:
    """The decision that stands about each subject on a run date.

    Args:
        dispositions: ``dispositions``.
        run_date: The run's date.

    Returns:
        ``subject_kind, subject_id, verdict, decided_at, decided_by, note``.
    """
    return (
        dispositions.where(f"verdict in ('confirmed', 'benign') and decided_at < date'{run_date + timedelta(days=1)}'")
        .groupBy("subject_kind", "subject_id")
        .agg(
            # Of two made at one moment the one that accuses nobody.
            expr("max_by(struct(verdict, decided_at, decided_by, note),"
                 " struct(decided_at, verdict = 'benign', decided_by, note)) as decision")
        )
        .selectExpr("subject_kind", "subject_id", "decision.*")
    )  # fmt: skip


def benign_ids(decisions: DataFrame, kind: str, name: str) -> DataFrame:
    """Subjects of a kind that an analyst marked benign, as a single column.

    Args:
        decisions: As :func:`in_force` returns them.
        kind: ``account``, ``identifier`` or ``campaign``.
        name: Name of the column.
    """
    return decisions.where(f"subject_kind = '{kind}' and verdict = 'benign'").selectExpr(f"subject_id as {name}")


def undecided(
    scored: DataFrame, members: DataFrame, decisions: DataFrame, published: DataFrame, share: float
) -> DataFrame:
    """Candidates that continue no campaign which an analyst decided on: what was looked at is not joined with others.

    Args:
        scored: Candidates, with ``candidate_id``.
        members: ``candidate_id, account_id``.
        decisions: As :func:`in_force` returns them, or some of them.
        published: ``campaign_id, account_id`` of published dates before the run date, of these campaigns at least.
        share: Of a candidate's accounts, what makes it continue a campaign.

    Returns:
        Rows of ``scored``.
    """
    about = decisions.where("subject_kind = 'campaign'").selectExpr("subject_id as campaign_id")
    if about.isEmpty():
        return scored
    seen = published.join(about.hint("broadcast"), "campaign_id").select("account_id").distinct()
    looked_at = (
        members.select("candidate_id", "account_id")
        .join(seen.withColumn("is_seen", expr("true")), "account_id", "left")
        .groupBy("candidate_id")
        .agg(expr("count(is_seen) / count(*) as seen_share"))
        .where(f"seen_share >= {share}")
    )
    return scored.join(looked_at, "candidate_id", "left_anti")


def decided(judged: DataFrame, found: DataFrame, published: DataFrame | None) -> DataFrame:
    """Candidates with the verdict that analysts' decisions leave them.

    A confirmed campaign stays one, whatever the job says of it, and ranks with probability 1, while the confirmation
    holds. A cleared one stays cleared, with probability 0, until the job itself says otherwise *and* has a kind of
    evidence that was not published with the campaign before the day of the decision; then the job's verdict returns and
    names it. Where the campaign was not published before there is nothing to compare with, and it stays cleared.
    Scores stay as measured. Other decisions about their accounts change nothing, and are mentioned.

    Args:
        judged: Candidates with ``run_date, campaign_id, verdict, verdict_reason, resembles, probability,
            account_count`` and what :func:`revenuer.stages.rank.precedents.bearing` adds.
        found: Findings with ``campaign_id, signal, evidence_group, weight_bits``.
        published: ``campaign_evidence`` of published dates before the run date; None where there are none.

    Returns:
        ``judged`` without what ``bearing`` added, the decided ones changed.
    """
    candidates = judged.withColumn("said", expr("if(holds, decided_verdict, null)"))
    if published is None:
        candidates = candidates.withColumn("new_signals", expr("cast(array() as array<string>)"))
    else:
        candidates = candidates.join(_new_signals(found, candidates, published), "campaign_id", "left")
    by = "decided_by || ' on ' || decided_date || if(decided_id = campaign_id, '', ' as a part of ' || decided_id)"
    returns = (
        "coalesce(said = 'benign' and verdict <> 'cleared' and run_date > decided_date"
        " and size(new_signals) > 0, false)"
    )
    stays = f"coalesce(said = 'benign' and not {returns}, false)"
    by_itself = "'; the job by itself: ' || verdict || ', ' || verdict_reason"
    return (
        candidates.withColumn("returns", expr(returns))
        .withColumn("stays_cleared", expr(stays))
        .withColumn("stays_confirmed", expr("coalesce(said = 'confirmed', false)"))
        .selectExpr(
            "* except (verdict, verdict_reason, resembles, probability, decided_id, decided_verdict, decided_date,"
            " decided_by, until_date, known_count, is_other_work, holds, mention, said, new_signals, returns,"
            " stays_cleared, stays_confirmed)",
            "case when stays_confirmed then 'campaign' when stays_cleared then 'cleared' else verdict end as verdict",
            f"case when stays_confirmed then 'confirmed by ' || {by} || {by_itself}"
            f" || if({HAS_JOINED_SQL}, '; ' || (account_count - known_count) || ' accounts that it was not published"
            " with by then are suspected', '')"
            f" when stays_cleared then 'cleared by ' || {by} || {by_itself}"
            f" when returns then verdict_reason || '; cleared by ' || {by} || ', but back on new kinds of evidence: '"
            " || array_join(new_signals, ', ')"
            " when decided_verdict = 'confirmed' and is_other_work and 2 * known_count >= account_count"
            f" then verdict_reason || '; confirmed by ' || {by} || ' {OTHER_WORK}'"
            f" when decided_verdict = 'confirmed' then verdict_reason || '; confirmed by ' || {by} || ', but only '"
            " || known_count || ' of its ' || account_count || ' accounts had been published with it by then: what was"
            " confirmed is a minority of this'"
            " else verdict_reason end || mention as verdict_reason",
            "case when stays_confirmed then null when stays_cleared then coalesce(resembles, 'cleared by an analyst')"
            " else resembles end as resembles",
            "case when stays_confirmed then 1.0D when stays_cleared then 0.0D else probability end as probability",
        )
    )


def _new_signals(found: DataFrame, judged: DataFrame, published: DataFrame) -> DataFrame:
    """Kinds of evidence that a cleared campaign had not shown before the decision.

    Only what weighed for an accusation had been shown, however little it weighed: what spoke against one then and
    accuses now is new.
    """
    about = judged.where("said = 'benign' and until_date is not null").select("campaign_id", "decided_id", "until_date")
    shown = (
        published.where("weight_bits > 0")
        .selectExpr("campaign_id as decided_id", "run_date", "signal")
        .join(about.hint("broadcast"), "decided_id")
        .where("run_date <= until_date")
        .select("campaign_id", "signal")
        .distinct()
    )
    return (
        found.where(f"weight_bits >= {_NEW_BITS} and evidence_group <> 'against'")
        .join(about.select("campaign_id"), "campaign_id")
        .join(shown, ["campaign_id", "signal"], "left_anti")
        .groupBy("campaign_id")
        .agg(expr("sort_array(collect_set(signal)) as new_signals"))
    )
