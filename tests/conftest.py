"""What the tests share: one configuration, and one Spark session for all tests of a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import Config, load_config
from revenuer.session import build_session

# Files whose tests read the lake of one demo, which takes minutes to make.
DEMO_FILES = frozenset(f"tests/e2e/test_{name}.py" for name in ("demo", "integrity_of_demo", "notebook", "review"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep a file's tests in one process, and the demo's files together, when the suite is spread over two.

    The marker ``xdist_group`` would do it, but has no effect under pytest 9.2.
    """
    from xdist.scheduler import LoadFileScheduling

    class BySharedFixture(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "demo" if file in DEMO_FILES else file

    return BySharedFixture(config, log)


@pytest.fixture(scope="session")
def config() -> Config:
    """Return the packaged defaults, on two cores."""
    return load_config(
        overrides=(
            "spark.master=local[2]",
            "spark.driver_memory=3g",
            # A tiny frame needs no second look at its plan, which costs a job for every stage.
            "spark.extra.spark.sql.adaptive.enabled=false",
            "spark.shuffle_partitions=2",
            # By default a fraction of the heap: every aggregation of a few rows would allocate and clear 64 MB.
            "spark.extra.spark.buffer.pageSize=1m",
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "createDataFrame", _with_rows_in_the_jvm(session))
        yield session
    session.stop()


def _with_rows_in_the_jvm(session: SparkSession) -> Callable[..., DataFrame]:
    """Return a ``createDataFrame`` that makes relations whose rows and size Spark knows.

    PySpark's own reads the rows through a Python worker, again in every plan that mentions them, and has no size, so
    that each join of two tiny frames sorts both: a third of the larger tests' time, for plans that no stored table
    gets.
    """
    from_python = session.createDataFrame

    def create(*args: Any, **kwargs: Any) -> DataFrame:
        frame: Any = from_python(*args, **kwargs)
        made = session._jsparkSession.createDataFrame(frame._jdf.collectAsList(), frame._jdf.schema())
        return DataFrame(made, session)

    return create
