"""Daily behaviour per account and workload: counts, clocks, session starts, networks and length sketches.

Every sketch is a histogram or a bounded set, so days merge by adding or uniting, and no later stage needs events.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.account_days import AccountDays
from revenuer.stages.chunks import Coded
from revenuer.stages.grouping import MISSING, Groups, Ints, Mask, grouped, offsets, position_in_run
from revenuer.stages.hashing import with_digits

HISTOGRAM_SIZE = 24
_MISSING_PART = "-"
_REFUSALS = (401, 403, 429)
_TOKENS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens")
_CATEGORIES = ("network_type", "model", "capability", "channel")
_SETS = {
    # column: kind whose distinct values it holds
    "network_ids": "wide_network",
    "prefix_ids": "ip_prefix",
    "client_ids": "client_signature",
}
_MAX_SETTINGS = 8
_HOUR_MICROS, _DAY_SECONDS = 3_600_000_000, 86_400
# Bin of a length: 0 below 2, 1 below 4 ... 23 from 2^23 on, as floor(log2(.)) says.
_EDGES = 2 ** np.arange(1, HISTOGRAM_SIZE, dtype=np.int64)


def with_workload_id(frame: DataFrame, *, hash_key: bytes, kinds: Mapping[str, Mapping[str, str]]) -> DataFrame:
    """A frame with its ``workload_id``: template hash ``+`` tool set hash, with ``-`` for a missing part.

    Args:
        frame: The columns that the expressions of kinds ``template`` and ``toolset`` read.
        hash_key: The site's secret.
        kinds: Section ``identifiers`` of the configuration.
    """
    columns, parts = frame.columns, []
    for name in ("template", "toolset"):
        part = f"'{_MISSING_PART}'"
        if name in kinds:
            texts = frame.withColumn(f"_{name}", expr(f"cast({kinds[name]['expression']} as string)"))
            frame = with_digits(texts, hash_key, name, f"_{name}", f"_{name}_id")
            part = f"coalesce(_{name}_id, {part})"
        parts.append(part)
    return frame.selectExpr(*columns, f"concat_ws('+', {', '.join(parts)}) as workload_id")


def activity(days: AccountDays) -> pa.Table:
    """Behaviour by account, workload and day, columns of ``account_activity``; texts are dictionary columns."""
    events, observed = days.events, days.observed
    nothing = Coded(np.full(len(events), MISSING), pa.array([], pa.string()))
    template, toolset = (observed.get(name, nothing) for name in ("template", "toolset"))
    works = grouped(days.day, template.codes, toolset.codes)
    work, day = works.labels, works.first(days.day)
    status = events.number("status_code")
    at = events.event_at
    order = np.lexsort((at, work))
    gap, has_gap = _gaps(work, at, order)
    is_start = ~has_gap | (gap >= days.recipe.session_gap_seconds)
    # A session ends where the next row, in time, begins one.
    is_end = np.ones(len(at), dtype=bool)
    is_end[order[:-1]] = is_start[order[1:]]
    return pa.table(
        {
            **days.key(day),
            "workload_id": _workload_ids(
                template.column(works.first(template.codes)), toolset.column(works.first(toolset.codes))
            ),
            "party_id": days.party(day),
            "event_count": works.sizes,
            "refused_count": works.total(np.isin(status, _REFUSALS)),
            "error_count": works.total(status >= 400),
            "follow_up_count": works.total(events.number("turn_index") > 0),
            "turn_known_count": works.total(events.known("turn_index")),
            **{name: works.total(events.number(name)) for name in _TOKENS},
            "hour_counts": _histogram(work, at // _HOUR_MICROS % HISTOGRAM_SIZE, len(works)),
            "session_start_seconds": _seconds_of_day(days, works, is_start),
            "session_end_seconds": _seconds_of_day(days, works, is_end),
            **{
                name: _sets(work, observed.get(kind, nothing), len(works), days.recipe.max_set_size)
                for name, kind in _SETS.items()
            },
            "settings_counts": _counts(work, observed.get("settings", nothing), len(works), _MAX_SETTINGS),
            **{
                f"{name}_counts": _counts(work, events.text(name).filled("unknown").ranked(), len(works))
                for name in _CATEGORIES
            },
            "input_length_counts": _length_histogram(work, 1 + events.number("input_tokens", MISSING), len(works)),
            "output_length_counts": _length_histogram(work, 1 + events.number("output_tokens", MISSING), len(works)),
            "gap_counts": _length_histogram(work, np.where(has_gap, 1 + gap, 0), len(works)),
            "first_seen_at": works.least(at),
            "last_seen_at": works.greatest(at),
        }
    )


def _workload_ids(template: pa.Array, toolset: pa.Array) -> pa.Array:
    parts = (pc.fill_null(part.dictionary_decode(), _MISSING_PART) for part in (template, toolset))
    return pc.binary_join_element_wise(*parts, "+").dictionary_encode()


def _gaps(work: Ints, at: Ints, order: Ints) -> tuple[NDArray[np.float64], Mask]:
    """Seconds since the workload's previous event, and whether there was one, by event; ``order`` as by work, time."""
    seconds = at[order] / 1e6
    gap, has_gap = np.zeros(len(at)), np.zeros(len(at), dtype=bool)
    gap[order[1:]] = seconds[1:] - seconds[:-1]
    has_gap[order[1:]] = work[order[1:]] == work[order[:-1]]
    return gap, has_gap


