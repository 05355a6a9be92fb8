"""Link nodes: composites of two facets, and how surprising it is that so many parties share one.

Independence says that a value pair (a, b) is shared by parties(a) * parties(b) / N parties, with all three counted
among parties for which both facets are known. The surprise of more is measured twice: by lift (how many times
more) and by the Poisson tail (how sure we are). Counts are of parties, never accounts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.settling import settled

_NODE_KEY = "xxhash64(node_kind, facet, node_id)"
_SIDES = "inline(array(struct('a' as side, part_a as part), struct('b' as side, part_b as part)))"
# Values of one facet that an account may bring to derived pairs on a day, rarest first. An account with more than
# this many is itself a crowd, and pairs of its values say nothing.
_MAX_VALUES_PER_FACET = 20


def composite_sql(composite_kinds: Sequence[str]) -> str:
    """SQL predicate for sightings of composites: of a configured kind, or with a facet joined by ``+``.

    The identifier itself is no guide: a site's own ids may contain ``+``.
    """
    names = ", ".join(f"'{kind}'" for kind in composite_kinds) or "''"
    return f"(facet like '%+%' or identifier_kind in ({names}))"


def observed_composites(facts: DataFrame, composite_kinds: Sequence[str]) -> DataFrame:
    """Composites seen on the same event, with their parts.

    Args:
        facts: As :func:`window_facts` returns them.
        composite_kinds: Configured composite kinds.

    Returns:
        ``node_id, node_kind, facet, part_a, part_b, account_id, party_id, day_count, event_count``.
    """
    return facts.where(composite_sql(composite_kinds)).selectExpr(
        "identifier_id as node_id", "identifier_kind as node_kind", "facet",
        "substring_index(identifier_id, '+', 1) as part_a",
        "substring(identifier_id, instr(identifier_id, '+') + 1) as part_b",
        "account_id", "party_id", "day_count", "event_count",
    )  # fmt: skip


def trait_composites(
    facts: DataFrame, composites: Mapping[str, Mapping[str, Any]], identifiers: Mapping[str, Mapping[str, str]]
) -> DataFrame | None:
    """Composites of something seen on an account's events and something the account itself is.

    An account was signed up on one day, so whatever client it uses was seen on an account of that day: no event has to
    be looked at for it. It is the third facet of a pool on a site that knows nothing of templates.

    Args:
        facts: As :func:`window_facts` returns them.
        composites: Section ``composites``.
        identifiers: Section ``identifiers``.

    Returns:
        As :func:`observed_composites`; None where no composite is of that sort.
    """
    found = None
    for name, entry in composites.items():
        seen, owned = sorted(entry["parts"], key=lambda part: identifiers[part]["grain"] == "account")
        if identifiers[seen]["grain"] == identifiers[owned]["grain"]:
            continue
        trait = facts.where(f"identifier_kind = '{owned}'").selectExpr("account_id", "identifier_id as part_b")
        pairs = (
            facts.where(f"identifier_kind = '{seen}'")
            .join(trait, "account_id")
            .selectExpr(
                "identifier_id || '+' || part_b as node_id", f"'{name}' as node_kind",
                f"'{identifiers[seen]['facet']}+{identifiers[owned]['facet']}' as facet", "identifier_id as part_a",
                "part_b", "account_id", "party_id", "day_count", "event_count",
            )
        )  # fmt: skip
        found = pairs if found is None else found.unionByName(pairs)
    return found


def derived_composites(sightings: DataFrame, common_kinds: Sequence[str], min_party_count: int) -> DataFrame:
    """Composites for a site that writes plain sightings only: two values of different facets on the same day.

    Only values that enough parties share are paired, and of each facet only an account's rarest few, so the pairs
    stay linear in the sightings.

    Args:
        sightings: Sightings of the window.
        common_kinds: Kinds that never link.
        min_party_count: Parties below which a value cannot make a node.
    """
    excluded = ", ".join(f"'{kind}'" for kind in (*common_kinds, "")) or "''"
    plain = sightings.where(
        f"identifier_kind not in ({excluded}) and facet not like '%+%' and facet <> 'handover'"
    ).selectExpr("usage_date", "account_id", "coalesce(party_id, account_id) as party_id", "facet",
                 "identifier_kind", "identifier_id", "coalesce(event_count, 1) as event_count")  # fmt: skip
    shared = (
        plain.groupBy("identifier_kind", "identifier_id")
        .agg(expr("count(distinct party_id) as parties"))
        .where(f"parties >= {min_party_count}")
    )
    ranked = (
        plain.join(shared, ["identifier_kind", "identifier_id"])
        .selectExpr(
            "*",
            "row_number() over (partition by usage_date, account_id, facet"
            " order by parties, identifier_kind, identifier_id) as position",
        )
        .where(f"position <= {_MAX_VALUES_PER_FACET}")
    )
    left = ranked.selectExpr(
        "usage_date", "account_id", "party_id", "facet as facet_a", "identifier_kind as kind_a",
        "identifier_id as part_a", "event_count",
    )  # fmt: skip
    right = ranked.selectExpr(
        "usage_date", "account_id", "facet as facet_b", "identifier_kind as kind_b", "identifier_id as part_b"
    )
    return (
        left.join(right, ["usage_date", "account_id"])
        .where("facet_a < facet_b")
        .groupBy("kind_a", "kind_b", "facet_a", "facet_b", "part_a", "part_b", "account_id")
        .agg(
            expr("max(party_id) as party_id"),
            expr("cast(count(distinct usage_date) as int) as day_count"),
            expr("sum(event_count) as event_count"),
        )
        .selectExpr(
            "part_a || '+' || part_b as node_id", "kind_a || '+' || kind_b as node_kind",
            "facet_a || '+' || facet_b as facet", "part_a", "part_b", "account_id", "party_id",
            "day_count", "event_count",
        )
    )  # fmt: skip


def poisson_tail_bits_sql(count: str, expected: str) -> str:
    """SQL for -log2 P(X >= count), X Poisson with the expected mean; 0 where count does not exceed it.

    The first tail term with Robbins' lower bound of the factorial (Amer. Math. Monthly 62, 1955), times the
    geometric bound of the rest: P(X >= k) <= e^-m m^k / k! * (k + 1) / (k + 1 - m) for k + 1 > m. An upper bound
    of the chance, so a lower bound of the surprise; within 0.2 bits for k >= 4 and k > 2 m.
    """
    k, m = f"cast({count} as double)", f"({expected})"
    log_factorial = f"({k} * ln({k}) - {k} + 0.5 * ln(2 * pi() * {k}) + 1 / (12 * {k} + 1))"
    nats = f"({m} - {k} * ln({m}) + {log_factorial} - ln(({k} + 1) / ({k} + 1 - {m})))"
    return f"case when {k} > {m} then greatest(0.0, {nats} / ln(2.0)) else 0.0 end"


@dataclass(frozen=True)
class NodeCensus:
    """What surprise is measured with, for the nodes that are wide enough to be looked at.

    Most values belong to one party. They are left out before anything is counted with care; what they add to the
    counts of their parts and to the population is kept.

    Nodes and accounts have numbers here, each its own and good for this census only: who belongs to what is gone
    through several times, and a row of numbers is a tenth of one of names.

    Attributes:
        memberships: ``node, account, party`` (numbers), ``day_count, event_count``.
        nodes: ``node, node_kind, node_id, facet, part_a, part_b, party_count, account_count``.
        accounts: ``account, account_id, party, party_id`` of the accounts behind them.
        parts: ``node_kind, side`` (``a`` or ``b``), ``part, parties`` of every part of such a node.
        kinds: ``node_kind, facet, population`` (parties), ``tested_count`` (nodes, narrow ones included).
    """

    memberships: DataFrame
    nodes: DataFrame
    accounts: DataFrame
    parts: DataFrame
    kinds: DataFrame


def node_census(composites: DataFrame, min_party_count: int) -> NodeCensus:
    """Count parties by node, by part and by kind.

    Args:
        composites: As :func:`observed_composites` returns them, one row per node and account; read several times.
        min_party_count: Parties below which a node is left out.
    """
    keyed = composites.selectExpr("*", f"{_NODE_KEY} as node_key")
    sizes = settled(keyed.groupBy("node_kind", "facet", "node_key").agg(expr("count(*) as account_count")))
    # Two nodes of one key are looked at for nothing; none is lost.
    wide = sizes.where(f"account_count >= {min_party_count}").select("node_key")
    rows = settled(keyed.join(wide, "node_key", "left_semi"))
    nodes = settled(
        rows.groupBy("node_key", "node_kind", "node_id", "facet", "part_a", "part_b")
        .agg(expr("count(distinct party_id) as party_count"), expr("count(*) as account_count"))
        .where(f"party_count >= {min_party_count}")
        .selectExpr("monotonically_increasing_id() as node", "*")
    )
    accounts = _numbered_accounts(rows)
    places = ["node_key", "node_kind", "node_id", "facet"]
    memberships = settled(
        rows.join(nodes.select("node", *places), places)
        .join(accounts, "account_id")
        .select("node", "account", "party", "day_count", "event_count")
    )
    wanted = nodes.selectExpr("node_kind", _SIDES).distinct()
    parts = settled(_parties_by_part(composites, wanted))
    population = composites.groupBy("node_kind").agg(expr("count(distinct party_id) as population"))
    tested = sizes.groupBy("node_kind", "facet").agg(expr("count(*) as tested_count"))
    kinds = settled(tested.join(population, "node_kind"))
    return NodeCensus(memberships, nodes.drop("node_key"), accounts, parts, kinds)


def _numbered_accounts(rows: DataFrame) -> DataFrame:
    """``account, account_id, party, party_id``; a party goes by the lowest number among its accounts."""
    return settled(
        rows.groupBy("account_id")
        .agg(expr("max(party_id) as party_id"))
        .selectExpr("monotonically_increasing_id() as account", "*")
        .selectExpr("*", "min(account) over (partition by party_id) as party")
    )


def _parties_by_part(composites: DataFrame, wanted: DataFrame) -> DataFrame:
    return (
        composites.selectExpr("node_kind", "party_id", _SIDES)
        .join(wanted, ["node_kind", "side", "part"], "left_semi")
        .groupBy("node_kind", "side", "part")
        .agg(expr("count(distinct party_id) as parties"))
    )


def surprise(census: NodeCensus, composites: DataFrame, suspects: DataFrame | None = None) -> DataFrame:
    """Lift and tail of every composite value that is wide enough.

    Args:
        census: Of the composites.
        composites: As :func:`observed_composites` returns them, one row per node and account.
        suspects: ``party_id`` of parties to leave out of the baseline (they are what the baseline is compared
            with); None for the plain baseline.

    Returns:
        ``node`` (the census's number), ``node_id, node_kind, facet, party_count, account_count, expected_party_count,
        lift, tail_bits, tested_count`` (values of the kind that were tested).
    """
    parts, kinds = census.parts, census.kinds
    if suspects is not None:
        # Parties are suspects or not, so those outside are all but those inside, who are few.
        inside = settled(composites.join(suspects, "party_id", "left_semi"))
        places = ["node_kind", "side", "part"]
        counted = _parties_by_part(inside, parts.select(*places)).withColumnRenamed("parties", "suspects")
        parts = parts.join(counted, places, "left").selectExpr(*places, "parties - coalesce(suspects, 0) as parties")
        crowd = inside.groupBy("node_kind").agg(expr("count(distinct party_id) as suspects"))
        kinds = kinds.join(crowd, "node_kind", "left").selectExpr(
            "node_kind", "facet", "population - coalesce(suspects, 0) as population", "tested_count"
        )
    a_parts, b_parts = (
        parts.where(f"side = '{side}'").selectExpr("node_kind", f"part as part_{side}", f"parties as {side}_parties")
        for side in ("a", "b")
    )
    # Add-one smoothing only where parties were taken out: a value nobody else shows is rare, not impossible.
    added = 0 if suspects is None else 1
    return (
        census.nodes.join(a_parts, ["node_kind", "part_a"])
        .join(b_parts, ["node_kind", "part_b"])
        .join(kinds.hint("broadcast"), ["node_kind", "facet"])
        .selectExpr(
            "*",
            f"(a_parties + {added}) * cast(b_parties + {added} as double) / greatest(population + {added}, 1)"
            " as expected_party_count",
        )
        .selectExpr(
            "node", "node_id", "node_kind", "facet", "party_count", "account_count", "expected_party_count",
            "tested_count", "party_count / expected_party_count as lift",
            f"{poisson_tail_bits_sql('party_count', 'expected_party_count')} as tail_bits",
        )
    )  # fmt: skip


def passing_sql(settings: Mapping[str, Any], min_lift: float, tail_factor: float = 1.0) -> str:
    """SQL predicate for nodes that passed the surprise test, corrected for the number of values tested."""
    return (
        f"party_count >= {int(settings['min_party_count'])} and lift >= {min_lift} and tail_bits >="
        f" {tail_factor} * greatest({float(settings['min_tail_bits'])}, 10 + log2(tested_count))"
    )
