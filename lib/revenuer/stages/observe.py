"""Observe: from a day's valid usage to account-identifier facts, daily behaviour and per-key history.

Full identifier tuples are aggregated first and only the few rows left are hashed and unpivoted. No stage after this
one reads events again. A composite's ``identifier_id`` joins its parts' hashes with ``+``, so that its parts'
own counts can be looked up without a mapping table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.activity import account_activity
from revenuer.stages.handover import handover_sightings
from revenuer.stages.hashing import hmac_sql
from revenuer.tables import CONTRACTS


@dataclass(frozen=True)
class Observation:
    """What a day's usage says.

    Attributes:
        sightings: Columns of ``sightings``.
        account_activity: Columns of ``account_activity``.
        key_usage: Columns of ``key_usage``.
    """

    sightings: DataFrame
    account_activity: DataFrame
    key_usage: DataFrame


@dataclass(frozen=True)
class Kind:
    """A configured kind of identifier."""

    name: str
    facet: str
    grain: str
    strength: str
    expression: str


def kinds_of(identifiers: Mapping[str, Mapping[str, str]]) -> dict[str, Kind]:
    """The configured kinds by name."""
    return {name: Kind(name=name, **entry) for name, entry in identifiers.items()}


def composite_facet(kinds: Mapping[str, Kind], parts: list[str]) -> str:
    """Facet label of a composite: its parts' facets, joined when they differ."""
    first, second = (kinds[part].facet for part in parts)
    return first if first == second else f"{first}+{second}"


def observe(
    events: DataFrame,
    accounts: DataFrame,
    *,
    identifiers: Mapping[str, Mapping[str, str]],
    composites: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any],
    hash_key: bytes,
) -> Observation:
    """Observe one day, or several at once: every day comes out as it would alone.

    Args:
        events: As :func:`with_parties` returns them; read several times, so persist them.
        accounts: ``accounts``; may be empty.
        identifiers: Section ``identifiers`` of the configuration.
        composites: Section ``composites``.
        settings: Section ``observe``.
        hash_key: The site's secret for identifier hashes.
    """
    kinds = kinds_of(identifiers)
    activity = account_activity(events, settings=settings, hash_key=hash_key, kinds=identifiers)
    observed = _event_sightings(events, kinds, composites, hash_key)
    owned = _account_sightings(events, accounts, kinds, composites, hash_key)
    handed = handover_sightings(events, settings=settings, hash_key=hash_key)
    columns = CONTRACTS["sightings"].columns
    sightings = observed.select(*columns).unionByName(owned.select(*columns)).unionByName(handed.select(*columns))
    return Observation(sightings, activity, key_usage(events))


def with_parties(usage: DataFrame, accounts: DataFrame) -> DataFrame:
    """Add ``party_id``: the organisation where any source knows one, else the account itself.

    The account table wins over the log, so that an account's party does not flicker with half-filled rows.

    Args:
        usage: One or several days of ``valid_usage``.
        accounts: ``accounts``; may be empty.
    """
    known = accounts.selectExpr("account_id", "organization_id as _registered_organization")
    per_account = (
        usage.groupBy("usage_date", "account_id")
        .agg(expr("max(organization_id) as _logged_organization"))
        .join(known, "account_id", "left")
        .selectExpr(
            "usage_date",
            "account_id",
            "coalesce(_registered_organization, _logged_organization, account_id) as party_id",
        )
    )
    return usage.join(per_account, ["usage_date", "account_id"])


def _unpivot(
    tuples: DataFrame, kinds: Mapping[str, Kind], composites: Mapping[str, Mapping[str, Any]], grain: str
) -> DataFrame:
    """One row per identifier and tuple; tuples hold a hashed column per kind of the grain."""
    entries = [
        f"struct('{k.facet}' as facet, '{k.name}' as identifier_kind, `{k.name}` as identifier_id)"
        for k in kinds.values()
        if k.grain == grain
    ]
    for name, composite in composites.items():
        first, second = composite["parts"]
        if kinds[first].grain == grain:
            facet = composite_facet(kinds, [first, second])
            entries.append(
                f"struct('{facet}' as facet, '{name}' as identifier_kind,"
                f" `{first}` || '+' || `{second}` as identifier_id)"
            )
    carried = "usage_date, account_id, party_id, event_count, token_count, first_seen_at, last_seen_at"
    return (
        tuples.selectExpr(*carried.split(", "), f"inline(array({', '.join(entries)}))")
        .where("identifier_id is not null")
        .groupBy("usage_date", "account_id", "party_id", "facet", "identifier_kind", "identifier_id")
        .agg(
            expr("sum(event_count) as event_count"),
            expr("sum(token_count) as token_count"),
            expr("min(first_seen_at) as first_seen_at"),
            expr("max(last_seen_at) as last_seen_at"),
        )
    )


_MEASURES = (
    "count(*) as event_count",
    "sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as token_count",
    "min(event_at) as first_seen_at",
    "max(event_at) as last_seen_at",
)


def _event_sightings(
    events: DataFrame, kinds: Mapping[str, Kind], composites: Mapping[str, Mapping[str, Any]], hash_key: bytes
) -> DataFrame:
    event_kinds = [k for k in kinds.values() if k.grain == "event"]
    values = events.selectExpr(
        "usage_date", "account_id", "party_id", "input_tokens", "output_tokens", "event_at",
        *(f"cast({k.expression} as string) as `{k.name}`" for k in event_kinds),
    )  # fmt: skip
    keys = ["usage_date", "account_id", "party_id", *(k.name for k in event_kinds)]
    tuples = values.groupBy(*keys).agg(*map(expr, _MEASURES))
    hashed = tuples.selectExpr(
        "usage_date", "account_id", "party_id", "event_count", "token_count", "first_seen_at", "last_seen_at",
        *(f"{hmac_sql(hash_key, k.name, f'`{k.name}`')} as `{k.name}`" for k in event_kinds),
    )  # fmt: skip
    return _unpivot(hashed, kinds, composites, "event")


def _account_sightings(
    events: DataFrame,
    accounts: DataFrame,
    kinds: Mapping[str, Kind],
    composites: Mapping[str, Mapping[str, Any]],
    hash_key: bytes,
) -> DataFrame:
    """Identifiers an account was opened and is paid with, seen on each day the account is active."""
    active = events.groupBy("usage_date", "account_id", "party_id").agg(*map(expr, _MEASURES))
    owned = accounts.selectExpr(
        "account_id",
        *(
            f"{hmac_sql(hash_key, k.name, f'({k.expression})')} as `{k.name}`"
            for k in kinds.values()
            if k.grain == "account"
        ),
    )
    return _unpivot(active.join(owned, "account_id"), kinds, composites, "account")


def key_usage(usage: DataFrame) -> DataFrame:
    """Per-key history of a day, columns of ``key_usage``."""
    return usage.groupBy("usage_date", "account_id", "api_key_id", "model", "channel").agg(
        expr("count(*) as event_count"),
        expr("sum(coalesce(input_tokens, 0)) as input_tokens"),
        expr("sum(coalesce(output_tokens, 0)) as output_tokens"),
        expr("count_if(status_code >= 400) as error_count"),
    )
