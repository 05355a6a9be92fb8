"""Link: which accounts share infrastructure in ways chance cannot explain.

Two passes, in the spirit of Fellegi and Sunter's u-probabilities estimated from non-matches: the first screens
nodes against the whole population and finds accounts with surprising evidence in enough facets; the second measures
surprise against the population without them. A campaign that makes up a tenth of a site is part of every plain
baseline and would hide behind itself: its lift could never exceed ten.

Everything stays bipartite, account to node; no step pairs accounts with accounts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import log2
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.composites import derived_composites, observed_composites, trait_composites
from revenuer.stages.facets import TOO_FEW_FACETS, WindowFacets
from revenuer.stages.membership import Bar, account_evidence, corroborations
from revenuer.stages.nodes import account_names, node_census, node_names, numbered, passing_sql, surprise
from revenuer.stages.quoting import quoted
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS


@dataclass(frozen=True)
class LinkResult:
    """Links of a run.

    Attributes:
        links: Columns of ``links``.
        hub_ledger: Columns of ``hub_ledger``.
        facets: Facets the window has evidence in.
        missing_evidence: What could not be computed, and why.
    """

    links: DataFrame
    hub_ledger: DataFrame
    facets: WindowFacets
    missing_evidence: tuple[str, ...]


def link(
    facts: DataFrame,
    *,
    sightings: DataFrame,
    run_date: date,
    settings: Mapping[str, Any],
    identifiers: Mapping[str, Mapping[str, str]],
    composites: Mapping[str, Mapping[str, Any]],
    benign: DataFrame | None = None,
) -> LinkResult:
    """Link accounts to nodes over a window.

    Args:
        facts: Facts of the window, as :func:`revenuer.stages.facts.window_facts` returns them; read several times.
        sightings: ``sightings`` of the window; read only where a site writes no composites.
        run_date: Last day of the window.
        settings: Section ``link``.
        identifiers: Section ``identifiers``; kinds a site wrote itself may be missing there.
        composites: Section ``composites``.
        benign: ``identifier_id`` values an analyst marked benign; composites of them do not link, and a card or
            session among them adds no evidence.
    """
    common = [name for name, kind in identifiers.items() if kind["strength"] == "common"]
    cards = [name for name, kind in identifiers.items() if kind["facet"] == "payment" and kind["strength"] == "common"]
    facets = WindowFacets.of(facts, identifiers, composites)
    parties = int(facts.agg(expr("count(distinct party_id)")).collect()[0][0])
    if facets.has_composites:
        pairs = observed_composites(facts, list(composites))
        of_traits = trait_composites(facts, composites, identifiers)
        pairs = pairs if of_traits is None else pairs.unionByName(of_traits)
    else:
        pairs = settled(derived_composites(sightings, facts, common, int(settings["min_party_count"])))
    if benign is not None:
        marked = settled(benign.select("identifier_id").distinct())
        for part in ("part_a", "part_b", "node_id"):
            pairs = pairs.join(marked.withColumnRenamed("identifier_id", part), part, "left_anti")
        facts = facts.join(marked, "identifier_id", "left_anti")
    # Everything is counted in numbers. Names are read once more at the end, of what is written.
    numbers = settled(numbered(pairs))
    widely = int(settings["ledger_min_party_count"])
    census = node_census(numbers, min(int(settings["min_party_count"]), widely))
    accounts = settled(account_names(facts))
    bar, lift_factor = _bar(settings, parties, facets)
    proofs = settled(corroborations(facts, cards))

    screened = (
        surprise(census, numbers)
        .where(passing_sql(settings, float(settings["screen_lift"]) * lift_factor, lift_factor))
        .select("node", "facet", "lift", "party_count")
    )
    evidence = account_evidence(census.memberships.join(screened, "node"), proofs, bar)
    suspects = settled(
        evidence.where(f"facet_count >= {bar.facets}").join(accounts, "account").select("party").distinct()
    )
    nodes = settled(surprise(census, numbers, suspects))
    passing = passing_sql(settings, float(settings["min_lift"]) * lift_factor, lift_factor)
    passed = nodes.where(passing)
    memberships = settled(census.memberships.join(passed.select("node", "facet", "lift", "party_count"), "node"))
    first = account_evidence(memberships, proofs, bar).where("is_joined").select("account", "is_joined")
    held = settled(
        memberships.join(first, "account", "left")
        .groupBy("node")
        .agg(expr("count(distinct case when is_joined then party end) / count(distinct party) as member_share"))
    )
    holding = held.where(f"member_share >= {float(settings['min_member_share'])}").select("node")
    final = account_evidence(memberships.join(holding, "node"), proofs, bar)
    names = settled(node_names(pairs, nodes.where(f"({passing}) or party_count >= {widely}").select("node")))
    links = (
        memberships.drop("facet", "lift", "party", "party_count")
        .join(holding.selectExpr("node", "true as is_holding"), "node", "left")
        .join(final, "account", "left")
        .join(passed.drop("tested_count"), "node")
        .join(names, "node")
        .join(accounts.drop("party"), "account")
        .selectExpr(
            f"date'{run_date}' as run_date", "account_id", "party_id", "node_id", "node_kind", "facet", "party_count",
            "account_count", "expected_party_count", "lift", "tail_bits",
            f"least(log2(lift), {bar.pair_bits}) as evidence_bits", "day_count", "event_count",
            "coalesce(facet_count, 0) as facet_count", "coalesce(membership_bits, 0.0) as membership_bits",
            f"double({bar.bits}) as required_bits",
            "coalesce(is_joined, false) and coalesce(is_holding, false) as is_member",
        )
    )  # fmt: skip
    ledger = _ledger(nodes.join(names, "node"), passed, held, facts, common, run_date, settings)
    return LinkResult(links, ledger, facets, _missing(facets, int(settings["required_facets"])))


def _bar(settings: Mapping[str, Any], parties: int, facets: WindowFacets) -> tuple[Bar, float]:
    """The membership bar for the population, and the factor by which a thin site's node test is stricter.

    With two facets there is one pair, which would have to carry an account alone: lift and tail must be twice as
    high, and half of log2 N is asked of the one pair.
    """
    wanted = int(settings["required_facets"])
    bits = log2(max(parties, 2))
    thin = facets.is_thin(wanted)
    bar = Bar(
        facets=min(wanted, max(len(facets.names), 1)),
        bits=(0.5 if thin else float(settings["required_bits_factor"])) * bits,
        pair_bits=float(settings["max_pair_bits"]),
        card_bits=float(settings["card_bits"]),
        session_bits=float(settings["session_bits"]),
        proof_lift=float(settings["screen_lift"]),
        common_lift=float(settings["min_lift"]),
        parties=parties,
    )
    return bar, 2.0 if thin else 1.0


def _missing(facets: WindowFacets, required_facets: int) -> tuple[str, ...]:
    absent = [f for f in ("network", "client", "workload", "payment", "identity") if f not in facets.names]
    notes = [f"links: no evidence in facet {facet}, the window has none" for facet in absent]
    if facets.is_thin(required_facets):
        notes.append(TOO_FEW_FACETS)
    return tuple(notes)


def _ledger(
    nodes: DataFrame,
    passed: DataFrame,
    held: DataFrame,
    facts: DataFrame,
    common: list[str],
    run_date: date,
    settings: Mapping[str, Any],
) -> DataFrame:
    """Every widely shared value that links nobody, why, and whom it would have merged."""
    widely = int(settings["ledger_min_party_count"])
    share = float(settings["min_member_share"])
    discounted = (
        nodes.where(f"party_count >= {widely}")
        .join(passed.selectExpr("node", "true as is_passed"), "node", "left")
        .join(held, "node", "left")
        .where(f"is_passed is null or member_share < {share}")
        .selectExpr(
            "node_kind as identifier_kind", "node_id as identifier_id", "facet",
            "case when is_passed is null then 'explained by chance: lift ' || round(lift, 1)"
            " || ', tail ' || round(tail_bits, 0) || ' bits'"
            " else 'most of its parties have no other evidence: share ' || round(member_share, 2) end as reason",
            "party_count", "account_count", "expected_party_count", "lift",
        )
    )  # fmt: skip
    never = (
        facts.where(f"identifier_kind in ({quoted(common)})")
        .groupBy("identifier_kind", "identifier_id", "facet")
        .agg(
            expr("count(distinct party_id) as party_count"),
            expr("count(distinct account_id) as account_count"),
        )
        .where(f"party_count >= {widely}")
        .selectExpr(
            "identifier_kind", "identifier_id", "facet", "'kind never links alone' as reason", "party_count",
            "account_count", "cast(null as double) as expected_party_count", "cast(null as double) as lift",
        )
    )  # fmt: skip
    return (
        discounted.unionByName(never)
        .selectExpr(f"date'{run_date}' as run_date", "*", "account_count as merged_account_count")
        .select(*CONTRACTS["hub_ledger"].columns)
    )
