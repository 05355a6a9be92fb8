"""Observe as plain Spark SQL: slow, and the reference that the fast path must equal row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.recipe import Kind
from revenuer.tables import CONTRACTS

_BLOCK_BYTES = 64


def hmac_sql(key: bytes, kind: str, value_sql: str) -> str:
    """SQL of the keyed hash: two nested SHA-256 over padded keys (RFC 2104). A plan that has it has the key."""
    padded = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner, outer = (bytes(b ^ mask for b in padded).hex() for mask in (0x36, 0x5C))
    message = f"concat(X'{inner}', cast('{kind}' as binary), X'00', cast(cast({value_sql} as string) as binary))"
    return f"substring(sha2(concat(X'{outer}', unhex(sha2({message}, 256))), 256), 1, 32)"


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
        if kinds[first].grain == kinds[second].grain == grain:
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


HISTOGRAM_SIZE = 24
_MISSING_PART = "-"
_SKETCHES = {
    # column: SQL of the histogram bin
    "hour_counts": "hour(event_at)",
    "input_length_counts": "least(floor(log2(1 + input_tokens)), 23)",
    "output_length_counts": "least(floor(log2(1 + output_tokens)), 23)",
    "gap_counts": "least(floor(log2(1 + gap_seconds)), 23)",
}
_CATEGORIES = {
    # column: SQL of the category
    "network_type_counts": "coalesce(network_type, 'unknown')",
    "model_counts": "coalesce(model, 'unknown')",
    "capability_counts": "coalesce(capability, 'unknown')",
    "channel_counts": "coalesce(channel, 'unknown')",
    "settings_counts": "settings",
}
_MAX_SETTINGS = 8


def workload_sql(hash_key: bytes, kinds: Mapping[str, Mapping[str, str]]) -> str:
    """SQL of ``workload_id``: template hash ``+`` tool set hash, with ``-`` for a missing part."""
    template, toolset = (
        f"coalesce({_hashed(hash_key, kinds, name)}, '{_MISSING_PART}')" for name in ("template", "toolset")
    )
    return f"{template} || '+' || {toolset}"


def account_activity(
    events: DataFrame, *, settings: Mapping[str, Any], hash_key: bytes, kinds: Mapping[str, Mapping[str, str]]
) -> DataFrame:
    """Behaviour of one day, columns of ``account_activity``.

    Args:
        events: A day of ``valid_usage`` with ``party_id``.
        settings: Section ``observe``; ``session_gap_seconds`` in seconds, ``max_set_size`` in entries.
        hash_key: The site's secret.
        kinds: Section ``identifiers``.
    """
    size = int(settings["max_set_size"])

    workload = f"{workload_sql(hash_key, kinds)} as workload_id"
    if _plain(kinds):
        # Hash the few distinct pairs, not every event.
        works = events.selectExpr("prompt_template_id as _t", "toolset_id as _s").distinct()
        hashes = works.selectExpr("_t", "_s", workload.replace("prompt_template_id", "_t").replace("toolset_id", "_s"))
        labelled = events.join(hashes.hint("broadcast"), expr("prompt_template_id <=> _t and toolset_id <=> _s"))
    else:
        labelled = events.selectExpr("*", workload)
    rows = labelled.selectExpr(
        "usage_date", "account_id", "workload_id", "party_id", "event_at", "status_code", "turn_index",
        "input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "network_type", "model",
        "capability", "channel",
        f"{_hashed(hash_key, kinds, 'wide_network')} as network", f"{_hashed(hash_key, kinds, 'ip_prefix')} as prefix",
        f"{_hashed(hash_key, kinds, 'client_signature')} as client",
        f"{_hashed(hash_key, kinds, 'settings')} as settings",
        "unix_micros(event_at) / 1e6 - lag(unix_micros(event_at) / 1e6) over"
        " (partition by usage_date, account_id, workload_id order by event_at) as gap_seconds",
        "lead(unix_micros(event_at) / 1e6) over (partition by usage_date, account_id, workload_id order by event_at)"
        " - unix_micros(event_at) / 1e6 as next_gap_seconds",
    ).persist()  # fmt: skip
    key = ["usage_date", "account_id", "workload_id"]
    start = f"gap_seconds is null or gap_seconds >= {int(settings['session_gap_seconds'])}"
    end = start.replace("gap_seconds", "next_gap_seconds")
    measures = rows.groupBy(*key, "party_id").agg(
        *map(
            expr,
            (
                "count(*) as event_count",
                "count_if(status_code in (401, 403, 429)) as refused_count",
                "count_if(status_code >= 400) as error_count",
                "count_if(turn_index > 0) as follow_up_count",
                "count(turn_index) as turn_known_count",
                *(
                    f"sum(coalesce({name}, 0)) as {name}"
                    for name in ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
                ),
                f"sort_array(collect_list(case when {start} then cast(floor(unix_seconds(event_at)"
                " - unix_seconds(cast(usage_date as timestamp))) as int) end)) as session_start_seconds",
                f"sort_array(collect_list(case when {end} then cast(floor(unix_seconds(event_at)"
                " - unix_seconds(cast(usage_date as timestamp))) as int) end)) as session_end_seconds",
                f"slice(sort_array(collect_set(network)), 1, {size}) as network_ids",
                f"slice(sort_array(collect_set(prefix)), 1, {size}) as prefix_ids",
                f"slice(sort_array(collect_set(client)), 1, {size}) as client_ids",
                "min(event_at) as first_seen_at",
                "max(event_at) as last_seen_at",
            ),
        )
    )
    return measures.join(_histograms(rows, key), key).select(*CONTRACTS["account_activity"].columns)


def _hashed(hash_key: bytes, kinds: Mapping[str, Mapping[str, str]], kind: str) -> str:
    """SQL of a kind's hash; null for a kind the site has switched off."""
    if kind not in kinds:
        return "cast(null as string)"
    expression = kinds[kind]["expression"]
    return hmac_sql(hash_key, kind, f"({expression})")


