"""The laws of the layout: who may import whom, how long a module may be, which names say nothing."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LIB = PROJECT / "lib"
PACKAGE = LIB / "revenuer"

# From the ground up. A module imports only from its own floor and those below it.
FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "markdown", "terminal"}),
    frozenset({"config", "columns", "casting", "contract", "blanks", "settings", "suite", "tables", "clock"}),
    frozenset({"stages", "components"}),
    frozenset({"session", "lake", "quality"}),
    frozenset({"pipeline"}),
    frozenset({"simulate", "ingest", "upkeep", "workbench"}),
    frozenset({"evaluation"}),
    frozenset({"reporting"}),
    frozenset({"learning", "demo"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}

# The one module that may import each library.
OWNERS = {
    "delta": "lake.writing",
    "great_expectations": "quality",
    "graphframes": "components.graphframes_engine",
    "plotly": "reporting.charts",
}
# A stage is a function of its frames alone.
IMPURE_IMPORTS = frozenset({"os", "pathlib", "random", "secrets", "shutil", "tempfile", "time", "uuid"})
IMPURE_CALLS = frozenset(
    {"current_date", "current_timestamp", "getOrCreate", "now", "rand", "randn", "today", "utcnow"}
)
NAMES_THAT_SAY_NOTHING = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"})
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("root", "work", "home", "Users", "farm"))
TEXT_SUFFIXES = frozenset({"", ".cfg", ".ini", ".ipynb", ".json", ".md", ".py", ".sql", ".toml", ".txt", ".yaml"})
OUR_FOLDERS = (".ci", "airflow_dags", "jobs", "lib", "notebooks", "tests")

MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = sorted({*MODULES, *(path for top in OUR_FOLDERS for path in (PROJECT / top).rglob("*.py"))})


def module_name(path: Path) -> str:
    """Return the dotted name below the package: ``stages.link``; the package itself is ``""``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def relative(path: Path) -> str:
    """Name a file the way a test's id should."""
    return path.relative_to(PROJECT).as_posix()


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and full dotted name of everything a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}:{node.lineno} imports relatively: name the package"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def text_files() -> Iterator[Path]:
    """Yield every text file that is ours, here and in our folders."""
    candidates = [*PROJECT.iterdir(), *(path for top in OUR_FOLDERS for path in (PROJECT / top).rglob("*"))]
    for path in candidates:
        is_generated = "__pycache__" in path.parts or any(part.endswith(".egg-info") for part in path.parts)
        if path.is_file() and path.suffix in TEXT_SUFFIXES and not is_generated and path.name != ".git":
            yield path


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module__imports_only_from_its_floor_or_below(path: Path) -> None:
    own = module_name(path)
    if not own:
        assert not [name for _, name in imports(path) if name.startswith("revenuer")]
        return
    top = own.split(".")[0]
    assert top in FLOOR_OF, f"{relative(path)}: put {top} on a floor in this test"
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] == "revenuer" and len(parts) > 1 and parts[1] != "__version__":
            assert parts[1] in FLOOR_OF, f"{relative(path)}:{line} imports {name}, which stands on no floor"
            assert FLOOR_OF[parts[1]] <= FLOOR_OF[top], f"{relative(path)}:{line} imports {name} from a floor above"


@pytest.mark.parametrize("library", OWNERS)
def test_library__is_imported_by_one_module(library: str) -> None:
    importers = {module_name(path) for path in MODULES for _, name in imports(path) if name.split(".")[0] == library}
    assert importers <= {OWNERS[library]}


@pytest.mark.parametrize("path", [p for p in MODULES if "stages" in p.relative_to(PACKAGE).parts], ids=relative)
def test_stage__knows_no_session_path_clock_or_chance(path: Path) -> None:
    impure = [f"line {line}: {name}" for line, name in imports(path) if name.split(".")[0] in IMPURE_IMPORTS]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called in IMPURE_CALLS:
                impure.append(f"line {node.lineno}: {called}()")
    assert not impure


def test_modules__import_without_a_session() -> None:
    names = [f"revenuer.{module_name(path)}".rstrip(".") for path in MODULES if path.name != "__main__.py"]
    program = (
        f"import importlib\nfor name in {names!r}: importlib.import_module(name)\n"
        "from pyspark import SparkContext\nassert SparkContext._gateway is None, 'an import started the JVM'\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(LIB)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module__is_at_most_300_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", sorted((PROJECT / "jobs").glob("*.py")), ids=relative)
def test_job__is_thirty_lines_that_call_the_command_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 30
    assert [name for _, name in imports(path) if name.startswith("revenuer")] == ["revenuer.cli.main"]
    branches = (ast.FunctionDef, ast.For, ast.While, ast.Try, ast.With)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, branches)]


@pytest.mark.parametrize("path", sorted((PROJECT / "airflow_dags").rglob("*.py")), ids=relative)
def test_dag__imports_nothing_of_the_package(path: Path) -> None:
    assert not [name for _, name in imports(path) if name.split(".")[0] in {"revenuer", "pyspark"}]


def test_names__say_something() -> None:
    silent = [relative(path) for path in SOURCES if NAMES_THAT_SAY_NOTHING & {*path.parent.parts[-2:], path.stem}]
    assert not silent


def test_text__names_no_machine_path() -> None:
    found = [
        f"{relative(path)}: {line.strip()[:100]}"
        for path in text_files()
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
        if any(folder in line for folder in MACHINE_PATHS)
    ]
    assert not found


def test_package_data__names_every_file_that_is_not_code() -> None:
    listed = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["revenuer"]
    files = [p.relative_to(PACKAGE) for p in PACKAGE.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    lost = [str(f) for f in files if f.suffix not in (".py", ".pyc") and not any(f.match(p) for p in listed)]
    assert not lost
