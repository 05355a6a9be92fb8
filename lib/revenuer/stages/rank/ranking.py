"""The rank stage itself: candidates, how they are judged, their names, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.blanks import PARTY_SQL, latest_owner_sql
from revenuer.stages.decisions import benign_ids, in_force
from revenuer.stages.quoting import quoted
from revenuer.stages.rank import attributes, candidates
from revenuer.stages.rank.features import Context, baselines
from revenuer.stages.rank.identity import History
from revenuer.stages.rank.joining import Components, joined_generations
from revenuer.stages.rank.judging import Judge
from revenuer.stages.rank.published import RankResult, publishable
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
    common_lift: float,
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
        common_lift: A card is a placeholder where its lift could not exceed this (``link.min_lift``).
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        bridges: Those of ``(pool_id, src, dst)`` rows (vertex ids) that are bridges of their pool.
    """
    cards = [name for name, kind in identifiers.items() if kind["facet"] == "payment" and kind["strength"] == "common"]
    decisions = None if inputs.dispositions is None else settled(in_force(inputs.dispositions, run_date))
    inputs = replace(inputs, activity=candidates.with_owners(inputs.activity))
    work = settled(candidates.work_of(inputs.activity))
    facts = inputs.facts.where(f"facet = 'handover' or identifier_kind in ({quoted(cards)})")
    facts = attributes.with_site_shares(facts, work, common_lift)
    if decisions is None:
        facts = settled(facts.withColumn("is_benign", expr("false")))
    else:
        # A benign card stays: who pays is known, and may be one payer. Only that it is shared says nothing any more.
        benign = benign_ids(decisions, "identifier", "identifier_id").distinct().withColumn("is_said", expr("true"))
        marked = facts.join(benign, "identifier_id", "left").withColumn("is_benign", expr("is_said is not null"))
        facts = settled(marked.drop("is_said"))
    inside = settled(candidates.tenants(work, inputs.pools, components, int(settings["min_pool_accounts"])))
    assigned = inside.unionByName(candidates.cohorts(work, inside, settings))
    if decisions is not None:
        # An account an analyst found honest belongs to no campaign, and nothing it does is evidence for one.
        assigned = assigned.join(benign_ids(decisions, "account", "account_id"), "account_id", "left_anti")
    assigned = settled(assigned)
    known_days: frozenset[date] = frozenset()
    if inputs.enforcement_actions is not None:
        known_days = frozenset(row[0] for row in inputs.activity.select("usage_date").distinct().collect())
        joined = joined_generations(assigned, inputs.activity, inputs.enforcement_actions, known_days, components)
        assigned = assigned if joined is None else joined
    baseline = settled(baselines(inputs.activity, facts, inputs.links, inputs.pools, inputs.model_releases, cards))
    judge = Judge(
        context=Context(
            activity=inputs.activity,
            facts=facts,
            links=inputs.links,
            pools=inputs.pools,
            accounts=inputs.accounts,
            actions=inputs.enforcement_actions,
            releases=inputs.model_releases if has_behaviour else None,
            baselines=baseline,
            refused=settled(attributes.refusals(inputs.activity)),
            card_kinds=cards,
            known_days=known_days,
            has_behaviour=has_behaviour,
            run_date=run_date,
        ),
        work=work,
        settings=settings,
        ceiling=ceiling,
        components=components,
        decisions=decisions,
        published=_looked_at(decisions, inputs.history),
    )
    ranked = judge.ranked(assigned)
    return publishable(
        ranked,
        decisions=decisions,
        activity=inputs.activity,
        links=inputs.links,
        pools=inputs.pools,
        hiding=lambda members: attributes.hiding_accounts(members, facts, inputs.links),
        history=inputs.history,
        run_date=run_date,
        share=float(settings["overlap_share"]),
        bridges=bridges,
    )


def _looked_at(decisions: DataFrame | None, history: History | None) -> DataFrame | None:
    """Accounts ever published with campaigns that analysts decided on, ``campaign_id, account_id``; None for none."""
    if decisions is None or history is None:
        return None
    about = decisions.where("subject_kind = 'campaign'").selectExpr("subject_id as campaign_id").hint("broadcast")
    return settled(history.past_members.join(about, "campaign_id").select("campaign_id", "account_id").distinct())


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
            expr(f"{latest_owner_sql(PARTY_SQL)}.party_id as party_id"),
            # A count of none is one that is not known: the sighting was seen.
            expr("sum(greatest(coalesce(event_count, 1), 1)) as events"),
            expr("sum(coalesce(token_count, 0)) as tokens"),
            expr("min(first_seen_at) as first_seen_at"),
            expr("max(last_seen_at) as last_seen_at"),
        )
        .groupBy("usage_date", "account_id")
        .agg(
            expr(f"{latest_owner_sql()}.party_id as party_id"),
            expr("max(events) as event_count"),
            expr("max(tokens) as output_tokens"),
            expr("min(first_seen_at) as first_seen_at"),
            expr("max(last_seen_at) as last_seen_at"),
        )
        .selectExpr("*", f"'{candidates.UNLABELLED}' as workload_id", "0L as turn_known_count", "0L as input_tokens")
    )
    return contract.conform(per_day)
