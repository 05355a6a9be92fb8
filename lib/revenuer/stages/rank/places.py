"""Where a candidate's accounts work from: one network, or a handful of addresses that all of them share."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

# An address prefix is a place of the whole candidate's when this share of its accounts work from it.
_MOST = 0.5


def home_network(accounts: DataFrame) -> DataFrame:
    """The network most of a candidate's accounts share.

    Returns:
        ``candidate_id, top_network_share``: share of accounts that use it and at most one other.
    """
    per_network = (
        accounts.where("network_count <= 2")
        .selectExpr("candidate_id", "explode(network_ids) as network")
        .groupBy("candidate_id", "network")
        .count()
        .groupBy("candidate_id")
        .agg(expr("max(`count`) as users"))
    )
    return per_network.join(_sizes(accounts), "candidate_id").selectExpr(
        "candidate_id", "users / accounts as top_network_share"
    )


def shared_sites(accounts: DataFrame) -> DataFrame:
    """How far a candidate works from a handful of places that most of its accounts share.

    A vendor's servers, an office or institutes that pool their keys: each account uses all of a few addresses, openly.
    Who hides behind rented exits spreads over so many that no two accounts have many in common, since an exit that
    most of them use would give all of them away.

    Returns:
        ``candidate_id, shared_site_share``: of all pairs of an account and a prefix, those whose prefix most of the
        candidate's accounts use; no row where no prefix is known.
    """
    return (
        accounts.selectExpr("candidate_id", "explode(prefix_ids) as prefix")
        .groupBy("candidate_id", "prefix")
        .agg(expr("count(*) as users"))
        .join(_sizes(accounts), "candidate_id")
        .groupBy("candidate_id")
        .agg(expr(f"sum(if(users >= {_MOST} * accounts, users, 0)) / sum(users) as shared_site_share"))
    )


def _sizes(accounts: DataFrame) -> DataFrame:
    return accounts.groupBy("candidate_id").agg(expr("count(*) as accounts"))