def _seconds_of_day(days: AccountDays, works: Groups, chosen: Mask) -> pa.Array:
    """Seconds of the UTC day of some events, ascending, by workload."""
    rows = np.flatnonzero(chosen)
    work = works.labels[rows]
    seconds = days.events.event_at[rows] // 1_000_000 - days.events.number("day")[rows] * _DAY_SECONDS
    order = np.lexsort((seconds, work))
    return pa.ListArray.from_arrays(
        pa.array(offsets(work, len(works))), pa.array(seconds[order].astype(np.int32), pa.int32())
    )


def _histogram(work: Ints, bins: Ints, count: int) -> pa.Array:
    """24 counts for each of ``count`` workloads."""
    counts = np.bincount(work * HISTOGRAM_SIZE + bins, minlength=count * HISTOGRAM_SIZE)
    starts = np.arange(count + 1, dtype=np.int32) * HISTOGRAM_SIZE
    return pa.ListArray.from_arrays(pa.array(starts), pa.array(counts, pa.int64()))


def _length_histogram(work: Ints, sizes: NDArray[np.int64] | NDArray[np.float64], count: int) -> pa.Array:
    """Histogram of ``floor(log2(size))``; the last bin also counts the events whose size is unknown (0)."""
    bins = np.searchsorted(_EDGES, sizes, side="right")
    return _histogram(work, np.where(sizes > 0, bins, HISTOGRAM_SIZE - 1), count)


def _sets(work: Ints, values: Coded, count: int, limit: int) -> pa.Array:
    """Distinct values by workload, the first ``limit`` in byte order."""
    rows = np.flatnonzero(values.codes != MISSING)
    groups = grouped(work[rows], values.codes[rows])
    label, code = groups.first(work[rows]), groups.first(values.codes[rows])
    kept = position_in_run(label) < limit
    return pa.ListArray.from_arrays(pa.array(offsets(label[kept], count)), values.column(code[kept]))


def _counts(work: Ints, values: Coded, count: int, limit: int | None = None) -> pa.Array:
    """Events by value as a map, the most frequent first and equals in byte order."""
    rows = np.flatnonzero(values.codes != MISSING)
    groups = grouped(work[rows], values.codes[rows])
    label, code = groups.first(work[rows]), groups.first(values.codes[rows])
    order = np.lexsort((code, -groups.sizes, label))
    if limit is not None:
        order = order[position_in_run(label[order]) < limit]
    return pa.MapArray.from_arrays(
        pa.array(offsets(label[order], count)), values.column(code[order]), pa.array(groups.sizes[order], pa.int64())
    )
