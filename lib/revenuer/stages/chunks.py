"""Events of whole accounts, a bounded number at a time, with every text as a number.

Rows stream in as Arrow batches in which an account's rows lie together. Memory holds one chunk: about ``CHUNK_ROWS``
rows, or all rows of one account where that has more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from revenuer.stages.grouping import MISSING, Ints, Mask

CHUNK_ROWS = 131_072


@dataclass(frozen=True)
class Coded:
    """A column of texts as numbers.

    Attributes:
        codes: Place of each row's text in ``values``; ``MISSING`` for null.
        values: Distinct texts (an Arrow array of strings).
    """

    codes: Ints
    values: pa.Array

    def ranked(self) -> Coded:
        """The same with the texts in byte order, so that codes compare as the texts do."""
        order = pc.sort_indices(self.values).to_numpy().astype(np.int64)
        rank = np.full(len(order) + 1, MISSING, dtype=np.int64)  # MISSING, as an index, is the last entry
        rank[order] = np.arange(len(order))
        return Coded(rank[self.codes], self.values.take(pa.array(order)))

    def filled(self, text: str) -> Coded:
        """The same with a text in place of null."""
        missing = self.codes == MISSING
        if not missing.any():
            return self
        place = int(pc.index(self.values, pa.scalar(text)).as_py())
        values = self.values
        if place < 0:
            place, values = len(values), pa.concat_arrays([values, pa.array([text], pa.string())])
        return Coded(np.where(missing, place, self.codes), values)

    def column(self, codes: Ints | None = None) -> pa.Array:
        """An Arrow dictionary column of other codes of the same texts; ``MISSING`` becomes null."""
        return coded_column(self.codes if codes is None else codes, self.values)


def coded_column(codes: Ints, values: pa.Array) -> pa.Array:
    """An Arrow dictionary column; ``MISSING`` becomes null."""
    mask = codes == MISSING
    indices = pa.array(codes.astype(np.int32), pa.int32(), mask=mask if mask.any() else None)
    return pa.DictionaryArray.from_arrays(indices, values)


@dataclass(frozen=True)
class Chunk:
    """All rows of some accounts."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def text(self, name: str) -> Coded:
        """A column of texts."""
        array = self.table.column(name).combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # one chunk, or none
            array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
        codes = array.indices.fill_null(MISSING).to_numpy(zero_copy_only=False).astype(np.int64)
        return Coded(codes, array.dictionary)

    def number(self, name: str, missing: int = 0) -> Ints:
        """A column of numbers, null replaced."""
        filled = self.table.column(name).fill_null(missing)
        return np.asarray(filled.to_numpy(), dtype=np.int64)

    def known(self, name: str) -> Mask:
        """Where a column is not null."""
        return np.asarray(self.table.column(name).is_valid().to_numpy(), dtype=bool)

    def where(self, mask: Mask) -> Chunk:
        """Some of the rows; texts keep their codes."""
        return Chunk(self.table.filter(pa.array(mask)))

    @cached_property
    def event_at(self) -> Ints:
        """Microseconds since 1970, of rows that are events."""
        return self.number("event_micros")


def account_chunks(batches: Iterable[pa.RecordBatch], order: str) -> Iterator[Chunk]:
    """Cut a stream of rows at account boundaries.

    Args:
        batches: Rows ordered by ``order``.
        order: Name of a bigint column that is constant in an account.
    """
    held: list[pa.RecordBatch] = []
    rows, last = 0, None
    for batch in batches:
        if not batch.num_rows:
            continue
        keys = batch.column(batch.schema.get_field_index(order)).to_numpy()
        coded = _coded(batch)
        if rows >= CHUNK_ROWS:
            changes = np.flatnonzero(keys[1:] != keys[:-1]) + 1
            cut = 0 if keys[0] != last else int(changes[0]) if len(changes) else None
            if cut is not None:
                yield _chunk([*held, coded.slice(0, cut)])
                held, rows, coded = [], 0, coded.slice(cut)
        held.append(coded)
        rows, last = rows + coded.num_rows, keys[-1]
    if held:
        yield _chunk(held)


def _coded(batch: pa.RecordBatch) -> pa.RecordBatch:
    # At once: a text repeats some ten times in ten thousand rows, so held rows take a fraction of what came in.
    columns = [c.dictionary_encode() if pa.types.is_string(c.type) else c for c in batch.columns]
    return pa.record_batch(columns, names=batch.schema.names)


def _chunk(batches: list[pa.RecordBatch]) -> Chunk:
    return Chunk(pa.Table.from_batches(batches).unify_dictionaries().combine_chunks())
