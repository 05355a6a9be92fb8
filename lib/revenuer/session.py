"""The one Spark session of a process: set up quickly, quietly and the same way everywhere.

The JVM writes its own start-up talk, Ivy's, and what fails to a log file that is kept only when something goes wrong.
"""

from __future__ import annotations

import atexit
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.errors import PySparkException
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import ConfigError

JAVA_VERSIONS = (17, 21)
SPARK_ERRORS: tuple[type[Exception], ...] = (PySparkException, Py4JError)
"""What Spark may raise: not every JVM error is wrapped."""
_JAVA_FIX = (
    "install Java 17 (Debian and Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17) "
    "and put it on PATH, or point JAVA_HOME at it"
)
# Spark ships all of these itself; leaving them out makes the first start fetch 15 MB of Delta instead of 80 MB. Of
# Hadoop it ships these two only: a store's connector that a site names, such as hadoop-aws, is of the same group.
_SHIPPED_WITH_SPARK = (
    "com.fasterxml.jackson.core:*",
    "com.fasterxml.jackson.datatype:*",
    "com.github.luben:*",
    "com.google.code.findbugs:*",
    "commons-logging:*",
    "commons-pool:*",
    "io.airlift:*",
    "javax.annotation:*",
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
    "org.apache.logging.log4j:*",
    "org.apache.parquet:*",
    "org.roaringbitmap:*",
    "org.slf4j:*",
    "org.xerial.snappy:*",
)
_SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # No limit by bytes beside the one by rows: Spark would measure the whole batch again after every row.
    "spark.sql.execution.arrow.maxBytesPerBatch": "2147483647",
    # Other engines read microseconds without guessing; Spark's default INT96 is deprecated.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.databricks.delta.snapshotPartitions": "2",
    # Percentiles and lists by account: after 128 groups, Spark's default, a task would sort for them instead. A group
    # takes a few kilobytes at most.
    "spark.sql.objectHashAggregate.sortBased.fallbackThreshold": "8192",
    # Readers are pinned to versions whose files nothing removes. A week after the write Delta would refuse them,
    # and with them every report, and the next run, of a lake that stood still for longer.
    "spark.databricks.delta.vacuum.enforceTimeTravelWithinDeletedFileRetentionDuration": "false",
}
_LAUNCH_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Spark describes every plan, and every change of it, for that interface: 4 % of what a small plan takes goes
    # into the long form.
    "spark.sql.ui.explainMode": "simple",
    "spark.log.level": "ERROR",
    # A run compiles many generated classes; when the code cache is full the JVM stops compiling and crawls. Nobody
    # waits for a single query: the collector made for throughput takes a tenth off a run's CPU. Hundreds of plans bring
    # classes that live for seconds: a third of a small day's CPU went into optimising them. Five times the default
    # thresholds leave that to code that goes on running.
    "spark.driver.extraJavaOptions": "-XX:ReservedCodeCacheSize=512m -XX:+UseParallelGC"
    " -XX:Tier4InvocationThreshold=25000 -XX:Tier4MinInvocationThreshold=3000"
    " -XX:Tier4CompileThreshold=75000 -XX:Tier4BackEdgeThreshold=200000",
}
_DELTA_CLASS = "io.delta.sql.DeltaSparkSessionExtension"
_GRAPHFRAMES_CLASS = "org.graphframes.GraphFrame"


_LAUNCH_ERRORS: tuple[type[Exception], ...] = (*SPARK_ERRORS, OSError, TypeError)
_passing_logs: list[Path] = []


def check_java() -> None:
    """Make sure that the Java which Spark will start is there and of a version Spark supports.

    Raises:
        ConfigError: Java is missing, does not start or is neither 17 nor 21.
    """
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if java is None:
        raise ConfigError("Java was not found: Spark needs Java 17 or 21", fix=_JAVA_FIX)
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        where = f"JAVA_HOME is {home}, but {java}" if home else java
        raise ConfigError(f"{where} does not start: {error}", fix=_JAVA_FIX) from None
    found = re.search(r'version "(\d+)(?:\.(\d+))?', done.stderr + done.stdout)
    if not found:
        raise ConfigError(f"{java} -version tells no version", [done.stderr.strip()[:200]], _JAVA_FIX)
    major = int(found[2] or 0) if found[1] == "1" else int(found[1])
    if major not in JAVA_VERSIONS:
        raise ConfigError(f"{java} is Java {major}; Spark needs Java 17 or 21", fix=_JAVA_FIX)


