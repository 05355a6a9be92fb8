"""Observe: from a day's valid usage to account-identifier facts, daily behaviour and per-key history.

The events are shuffled once, by account, and turned into all three tables in one pass over Arrow batches; no stage
after this one reads events again. A composite's ``identifier_id`` joins its parts' hashes with ``+``, so that its
parts' own counts can be looked up without a mapping table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.addresses import canonical_ip_sql
from revenuer.stages.gathering import gather
from revenuer.stages.handover import handover_sightings
from revenuer.stages.network_types import logged_type_sql, with_network_types
from revenuer.stages.packing import PACKED_SCHEMA, unpack
from revenuer.stages.recipe import NUMBERS, ORDER, TEXTS, Recipe, slot
from revenuer.tables import CONTRACTS

_PARTY = {"usage_date": "date", "account_id": "string", "party_id": "string"}
_SESSION = {
    **_PARTY,
    "session_id": "string",
    "event_count": "bigint",
    "token_count": "bigint",
    "first_seen_at": "timestamp",
    "last_seen_at": "timestamp",
}


@dataclass(frozen=True)
class Observation:
    """What a day's usage says.

    Attributes:
        sightings: Columns of ``sightings``.
        account_activity: Columns of ``account_activity``.
        key_usage: Columns of ``key_usage``.
        gathered: What the three are unpacked from; persist it before using more than one of them. The sum of its
            ``event_count`` is the number of events.
    """

    sightings: DataFrame
    account_activity: DataFrame
    key_usage: DataFrame
    gathered: DataFrame


def observe(
    usage: DataFrame,
    accounts: DataFrame,
    *,
    network_labels: DataFrame | None = None,
    identifiers: Mapping[str, Mapping[str, str]],
    composites: Mapping[str, Mapping[str, Any]],
    settings: Mapping[str, Any],
    hash_key: bytes,
) -> Observation:
    """Observe one day, or several at once: every day comes out as it would alone.

    Args:
        usage: One or several days of ``valid_usage``; read more than once.
        accounts: ``accounts``; may be empty.
        network_labels: ``network_labels``; None where the site has none.
        identifiers: Section ``identifiers`` of the configuration.
        composites: Section ``composites``.
        settings: Section ``observe``.
        hash_key: The site's secret for identifier hashes.
    """
    recipe = Recipe.of(identifiers=identifiers, composites=composites, settings=settings, hash_key=hash_key)
    typed = usage.withColumn("network_type", expr(logged_type_sql(settings["network_types"])))
    if network_labels is not None:
        typed = with_network_types(typed, network_labels, settings["network_types"])
    rows = (
        _event_rows(typed, recipe)
        .unionByName(_account_rows(accounts, recipe))
        .repartition("account_id")
        .sortWithinPartitions(ORDER)
    )
    gathered = rows.mapInArrow(partial(gather, recipe=recipe), PACKED_SCHEMA)
    handed = handover_sightings(
        usage,
        unpack(gathered, "sessions", _SESSION),
        unpack(gathered, "parties", _PARTY),
        settings=settings,
        hash_key=hash_key,
    )
    tables = {name: unpack(gathered, name, _fields(name)) for name in ("sightings", "account_activity", "key_usage")}
    sightings = tables["sightings"].unionByName(handed.select(*CONTRACTS["sightings"].columns))
    return Observation(sightings, tables["account_activity"], tables["key_usage"], gathered)


def _event_rows(usage: DataFrame, recipe: Recipe) -> DataFrame:
    values = {slot(place): kind.expression for place, kind in enumerate(recipe.event_kinds)}
    # Sites' own expressions, too, see one text for one address.
    usage = usage.withColumn("client_ip", expr(canonical_ip_sql("client_ip")))
    return usage.selectExpr(
        f"xxhash64(account_id) as {ORDER}", "account_id", "organization_id", "unix_date(usage_date) as day",
        "unix_micros(event_at) as event_micros", *NUMBERS, *TEXTS, *_slots(recipe, values),
    )  # fmt: skip


def _account_rows(accounts: DataFrame, recipe: Recipe) -> DataFrame:
    """The accounts' own entries, so that they reach their events without a join."""
    values = {slot(place): kind.expression for place, kind in enumerate(recipe.account_kinds)}
    nulls = dict.fromkeys(("event_micros", *NUMBERS), "bigint") | dict.fromkeys(TEXTS, "string")
    nulls |= {"status_code": "int", "turn_index": "int", "day": "int"}
    accounts = accounts.withColumn("signup_ip", expr(canonical_ip_sql("signup_ip")))
    return accounts.where("account_id is not null").selectExpr(
        f"xxhash64(account_id) as {ORDER}", "account_id", "organization_id",
        *(f"cast(null as {type_}) as {name}" for name, type_ in nulls.items()), *_slots(recipe, values),
    )  # fmt: skip


def _slots(recipe: Recipe, values: Mapping[str, str]) -> list[str]:
    return [f"cast({values.get(name, 'null')} as string) as {name}" for name in recipe.slots]


def _fields(table: str) -> dict[str, str]:
    return {column.name: column.type for column in CONTRACTS[table].column_definitions()}
