"""Composites: values of two facets that were seen together, the rows that link nodes are made of."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.quoting import quoted

# Values of one facet that an account may bring to derived pairs on a day, rarest first. An account with more than
# this many is itself a crowd, and pairs of its values say nothing.
_MAX_VALUES_PER_FACET = 20


def composite_sql(composite_kinds: Sequence[str]) -> str:
    """SQL predicate for sightings of composites: of a configured kind, or with a facet joined by ``+``.

    The identifier itself is no guide: a site's own ids may contain ``+``.
    """
    return f"(facet like '%+%' or identifier_kind in ({quoted(composite_kinds)}))"


def is_composite(kind: str, facet: str, composite_kinds: Container[str]) -> bool:
    """Whether a sighting is of a composite, as :func:`composite_sql` says it."""
    return "+" in facet or kind in composite_kinds


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


def derived_composites(
    sightings: DataFrame, facts: DataFrame, common_kinds: Sequence[str], min_party_count: int
) -> DataFrame:
    """Composites for a site that writes plain sightings only: two values of different facets on the same day.

    Only values that enough parties share are paired, and of each facet only an account's rarest few, so the pairs
    stay linear in the sightings.

    Args:
        sightings: Sightings of the window.
        facts: As :func:`window_facts` returns them; they know the party of an account, which a sighting may not.
        common_kinds: Kinds that never link.
        min_party_count: Parties below which a value cannot make a node.
    """
    excluded = quoted((*common_kinds, ""))
    plain = (
        sightings.where(f"identifier_kind not in ({excluded}) and facet not like '%+%' and facet <> 'handover'")
        .join(facts.select("account_id", expr("party_id as settled_party_id")).distinct(), "account_id")
        .selectExpr("usage_date", "account_id", "settled_party_id as party_id", "facet", "identifier_kind",
                    "identifier_id", "coalesce(event_count, 1) as event_count")
    )  # fmt: skip
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
        .groupBy("kind_a", "kind_b", "facet_a", "facet_b", "part_a", "part_b", "account_id", "party_id")
        .agg(
            expr("cast(count(distinct usage_date) as int) as day_count"),
            expr("sum(event_count) as event_count"),
        )
        .selectExpr(
            "part_a || '+' || part_b as node_id", "kind_a || '+' || kind_b as node_kind",
            "facet_a || '+' || facet_b as facet", "part_a", "part_b", "account_id", "party_id",
            "day_count", "event_count",
        )
    )  # fmt: skip