def build_session(
    config: Config, *, app_name: str = "revenuer", with_graphframes: bool = False, lake_uri: str | None = None
) -> SparkSession:
    """Return the process's Spark session, started if there is none yet.

    A running session, or the JVM that ``spark-submit`` started, keeps its master and jars; otherwise a JVM is
    launched with the settings of section ``spark``. ``spark.extra`` wins over every setting made here.

    Args:
        config: Effective configuration.
        app_name: Name shown by cluster managers.
        with_graphframes: Whether GraphFrames' jar must be there too (70 MB on the first start).
        lake_uri: Root of the lake; the catalog's warehouse lies in it.

    Raises:
        ConfigError: Java is missing or wrong, a jar cannot be resolved, or the JVM does not start.
    """
    settings = session_settings(config, lake_uri=lake_uri)
    if SparkContext._active_spark_context is None and "PYSPARK_GATEWAY_PORT" not in os.environ:
        _launch(app_name, launch_settings(config, settings, with_graphframes=with_graphframes))
    builder = SparkSession.builder.appName(app_name)
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        # A JVM that spark-submit started without Delta's jar cannot load the extension: it warns, and goes on.
        session = builder.getOrCreate()
    except SPARK_ERRORS as error:
        raise ConfigError(f"Spark did not start: {first_line(error)}", fix="run `revenuer doctor`") from None
    session.sparkContext.setLogLevel("ERROR")
    _keep_jars_from_python(session.sparkContext)
    _require_class(session, _DELTA_CLASS, str(config.value("spark.delta_package")), "Delta")
    if with_graphframes:
        _require_class(session, _GRAPHFRAMES_CLASS, str(config.value("spark.graphframes_package")), "GraphFrames")
    return session


def session_settings(config: Config, *, lake_uri: str | None = None) -> dict[str, str]:
    """What a session is set to, whoever started its JVM; the site's ``spark.extra`` wins."""
    settings = dict(_SETTINGS)
    settings["spark.sql.shuffle.partitions"] = str(config.value("spark.shuffle_partitions"))
    if lake_uri:
        settings["spark.sql.warehouse.dir"] = f"{lake_uri.rstrip('/')}/_warehouse"
    return {**settings, **_extra(config)}


def launch_settings(config: Config, settings: dict[str, str], *, with_graphframes: bool = False) -> dict[str, str]:
    """What the JVM is launched with: the session's settings, memory, and the jars to resolve."""
    extra = _extra(config)
    jars = _jar_settings(config, extra, with_graphframes)
    return {
        "spark.master": str(config.value("spark.master")),
        "spark.driver.memory": str(config.value("spark.driver_memory")),
        **_LAUNCH_SETTINGS,
        **settings,
        **jars,
        **extra,
        **_package_lists(jars, extra),
    }


def _extra(config: Config) -> dict[str, str]:
    return {str(k): str(v) for k, v in config.value("spark.extra").items()}


def _jar_settings(config: Config, extra: dict[str, str], with_graphframes: bool) -> dict[str, str]:
    """Which jars to resolve; an empty coordinate says that the site supplies the jar itself."""
    packages = [str(config.value("spark.delta_package"))]
    if with_graphframes:
        packages.append(str(config.value("spark.graphframes_package")))
    wanted = ",".join(filter(None, packages))
    settings = {"spark.jars.packages": wanted, "spark.jars.excludes": ",".join(_SHIPPED_WITH_SPARK)} if wanted else {}
    master = extra.get("spark.master", str(config.value("spark.master")))
    if master.startswith("local"):
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    return settings


def _package_lists(ours: dict[str, str], extra: dict[str, str]) -> dict[str, str]:
    """The site's packages come in addition to ours, not instead."""
    key = "spark.jars.packages"
    both = [settings[key] for settings in (ours, extra) if settings.get(key)]
    return {key: ",".join(both)} if both else {}


