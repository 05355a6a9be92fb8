"""Convicted candidates that are one operator's: the same work in several pools, or the same kind of work.

An operator who writes a dozen templates without a tool set in common, or whose accounts fall into several pools, comes
as dozens of campaigns, each right and none of them whole. Only candidates that stand convicted by themselves are
joined, and others on accounts that are convicted anyway: a join accuses hardly an account that was not accused before.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank.candidates import UNLABELLED
from revenuer.stages.rank.joining import Components, grouped
from revenuer.stages.settling import settled

# What most of a candidate's exchanges carry is what it does.
_MAIN_SHARE = 0.5
# Nobody else's: this share of all that carries it is the judged candidates' (as candidates._EXCLUSIVE_SHARE).
_OWN_SHARE = 2 / 3
# Parts of one work differ in the sizes of their prompts and answers by chance only. Two labs with the same settings,
# say those of a relay that sets them for all its customers, hardly agree in both.
_ALIKE = 0.75
# A watched candidate joins when so many of its accounts are the convicted ones' anyway.
_WITHIN_SHARE = 0.9


def siblings(
    assigned: DataFrame, scored: DataFrame, work: DataFrame, activity: DataFrame, components: Components
) -> DataFrame | None:
    """Find convicted candidates that are one operator's.

    They are, when most exchanges of each carry the same template or tool set, which hardly anybody else uses; or the
    same request settings, which hardly anybody else uses, and their prompts and answers are of the same sizes. So
    are there a convicted candidate and a watched one whose accounts are nearly all convicted anyway. Common settings
    join nothing.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, verdict``.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
        activity: ``account_activity`` of the window.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.

    Returns:
        ``candidate_id, merged_id`` of candidates that go under another one's name, or None when there are none.
    """
    judged = scored.where("verdict <> 'cleared'").selectExpr("candidate_id", "verdict = 'campaign' as is_convicted")
    counts = judged.selectExpr("count(*) as judged", "count_if(is_convicted) as convicted").collect()[0]
    if counts["judged"] < 2 or counts["convicted"] < 1:
        return None
    verdicts = settled(judged)
    convicted = assigned.join(verdicts.where("is_convicted"), "candidate_id", "left_semi")
    found = _same_work(convicted, work).unionByName(_same_kind(assigned, verdicts, activity)).distinct()
    numbered = settled(found.selectExpr("*", "xxhash64(candidate_id) as src", "xxhash64(other_id) as dst"))
    if numbered.isEmpty():
        return None
    # A pool's name sorts after a cohort's: where one of them is a pool, the campaign is a pool's.
    return settled(grouped(numbered, components, "max"))


def _same_work(convicted: DataFrame, work: DataFrame) -> DataFrame:
    """Pairs ``candidate_id, other_id`` of convicted candidates whose main template or tool set is one, and theirs."""
    values = "inline(array(struct('template' as role, template as value), struct('toolset' as role, toolset as value)))"
    rows = settled(
        convicted.select("candidate_id", "account_id", "workload_id")
        .where(f"workload_id <> '{UNLABELLED}'")
        .join(work, ["account_id", "workload_id"])
    )
    main = settled(_main(rows.selectExpr("candidate_id", "account_id", "exchange_count", values)))
    shared = main.groupBy("role", "value").count().where("`count` >= 2").select("role", "value")
    users = work.selectExpr("account_id", values).join(shared, ["role", "value"]).distinct()
    theirs = rows.selectExpr("account_id", values).join(shared, ["role", "value"]).distinct()
    own = (
        users.join(theirs.withColumn("is_theirs", expr("true")), ["role", "value", "account_id"], "left")
        .groupBy("role", "value")
        .agg(expr("count(is_theirs) / count(*) as own_share"))
        .where(f"own_share >= {_OWN_SHARE}")
        .select("role", "value")
    )
    kept = main.join(own, ["role", "value"]).select("candidate_id", "role", "value")
    return _pairs(kept, ["role", "value"])


def _main(rows: DataFrame) -> DataFrame:
    """The value of each role that most exchanges of a candidate carry: ``candidate_id, role, value``.

    Args:
        rows: ``candidate_id, role, value, exchange_count``.
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


