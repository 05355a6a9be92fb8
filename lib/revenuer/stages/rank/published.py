"""The published tables of a run date: named, decided, ranked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.cluster import ACCOUNT_VERTEX, NODE_VERTEX
from revenuer.stages.decisions import decided
from revenuer.stages.rank import identity
from revenuer.stages.rank.companions import doubted
from revenuer.stages.rank.features import FeatureSet
from revenuer.stages.rank.joining import SEVERITY_SQL, wholes
from revenuer.stages.rank.lineage import lineage
from revenuer.stages.rank.precedents import bearing, precedents
from revenuer.stages.rank.regeneration import SUCCESSION, regeneration_rows
from revenuer.stages.rank.roles import role_sql, why_sql, with_proven
from revenuer.stages.rank.site_odds import site_odds, with_site_odds
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS

Hiding = Callable[[DataFrame], DataFrame]


@dataclass(frozen=True)
class Ranked:
    """Candidates before they are named.

    Attributes:
        assigned: Their rows, ``candidate_id, source, pool_id, account_id, workload_id, is_own``.
        features: Their features.
        found: Their findings.
        scored: Their scores and the job's verdicts.
        suspects: ``candidate_id, account_id`` that are no more than suspected, whatever they do, with why as ``doubt``;
            None where there are none.
    """

    assigned: DataFrame
    features: FeatureSet
    found: DataFrame
    scored: DataFrame
    suspects: DataFrame | None = None

    def without(self, gone: DataFrame) -> Ranked:
        """These candidates less some, by ``candidate_id``."""
        gone = settled(gone)
        return self._swapped(self, lambda mine, _: settled(mine.join(gone, "candidate_id", "left_anti")))

    def updated(self, joined: Ranked, groups: DataFrame) -> Ranked:
        """These candidates, with some of them joined.

        Args:
            joined: The joined candidates, and perhaps others, which do not count.
            groups: ``candidate_id, merged_id`` of the joins that hold.
        """
        names = settled(wholes(groups).select("candidate_id"))
        merged = settled(groups.selectExpr("merged_id as candidate_id").distinct())

        def swapped(mine: DataFrame, theirs: DataFrame) -> DataFrame:
            kept = mine.join(names, "candidate_id", "left_anti")
            return settled(kept.unionByName(theirs.join(merged, "candidate_id", "left_semi")))

        return self._swapped(joined, swapped)

    def _swapped(self, other: Ranked, swap: Callable[[DataFrame, DataFrame], DataFrame]) -> Ranked:
        """These candidates with rows of others in place of some, as ``swap`` says of each frame."""
        return replace(
            self,
            assigned=swap(self.assigned, other.assigned),
            features=self.features.swapped(other.features, swap),
            found=swap(self.found, other.found),
            scored=swap(self.scored, other.scored),
        )


@dataclass(frozen=True)
class RankResult:
    """The published tables of a run date, each with its contract's columns.

    Attributes:
        campaign_regeneration: None where bans are not known.
        candidates: Every candidate with its features and ``is_driven``, for those who judge the scoring; not published.
        works: Works of every candidate, ``campaign_id, workload_id``; ``campaigns`` names 64 of each. Not published.
    """

    campaigns: DataFrame
    campaign_members: DataFrame
    campaign_evidence: DataFrame
    campaign_links: DataFrame
    campaign_lineage: DataFrame
    campaign_regeneration: DataFrame | None = None
    candidates: DataFrame | None = None
    works: DataFrame | None = None

    def tables(self) -> dict[str, DataFrame]:
        """Frames by table name; tables that were not computed are left out."""
        return {name: frame for name, frame in vars(self).items() if frame is not None and name in CONTRACTS}


def publishable(
    ranked: Ranked,
    *,
    decisions: DataFrame | None,
    activity: DataFrame,
    links: DataFrame,
    pools: DataFrame,
    hiding: Hiding,
    history: identity.History | None,
    run_date: date,
    share: float,
    bridges: Callable[[DataFrame], DataFrame],
) -> RankResult:
    """Name the candidates, apply analysts' decisions, rank them and lay everything out.

    Args:
        ranked: The candidates.
        decisions: Analysts' decisions in force; None where the site has none.
        activity: ``account_activity`` of the window.
        links: ``links`` of the run date.
        pools: ``pools`` of the run date.
        hiding: Of ``candidate_id, account_id, party_id`` rows the accounts that hide together with another party's, and
            by what (``hides_by``).
        history: What was published before; None before the first published date.
        run_date: The run's date.
        share: Accounts in common that carry an id.
        bridges: Those of ``(pool_id, src, dst)`` rows that are bridges of their pool.
    """
    features, scored = ranked.features, ranked.scored
    strong = links.where("is_member").selectExpr("*", f"{ACCOUNT_VERTEX} as src", f"{NODE_VERTEX} as dst")
    known = None if decisions is None else precedents(decisions, history)
    matches, campaigns_before = None, None
    if history is not None:
        remembered = identity.roster(history, None if known is None else known.campaigns)
        campaigns_before = remembered.campaigns
        placed = features.members.select("candidate_id", "account_id")
        nodes = placed.join(strong.selectExpr("account_id", "dst as node"), "account_id").select("candidate_id", "node")
        described = scored.select("candidate_id", "source", "workload_ids", "account_count")
        matches = identity.match(described, placed, nodes.distinct(), remembered, share)
    named = settled(
        identity.name_candidates(
            scored.select("candidate_id", "first_account_id", "first_workload_id"), matches, run_date
        )
    )
    found = ranked.found.join(named, "candidate_id").withColumn("run_date", expr(f"date'{run_date}'"))
    judged = scored.join(named, "candidate_id").withColumn("run_date", expr(f"date'{run_date}'"))
    if decisions is not None and history is not None:
        judged = with_site_odds(judged, site_odds(decisions, history.campaigns))
    if known is not None:
        judged = settled(bearing(judged, features.members, ranked.assigned, known))
        ranked = replace(ranked, suspects=settled(doubted(ranked.suspects, judged, features.members, known)))
        judged = decided(judged, found, history.campaign_evidence if history else None)
    campaigns = settled(in_order(judged).select(*CONTRACTS["campaigns"].columns))
    # By what stands in the end: a confirmed cohort has members on days on which the job would clear it, too.
    doubtful = named.join(campaigns.where("verdict <> 'cleared'").select("campaign_id"), "campaign_id")
    asked = features.members.join(doubtful.select("candidate_id"), "candidate_id")
    members = settled(_members(activity, strong, ranked, named, campaigns, hiding(asked), run_date))
    held = members.join(campaigns.where("pool_id is not null").select("campaign_id"), "campaign_id").select(
        "campaign_id", "account_id"
    )
    # A campaign that joins two generations lies in the pools of both.
    placed_links = strong.join(pools.select("account_id", "pool_id"), "account_id")
    in_pools = placed_links.join(
        held.join(pools.select("account_id", "pool_id"), "account_id").select("pool_id").distinct(), "pool_id"
    ).select("pool_id", "src", "dst")
    only_ways = bridges(in_pools).selectExpr("src", "dst", "true as is_only_way")
    held_links = (
        held.join(strong, "account_id")
        .join(only_ways, ["src", "dst"], "left")
        .withColumn("is_bridge", expr("is_only_way is not null"))
        .select(*CONTRACTS["campaign_links"].columns)
    )
    events = lineage(named, scored.select("candidate_id", "account_count"), matches, campaigns_before, run_date)
    found_waves = features.regeneration
    return RankResult(
        campaigns,
        members,
        found.select(*CONTRACTS["campaign_evidence"].columns),
        held_links,
        events,
        None if found_waves is None else regeneration_rows(found_waves, named, run_date),
        features.candidates.join(scored.select("candidate_id", "is_driven"), "candidate_id").join(
            named.select("candidate_id", "campaign_id"), "candidate_id"
        ),
        ranked.assigned.join(named, "candidate_id").select("campaign_id", "workload_id").distinct(),
    )


def in_order(judged: DataFrame) -> DataFrame:
    """Candidates with ``expected_output_token_count`` and ``rank``.

    By verdict, and then by expected output tokens: a grader's answers are a few tokens, and by these alone a busy class
    on watch would come before the campaign.

    Args:
        judged: ``campaign_id, verdict, probability, output_token_count, exchange_count`` and more.
    """
    expected = judged.withColumn("expected_output_token_count", expr("probability * output_token_count"))
    order = "expected_output_token_count desc, probability desc, exchange_count desc, campaign_id"
    return expected.withColumn("rank", expr(f"row_number() over (order by {SEVERITY_SQL} desc, {order})"))


def _members(
    activity: DataFrame,
    strong: DataFrame,
    ranked: Ranked,
    named: DataFrame,
    campaigns: DataFrame,
    hiding: DataFrame,
    run_date: date,
) -> DataFrame:
    """Members with their role and their share; ``campaigns`` have the verdicts that stand."""
    features, scored = ranked.features, ranked.scored
    totals = activity.groupBy("account_id").agg(
        expr("sum(event_count) as all_exchanges"), expr("sum(output_tokens) as all_output_tokens")
    )
    judged = scored.select(
        "candidate_id",
        "verdict",
        "daily_load_median",
        "population_network_count",
        "network_count_median",
        "population_prefix_count",
        "prefix_count_median",
    )
    linked = strong.groupBy("account_id").agg(expr("max(membership_bits) as membership_bits"))
    rows = (
        features.members.join(judged, "candidate_id")
        .join(named, "candidate_id")
        .join(totals, "account_id")
        .join(linked, "account_id", "left")
        .join(hiding, ["candidate_id", "account_id"], "left")
    )
    # What is said goes by what stands in the end; whether cards prove anything by what the job accuses.
    final = campaigns.select("campaign_id", "verdict")
    rows = with_proven(rows, ranked.found).drop("verdict").join(final, "campaign_id")
    vouched, doubt = "true", "''"
    if ranked.suspects is not None:
        rows = rows.join(ranked.suspects, ["candidate_id", "account_id"], "left")
        vouched, doubt = "doubt is null", "coalesce(doubt, '')"
    generation, succession = "cast(null as int)", "''"
    if features.regeneration is not None:
        rows = rows.join(features.regeneration.successors, ["candidate_id", "account_id"], "left")
        generation, succession = "coalesce(generation, 1)", SUCCESSION
    knows_bans = features.regeneration is not None
    role = role_sql(vouched, knows_bans=knows_bans)
    return rows.selectExpr(
        f"date'{run_date}' as run_date", "campaign_id", "account_id", "party_id",
        f"{role} as role",
        "event_count as exchange_count", "output_tokens as output_token_count",
        "event_count / greatest(all_exchanges, 1) as exchange_share",
        "coalesce(output_tokens / nullif(all_output_tokens, 0), 0.0) as output_token_share",
        "membership_bits",
        f"{why_sql(knows_bans=knows_bans)} || {succession} || {doubt} as why",
        f"{generation} as generation",
    ).select(*CONTRACTS["campaign_members"].columns)  # fmt: skip
