"""Pools judged as a whole: an operator all of whose accounts do all of his works, none of which shows enough alone.

How many networks a customer moves over is measured on all that he does. A tenant is measured on one work, and an
account that is sent to forty works shows but a fortieth of its exits in each. Where the works are the same accounts'
and nobody else's, the accounts can be measured by all of them.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

from revenuer.stages.settling import settled

# Two works of three quarters of a pool's accounts have half of these in common, at least.
_REACH = 0.75
# Work that others do too may be products that a pool's customers use: whoever relays them does not know what they ask.
_POPULAR_SHARE = 0.2


def pool_wholes(scored: DataFrame, undecided: DataFrame) -> DataFrame | None:
    """Tenants to judge together: most of a pool's accounts do them, hardly anybody else does; one at least is watched.

    Where one is convicted none are: others on its accounts are told by :mod:`revenuer.stages.rank.companions` and
    :mod:`revenuer.stages.rank.siblings`. Two labs may share a pool, and what shows enough alone is judged alone.

    Args:
        scored: ``candidate_id, source, pool_id, verdict`` of all candidates.
        undecided: Those of them that continue no campaign which an analyst decided on, with ``is_small, pool_reach,
            popular_share``.

    Returns:
        ``candidate_id, merged_id`` of those that go under another one's name, or None when there are none.
    """
    convicted = scored.where("source = 'pool' and verdict = 'campaign'").select("pool_id").distinct()
    parts = (
        undecided.where(
            f"source = 'pool' and not is_small and pool_reach >= {_REACH}"
            f" and coalesce(popular_share, 0.0D) <= {_POPULAR_SHARE}"
        )
        .join(convicted, "pool_id", "left_anti")
        .selectExpr(
            "candidate_id",
            "min(candidate_id) over (partition by pool_id) as merged_id",
            "some(verdict = 'watch') over (partition by pool_id) as is_watched",
        )
        .where("is_watched and candidate_id <> merged_id")
        .select("candidate_id", "merged_id")
    )
    found = settled(parts)
    return None if found.isEmpty() else found


def convicted_wholes(groups: DataFrame, scored: DataFrame) -> DataFrame:
    """Groups whose whole is convicted: what shows no more together stays as it was.

    Args:
        groups: As :func:`pool_wholes` returns them.
        scored: ``candidate_id, verdict`` of the wholes, and perhaps of others.
    """
    guilty = scored.where("verdict = 'campaign'").selectExpr("candidate_id as merged_id")
    return settled(groups.join(guilty, "merged_id").select("candidate_id", "merged_id"))
