"""Ingest: what other programs write is loaded where that loses nothing, and refused by name where it would."""

from __future__ import annotations

import gzip
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import Row, SparkSession

from revenuer.config import Config
from revenuer.errors import ConfigError, ContractError
from revenuer.ingest import IngestReport, ingest
from revenuer.ingest.readers import READERS, day_of
from revenuer.lake.lake import Lake

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEAD = "request_id,event_at,usage_date,account_id"


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"), config, "run-1")


def event(**values: Any) -> dict[str, Any]:
    return {"request_id": "r1", "event_at": NOON, "usage_date": DAY, "account_id": "a1", **values}


def rows(lake: Lake, table: str = "usage_events") -> list[Row]:
    return lake.read(table).collect()


def write_text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_arrow(path: Path, table: pa.Table) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def refused(lake: Lake, table: str, path: Path, *patterns: str) -> ContractError:
    """A load that fails, names what the patterns say, and writes nothing."""
    with pytest.raises(ContractError) as error:
        ingest(lake, table, str(path))
    for pattern in ("table " + table, *patterns):
        assert re.search(pattern, str(error.value)), f"{pattern!r} is not in:\n{error.value}"
    assert not lake.exists(table)
    return error.value


# -- formats and places


def test_usage_events__a_day_after_today_is_loaded_with_a_warning(lake: Lake, tmp_path: Path) -> None:
    lines = ["r1,2026-03-01T12:00:00Z,2026-03-01,a1", "r2,2262-03-01T12:00:00Z,2262-03-01,a1"]
    report = ingest(lake, "usage_events", str(write_text(tmp_path / "u.csv", HEAD, *lines)))
    assert report.row_count == 2
    assert report.warnings == ("1 rows of 1 days after today, the first 2262-03-01: mistyped?",)


def test_ingest__parquet_of_pandas(lake: Lake, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "request_id": ["r1", "r2"],
            "event_at": pd.to_datetime(["2026-03-01 10:00:00.123456", "2026-03-01 11:00:00.5"]).as_unit("ns"),
            "usage_date": [DAY, DAY],
            "account_id": pd.Categorical(["a1", "a1"]),
            "output_tokens": [5.0, np.nan],
            "status_code": pd.array([200, None], dtype="Int64"),
            "turn_index": np.array([0, 1], dtype="int64"),
            "asn": np.array([64500, 64501], dtype="uint64"),
            "session_id": [None, None],
            "extra": [1, 2],
        }
    )
    frame.to_parquet(tmp_path / "day.parquet")
    report = ingest(lake, "usage_events", str(tmp_path / "day.parquet"))
    assert report.dates == {DAY: 2}
    assert report.ignored_columns == ("extra",)
    assert "usage_events: 2 rows on 2026-03-01 from 1 file" in report.text()
    assert json.loads(json.dumps(report.to_dict()))["dates"] == {"2026-03-01": 2}
    first, second = sorted(rows(lake), key=lambda row: row["request_id"])
    assert first["output_tokens"] == 5
    assert second["output_tokens"] is None
    assert (first["status_code"], second["status_code"]) == (200, None)
    assert first["asn"] == 64500
    assert first["event_at"] == datetime(2026, 3, 1, 10, 0, 0, 123456)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Berlin"])
def test_ingest__timestamps_of_every_arrow_unit(lake: Lake, tmp_path: Path, unit: str, zone: str | None) -> None:
    instants = pa.array([NOON.replace(tzinfo=None)], pa.timestamp(unit)).cast(pa.timestamp(unit, zone))
    table = pa.table(
        {
            "request_id": pa.array(["r1"], pa.large_string()),
            "event_at": instants,
            "usage_date": pa.array([DAY], pa.date32()),
            "account_id": pa.array([b"a1"], pa.binary()),
            "organization_id": pa.array(["o"]).dictionary_encode(),
        }
    )
    ingest(lake, "usage_events", str(write_arrow(tmp_path / "x.parquet", table)))
    (row,) = rows(lake)
    assert row["event_at"] == datetime(2026, 3, 1, 12)
    assert (row["account_id"], row["organization_id"]) == ("a1", "o")


