"""A digest of code, for results that are kept only as long as what computed them is the same."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files as package_files
from modulefinder import ModuleFinder
from pathlib import Path
from typing import Any

# What is computed with: another version may round otherwise.
_LIBRARIES = ("numba", "numpy", "pandas", "pyarrow", "pyspark", "scipy")
_PACKAGE = "revenuer"


class _OwnModules(ModuleFinder):
    """Follows imports within this package only, wherever it is installed."""

    def import_module(self, partname: str, fqname: str, parent: Any) -> Any:
        own = fqname.partition(".")[0] == _PACKAGE
        return super().import_module(partname, fqname, parent) if own else None


def imported_files(module: str) -> list[Path]:
    """Source of a module and of every module of this package that it imports, itself or through others.

    Imports inside functions, and those for types alone, count too: rather too many than one too few.

    Args:
        module: Full name of a module of this package.
    """
    finder = _OwnModules(path=[str(_root().parent)])
    finder.import_hook(module)
    found = (getattr(each, "__file__", None) for each in finder.modules.values())
    return sorted(Path(file) for file in found if file)


def _root() -> Path:
    return Path(str(package_files(_PACKAGE)))


@cache
def source_digest(module: str) -> str:
    """Digest of a module with all it imports of this package, of the settings and data beside these, and of libraries.

    Taken once in a process, which goes on with the code it has imported: ask early.

    Args:
        module: Full name of a module of this package.
    """
    return _digest(module)


def is_source_as_it_was(module: str) -> bool:
    """Whether the files are still those that :func:`source_digest` saw."""
    return _digest(module) == source_digest(module)


def _digest(module: str) -> str:
    root, code = _root(), imported_files(module)
    folders = {path.parent for path in code}
    beside = {file for folder in folders for kind in ("*.toml", "data/*.csv") for file in folder.glob(kind)}
    digest = hashlib.sha256("\n".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    for file in [*code, *sorted(beside)]:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"\n{file.relative_to(root).as_posix()} {content}".encode())
    return digest.hexdigest()
