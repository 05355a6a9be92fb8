"""The folder a world is written to: no two worlds in one, and nothing removed that no simulation wrote."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from revenuer.errors import ConfigError
from revenuer.evaluation.trial_world import given_dates
from revenuer.simulate import simulate
from revenuer.simulate.world_folder import world_folder

SMALL = "reference:accounts=30"


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def write_world(out: Path, *days: int) -> None:
    with world_folder(out) as folder:
        for day in days:
            path = folder / "usage_events" / f"usage_date=2026-03-0{day}" / "part-0.parquet"
            path.parent.mkdir(parents=True)
            path.write_text("events")
        for name in ("accounts", "truth", "truth_workload"):
            (folder / f"{name}.parquet").write_text(name)


def test_simulate__replaces_an_earlier_longer_world_as_a_whole(tmp_path: Path) -> None:
    # Its days are more, and it has tables that the later world has not.
    simulate("handover", days=9, accounts=300, seed=1, out=tmp_path / "w")
    assert (tmp_path / "w" / "enforcement_actions.parquet").exists()
    for out in ("w", "fresh"):
        simulate(SMALL, days=1, accounts=300, seed=2, out=tmp_path / out)
    files = set(contents(tmp_path / "fresh"))
    assert set(contents(tmp_path / "w")) == files
    for name in files - {".revenuer-simulate"}:
        assert pq.read_table(tmp_path / "w" / name).equals(pq.read_table(tmp_path / "fresh" / name))


@pytest.mark.parametrize(
    "theirs", ["truth.parquet", "usage_events/usage_date=2026-03-09/part-0.parquet", "usage_events/notes.txt"]
)
@pytest.mark.parametrize("is_world", [False, True])
def test_simulate__refuses_a_folder_with_tables_of_others(tmp_path: Path, theirs: str, is_world: bool) -> None:
    if is_world:
        write_world(tmp_path, 1)
        (tmp_path / theirs).unlink(missing_ok=True)
        if theirs == "truth.parquet":
            (tmp_path / ".revenuer-simulate").unlink()
    (tmp_path / theirs).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / theirs).write_text("theirs")
    before = contents(tmp_path)
    with pytest.raises(ConfigError, match=rf"{tmp_path} holds tables(.|\n)*{theirs}: exists(.|\n)*--out another"):
        simulate(SMALL, days=1, accounts=300, seed=1, out=tmp_path)
    assert contents(tmp_path) == before


def test_world_folder__leaves_alone_what_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_world(tmp_path, 1, 2)
    write_world(tmp_path, 3)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert [str(day) for day in given_dates(tmp_path)] == ["2026-03-03"]


def test_world_folder__does_not_follow_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "part-0.parquet").write_text("theirs")
    write_world(tmp_path / "w", 1)
    for path in sorted((tmp_path / "w" / "usage_events").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (tmp_path / "w" / "usage_events").rmdir()
    (tmp_path / "w" / "usage_events").symlink_to(elsewhere)
    with pytest.raises(ConfigError, match="usage_events: exists"):
        write_world(tmp_path / "w", 2)
    assert (elsewhere / "part-0.parquet").exists()


def test_world_folder__keeps_the_old_world_where_the_new_one_fails(tmp_path: Path) -> None:
    write_world(tmp_path, 1, 2)
    before = contents(tmp_path)
    with pytest.raises(ZeroDivisionError), world_folder(tmp_path) as folder:
        (folder / "truth.parquet").write_text("half")
        raise ZeroDivisionError
    assert contents(tmp_path) == before


def test_world_folder__a_world_that_is_being_written_is_none(tmp_path: Path) -> None:
    with world_folder(tmp_path) as folder:
        (folder / "usage_events" / "usage_date=2026-03-01").mkdir(parents=True)
        (folder / "truth.parquet").write_text("truth")
        (folder / "truth_workload.parquet").write_text("truth")
        with pytest.raises(ConfigError, match="incomplete"):
            given_dates(tmp_path)
    assert len(given_dates(tmp_path)) == 1


@pytest.mark.parametrize("fails_at", range(8))
def test_world_folder__cut_off_while_it_is_revealed_looks_unfinished_and_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    write_world(tmp_path, 1, 2)
    steps = 0

    def cut(name: str) -> None:
        original = getattr(Path, name)

        def step(path: Path, *args: object, **named: object) -> object:
            nonlocal steps
            steps += 1
            if steps > fails_at:
                raise InterruptedError
            return original(path, *args, **named)

        monkeypatch.setattr(Path, name, step)

    with pytest.raises(InterruptedError), world_folder(tmp_path) as folder:
        for name in ("usage_events/usage_date=2026-03-03/part-0.parquet", "accounts.parquet", "truth.parquet"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("new")
        cut("unlink")
        cut("rename")
    monkeypatch.undo()
    whole = {str(day) for day in given_dates(tmp_path)} if (tmp_path / "truth.parquet").exists() else None
    assert whole in (None, {"2026-03-01", "2026-03-02"})
    write_world(tmp_path, 4)
    assert [str(day) for day in given_dates(tmp_path)] == ["2026-03-04"]


def test_world_folder__of_a_killed_run_is_cleared(tmp_path: Path) -> None:
    (tmp_path / "_simulating" / "usage_events").mkdir(parents=True)
    write_world(tmp_path, 1)
    assert not (tmp_path / "_simulating").exists()
    assert len(given_dates(tmp_path)) == 1


def test_simulate__says_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write to(.|\n)*--out another"):
        simulate(SMALL, days=1, accounts=300, seed=1, out=tmp_path / "file")
