"""Worlds with a known answer, observed once and kept, for trials of the ranking.

A world is simulated, or lies in a folder as somebody else made it. All days are observed at once, which gives the rows
they would have alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from revenuer.blanks import without_blanks
from revenuer.errors import ConfigError
from revenuer.evaluation.source_digest import source_digest
from revenuer.evaluation.truth import Truth
from revenuer.simulate import simulate
from revenuer.simulate.world import load_world
from revenuer.stages.activity import with_workload_id
from revenuer.stages.observe import observe
from revenuer.stages.validate import validate
from revenuer.tables import contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from revenuer.config import Config

_KEY = b"a trial's key is public: it protects simulated data only"
_OBSERVED = ("sightings", "account_activity")
_OBSERVING = ("identifiers", "composites", "observe")  # sections of settings that say what is observed
_LONGEST_NAME = 150  # file systems take 255 bytes, and the seed and the size come after it


@dataclass(frozen=True)
class World:
    """A world, observed.

    Attributes:
        scenario: World.
        seed: Its seed.
        source: Where its tables lie as they came.
        folder: Where what was made of it lies.
        dates: Its days.
        origin: What it was made from, as :func:`world_origin` returns it.
    """

    scenario: str
    seed: int
    source: Path
    folder: Path
    dates: tuple[date, ...]
    origin: str

    @property
    def name(self) -> str:
        """Name of the world without the path of its file."""
        return name_of(self.scenario)

    def table(self, spark: SparkSession, name: str) -> DataFrame:
        """An observed or context table; empty where the world has none."""
        observed = self.folder / "observed" / name
        path = observed if observed.exists() else self.source / f"{name}.parquet"
        contract = contract_of(name)
        if not path.exists():
            return contract.empty(spark)
        found = contract.conform(spark.read.parquet(str(path)))
        return without_blanks(found, contract) if contract.layer == "input" else found

    def truth(self, spark: SparkSession, config: Config) -> Truth:
        """Its known answer, with which work was whose by the ids it was observed under."""
        with_ids = partial(with_workload_id, hash_key=_KEY, kinds=config.section("identifiers"))
        return Truth.read(spark, self.source / "truth.parquet", with_ids=with_ids)


def name_of(scenario: str) -> str:
    """Name of a world without the path of its file or folder, with what is changed in it."""
    world, colon, changes = scenario.partition(":")
    return f"{Path(world).stem}{colon}{changes}"


def prepare(
    spark: SparkSession,
    config: Config,
    scenario: str,
    *,
    seed: int,
    days: int | None,
    accounts: int | None,
    out: Path,
    say: Callable[[str], None] = lambda text: None,
) -> World:
    """Simulate and observe a world, or take it as an earlier call left it.

    What an earlier call left is taken where it was made from the same description or files, by the same code that
    simulates and observes, with the same settings of what is observed.

    Args:
        spark: Session.
        config: Effective configuration.
        scenario: World's name or file, with changes after a colon where wanted; or a folder as ``revenuer simulate``
            writes it, whoever wrote it.
        seed: Seed.
        days: Days; the world's own number when omitted.
        accounts: Honest accounts; the world's own number when omitted.
        out: Folder of all trials; the world gets a folder in it.
        say: Called with a line of progress.
    """
    is_given = is_world_folder(scenario)
    name = folder_name(name_of(scenario))
    folder = out / (f"{name}-given" if is_given else f"{name}-{seed}-{days or 'all'}d-{accounts or 'all'}a")
    source = Path(scenario) if is_given else folder
    mark, origin = folder / "observed.json", world_origin(config, scenario, (seed, days, accounts))
    kept = kept_dates(mark, origin)
    if kept:
        return World(scenario, seed, source, folder, kept, origin)
    began = time.monotonic()
    mark.unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
    if is_given:
        dates = given_dates(source)
    else:
        dates = simulate(scenario, days=days, accounts=accounts, seed=seed, out=folder).dates
    world = World(scenario, seed, source, folder, dates, origin)
    known = world.table(spark, "accounts")
    usage = None
    for day in dates:
        events_dir = source / "usage_events"
        raw = spark.read.option("basePath", str(events_dir)).parquet(str(events_dir / f"usage_date={day}"))
        good = validate(raw, day=day).good
        usage = good if usage is None else usage.unionByName(good)
    if usage is None:
        raise ValueError("a world has at least one day")
    found = observe(
        usage.persist(),
        known,
        network_labels=world.table(spark, "network_labels") if (source / "network_labels.parquet").exists() else None,
        identifiers=config.section("identifiers"),
        composites=config.section("composites"),
        settings=config.section("observe"),
        hash_key=_KEY,
    )
    found.gathered.persist()
    for name in _OBSERVED:
        getattr(found, name).write.mode("overwrite").parquet(str(folder / "observed" / name))
    events = int(found.gathered.selectExpr("sum(event_count)").collect()[0][0] or 0)
    spark.catalog.clearCache()
    if not is_given:
        shutil.rmtree(folder / "usage_events")
    mark.write_text(json.dumps({"dates": [str(day) for day in dates], "made_from": origin}), encoding="utf-8")
    say(f"{world.name} seed {seed}: {events:,} events, prepared in {time.monotonic() - began:.0f} s")
    return world


def world_origin(config: Config, scenario: str, size: tuple[int | None, ...] = ()) -> str:
    """What an observed world is made from, as a digest: its description or its files, what is observed, and the code.

    Args:
        config: Effective configuration.
        scenario: As :func:`prepare` takes it.
        size: All else that a simulated world depends on.
    """
    if is_world_folder(scenario):
        walked = os.walk(Path(scenario).resolve(), followlinks=True)
        files = sorted(Path(folder, name) for folder, _, names in walked for name in names)
        world = repr([(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files])
    else:
        world = repr((load_world(scenario), *size))
    settings = json.dumps([dict(config.section(name)) for name in _OBSERVING], sort_keys=True)
    return hashlib.sha256(f"{world}\n{settings}\n{source_digest(__name__)}".encode()).hexdigest()


def kept_dates(mark: Path, origin: str) -> tuple[date, ...]:
    """Days of a world that an earlier run left observed, made from the same; none where it did not."""
    try:
        kept = json.loads(mark.read_text(encoding="utf-8"))
        return tuple(date.fromisoformat(day) for day in kept["dates"]) if kept["made_from"] == origin else ()
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def is_world_folder(scenario: str) -> bool:
    """Whether a world's name is that of a folder which holds one; a name with many changes may be too long for one."""
    try:
        return (Path(scenario) / "usage_events").is_dir()
    except OSError:
        return False


def folder_name(name: str) -> str:
    """A world's name as that of a folder; a long one is cut, and told from others by a digest."""
    plain = re.sub(r"[^\w.=-]+", "_", name)
    if len(plain) <= _LONGEST_NAME:
        return plain
    return f"{plain[:_LONGEST_NAME]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def given_dates(folder: Path) -> tuple[date, ...]:
    """Days of a world that lies in a folder.

    Raises:
        ConfigError: A file that every world needs is not there.
    """
    missing = [name for name in ("truth.parquet", "truth_workload.parquet") if not (folder / name).exists()]
    days = sorted(path.name.removeprefix("usage_date=") for path in (folder / "usage_events").glob("usage_date=*"))
    if missing or not days:
        raise ConfigError(
            f"world {folder} is incomplete",
            [f"{name} is not there" for name in (missing or ["usage_events/usage_date=.../"])],
            "lay it out as `revenuer simulate` does",
        )
    return tuple(date.fromisoformat(day) for day in days)


def days_to_judge(world: World, checked: Sequence[int]) -> list[int]:
    """Which days of a world are judged: those asked for that it has, and always its last."""
    return sorted({day for day in checked if 0 < day <= len(world.dates)} | {len(world.dates)})
