"""The known answer that published dates are held against."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pandas as pd

from revenuer.errors import ConfigError, ContractError
from revenuer.lake.files import is_uri

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

TRUTH_COLUMNS = ("account_id", "campaign", "decoy")
# Blanks name nobody: a CSV that was made into Parquet has them for null.
_CAMPAIGN = "nullif(trim(campaign), '') as campaign"


@dataclass(frozen=True)
class Truth:
    """The known answer, on the driver.

    Attributes:
        known: As :func:`read_truth` returns it.
        workloads: What each account did for whom (account_id, campaign, exchange_count), where that is known; with
            ``workload_id`` where that could be made.
    """

    known: pd.DataFrame
    workloads: pd.DataFrame | None

    @classmethod
    def read(
        cls, spark: SparkSession, path: str | Path, *, with_ids: Callable[[DataFrame], DataFrame] | None = None
    ) -> Self:
        """Read a truth file, and the ``_workload.parquet`` of a simulated world that may lie beside it.

        Args:
            spark: Session.
            path: See :func:`read_truth`.
            with_ids: Adds the lake's ``workload_id`` to columns ``prompt_template_id`` and ``toolset_id``, as
                :func:`revenuer.stages.activity.with_workload_id` does; None where the lake's key is not known.

        Raises:
            ConfigError: The file is not there or is neither Parquet nor CSV.
            ContractError: A column is missing.
        """
        known = collected(read_truth(spark, path), "*")
        beside = Path(path).with_name(f"{Path(path).stem}_workload.parquet")
        if not beside.exists():
            return cls(known, None)
        work = spark.read.parquet(str(beside))
        if with_ids is not None and "workload" in work.columns:
            return cls(known, collected(truth_of_work(work, with_ids), "*"))
        return cls(known, collected(work, "cast(account_id as string) as account_id", _CAMPAIGN, "exchange_count"))

    def shares(self) -> pd.DataFrame:
        """``account_id, campaign, share``: which share of what an account does is the campaign's."""
        return campaign_shares(guilty_pairs(self.known, self.workloads), self.workloads)


def truth_of_work(work: DataFrame, with_ids: Callable[[DataFrame], DataFrame]) -> DataFrame:
    """Which work was whose, by the lake's ids.

    Args:
        work: A world's ``truth_workload.parquet``; ``workload`` is ``template+toolset``, ``-`` for a missing part.
        with_ids: See :meth:`Truth.read`.

    Returns:
        ``account_id, workload_id`` (as observed), ``campaign`` (null = honest), ``exchange_count``.
    """
    parts = work.selectExpr(
        "*",
        "nullif(substring_index(workload, '+', 1), '-') as prompt_template_id",
        "nullif(substring_index(workload, '+', -1), '-') as toolset_id",
    )
    account = "cast(account_id as string) as account_id"
    return with_ids(parts).selectExpr(account, "workload_id", _CAMPAIGN, "exchange_count")


def works_as_kept(works: pd.DataFrame, has_templates: bool, has_toolsets: bool) -> pd.DataFrame:
    """The truth of work by the ids of a site that may keep no templates, or no tool sets.

    What it cannot tell apart is one work there, of a lab and of honest customers alike: by the truth's own ids all of
    it would be whoever's work has no template in truth either.

    Args:
        works: As :func:`truth_of_work` returns it.
        has_templates: Whether the site keeps templates.
        has_toolsets: Whether it keeps tool sets.
    """
    if has_templates and has_toolsets:
        return works
    parts = works["workload_id"].str.partition("+")
    template, toolset = (parts[place] if is_kept else "-" for place, is_kept in ((0, has_templates), (2, has_toolsets)))
    return works.assign(workload_id=template + "+" + toolset)


def require_file(path: str | Path) -> None:
    """Make sure that a local truth file is there.

    Raises:
        ConfigError: It is not.
    """
    if not is_uri(str(path)) and not Path(path).exists():
        raise ConfigError(
            f"truth file {path} does not exist", fix="give the Parquet or CSV file that names each account's campaign"
        )


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
    require_file(text)
    if text.endswith((".csv", ".csv.gz")):
        frame = spark.read.option("header", True).option("nullValue", "").csv(text)
    elif text.endswith(".parquet") or (not is_uri(text) and Path(text).is_dir()):
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
    columns = [
        "cast(account_id as string) as account_id",
        _CAMPAIGN,
        "nullif(trim(decoy), '') as decoy",
    ]
    if "exchange_count" in frame.columns:
        columns.append("cast(exchange_count as bigint) as exchange_count")
    return frame.selectExpr(*columns)


def guilty_pairs(known: pd.DataFrame, workloads: pd.DataFrame | None) -> pd.DataFrame:
    """Accounts and the campaigns they serve, once each.

    A truth by account may name one campaign of an account that serves several; that by work names them all.
    """
    guilty = known[known["campaign"].notna()]
    if workloads is not None:
        guilty = pd.concat([guilty, workloads.loc[workloads["campaign"].notna(), ["account_id", "campaign"]]])
    return guilty.drop_duplicates(["account_id", "campaign"], ignore_index=True)


def campaign_shares(guilty: pd.DataFrame, shares: pd.DataFrame | None) -> pd.DataFrame:
    """Which share of what an account does is each of its campaigns': as the truth of work says, else evenly.

    Where the truth of work knows an account and names nothing that it did for a campaign, that one's share is 0.
    """
    pairs = guilty[["account_id", "campaign"]].copy()
    pairs["share"] = 1.0 / pairs.groupby("account_id")["campaign"].transform("count")
    if shares is not None and len(shares):
        whole = shares.groupby("account_id")["exchange_count"].sum().rename("whole")
        served = shares.dropna(subset=["campaign"]).groupby(["account_id", "campaign"])["exchange_count"]
        own = served.sum().rename("own").reset_index()
        pairs = pairs.merge(own, on=["account_id", "campaign"], how="left").merge(whole, on="account_id", how="left")
        pairs["share"] = (pairs["own"].fillna(0.0) / pairs["whole"]).fillna(pairs["share"])
    return pairs[["account_id", "campaign", "share"]]


def collected(frame: DataFrame, *columns: str) -> pd.DataFrame:
    """Some columns of a small frame on the driver."""
    return pd.DataFrame(frame.selectExpr(*columns).toPandas())
