"""Works of a convicted kit that are done in pools as well.

An operator's accounts fall into pools by what links them, a channel or a client, and some into none. Who writes two
dozen templates comes as a kit outside pools, and inside each pool as two dozen tenants that show as little as a kit's
parts do. Where a kit stands convicted, a tenant that does its works is judged with it.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.candidates import EXCLUSIVE_SHARE, product_sql
from revenuer.stages.rank.joining import wholes
from revenuer.stages.rank.kits import MIN_WORKS_DONE, TOLD_SHARE, TYPICAL_SHARE
from revenuer.stages.settling import settled


def same_kit(assigned: DataFrame, scored: DataFrame, doubtful: DataFrame, work: DataFrame) -> DataFrame | None:
    """Find tenants that do the works of a convicted kit, on accounts that do as many of them as the kit's own do.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict``; those that an analyst decided on, or whose owner is known, left out.
        doubtful: ``candidate_id`` of all but those on whose accounts an analyst called a campaign benign, and those
            whose owner is known: who does a kit's works in a pool's candidate of these is not anybody else.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.

    Returns:
        ``candidate_id, merged_id``: tenants and the kits they belong to; None when there are none.
    """
    kits = settled(scored.where("candidate_id like 'kit:%' and verdict = 'campaign'").select("candidate_id"))
    if kits.isEmpty():
        return None
    tenants = scored.where("source = 'pool' and verdict <> 'campaign'").select("candidate_id")
    does = work.selectExpr("account_id", "workload_id", "party_id", "exchange_count", f"{product_sql()} as done").where(
        "done is not null"
    )
    rows = assigned.select("candidate_id", "source", "account_id", "workload_id").join(
        does, ["account_id", "workload_id"]
    )
    pooled = rows.where("source = 'pool'")
    inside = settled(pooled.join(tenants, "candidate_id"))
    kept = settled(rows.join(kits.hint("broadcast"), "candidate_id").withColumnRenamed("candidate_id", "merged_id"))
    typical = (
        kept.groupBy("merged_id", "account_id")
        .agg(expr("count(distinct done) as works"))
        .groupBy("merged_id")
        .agg(expr(f"greatest({MIN_WORKS_DONE}, {TYPICAL_SHARE} * percentile(works, 0.5)) as enough"))
    )
    own = settled(_own_works(kept, does, pooled.join(doubtful, "candidate_id", "left_semi")).join(typical, "merged_id"))
    done = settled(inside.join(own.hint("broadcast"), "done"))
    accounts = (
        done.groupBy("merged_id", "account_id")
        .agg(expr("count(distinct done) as works"), expr("max(enough) as enough"))
        .where("works >= enough")
        .select("merged_id", "account_id")
    )
    totals = inside.groupBy("candidate_id").agg(
        expr("sum(exchange_count) as exchanges"), expr("count(distinct account_id) as accounts")
    )
    told = (
        done.join(accounts, ["merged_id", "account_id"])
        .groupBy("candidate_id", "merged_id")
        .agg(expr("sum(exchange_count) as told_count"), expr("count(distinct account_id) as told_accounts"))
        .join(totals, "candidate_id")
        .where(f"told_count >= {TOLD_SHARE} * exchanges and told_accounts >= {TOLD_SHARE} * accounts")
        .groupBy("candidate_id")
        .agg(expr("max_by(merged_id, struct(told_count, merged_id)) as merged_id"))
    )
    groups = settled(told)
    return None if groups.isEmpty() else groups


def _own_works(kept: DataFrame, does: DataFrame, pooled: DataFrame) -> DataFrame:
    """Works of kits that hardly anybody else does outside pools: ``merged_id, done``.

    Who does them in pools is asked about, or convicted: he is left out, unless it is known that he is somebody else.

    Args:
        kept: ``merged_id, account_id, party_id, done`` and more, of the kits.
        does: ``account_id, workload_id, party_id, done`` of everybody.
        pooled: ``account_id, workload_id`` and more, of tenants that may be anybody's.
    """
    works = kept.select("done").distinct()
    others = does.join(works, "done").join(
        pooled.select("account_id", "workload_id").distinct(), ["account_id", "workload_id"], "left_anti"
    )

    # By parties, so that one firm of the kit's does not outweigh strangers, and by accounts, so that a firm among these
    # with a hundred seats is more than one.
    def users(rows: DataFrame, *by: str, prefix: str) -> DataFrame:
        return rows.groupBy(*by).agg(
            *(expr(f"count(distinct {kind}_id) as {prefix}{kind}_count") for kind in ("party", "account"))
        )

    everybody, theirs = users(others, "done", prefix=""), users(kept, "merged_id", "done", prefix="own_")
    enough = " and ".join(f"own_{kind}_count >= {EXCLUSIVE_SHARE} * {kind}_count" for kind in ("party", "account"))
    return theirs.join(everybody, "done").where(enough).select("merged_id", "done")


def in_kits(assigned: DataFrame, groups: DataFrame) -> DataFrame:
    """Assignments of kits with their tenants'. They count as work outside pools: a pool holds only some of them.

    So no link vouches for an account: each must show the concealment itself, as members of cohorts must.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        groups: As :func:`same_kit` returns them.
    """
    return settled(
        assigned.join(wholes(groups), "candidate_id")
        .selectExpr(
            "merged_id as candidate_id", "'cohort' as source", "cast(null as string) as pool_id", "account_id",
            "workload_id", "true as is_own",
        )
        .distinct()
    )  # fmt: skip
