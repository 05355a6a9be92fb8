"""The folder a world is written to: it takes the place of one that was simulated there before, and of nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from revenuer.errors import ConfigError

# The truth goes first and comes last: no world is whole without it.
_TABLES = (
    "truth.parquet",
    "truth_workload.parquet",
    "usage_events",
    "accounts.parquet",
    "enforcement_actions.parquet",
    "model_releases.parquet",
    "network_labels.parquet",
)
_MARK = ".revenuer-simulate"  # names the files that a simulation may replace
_UNFINISHED = "_simulating"  # no reader takes a name with this beginning for data
_NAMED = 5


@contextmanager
def world_folder(out: Path) -> Iterator[Path]:
    """A folder to write a world's tables to, which take their places in ``out`` once all are written.

    What an earlier simulation left in ``out`` stays as it was until then, and goes as a whole.

    Args:
        out: Directory, made when missing. Files that are no tables of a world stay.

    Raises:
        ConfigError: Tables lie in ``out`` that no simulation wrote, or it cannot be written to.
    """
    unfinished = out / _UNFINISHED
    _refuse_others(out)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if unfinished.exists():  # of one that was killed
            shutil.rmtree(unfinished)
        unfinished.mkdir()
    except OSError as error:
        raise ConfigError(f"cannot write to {out}: {error.strerror or error}", fix="--out another folder") from error
    try:
        yield unfinished
        _refuse_others(out)
        _reveal(unfinished, out)
    finally:
        shutil.rmtree(unfinished)


def _refuse_others(out: Path) -> None:
    """Raise where a table's place is taken by what no simulation wrote: files of two worlds would pass for one."""
    try:
        known = set(json.loads((out / _MARK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        known = set()
    others = [name for name in _files(out) if name not in known]
    if others:
        more = [f"{len(others) - _NAMED} more"] if len(others) > _NAMED else []
        raise ConfigError(
            f"{out} holds tables that would be replaced, and no simulation is known to have written them",
            [*(f"{name}: exists" for name in others[:_NAMED]), *more],
            "--out another folder, or remove these first",
        )


def _files(folder: Path) -> list[str]:
    """Files of a world's tables. A link counts as one: what it leads to lies elsewhere."""
    found = []
    for path in (folder / name for name in _TABLES):
        inside = sorted(path.rglob("*")) if path.is_dir() and not path.is_symlink() else [path]
        found += [p for p in inside if p.is_symlink() or p.is_file()]
    return [p.relative_to(folder).as_posix() for p in found]


def _reveal(unfinished: Path, out: Path) -> None:
    """Put a new world in the place of the old one. Cut off anywhere, it leaves no truth, and files that are known."""
    for path in (out / name for name in _TABLES):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    (out / _MARK).write_text(json.dumps(_files(unfinished), indent=0) + "\n", encoding="utf-8")
    for name in reversed(_TABLES):
        if (unfinished / name).exists():
            (unfinished / name).rename(out / name)
