"""Which candidate a true campaign is found in: the one that holds most of it, and little else."""

from __future__ import annotations

import pandas as pd

from revenuer.evaluation.attribution import Attribution
from revenuer.evaluation.result import CampaignMatch, share_of


def matched(active: pd.DataFrame, held: pd.DataFrame, attribution: Attribution | None) -> tuple[CampaignMatch, ...]:
    """How each true campaign fared, by its exchanges where works are known, else by its accounts.

    On the accounts of a shared pool every candidate holds every lab's accounts: only exchanges say whose work it is.

    Args:
        active: Accounts and campaigns with activity: ``account_id, campaign, weight`` (exchanges).
        held: Members with their candidate: ``campaign_id, account_id, role, exchange_count, rank, verdict``.
        attribution: Whose exchanges candidates hold; None where that is not known by work.
    """
    sides = held[held["role"] == "member"]
    if attribution is None:
        own = active[["account_id", "campaign"]].drop_duplicates().assign(part=1.0)
        hits = sides.drop_duplicates(["campaign_id", "account_id"]).merge(own, on="account_id")
        sizes = sides.groupby("campaign_id")["account_id"].nunique()
    else:
        own = active.rename(columns={"weight": "part"})
        hits = attribution.taken().query("role == 'member'").rename(columns={"taken": "part"})
        sizes = sides.groupby("campaign_id")["exchange_count"].sum()
    hits = hits.assign(size=hits["campaign_id"].map(sizes).astype(float))
    return tuple(
        _match(str(name), part["account_id"].nunique(), float(part["part"].sum()), hits[hits["campaign"] == name])
        for name, part in own.groupby("campaign")
    )


def _match(name: str, account_count: int, whole: float, hits: pd.DataFrame) -> CampaignMatch:
    """The candidate that holds most of a true campaign; among equals the better ranked one.

    Where accused ones cover it, one of these, else one on watch that does: another kind of its work, on a few accounts
    more but only watched, does not make it unfound, nor does a cleared crowd that it is part of make it unseen.
    """
    accused_recall = share_of(hits.loc[hits["verdict"] == "campaign", "account_id"].nunique(), account_count)
    if hits.empty:
        return CampaignMatch(name, account_count, None, None, None, 0.0, 0.0, accused_recall)
    parts = hits.groupby(["campaign_id", "rank", "verdict", "size"], as_index=False)["part"].sum()
    matches = [
        CampaignMatch(
            name,
            account_count,
            str(row.campaign_id),
            int(row.rank),
            str(row.verdict),
            min(1.0, share_of(row.part, row.size)),
            min(1.0, share_of(row.part, whole)),
            accused_recall,
        )
        for row in parts.itertuples()
    ]
    return max(matches, key=lambda match: (match.is_found, match.is_watched, match.recall, -(match.rank or 0)))
