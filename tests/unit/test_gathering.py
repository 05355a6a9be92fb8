"""The one pass over the events, without Spark: wherever its stream is cut, the same rows come out."""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict

import numpy as np
import pyarrow as pa
import pytest

from revenuer.config import Config, load_config
from revenuer.stages import chunks, grouping
from revenuer.stages.gathering import gather
from revenuer.stages.grouping import combined, grouped
from revenuer.stages.hashing import hmac_digits
from revenuer.stages.packing import _unpacked
from revenuer.stages.recipe import NUMBERS, ORDER, TEXTS, Recipe
from revenuer.tables import CONTRACTS

TABLES = ("sightings", "account_activity", "key_usage")


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    config: Config = load_config()
    sections = {name: config.section(name) for name in ("identifiers", "composites")}
    return Recipe.of(**sections, settings=config.section("observe"), hash_key=b"a key of more than sixteen characters")


@pytest.fixture(scope="module")
def rows(recipe: Recipe) -> pa.Table:
    """Events of 40 accounts on two days, one account with most of them; every second account has its own entry."""
    rng = np.random.default_rng(3)
    count, day = 3_000, 20_000
    account = np.sort(np.minimum(rng.integers(0, 80, count), 39))
    events = {
        ORDER: account * 7,
        "account_id": [f"a{n}" for n in account],
        "organization_id": [None if n % 3 else f"org{n % 2}" for n in account],
        "day": rng.integers(day, day + 2, count),
    }
    events["event_micros"] = events["day"] * 86_400_000_000 + rng.integers(0, 86_400_000_000, count)
    for name in NUMBERS:
        events[name] = [int(v) if v < 600 else None for v in rng.integers(0, 700, count)]
    for name in (*TEXTS, *recipe.slots):
        events[name] = [f"{name}{v}" if v else None for v in rng.integers(0, 90 if name == "kind_0" else 4, count)]
    entries = {name: [None] * 20 for name in events}
    entries |= {ORDER: np.arange(0, 40, 2) * 7, "account_id": [f"a{n}" for n in range(0, 40, 2)]}
    entries |= {name: [f"{name} of {n % 5}" for n in range(20)] for name in recipe.slots}
    texts = {"account_id", "organization_id", *TEXTS, *recipe.slots}
    schema = pa.schema([(name, pa.string() if name in texts else pa.int64()) for name in events])
    both = pa.concat_tables([pa.table(part, schema) for part in (events, entries)])
    return both.sort_by(ORDER)


def made(rows: pa.Table, recipe: Recipe, batch_rows: int) -> dict[str, list[str]]:
    packed = list(gather(rows.combine_chunks().to_batches(max_chunksize=batch_rows), recipe))
    found = {}
    for table in TABLES:
        payloads = [batch.filter(pa.compute.equal(batch.column(0), table)).select(["payload"]) for batch in packed]
        plain = _unpacked(payloads, tuple(CONTRACTS[table].columns))
        found[table] = sorted(str(row) for batch in plain for row in batch.to_pylist())
    counts = [count for batch in packed for count in batch.column(1).to_pylist()]
    assert sum(counts) == 3_000
    return found


@pytest.mark.parametrize(("batch_rows", "chunk_rows"), [(7, 1), (100, 250), (1_000, 5), (5_000, 1_000_000)])
def test_gather__does_not_depend_on_where_the_stream_is_cut(
    rows: pa.Table, recipe: Recipe, batch_rows: int, chunk_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(rows, recipe, 100_000)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", chunk_rows)
    assert made(rows, recipe, batch_rows) == whole
    assert all(len(table) > 100 for table in whole.values())


def test_gather__does_not_depend_on_the_order_of_an_accounts_entries(rows: pa.Table, recipe: Recipe) -> None:
    known = pa.compute.is_valid(rows["day"])
    entries = rows.filter(pa.compute.invert(known)).to_pylist()
    # Each account stands three times: less is known of it, or its organisation is another one.
    more = [
        changed
        for entry in entries
        for changed in (
            {**entry, "organization_id": "org9", recipe.slots[0]: None, recipe.slots[1]: "kind_1 of another"},
            {**entry, recipe.slots[1]: "kind_1 of a third"},
        )
    ]

    def observed(known_as: list[dict[str, object]]) -> dict[str, list[str]]:
        both = pa.concat_tables([rows.filter(known), pa.Table.from_pylist(known_as, rows.schema)])
        return made(both.sort_by(ORDER), recipe, 100_000)

    found = observed(entries + more)
    assert found == observed(more[::-1] + entries[::-1])
    # The greatest organisation's row counts as a whole: its card comes with its party, not another row's.
    alone = observed(more[::2])
    assert found == alone
    assert found != observed(entries)


def test_hmac_digits__equal_the_standard_library() -> None:
    for key in (b"a key of more than sixteen characters", b"k" * 100):
        values = [b"", b"value", b"\xff" * 99]
        expected = [hmac.new(key, b"kind\0" + value, hashlib.sha256).hexdigest()[:32] for value in values]
        assert hmac_digits(key, "kind", values) == expected


@pytest.mark.parametrize("max_key", [2**62, 50, 1])
def test_grouped__tells_apart_what_the_columns_tell_apart(max_key: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grouping, "_MAX_KEY", max_key)  # small: keys are made dense on the way
    rng = np.random.default_rng(5)
    columns = [rng.integers(-1, size, 500) for size in (9, 4, 7)]
    values = rng.integers(-50, 50, 500)
    expected: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for *key, value in zip(*columns, values, strict=True):
        expected[tuple(map(int, key))].append(int(value))
    groups = grouped(columns[0] + 1, *columns[1:])
    keys = list(zip(*(groups.first(column).tolist() for column in columns), strict=True))
    assert keys == sorted(expected)
    assert groups.total(values).tolist() == [sum(expected[key]) for key in keys]
    assert groups.least(values).tolist() == [min(expected[key]) for key in keys]
    assert groups.greatest(values).tolist() == [max(expected[key]) for key in keys]
    assert groups.sizes.tolist() == [len(expected[key]) for key in keys]


def test_combined__orders_rows_as_the_columns_do() -> None:
    assert np.argsort(combined(np.array([1, 0, 1]), np.array([-1, 5, 2]))).tolist() == [1, 0, 2]
