"""Convicted tenants that are one operator's: the same work in several pools, the same kind of work, or a whole pool.

An operator who writes a dozen templates without a tool set in common, or whose accounts fall into several pools, comes
as dozens of campaigns, each right and none of them whole. Only convicted tenants are joined, and watched ones on
accounts that are convicted anyway; companions, whose conviction leans on others', count as watched. Accounts whose work
in tenants that stand convicted by themselves is too little to accuse them become ``suspected``
(:func:`revenuer.stages.rank.companions.newcomers`).
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from revenuer.stages.rank.companions import within
from revenuer.stages.rank.joining import Components, grouped
from revenuer.stages.rank.sibling_pairs import same_kind, same_pool, same_work
from revenuer.stages.settling import settled


def siblings(
    assigned: DataFrame,
    scored: DataFrame,
    convicted: DataFrame,
    work: DataFrame,
    activity: DataFrame,
    pools: DataFrame,
    components: Components,
) -> DataFrame | None:
    """Find convicted tenants that are one operator's.

    They are, when most exchanges of each carry the same template or tool set, which hardly anybody else uses; or the
    same request settings, which hardly anybody else uses, and their prompts and answers are of the same sizes; or both
    are on all accounts of a pool that nobody else uses, asking the same models on the same days. A
    watched tenant whose accounts are nearly all convicted anyway goes with the convicted one whose work is its own, or
    whose kind of work is most like it. Common settings join nothing. Cohorts are left to ``joined_fragments``: no link
    vouches for their accounts, so each must show for itself what a join would lend it.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict``; those that an analyst decided on left out, companions at ``watch``.
        convicted: ``account_id, workload_id`` of all that the job convicts, cohorts and what was confirmed included.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
        activity: ``account_activity`` of the window.
        pools: ``pools`` of the run date.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.

    Returns:
        ``candidate_id, merged_id`` of those that go under another one's name, or None when there are none.
    """
    judged = settled(
        scored.where("verdict <> 'cleared' and source = 'pool'").selectExpr(
            "candidate_id", "verdict = 'campaign' as is_convicted"
        )
    )
    counts = judged.selectExpr("count(*) as judged", "count_if(is_convicted) as convicted").first()
    if counts is None or counts["judged"] < 2 or counts["convicted"] < 1:
        return None
    rows = settled(assigned.select("candidate_id", "pool_id", "account_id", "workload_id").join(judged, "candidate_id"))
    inside = settled(within(rows))
    taking_part = settled(rows.join(inside.select("candidate_id"), "candidate_id"))
    kin = (
        same_work(taking_part, inside, convicted, work)
        .unionByName(same_kind(taking_part, inside, convicted, activity))
        .unionByName(same_pool(taking_part, pools, convicted, activity))
    )
    found = _told(settled(kin))
    pairs = settled(found.select("candidate_id", "other_id").distinct())
    return None if pairs.isEmpty() else settled(grouped(pairs, components, "min"))


def _told(kin: DataFrame) -> DataFrame:
    """Pairs to join: all of convicted ones, and of a watched one only its nearest.

    One watched tenant that resembles two labs must not be the bridge between them. Work of its own says more than the
    kind of work, and a template more than a tool set.

    Args:
        kin: ``candidate_id, other_id, is_convicted, other_is_convicted, nearness``; of each pair one is
            convicted, or both.
    """
    both = "is_convicted and other_is_convicted"
    mixed = kin.where(f"not ({both})").selectExpr(
        "*",
        "row_number() over (partition by if(is_convicted, other_id, candidate_id)"
        " order by nearness desc, if(is_convicted, candidate_id, other_id)) as place",
    )
    return kin.where(both).drop("nearness").unionByName(mixed.where("place = 1").drop("nearness", "place"))
