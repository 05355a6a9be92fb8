"""Compares a published day with the truth: who was rightly accused, who was missed, which honest people were hurt.

Only verdict ``campaign`` with role ``member`` counts as an accusation; ``watch``, ``cleared`` and ``suspected`` are
reported beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from revenuer.errors import ConfigError, MissingPartitionError
from revenuer.evaluation.attribution import Attribution, attribute
from revenuer.evaluation.matching import matched
from revenuer.evaluation.result import Evaluation, share_of
from revenuer.evaluation.truth import Truth, campaign_shares, collected, guilty_pairs, works_as_kept
from revenuer.lake.hash_keys import known_hash_key
from revenuer.stages.activity import with_workload_id

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.lake.lake import Lake

# Whether anybody on the site has a template, and a tool set.
_IS_KEPT = tuple(f"coalesce(bool_or(substring_index(workload_id, '+', {place}) <> '-'), false)" for place in (1, -1))


def evaluate_run(lake: Lake, truth: str | Path, run_date: date, *, window_days: int) -> Evaluation:
    """Compare a published date of a lake with a truth file.

    Where ``account_activity`` is there, it says what the accounts did in the run's window. A simulated world's
    ``truth_workload.parquet`` beside its ``truth.parquet`` adds which of it each campaign had: by work where the lake's
    hash key is known, else as a share of what each account did.

    Args:
        lake: The lake.
        truth: Truth file, see :func:`revenuer.evaluation.truth.read_truth`.
        run_date: The date.
        window_days: Days the run looked back over, the run date included.

    Raises:
        ConfigError: The truth file is not there.
        ContractError: The truth file lacks columns.
        MissingPartitionError: The date is not published.
    """
    published = lake.published_dates()
    if run_date not in published:
        latest = f"the latest is {published[-1]}" if published else "nothing is"
        fix = f"`revenuer run all --run-date {run_date}`"
        raise MissingPartitionError(f"table campaigns: {run_date} is not published; {latest}", fix=fix)
    ((_, result),) = evaluate_days(lake, truth_for(lake, truth), [run_date], window_days=window_days)
    return result


def truth_for(lake: Lake, path: str | Path) -> Truth:
    """A truth file as :meth:`revenuer.evaluation.truth.Truth.read` reads it.

    Its works go by the lake's ids where the lake's key is known.

    Raises:
        ConfigError: The truth file is not there or is neither Parquet nor CSV.
        ContractError: A column is missing.
    """
    try:
        key = known_hash_key(lake.config, lake.uri)
    except ConfigError:
        key = None
    if key is None:
        return Truth.read(lake.spark, path)
    with_ids = partial(with_workload_id, hash_key=key, kinds=lake.config.section("identifiers"))
    return Truth.read(lake.spark, path, with_ids=with_ids)


def evaluate_days(
    lake: Lake, truth: Truth, days: Sequence[date], *, window_days: int
) -> Iterator[tuple[date, Evaluation]]:
    """Compare published dates with the truth, one after the other.

    Args:
        lake: The lake.
        truth: The truth.
        days: Published dates.
        window_days: Days each run looked back over, the run date included.

    Yields:
        Each date with its comparison.
    """
    members, campaigns = lake.view("campaign_members"), lake.view("campaigns")
    has_activity = lake.exists("account_activity")
    for day in days:
        activity = None
        if has_activity:
            activity = lake.read_window("account_activity", day - timedelta(days=window_days - 1), day)
        of_day = f"run_date = date'{day}'"
        yield day, compare(gathered(truth, members.where(of_day), campaigns.where(of_day), activity))


def evaluate(
    truth: DataFrame,
    members: DataFrame,
    campaigns: DataFrame,
    *,
    activity: DataFrame | None = None,
    workloads: DataFrame | None = None,
) -> Evaluation:
    """Compare one run's members and verdicts with the truth.

    Where the truth tells which work is whose, exchanges are counted by account, work and campaign: who is accused for
    the work of honest customers is not rightly accused of it, whatever else he did. Else exchanges of a true campaign
    are known, best first, from ``activity`` (each account's exchanges in the run's window, times the campaign's share
    of them where ``workloads`` tells it), from ``exchange_count`` in the truth, or estimated from the members' own
    counts and shares; what is rightly attributed to an account then never exceeds what it did for its campaign.

    Args:
        truth: account_id, campaign, decoy, and perhaps exchange_count.
        members: ``campaign_members`` of one run date.
        campaigns: ``campaigns`` of the same date.
        activity: account_id, event_count, and perhaps workload_id; several rows per account are added up. With it, only
            accounts that were active in the window count as missable.
        workloads: Truth per account and work (account_id, campaign, exchange_count). It is used by work where it has
            the workload_id of ``activity``.
    """
    known = Truth(collected(truth, "*"), None if workloads is None else collected(workloads, "*"))
    return compare(gathered(known, members, campaigns, activity))


@dataclass(frozen=True)
class Case:
    """One run date beside the truth, on the driver.

    Attributes:
        known: The truth by account.
        shares: The truth by account and work; None where there is none.
        guilty: Accounts and the campaigns they serve.
        held: Members with their candidate's rank and verdict.
        seen: Exchanges in the window of the guilty and the accused, by account; None where activity is unknown, or
            ``attribution`` tells more.
        attribution: Whose exchanges candidates hold; None where that is not known by work.
    """

    known: pd.DataFrame
    shares: pd.DataFrame | None
    guilty: pd.DataFrame
    held: pd.DataFrame
    seen: pd.DataFrame | None
    attribution: Attribution | None


def gathered(
    truth: Truth,
    members: DataFrame,
    campaigns: DataFrame,
    activity: DataFrame | None,
    held_works: DataFrame | None = None,
) -> Case:
    """Bring one run date beside the truth.

    Args:
        truth: The truth.
        members: ``campaign_members`` of the date.
        campaigns: ``campaigns`` of the date.
        activity: As for :func:`evaluate`; None where it is unknown.
        held_works: All works of each candidate (campaign_id, workload_id); None for those that ``campaigns`` names, 64
            of each.
    """
    works, guilty = truth.workloads, guilty_pairs(truth.known, truth.workloads)
    held = collected(members, "campaign_id", "account_id", "role", "exchange_count", "exchange_share")
    held = held.merge(collected(campaigns, "campaign_id", "rank", "verdict"), on="campaign_id", how="inner")
    if activity is None:
        return Case(truth.known, works, guilty, held, None, None)
    is_by_work = works is not None and "workload_id" in works.columns and "workload_id" in activity.columns
    count, *kept = activity.selectExpr("count(*)", *(_IS_KEPT if is_by_work else ())).collect()[0]
    if not count:
        return Case(truth.known, works, guilty, held, None, None)
    accused = held.loc[held["verdict"] == "campaign", "account_id"]
    # Nobody else's exchanges are asked for, and a site has many customers.
    names = sorted({*guilty["account_id"], *accused})
    asked = activity.sparkSession.createDataFrame([(name,) for name in names], "account_id string")
    theirs = activity.join(asked, "account_id", "left_semi")
    if works is None or not is_by_work:
        return Case(truth.known, works, guilty, held, _exchanges(theirs, "account_id"), None)
    done = _exchanges(theirs, "account_id", "workload_id")
    if held_works is None:
        listed = collected(campaigns, "campaign_id", "explode(workload_ids) as workload_id")
    else:
        listed = collected(held_works, "campaign_id", "workload_id")
    attribution = attribute(held, listed, done, works_as_kept(works, *kept), guilty)
    return Case(truth.known, works, guilty, held, None, attribution)


def _exchanges(activity: DataFrame, *by: str) -> pd.DataFrame:
    """Exchanges by account, or by account and work."""
    summed = activity.groupBy(*by).agg({"event_count": "sum"})
    return collected(summed, *by, "`sum(event_count)` as total")


def compare(case: Case) -> Evaluation:
    """Compare a run date with the truth, as :func:`evaluate` says."""
    known, held, guilty = case.known, case.held, case.guilty
    guilty_ids = set(guilty["account_id"])
    weights, basis = _weights(case)
    active = weights[weights["weight"] > 0]
    active_ids = set(active["account_id"])

    accusing = held[held["verdict"] == "campaign"]
    accused = accusing[accusing["role"] == "member"]
    accused_ids, suspected_ids = set(accused["account_id"]), set(accusing["account_id"])
    decoy_of = known[known["decoy"].notna()].drop_duplicates("account_id").set_index("account_id")["decoy"]
    honest_accused = accused_ids - guilty_ids

    matches = matched(active, held, case.attribution)
    exchanges = _accused_exchanges(active, accused, guilty_ids, case.attribution)
    convicted_with = held[held["verdict"].isin(["campaign", "watch"]) & (held["role"] == "member")]
    mixed = set(convicted_with.loc[convicted_with["account_id"].isin(guilty_ids), "campaign_id"])
    absorbed = set(convicted_with.loc[convicted_with["campaign_id"].isin(mixed), "account_id"]) - guilty_ids
    watched_ids = set(held.loc[(held["verdict"] == "watch") & (held["role"] == "member"), "account_id"])
    hurt, watched = (_by_decoy(decoy_of, ids - guilty_ids) for ids in (accused_ids, watched_ids))
    return Evaluation(
        account_precision=share_of(len(accused_ids & guilty_ids), len(accused_ids)),
        account_recall=share_of(len(accused_ids & active_ids), len(active_ids)),
        suspected_recall=share_of(len(suspected_ids & active_ids), len(active_ids)),
        noticed_recall=share_of(len((accused_ids | watched_ids) & active_ids), len(active_ids)),
        exchange_recall=share_of(exchanges.right, float(active["weight"].sum())),
        exchange_precision=share_of(exchanges.right, exchanges.accused),
        exchange_basis=basis,
        named_share=exchanges.named_share,
        mixed_honest_exchange_count=exchanges.mixed_honest,
        campaigns_total=len(matches),
        campaigns_found=sum(m.is_found for m in matches),
        accused_count=len(accused_ids),
        honest_accused_count=len(honest_accused),
        honest_absorbed_count=len(absorbed),
        unknown_count=len(accused_ids - set(known["account_id"])),
        decoys_accused=len(hurt),
        decoys_watched=len(watched),
        decoys_accused_accounts=hurt,
        decoys_watched_accounts=watched,
        matches=matches,
    )


@dataclass(frozen=True)
class _Exchanges:
    accused: float
    right: float
    mixed_honest: float | None
    named_share: float | None


def _accused_exchanges(
    active: pd.DataFrame, accused: pd.DataFrame, guilty_ids: set[str], attribution: Attribution | None
) -> _Exchanges:
    """Exchanges that accused candidates hold of their members, and how many of them are rightly accused."""
    if attribution is None:
        deserved = active.groupby("account_id")["weight"].sum()
        attributed = accused.groupby("account_id")["exchange_count"].sum().astype(float)
        right = pd.concat([attributed, deserved], axis=1, join="inner").min(axis=1).sum()
        return _Exchanges(float(attributed.sum()), float(right), None, None)
    rows = attribution.accused()
    count = rows["share"] * rows["total"]
    right = float(attribution.rightly(rows).sum())
    of_mixed = float(count[rows["account_id"].isin(guilty_ids)].sum())
    named = share_of(float(count[rows["is_named"]].sum()), float(count.sum()))
    return _Exchanges(float(count.sum()), right, max(0.0, of_mixed - right), named)


def _weights(case: Case) -> tuple[pd.DataFrame, str]:
    """Exchanges each campaign account did for its campaign, and where that is known from."""
    guilty, held = case.guilty, case.held
    if case.attribution is not None:
        served = case.attribution.served.groupby(["account_id", "campaign"], as_index=False)["weight"].sum()
        return served, "work"
    if case.seen is not None:
        merged = campaign_shares(guilty, case.shares).merge(case.seen, on="account_id", how="left")
        merged["weight"] = merged["total"].fillna(0).astype(float) * merged["share"]
        return merged[["account_id", "campaign", "weight"]], "activity"
    pairs = guilty[["account_id", "campaign"]].copy()
    if "exchange_count" in guilty.columns and guilty["exchange_count"].notna().any():
        pairs["weight"] = guilty["exchange_count"].fillna(0).astype(float)
        return pairs, "truth"
    sure = held[held["exchange_share"] > 0]
    total = (sure["exchange_count"] / sure["exchange_share"]).groupby(sure["account_id"]).max()
    weight = pairs["account_id"].map(total)
    pairs["weight"] = weight.fillna(weight.mean() if weight.notna().any() else 1.0).astype(float)
    return pairs, "members"


def _by_decoy(decoy_of: pd.Series[Any], accounts: set[str]) -> dict[str, int]:
    counts = decoy_of[decoy_of.index.isin(accounts)].value_counts()
    return {str(name): int(n) for name, n in sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))}
