"""The session's set-up errors, told without a JVM stack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from revenuer.errors import ConfigError
from revenuer.session import check_java


def fake_java(folder: Path, says: str) -> Path:
    """A JAVA_HOME whose java only tells its version."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    java.chmod(0o755)
    return folder


@pytest.mark.parametrize("version", ["17.0.15", "21.0.1", "21"])
def test_check_java__accepts_17_and_21(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, f'openjdk version "{version}" 2025-04-15')))
    check_java()


@pytest.mark.parametrize(("version", "major"), [("1.8.0_392", 8), ("11.0.2", 11), ("25", 25)])
def test_check_java__names_a_wrong_version_and_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, major: int
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path, f'java version "{version}"')))
    with pytest.raises(ConfigError, match=rf"is Java {major}; Spark needs Java 17 or 21\n.*fix: install Java 17"):
        check_java()


def test_check_java__says_that_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="Java was not found"):
        check_java()


def test_check_java__says_that_java_home_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(ConfigError, match=r"JAVA_HOME is .* does not start"):
        check_java()


def build(setting: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Start a session in a process of its own, with an empty jar cache."""
    program = (
        "from revenuer.config import load_config\nfrom revenuer.errors import ConfigError\n"
        "from revenuer.session import build_session\n"
        f"try: build_session(load_config(overrides=[{setting!r}, 'spark.master=local[1]',"
        f" 'spark.extra.spark.jars.ivy={home}', 'spark.extra.spark.jars.repositories={home.as_uri()}']))\n"
        "except ConfigError as error: print(error)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=environment, timeout=300
    )


def test_build_session__unresolvable_jar_is_one_clear_line(tmp_path: Path) -> None:
    done = build("spark.delta_package=local.example:no-such-jar:1.0", tmp_path)
    assert done.stdout.splitlines()[0] == "Spark could not resolve local.example:no-such-jar:1.0"
    assert "fix: check the network" in done.stdout
    assert done.stderr == "", "neither Ivy nor Spark talks"


def test_build_session__impossible_memory_is_told_in_the_jvms_words(tmp_path: Path) -> None:
    done = build("spark.driver_memory=lots", tmp_path)
    assert done.stdout.startswith("Spark's JVM did not start: ")
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == ""
