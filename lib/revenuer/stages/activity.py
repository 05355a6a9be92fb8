"""Daily behaviour per account and workload: counts, clocks, session starts, networks and length sketches.

Every sketch is a histogram or a bounded set, so days merge by adding or uniting, and no later stage needs events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.hashing import hmac_sql
from revenuer.tables import CONTRACTS

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
    ).localCheckpoint(eager=False)  # fmt: skip
    key = ["usage_date", "account_id", "workload_id"]
    start = f"gap_seconds is null or gap_seconds >= {int(settings['session_gap_seconds'])}"
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
