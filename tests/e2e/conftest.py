"""One demo for all end-to-end tests, run as a user runs it: the program, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Demo:
    """A finished demo: its folder and everything it printed."""

    folder: Path
    output: str


def revenuer(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the program; the caller looks at exit code and output."""
    return subprocess.run(
        [sys.executable, "-m", "revenuer", *words], capture_output=True, text=True, check=False, timeout=900
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    done = revenuer("demo", "--out", str(folder), "--days", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    return Demo(folder, done.stdout)


@pytest.fixture(scope="session")
def demo_lake(demo: Demo) -> Path:
    return demo.folder / "lake"
