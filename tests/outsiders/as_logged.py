"""How a site logs a finished world, whichever hand wrote it: absences, clocks, columns, truth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from afield.folder import STAMP
from afield.world import DAY

from revenuer.tables import CONTRACTS


@dataclass(frozen=True)
class Clocks:
    """How wrong clocks are.

    Attributes:
        usual: Standard deviation in seconds.
        wrong_share: Share of rows whose clock is wrong.
        wrong: Standard deviation of these, in seconds.
        late_share: Share of rows that come in the next day's partition.
    """

    usual: float
    wrong_share: float
    wrong: float
    late_share: float

    def read(
        self, rng: np.random.Generator, seconds: np.ndarray, created: np.ndarray, days: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Seconds as the clocks have them, and the days whose partitions the rows are in.

        Args:
            rng: What the errors are drawn from.
            seconds: When each row happened, from the start of the world.
            created: When its account was opened; no row comes before that.
            days: How many the world has.
        """
        n = len(seconds)
        skew = rng.normal(0, self.usual, n)
        skew = skew + np.where(rng.random(n) < self.wrong_share, rng.normal(0, self.wrong, n), 0)
        t = np.clip(seconds + skew, np.maximum(created, 0) + 1, days * DAY - 1)
        day = (t // DAY).astype(int)
        return t, np.where((rng.random(n) < self.late_share) & (day < days - 1), day + 1, day)


def first_absences(
    gone: Iterable[tuple[int, float, float]], accounts: int, never: float
) -> tuple[np.ndarray, np.ndarray]:
    """When each account is first gone and until when; ``never`` where it never is."""
    begin, end = np.full(accounts, never), np.full(accounts, never)
    for account, since, until in gone:
        if since < begin[account]:
            begin[account], end[account] = since, until
    return begin, end


def as_text(values: Iterable[object]) -> pa.Array:
    """A column of strings."""
    return pa.array(list(values), pa.string())


def as_stamps(start: dt.datetime, seconds: np.ndarray) -> pa.Array:
    """Seconds from the start of the world as timestamps; NaN is null."""
    us = (np.nan_to_num(seconds) * 1e6).astype(np.int64) + int(start.timestamp() * 1e6)
    return pa.array(us, pa.int64(), mask=np.isnan(seconds)).cast(STAMP)


def as_table(name: str, columns: dict[str, pa.Array]) -> pa.Table:
    """The contract's columns; a partition's date is its folder's."""
    return pa.table({column: columns[column] for column in CONTRACTS[name].columns if column != "usage_date"})


def truth_tables(
    ids: np.ndarray, campaign: np.ndarray, decoy: np.ndarray, accounts: np.ndarray, by_workload: pd.DataFrame
) -> dict[str, pa.Table]:
    """Truth by account, and by account and workload.

    Args:
        ids: Names of the accounts.
        campaign: Of each account.
        decoy: Likewise.
        accounts: Number of the account of each exchange.
        by_workload: ``acc`` (the account's number), ``workload, campaign`` (empty where none), ``exchange_count``.
    """
    count = "exchange_count"
    whole = {
        "account_id": as_text(ids), "campaign": as_text(campaign), "decoy": as_text(decoy),
        count: pa.array(np.bincount(accounts, minlength=len(ids)), pa.int64()),
    }  # fmt: skip
    parts = {
        "account_id": as_text(ids[by_workload["acc"].to_numpy()]), "workload": as_text(by_workload["workload"]),
        "campaign": as_text(name or None for name in by_workload["campaign"]),
        count: pa.array(by_workload[count].to_numpy(), pa.int64()),
    }  # fmt: skip
    return {"truth": pa.table(whole), "truth_workload": pa.table(parts)}
