"""An Airflow home in a scratch directory: SQLite, no examples, no scheduler, no web server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.sdk import DAG

PROJECT = Path(__file__).resolve().parents[2]
DAGS = PROJECT / "airflow_dags"
HOME_KEY = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Point Airflow at its scratch home; it reads the environment once, when it is first imported."""
    home = Path(tempfile.mkdtemp(prefix="revenuer-airflow-"))
    config.stash[HOME_KEY] = home
    os.environ.update(
        AIRFLOW_HOME=str(home),
        AIRFLOW__CORE__DAGS_FOLDER=str(DAGS),
        AIRFLOW__CORE__LOAD_EXAMPLES="false",
        AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{home}/airflow.db",
        AIRFLOW__LOGGING__LOGGING_LEVEL="INFO",  # a stage's own words, shown when its test fails
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    shutil.rmtree(config.stash[HOME_KEY], ignore_errors=True)


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Create the metadata tables that a run is recorded in."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True, text=True)


@pytest.fixture(scope="session")
def dag() -> DAG:
    """Return the DAG as Airflow's own processor loads it; an import error fails here with its traceback."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(DAGS))
    assert not bag.import_errors, bag.import_errors
    return bag.dags["revenuer_daily"]