def test_ingest__parquet_of_duckdb(lake: Lake, tmp_path: Path) -> None:
    select = (
        "select 'r' || range as request_id, timestamp_ns '2026-03-01 10:00:00.123456789' as event_at,"
        " date '2026-03-01' as usage_date, 'a' as account_id, 12::hugeint as input_tokens, 3::utinyint as turn_index,"
        " 7.00::decimal(10,2) as output_tokens from range(3)"
    )
    duckdb.sql(f"copy ({select}) to '{tmp_path}/x.parquet'")
    assert ingest(lake, "usage_events", f"{tmp_path}/x.parquet").row_count == 3
    first = rows(lake)[0]
    assert (first["input_tokens"], first["turn_index"], first["output_tokens"]) == (12, 3, 7)
    assert first["event_at"] == datetime(2026, 3, 1, 10, 0, 0, 123456)


def test_ingest__csv_by_hand(lake: Lake, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "u.csv",
        f"\ufeff{HEAD}, input_tokens ,output_tokens,client_name",
        'r1,2026-03-01T10:00:00Z,2026-03-01,a1, 5 ,7.0,"curl, ""quoted"""',
        "r2,2026-03-01 12:00:00+02:00,2026-03-01 00:00:00,a2,,,",
    )
    ingest(lake, "usage_events", str(path))
    first, second = sorted(rows(lake), key=lambda row: row["request_id"])
    assert first["client_name"] == 'curl, "quoted"'
    assert (first["input_tokens"], first["output_tokens"]) == (5, 7)
    assert second["event_at"] == first["event_at"] == datetime(2026, 3, 1, 10)
    assert (second["input_tokens"], second["client_name"]) == (None, None)


def test_ingest__gzipped_csv_with_a_pandas_index(lake: Lake, tmp_path: Path) -> None:
    frame = pd.DataFrame([event(request_id="r1", output_tokens=4), event(request_id="r2")])
    frame.to_csv(tmp_path / "u.csv.gz")
    report = ingest(lake, "usage_events", str(tmp_path / "u.csv.gz"))
    assert report.row_count == 2
    assert {row["output_tokens"] for row in rows(lake)} == {4, None}


def test_ingest__csv_whose_header_comes_after_blank_lines(lake: Lake, tmp_path: Path) -> None:
    for number, first in enumerate(("", "\ufeff", "\n")):
        row = f"r{number},2026-03-01T10:00:00Z,2026-03-01,a1"
        write_text(tmp_path / "in" / f"{number}.csv", first, HEAD, row)
    assert ingest(lake, "usage_events", str(tmp_path / "in")).dates == {DAY: 3}
    assert {row["request_id"] for row in rows(lake)} == {"r0", "r1", "r2"}


@pytest.mark.parametrize("name", ["u.jsonl", "u.ndjson", "u.json", "u.jsonl.gz"])
def test_ingest__json_lines(lake: Lake, tmp_path: Path, name: str) -> None:
    lines = [
        {"request_id": "r1", "event_at": "2026-03-01T10:00:00.5Z", "account_id": "a", "input_tokens": 5, "tags": [1]},
        {"request_id": "r2", "event_at": "2026-03-01T11:00:00Z", "account_id": 77, "output_tokens": None},
    ]
    text = "\n".join(json.dumps(line) for line in lines).encode()
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    report = ingest(lake, "usage_events", str(tmp_path / name))
    assert report.dates == {DAY: 2}, "usage_date follows from event_at"
    assert report.ignored_columns == ("tags",)
    assert {row["account_id"]: row["input_tokens"] for row in rows(lake)} == {"a": 5, "77": None}


def test_ingest__json_array(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "u.json").write_text(json.dumps([event(event_at="2026-03-01T10:00:00Z", usage_date="2026-03-01")]))
    assert ingest(lake, "usage_events", str(tmp_path / "u.json")).row_count == 1


def test_ingest__format_can_be_named(lake: Lake, tmp_path: Path) -> None:
    path = write_text(tmp_path / "log.txt", HEAD, "r1,2026-03-01T10:00:00Z,2026-03-01,a1")
    assert ingest(lake, "usage_events", str(path), fmt="csv").row_count == 1
    assert set(READERS) == {"parquet", "csv", "jsonl"}


