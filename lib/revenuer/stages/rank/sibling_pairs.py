"""Pairs of tenants that do the same work, or the same kind of work, which hardly anybody else does, or share a pool.

Pairs are ``candidate_id, other_id, is_convicted, other_is_convicted, nearness``, at least one of the two convicted. The
nearest say most: a common template 3, a common tool set 2, work of one kind its likeness between 0 and 1.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.activity import HISTOGRAM_SIZE
from revenuer.stages.rank.candidates import EXCLUSIVE_SHARE, VALUES_SQL
from revenuer.stages.settling import settled
from revenuer.stages.totals import exact_sum_sql

# What most of a tenant's exchanges carry is what it does.
_MAIN_SHARE = 0.5
# Parts of one kind of work differ in the sizes of their prompts and answers by little more than chance. Two labs with
# the same settings, say those of a relay that sets them for all its customers, rarely agree so well in both.
_ALIKE = 0.85
# Settings that so much of the other work on the same accounts carries are not a lab's but the relay's.
_RELAYED_SHARE = 0.1
# Accounts on which so much of what is done is convicted work are used by nobody else.
_SOLE_SHARE = 0.9
# A tenant is on all of a pool's accounts when it is on so many of them.
_SPREAD_SHARE = 0.9
# The last bucket of a size holds what is not known.
_UNKNOWN_SIZE = HISTOGRAM_SIZE - 1


def same_work(rows: DataFrame, inside: DataFrame, convicted: DataFrame, work: DataFrame) -> DataFrame:
    """Pairs of tenants whose main template or tool set is one, and theirs.

    Args:
        rows: ``candidate_id, account_id, workload_id`` of tenants that take part.
        inside: Tenants that take part, as ``candidate_id, is_convicted``.
        convicted: ``account_id, workload_id`` of all that is convicted, cohorts too: who does it is not anybody else.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
    """
    own_work = rows.select("candidate_id", "account_id", "workload_id")
    done = settled(own_work.join(work, ["account_id", "workload_id"]))
    main = settled(_main(done.selectExpr("candidate_id", "exchange_count", VALUES_SQL)).join(inside, "candidate_id"))
    shared = main.groupBy("role", "value").count().where("`count` >= 2").select("role", "value")
    users = work.selectExpr("party_id", VALUES_SQL).join(shared, ["role", "value"]).distinct()
    accused = work.join(convicted, ["account_id", "workload_id"], "left_semi")
    theirs = (
        accused.selectExpr("party_id", VALUES_SQL)
        .union(done.selectExpr("party_id", VALUES_SQL))
        .join(shared, ["role", "value"])
        .distinct()
    )
    own = (
        users.join(theirs.withColumn("is_theirs", expr("true")), ["role", "value", "party_id"], "left")
        .groupBy("role", "value")
        .agg(expr("count(is_theirs) / count(*) as own_share"))
        .where(f"own_share >= {EXCLUSIVE_SHARE}")
        .select("role", "value")
    )
    pairs = _pairs(main.join(own, ["role", "value"]), ["role", "value"])
    return _with_nearness(pairs, "if(role = 'template', 3, 2)")


def _main(rows: DataFrame) -> DataFrame:
    """The value of each role that most exchanges of a candidate carry: ``candidate_id, role, value``.

    Args:
        rows: ``candidate_id, role, value`` (null where unknown), ``exchange_count``.
    """
    return (
        rows.groupBy("candidate_id", "role", "value")
        .agg(expr("sum(exchange_count) as exchanges"))
        .selectExpr(
            "*", f"exchanges > {_MAIN_SHARE} * sum(exchanges) over (partition by candidate_id, role) as is_main"
        )
        .where("is_main and value is not null")
        .select("candidate_id", "role", "value")
    )


def same_kind(
    rows: DataFrame, inside: DataFrame, convicted: DataFrame, activity: DataFrame, pools: DataFrame | None = None
) -> DataFrame:
    """Pairs of tenants that do one kind of work.

    Args:
        rows: ``candidate_id, account_id, workload_id`` of tenants that take part.
        inside: Tenants that take part, as ``candidate_id, is_convicted``.
        convicted: ``account_id, workload_id`` of all that is convicted: what does not take part is left out.
        activity: ``account_activity`` of the window.
        pools: ``candidate_id, pool_id``: only tenants of one pool are looked for, and settings are then their own where
            hardly anybody outside this pool uses them either; None to look everywhere.
    """
    does = settled(
        rows.join(
            activity.select(
                "account_id", "workload_id", "event_count", "settings_counts", "input_length_counts",
                "output_length_counts",
            ),
            ["account_id", "workload_id"],
        )
    )  # fmt: skip
    known = does.selectExpr("candidate_id", "explode(settings_counts) as (value, exchange_count)")
    unknown = does.selectExpr(
        "candidate_id", "cast(null as string) as value",
        "event_count - aggregate(map_values(coalesce(settings_counts, map())), 0L, (sum, n) -> sum + n)"
        " as exchange_count",
    )  # fmt: skip
    main = settled(_main(known.unionByName(unknown).selectExpr("*", "'settings' as role")).join(inside, "candidate_id"))
    # Apart before they are paired: common settings are the main ones of a good part of all programs.
    main, key = (main, ["value"]) if pools is None else (main.join(pools, "candidate_id"), ["pool_id", "value"])
    alike = settled(_alike(settled(_pairs(main, key)), _sizes(does)))
    beyond = convicted.join(rows, ["account_id", "workload_id"], "left_anti")
    used = activity.join(beyond, ["account_id", "workload_id"], "left_anti")
    kin = alike.join(_own_settings(alike, key, rows, used), key, "left_semi")
    return _with_nearness(kin, "likeness")


def _own_settings(alike: DataFrame, key: list[str], rows: DataFrame, activity: DataFrame) -> DataFrame:
    """Settings that are the tenants' own, by ``key``.

    Hardly anybody else on the site uses them, nor does what else is done on the same accounts: or they are the relay's.

    Args:
        alike: ``candidate_id, other_id`` and the key.
        key: What tenants of one kind have in common, ``value`` and perhaps more.
        rows: ``candidate_id, account_id, workload_id``.
        activity: ``account_activity`` of the window, without what is convicted and takes no part.
    """
    kin = alike.selectExpr(*key, "explode(array(candidate_id, other_id)) as candidate_id").distinct()
    done = rows.select("candidate_id", "account_id", "workload_id")
    theirs = settled(kin.join(done, "candidate_id").selectExpr(*key, "account_id", "workload_id", "true as is_kin"))
    used = activity.select("account_id", "workload_id", "event_count", "settings_counts")
    everywhere = (
        used.selectExpr("explode(settings_counts) as (value, n)")
        .join(kin.select("value").distinct(), "value")
        .groupBy("value")
        .agg(expr("sum(n) as all_uses"))
    )
    beside = (
        used.join(theirs.select(*key, "account_id").distinct(), "account_id")
        .join(theirs, [*key, "account_id", "workload_id"], "left")
        .selectExpr(
            *key, "is_kin is not null as is_kin", "event_count",
            "coalesce(try_element_at(settings_counts, value), 0L) as uses",
        )
        .groupBy(*key)
        .agg(
            expr("sum(uses) filter (where is_kin) as own_uses"),
            expr("sum(uses) filter (where not is_kin) / sum(event_count) filter (where not is_kin) as other_share"),
        )
    )  # fmt: skip
    return (
        everywhere.join(beside, "value")
        .where(f"own_uses >= {EXCLUSIVE_SHARE} * all_uses and coalesce(other_share, 0) <= {_RELAYED_SHARE}")
        .select(*key)
    )


def _pairs(rows: DataFrame, key: list[str]) -> DataFrame:
    """Pairs under one key, at least one of each convicted.

    Args:
        rows: ``candidate_id, is_convicted`` and the key.
        key: Columns that a pair has in common.

    Returns:
        ``candidate_id, other_id, is_convicted, other_is_convicted`` and the key.
    """
    mine = rows.select(*key, "candidate_id", "is_convicted")
    others = rows.select(*key, expr("candidate_id as other_id"), expr("is_convicted as other_is_convicted"))
    return mine.join(others, key).where("candidate_id < other_id and (is_convicted or other_is_convicted)").distinct()


def _with_nearness(pairs: DataFrame, nearness: str) -> DataFrame:
    """Pairs with how near they are."""
    return pairs.selectExpr(
        "candidate_id", "other_id", "is_convicted", "other_is_convicted", f"cast({nearness} as double) as nearness"
    )


def same_pool(rows: DataFrame, pools: DataFrame, convicted: DataFrame, activity: DataFrame) -> DataFrame:
    """Pairs of convicted tenants that make up a pool: on all of its accounts, with the same models and days.

    A pool that is let to others has them on its accounts. Where it has none, it is its operator's, and what he runs on
    it shares its accounts, not a template. Two labs that share a pool and nobody else would still differ in which
    models they ask, or when; where no model is known or the window is one day, nothing is said.

    Args:
        rows: ``candidate_id, pool_id, account_id, workload_id, is_convicted`` of tenants that take part.
        pools: ``pools`` of the run date.
        convicted: ``account_id, workload_id`` of all that is convicted.
        activity: ``account_activity`` of the window.
    """
    tenants = settled(rows.where("is_convicted"))
    accounts = settled(
        pools.select("pool_id", "account_id").join(tenants.select("pool_id").distinct(), "pool_id", "left_semi")
    )
    theirs = convicted.distinct().withColumn("is_convicted", expr("true"))
    sole = (
        accounts.join(activity.select("account_id", "workload_id", "event_count"), "account_id")
        .join(theirs, ["account_id", "workload_id"], "left")
        .groupBy("pool_id")
        .agg(expr("sum(if(is_convicted, event_count, 0)) as convicted_count"), expr("sum(event_count) as event_count"))
        .where(f"convicted_count >= {_SOLE_SHARE} * event_count")
        .join(accounts.groupBy("pool_id").agg(expr("count(*) as pool_accounts")), "pool_id")
    )
    spread = (
        tenants.join(accounts, ["pool_id", "account_id"], "left_semi")
        .groupBy("pool_id", "candidate_id")
        .agg(expr("count(distinct account_id) as accounts"))
        .join(sole, "pool_id")
        .where(f"accounts >= {_SPREAD_SHARE} * pool_accounts")
        .selectExpr("pool_id", "candidate_id", "true as is_convicted")
    )
    pairs = _pairs(settled(spread), ["pool_id"])
    does = tenants.select("candidate_id", "account_id", "workload_id").join(
        activity.select("account_id", "workload_id", "usage_date", "event_count", "model_counts"),
        ["account_id", "workload_id"],
    )
    several = activity.agg(expr("count(distinct usage_date) as days")).where("days > 1").select("days")
    days = (
        does.crossJoin(several.hint("broadcast"))
        .selectExpr("candidate_id", "'days' as side", "cast(usage_date as string) as bucket", "event_count as n")
    )  # fmt: skip
    models = does.selectExpr("candidate_id", "'models' as side", "explode(model_counts) as (bucket, n)").where(
        "bucket <> 'unknown'"
    )
    return _with_nearness(_alike(pairs, days.unionByName(models)), "likeness")


def _sizes(does: DataFrame) -> DataFrame:
    """How many prompts and answers of each size candidates have: ``candidate_id, side, bucket, n``."""
    return (
        does.selectExpr(
            "candidate_id",
            "inline(array(struct('input' as side, input_length_counts as counts),"
            " struct('output' as side, output_length_counts as counts)))",
        )
        .selectExpr("candidate_id", "side", "posexplode(counts) as (bucket, n)")
        .where(f"n > 0 and bucket < {_UNKNOWN_SIZE}")
    )


def _alike(pairs: DataFrame, counts: DataFrame) -> DataFrame:
    """Of the pairs, those that are alike on both sides, with their ``likeness``.

    Likeness of two histograms is what they have in common, 1 less half of their distance in total variation; of two
    tenants, that of the side in which they differ more.

    Args:
        pairs: ``candidate_id, other_id`` and more.
        counts: ``candidate_id, side, bucket, n`` of two sides.
    """
    sizes = settled(
        counts.groupBy("candidate_id", "side", "bucket")
        .agg(expr("sum(n) as n"))
        .selectExpr("candidate_id", "side", "bucket", "n / sum(n) over (partition by candidate_id, side) as share")
    )
    others = sizes.withColumnsRenamed({"candidate_id": "other_id", "share": "other_share"})
    likeness = (
        pairs.select("candidate_id", "other_id")
        .join(sizes, "candidate_id")
        .join(others, ["other_id", "side", "bucket"])
        .groupBy("candidate_id", "other_id", "side")
        .agg(expr(f"{exact_sum_sql('least(share, other_share)')} as likeness"))
        .groupBy("candidate_id", "other_id")
        .agg(expr("min(likeness) as likeness"), expr("count(*) as sides"))
        .where(f"sides = 2 and likeness >= {_ALIKE}")
        .drop("sides")
    )
    return pairs.join(likeness, ["candidate_id", "other_id"])
