"""Candidates that are one campaign: fragments by kind of work, and generations of accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.candidates import IS_SMALL_SQL, UNLABELLED
from revenuer.stages.rank.companions import WITHIN_SHARE
from revenuer.stages.rank.waves import waves_of
from revenuer.stages.settling import settled

Components = Callable[[DataFrame], DataFrame]
SEVERITY_SQL = "case verdict when 'campaign' then 2 when 'watch' then 1 else 0 end"

# A fallen campaign lost this share of its accounts at once; its next generation does this share of its own work, and
# this share of the next one's accounts began after the fall, the first of them within these days.
_FALLEN_SHARE = 0.5
_SAME_WORK_SHARE = 0.5
_WOKEN_SHARE = 0.8
_WAKE_DAYS = 7
# Work is a fallen campaign's own where, before the fall, this share of the accounts that did it were the campaign's.
# Who did it afterwards must not count: its next generation would make it look like anybody's work.
_OWN_SHARE = 2 / 3
# A whole takes the name of a pool's small works only where it is nothing else.
_FIRST = f"struct({IS_SMALL_SQL}, candidate_id)"


def joined_fragments(assigned: DataFrame, scored: DataFrame, components: Components, share: float) -> DataFrame | None:
    """Join cohorts that share accounts: one campaign arrives as fragments, by kind of work.

    Convicted cohorts are joined when they share enough of the smaller one's accounts; where one is only watched,
    enough of the larger one's, since a popular product would swallow the campaign among its users. What was cleared,
    though its sum would be watched, joins as if it were watched, but convicted cohorts only, and with nearly all of its
    accounts. Pools are left to :mod:`revenuer.stages.rank.siblings`, since two labs may run on the same accounts.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict, is_spared, account_count``.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        share: What is enough.

    Returns:
        ``candidate_id, merged_id`` of candidates that go under another one's name, or None when there are none.
    """
    judged = scored.where("(verdict <> 'cleared' or is_spared) and source = 'cohort'").selectExpr(
        "candidate_id", "account_count", "verdict = 'campaign' as is_convicted", "is_spared"
    )
    pairs = assigned.select("candidate_id", "account_id").distinct().join(judged, "candidate_id")
    others = pairs.withColumnsRenamed(
        {"candidate_id": "other_id", "account_count": "other_count", "is_convicted": "is_other_convicted",
         "is_spared": "is_other_spared"}
    )  # fmt: skip
    common = settled(
        pairs.join(others, "account_id")
        .where("candidate_id < other_id and (is_convicted or is_other_convicted or not (is_spared or is_other_spared))")
        .groupBy(
            "candidate_id", "other_id", "is_convicted", "is_other_convicted", "is_spared", "is_other_spared",
            "account_count", "other_count",
        )
        .agg(expr("count(*) as common_count"))
        .where(
            f"common_count >= {share} * case when is_convicted and is_other_convicted"
            " then least(account_count, other_count) else greatest(account_count, other_count) end"
            f" and common_count >= {WITHIN_SHARE} * greatest(if(is_spared, account_count, 0),"
            " if(is_other_spared, other_count, 0))"
        )
        .select("candidate_id", "other_id")
    )  # fmt: skip
    if common.isEmpty():
        return None
    return settled(grouped(common, components, "min"))


def standing(groups: DataFrame, before: DataFrame, after: DataFrame) -> DataFrame:
    """Joins that hold: the whole is judged no milder than any of its parts. A join must not take a verdict back.

    Args:
        groups: ``candidate_id, merged_id``.
        before: ``candidate_id, verdict`` of the parts.
        after: ``candidate_id, verdict`` of the wholes, and perhaps of others.

    Returns:
        Rows of ``groups``.
    """
    hardest = (
        wholes(groups)
        .join(before.selectExpr("candidate_id", f"{SEVERITY_SQL} as severity"), "candidate_id")
        .groupBy("merged_id")
        .agg(expr("max(severity) as severity"))
    )
    judged = after.selectExpr("candidate_id as merged_id", f"{SEVERITY_SQL} as whole_severity")
    kept = hardest.join(judged, "merged_id").where("whole_severity >= severity").select("merged_id")
    return settled(groups.join(kept, "merged_id").select("candidate_id", "merged_id"))


def of_convicted_parts(groups: DataFrame, before: DataFrame) -> DataFrame:
    """Wholes each of whose parts is convicted, as ``candidate_id``.

    Args:
        groups: ``candidate_id, merged_id``.
        before: ``candidate_id, verdict`` of the parts.
    """
    parts = wholes(groups).join(before.select("candidate_id", "verdict"), "candidate_id")
    return (
        parts.groupBy(expr("merged_id as candidate_id"))
        .agg(expr("every(verdict = 'campaign') as is_convicted"))
        .where("is_convicted")
        .select("candidate_id")
    )


def without_watched(groups: DataFrame, held: DataFrame, before: DataFrame) -> DataFrame | None:
    """Groups that did not hold, with their convicted parts only.

    Args:
        groups: ``candidate_id, merged_id``, in which a watched part is joined to no more than one other.
        held: Rows of ``groups`` that hold.
        before: ``candidate_id, verdict`` of the parts.

    Returns:
        ``candidate_id, merged_id``, or None when nothing is left to join.
    """
    fallen = wholes(groups).join(held.select("merged_id").distinct(), "merged_id", "left_anti")
    judged = fallen.join(before.selectExpr("candidate_id", "verdict = 'campaign' as is_convicted"), "candidate_id")
    rest = settled(
        judged.selectExpr("*", "every(is_convicted) over (partition by merged_id) as has_no_other")
        .where("is_convicted and not has_no_other")
        .selectExpr("candidate_id", f"min_by(candidate_id, {_FIRST}) over (partition by merged_id) as merged_id")
        .where("candidate_id <> merged_id")
    )
    return None if rest.isEmpty() else rest


def renamed(assigned: DataFrame, groups: DataFrame) -> DataFrame:
    """Assignments with joined candidates under one name; each row stays in its pool.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        groups: ``candidate_id, merged_id``.
    """
    names = groups.hint("broadcast")
    return (
        assigned.join(names, "candidate_id", "left")
        .withColumn("candidate_id", expr("coalesce(merged_id, candidate_id)"))
        .drop("merged_id")
        .distinct()
    )


def joined_generations(
    assigned: DataFrame, activity: DataFrame, actions: DataFrame, known_days: Collection[date], components: Components
) -> DataFrame | None:
    """Join a candidate that wakes as another one falls to the fallen one: its next generation.

    A stand-by pool may share no address, client or card with the pool that was banned. That it does the same work,
    which hardly anybody else did before, and that nearly all of it began within days of the bans, says whose it is.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        activity: ``account_activity`` of the window.
        actions: ``enforcement_actions`` up to the run date.
        known_days: Days of ``activity``.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.

    Returns:
        New assignments, or None when nothing was joined.
    """
    waves = waves_of(assigned.select("candidate_id", "account_id").distinct(), actions, known_days).waves
    fallen = settled(
        waves.where(f"banned_count >= {_FALLEN_SHARE} * account_count")
        .groupBy("candidate_id")
        .agg(expr("min(wave_at) as wave_at"))
    )
    if fallen.isEmpty():
        return None
    rows = assigned.where(f"workload_id <> '{UNLABELLED}'").select("candidate_id", "workload_id", "account_id")
    began = activity.groupBy("account_id", "workload_id").agg(
        expr("min(coalesce(first_seen_at, cast(usage_date as timestamp))) as began_at")
    )
    own = settled(_own_work(rows.join(fallen, "candidate_id"), began))
    if own.isEmpty():
        return None
    work = rows.select("candidate_id", "workload_id").distinct()
    pairs = settled(
        own.join(work.withColumnRenamed("candidate_id", "other_id"), "workload_id")
        .where("candidate_id <> other_id")
        .groupBy("candidate_id", "other_id", "wave_at")
        .agg(expr("count(*) as common_count"))
        .join(own.groupBy("candidate_id").agg(expr("count(*) as work_count")), "candidate_id")
        .join(work.groupBy("candidate_id").agg(expr("count(*) as other_count")).withColumnRenamed(
            "candidate_id", "other_id"), "other_id")
        .where(f"common_count >= {_SAME_WORK_SHARE} * least(work_count, other_count)")
    )  # fmt: skip
    accounts = (
        rows.join(pairs.selectExpr("other_id as candidate_id").distinct(), "candidate_id", "left_semi")
        .join(began, ["account_id", "workload_id"])
        .groupBy("candidate_id", "account_id")
        .agg(expr("min(began_at) as began_at"))
        .withColumnRenamed("candidate_id", "other_id")
    )
    woken = settled(
        pairs.join(accounts, "other_id")
        .groupBy("candidate_id", "other_id", "wave_at")
        .agg(
            expr("avg(if(began_at >= wave_at, 1.0D, 0.0D)) as woken_share"),
            expr("min(if(began_at >= wave_at, began_at, null)) as woke_at"),
        )
        .where(f"woken_share >= {_WOKEN_SHARE} and woke_at <= wave_at + interval {_WAKE_DAYS} days")
        .select("candidate_id", "other_id")
    )
    if woken.isEmpty():
        return None
    # A pool's name sorts after a cohort's: where one of them is a pool, the campaign is a pool's.
    groups = grouped(woken, components, "max")
    kinds = assigned.groupBy("candidate_id").agg(expr("max(source) as source"), expr("max(pool_id) as pool_id"))
    named = groups.join(kinds.withColumnRenamed("candidate_id", "merged_id"), "merged_id")
    moved = assigned.drop("source", "pool_id").join(named, "candidate_id")
    return settled(
        assigned.join(groups.select("candidate_id"), "candidate_id", "left_anti")
        .unionByName(
            moved.selectExpr("merged_id as candidate_id", "source", "pool_id", "account_id", "workload_id", "is_own")
        )
        .distinct()
    )


def _own_work(rows: DataFrame, began: DataFrame) -> DataFrame:
    """Work that was hardly anybody else's before its campaign fell.

    Args:
        rows: ``candidate_id, workload_id, account_id, wave_at`` of the fallen.
        began: ``account_id, workload_id, began_at`` of everybody.

    Returns:
        ``candidate_id, workload_id, wave_at``.
    """
    works = rows.select("candidate_id", "workload_id", "wave_at").distinct()
    theirs = rows.select("candidate_id", "workload_id", "account_id", expr("true as is_theirs")).distinct()
    return (
        began.join(works, "workload_id")
        .where("began_at < wave_at")
        .join(theirs, ["candidate_id", "workload_id", "account_id"], "left")
        .groupBy("candidate_id", "workload_id", "wave_at")
        .agg(expr("avg(if(is_theirs, 1.0D, 0.0D)) as own_share"))
        .where(f"own_share >= {_OWN_SHARE}")
        .drop("own_share")
    )


def grouped(pairs: DataFrame, components: Components, pick: str) -> DataFrame:
    """Who goes under whose name: ``candidate_id, merged_id``, the latter the first or last name of each group.

    Args:
        pairs: ``candidate_id, other_id``.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        pick: ``min`` or ``max``.
    """
    order = {
        "min": _FIRST,
        "max": f"struct(candidate_id like 'pool:%', not ({IS_SMALL_SQL}), candidate_id)",
    }[pick]
    names = pairs.selectExpr("explode(array(candidate_id, other_id)) as candidate_id").distinct()
    numbers = pairs.selectExpr("xxhash64(candidate_id) as src", "xxhash64(other_id) as dst")
    return (
        names.selectExpr("candidate_id", "xxhash64(candidate_id) as id")
        .join(components(numbers), "id")
        .selectExpr("candidate_id", f"{pick}_by(candidate_id, {order}) over (partition by component) as merged_id")
        .where("candidate_id <> merged_id")
    )


def wholes(groups: DataFrame) -> DataFrame:
    """Groups as :func:`grouped` returns them, with those after whom they are named."""
    return groups.union(groups.selectExpr("merged_id", "merged_id")).distinct()