def test_ingest__hive_folder_the_path_wins_and_an_empty_day_is_declared(lake: Lake, tmp_path: Path) -> None:
    root = tmp_path / "in put"
    write_text(root / "usage_date=2026-03-01" / "a.csv", "request_id,event_at,account_id", "r1,2026-03-01T10:00:00Z,a1")
    write_text(root / "usage_date=2026-03-01" / "b.csv", HEAD, "r2,2026-03-01T10:00:00Z,2026-02-01,a1")
    write_text(root / "usage_date=2026-03-02" / "a.csv", HEAD)
    (root / "usage_date=2026-03-03").mkdir()
    write_text(root / "_SUCCESS")
    report = ingest(lake, "usage_events", str(root))
    assert report.dates == {DAY: 2, NEXT: 0, date(2026, 3, 3): 0}
    assert {row["usage_date"] for row in rows(lake)} == {DAY}
    assert lake.has_partition("usage_events", NEXT)
    assert lake.has_partition("usage_events", date(2026, 3, 3))
    assert not lake.has_partition("usage_events", date(2026, 3, 4))


def test_ingest__glob_and_other_partitions_in_the_path(lake: Lake, tmp_path: Path) -> None:
    for region in ("eu", "us"):
        frame = pd.DataFrame([event(request_id=region)])
        folder = tmp_path / f"region={region}" / "usage_date=2026-03-01"
        folder.mkdir(parents=True)
        frame.drop(columns="usage_date").to_parquet(folder / "part.parquet")
    report = ingest(lake, "usage_events", f"{tmp_path}/region=*/usage_date=*/*.parquet")
    assert report.dates == {DAY: 2}
    assert report.ignored_columns == ("region",)
    assert len(report.files) == 2


