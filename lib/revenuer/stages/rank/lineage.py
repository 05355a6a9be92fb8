"""What became of every campaign's identity on a run date, one row each."""

from __future__ import annotations

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.tables import CONTRACTS

# What is said of a pair of a candidate and an earlier campaign.
_PAIR = (
    "before_date", "overlap_share", "work_overlap_share", "node_overlap_share", "common_count", "before_count",
    "is_by_accounts", "is_live", "is_barred",
)  # fmt: skip
_IN_COMMON = (
    "common_count || ' accounts in common of ' || before_count || ' before and ' || account_count || ' now'"
    " || if(work_overlap_share > 0, ', ' || format_number(100 * work_overlap_share, 0) || ' % of the work',"
    " ', other work')"
    " || if(node_overlap_share > 0, ', ' || format_number(100 * node_overlap_share, 0) || ' % of the link nodes', '')"
)
_SPLIT = (
    "if(is_barred, 'work of its own on accounts of ' || related_campaign_id || ', which an analyst decided on: ',"
    " 'its part of ' || related_campaign_id || ', which goes on elsewhere: ')"
)
_REASONS = (
    "case lineage_event"
    " when 'mint' then 'new: nothing remembered has its accounts, or its work over the same link nodes'"
    f" when 'survive' then if(is_by_accounts, '', 'handed over to other accounts: ') || {_IN_COMMON}"
    f" when 'return' then 'back after ' || (datediff(run_date, before_date) - 1) || ' days unranked: ' || {_IN_COMMON}"
    f" when 'split' then {_SPLIT} || {_IN_COMMON}"
    " when 'merge' then 'goes on in ' || related_campaign_id || ': ' || common_count || ' of its ' || before_count"
    "   || ' accounts are there'"
    " else 'not ranked today: silent, or its accounts and work left the window' end"
)


def lineage(
    named: DataFrame, sizes: DataFrame, matches: DataFrame | None, campaigns: DataFrame | None, run_date: date
) -> DataFrame:
    """Exactly one event for each campaign that is ranked now or was on the previous published date.

    ``mint``: a new id. ``survive``: ranked on the previous date too. ``return``: ranked earlier, not on the previous
    date, whose lineage said ``retire`` or ``merge``. ``split``: a new id for a part of a campaign that goes on under
    its own, or for other work on the accounts of one that an analyst decided on. ``merge``: not ranked any more, since
    a candidate that continues another campaign holds its accounts or work. ``retire``: not ranked any more.

    Args:
        named: ``candidate_id, campaign_id, is_minted``.
        sizes: ``candidate_id, account_count``.
        matches: As :func:`revenuer.stages.rank.identity.match` returns them; None where nothing was published before.
        campaigns: The remembered campaigns; None likewise.
        run_date: The run's date.

    Returns:
        Columns of ``campaign_lineage``.
    """
    columns = CONTRACTS["campaign_lineage"].columns
    current = named.join(sizes, "candidate_id").withColumn("run_date", expr(f"date'{run_date}'"))
    if matches is None or campaigns is None:
        return CONTRACTS["campaign_lineage"].conform(
            current.selectExpr("run_date", "campaign_id", "'mint' as lineage_event", "account_count",
                               "'new: nothing was published before' as reason")
        )  # fmt: skip
    pair = ", ".join(_PAIR)
    # The pair that says most of a candidate, and of an old campaign: the one that was kept, else the best.
    best = "struct(not is_kept, is_barred, priority)"
    said = f"min_by(struct(campaign_id as other_id, candidate_id as into, {pair}), {best}) as p"
    of_candidates = matches.groupBy("candidate_id").agg(expr(said)).selectExpr("candidate_id", "p.*").drop("into")
    alive = current.join(of_candidates, "candidate_id", "left").selectExpr(
        "run_date", "campaign_id",
        "case when is_minted and other_id is null then 'mint' when is_minted then 'split'"
        " when is_live then 'survive' else 'return' end as lineage_event",
        "case when is_minted then other_id end as related_campaign_id", "account_count", *_PAIR,
    )  # fmt: skip
    goes_on = matches.where("not is_barred").groupBy("campaign_id").agg(expr(said))
    of_campaigns = goes_on.selectExpr("campaign_id", "p.*").drop("other_id")
    gone = (
        campaigns.where("is_live")
        .select("campaign_id", "before_date", "before_count")
        .join(named.select("campaign_id"), "campaign_id", "left_anti")
        .join(of_campaigns.drop("before_date", "before_count"), "campaign_id", "left")
        .join(named.selectExpr("candidate_id as into", "campaign_id as into_id"), "into", "left")
        .selectExpr(
            f"date'{run_date}' as run_date", "campaign_id",
            "case when into_id is null then 'retire' else 'merge' end as lineage_event",
            "into_id as related_campaign_id", "before_count as account_count", *_PAIR,
        )
    )  # fmt: skip
    return (
        alive.unionByName(gone)
        .selectExpr(
            "*",
            f"{_REASONS} as reason",
            "before_date as previous_run_date",
            "common_count as common_account_count",
            "before_count as previous_account_count",
        )
        .select(*columns)
    )
