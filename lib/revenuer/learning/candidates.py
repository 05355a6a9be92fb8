"""Kept candidates of judged worlds, read to learn from and scored again by other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from revenuer.errors import ConfigError
from revenuer.evaluation.kept_candidates import last_kept
from revenuer.stages.rank.scoring import Scoring, findings, scores

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# A candidate most of whose exchanges serve a campaign is one.
_GUILTY_SHARE = 0.5
_TOLD = ("scenario", "seed", "day_number", "account_count", "member_count", "guilty_member_count", "guilty_member_ids",
         "true_account_count", "is_guilty")  # fmt: skip


class JudgedWorld(NamedTuple):
    """A world of which candidates are kept.

    Attributes:
        scenario: World.
        seed: Its seed.
        judged_by: Mark of the code and the settings that judged it; None of an earlier version's.
    """

    scenario: str
    seed: int
    judged_by: str | None

    @property
    def name(self) -> str:
        """The world and its seed in words."""
        return f"{self.scenario}, seed {self.seed}"


def read_candidates(spark: SparkSession, folders: Sequence[Path]) -> DataFrame:
    """Kept candidates of all trials under some folders, the last judged day of each world and seed.

    Args:
        spark: Session.
        folders: ``--out`` folders of ``revenuer evaluate``.

    Raises:
        ConfigError: There are none.
    """
    paths = [path for folder in folders for world in sorted(folder.glob("*")) if (path := last_kept(world))]
    if not paths:
        raise ConfigError(
            f"no judged worlds in {', '.join(map(str, folders))}", fix="run `revenuer evaluate --scenario all` first"
        )
    frames = [spark.read.parquet(str(path)) for path in paths]
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionByName(frame, allowMissingColumns=True)
    return whole.selectExpr(
        "* except (candidate_id, member_count, guilty_member_count)",
        # Names of candidates come again in every world.
        "concat_ws('|', scenario, seed, candidate_id) as candidate_id",
        "coalesce(member_count, 0) as member_count",
        "coalesce(guilty_member_count, 0) as guilty_member_count",
        f"coalesce(guilty_share, 0) >= {_GUILTY_SHARE} as is_guilty",
    )


def judged_worlds(candidates: DataFrame) -> list[JudgedWorld]:
    """Which worlds kept candidates are of, and what judged them."""
    mark = "judged_by" if "judged_by" in candidates.columns else "cast(null as string) as judged_by"
    rows = candidates.selectExpr("scenario", "seed", mark).distinct().collect()
    return sorted((JudgedWorld(*row) for row in rows), key=lambda world: world.name)


def refuse_unlike(sources: Sequence[JudgedWorld], held_back: Sequence[JudgedWorld]) -> None:
    """Make sure that all worlds were judged alike, and that none is learnt from which is held back.

    Features of different code are different things under one name, and what was learnt from proves nothing.

    Args:
        sources: Worlds to learn from.
        held_back: Worlds to measure on.

    Raises:
        ConfigError: A world was judged by other code or settings than most, or is on both sides.
    """
    worlds = [*sources, *held_back]
    marks = Counter(world.judged_by for world in worlds if world.judged_by)
    usual = marks.most_common(1)[0][0] if marks else None
    unlike = [
        f"{world.name}: by {'other code or settings than most' if world.judged_by else 'an earlier version'}"
        for world in worlds
        if not world.judged_by or world.judged_by != usual
    ]
    if unlike:
        raise ConfigError(
            "not all of these worlds were judged by the same code and settings",
            unlike,
            "judge them again, with the settings of the others: `revenuer evaluate --scenario NAMES`",
        )
    both = sorted({world.name for world in sources} & {world.name for world in held_back})
    if both:
        raise ConfigError(
            "worlds that are held back are learnt from as well",
            [f"{name}: under --from and under --held-back" for name in both],
            "judge other seeds to hold back: `revenuer evaluate --scenario NAMES --first-seed N --out FOLDER`",
        )


def rescored(candidates: DataFrame, scoring: Scoring, rank: Mapping[str, Any]) -> pd.DataFrame:
    """Score kept candidates by some rules.

    Args:
        candidates: As :func:`read_candidates` returns them; where ``is_driven`` was not kept, nobody is.
        scoring: The rules.
        rank: Section ``rank`` of the configuration.

    Returns:
        One row per candidate: ``candidate_id, verdict, probability, sum_bits`` and the truth's columns.

    Raises:
        ConfigError: An earlier version kept the candidates, and did not measure what the rules ask for.
    """
    lacking = [name for name in ("pool_reach", "guilty_member_ids") if name not in candidates.columns]
    if lacking:
        raise ConfigError(
            f"these candidates were kept by an earlier version: they do not tell {', '.join(lacking)}",
            fix="judge the worlds again: `revenuer evaluate --scenario NAMES`",
        )
    driven = candidates.where("is_driven").select("candidate_id") if "is_driven" in candidates.columns else None
    candidates = candidates.drop("is_driven")
    found = findings(candidates, scoring)
    parts = [
        scores(candidates.where(f"ceiling = '{ceiling}'"), found, scoring, rank=rank, ceiling=ceiling, driven=driven)
        for ceiling in ("campaign", "watch")
    ]
    frame = parts[0].unionByName(parts[1])
    return pd.DataFrame(frame.select("candidate_id", "verdict", "probability", "sum_bits", *_TOLD).toPandas())


def bits_of(candidates: DataFrame, scoring: Scoring) -> pd.DataFrame:
    """Bits of every signal, one row per candidate (index ``candidate_id``) and one column per signal of the rules."""
    found = findings(candidates, scoring).select("candidate_id", "signal", "weight_bits").toPandas()
    table = pd.DataFrame(found).pivot(index="candidate_id", columns="signal", values="weight_bits")
    ids = [row["candidate_id"] for row in candidates.select("candidate_id").collect()]
    return table.reindex(index=ids, columns=[signal.name for signal in scoring.signals]).fillna(0.0)
