"""Candidates of a judged day with their features and the truth, kept as Parquet beside the world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql.functions import expr

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from revenuer.stages.rank import RankResult

CANDIDATES_FOLDER = "candidates"
"""Folder within a trial's, with one ``day=N`` for every judged day."""


def keep_candidates(
    result: RankResult, *, guilty_shares: Mapping[str, float], guilty: DataFrame, facts: Mapping[str, str], path: Path
) -> None:
    """Write a judged day's candidates with features and truth.

    Args:
        result: The day's ranking.
        guilty_shares: Share of a candidate's exchanges that serve a true campaign, by ``campaign_id``.
        guilty: ``account_id`` of accounts that serve one.
        facts: SQL of ``scenario``, ``seed``, ``day_number``, ``ceiling``, ``true_account_count``, and of ``judged_by``,
            as :func:`revenuer.evaluation.judged.rules_mark` returns it.
        path: Folder to write.
    """
    if result.candidates is None:
        return
    served = guilty.sparkSession.createDataFrame(list(guilty_shares.items()), "campaign_id string, guilty_share double")
    members = (
        result.campaign_members.where("role = 'member'")
        .join(guilty.selectExpr("account_id", "account_id as guilty_id"), "account_id", "left")
        .groupBy("campaign_id")
        .agg(
            expr("count(*) as member_count"),
            expr("count(guilty_id) as guilty_member_count"),
            # By name: candidates share accounts, and recall counts each once.
            expr("collect_set(guilty_id) as guilty_member_ids"),
        )
    )
    kept = (
        result.candidates.join(served, "campaign_id", "left")
        .join(members, "campaign_id", "left")
        .selectExpr("*", *(f"{sql} as {name}" for name, sql in facts.items()))
    )
    kept.coalesce(1).write.mode("overwrite").parquet(str(path))


def has_candidates(folder: Path, day: int) -> bool:
    """Whether a world's folder has the candidates of a judged day, written to the end."""
    return _is_whole(folder / CANDIDATES_FOLDER / f"day={day}")


def _is_whole(path: Path) -> bool:
    return (path / "_SUCCESS").exists()


def last_kept(folder: Path) -> Path | None:
    """Kept candidates of the last judged day in a world's folder; None without any."""
    written = filter(_is_whole, (folder / CANDIDATES_FOLDER).glob("day=*"))
    days = sorted(written, key=lambda path: int(path.name.removeprefix("day=")))
    return days[-1] if days else None
