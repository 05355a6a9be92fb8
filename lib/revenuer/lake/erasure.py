"""Accounts that were erased: known by a keyed hash only, and kept out of everything that is read or loaded later."""

from __future__ import annotations

from collections.abc import Collection

from pyspark.sql import DataFrame
from pyspark.sql.functions import broadcast, expr

from revenuer.lake.tablespace import Tablespace
from revenuer.stages.hashing import hmac_digits, with_digits

ERASURES = "erasures"
PSEUDONYM = "erased-"
"""What the name of an erased account begins with in published tables."""
_KIND = "erased account"


def account_hash(hash_key: bytes, account: str) -> str:
    """What table ``erasures`` knows an account by.

    Args:
        hash_key: The site's secret.
        account: The account's id.
    """
    return hmac_digits(hash_key, _KIND, [account.encode()])[0]


def account_sql(columns: Collection[str]) -> str | None:
    """SQL expression for the account that a row names; None where the columns name none."""
    if "account_id" in columns:
        return "account_id"
    # What an analyst decides may be about something else.
    return "if(subject_kind = 'account', subject_id, null)" if {"subject_kind", "subject_id"} <= set(columns) else None


def erased_in(lake: Tablespace, frame: DataFrame, hash_key: bytes) -> DataFrame:
    """The distinct ``account_id`` of a frame that were erased."""
    named = with_digits(frame.select("account_id").distinct(), hash_key, _KIND, "account_id", "_hash")
    hashes = lake.read(ERASURES).selectExpr("account_hash as _hash")
    return named.join(broadcast(hashes), "_hash", "left_semi").select("account_id")


def _joined_with_erased(lake: Tablespace, frame: DataFrame, hash_key: bytes, how: str) -> DataFrame | None:
    """A frame, with the account a row names as ``account_id``, joined with the erased ones; None without any."""
    account = account_sql(frame.columns)
    if account is None or not lake.exists(ERASURES):
        return None
    named = frame.withColumn("account_id", expr(account))
    return named.join(broadcast(erased_in(lake, named, hash_key)), "account_id", how)


def without_erased(lake: Tablespace, frame: DataFrame, hash_key: bytes) -> DataFrame:
    """A frame without the rows of erased accounts; the frame itself where nothing was ever erased.

    Args:
        lake: Lake.
        frame: Rows that name accounts, as :func:`account_sql` tells.
        hash_key: The site's secret.
    """
    kept = _joined_with_erased(lake, frame, hash_key, "left_anti")
    return frame if kept is None else kept.select(*(f"`{name}`" for name in frame.columns))


def dropped_warnings(lake: Tablespace, frame: DataFrame, hash_key: bytes) -> list[str]:
    """What a person should know of the erased accounts in a frame; no query where nothing was ever erased.

    Args:
        lake: Lake.
        frame: Rows before :func:`without_erased`.
        hash_key: The site's secret.
    """
    gone = _joined_with_erased(lake, frame, hash_key, "left_semi")
    if gone is None:
        return []
    warnings = []
    unfinished = lake.read(ERASURES).where("not is_complete").count()
    if unfinished:
        warnings.append(f"{unfinished} erasures were not finished: run `revenuer forget` for these accounts again")
    found = gone.agg(expr("count(*) as row_count"), expr("count(distinct account_id) as account_count")).collect()[0]
    if found["row_count"]:
        warnings.append(f"{found['row_count']} rows of {found['account_count']} erased accounts dropped")
    return warnings
