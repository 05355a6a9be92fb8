"""Lasting campaign ids: carried over from what was published before, by accounts, work and infrastructure.

Campaigns are remembered for some days after they were last ranked, so that one that falls silent comes back under its
id. Which candidate continues which campaign is one greedy choice over all pairs, best pair first, in an order that
knows nothing of row order or partitions: a replay names everything as before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import col, expr

from revenuer.stages.cluster import NODE_VERTEX
from revenuer.stages.rank.candidates import UNLABELLED, products_sql
from revenuer.stages.settling import settled

# Accounts in common, of the smaller side, that carry an id where the work is the same too.
_SAME_WORK_SHARE = 0.2
# Link nodes in common, of the smaller side, that carry an id through a change of all accounts at once. The work must be
# the same: nodes alone may be an exit that two operators rent.
_HANDOVER_NODE_SHARE = 0.2
_HANDOVER_NODES = 2
# Other work weighs this much beside the same work: two tenants of one pool run on the same accounts.
_OTHER_WORK = 0.01
# Best pair first. A campaign of yesterday goes before one that is only remembered: a campaign that was merged into
# another must not take its name back on the strength of accounts that both had.
_ORDER = (
    "struct(not is_by_accounts, not is_live, -weight as weight, -common_node_count as nodes,"
    " datediff(date'9999-12-31', before_date) as age, campaign_id, candidate_id)"
)


@dataclass(frozen=True)
class History:
    """What was published before the run date, as far back as ids are remembered.

    Attributes:
        previous_date: The last published run date before the run date.
        campaigns: ``campaigns`` of the remembered dates.
        campaign_members: ``campaign_members`` of the same dates.
        campaign_links: ``campaign_links`` of the same dates.
        campaign_evidence: ``campaign_evidence`` of all published dates before the run date.
        past_campaigns: ``campaigns`` of all these dates.
        past_members: ``campaign_members`` of all these dates.
    """

    previous_date: date
    campaigns: DataFrame
    campaign_members: DataFrame
    campaign_links: DataFrame
    campaign_evidence: DataFrame
    past_campaigns: DataFrame
    past_members: DataFrame


@dataclass(frozen=True)
class Roster:
    """Campaigns that may continue, each as it was last published.

    Attributes:
        campaigns: ``campaign_id, before_date, before_count`` (accounts), ``before_nodes, before_ids`` (workloads),
            ``is_live`` (ranked on the previous published date), ``is_decided`` (by an analyst).
        members: ``campaign_id, account_id``.
        nodes: ``campaign_id, node``: a link node's number.
    """

    campaigns: DataFrame
    members: DataFrame
    nodes: DataFrame


def roster(history: History, decided: DataFrame | None = None) -> Roster:
    """The last published state of every remembered campaign.

    Args:
        history: What was published before.
        decided: ``decided_id, decided_works`` of campaigns that analysts decided about: works they were seen to do.
            None where there are none.
    """
    last = "run_date = max(run_date) over (partition by campaign_id)"
    campaigns = settled(
        history.campaigns.selectExpr(
            "campaign_id",
            "run_date as before_date",
            "account_count as before_count",
            f"array_remove(coalesce(workload_ids, array()), '{UNLABELLED}') as before_ids",
            f"run_date = date'{history.previous_date}' as is_live",
            f"{last} as is_last",
        )
        .where("is_last")
        .drop("is_last")
    )
    last_rows = campaigns.selectExpr("campaign_id", "before_date as run_date")
    # Nearly all were ranked on the previous date: the partitions of the others need not be read.
    dates = [row["run_date"] for row in last_rows.select("run_date").distinct().collect()]
    members, links = (
        frame.where(col("run_date").isin(dates)).join(last_rows.hint("broadcast"), ["run_date", "campaign_id"])
        for frame in (history.campaign_members, history.campaign_links)
    )
    nodes = settled(links.selectExpr("campaign_id", f"{NODE_VERTEX} as node").distinct())
    sizes = nodes.groupBy("campaign_id").agg(expr("count(*) as before_nodes")).hint("broadcast")
    sized = campaigns.join(sizes, "campaign_id", "left").withColumn("is_decided", expr("false"))
    if decided is not None:
        about = decided.selectExpr("decided_id as campaign_id", "decided_works").hint("broadcast")
        # A day without labels on its work must not make everything the work that was decided about.
        sized = sized.join(about, "campaign_id", "left").selectExpr(
            "* except (before_ids, is_decided, decided_works)",
            "if(size(before_ids) = 0, coalesce(decided_works, before_ids), before_ids) as before_ids",
            "decided_works is not null as is_decided",
        )
    return Roster(sized, members.select("campaign_id", "account_id"), nodes)


def match(candidates: DataFrame, members: DataFrame, nodes: DataFrame, known: Roster, share: float) -> DataFrame:
    """Every candidate beside every remembered campaign that it may continue.

    Enough accounts in common, or fewer with the same work, make a pair. When all accounts were replaced at once, as
    after a ban, the same work over link nodes in common makes one too.

    What an analyst decided goes with the id. A pool's accounts serve many, so other work that comes to those of a
    decided campaign does not continue it: such a pair is barred, whatever the accounts in common.

    Args:
        candidates: ``candidate_id, source, workload_ids, account_count``.
        members: ``candidate_id, account_id``.
        nodes: ``candidate_id, node``, each once: numbers of the link nodes of the candidate's accounts.
        known: Campaigns that may continue.
        share: Accounts in common, of the smaller side, that carry an id whatever the work.

    Returns:
        ``candidate_id, campaign_id``, the counts and shares in common, ``is_barred``, ``is_by_accounts``, ``is_live``,
        ``before_date``, ``before_count``, ``priority`` (1 is the best pair of all) and ``is_kept``: whether the
        candidate continues the campaign.
    """
    node_sizes = nodes.groupBy("candidate_id").agg(expr("count(*) as now_nodes"))
    # Candidates and campaigns are few; what they have in common is not.
    now = candidates.selectExpr(
        "candidate_id", "source", "account_count as now_count", f"array_remove(workload_ids, '{UNLABELLED}') as now_ids"
    ).join(node_sizes.hint("broadcast"), "candidate_id", "left")
    common = (
        members.select("candidate_id", "account_id")
        .join(known.members, "account_id")
        .groupBy("candidate_id", "campaign_id")
        .agg(expr("count(*) as common_count"), expr("0L as common_node_count"))
        .unionByName(
            nodes.join(known.nodes, "node")
            .groupBy("candidate_id", "campaign_id")
            .agg(expr("0L as common_count"), expr("count(*) as common_node_count"))
        )
        .groupBy("candidate_id", "campaign_id")
        .agg(expr("sum(common_count) as common_count"), expr("sum(common_node_count) as common_node_count"))
    )
    pairs = (
        common.join(now.hint("broadcast"), "candidate_id")
        .join(known.campaigns.hint("broadcast"), "campaign_id")
        .selectExpr(
            "candidate_id", "campaign_id", "before_date", "is_live", "before_count", "now_count", "common_count",
            "common_node_count", "coalesce(least(now_nodes, before_nodes), 0) as node_count",
            "common_count / greatest(least(now_count, before_count), 1) as overlap_share",
            "size(array_intersect(now_ids, before_ids)) / greatest(least(size(now_ids), size(before_ids)), 1)"
            " as work_overlap_share",
            "is_decided and source = 'pool' and size(now_ids) > 0 and size(before_ids) > 0"
            f" and not arrays_overlap({products_sql('now_ids')}, {products_sql('before_ids')}) as is_barred",
            "common_node_count / greatest(least(now_nodes, before_nodes), 1) as node_overlap_share",
        )
        .selectExpr(
            "*",
            f"overlap_share >= {share} or (work_overlap_share >= {share} and overlap_share >= {_SAME_WORK_SHARE})"
            " as is_by_accounts",
            f"common_count * greatest(work_overlap_share, {_OTHER_WORK}D) as weight",
        )
        .selectExpr("*", "max(if(is_live, weight, 0)) over (partition by candidate_id) as live_weight")
        # A part of a campaign of yesterday is that campaign's part, and not the comeback of some crumb that once went
        # into it.
        .where(f"is_live or weight >= {share} * live_weight")
        .where(
            f"is_by_accounts or (work_overlap_share >= {share} and common_node_count >= {_HANDOVER_NODES}"
            f" and node_overlap_share >= {_HANDOVER_NODE_SHARE})"
        )
    )  # fmt: skip
    ranked = settled(
        pairs.selectExpr(
            "*",
            f"row_number() over (order by {_ORDER}) as priority",
        ).selectExpr(
            "*",
            "min(if(is_barred, null, priority)) over (partition by candidate_id) as candidate_best",
            "min(if(is_barred, null, priority)) over (partition by campaign_id) as campaign_best",
        )
    )
    return settled(
        ranked.join(_chosen(ranked.where("not is_barred")).withColumn("is_kept", expr("true")), "priority", "left")
        .withColumn("is_kept", expr("coalesce(is_kept, false)"))
        .drop("candidate_best", "campaign_best", "weight", "live_weight")
    )


def _chosen(ranked: DataFrame) -> DataFrame:
    """The pairs a greedy choice takes, best pair first, each side once.

    A pair that is the best of both its sides is always taken. The few that are left are walked through in order.
    """
    best = ranked.where("priority = candidate_best and priority = campaign_best")
    left = ranked.join(best.select("candidate_id").hint("broadcast"), "candidate_id", "left_anti").join(
        best.select("campaign_id").hint("broadcast"), "campaign_id", "left_anti"
    )
    pair = "struct(priority, candidate_id, campaign_id)"
    taken = "exists(kept, k -> k.candidate_id = pair.candidate_id or k.campaign_id = pair.campaign_id)"
    walked = left.agg(
        expr(
            f"aggregate(array_sort(collect_list({pair})), filter(collect_list({pair}), x -> false),"
            f" (kept, pair) -> if({taken}, kept, concat(kept, array(pair)))) as kept"
        )
    )
    return best.select("priority").unionByName(walked.selectExpr("inline(kept)").select("priority"))


def name_candidates(candidates: DataFrame, matches: DataFrame | None, run_date: date) -> DataFrame:
    """Give every candidate its lasting id: the one it continues, or a new one.

    A new id is the run date in four hexadecimal digits (days since 1970) and a hash of the candidate with its
    smallest account and workload. Two machines that compute the same day mint the same id, and no other day can mint it
    again. A date that is made again from other data may mint other ids for what began on it, also where the first
    account and work are the same: a candidate's name holds its pool's. What analysts decided about the old ids is then
    about nothing, of which the run warns.

    Args:
        candidates: ``candidate_id, first_account_id, first_workload_id``.
        matches: As :func:`match` returns them; None where nothing was published before.
        run_date: The run's date.

    Returns:
        ``candidate_id, campaign_id, is_minted``.
    """
    seed = f"concat_ws('|', '{run_date}', candidate_id, first_account_id, first_workload_id)"
    day = f"{(run_date - date(1970, 1, 1)).days:04x}"
    hashed = candidates.selectExpr("*", f"{seed} as seed", f"substring(sha2({seed}, 256), 1, 8) as digits")
    # Two candidates of a day whose eight digits agree: rare, and settled alike everywhere.
    minted = hashed.selectExpr(
        "candidate_id", "seed", "digits", "row_number() over (partition by digits order by candidate_id) as turn"
    ).selectExpr(
        "candidate_id",
        f"'cmp-{day}' || if(turn = 1, digits, substring(sha2(seed || '|' || turn, 256), 1, 8)) as minted_id",
    )
    if matches is None:
        return minted.selectExpr("candidate_id", "minted_id as campaign_id", "true as is_minted")
    kept = matches.where("is_kept").select("candidate_id", "campaign_id")
    return minted.join(kept, "candidate_id", "left").selectExpr(
        "candidate_id", "coalesce(campaign_id, minted_id) as campaign_id", "campaign_id is null as is_minted"
    )