def _same_kind(assigned: DataFrame, verdicts: DataFrame, activity: DataFrame) -> DataFrame:
    """Pairs ``candidate_id, other_id`` that do one kind of work, at least one of them convicted.

    Args:
        assigned: As :func:`siblings` takes it.
        verdicts: ``candidate_id, is_convicted``; cleared ones left out.
        activity: ``account_activity`` of the window.
    """
    rows = settled(assigned.select("candidate_id", "account_id", "workload_id").join(verdicts, "candidate_id"))
    does = settled(
        rows.join(
            activity.select(
                "account_id", "workload_id", "settings_counts", "input_length_counts", "output_length_counts"
            ),
            ["account_id", "workload_id"],
        )
    )
    settings = settled(
        _main(
            does.selectExpr("candidate_id", "'settings' as role", "explode(settings_counts) as (value, exchange_count)")
        ).join(verdicts, "candidate_id")
    )
    pairs = _pairs(settings, ["value"], "is_convicted").where("is_convicted or other_is_convicted")
    kin = settled(_alike(settled(pairs), does))
    mine = kin.selectExpr("explode(array(candidate_id, other_id)) as candidate_id").distinct()
    values = settled(settings.join(mine, "candidate_id").select("candidate_id", "value"))
    everywhere = _uses(activity, values, ["value"], "all_uses")
    theirs = _uses(does, values, ["candidate_id", "value"], "own_uses")
    own = everywhere.join(theirs, "value").where(f"own_uses >= {_OWN_SHARE} * all_uses").select("value")
    joining = values.join(own, "value", "left_semi").join(_within(rows), "candidate_id", "left_semi")
    return kin.join(joining, "candidate_id", "left_semi").join(
        joining.selectExpr("candidate_id as other_id"), "other_id", "left_semi"
    )


def _uses(rows: DataFrame, values: DataFrame, key: list[str], name: str) -> DataFrame:
    """Exchanges with each of some settings, as ``value, <name>``."""
    return (
        rows.selectExpr("*", "explode(settings_counts) as (value, n)")
        .join(values.select(*key).distinct(), key)
        .groupBy("value")
        .agg(expr(f"sum(n) as {name}"))
    )


def _pairs(rows: DataFrame, key: list[str], *also: str) -> DataFrame:
    """Pairs of candidates under one key: ``candidate_id, other_id``, and ``other_<name>`` for each of ``also``."""
    mine = rows.select(*key, "candidate_id", *also)
    others = rows.select(*key, expr("candidate_id as other_id"), *(expr(f"{name} as other_{name}") for name in also))
    return mine.join(others, key).where("candidate_id < other_id").drop(*key).distinct()


def _alike(pairs: DataFrame, does: DataFrame) -> DataFrame:
    """Of the pairs, those whose prompts and whose answers have the same sizes, as ``candidate_id, other_id``.

    Likeness of two histograms is what they have in common, 1 less half of their distance in total variation.
    """
    sizes = settled(
        does.selectExpr(
            "candidate_id",
            "inline(array(struct('input' as side, input_length_counts as counts),"
            " struct('output' as side, output_length_counts as counts)))",
        )
        .selectExpr("candidate_id", "side", "posexplode(counts) as (bucket, n)")
        .groupBy("candidate_id", "side", "bucket")
        .agg(expr("sum(n) as n"))
        .selectExpr(
            "candidate_id", "side", "bucket", "n / nullif(sum(n) over (partition by candidate_id, side), 0) as share"
        )
    )
    others = sizes.withColumnsRenamed({"candidate_id": "other_id", "share": "other_share"})
    return (
        pairs.select("candidate_id", "other_id")
        .join(sizes, "candidate_id")
        .join(others, ["other_id", "side", "bucket"])
        .groupBy("candidate_id", "other_id", "side")
        .agg(expr("sum(least(share, other_share)) as likeness"))
        .groupBy("candidate_id", "other_id")
        .agg(expr("min(likeness) as likeness"), expr("count(likeness) as sides"))
        .where(f"sides = 2 and likeness >= {_ALIKE}")
        .select("candidate_id", "other_id")
    )


def _within(rows: DataFrame) -> DataFrame:
    """Candidates that are convicted, or nearly all of whose accounts are: ``candidate_id``.

    Args:
        rows: ``candidate_id, account_id, is_convicted``.
    """
    accounts = rows.groupBy("account_id", "candidate_id").agg(expr("max(is_convicted) as is_convicted"))
    return (
        accounts.selectExpr("*", "max(is_convicted) over (partition by account_id) as is_accused")
        .groupBy("candidate_id")
        .agg(expr("avg(if(is_accused, 1.0D, 0.0D)) as within_share"))
        .where(f"within_share >= {_WITHIN_SHARE}")
        .select("candidate_id")
    )
