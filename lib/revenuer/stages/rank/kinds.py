"""One kind of work in a pool, under many templates: looked at together where each lacks nothing but hiding.

A pool's scheduler spreads a lab's works over the accounts. With three dozen templates each account does a few of them,
and each template's accounts show a part of the cards, batches and exits that the pool as a whole goes through. That a
program does each of them is seen from each. That its operator hides is seen from all of them.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from revenuer.stages.rank.joining import Components, grouped
from revenuer.stages.rank.sibling_pairs import same_kind
from revenuer.stages.settling import settled

_LACKS_HIDING = "source = 'pool' and verdict = 'watch' and has_physics and not has_concealment and not is_crumbs"


def one_kind(assigned: DataFrame, scored: DataFrame, activity: DataFrame, components: Components) -> DataFrame | None:
    """Find tenants of one pool that are one kind of work, and lack nothing but hiding.

    They are, when most exchanges of each carry the same request settings, which hardly anybody else uses, nor what else
    is done on the same accounts; and their prompts and answers are of the same sizes.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict, has_physics, has_concealment, is_crumbs``; those that an analyst
            decided on left out.
        activity: ``account_activity`` of the window.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.

    Returns:
        ``candidate_id, merged_id`` of those that go under another one's name, or None when there are none.
    """
    # To same_kind, what stands by itself: that a program does it.
    programs = settled(scored.where(_LACKS_HIDING).selectExpr("candidate_id", "true as is_convicted"))
    if len(programs.take(2)) < 2:
        return None
    placed = assigned.select("candidate_id", "pool_id", "account_id", "workload_id")
    rows = settled(placed.join(programs, "candidate_id"))
    pools = rows.select("candidate_id", "pool_id").distinct()
    kin = same_kind(rows, programs, rows.select("account_id", "workload_id"), activity, pools)
    pairs = settled(kin.select("candidate_id", "other_id").distinct())
    return None if pairs.isEmpty() else settled(grouped(pairs, components, "min"))
