"""Compares a published day with the truth: who was rightly accused, who was missed, which honest people were hurt.

Only verdict ``campaign`` with role ``member`` counts as an accusation; ``watch``, ``cleared`` and ``suspected`` are
reported beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from revenuer.errors import MissingPartitionError
from revenuer.evaluation import CampaignMatch, Evaluation
from revenuer.truth import Truth, campaign_shares, collected, guilty_pairs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.lake import Lake


def evaluate_run(lake: Lake, truth: str | Path, run_date: date, *, window_days: int) -> Evaluation:
    """Compare a published date of a lake with a truth file.

    Where ``account_activity`` is there, it says what the accounts did in the run's window. A simulated world's
    ``truth_workload.parquet`` beside its ``truth.parquet`` adds which share of it each campaign had.

    Args:
        lake: The lake.
        truth: Truth file, see :func:`revenuer.truth.read_truth`.
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
    ((_, result),) = evaluate_days(lake, Truth.read(lake.spark, truth), [run_date], window_days=window_days)
    return result


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
        seen = None
        if has_activity:
            seen = _exchanges(lake.read_window("account_activity", day - timedelta(days=window_days - 1), day))
        held = _held(*(frame.where(f"run_date = date'{day}'") for frame in (members, campaigns)))
        yield day, _compare(truth.known, held, seen if seen is None or len(seen) else None, truth.workloads)


def evaluate(
    truth: DataFrame,
    members: DataFrame,
    campaigns: DataFrame,
    *,
    activity: DataFrame | None = None,
    workloads: DataFrame | None = None,
) -> Evaluation:
    """Compare one run's members and verdicts with the truth.

    Exchanges of a true campaign are known, best first, from ``activity`` (each account's exchanges in the run's window,
    times the campaign's share of them where ``workloads`` tells it), from ``exchange_count`` in the truth, or estimated
    from the members' own counts and shares. What is rightly attributed to an account never exceeds what it did for its
    campaign.

    Args:
        truth: account_id, campaign, decoy, and perhaps exchange_count.
        members: ``campaign_members`` of one run date.
        campaigns: ``campaigns`` of the same date.
        activity: account_id, event_count; several rows per account are added up. With it, only accounts that were
            active in the window count as missable.
        workloads: Simulator's truth per account and workload (account_id, campaign, exchange_count).
    """
    seen = None if activity is None else _exchanges(activity)
    shares = None if workloads is None else collected(workloads, "account_id", "campaign", "exchange_count")
    return _compare(collected(truth, "*"), _held(members, campaigns), seen, shares)


def _held(members: DataFrame, campaigns: DataFrame) -> pd.DataFrame:
    """Members of one date with their candidate's rank and verdict."""
    held = collected(members, "campaign_id", "account_id", "role", "exchange_count", "exchange_share")
    return held.merge(collected(campaigns, "campaign_id", "rank", "verdict"), on="campaign_id", how="inner")


def _exchanges(activity: DataFrame) -> pd.DataFrame:
    """Exchanges by account."""
    summed = activity.groupBy("account_id").agg({"event_count": "sum"})
    return collected(summed, "account_id", "`sum(event_count)` as total")


