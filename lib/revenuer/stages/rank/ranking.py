"""The rank stage itself: candidates, features, scores, merged cohorts, names, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.nodes import window_facts
from revenuer.stages.rank import candidates, identity
from revenuer.stages.rank.features import Context, FeatureSet, baselines, build_features
from revenuer.stages.rank.scoring import findings, load_scoring, scores
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS

Components = Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class RankInputs:
    """Frames the stage reads; each follows its contract and may be empty, or None, where the table is optional."""

    activity: DataFrame
    sightings: DataFrame
    links: DataFrame
    pools: DataFrame
    accounts: DataFrame
    enforcement_actions: DataFrame | None
    model_releases: DataFrame | None
    previous_campaigns: DataFrame
    previous_members: DataFrame


@dataclass(frozen=True)
class RankResult:
    """The published tables of a run date, each with its contract's columns."""

    campaigns: DataFrame
    campaign_members: DataFrame
    campaign_evidence: DataFrame
    campaign_links: DataFrame
    campaign_lineage: DataFrame

    def tables(self) -> dict[str, DataFrame]:
        """Frames by table name."""
        return dict(vars(self))


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
        bridges: Adds ``is_bridge`` to ``(pool_id, account_id, node_id)`` rows.
    """
    cards = [name for name, kind in identifiers.items() if kind["facet"] == "payment" and kind["strength"] == "common"]
    facts = settled(
        window_facts(
            inputs.sightings.where(
                f"facet = 'handover' or identifier_kind in ({', '.join(map(repr, cards)) or repr('')})"
            )
        )
    )
    work = settled(candidates.work_of(inputs.activity))
    inside = settled(candidates.tenants(work, inputs.pools, components, int(settings["min_pool_accounts"])))
    assigned = settled(inside.unionByName(candidates.cohorts(work, inside, settings)))
    context = Context(
        activity=inputs.activity,
        facts=facts,
        links=inputs.links,
        pools=inputs.pools,
        accounts=inputs.accounts,
        actions=inputs.enforcement_actions,
        releases=inputs.model_releases,
        baselines=settled(baselines(inputs.activity, facts, inputs.pools, inputs.model_releases, cards)),
        card_kinds=cards,
        has_behaviour=has_behaviour,
    )
    features, found, scored = _score(assigned, context, settings, ceiling)
    merged = joined_fragments(assigned, scored, components, float(settings["overlap_share"]))
    if merged is not None:
        assigned = merged
        features, found, scored = _score(assigned, context, settings, ceiling)
    return _tables(inputs, features, found, scored, run_date, settings, bridges)


def _score(
    assigned: DataFrame, context: Context, settings: Mapping[str, Any], ceiling: str
) -> tuple[FeatureSet, DataFrame, DataFrame]:
    scoring = load_scoring()
    features = build_features(assigned, context)
    found = settled(findings(features.candidates, scoring))
    return features, found, settled(scores(features.candidates, found, scoring, rank=settings, ceiling=ceiling))


def joined_fragments(assigned: DataFrame, scored: DataFrame, components: Components, share: float) -> DataFrame | None:
    """Join cohorts that share accounts: one campaign arrives as fragments, by kind of work.

    Convicted cohorts are joined when they share enough of the smaller one's accounts; where one is only watched,
    enough of the larger one's, since a popular product would swallow the campaign among its users. Inside a pool
    nothing is joined, since two labs may run on the same accounts.

    Args:
        assigned: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        scored: ``candidate_id, source, verdict, account_count``.
        components: Connected components of ``(src, dst)`` as ``(id, component)``.
        share: What is enough.

    Returns:
        New assignments, or None when nothing was joined.
    """
    judged = scored.where("verdict <> 'cleared' and source = 'cohort'").selectExpr(
        "candidate_id", "account_count", "verdict = 'campaign' as is_convicted"
    )
    pairs = assigned.select("candidate_id", "account_id").distinct().join(judged, "candidate_id")
    others = pairs.selectExpr(
        "candidate_id as other_id", "account_id", "account_count as other_count", "is_convicted as is_other_convicted"
    )
    common = settled(
        pairs.join(others, "account_id")
        .where("candidate_id < other_id")
        .groupBy("candidate_id", "other_id", "is_convicted", "is_other_convicted", "account_count", "other_count")
        .agg(expr("count(*) as common_count"))
        .where(
            f"common_count >= {share} * case when is_convicted and is_other_convicted"
            " then least(account_count, other_count) else greatest(account_count, other_count) end"
        )
        .selectExpr("candidate_id", "other_id", "xxhash64(candidate_id) as src", "xxhash64(other_id) as dst")
    )
    if common.isEmpty():
        return None
    names = common.selectExpr(
        "inline(array(struct(candidate_id, src as id), struct(other_id as candidate_id, dst as id)))"
    ).distinct()
    groups = (
        names.join(components(common.select("src", "dst")), "id")
        .selectExpr("candidate_id", "min(candidate_id) over (partition by component) as merged_id")
        .where("candidate_id <> merged_id")
    )
    return settled(
        assigned.join(groups, "candidate_id", "left")
        .selectExpr(
            "coalesce(merged_id, candidate_id) as candidate_id",
            "source",
            "pool_id",
            "account_id",
            "workload_id",
            "is_own",
        )
        .distinct()
    )


def _tables(
    inputs: RankInputs,
    features: FeatureSet,
    found: DataFrame,
    scored: DataFrame,
    run_date: date,
    settings: Mapping[str, Any],
    bridges: Callable[[DataFrame], DataFrame],
) -> RankResult:
    matches = settled(
        identity.match(
            features.members.select("candidate_id", "account_id"),
            scored.select("candidate_id", "workload_ids"),
            inputs.previous_members,
            inputs.previous_campaigns,
            float(settings["overlap_share"]),
        )
    )
    named = settled(
        identity.name_candidates(
            scored.select("candidate_id", "first_account_id", "first_workload_id"), matches, run_date
        )
    )
    campaigns = settled(
        scored.join(named, "candidate_id")
        .withColumn("run_date", expr(f"date'{run_date}'"))
        .withColumn("expected_output_token_count", expr("probability * output_token_count"))
        .withColumn(
            "rank",
            expr(
                "row_number() over (order by expected_output_token_count desc, probability desc, exchange_count desc,"
                " campaign_id)"
            ),
        )
        .select(*CONTRACTS["campaigns"].columns)
    )
    members = settled(_members(inputs, features, scored, named, run_date))
    evidence = (
        found.join(named, "candidate_id")
        .withColumn("run_date", expr(f"date'{run_date}'"))
        .select(*CONTRACTS["campaign_evidence"].columns)
    )
    held = members.join(campaigns.where("pool_id is not null").select("campaign_id", "pool_id"), "campaign_id").select(
        "campaign_id", "pool_id", "account_id"
    )
    strong = inputs.links.where("is_member")
    in_pools = (
        strong.join(inputs.pools.select("account_id", "pool_id"), "account_id")
        .join(held.select("pool_id").distinct(), "pool_id")
        .select("pool_id", "account_id", "node_id")
    )
    links = (
        held.join(strong, "account_id")
        .join(bridges(in_pools).select("account_id", "node_id", "is_bridge"), ["account_id", "node_id"])
        .select(*CONTRACTS["campaign_links"].columns)
    )
    lineage = identity.lineage(
        named, scored.select("candidate_id", "account_count"), matches, inputs.previous_campaigns, run_date
    ).select(*CONTRACTS["campaign_lineage"].columns)
    return RankResult(campaigns, members, evidence, links, lineage)


def _members(
    inputs: RankInputs, features: FeatureSet, scored: DataFrame, named: DataFrame, run_date: date
) -> DataFrame:
    """Members with their share. In a cohort no link vouches for an account, so it must show the concealment itself."""
    totals = inputs.activity.groupBy("account_id").agg(
        expr("sum(event_count) as all_exchanges"), expr("sum(output_tokens) as all_output_tokens")
    )
    judged = scored.select("candidate_id", "daily_load_median", "population_network_count", "network_count_median")
    linked = inputs.links.where("is_member").groupBy("account_id").agg(expr("max(membership_bits) as membership_bits"))
    in_pool = "pool_id is not null"
    busy = "event_count >= least(3, daily_load_median)"
    moving = "network_count >= least(network_count_median / 3, 2 * greatest(population_network_count, 1.5))"
    return (
        features.members.join(judged, "candidate_id")
        .join(named, "candidate_id")
        .join(totals, "account_id")
        .join(linked, "account_id", "left")
        .selectExpr(
            f"date'{run_date}' as run_date", "campaign_id", "account_id", "party_id",
            f"case when {busy} and ({in_pool} or {moving}) then 'member' else 'suspected' end as role",
            "event_count as exchange_count", "output_tokens as output_token_count",
            "event_count / greatest(all_exchanges, 1) as exchange_share",
            "coalesce(output_tokens / nullif(all_output_tokens, 0), 0.0) as output_token_share",
            "membership_bits",
            f"case when {in_pool} then concat('linked to the pool with ', format_number(membership_bits, 1),"
            " ' bits, and does the same work in ', event_count, ' exchanges')"
            " else concat('does the same work in ', event_count, ' exchanges over ', network_count, ' networks') end"
            " as why",
        )
        .select(*CONTRACTS["campaign_members"].columns)
    )  # fmt: skip


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
