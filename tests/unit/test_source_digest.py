"""What is kept from earlier runs is kept as long as the code behind it is the same, and no longer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from revenuer.evaluation import source_digest as digests
from revenuer.evaluation.source_digest import imported_files, is_source_as_it_was, source_digest


def names_of(module: str) -> set[str]:
    return {"/".join(path.parts[path.parts.index("revenuer") + 1 :]) for path in imported_files(module)}


def test_imported_files__are_all_that_judging_imports_and_not_the_commands() -> None:
    judging = names_of("revenuer.evaluation.trial")
    assert {"evaluation/trial.py", "stages/rank/scoring.py", "stages/link.py", "components/task_engine.py"} <= judging
    assert not {name for name in judging if name.startswith(("cli/", "reporting/"))}


def test_imported_files__a_world_is_made_without_what_ranks_it() -> None:
    making = names_of("revenuer.evaluation.trial_world")
    assert {"simulate/pools.py", "stages/observe.py", "stages/validate.py"} <= making
    assert not {name for name in making if name.startswith(("stages/rank/", "components/"))}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of its own: `a` imports `b` within a function, `c` stands alone."""
    root = tmp_path / "revenuer"
    (root / "data").mkdir(parents=True)
    (root / "__init__.py").write_text("", encoding="utf-8")
    (root / "a.py").write_text("import theirs\n\ndef f():\n    from revenuer import b\n", encoding="utf-8")
    (tmp_path / "theirs.py").write_text("", encoding="utf-8")  # another package, installed beside this one
    (root / "b.py").write_text("x = 1\n", encoding="utf-8")
    (root / "c.py").write_text("y = 1\n", encoding="utf-8")
    (root / "rules.toml").write_text("bits = 1\n", encoding="utf-8")
    (root / "data" / "hours.csv").write_text("1\n", encoding="utf-8")
    monkeypatch.setattr(digests, "package_files", lambda name: root)
    source_digest.cache_clear()
    yield root
    source_digest.cache_clear()


@pytest.mark.parametrize(
    ("file", "is_another"),
    [("b.py", True), ("rules.toml", True), ("data/hours.csv", True), ("c.py", False), ("../theirs.py", False)],
)
def test_source_digest__changes_with_what_is_imported_and_lies_beside(
    package: Path, file: str, is_another: bool
) -> None:
    was = source_digest("revenuer.a")
    (package / file).write_text("z = 2\n", encoding="utf-8")
    assert source_digest("revenuer.a") == was, "a process goes on with what it began with"
    assert is_source_as_it_was("revenuer.a") != is_another
    source_digest.cache_clear()
    assert (source_digest("revenuer.a") != was) == is_another
    assert "revenuer.b" not in sys.modules, "nothing is run to find out"