def _compare(
    known: pd.DataFrame, held: pd.DataFrame, seen: pd.DataFrame | None, shares: pd.DataFrame | None
) -> Evaluation:
    guilty = guilty_pairs(known, shares)
    guilty_ids = set(guilty["account_id"])
    weights, basis = _weights(guilty, held, seen, shares)
    active = weights[weights["weight"] > 0]
    active_ids = set(active["account_id"])

    accusing = held[held["verdict"] == "campaign"]
    accused = accusing[accusing["role"] == "member"]
    accused_ids, suspected_ids = set(accused["account_id"]), set(accusing["account_id"])
    decoy_of = known[known["decoy"].notna()].drop_duplicates("account_id").set_index("account_id")["decoy"]
    honest_accused = accused_ids - guilty_ids

    deserved = active.groupby("account_id")["weight"].sum()
    attributed = accused.groupby("account_id")["exchange_count"].sum().astype(float)
    right = pd.concat([attributed, deserved], axis=1, join="inner").min(axis=1).sum()

    matches = tuple(
        _match(name, set(part["account_id"]), held, accused_ids) for name, part in active.groupby("campaign")
    )
    convicted_with = held[held["verdict"].isin(["campaign", "watch"]) & (held["role"] == "member")]
    mixed = set(convicted_with.loc[convicted_with["account_id"].isin(guilty_ids), "campaign_id"])
    absorbed = set(convicted_with.loc[convicted_with["campaign_id"].isin(mixed), "account_id"]) - guilty_ids
    watched_ids = set(held.loc[(held["verdict"] == "watch") & (held["role"] == "member"), "account_id"])
    hurt, watched = (_by_decoy(decoy_of, ids - guilty_ids) for ids in (accused_ids, watched_ids))
    return Evaluation(
        account_precision=_share(len(accused_ids & guilty_ids), len(accused_ids)),
        account_recall=_share(len(accused_ids & active_ids), len(active_ids)),
        suspected_recall=_share(len(suspected_ids & active_ids), len(active_ids)),
        noticed_recall=_share(len((accused_ids | watched_ids) & active_ids), len(active_ids)),
        exchange_recall=_share(float(right), float(active["weight"].sum())),
        exchange_precision=_share(float(right), float(attributed.sum())),
        exchange_basis=basis,
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


def _weights(
    guilty: pd.DataFrame, held: pd.DataFrame, seen: pd.DataFrame | None, shares: pd.DataFrame | None
) -> tuple[pd.DataFrame, str]:
    """Exchanges each campaign account did for its campaign, and where that is known from."""
    pairs = guilty[["account_id", "campaign"]].copy()
    if seen is not None:
        merged = campaign_shares(guilty, shares).merge(seen, on="account_id", how="left")
        merged["weight"] = merged["total"].fillna(0).astype(float) * merged["share"]
        return merged[["account_id", "campaign", "weight"]], "activity"
    if "exchange_count" in guilty.columns and guilty["exchange_count"].notna().any():
        pairs["weight"] = guilty["exchange_count"].fillna(0).astype(float)
        return pairs, "truth"
    sure = held[held["exchange_share"] > 0]
    total = (sure["exchange_count"] / sure["exchange_share"]).groupby(sure["account_id"]).max()
    weight = pairs["account_id"].map(total)
    pairs["weight"] = weight.fillna(weight.mean() if weight.notna().any() else 1.0).astype(float)
    return pairs, "members"


def _match(name: Any, accounts: set[str], held: pd.DataFrame, accused_ids: set[str]) -> CampaignMatch:
    """The candidate that holds most of a true campaign; among equals the better ranked one.

    Where accused ones cover it, one of these, else one on watch that does: another kind of its work, on a few accounts
    more but only watched, does not make it unfound, nor does a cleared crowd that it is part of make it unseen.
    """
    accused_recall = _share(len(accounts & accused_ids), len(accounts))
    sides = held[held["role"] == "member"]
    hits = sides[sides["account_id"].isin(accounts)]
    if hits.empty:
        return CampaignMatch(str(name), len(accounts), None, None, None, 0.0, 0.0, accused_recall)
    sizes = sides.groupby("campaign_id")["account_id"].nunique()
    overlaps = hits.groupby(["campaign_id", "rank", "verdict"])["account_id"].nunique()
    matches = [
        CampaignMatch(
            str(name),
            len(accounts),
            str(candidate),
            int(rank),
            str(verdict),
            _share(int(overlap), int(sizes[candidate])),
            _share(int(overlap), len(accounts)),
            accused_recall,
        )
        for (candidate, rank, verdict), overlap in overlaps.items()
    ]
    return max(matches, key=lambda match: (match.is_found, match.is_watched, match.recall, -(match.rank or 0)))


def _by_decoy(decoy_of: pd.Series[Any], accounts: set[str]) -> dict[str, int]:
    counts = decoy_of[decoy_of.index.isin(accounts)].value_counts()
    return {str(name): int(n) for name, n in sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))}


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0
