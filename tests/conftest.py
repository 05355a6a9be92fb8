"""What the tests share: one configuration, and one Spark session for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config, load_config
from revenuer.session import build_session


@pytest.hookimpl(tryfirst=True)  # before the plugin reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests in one process, and all that read the demo's lake, when the suite is spread over two."""
    for item in items:
        shared = "demo" if "demo" in getattr(item, "fixturenames", ()) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(shared))


@pytest.fixture(scope="session")
def config() -> Config:
    """Return the packaged defaults, on two cores."""
    return load_config(
        overrides=(
            "spark.master=local[2]",
            "spark.driver_memory=3g",
            # Thousands of small plans: compiling them is half of the time. The end-to-end tests do compile.
            "spark.extra.spark.sql.codegen.wholeStage=false",
            "spark.extra.spark.sql.codegen.factoryMode=NO_CODEGEN",
            "spark.extra.spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=400m",
        )
    )


@pytest.fixture(scope="session")
def spark(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Return the one session of this process, started by the first test that asks for it."""
    session = build_session(
        config, app_name="revenuer-tests", with_graphframes=True, lake_uri=str(tmp_path_factory.mktemp("warehouse"))
    )
    yield session
    session.stop()
