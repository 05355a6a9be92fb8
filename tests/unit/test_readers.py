"""Which files of a folder are read, and when leaving some out would lose a day."""

from __future__ import annotations

from datetime import date
from unittest.mock import MagicMock

import pytest

from revenuer.errors import ContractError
from revenuer.ingest.readers import Found, find
from revenuer.lake.files import Entry, FileSystem

FIRST, SECOND = "/in/usage_date=2026-03-01", "/in/usage_date=2026-03-02"


def found(
    monkeypatch: pytest.MonkeyPatch,
    *files: str,
    folders: tuple[str, ...] = (FIRST, SECOND),
    hidden: tuple[str, ...] = (),
) -> Found:
    seen = [*(Entry(name, False) for name in folders), *(Entry(name, True) for name in files)]
    entries = sorted([*seen, *(Entry(name, True, True) for name in hidden)])
    monkeypatch.setattr(FileSystem, "qualified", lambda self, path: path)
    monkeypatch.setattr(FileSystem, "walk", lambda self, pattern: entries)
    return find(MagicMock(), "/in", None)


@pytest.mark.parametrize("name", ["a.csv.zst", "part.parquet.tmp"])
def test_find__a_day_of_which_no_file_can_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ContractError) as error:
        found(monkeypatch, f"{FIRST}/a.csv", f"{SECOND}/{name}")
    assert error.value.problems == (f"2026-03-02: {SECOND}/{name}",)
    assert "declare the day empty" in str(error.value)


def test_find__an_empty_folder_declares_its_day_and_other_files_beside_known_ones_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = found(monkeypatch, f"{FIRST}/a.csv", f"{FIRST}/notes.txt", "/in/README")
    assert seen.days == (date(2026, 3, 1), date(2026, 3, 2))
    assert set(seen.ignored) == {f"{FIRST}/notes.txt", "/in/README"}


@pytest.mark.parametrize("name", ["_temporary", ".part.parquet.Ab12", "hour=01/.part.csv.Ab12"])
def test_find__a_day_of_which_all_is_hidden_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ContractError) as error:
        found(monkeypatch, f"{FIRST}/a.csv", hidden=(f"{SECOND}/_SUCCESS", f"{SECOND}/{name}"))
    assert error.value.problems == (f"2026-03-02: {SECOND}/{name}",)


def test_find__hidden_files_beside_others_and_marks_of_writers_that_ended_are_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marks = ("_SUCCESS", "_committed_17", "_started_17", ".part.parquet.crc", ".DS_Store")
    hidden = (f"{FIRST}/.b.csv.Ab12", *(f"{SECOND}/{name}" for name in marks))
    seen = found(monkeypatch, f"{FIRST}/a.csv", hidden=hidden)
    assert seen.days == (date(2026, 3, 1), date(2026, 3, 2))
    assert seen.files == {"csv": (f"{FIRST}/a.csv",)} and not seen.ignored