def _plain(kinds: Mapping[str, Mapping[str, str]]) -> bool:
    """Whether the workload kinds are the plain columns, so that hashing distinct pairs is enough."""
    return (
        kinds.get("template", {}).get("expression") == "prompt_template_id"
        and kinds.get("toolset", {}).get("expression") == "toolset_id"
    )


def _histograms(rows: DataFrame, key: list[str]) -> DataFrame:
    """All histograms in one unpivot and two aggregations: by bin, then into arrays and maps."""
    entries = ", ".join(
        f"struct('{name}' as sketch, cast({sql} as string) as bin)"
        for name, sql in {**_SKETCHES, **_CATEGORIES}.items()
    )
    bins = (
        rows.selectExpr(*key, f"inline(array({entries}))")
        .where("bin is not null")
        .groupBy(*key, "sketch", "bin")
        .count()
        .groupBy(*key)
        .agg(expr("collect_list(struct(sketch, bin, `count` as n)) as bins"))
    )
    # Zipped with zeros, and not looked up bin by bin: a lambda would build its map anew for every bin.
    zeros = f"map_from_arrays(sequence(0, {HISTOGRAM_SIZE - 1}), array_repeat(0L, {HISTOGRAM_SIZE}))"
    arrays = [
        f"map_values(map_zip_with({zeros}, map_from_entries(transform(filter(bins, b -> b.sketch = '{name}'),"
        f" b -> struct(cast(b.bin as int), b.n))), (bin, zero, n) -> coalesce(n, zero))) as {name}"
        for name in _SKETCHES
    ]
    maps = [f"map_from_entries(transform({_entries(name)}, b -> struct(b.bin, b.n))) as {name}" for name in _CATEGORIES]
    return bins.selectExpr(*key, *arrays, *maps)


def _entries(name: str) -> str:
    mine = f"filter(bins, b -> b.sketch = '{name}')"
    # Sorted so that the same day gives byte-equal rows however Spark partitioned it.
    order = "(l, r) -> case when l.n <> r.n then cast(sign(r.n - l.n) as int) when l.bin < r.bin then -1 else 1 end"
    ordered = f"array_sort({mine}, {order})"
    return f"slice({ordered}, 1, {_MAX_SETTINGS})" if name == "settings_counts" else ordered


_SECONDS_PER_DAY = 86_400
# A retry counts only where another party would have sent the same request in that minute by chance
# in fewer than one case in twenty.
_MAX_CHANCE = 0.05


def handover_sightings(events: DataFrame, *, settings: Mapping[str, Any], hash_key: bytes) -> DataFrame:
    """Sightings of kinds ``shared_session`` and ``failover``, columns of ``sightings``.

    Args:
        events: A day of ``valid_usage`` with ``party_id``.
        settings: Section ``observe``; ``retry_seconds`` in seconds.
        hash_key: The site's secret.
    """
    return _shared_sessions(events, hash_key).unionByName(_failovers(events, int(settings["retry_seconds"]), hash_key))


