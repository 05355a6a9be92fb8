"""The demo replaces an earlier demo, and nothing that anybody else made."""

from __future__ import annotations

from pathlib import Path

import pytest

from revenuer.demo import make_room
from revenuer.errors import ConfigError


def test_make_room__replaces_its_own_and_leaves_what_lies_beside(tmp_path: Path) -> None:
    make_room(tmp_path / "demo")
    (tmp_path / "demo" / "lake").mkdir()  # a demo that was killed before it wrote the truth
    (tmp_path / "demo" / "notes.txt").write_text("mine", encoding="utf-8")
    make_room(tmp_path / "demo")
    assert not (tmp_path / "demo" / "lake").exists()
    assert (tmp_path / "demo" / "notes.txt").exists()


def test_make_room__knows_a_demo_of_before_the_mark(tmp_path: Path) -> None:
    (tmp_path / "world").mkdir()
    (tmp_path / "lake").mkdir()
    for folder in (tmp_path, tmp_path / "world"):
        (folder / "truth.parquet").touch()
    make_room(tmp_path)
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("name", ["lake", "world"])
def test_make_room__refuses_a_folder_with_a_lake_of_somebody_elses(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "kept").touch()
    with pytest.raises(ConfigError, match="no demo made it"):
        make_room(tmp_path)
    assert (tmp_path / name / "kept").exists()


def test_make_room__leaves_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "lake").symlink_to(tmp_path / "real")
    (tmp_path / "demo" / ".revenuer-demo").touch()
    with pytest.raises(ConfigError, match="cannot write"):
        make_room(tmp_path / "demo")
    assert (tmp_path / "real").exists()
