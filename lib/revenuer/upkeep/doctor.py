"""Examination of the set-up, and of a lake that is there: what is wrong and how to mend it, instead of a JVM stack."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from revenuer.config import Config, load_config
from revenuer.errors import ConfigError, LakeError, RevenuerError
from revenuer.lake.hash_keys import known_hash_key, local_path
from revenuer.upkeep.checkup import Check

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PINS = {"pyspark": "4.1.4", "delta-spark": "4.4.0", "graphframes-py": "0.9.2", "great-expectations": "1.24.1"}
_S3_SCHEMES = frozenset({"s3", "s3a", "s3n"})


def examine(lake: str | None, files: Sequence[Path], overrides: Sequence[str]) -> list[Check]:
    """Examine the machine, the configuration and, where there is one already, the lake; nothing is changed.

    Args:
        lake: Root of the lake; ``lake.uri`` when omitted.
        files: Site configuration files.
        overrides: ``section.key=value`` overrides.
    """
    try:
        config = load_config(files, overrides)
    except RevenuerError as error:
        return [Check("configuration", False, str(error))]
    checks = [Check("configuration", True, f"fingerprint {config.fingerprint}"), _python(), *_packages()]
    uri = lake or str(config.value("lake.uri"))
    checks += [_writable(uri), _hash_key(config, uri), *_log_store(config, uri)]
    java = _java()
    checks.append(java)
    if java.is_healthy:
        checks.extend(_in_session(config, uri))
    return checks


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    healthy = sys.version_info[:2] == (3, 11)
    return Check("python", healthy, found if healthy else f"{found}; fix: use Python 3.11")


def _packages() -> list[Check]:
    checks = []
    for name, wanted in PINS.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            checks.append(Check(name, False, f"not installed; fix: pip install {name}=={wanted}"))
            continue
        # A site that reaches GraphFrames' own group runs a newer wrapper with its own jar.
        healthy = found == wanted or name == "graphframes-py"
        checks.append(Check(name, healthy, found if healthy else f"{found}; fix: pip install {name}=={wanted}"))
    return checks


def _writable(uri: str) -> Check:
    root = local_path(uri)
    if root is None:
        return Check("lake", True, f"{uri} is not on a local disk; writing is tried by the first run")
    folder = root.absolute()
    try:
        while not folder.exists():
            folder = folder.parent
        if not folder.is_dir():
            raise NotADirectoryError(20, "is a file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Check("lake", False, f"{folder}: {error.strerror}; fix: make it writable, or --lake another folder")
    return Check("lake", True, f"{root} can be written")


def _hash_key(config: Config, uri: str) -> Check:
    try:
        is_known = known_hash_key(config, uri) is not None
    except ConfigError as error:
        return Check("hash key", False, str(error))
    return Check("hash key", True, "is set" if is_known else "the first run makes one beside the lake")


def _log_store(config: Config, uri: str) -> list[Check]:
    """Whether several processes may write at once: S3 has no way to create a file only where there is none.

    One writer at a time is a set-up that will do, so what is found is a warning.
    """
    scheme = uri.partition("://")[0].lower()
    if scheme not in _S3_SCHEMES:
        return []
    setting = f"spark.delta.logStore.{scheme}.impl"
    chosen = config.value("spark.extra").get(setting)
    if chosen:
        return [Check("log store", True, f"{setting} is {chosen}")]
    warning = (
        f"warning: Delta's own for {scheme} knows of one writing process only, and two at once can lose a commit;"
        f' fix: one writer at a time, or spark.extra."{setting}" = "io.delta.storage.S3DynamoDBLogStore" with the jar'
        " io.delta:delta-storage-s3-dynamodb of Delta's version"
    )
    return [Check("log store", True, warning)]


def _java() -> Check:
    from revenuer.session import check_java

    try:
        check_java()
    except RevenuerError as error:
        return Check("java", False, str(error))
    return Check("java", True, os.environ.get("JAVA_HOME") or "on the PATH")


def _in_session(config: Config, uri: str) -> list[Check]:
    """Start a session with both jars: only that shows that they resolve and load. It also reads the lake."""
    from revenuer.session import SPARK_ERRORS, build_session, first_line, is_of_storage
    from revenuer.upkeep.integrity import examine_lake

    try:
        spark = build_session(config, with_graphframes=True)
    except RevenuerError as error:
        return [Check("jars", False, str(error))]
    try:
        checks = _jars(config, spark)
        if all(jar.is_healthy for jar in checks):
            try:
                checks += examine_lake(spark, uri, config)
            except SPARK_ERRORS as error:
                fix = "check its address and credentials in [spark.extra], and that its connector is among the jars"
                code = (LakeError if is_of_storage(error) else ConfigError).exit_code
                checks.append(Check("lake", False, f"{uri} cannot be listed: {first_line(error)}; fix: {fix}", code))
        return checks
    finally:
        spark.stop()


def _jars(config: Config, spark: SparkSession) -> list[Check]:
    names = ("delta_package", "graphframes_package")
    coordinates = ", ".join(str(config.value(f"spark.{name}")) for name in names)
    loaded = []
    for label, class_name in (
        ("Delta", "io.delta.tables.DeltaTable"),
        ("GraphFrames", "org.graphframes.GraphFrame"),
    ):
        jvm = spark._jvm
        if jvm is None:
            return [Check("jars", False, "the session has no JVM; fix: use a classic Spark session")]
        try:
            jvm.java.lang.Class.forName(class_name, False, jvm.java.lang.Thread.currentThread().getContextClassLoader())
            loaded.append(Check(f"jar of {label}", True, f"{class_name} loads"))
        except Exception:
            loaded.append(Check(f"jar of {label}", False, f"{class_name} is not in {coordinates}; fix: spark.{names}"))
    return loaded