def _shared_sessions(events: DataFrame, hash_key: bytes) -> DataFrame:
    """A session id under several parties. One that many parties show is a constant, not a session.

    On a day on which many ids are shared, they are unique within an account only, and none counts.
    """
    per_account = (
        events.where("session_id is not null")
        .groupBy("usage_date", "account_id", "party_id", "session_id")
        .agg(
            expr("count(*) as event_count"),
            expr("sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) as token_count"),
            expr("min(event_at) as first_seen_at"),
            expr("max(event_at) as last_seen_at"),
        )
    )
    by_id = per_account.groupBy("usage_date", "session_id").agg(
        expr("count(distinct party_id) as parties"), expr("sum(event_count) as events")
    )
    day = "over (partition by usage_date)"
    shared = (
        by_id.where("events >= 2")
        .selectExpr(
            "*",
            f"count(*) {day} as ids",
            f"count_if(parties >= 2 and parties <= 20) {day} as handed",
            f"count_if(parties >= 21) {day} as wide",
        )
        .where("parties >= 2 and parties <= 20")
        .where("handed <= 1 or 100 * handed <= ids or (10 * handed <= ids and (wide <= 3 or 20 * wide <= handed))")
        .select("usage_date", "session_id")
    )
    return per_account.join(shared, ["usage_date", "session_id"]).selectExpr(
        "usage_date", "account_id", "party_id", "'handover' as facet", "'shared_session' as identifier_kind",
        f"{hmac_sql(hash_key, 'shared_session', 'session_id')} as identifier_id",
        "event_count", "token_count", "first_seen_at", "last_seen_at",
    )  # fmt: skip


def _failovers(events: DataFrame, retry_seconds: int, hash_key: bytes) -> DataFrame:
    """A refused request sent again on another party's account within a minute.

    The same request is the same template, tool set, settings, model and input length; keys that are busy enough for
    chance to explain the retry are left out, and so is what schedules that start together explain.
    """
    keyed = events.where(
        "input_tokens is not null and coalesce(prompt_template_id, toolset_id, request_settings_id) is not null"
    ).selectExpr(
        "usage_date", "account_id", "party_id", "request_id", "event_at", "status_code", "input_tokens",
        "output_tokens",
        "xxhash64(prompt_template_id, toolset_id, request_settings_id, model, input_tokens) as request_key",
    )  # fmt: skip
    refused = keyed.where("status_code in (401, 403, 429)").selectExpr(
        "usage_date", "request_key", "request_id as refused_request_id", "account_id as refused_account_id",
        "party_id as refused_party_id", "event_at as refused_at",
    )  # fmt: skip
    busy_limit = _MAX_CHANCE * _SECONDS_PER_DAY / retry_seconds
    rare = (
        keyed.join(refused.select("usage_date", "request_key").distinct(), ["usage_date", "request_key"], "left_semi")
        .groupBy("usage_date", "request_key")
        .count()
        .where(f"`count` <= {busy_limit}")
        .select("usage_date", "request_key")
    )
    minute = f"make_dt_interval(0, 0, 0, {retry_seconds})"
    near = (
        keyed.where("coalesce(status_code, 200) < 400")
        .join(rare, ["usage_date", "request_key"])
        .join(refused, ["usage_date", "request_key"])
        .where(f"event_at between refused_at - {minute} and refused_at + 2 * {minute}")
        .withColumn("is_near", expr(f"event_at <= refused_at + {minute}"))
    )
    # Handed over is what the account got no answer to within two minutes, nor its party within one, no stranger in the
    # minute before, and few in the one after.
    of_account, of_party = "account_id = refused_account_id", "party_id = refused_party_id"
    handed = (
        near.groupBy("usage_date", "refused_account_id", "refused_request_id")
        .agg(
            expr(f"count_if(event_at >= refused_at and ({of_account} or {of_party} and is_near)) as own_after"),
            expr(f"count_if(event_at <= refused_at and not {of_party}) as strangers_before"),
            expr("count(distinct case when event_at > refused_at and is_near then party_id end) as parties_after"),
        )
        .where("own_after = 0 and strangers_before = 0 and parties_after between 1 and 2")
        .select("usage_date", "refused_account_id", "refused_request_id")
    )
    both = (
        near.join(handed, ["usage_date", "refused_account_id", "refused_request_id"])
        .where("event_at > refused_at and is_near")
        .selectExpr(
            "usage_date", "refused_request_id",
            "inline(array("
            "struct(refused_account_id as account_id, refused_party_id as party_id, refused_at as seen_at),"
            "struct(account_id as account_id, party_id as party_id, event_at as seen_at)))",
        )
    )  # fmt: skip
    return (
        both.groupBy("usage_date", "account_id", "party_id", "refused_request_id")
        .agg(
            expr("count(*) as event_count"),
            expr("0L as token_count"),
            expr("min(seen_at) as first_seen_at"),
            expr("max(seen_at) as last_seen_at"),
        )
        .selectExpr(
            "usage_date", "account_id", "party_id", "'handover' as facet", "'failover' as identifier_kind",
            f"{hmac_sql(hash_key, 'failover', 'refused_request_id')} as identifier_id",
            "event_count", "token_count", "first_seen_at", "last_seen_at",
        )
    )  # fmt: skip
