"""The rank stage itself: candidates, features, scores, joined candidates, names, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.decisions import benign_ids, in_force, undecided
from revenuer.stages.rank import candidates
from revenuer.stages.rank.features import Context, baselines, build_features
from revenuer.stages.rank.identity import History
from revenuer.stages.rank.joining import Components, joined_fragments, joined_generations, renamed
from revenuer.stages.rank.published import Ranked, RankResult, publishable
from revenuer.stages.rank.scoring import findings, load_scoring, scores
from revenuer.stages.rank.siblings import siblings
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS


@dataclass(frozen=True)
class RankInputs:
    """Frames the stage reads, each as its contract says.

    Attributes:
        activity: ``account_activity`` of the window.
        facts: Facts of the window, as :func:`revenuer.stages.facts.window_facts` returns them.
        links: ``links`` of the run date.
        pools: ``pools`` of the run date.
        accounts: ``accounts``.
        enforcement_actions: Actions up to the run date; None where the site has none, which saves the work.
        model_releases: Releases up to the run date; None likewise.
        dispositions: Analysts' decisions; None likewise.
        history: What was published before; None before the first published date.
    """

    activity: DataFrame
    facts: DataFrame
    links: DataFrame
    pools: DataFrame
    accounts: DataFrame
    enforcement_actions: DataFrame | None = None
    model_releases: DataFrame | None = None
    dispositions: DataFrame | None = None
    history: History | None = None


def rank(
    inputs: RankInputs,
    *,
    run_date: date,
    settings: Mapping[str, Any],
    identifiers: Mapping[str, Mapping[str, str]],
    ceiling: str,
    has_behaviour: bool,
    components: Components,
    bridges: Callable[[DataFrame], DataFrame],
) -> RankResult:
    """Rank a run date's candidates.

    Args:
        inputs: What the stage reads.
        run_date: Last day of the window.
        settings: Section ``rank``.
        identifiers: Section ``identifiers``.
        ceiling: Highest verdict the site's evidence allows: ``campaign``, or ``watch`` on a thin site.
        has_behaviour: Whether usage events stand behind ``activity``.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        bridges: Those of ``(pool_id, src, dst)`` rows (vertex ids) that are bridges of their pool.
    """
    cards = [name for name, kind in identifiers.items() if kind["facet"] == "payment" and kind["strength"] == "common"]
    decisions = None if inputs.dispositions is None else settled(in_force(inputs.dispositions, run_date))
    facts = inputs.facts.where(f"facet = 'handover' or identifier_kind in ({', '.join(map(repr, cards)) or repr('')})")
    if decisions is not None:
        facts = facts.join(benign_ids(decisions, "identifier", "identifier_id"), "identifier_id", "left_anti")
    facts = settled(facts)
    work = settled(candidates.work_of(inputs.activity))
    inside = settled(candidates.tenants(work, inputs.pools, components, int(settings["min_pool_accounts"])))
    assigned = inside.unionByName(candidates.cohorts(work, inside, settings))
    if decisions is not None:
        # An account an analyst found honest belongs to no campaign, and nothing it does is evidence for one.
        assigned = assigned.join(benign_ids(decisions, "account", "account_id"), "account_id", "left_anti")
    assigned = settled(assigned)
    if inputs.enforcement_actions is not None:
        joined = joined_generations(assigned, inputs.activity, inputs.enforcement_actions, components)
        assigned = assigned if joined is None else joined
    context = Context(
        activity=inputs.activity,
        facts=facts,
        links=inputs.links,
        pools=inputs.pools,
        accounts=inputs.accounts,
        actions=inputs.enforcement_actions,
        releases=inputs.model_releases if has_behaviour else None,
        baselines=settled(baselines(inputs.activity, facts, inputs.pools, inputs.model_releases, cards)),
        card_kinds=cards,
        has_behaviour=has_behaviour,
        run_date=run_date,
    )

    def score(assigned: DataFrame) -> Ranked:
        scoring = load_scoring()
        features = build_features(assigned, context)
        found = settled(findings(features.candidates, scoring))
        scored = settled(scores(features.candidates, found, scoring, rank=settings, ceiling=ceiling))
        return Ranked(assigned, features, found, scored)

    ranked = score(assigned)
    fragments = joined_fragments(assigned, ranked.scored, components, float(settings["overlap_share"]))
    if fragments is not None:
        ranked = ranked.updated(score(_touched(ranked.assigned, fragments)), fragments)
    scored = ranked.scored
    if decisions is not None and inputs.history is not None:
        members = ranked.features.members
        scored = undecided(
            scored, members, decisions, inputs.history.campaign_members, float(settings["overlap_share"])
        )
    kin = siblings(ranked.assigned, scored, work, inputs.activity, components)
    if kin is not None:
        whole = score(_touched(ranked.assigned, kin.groups))
        # A join is for whoever reads the campaigns. It must not take back what its parts were convicted of.
        standing = whole.scored.where("verdict = 'campaign'").selectExpr("candidate_id as merged_id")
        groups = settled(kin.groups.join(standing, "merged_id", "left_semi"))
        suspects = settled(kin.suspects.join(standing.withColumnRenamed("merged_id", "candidate_id"), "candidate_id"))
        ranked = replace(ranked.updated(whole, groups), suspects=suspects)
    return publishable(
        ranked,
        decisions=decisions,
        activity=inputs.activity,
        links=inputs.links,
        pools=inputs.pools,
        history=inputs.history,
        run_date=run_date,
        share=float(settings["overlap_share"]),
        bridges=bridges,
    )


def _touched(assigned: DataFrame, groups: DataFrame) -> DataFrame:
    """Assignments of joined candidates under their new name, and of all that shares a pool with them.

    Some features set a candidate beside all that its pool does.
    """
    names = groups.selectExpr("explode(array(candidate_id, merged_id)) as candidate_id").distinct()
    pools = assigned.where("pool_id is not null").join(names, "candidate_id", "left_semi").select("pool_id").distinct()
    beside = assigned.join(pools, "pool_id", "left_semi").select("candidate_id").union(names).distinct()
    return settled(renamed(assigned.join(beside, "candidate_id", "left_semi"), groups))


def activity_from_sightings(sightings: DataFrame) -> DataFrame:
    """Activity for a site that has sightings only: when and how much, nothing about how.

    The events of an account's busiest kind stand for its exchanges; tokens are unknown and count as none.

    Returns:
        Columns of ``account_activity``, sketches null.
    """
    contract = CONTRACTS["account_activity"]
    per_day = (
        sightings.groupBy("usage_date", "account_id", "identifier_kind")
        .agg(
            expr("max(coalesce(party_id, account_id)) as party_id"),
            expr("sum(coalesce(event_count, 1)) as events"),
            expr("sum(coalesce(token_count, 0)) as tokens"),
            expr("min(first_seen_at) as first_seen_at"),
            expr("max(last_seen_at) as last_seen_at"),
        )
        .groupBy("usage_date", "account_id")
        .agg(
            expr("max(party_id) as party_id"),
            expr("max(events) as event_count"),
            expr("max(tokens) as output_tokens"),
            expr("min(first_seen_at) as first_seen_at"),
            expr("max(last_seen_at) as last_seen_at"),
        )
        .selectExpr("*", f"'{candidates.UNLABELLED}' as workload_id", "0L as turn_known_count", "0L as input_tokens")
    )
    return contract.conform(per_day)
