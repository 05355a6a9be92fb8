"""Candidate features: behaviour, attributes and baselines side by side, one row per candidate."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.rank import adoption, attributes, behaviour, places, population
from revenuer.stages.rank.candidates import IS_SMALL_SQL, IS_USUAL_SQL, MOST_NAMED
from revenuer.stages.rank.regeneration import Regeneration, regeneration, wave_features
from revenuer.stages.rank.rota import rota
from revenuer.stages.rank.waves import waves_of
from revenuer.stages.settling import settled


@dataclass(frozen=True)
class Context:
    """Everything features are made from besides the assignments.

    Attributes:
        activity: ``account_activity`` of the window.
        facts: Window facts, one row per account and identifier, with what is known of the identifier:
            ``is_benign``, ``is_common`` and ``site_share`` (:func:`revenuer.stages.rank.attributes.with_site_shares`).
        links: ``links`` of the run date.
        pools: ``pools`` of the run date.
        accounts: ``accounts``.
        actions: ``enforcement_actions``; None where the site has none, which saves the work.
        releases: ``model_releases``; None likewise.
        baselines: One row of population baselines.
        refused: ``account_id, account_refused_count``.
        card_kinds: Kinds that are payment instruments.
        known_days: Days of ``activity``; read only where bans are known.
        has_behaviour: Whether usage events stand behind the activity.
        run_date: The run's date.
    """

    activity: DataFrame
    facts: DataFrame
    links: DataFrame
    pools: DataFrame
    accounts: DataFrame
    actions: DataFrame | None
    releases: DataFrame | None
    baselines: DataFrame
    refused: DataFrame
    card_kinds: list[str]
    known_days: Collection[date]
    has_behaviour: bool
    run_date: date


@dataclass(frozen=True)
class FeatureSet:
    """Features of one set of candidates.

    Attributes:
        members: One row per candidate and account, with its behaviour.
        candidates: One row per candidate.
        regeneration: What followed ban waves; None where bans are not known.
    """

    members: DataFrame
    candidates: DataFrame
    regeneration: Regeneration | None

    def swapped(self, other: FeatureSet, swap: Callable[[DataFrame, DataFrame], DataFrame]) -> FeatureSet:
        """These features with rows of others in place of some, as ``swap`` says."""
        found = self.regeneration
        if found is not None and other.regeneration is not None:
            found = Regeneration(
                swap(found.waves, other.regeneration.waves), swap(found.successors, other.regeneration.successors)
            )
        return FeatureSet(swap(self.members, other.members), swap(self.candidates, other.candidates), found)


def baselines(
    activity: DataFrame,
    facts: DataFrame,
    links: DataFrame,
    pools: DataFrame,
    releases: DataFrame | None,
    card_kinds: list[str],
) -> DataFrame:
    """One row of population baselines, over accounts in no pool: a large pool would be its own yardstick."""
    linked = pools.select("account_id")
    outside = activity.join(linked, "account_id", "left_anti")
    rows = behaviour.measured(outside).selectExpr(
        "'all' as candidate_id", "'all' as source", "cast(null as string) as pool_id", "true as is_own", "*"
    )
    accounts = behaviour.account_behaviour(behaviour.owned(rows))
    base = population.population_baselines(accounts.join(attributes.batched(links), "account_id", "left"))
    cards = attributes.population_cards(facts.join(linked, "account_id", "left_anti"), card_kinds)
    row = base.crossJoin(cards)
    if releases is None:
        return row.selectExpr("*", "cast(null as double) as population_pivot_share")
    return row.crossJoin(population.population_pivot(outside, releases))


def build_features(assignments: DataFrame, context: Context) -> FeatureSet:
    """Features of every candidate.

    Args:
        assignments: ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        context: The run's other frames.
    """
    daily = settled(behaviour.daily_rows(assignments, context.activity))
    members = settled(behaviour.account_behaviour(daily))
    cards = attributes.card_features(members, context.facts, context.card_kinds)
    works = assignments.groupBy("candidate_id").agg(
        expr(f"slice(sort_array(collect_set(workload_id)), 1, {MOST_NAMED}) as workload_ids"),
        expr("min(account_id) as first_account_id"),
        expr("min(workload_id) as first_workload_id"),
    )
    parts = [
        works,
        rota(daily),
        places.home_network(members),
        places.shared_sites(members),
        behaviour.shares(daily, "model_counts", "model_shares"),
        behaviour.shares(daily, "capability_counts", "capability_shares"),
        cards,
        attributes.batch_features(members, context.links),
        attributes.handover_features(members, context.facts),
        attributes.refusal_features(members, context.refused),
        attributes.signup_features(members, context.accounts),
        _in_pools(members, context.pools),
    ]
    unknown: dict[str, str] = {}
    found = None
    if context.actions is None:
        unknown |= dict.fromkeys(("banned_share", "recovered_share", "newcomer_share"), "double")
    else:
        waves = waves_of(members, context.actions, context.known_days)
        found = regeneration(daily, waves, context.links, context.accounts, context.run_date)
        parts.append(wave_features(found))
    if context.releases is None:
        unknown |= {"pivot_share": "double", **adoption.COLUMNS}
    else:
        outside = context.activity.join(context.pools.select("account_id"), "account_id", "left_anti")
        parts.append(attributes.pivot_features(daily, context.releases))
        parts.append(adoption.adoption(daily, outside, context.releases, context.run_date))
    candidates = behaviour.candidate_behaviour(members)
    for part in parts:
        candidates = candidates.join(part, "candidate_id", "left")
    candidates = candidates.crossJoin(context.baselines).selectExpr(
        "* except (reach, failover_count, shared_session_count, account_refused_count)",
        # A cohort is its own pool: what its accounts inherited is its own.
        "coalesce(reach, 1.0) as reach",
        f"{IS_SMALL_SQL} as is_small",
        f"{IS_USUAL_SQL} as is_usual",
        # A request that was refused outside may have been retried on two accounts inside. Least passes over a null.
        "least(coalesce(failover_count, 0), coalesce(account_refused_count, 0)) as failover_count",
        "coalesce(shared_session_count, 0) as shared_session_count",
        "coalesce(account_refused_count, 0) as account_refused_count",
        f"{str(context.has_behaviour).lower()} as has_behaviour",
        *(f"cast(null as {kind}) as {name}" for name, kind in unknown.items()),
    )
    return FeatureSet(members, settled(candidates), found)


def _in_pools(members: DataFrame, pools: DataFrame) -> DataFrame:
    """What candidates are among all that is done on the accounts of their pools, of which there may be several.

    Returns:
        ``candidate_id, reach`` (share of the pools' accounts), ``pool_reach`` (of each pool, the share of its accounts
        that are the candidate's; the lowest), ``pool_own_share`` (of what the pools' candidates do, but for usual work,
        that which hardly anybody else does; null where all is usual) and ``pool_rest_share`` (of this, what is not the
        candidate's; null where there is none).
    """
    # Accounts of a generation before, filed under the pool of the next, are not in it.
    there = pools.select("account_id", "pool_id", expr("true as is_there"))
    linked = members.where("pool_id is not null").join(there, ["account_id", "pool_id"], "left")
    own = "sum(event_count - popular_events)"
    return (
        linked.groupBy("candidate_id", "pool_id")
        .agg(expr("count(*) as here"), expr("count(is_there) as here_now"), expr(f"{own} as own_here"))
        .join(pools.groupBy("pool_id").agg(expr("count(*) as there")), "pool_id")
        .join(
            linked.groupBy("pool_id").agg(
                expr(f"sum(event_count) filter (where not ({IS_USUAL_SQL})) as events_there"),
                expr(f"{own} as own_there"),
            ),
            "pool_id",
        )
        .groupBy("candidate_id")
        .agg(
            expr("least(sum(here) / sum(there), 1.0) as reach"),
            expr("min(here_now / there) as pool_reach"),
            expr("sum(own_there) / sum(events_there) as pool_own_share"),
            expr("1 - sum(own_here) / nullif(sum(own_there), 0) as pool_rest_share"),
        )
    )
