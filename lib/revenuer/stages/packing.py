"""Several tables in one frame: a row holds a piece of one table as a compressed Arrow stream.

One pass over the events makes rows of several tables, and a frame has one schema. Packed, they cost the JVM nothing
until a table is written, and texts stay numbers until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

PACKED_SCHEMA = "part string, event_count bigint, payload binary"
SECOND = "_second"
_BATCH_ROWS = 65_536
_OUTPUT_ROWS = 10_000
_INSTANTS = frozenset({"first_seen_at", "last_seen_at"})


def pack(parts: Mapping[str, pa.Table], event_count: int) -> pa.RecordBatch:
    """Pack tables; ``event_count`` is put on the first row, so that it can be summed.

    Args:
        parts: Tables by name. Texts may be dictionary columns, also within lists and maps; instants are microseconds.
        event_count: Events the tables were made from.
    """
    counts = [event_count if place == 0 else 0 for place in range(len(parts))]
    payloads = [_stream(table) for table in parts.values()]
    columns = [pa.array(list(parts), pa.string()), pa.array(counts, pa.int64()), pa.array(payloads, pa.binary())]
    return pa.record_batch(columns, names=["part", "event_count", "payload"])


def unpack(packed: DataFrame, part: str, fields: Mapping[str, str]) -> DataFrame:
    """One table of a packed frame.

    Args:
        packed: Frame of ``PACKED_SCHEMA``.
        part: Name of the table.
        fields: Its columns: Spark SQL type by name.
    """
    rows = packed.where(f"part = '{part}'").select("payload")
    schema = ", ".join(f"`{name}` {type_}" for name, type_ in fields.items())
    return rows.mapInArrow(partial(_unpacked, names=tuple(fields)), schema)


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table, max_chunksize=_BATCH_ROWS)
    return bytes(sink.getvalue())


def _unpacked(batches: Iterable[pa.RecordBatch], names: tuple[str, ...]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for payload in batch.column(0):
            for coded in pa.ipc.open_stream(payload.as_buffer()):
                plain = _plain_batch(coded, names)
                yield from (plain.slice(start, _OUTPUT_ROWS) for start in range(0, plain.num_rows, _OUTPUT_ROWS))


def _plain_batch(coded: pa.RecordBatch, names: tuple[str, ...]) -> pa.RecordBatch:
    columns = {name: _plain(column) for name, column in zip(coded.schema.names, coded.columns, strict=True)}
    second = columns.pop(SECOND, None)
    if second is not None:
        # "skip" leaves a value without a second part as it is.
        columns["identifier_id"] = pc.binary_join_element_wise(
            columns["identifier_id"], second, "+", null_handling="skip"
        )
    for name in _INSTANTS & columns.keys():
        columns[name] = columns[name].cast(pa.timestamp("us", "UTC"))
    return pa.record_batch([columns[name] for name in names], names=list(names))


def _plain(array: pa.Array) -> pa.Array:
    """A column without dictionaries."""
    if pa.types.is_dictionary(array.type):
        return array.dictionary_decode()
    if pa.types.is_map(array.type):
        return pa.MapArray.from_arrays(array.offsets, _plain(array.keys), array.items)
    if pa.types.is_list(array.type):
        return pa.ListArray.from_arrays(array.offsets, _plain(array.values))
    return array
