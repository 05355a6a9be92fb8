"""Judging candidates: alone, in kits, and joined with what is the same operator's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.decisions import undecided
from revenuer.stages.rank.companions import companions, newcomers, shown
from revenuer.stages.rank.features import Context, FeatureSet, build_features
from revenuer.stages.rank.joining import (
    Components,
    joined_fragments,
    of_convicted_parts,
    renamed,
    standing,
    wholes,
    without_watched,
)
from revenuer.stages.rank.kinds import one_kind
from revenuer.stages.rank.kit_pools import in_kits, same_kit
from revenuer.stages.rank.kits import kits, superseded
from revenuer.stages.rank.published import Ranked
from revenuer.stages.rank.scoring import findings, load_scoring, scores
from revenuer.stages.rank.siblings import siblings
from revenuer.stages.settling import settled


@dataclass(frozen=True)
class Judge:
    """What candidates are judged by.

    Attributes:
        context: What features are made from.
        work: As :func:`revenuer.stages.rank.candidates.work_of` returns it.
        settings: Section ``rank``.
        ceiling: Highest verdict the site's evidence allows.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        decisions: Analysts' decisions in force; None where the site has none.
        published: ``campaign_id, account_id`` of decided campaigns on published dates before the run date; None where
            there are none.
    """

    context: Context
    work: DataFrame
    settings: Mapping[str, Any]
    ceiling: str
    components: Components
    decisions: DataFrame | None
    published: DataFrame | None

    def ranked(self, assigned: DataFrame) -> Ranked:
        """Judge candidates and join those that are one campaign. Each step takes the verdicts of the one before.

        Args:
            assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        """
        found = kits(assigned, self.work, self.components, self.settings)
        ranked = self._scored(assigned if found is None else settled(assigned.unionByName(found.rows)))
        if found is not None:
            ranked = ranked.without(superseded(found, ranked.scored, self._undecided(ranked)))
            ranked = self._kits_in_pools(ranked)
        ranked = self._kinds_in_pools(ranked)
        overlap_share = float(self.settings["overlap_share"])
        # What was cleared must not be accused with others, nor clear them. A confirmed campaign keeps its fragments.
        free = self._undecided(ranked, "verdict = 'benign'")
        fragments = joined_fragments(ranked.assigned, free, self.components, overlap_share)
        if fragments is not None:
            ranked, _ = self._joined(ranked, fragments)
        return self._whole_operators(ranked)

    def _kits_in_pools(self, ranked: Ranked) -> Ranked:
        """Candidates with the works of convicted kits that are done in pools as well judged with these."""
        is_nobodys = "coalesce(drawn_owner, 0.0D) > -2.0D"
        doubtful = self._undecided(ranked, "verdict = 'benign'").where(is_nobodys).select("candidate_id")
        groups = same_kit(ranked.assigned, self._undecided(ranked).where(is_nobodys), doubtful, self.work)
        if groups is None:
            return ranked
        whole = self._scored(in_kits(ranked.assigned, groups))
        return ranked.updated(whole, standing(groups, ranked.scored, whole.scored))

    def _kinds_in_pools(self, ranked: Ranked) -> Ranked:
        """Candidates with works of one kind in a pool as one, where each lacks only hiding and the whole does not."""
        groups = one_kind(ranked.assigned, self._telling(ranked), self.context.activity, self.components)
        if groups is None:
            return ranked
        whole = self._scored(_touched(ranked.assigned, groups))
        convicted = whole.scored.where("verdict = 'campaign'").selectExpr("candidate_id as merged_id")
        return ranked.updated(whole, settled(groups.join(convicted, "merged_id", "left_semi")))

    def _whole_operators(self, ranked: Ranked) -> Ranked:
        """Candidates with what else is done on convicted accounts, and with the works of one operator joined.

        A campaign that an analyst confirmed is joined with nothing, but vouches for what is known of its accounts while
        the job calls it one: else their other work would be less than a campaign's from the day of the decision on.
        """
        not_benign = self._telling(ranked, "verdict = 'benign'")
        convicted = settled(
            not_benign.where("verdict = 'campaign'").select("candidate_id", "source", "daily_load_median")
        )
        by_themselves = convicted.where("source = 'pool'")
        accused = settled(shown(ranked.features.members, by_themselves))
        if accused.isEmpty():
            return ranked
        brought = settled(companions(ranked.assigned, not_benign))
        if not brought.isEmpty():
            ranked = replace(ranked, scored=self._scores(ranked.features, ranked.found, brought))
            brought = settled(brought.join(ranked.scored.where("verdict = 'campaign'"), "candidate_id", "left_semi"))
        parts = ranked
        ranked, groups = self._one_operators(parts, convicted)
        together = None
        if groups is not None:
            together = settled(shown(parts.features.members, by_themselves, wholes(groups)))
            brought = settled(brought.union(groups.selectExpr("merged_id as candidate_id")).distinct())
        return replace(ranked, suspects=settled(newcomers(ranked.assigned, brought, accused, together)))

    def _one_operators(self, parts: Ranked, convicted: DataFrame) -> tuple[Ranked, DataFrame | None]:
        """Candidates with siblings joined, and the joins that hold as ``candidate_id, merged_id``.

        Args:
            parts: The candidates.
            convicted: ``candidate_id`` of those that stand convicted by themselves.
        """
        done = parts.assigned.join(convicted, "candidate_id", "left_semi").select("account_id", "workload_id")
        # One that leans on others' conviction must not be what joins them.
        leaning = "if(is_driven and verdict = 'campaign', 'watch', verdict)"
        free = _joinable(self._telling(parts).withColumn("verdict", expr(leaning)))
        groups = siblings(
            parts.assigned, free, done, self.work, self.context.activity, self.context.pools, self.components
        )
        if groups is None:
            return parts, None
        ranked, held = self._joined(parts, groups, of_convicted_parts(groups, parts.scored))
        # A watched one must not keep convicted ones apart.
        rest = without_watched(groups, held, parts.scored)
        if rest is None:
            return ranked, held
        ranked, more = self._joined(ranked, rest, of_convicted_parts(rest, parts.scored))
        return ranked, settled(held.union(more))

    def _joined(self, ranked: Ranked, groups: DataFrame, driven: DataFrame | None = None) -> tuple[Ranked, DataFrame]:
        """Candidates with those joins made that hold, and these, as rows of ``groups``.

        Args:
            ranked: The candidates.
            groups: ``candidate_id, merged_id``.
            driven: Wholes that need less physics, as ``candidate_id``.
        """
        whole = self._scored(_touched(ranked.assigned, groups), driven)
        held = standing(groups, ranked.scored, whole.scored)
        return ranked.updated(whole, held), held

    def _scored(self, assigned: DataFrame, driven: DataFrame | None = None) -> Ranked:
        features = build_features(assigned, self.context)
        found = settled(findings(features.candidates, load_scoring()))
        return Ranked(assigned, features, found, self._scores(features, found, driven))

    def _scores(self, features: FeatureSet, found: DataFrame, driven: DataFrame | None) -> DataFrame:
        return settled(
            scores(features.candidates, found, load_scoring(), rank=self.settings, ceiling=self.ceiling, driven=driven)
        )

    def _telling(self, ranked: Ranked, decisions: str = "true") -> DataFrame:
        """Those of :meth:`_undecided` that tell of other work on their accounts: not what much of the site does."""
        return self._undecided(ranked, decisions).where("not is_usual")

    def _undecided(self, ranked: Ranked, decisions: str = "true") -> DataFrame:
        """Candidates that continue no campaign about which such a decision of an analyst is in force."""
        if self.decisions is None or self.published is None:
            return ranked.scored
        share = float(self.settings["overlap_share"])
        made = self.decisions.where(decisions)
        return undecided(ranked.scored, ranked.features.members, made, self.published, share)


def _joinable(scored: DataFrame) -> DataFrame:
    """Scores with what was spared on ``watch``: alone it is somebody's honest work, beside a lab it may be a part."""
    return scored.withColumn("verdict", expr("if(is_spared, 'watch', verdict)"))


def _touched(assigned: DataFrame, groups: DataFrame) -> DataFrame:
    """Assignments of joined candidates under their new name, and of all that shares a pool with them.

    Some features set a candidate beside all that its pool does.
    """
    names = wholes(groups).select("candidate_id")
    pools = assigned.where("pool_id is not null").join(names, "candidate_id", "left_semi").select("pool_id").distinct()
    beside = assigned.join(pools, "pool_id", "left_semi").select("candidate_id").union(names).distinct()
    return settled(renamed(assigned.join(beside, "candidate_id", "left_semi"), groups))
