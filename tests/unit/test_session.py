"""The session's set-up errors, told without a JVM stack."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pyspark
import pytest

from revenuer.config import load_config
from revenuer.errors import ConfigError
from revenuer.session import check_java, launch_settings, session_settings


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


def launched(*overrides: str) -> dict[str, str]:
    """What a JVM would be launched with; none is."""
    config = load_config((), overrides)
    return launch_settings(config, session_settings(config))


def test_launch_settings__add_a_sites_packages_and_leave_none_of_them_out() -> None:
    connector = "org.apache.hadoop:hadoop-aws:3.4.2"
    settings = launched(f"spark.extra.spark.jars.packages={connector}")
    assert settings["spark.jars.packages"] == f"{launched()['spark.jars.packages']},{connector}"
    alone = launched(f"spark.extra.spark.jars.packages={connector}", "spark.delta_package=")
    assert alone["spark.jars.packages"] == connector
    excluded = settings["spark.jars.excludes"].split(",")
    assert not {"org.apache.hadoop:*", "org.apache.hadoop:hadoop-aws", "software.amazon.awssdk:*"} & set(excluded)


def test_launch_settings__leave_out_the_hadoop_that_spark_ships() -> None:
    """As Delta's packages ask for it: a second copy would be fetched, and stand on the class path."""
    excluded = launched()["spark.jars.excludes"].split(",")
    names = [name.partition(":")[2] for name in excluded if name.startswith("org.apache.hadoop:")]
    jars = Path(pyspark.__file__).parent / "jars"
    assert sorted(names) == sorted(jar.name.rsplit("-", 1)[0] for jar in jars.glob("hadoop-*.jar"))


def test_launch_settings__let_the_site_win() -> None:
    settings = launched("spark.extra.spark.jars.excludes=a:b", "spark.extra.spark.ui.enabled=yes")
    assert (settings["spark.jars.excludes"], settings["spark.ui.enabled"]) == ("a:b", "yes")


def test_readme__names_the_hadoop_that_spark_ships() -> None:
    """A connector of another version than Spark's Hadoop fails at the first file."""
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"hadoop-aws:([\d.]+\d)", readme))
    jars = Path(pyspark.__file__).parent / "jars"
    assert named == {jar.stem.rsplit("-", 1)[1] for jar in jars.glob("hadoop-client-*.jar")}
