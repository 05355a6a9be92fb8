"""Lasting campaign ids: carried from the previous published date by member and workload overlap."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr


def match(
    members: DataFrame, works: DataFrame, previous_members: DataFrame, previous: DataFrame, share: float
) -> DataFrame:
    """Overlap of candidates with the previous day's campaigns.

    Two tenants of one pool run on the same accounts, so accounts alone cannot tell them apart: the work decides
    first, then the accounts in common. When the members were replaced at once, common work with a fifth of the
    accounts is enough.

    Args:
        members: ``candidate_id, account_id``.
        works: ``candidate_id, workload_ids``.
        previous_members: ``campaign_members`` of the previous published date.
        previous: ``campaigns`` of that date.
        share: Accounts in common, of the smaller side, that carry an id without common work.

    Returns:
        ``candidate_id, campaign_id, overlap_share, candidate_place, campaign_place`` (1 = best on that side).
    """
    before = previous_members.selectExpr("campaign_id", "account_id")
    sizes_before = before.groupBy("campaign_id").agg(expr("count(*) as before_count"))
    sizes = members.groupBy("candidate_id").agg(expr("count(*) as now_count"))
    common = (
        members.select("candidate_id", "account_id")
        .join(before, "account_id")
        .groupBy("candidate_id", "campaign_id")
        .agg(expr("count(*) as common_count"))
    )
    scored = (
        common.join(sizes, "candidate_id")
        .join(sizes_before, "campaign_id")
        .join(works, "candidate_id")
        .join(previous.selectExpr("campaign_id", "workload_ids as before_ids"), "campaign_id")
        .selectExpr(
            "candidate_id", "campaign_id", "common_count",
            "common_count / least(now_count, before_count) as overlap_share",
            "size(array_intersect(workload_ids, before_ids)) / greatest(least(size(workload_ids), size(before_ids)), 1)"
            " as work_share",
        )
        .where(f"overlap_share >= {share} or (work_share >= {share} and overlap_share >= 0.2)")
    )  # fmt: skip
    order = "order by work_share desc, common_count desc, {} asc"
    return scored.selectExpr(
        "*",
        f"row_number() over (partition by candidate_id {order.format('campaign_id')}) as candidate_place",
        f"row_number() over (partition by campaign_id {order.format('candidate_id')}) as campaign_place",
    )


def name_candidates(candidates: DataFrame, matches: DataFrame, run_date: date) -> DataFrame:
    """Give every candidate its lasting id: the best match's, or a new one.

    A new id is a hash of the run date and the candidate's smallest account and workload, so two machines that
    compute the same day mint the same id, and no later day mints it again.

    Args:
        candidates: ``candidate_id, first_account_id, first_workload_id``.
        matches: As :func:`match` returns them.
        run_date: The run's date.

    Returns:
        ``candidate_id, campaign_id, is_minted``.
    """
    kept = matches.where("candidate_place = 1 and campaign_place = 1").select("candidate_id", "campaign_id")
    minted = (
        f"'cmp-' || substring(sha2(concat_ws('|', '{run_date}', candidate_id, first_account_id, first_workload_id),"
        " 256), 1, 12)"
    )
    return candidates.join(kept, "candidate_id", "left").selectExpr(
        "candidate_id", f"coalesce(campaign_id, {minted}) as campaign_id", "campaign_id is null as is_minted"
    )


def lineage(named: DataFrame, sizes: DataFrame, matches: DataFrame, previous: DataFrame, run_date: date) -> DataFrame:
    """Identity events: mint, survive, split (new id, part of an old one), merge (old id, gone into another), retire.

    Args:
        named: As :func:`name_candidates` returns them.
        sizes: ``candidate_id, account_count``.
        matches: As :func:`match` returns them.
        previous: ``campaigns`` of the previous published date.
        run_date: The run's date.

    Returns:
        Columns of ``campaign_lineage``.
    """
    current = named.join(sizes, "candidate_id")
    best = matches.where("candidate_place = 1").selectExpr("candidate_id", "campaign_id as old_id", "overlap_share")
    alive = current.join(best, "candidate_id", "left").selectExpr(
        "campaign_id",
        "case when not is_minted then 'survive' when old_id is not null then 'split' else 'mint' end as lineage_event",
        "case when is_minted then old_id end as related_campaign_id",
        "overlap_share",
        "account_count",
    )
    into = (
        matches.where("campaign_place = 1")
        .select("candidate_id", "campaign_id", "overlap_share")
        .withColumnRenamed("campaign_id", "old_id")
        .join(named, "candidate_id")
        .selectExpr("old_id", "campaign_id as into_id", "overlap_share")
    )
    gone = (
        previous.selectExpr("campaign_id as old_id", "account_count")
        .join(named.selectExpr("campaign_id as old_id"), "old_id", "left_anti")
        .join(into, "old_id", "left")
        .selectExpr(
            "old_id as campaign_id",
            "case when into_id is null then 'retire' else 'merge' end as lineage_event",
            "into_id as related_campaign_id",
            "overlap_share",
            "account_count",
        )
    )
    return alive.unionByName(gone).selectExpr(f"date'{run_date}' as run_date", "*")
