"""Worlds of outsiders are what they say: the contracts' columns, whole days, and truth that adds up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

OUTSIDERS = Path(__file__).parents[1] / "outsiders"


def test_outsiders__write_worlds_that_pass_their_own_check(tmp_path: Path) -> None:
    # One of twenty-four; `make evaluate-outsiders` writes them all.
    write = [sys.executable, str(OUTSIDERS / "write_world.py"), "burst-2", "--out", str(tmp_path)]
    subprocess.run(write, check=True, timeout=600)
    check = [sys.executable, str(OUTSIDERS / "check_world.py"), str(tmp_path / "burst-2")]
    done = subprocess.run(check, capture_output=True, text=True, timeout=600, check=False)
    assert "ALL GOOD" in done.stdout, done.stdout + done.stderr
    assert "lab-b" in done.stdout