def _launch(app_name: str, settings: dict[str, str]) -> None:
    """Start the JVM and the Spark context, its talk going to a log file."""
    check_java()
    if settings["spark.master"].startswith("local"):
        # Python workers must be this Python: what PATH calls python3 may lack the package, or be another version.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    conf = SparkConf(loadDefaults=False).setAppName(app_name)
    for name, value in settings.items():
        conf.set(name, value)
    handle, name = tempfile.mkstemp(prefix="revenuer-spark-", suffix=".log")
    log = Path(name)
    _passing_logs.append(log)
    with os.fdopen(handle, "wb") as stream:
        try:
            gateway = _start_gateway(conf, stream)
            SparkContext(conf=conf, gateway=gateway)
        except _LAUNCH_ERRORS as error:
            raise _launch_error(log, error, settings) from None


def keep_log() -> Path | None:
    """Keep the log of the JVM that this process started, which is otherwise removed when the process ends.

    Returns:
        Where it is; None where somebody else started the JVM, or nothing was written.
    """
    written = [log for log in _passing_logs if log.is_file() and log.stat().st_size]
    _passing_logs[:] = [log for log in _passing_logs if log not in written]
    return written[-1] if written else None


@atexit.register
def _remove_logs() -> None:
    for log in _passing_logs:
        log.unlink(missing_ok=True)


def _start_gateway(conf: SparkConf, stream: IO[bytes]) -> Any:
    launch: Any = launch_gateway
    return launch(conf, popen_kwargs={"stdout": stream, "stderr": stream})


def _launch_error(log: Path, error: Exception, settings: dict[str, str]) -> ConfigError:
    """Say in one line why the JVM did not come up."""
    text = log.read_text(encoding="utf-8", errors="replace")
    missing = sorted({m.replace("#", ":").replace(";", ":") for m in re.findall(r":: (\S+#\S+;\S+): not found", text)})
    if missing or "unresolved dependency" in text:
        return ConfigError(
            f"Spark could not resolve {', '.join(missing) or settings.get('spark.jars.packages')}",
            fix="check the network or name your mirror with --set spark.extra.spark.jars.repositories=URL; "
            "the coordinates are spark.delta_package and spark.graphframes_package",
        )
    cause = re.findall(r"^(?:Exception in thread|Error:|Caused by:|Error occurred) *(\S.*)$", text, re.MULTILINE)
    detail = cause[-1].strip() if cause else first_line(error)
    return ConfigError(f"Spark's JVM did not start: {detail}", fix="run `revenuer doctor`, and check section [spark]")


def _keep_jars_from_python(context: SparkContext) -> None:
    """Take jars off the Python workers' path: the packages are installed, and scanning 70 MB costs every task."""
    includes = getattr(context, "_python_includes", None)
    if isinstance(includes, list):
        includes[:] = [name for name in includes if not str(name).endswith(".jar")]


def _require_class(session: SparkSession, name: str, package: str, what: str) -> None:
    """Make sure that a jar is really loaded, also where somebody else started the JVM."""
    jvm: Any = session._jvm
    try:
        jvm.java.lang.Class.forName(name, False, jvm.java.lang.Thread.currentThread().getContextClassLoader())
    except SPARK_ERRORS:
        raise ConfigError(
            f"the running Spark was started without {what}'s jar",
            fix=f"start it with `spark-submit --packages {package or 'GROUP:ARTIFACT:VERSION'}` "
            "(or --jars, or spark.jars in spark-defaults.conf)",
        ) from None


def first_line(error: Exception) -> str:
    """The part of a Spark error that a person can read: the innermost cause, without its stack."""
    text = str(error).strip()
    causes = re.findall(r"^Caused by: [\w.$]+: (\S.*)$", text, re.MULTILINE)
    lines = causes[-1:] or text.splitlines() or [type(error).__name__]
    return lines[0][:300]


def is_of_storage(error: Exception) -> bool:
    """Whether a Spark error comes of reading or writing files: one of its causes is Java's IOException.

    A Python worker that died is told as the end of its stream, which is one too, and says nothing of storage.
    """
    gateway = SparkContext._gateway
    cause: Any = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None:
        if is_instance_of(gateway, cause, "java.io.IOException"):
            return not is_instance_of(gateway, cause, "java.io.EOFException")
        cause = cause.getCause()
    return False
