"""What one pass over the events of whole accounts makes: sightings, activity and key history, still packed.

Nothing here knows Spark. Identifier tuples are aggregated first, so every kind is counted over the few tuples left,
and only distinct values are hashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from revenuer.stages.account_days import AccountDays, Measures
from revenuer.stages.activity import activity
from revenuer.stages.chunks import account_chunks, coded_column
from revenuer.stages.grouping import MISSING, Ints, grouped
from revenuer.stages.packing import SECOND, pack
from revenuer.stages.recipe import ORDER, Recipe


def gather(batches: Iterable[pa.RecordBatch], recipe: Recipe) -> Iterator[pa.RecordBatch]:
    """Make all tables of a stream of rows, packed.

    Args:
        batches: Rows of :class:`revenuer.stages.recipe.Recipe`'s columns, ordered by ``ORDER``.
        recipe: What to observe.
    """
    for chunk in account_chunks(batches, ORDER):
        days = AccountDays(chunk, recipe)
        if len(days):
            every = np.arange(len(days))
            parts = {
                "sightings": _sightings(days),
                "account_activity": activity(days),
                "key_usage": _key_usage(days),
                "sessions": _sessions(days),
                "parties": pa.table({**days.key(every), "party_id": days.party(every)}),
            }
            yield pack(parts, len(days.events))


def _sightings(days: AccountDays) -> pa.Table:
    """Sightings of event and account grain; a composite's identifier is in two columns."""
    observed, owned = days.observed, days.owned
    hashes: dict[str, pa.Array] = {name: coded.values for name, coded in {**observed, **owned}.items()}
    base = dict(zip(hashes, np.cumsum([0, *map(len, hashes.values())]), strict=False))
    tuples = grouped(days.day, *(coded.codes for coded in observed.values()))
    grains = {
        "event": (
            tuples.first(days.day),
            {name: tuples.first(coded.codes) for name, coded in observed.items()},
            days.measures.of(tuples),
        ),
        "account": (
            np.arange(len(days)),
            {name: coded.codes for name, coded in owned.items()},
            days.measures.of(days.groups),
        ),
    }
    blocks: list[tuple[Ints, ...]] = [(np.empty(0, dtype=np.int64),) * 8]
    for number, identifier in enumerate(days.recipe.identifiers):
        day, seen, measures = grains[identifier.grain]
        codes = [seen[part] for part in identifier.parts]
        rows = np.flatnonzero(np.logical_and.reduce([column != MISSING for column in codes]))
        groups = grouped(day[rows], *(column[rows] for column in codes))
        ids = [groups.first(column[rows]) + base[part] for column, part in zip(codes, identifier.parts, strict=True)]
        ids.append(np.full(len(groups), MISSING))
        label = np.full(len(groups), number)
        blocks.append((label, groups.first(day[rows]), *ids[:2], *vars(measures.at(rows).of(groups)).values()))
    label, day, first, second, *totals = (np.concatenate(columns) for columns in zip(*blocks, strict=True))
    names, facets = ([getattr(i, field) for i in days.recipe.identifiers] for field in ("name", "facet"))
    values = pa.concat_arrays([pa.array([], pa.string()), *hashes.values()])
    return pa.table(
        {
            **days.key(day),
            "party_id": days.party(day),
            "facet": coded_column(label, pa.array(facets, pa.string())),
            "identifier_kind": coded_column(label, pa.array(names, pa.string())),
            "identifier_id": coded_column(first, values),
            SECOND: coded_column(second, values),
            **Measures(*totals).columns(),
        }
    )


def _key_usage(days: AccountDays) -> pa.Table:
    """Per-key history."""
    events = days.events
    texts = {name: events.text(name) for name in ("api_key_id", "model", "channel")}
    groups = grouped(days.day, *(coded.codes for coded in texts.values()))
    return pa.table(
        {
            **days.key(groups.first(days.day)),
            **{name: coded.column(groups.first(coded.codes)) for name, coded in texts.items()},
            "event_count": pa.array(groups.sizes, pa.int64()),
            "input_tokens": groups.total(events.number("input_tokens")),
            "output_tokens": groups.total(events.number("output_tokens")),
            "error_count": groups.total(events.number("status_code") >= 400),
        }
    )


def _sessions(days: AccountDays) -> pa.Table:
    """Sessions by account and day, their ids still in the clear: two accounts in different chunks may share one."""
    session = days.events.text("session_id")
    rows = np.flatnonzero(session.codes != MISSING)
    groups = grouped(days.day[rows], session.codes[rows])
    day = groups.first(days.day[rows])
    return pa.table(
        {
            **days.key(day),
            "party_id": days.party(day),
            "session_id": session.column(groups.first(session.codes[rows])),
            **days.measures.at(rows).of(groups).columns(),
        }
    )
