"""Worlds of outsiders are what they say: the contracts' columns, whole days, and truth that adds up."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

OUTSIDERS = Path(__file__).parents[1] / "outsiders"


def test_outsiders__write_worlds_that_pass_their_own_check(tmp_path: Path) -> None:
    # One of twenty-six; `make evaluate-outsiders` writes them all.
    write = [sys.executable, str(OUTSIDERS / "write_world.py"), "burst-2", "--out", str(tmp_path)]
    subprocess.run(write, check=True, timeout=600)
    check = [sys.executable, str(OUTSIDERS / "check_world.py"), str(tmp_path / "burst-2")]
    done = subprocess.run(check, capture_output=True, text=True, timeout=600, check=False)
    assert "ALL GOOD" in done.stdout, done.stdout + done.stderr
    assert "lab-b" in done.stdout


def test_write_world__writes_again_where_the_code_of_its_hand_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(OUTSIDERS))
    world = importlib.import_module("write_world")
    written = []

    def write(built: int, folder: Path) -> None:
        written.append(built)
        folder.mkdir()

    monkeypatch.setitem(world.MAKERS, "tiny", (lambda seed: seed, write, "yonder"))
    for code in ("first", "first", "second"):
        monkeypatch.setattr(world, "digest_of", lambda hand, code=code: code)
        world.write_world("tiny", 7, tmp_path / "tiny-7")
    assert written == [7, 7]
    assert world.digest_of("yonder") == (tmp_path / "tiny-7" / world.MARK).read_text(encoding="utf-8")
    monkeypatch.undo()
    assert len({world.digest_of(hand.__name__) for hand, _ in world.HANDS}) == len(world.HANDS)


def test_write_world__a_world_is_stale_where_a_hand_that_its_own_builds_on_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(OUTSIDERS))
    world = importlib.import_module("write_world")
    copy = shutil.copytree(OUTSIDERS, tmp_path / "outsiders", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(world, "__file__", str(copy / "write_world.py"))
    hands = [hand.__name__ for hand, _ in world.HANDS]
    before = {hand: world.digest_of(hand) for hand in hands}
    with (copy / "afield" / "world.py").open("a", encoding="utf-8") as stream:
        stream.write("\n")
    stale = {hand for hand in hands if world.digest_of(hand) != before[hand]}
    # Their modules import it themselves, or another hand's that does; yonder's stand alone.
    assert {"afield", "farther", "elsewhere", "beyond"} <= stale
    assert "yonder" not in stale
