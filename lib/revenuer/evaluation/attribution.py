"""Whose exchanges candidates hold, by account and work, where the truth tells which work is whose.

An account of a shared pool serves two labs and honest customers: that it is accused does not say whose exchanges are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from revenuer.evaluation.tenancy import Tenancy, tenancy
from revenuer.evaluation.truth import campaign_shares

_WORK = ["account_id", "workload_id"]
_MEMBER = ["campaign_id", "account_id"]


@dataclass(frozen=True)
class Attribution:
    """What candidates hold of what accounts did.

    Attributes:
        held: One row per candidate, account and work: ``campaign_id, account_id, role, rank, verdict, workload_id,
            total`` (the account's exchanges in that work), ``share`` (of these, the candidate's), ``is_named`` (whether
            ``campaigns`` names the work and the truth knows it).
        served: What of it was a true campaign's: ``account_id, workload_id, campaign, weight`` (exchanges).
    """

    held: pd.DataFrame
    served: pd.DataFrame

    def taken(self) -> pd.DataFrame:
        """Rows of ``held`` with the ``campaign`` they serve and ``taken``, the exchanges the candidate holds of it."""
        rows = self.held.merge(self.served, on=_WORK)
        return rows.assign(taken=rows["share"] * rows["weight"])

    def accused(self) -> pd.DataFrame:
        """Works that are accused, once each: ``account_id, workload_id, total, share, is_named``.

        Two accused cohorts, of a template and of a tool set, may hold the same work.
        """
        rows = self.held[(self.held["verdict"] == "campaign") & (self.held["role"] == "member")]
        kinds = {"total": "first", "share": "max", "is_named": "max"}
        return rows.groupby(_WORK, as_index=False).agg(kinds)

    def rightly(self, rows: pd.DataFrame) -> pd.Series[float]:
        """Exchanges of true campaigns in rows of :meth:`accused`, in several pieces for a work that serves several."""
        whose = rows.merge(self.served, on=_WORK)
        return whose["share"] * whose["weight"]

    def guilty_shares(self, exchanges: Mapping[str, float]) -> dict[str, float]:
        """Share of each candidate's exchanges that serves a true campaign.

        Args:
            exchanges: All its exchanges, by ``campaign_id``.
        """
        taken = self.taken().groupby("campaign_id")["taken"].sum()
        return {name: float(taken.get(name, 0.0)) / whole for name, whole in exchanges.items() if whole}

    def tenancy(self) -> Tenancy:
        """How true campaigns lie in accused candidates, over the accounts and works that serve one."""
        rows = self.taken()
        # A work that a candidate holds less than half of, as far as one can tell, is not in it.
        rows = rows[(rows["verdict"] == "campaign") & (rows["share"] >= 0.5)]
        whole = self.served.groupby("campaign").size()
        held = rows.drop_duplicates([*_WORK, "campaign"]).groupby("campaign").size()
        counts = pd.crosstab(rows["campaign"], rows["campaign_id"]).reindex(whole.index, fill_value=0)
        missed = whole.sub(held, fill_value=0)
        return tenancy(counts.to_numpy(float), missed.to_numpy(float))


def attribute(
    held: pd.DataFrame, listed: pd.DataFrame, done: pd.DataFrame, works: pd.DataFrame, guilty: pd.DataFrame
) -> Attribution:
    """Say whose exchanges candidates hold.

    In a lake ``campaigns`` names at most 64 works of a candidate; in a judged world all are known. What an account's
    membership counts beyond those named is taken evenly from its other works, of those that can be the candidate's.

    Args:
        held: Members with their candidate: ``campaign_id, account_id, role, exchange_count, rank, verdict``.
        listed: Works that candidates name: ``campaign_id, workload_id``.
        done: What accounts did in the window: ``account_id, workload_id, total``. Members who are not there are left
            out: of candidates that are not accused, only accounts that serve a campaign matter.
        works: Truth of work, as :func:`revenuer.evaluation.truth.works_as_kept` returns it: ``account_id,
            workload_id, campaign, exchange_count``.
        guilty: ``account_id, campaign``.
    """
    known = works.groupby(_WORK)["exchange_count"].sum().rename("whole").reset_index()
    done = done.merge(known, on=_WORK, how="left")
    is_guilty = done["account_id"].isin(set(guilty["account_id"]))
    own = works.dropna(subset=["campaign"]).groupby([*_WORK, "campaign"])["exchange_count"].sum()
    own = own.rename("own").reset_index()
    is_known = (done["whole"].notna() & (done["whole"] > 0) & ~_mixed(done, own)) | ~is_guilty
    told = done[is_known & is_guilty].merge(own, on=_WORK)
    told["weight"] = told["total"] * told["own"] / told["whole"]
    # A site that keeps no templates, or hashes with another key: the account's own share stands for each of its works.
    untold = done[~is_known].merge(campaign_shares(guilty, works), on="account_id")
    untold["weight"] = untold["total"] * untold["share"]
    served = pd.concat([part[[*_WORK, "campaign", "weight"]] for part in (told, untold)], ignore_index=True)
    done = done.assign(is_known=is_known)[[*_WORK, "total", "is_known"]]
    named = done.merge(listed.drop_duplicates(), on="workload_id").merge(held, on=_MEMBER)
    rest = _unnamed(held, named)
    # Only of members with such a rest: all candidates times all works of their accounts would be many rows.
    other = rest.merge(done, on="account_id").merge(
        named[[*_MEMBER, "workload_id"]].assign(is_there=1.0), on=[*_MEMBER, "workload_id"], how="left"
    )
    other = _possible(other[other["is_there"].isna()].drop(columns="is_there"))
    rows = pd.concat([
        _shared(named, "exchange_count").assign(is_named=named["is_known"]),
        _shared(other, "rest").assign(is_named=False),
    ])  # fmt: skip
    rows = rows[rows["share"] > 0].drop(columns=["is_known", "rest"])
    return Attribution(rows.reset_index(drop=True), served[served["weight"] > 0].reset_index(drop=True))


def _mixed(done: pd.DataFrame, own: pd.DataFrame) -> pd.Series[bool]:
    """Which works are more than they are said to be, since a campaign's work of the account lies in one of them.

    Where some of a site's days or channels keep no templates, what a lab did there stands under the id of whatever else
    has none. That a campaign's work is not there says nothing alone: it may not have begun, or have ended.
    """
    is_there = pd.MultiIndex.from_frame(own[_WORK]).isin(pd.MultiIndex.from_frame(done[_WORK]))
    return done["account_id"].isin(set(own.loc[~is_there, "account_id"])) & (done["total"] > done["whole"])


def _unnamed(held: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Members with the ``rest`` of their exchanges that lies in no work which their candidate names."""
    told = named.groupby(_MEMBER)["total"].sum().rename("told").reset_index()
    rest = held.merge(told, on=_MEMBER, how="left")
    rest["rest"] = rest["exchange_count"] - rest.pop("told").fillna(0.0)
    return rest[rest["rest"] > 0]


def _possible(other: pd.DataFrame) -> pd.DataFrame:
    """Unnamed works of members without those that cannot be their candidate's.

    What a candidate holds, it holds on all its accounts: a work that one of them did more of than its rest is not its
    own. Where too little is left to make up the rest, as of works done in pools that a cohort lacks, all stay.
    """
    too_much = other.loc[other["total"] > other["rest"], ["campaign_id", "workload_id"]].drop_duplicates()
    marked = other.merge(too_much.assign(is_out=1.0), on=["campaign_id", "workload_id"], how="left")
    is_in = marked["is_out"].isna()
    left = marked["total"].where(is_in, 0.0).groupby([marked[name] for name in _MEMBER]).transform("sum")
    return marked[is_in | (left < marked["rest"])].drop(columns="is_out")


def _shared(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Works of members with the ``share`` of each that makes up what a column counts of the member."""
    whole = rows.groupby(_MEMBER)["total"].transform("sum")
    return rows.assign(share=(rows[column] / whole).clip(0.0, 1.0))
