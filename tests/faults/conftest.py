"""A small lake of two days: the first is published, the second is run undisturbed and kept at every stage."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from faults.driver import watch
from faults.trials import Prepared, a_run, run_date
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.ingest import ingest
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.stage import STAGE_NAMES
from revenuer.pipeline.stages import stages_from
from revenuer.simulate import simulate


@pytest.fixture(scope="session")
def prepared(spark: SparkSession, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("prepared")
    world, lake = folder / "world", folder / "lake"
    made = simulate("demo", days=2, accounts=600, seed=3, out=world)
    first, second = made.dates
    loading = a_run(spark, config, lake, first, "load").lake
    ingest(loading, "accounts", str(world / "accounts.parquet"))
    ingest(loading, "usage_events", str(world / "usage_events"))
    run_date(spark, config, lake, first)
    found = Prepared(folder, second)
    run = a_run(spark, config, lake, second, "undisturbed")
    for name in STAGE_NAMES:
        shutil.copytree(lake, folder / name)
        said = found.operations.setdefault(name, [])
        stop = watch(lambda number, text, said=said: said.append(text.replace(str(lake), "")))
        run_stages(run, stages_from(name))
        stop()
    shutil.copytree(lake, folder / "after")
    return found


@pytest.fixture(scope="session")
def first_date(prepared: Prepared) -> date:
    return date.fromordinal(prepared.run_date.toordinal() - 1)


@pytest.fixture
def reference(prepared: Prepared) -> Path:
    return prepared.folder / "after"
