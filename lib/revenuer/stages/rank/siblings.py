"""Convicted tenants that are one operator's: the same work in several pools, or the same kind of work.

An operator who writes a dozen templates without a tool set in common, or whose accounts fall into several pools, comes
as dozens of campaigns, each right and none of them whole. Only tenants that stand convicted by themselves are joined,
and watched ones on accounts that are convicted anyway. What a join brings besides is ``suspected``: it accuses no
account that no convicted tenant holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.activity import HISTOGRAM_SIZE
from revenuer.stages.rank.candidates import VALUES_SQL
from revenuer.stages.rank.joining import Components, grouped, wholes
from revenuer.stages.settling import settled
from revenuer.stages.totals import exact_sum_sql

# What most of a tenant's exchanges carry is what it does.
_MAIN_SHARE = 0.5
# Nobody else's: this share of all that carries it is the joined tenants' (as candidates._EXCLUSIVE_SHARE).
_OWN_SHARE = 2 / 3
# Parts of one kind of work differ in the sizes of their prompts and answers by little more than chance. Two labs with
# the same settings, say those of a relay that sets them for all its customers, rarely agree so well in both.
_ALIKE = 0.85
# Settings that so much of the other work on the same accounts carries are not a lab's but the relay's.
_RELAYED_SHARE = 0.1
# A watched tenant joins when so many of its accounts are convicted anyway.
_WITHIN_SHARE = 0.9
# The last bucket of a size holds what is not known.
_UNKNOWN_SIZE = HISTOGRAM_SIZE - 1


@dataclass(frozen=True)
class Siblings:
    """Tenants that are one operator's.

    Attributes:
        groups: ``candidate_id, merged_id`` of those that go under another one's name.
        suspects: ``candidate_id, account_id``: accounts of a whole, under its name, that no convicted tenant holds.
    """

    groups: DataFrame
    suspects: DataFrame


def siblings(
    assigned: DataFrame, scored: DataFrame, work: DataFrame, activity: DataFrame, components: Components
) -> Siblings | None:
    """Find convicted tenants that are one operator's.

    They are, when most exchanges of each carry the same template or tool set, which hardly anybody else uses; or the
    same request settings, which hardly anybody else uses, and their prompts and answers are of the same sizes. A
    watched tenant whose accounts are nearly all convicted anyway goes with the convicted one whose kind of work is
    most like its own. Common settings join nothing. Cohorts are left to ``joined_fragments``: no link vouches for their
    accounts, so each must show for itself what a join would lend it.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict``; those that an analyst decided on left out.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
        activity: ``account_activity`` of the window.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.

    Returns:
        The siblings, or None when there are none.
    """
    judged = scored.where("verdict <> 'cleared' and source = 'pool'").selectExpr(
        "candidate_id", "verdict = 'campaign' as is_convicted"
    )
    counts = judged.selectExpr("count(*) as judged", "count_if(is_convicted) as convicted").collect()[0]
    if counts["judged"] < 2 or counts["convicted"] < 1:
        return None
    rows = settled(assigned.select("candidate_id", "account_id", "workload_id").join(settled(judged), "candidate_id"))
    found = _same_kind(rows, activity)
    if counts["convicted"] >= 2:
        found = found.unionByName(_same_work(rows, work))
    numbered = settled(found.distinct().selectExpr("*", "xxhash64(candidate_id) as src", "xxhash64(other_id) as dst"))
    if numbered.isEmpty():
        return None
    groups = settled(grouped(numbered, components, "min"))
    accused = rows.where("is_convicted").select("account_id").distinct()
    suspects = (
        rows.join(wholes(groups), "candidate_id")
        .select("merged_id", "account_id")
        .distinct()
        .join(accused, "account_id", "left_anti")
        .selectExpr("merged_id as candidate_id", "account_id")
    )
    return Siblings(groups, suspects)


def _same_work(rows: DataFrame, work: DataFrame) -> DataFrame:
    """Pairs ``candidate_id, other_id`` of convicted tenants whose main template or tool set is one, and theirs."""
    done = settled(
        rows.where("is_convicted")
        .select("candidate_id", "account_id", "workload_id")
        .join(work, ["account_id", "workload_id"])
    )
    main = settled(_main(done.selectExpr("candidate_id", "exchange_count", VALUES_SQL)))
    shared = main.groupBy("role", "value").count().where("`count` >= 2").select("role", "value")
    users = work.selectExpr("party_id", VALUES_SQL).join(shared, ["role", "value"]).distinct()
    theirs = done.selectExpr("party_id", VALUES_SQL).join(shared, ["role", "value"]).distinct()
    own = (
        users.join(theirs.withColumn("is_theirs", expr("true")), ["role", "value", "party_id"], "left")
        .groupBy("role", "value")
        .agg(expr("count(is_theirs) / count(*) as own_share"))
        .where(f"own_share >= {_OWN_SHARE}")
        .select("role", "value")
    )
    return _pairs(main.join(own, ["role", "value"]), ["role", "value"]).select("candidate_id", "other_id")


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


def _same_kind(rows: DataFrame, activity: DataFrame) -> DataFrame:
    """Pairs ``candidate_id, other_id`` that do one kind of work, at least one of them convicted.

    Args:
        rows: ``candidate_id, account_id, workload_id, is_convicted``; cleared ones left out.
        activity: ``account_activity`` of the window.
    """
    joining = settled(_within(rows))
    does = settled(
        rows.join(joining.select("candidate_id"), "candidate_id").join(
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
    main = settled(
        _main(known.unionByName(unknown).selectExpr("*", "'settings' as role")).join(joining, "candidate_id")
    )
    pairs = _pairs(main, ["value"], "is_convicted").where("is_convicted or other_is_convicted")
    alike = settled(_alike(settled(pairs), does))
    kin = settled(alike.join(_own_settings(alike, rows, activity), "value", "left_semi"))
    both = kin.where("is_convicted and other_is_convicted").select("candidate_id", "other_id")
    # One watched tenant of middling sizes must not be the bridge between two labs.
    mixed = (
        kin.where("not (is_convicted and other_is_convicted)")
        .selectExpr(
            "*",
            "row_number() over (partition by if(is_convicted, other_id, candidate_id)"
            " order by likeness desc, if(is_convicted, candidate_id, other_id)) as place",
        )
        .where("place = 1")
        .select("candidate_id", "other_id")
    )
    return both.unionByName(mixed)


def _own_settings(alike: DataFrame, rows: DataFrame, activity: DataFrame) -> DataFrame:
    """Settings that are the tenants' own, as ``value``.

    Hardly anybody else on the site uses them, nor does what else is done on the same accounts: or they are the relay's.

    Args:
        alike: ``candidate_id, other_id, value``.
        rows: ``candidate_id, account_id, workload_id``.
        activity: ``account_activity`` of the window.
    """
    kin = alike.selectExpr("value", "explode(array(candidate_id, other_id)) as candidate_id").distinct()
    theirs = settled(kin.join(rows, "candidate_id").selectExpr("value", "account_id", "workload_id", "true as is_kin"))
    used = activity.select("account_id", "workload_id", "event_count", "settings_counts")
    everywhere = (
        used.selectExpr("explode(settings_counts) as (value, n)")
        .join(kin.select("value").distinct(), "value")
        .groupBy("value")
        .agg(expr("sum(n) as all_uses"))
    )
    beside = (
        used.join(theirs.select("value", "account_id").distinct(), "account_id")
        .join(theirs, ["value", "account_id", "workload_id"], "left")
        .selectExpr(
            "value", "is_kin is not null as is_kin", "event_count",
            "coalesce(try_element_at(settings_counts, value), 0L) as uses",
        )
        .groupBy("value")
        .agg(
            expr("sum(uses) filter (where is_kin) as own_uses"),
            expr("sum(uses) filter (where not is_kin) / sum(event_count) filter (where not is_kin) as other_share"),
        )
    )  # fmt: skip
    return (
        everywhere.join(beside, "value")
        .where(f"own_uses >= {_OWN_SHARE} * all_uses and coalesce(other_share, 0) <= {_RELAYED_SHARE}")
        .select("value")
    )


def _pairs(rows: DataFrame, key: list[str], *also: str) -> DataFrame:
    """Pairs of candidates under one key: ``candidate_id, other_id``, the key, and each of ``also`` of both."""
    mine = rows.select(*key, "candidate_id", *also)
    others = rows.select(*key, expr("candidate_id as other_id"), *(expr(f"{name} as other_{name}") for name in also))
    return mine.join(others, key).where("candidate_id < other_id").distinct()


def _alike(pairs: DataFrame, does: DataFrame) -> DataFrame:
    """Of the pairs, those whose prompts and whose answers have the same sizes, with their ``likeness``.

    Likeness of two histograms is what they have in common, 1 less half of their distance in total variation; of two
    tenants, that of the side in which they differ more.
    """
    sizes = settled(
        does.selectExpr(
            "candidate_id",
            "inline(array(struct('input' as side, input_length_counts as counts),"
            " struct('output' as side, output_length_counts as counts)))",
        )
        .selectExpr("candidate_id", "side", "posexplode(counts) as (bucket, n)")
        .where(f"n > 0 and bucket < {_UNKNOWN_SIZE}")
        .groupBy("candidate_id", "side", "bucket")
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


def _within(rows: DataFrame) -> DataFrame:
    """Tenants that are convicted, or nearly all of whose accounts are: ``candidate_id, is_convicted``.

    Args:
        rows: ``candidate_id, account_id, is_convicted``.
    """
    accounts = rows.groupBy("account_id", "candidate_id").agg(expr("max(is_convicted) as is_convicted"))
    return (
        accounts.selectExpr("*", "max(is_convicted) over (partition by account_id) as is_accused")
        .groupBy("candidate_id")
        .agg(expr("max(is_convicted) as is_convicted"), expr("avg(if(is_accused, 1.0D, 0.0D)) as within_share"))
        .where(f"within_share >= {_WITHIN_SHARE}")
        .drop("within_share")
    )
