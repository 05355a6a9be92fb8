"""One trial: a simulated world through the real stages, compared with its truth.

A trial runs the same stage functions as a scheduled run, over plain Parquet instead of the lake, for single run
dates. So a world of two weeks is judged in minutes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pyspark.sql.functions import expr

from revenuer.components import connected_components
from revenuer.components.bridges import bridge_links
from revenuer.evaluation.evaluate import compare, gathered
from revenuer.evaluation.judged import Candidate, Trial, rules_mark
from revenuer.evaluation.kept_candidates import CANDIDATES_FOLDER, keep_candidates
from revenuer.evaluation.tenancy import Tenancy
from revenuer.evaluation.trial_world import World
from revenuer.evaluation.truth import read_truth
from revenuer.stages.cluster import cluster, uncut
from revenuer.stages.facts import window_facts
from revenuer.stages.link import link
from revenuer.stages.quoting import quoted
from revenuer.stages.rank import RankInputs, RankResult, rank
from revenuer.stages.settling import settled

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import DataFrame, SparkSession

    from revenuer.config import Config
    from revenuer.evaluation.attribution import Attribution

_CONTEXT = ("accounts", "enforcement_actions", "model_releases")


def judge(
    spark: SparkSession, config: Config, world: World, day: int, *, left_out: Sequence[str] = (), keep: bool = True
) -> Trial:
    """Link, cluster and rank one day of a world, and compare with its truth.

    Args:
        spark: Session.
        config: Effective configuration.
        world: As :func:`revenuer.evaluation.trial_world.prepare` returns it.
        day: Number of the run date, from 1.
        left_out: Kinds of composites that were observed and are not to link.
        keep: Whether the candidates are kept in the world's folder, to learn from.
    """
    began = time.monotonic()
    run_date = world.dates[day - 1]
    first = run_date - timedelta(days=int(config.value("window.days")) - 1)
    window = f"usage_date between date'{first}' and date'{run_date}'"
    sightings = world.table(spark, "sightings").where(window)
    if left_out:
        sightings = sightings.where(f"identifier_kind not in ({quoted(left_out)})")
    activity = world.table(spark, "account_activity").where(window)
    facts = settled(window_facts(sightings))
    linked = link(
        facts,
        sightings=sightings,
        run_date=run_date,
        settings=config.section("link"),
        identifiers=config.section("identifiers"),
        composites=config.section("composites"),
    )
    links = settled(linked.links)
    clustered = cluster(links, settings=config.section("cluster"), engine="task", run_date=run_date)
    ceiling = "watch" if linked.facets.is_thin(int(config.value("link.required_facets"))) else "campaign"
    accounts, actions, releases = (world.table(spark, name) for name in _CONTEXT)
    result = rank(
        RankInputs(
            activity=activity,
            facts=facts,
            links=settled(uncut(links, clustered.cuts)),
            pools=settled(clustered.pools),
            accounts=accounts,
            enforcement_actions=actions.where(f"action_at < date'{run_date + timedelta(days=1)}'"),
            model_releases=releases.where(f"released_at < date'{run_date + timedelta(days=1)}'"),
        ),
        run_date=run_date,
        settings=config.section("rank"),
        identifiers=config.section("identifiers"),
        ceiling=ceiling,
        has_behaviour=True,
        common_lift=float(config.value("link.min_lift")),
        components=lambda pairs: connected_components(pairs, engine="task"),
        bridges=bridge_links,
    )
    campaigns, members = result.campaigns.persist(), result.campaign_members.persist()
    truth = read_truth(spark, world.source / "truth.parquet")
    # By account and work: two labs, and honest customers too, may use the same accounts.
    answer = world.truth(spark, config)
    case = gathered(answer, members, campaigns, activity, result.works)
    guilty = truth.where("campaign is not null").select("account_id").distinct()
    # Once each: an account that serves two labs is one account.
    seen_count = activity.select("account_id").distinct().join(guilty, "account_id", "left_semi").count()
    shares, tenants = _whose(members, case.attribution)
    if keep:
        keep_candidates(
            result,
            guilty_shares=shares,
            guilty=guilty,
            facts={
                "scenario": f"'{world.name}'",
                "seed": str(world.seed),
                "day_number": str(day),
                "ceiling": f"'{ceiling}'",
                "true_account_count": str(seen_count),
                "judged_by": f"'{rules_mark(config.fingerprint)}'",
            },
            path=world.folder / CANDIDATES_FOLDER / f"day={day}",
        )
    pooled = clustered.pools.select("account_id").distinct()
    linked_count, pooled_count = pooled.join(guilty, "account_id", "left_semi").count(), pooled.count()
    trial = Trial(
        world.name,
        world.seed,
        run_date,
        day,
        compare(case),
        _candidates(result, shares),
        tenants.rand,
        tenants.precision,
        tenants.recall,
        _leaked_share(world.table(spark, "account_activity"), answer.shares(), run_date),
        linked_count / seen_count if seen_count else 1.0,
        pooled_count - linked_count,
        time.monotonic() - began,
    )
    spark.catalog.clearCache()
    return trial


def _whose(members: DataFrame, attribution: Attribution | None) -> tuple[dict[str, float], Tenancy]:
    """Share of each candidate's exchanges that serves a true campaign, and how these lie in accused candidates."""
    if attribution is None:  # nobody did anything in the window
        return {}, Tenancy(1.0, 1.0, 1.0)
    whole = members.groupBy("campaign_id").agg(expr("sum(exchange_count) as whole")).collect()
    return attribution.guilty_shares({row["campaign_id"]: row["whole"] for row in whole}), attribution.tenancy()


def _candidates(result: RankResult, shares: Mapping[str, float]) -> tuple[Candidate, ...]:
    found = result.campaign_evidence.groupBy("campaign_id").agg(
        expr("map_from_entries(collect_list(struct(signal, round(weight_bits, 2)))) as evidence")
    )
    candidates = []
    for row in result.campaigns.join(found, "campaign_id", "left").orderBy("rank").collect():
        name = row["campaign_id"]
        candidates.append(
            Candidate(
                rank=row["rank"],
                source=row["source"],
                verdict=row["verdict"],
                probability=row["probability"],
                account_count=row["account_count"],
                guilty_share=shares.get(name, 0.0),
                resembles=row["resembles"],
                evidence=dict(row["evidence"] or {}),
            )
        )
    return tuple(candidates)


def _leaked_share(activity: DataFrame, shares: pd.DataFrame, run_date: date) -> float:
    """What true campaigns had taken by a date, of all they take: their shares of what their accounts do, as in replay.

    Args:
        activity: All days of the world.
        shares: As :meth:`revenuer.evaluation.truth.Truth.shares` returns them.
        run_date: The date.
    """
    taken = "sum(event_count * share)"
    # An honest world has no shares, which then say nothing of their types.
    known = activity.sparkSession.createDataFrame(shares[["account_id", "share"]], "account_id string, share double")
    row = (
        activity.join(known, "account_id")
        .selectExpr(f"{taken} filter (where usage_date <= date'{run_date}') as so_far", f"{taken} as whole")
        .first()
    )
    return float(row["so_far"] or 0) / float(row["whole"]) if row is not None and row["whole"] else 0.0
