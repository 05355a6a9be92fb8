"""What the doctor's exit code says; no session is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from revenuer import doctor
from revenuer.checkup import Check
from revenuer.cli import main

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