def test_ingest__what_a_writer_has_not_finished_is_neither_read_nor_an_empty_day(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "_out"
    write_text(out / "usage_date=2026-03-01" / "a.csv", HEAD, "r1,2026-03-01T10:00:00Z,2026-03-01,a1")
    write_text(out / "_temporary" / "0" / "usage_date=2026-03-02" / "b.csv", HEAD, "r2,2026-03-02T10:00:00Z,,a1")
    for pattern in ("*", "*/*"):
        assert ingest(lake, "usage_events", f"{out}/{pattern}").dates == {DAY: 1}
    with pytest.raises(ConfigError, match="there is nothing at"):
        ingest(lake, "usage_events", f"{out}/*/*/*/*")
    assert ingest(lake, "usage_events", f"{out}/_temporary/*/*").dates == {NEXT: 1}, "it is named"
    write_text(out / "usage_date=2026-03-01" / "_temporary" / "0" / "a.csv", HEAD)
    (out / "usage_date=2026-03-01" / "a.csv").unlink()
    with pytest.raises(ContractError, match=r"2026-03-01: .*_temporary"):
        ingest(lake, "usage_events", str(out))
    assert {row["request_id"] for row in rows(lake)} == {"r1", "r2"}


def test_ingest__again_replaces_the_days_the_files_hold_and_no_other(lake: Lake, tmp_path: Path) -> None:
    both = write_text(tmp_path / "both.csv", HEAD, *(f"r{n},2026-03-0{n}T10:00:00Z,2026-03-0{n},a" for n in (1, 2)))
    one = write_text(tmp_path / "one.csv", HEAD, "r9,2026-03-02T10:00:00Z,2026-03-02,a")
    for path in (both, both, one):
        ingest(lake, "usage_events", str(path))
    assert {row["request_id"] for row in rows(lake)} == {"r1", "r9"}
    last = lake.history_versions("usage_events")[0]
    assert last.metadata["stage"] == "ingest"
    assert last.metadata["partitions"] == ["2026-03-02"]


@pytest.mark.parametrize("west", [-2, 8], ids=["few_hours_would_replace_many", "many_would_replace_few"])
def test_ingest__part_of_a_day_does_not_replace_what_another_file_brought(
    lake: Lake, tmp_path: Path, west: int
) -> None:
    first, second = (
        write_text(
            tmp_path / f"{local}.csv", "request_id,event_at,account_id",
            *(f"{local}-{hour},{datetime(2026, 3, local) + timedelta(hours=hour + west)},a" for hour in range(24)),
        )
        for local in (1, 2)
    )  # fmt: skip
    ingest(lake, "usage_events", str(first))
    shared = NEXT if west > 0 else DAY
    with pytest.raises(ContractError) as error:
        ingest(lake, "usage_events", str(second))
    stored, brought = sorted((abs(west), 24 - abs(west)), reverse=west < 0)
    lost = f"{stored:,} rows are stored, the load has {brought:,} and lacks {stored:,} of them"
    assert error.value.problems == (f"{shared}: {lost}",)
    assert "usage_date= in the path" in str(error.value)
    assert lake.read("usage_events").count() == 24
    # All of the day, a request twice and a late one too.
    late = f"late,{shared}T12:00:00Z,a"
    second.write_text(f"{second.read_text()}2-0,{shared}T23:00:00Z,a\n{late}\n")
    ingest(lake, "usage_events", f"{tmp_path}/[12].csv")
    assert lake.read("usage_events").count() == 50
    with pytest.raises(ContractError, match="lacks"):
        ingest(lake, "usage_events", str(first))
    named = write_text(tmp_path / f"usage_date={shared}" / "x.csv", "request_id,event_at,account_id", late)
    assert ingest(lake, "usage_events", str(named)).dates == {shared: 1}


def test_ingest__files_of_different_schemas_are_joined(lake: Lake, tmp_path: Path) -> None:
    pd.DataFrame([event(request_id="r1", output_tokens=3)]).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame([event(request_id="r2", output_tokens=4.0, model="m")]).to_parquet(tmp_path / "b.parquet")
    ingest(lake, "usage_events", str(tmp_path / "*.parquet"))
    assert {(row["output_tokens"], row["model"]) for row in rows(lake)} == {(3, None), (4, "m")}


def test_ingest__file_that_names_no_day_and_holds_nothing_declares_nothing(lake: Lake, tmp_path: Path) -> None:
    report = ingest(lake, "usage_events", str(write_text(tmp_path / "u.csv", HEAD)))
    assert report.dates == {}
    assert "nothing was declared" in report.text()


def test_ingest__rows_that_validate_would_quarantine_are_loaded_as_they_are(lake: Lake, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "u.csv", f"{HEAD},output_tokens,client_ip", ",2026-03-01T10:00:00Z,2026-03-01,,-5,999.1.1.1"
    )
    ingest(lake, "usage_events", str(path))
    (row,) = rows(lake)
    assert (row["request_id"], row["account_id"], row["output_tokens"]) == (None, None, -5)
    assert row["client_ip"] == "999.1.1.1"


# -- sightings and unpartitioned tables


def test_ingest__sightings_need_only_account_facet_and_identifier(lake: Lake, tmp_path: Path) -> None:
    head = "usage_date,account_id,facet,identifier_kind,identifier_id,party_id"
    path = write_text(
        tmp_path / "s.csv", head, *["2026-03-01,a1,network,ip,i1,"] * 2, "2026-03-01,a2,network,ip,i1,org"
    )
    report = ingest(lake, "sightings", str(path))
    assert report.row_count == 2, "the same fact twice is one"
    assert {(row["account_id"], row["party_id"]) for row in rows(lake, "sightings")} == {("a1", "a1"), ("a2", "org")}


def test_ingest__sightings_without_an_account_are_refused(lake: Lake, tmp_path: Path) -> None:
    head = "usage_date,account_id,facet,identifier_kind,identifier_id"
    path = write_text(tmp_path / "s.csv", head, "2026-03-01,,network,ip,i1", "2026-03-01,a,network,ip,i1")
    refused(lake, "sightings", path, r"account_id is null: 1 row, for instance .*s\.csv")


def test_ingest__sightings_that_contradict_each_other_are_refused(lake: Lake, tmp_path: Path) -> None:
    head = "usage_date,account_id,facet,identifier_kind,identifier_id,event_count"
    path = write_text(tmp_path / "s.csv", head, "2026-03-01,a,network,ip,i1,5", "2026-03-01,a,network,ip,i1,6")
    refused(lake, "sightings", path, r"1 keys stand on several different rows, for instance .*identifier_id i1")


def test_ingest__accounts_are_upserted(lake: Lake, tmp_path: Path) -> None:
    first = write_text(tmp_path / "1.csv", "account_id,created_at,plan", *["a1,2026-01-01,pro"] * 2, "a2,,free")
    assert ingest(lake, "accounts", str(first)).row_count == 2
    second = write_text(tmp_path / "2.jsonl", json.dumps({"account_id": "a2", "plan": "pro"}))
    report = ingest(lake, "accounts", str(second))
    assert report == IngestReport("accounts", {}, 1, (str(second),))
    assert {row["account_id"]: row["plan"] for row in rows(lake, "accounts")} == {"a1": "pro", "a2": "pro"}


def test_ingest__dimension_rows_are_judged_by_the_contract(lake: Lake, tmp_path: Path) -> None:
    head = "account_id,action,action_at"
    lines = "a1,ban,2026-03-01T00:00:00Z", "a1,forgive,2026-03-01", ",ban,2026-03-01"
    path = write_text(tmp_path / "e.csv", head, *lines)
    refused(lake, "enforcement_actions", path, "account_id is null: 1 row", "action is none of ban")


# -- refusals


def test_ingest__missing_column_is_refused_with_the_likely_one(lake: Lake, tmp_path: Path) -> None:
    path = write_text(tmp_path / "u.csv", "request_id,event_at,Account_Id", "r,2026-03-01T00:00:00Z,a")
    refused(lake, "usage_events", path, r"column account_id: missing; is it Account_Id\? \(.*u\.csv\)", "fix: ")


def test_ingest__every_wrong_type_is_listed_with_its_file(lake: Lake, tmp_path: Path) -> None:
    pd.DataFrame([event()]).to_parquet(tmp_path / "a.parquet")
    bad = pd.DataFrame([event(event_at=1772359200, input_tokens=[1, 2], status_code=True)])
    bad.to_parquet(tmp_path / "b.parquet")
    error = refused(lake, "usage_events", tmp_path / "*.parquet", r"event_at: type bigint .*b\.parquet")
    assert len(error.problems) == 3


def test_ingest__cells_that_do_not_convert_are_counted_with_an_example(lake: Lake, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "u.csv", f"{HEAD},input_tokens,output_tokens",
        "r1,2026-03-01T00:00:00Z,2026-03-01,a,many,1",
        "r2,2026-03-01T00:00:00Z,2026-03-01,a,5.5,1",
        "r3,yesterday,2026-03-01,a,5,99999999999999999999",
        "r4,12:00:00,2026-03-01,a,5,",
        "r5,2026-03-01T00:00:00Z,2026-03-01T13:00:00Z,a,5,",
    )  # fmt: skip
    error = refused(
        lake, "usage_events", path,
        r"column input_tokens: (5\.5|many) does not convert: 2 rows, for instance .*u\.csv",
        "column event_at: (12:00:00|yesterday) does not convert: 2 rows",
        "column output_tokens: 9+ does not convert: 1 row",
        "column usage_date: 2026-03-01T13:00:00Z does not convert: 1 row",
    )  # fmt: skip
    assert len(error.problems) == 4


def test_ingest__errors_quote_the_beginning_of_a_long_cell(lake: Lake, tmp_path: Path) -> None:
    path = write_text(tmp_path / "u.csv", f"{HEAD},input_tokens", f"r1,2026-03-01T00:00:00Z,2026-03-01,a,{'x' * 9000}")
    refused(lake, "usage_events", path, "column input_tokens: x{80} does not convert: 1 row")
    path = write_text(tmp_path / "a.csv", "account_id,plan", *(f"{'y' * 9000},{plan}" for plan in ("pro", "free")))
    refused(lake, "accounts", path, r"for instance account_id y{80}\n")


def test_ingest__fractions_and_rounded_doubles_are_refused(lake: Lake, tmp_path: Path) -> None:
    pd.DataFrame([event(output_tokens=1.5), event(output_tokens=2.0**60)]).to_parquet(tmp_path / "u.parquet")
    refused(lake, "usage_events", tmp_path / "u.parquet", "output_tokens: .* does not convert: 2 rows")


def test_ingest__row_without_any_day_is_refused_with_its_file(lake: Lake, tmp_path: Path) -> None:
    path = write_text(tmp_path / "u.csv", HEAD, "r1,,,a", "r2,2026-03-01T00:00:00Z,,a")
    refused(lake, "usage_events", path, r"usage_date: null.*: 1 row, for instance .*u\.csv")


def test_ingest__row_with_too_few_or_too_many_cells_is_refused(lake: Lake, tmp_path: Path) -> None:
    path = write_text(
        tmp_path / "u.csv", HEAD, "r1,2026-03-01T00:00:00Z,2026-03-01,a", "r2,2026-03-01T00:00:00Z",
        "r3,2026-03-01T00:00:00Z,2026-03-01,a,more",
    )  # fmt: skip
    refused(lake, "usage_events", path, "the whole row: r[23],.* does not convert: 2 rows")


def test_ingest__broken_json_line_is_refused(lake: Lake, tmp_path: Path) -> None:
    good = json.dumps(event(event_at="2026-03-01T00:00:00Z", usage_date="2026-03-01"))
    refused(lake, "usage_events", write_text(tmp_path / "u.jsonl", good, '{"request_id": '), "the whole row")


@pytest.mark.parametrize("name", ["u.parquet", "u.jsonl"])
def test_ingest__file_that_is_not_what_its_name_says_is_refused(lake: Lake, tmp_path: Path, name: str) -> None:
    path = write_text(tmp_path / name, "this is prose")
    with pytest.raises(ContractError, match=rf"{name} cannot be read as"):
        ingest(lake, "usage_events", str(path))


def test_ingest__json_that_was_cut_is_refused(lake: Lake, tmp_path: Path) -> None:
    lines = "".join(json.dumps(event(request_id=f"r{n}-{n**9}"), default=str) + "\n" for n in range(20_000))
    path = tmp_path / "u.jsonl.gz"
    packed = gzip.compress(lines.encode())
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ContractError, match=r"u\.jsonl\.gz cannot be read as JSON"):
        ingest(lake, "usage_events", str(path))
    assert not lake.exists("usage_events")


