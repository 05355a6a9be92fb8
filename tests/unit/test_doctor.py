"""What the doctor's exit code says; no session is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revenuer.cli import main
from revenuer.upkeep import doctor
from revenuer.upkeep.checkup import Check

FINE = Check("java", True, "17")
SET_UP, LAKE = Check("python", False, "3.9; fix: use Python 3.11"), Check("table pools", False, "gone", 7)


@pytest.mark.parametrize(
    ("checks", "code"), [([FINE], 0), ([FINE, LAKE], 7), ([SET_UP, LAKE], 2)], ids=["fine", "lake", "both"]
)
def test_doctor__ends_with_the_code_of_the_first_failure(
    checks: list[Check], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "examine", lambda *arguments: checks)
    assert main(["doctor"]) == code
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == [
        "ok " if check.is_healthy else "BAD" for check in checks
    ]
    assert main(["doctor", "--json"]) == code
    assert [check["is_healthy"] for check in json.loads(capsys.readouterr().out)] == [c.is_healthy for c in checks]


def test_doctor__says_that_a_lakes_folder_may_not_be_entered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    exists = Path.exists

    def refuse(path: Path) -> bool:
        if closed in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", refuse)
    check = doctor._writable(str(closed / "lake"))
    assert (check.is_healthy, check.found) == (
        False, f"{closed}/lake: Permission denied; fix: make it writable, or --lake another folder"
    )  # fmt: skip


def test_examine__says_that_a_lake_elsewhere_has_no_hash_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "_java", lambda: Check("java", False, "not asked for here"))
    monkeypatch.delenv("REVENUER_HASH_KEY", raising=False)

    def key_of(lake: str) -> Check:
        return next(check for check in doctor.examine(lake, (), ()) if check.name == "hash key")

    assert not key_of("s3a://bucket/lake").is_healthy and "REVENUER_HASH_KEY" in key_of("s3a://bucket/lake").found
    assert key_of(str(tmp_path / "lake")).found == "the first run makes one beside the lake"
    monkeypatch.setenv("REVENUER_HASH_KEY", "a secret of the site's own")
    assert key_of("s3a://bucket/lake").is_healthy


STORE = "spark.delta.logStore.s3a.impl"
DYNAMO = f"spark.extra.{STORE}=io.delta.storage.S3DynamoDBLogStore"


@pytest.mark.parametrize(
    ("lake", "overrides", "found"),
    [
        ("s3a://bucket/lake", (), [f'spark.extra."{STORE}" = "io.delta.storage.S3DynamoDBLogStore"']),
        ("s3://bucket/lake", (), ['spark.extra."spark.delta.logStore.s3.impl"']),
        ("s3n://bucket/lake", (DYNAMO,), ["one writer at a time"]),
        ("s3a://bucket/lake", (DYNAMO,), [f"{STORE} is io.delta.storage.S3DynamoDBLogStore"]),
        ("abfss://container@account/lake", (), []),
        ("lake", (), []),
    ],
    ids=["s3a", "s3", "set-for-another-scheme", "set", "another-store", "local"],
)
def test_examine__warns_of_a_store_where_two_writers_lose_a_commit(
    lake: str, overrides: tuple[str, ...], found: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_java", lambda: Check("java", False, "not asked for here"))
    checks = [check for check in doctor.examine(lake, (), overrides) if check.name == "log store"]
    assert all(check.is_healthy for check in checks), "a site may well have one writer at a time"
    assert len(checks) == len(found)
    assert all(words in check.found for words, check in zip(found, checks, strict=True))
