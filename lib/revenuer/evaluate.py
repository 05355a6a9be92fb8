"""Compares a published day with the truth: who was rightly accused, who was missed, which honest people were hurt.

Only verdict ``campaign`` with role ``member`` counts as an accusation; ``watch``, ``cleared`` and ``suspected`` are
reported beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from revenuer.errors import ConfigError, ContractError, MissingPartitionError
from revenuer.evaluation import CampaignMatch, Evaluation

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from revenuer.lake import Lake

TRUTH_COLUMNS = ("account_id", "campaign", "decoy")
# A true campaign counts as found when one accused campaign holds at least this share of it, and is at least that pure.
_FOUND_SHARE = 0.5


def read_truth(spark: SparkSession, path: str | Path) -> DataFrame:
    """Read a truth file.

    Args:
        spark: Session.
        path: Parquet or CSV (with a header; an empty field is null) with account_id, campaign and decoy. An account
            that serves several campaigns has one row for each. ``exchange_count`` may stand beside them.

    Raises:
        ConfigError: The file is not there or is neither Parquet nor CSV.
        ContractError: A column is missing.
    """
    text = str(path)
    if "://" not in text and not Path(text).exists():
        raise ConfigError(
            f"truth file {text} does not exist", fix="give the Parquet or CSV file that names each account's campaign"
        )
    if text.endswith((".csv", ".csv.gz")):
        frame = spark.read.option("header", True).option("nullValue", "").csv(text)
    elif text.endswith(".parquet") or ("://" not in text and Path(text).is_dir()):
        frame = spark.read.parquet(text)
    else:
        raise ConfigError(f"truth file {text} is neither .parquet nor .csv", fix="write it as Parquet or CSV")
    missing = [c for c in TRUTH_COLUMNS if c not in frame.columns]
    if missing:
        raise ContractError(
            f"truth file {text} lacks columns",
            [f"column {c}: missing" for c in missing],
            "it needs account_id, campaign (null = honest) and decoy (null = none)",
        )
    columns = ["account_id", "nullif(trim(campaign), '') as campaign", "nullif(trim(decoy), '') as decoy"]
    if "exchange_count" in frame.columns:
        columns.append("cast(exchange_count as bigint) as exchange_count")
    return frame.selectExpr(*columns)


def evaluate_run(lake: Lake, truth: str | Path, run_date: date, *, window_days: int) -> Evaluation:
    """Compare a published date of a lake with a truth file.

    Where ``account_activity`` is there, it says what the accounts did in the run's window. A simulated world's
    ``truth_workload.parquet`` beside its ``truth.parquet`` adds which share of it each campaign had.

    Args:
        lake: The lake.
        truth: Truth file, see :func:`read_truth`.
        run_date: The date.
        window_days: Days the run looked back over, the run date included.

    Raises:
        ConfigError: The truth file is not there.
        ContractError: The truth file lacks columns.
        MissingPartitionError: The date is not published.
    """
    known = read_truth(lake.spark, truth)
    published = lake.published_dates()
    if run_date not in published:
        latest = f"the latest is {published[-1]}" if published else "nothing is"
        fix = f"`revenuer run all --run-date {run_date}`"
        raise MissingPartitionError(f"table campaigns: {run_date} is not published; {latest}", fix=fix)
    activity = None
    if lake.exists("account_activity"):
        activity = lake.read_window("account_activity", run_date - timedelta(days=window_days - 1), run_date)
        activity = None if activity.isEmpty() else activity
    beside = Path(truth).with_name(f"{Path(truth).stem}_workload.parquet")
    workloads = lake.spark.read.parquet(str(beside)) if beside.exists() else None
    members, campaigns = (lake.view(n).where(f"run_date = date'{run_date}'") for n in ("campaign_members", "campaigns"))
    return evaluate(known, members, campaigns, activity=activity, workloads=workloads)


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
    held = _collected(members, "campaign_id", "account_id", "role", "exchange_count", "exchange_share")
    verdicts = _collected(campaigns, "campaign_id", "rank", "verdict")
    seen = shares = None
    if activity is not None:
        seen = _collected(
            activity.groupBy("account_id").agg({"event_count": "sum"}), "account_id", "`sum(event_count)` as total"
        )
    if workloads is not None:
        shares = _collected(workloads, "account_id", "campaign", "exchange_count")
    return _compare(_collected(truth, "*"), held.merge(verdicts, on="campaign_id", how="inner"), seen, shares)


def _collected(frame: DataFrame, *columns: str) -> pd.DataFrame:
    """Some columns of a small frame on the driver."""
    return pd.DataFrame(frame.selectExpr(*columns).toPandas())


def _compare(
    known: pd.DataFrame, held: pd.DataFrame, seen: pd.DataFrame | None, shares: pd.DataFrame | None
) -> Evaluation:
    guilty = known[known["campaign"].notna()].drop_duplicates(["account_id", "campaign"])
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
        merged = pairs.merge(seen, on="account_id", how="left")
        merged["share"] = 1.0 / merged.groupby("account_id")["campaign"].transform("count")
        if shares is not None and len(shares):
            whole = shares.groupby("account_id")["exchange_count"].sum().rename("whole")
            own = (
                shares.dropna(subset=["campaign"])
                .groupby(["account_id", "campaign"])["exchange_count"]
                .sum()
                .rename("own")
                .reset_index()
            )
            merged = merged.merge(own, on=["account_id", "campaign"], how="left").merge(
                whole, on="account_id", how="left"
            )
            merged["share"] = (merged["own"] / merged["whole"]).fillna(merged["share"])
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
    """The candidate that holds most of a true campaign; among equals the better ranked one."""
    accused_recall = _share(len(accounts & accused_ids), len(accounts))
    sides = held[held["role"] == "member"]
    hits = sides[sides["account_id"].isin(accounts)]
    if hits.empty:
        return CampaignMatch(str(name), len(accounts), None, None, None, 0.0, 0.0, accused_recall, False)
    counts = hits.groupby(["campaign_id", "rank", "verdict"])["account_id"].nunique().reset_index(name="overlap")
    best = counts.sort_values(["overlap", "rank"], ascending=[False, True]).iloc[0]
    size = sides.loc[sides["campaign_id"] == best["campaign_id"], "account_id"].nunique()
    precision, recall = _share(int(best["overlap"]), size), _share(int(best["overlap"]), len(accounts))
    is_found = best["verdict"] == "campaign" and precision >= _FOUND_SHARE and recall >= _FOUND_SHARE
    return CampaignMatch(
        str(name),
        len(accounts),
        str(best["campaign_id"]),
        int(best["rank"]),
        str(best["verdict"]),
        precision,
        recall,
        accused_recall,
        bool(is_found),
    )


def _by_decoy(decoy_of: pd.Series[Any], accounts: set[str]) -> dict[str, int]:
    counts = decoy_of[decoy_of.index.isin(accounts)].value_counts()
    return {str(name): int(n) for name, n in sorted(counts.items(), key=lambda item: (-int(item[1]), str(item[0])))}


def _share(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else 1.0