def test_ingest__header_with_a_column_twice_is_refused(lake: Lake, tmp_path: Path) -> None:
    path = write_text(tmp_path / "u.csv", f"{HEAD},ACCOUNT_ID", "r,2026-03-01T00:00:00Z,2026-03-01,a,b")
    with pytest.raises(ContractError, match="twice in the header"):
        ingest(lake, "usage_events", str(path))


def test_ingest__folder_whose_day_is_no_date_is_refused(lake: Lake, tmp_path: Path) -> None:
    write_text(tmp_path / "in" / "usage_date=yesterday" / "u.csv", HEAD)
    with pytest.raises(ContractError, match="usage_date= is no date"):
        ingest(lake, "usage_events", str(tmp_path / "in"))


@pytest.mark.parametrize("path", ["nowhere.parquet", "nowhere/*.csv", "empty"])
def test_ingest__nothing_there_is_a_config_error(lake: Lake, tmp_path: Path, path: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"there (is nothing|are no files)") as error:
        ingest(lake, "usage_events", str(tmp_path / path))
    assert error.value.exit_code == 2


def test_ingest__unknown_format_asks_for_its_name(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--format parquet\|csv\|jsonl"):
        ingest(lake, "usage_events", str(write_text(tmp_path / "u.log", "x")))
    with pytest.raises(ConfigError, match="no format 'xml'"):
        ingest(lake, "usage_events", str(tmp_path / "u.log"), fmt="xml")


@pytest.mark.parametrize("table", ["campaigns", "links", "manifest"])
def test_ingest__tables_of_the_job_are_not_for_loading(lake: Lake, tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError, match="written by the job itself"):
        ingest(lake, table, str(tmp_path))


def test_day_of__finds_the_day_in_folders_and_file_names() -> None:
    assert day_of("/x/usage_date=2026-03-01/p.parquet") == DAY
    assert day_of("/x/usage_date=2026-03-01.csv") == DAY
    assert day_of("/x/other=1/p.parquet") is None
    with pytest.raises(ValueError, match="month must be in"):
        day_of("/x/usage_date=2026-13-01/p.parquet")
