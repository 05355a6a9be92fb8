"""One trial: a simulated world through the real stages, compared with its truth.

A trial runs the same stage functions as a scheduled run, over plain Parquet instead of the lake: all days are
observed at once, which gives the rows they would have alone, and then single run dates are linked, clustered and
ranked. So a world of two weeks is judged in minutes.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revenuer.components import connected_components
from revenuer.components.bridges import bridge_links
from revenuer.evaluate import evaluate, read_truth
from revenuer.evaluation import Evaluation
from revenuer.simulate import simulate
from revenuer.stages.cluster import cluster
from revenuer.stages.link import link
from revenuer.stages.observe import observe, with_parties
from revenuer.stages.rank import RankInputs, rank
from revenuer.stages.validate import validate
from revenuer.tables import contract_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from revenuer.config import Config

_KEY = b"a trial's key is public: it protects simulated data only"
_OBSERVED = ("sightings", "account_activity")
_CONTEXT = ("accounts", "enforcement_actions", "model_releases")


@dataclass(frozen=True)
class Trial:
    """How one world and seed came out on one run date.

    Attributes:
        scenario: World.
        seed: Its seed.
        run_date: The date that was judged.
        day: Its number in the world, from 1.
        evaluation: Comparison with the truth.
        campaigns: Ranked candidates with verdict, probability and group sums, as plain rows.
        seconds: Wall time of linking, clustering and ranking.
    """

    scenario: str
    seed: int
    run_date: date
    day: int
    evaluation: Evaluation
    campaigns: tuple[dict[str, Any], ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "run_date": str(self.run_date),
            "day": self.day,
            "seconds": round(self.seconds, 1),
            **self.evaluation.to_dict(),
        }


@dataclass(frozen=True)
class World:
    """A simulated world, observed.

    Attributes:
        scenario: World.
        seed: Its seed.
        folder: Where its files lie.
        dates: Its days.
    """

    scenario: str
    seed: int
    folder: Path
    dates: tuple[date, ...]

    def table(self, spark: SparkSession, name: str) -> DataFrame:
        """An observed or context table; empty where the world has none."""
        observed = self.folder / "observed" / name
        path = observed if observed.exists() else self.folder / f"{name}.parquet"
        contract = contract_of(name)
        if not path.exists():
            columns = contract.column_definitions()
            return spark.range(0).selectExpr(*(f"cast(null as {c.type}) as `{c.name}`" for c in columns))
        return contract.conform(spark.read.parquet(str(path)))


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

    Args:
        spark: Session.
        config: Effective configuration.
        scenario: World's name or file.
        seed: Seed.
        days: Days; the world's own number when omitted.
        accounts: Honest accounts; the world's own number when omitted.
        out: Folder of all trials; the world gets a folder in it.
        say: Called with a line of progress.
    """
    folder = out / f"{Path(scenario).stem}-{seed}-{days or 'all'}d-{accounts or 'all'}a"
    mark = folder / "observed.json"
    if mark.exists():
        dates = tuple(date.fromisoformat(day) for day in json.loads(mark.read_text(encoding="utf-8")))
        return World(scenario, seed, folder, dates)
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    made = simulate(scenario, days=days, accounts=accounts, seed=seed, out=folder)
    world = World(scenario, seed, folder, made.dates)
    known = world.table(spark, "accounts")
    usage = None
    for day in made.dates:
        events_dir = folder / "usage_events"
        raw = spark.read.option("basePath", str(events_dir)).parquet(str(events_dir / f"usage_date={day}"))
        good = validate(raw, day=day).good
        usage = good if usage is None else usage.unionByName(good)
    if usage is None:
        raise ValueError("a world has at least one day")
    events = with_parties(usage, known).persist()
    found = observe(
        events,
        known,
        identifiers=config.section("identifiers"),
        composites=config.section("composites"),
        settings=config.section("observe"),
        hash_key=_KEY,
    )
    for name in _OBSERVED:
        getattr(found, name).write.mode("overwrite").parquet(str(folder / "observed" / name))
    spark.catalog.clearCache()
    shutil.rmtree(folder / "usage_events")
    mark.write_text(json.dumps([str(day) for day in made.dates]), encoding="utf-8")
    say(f"{scenario} seed {seed}: {made.events:,} events, prepared in {time.monotonic() - began:.0f} s")
    return world


def judge(spark: SparkSession, config: Config, world: World, day: int) -> Trial:
    """Link, cluster and rank one day of a world, and compare with its truth.

    Args:
        spark: Session.
        config: Effective configuration.
        world: As :func:`prepare` returns it.
        day: Number of the run date, from 1.
    """
    began = time.monotonic()
    run_date = world.dates[day - 1]
    first = run_date - timedelta(days=int(config.value("window.days")) - 1)
    window = f"usage_date between date'{first}' and date'{run_date}'"
    sightings = world.table(spark, "sightings").where(window).persist()
    activity = world.table(spark, "account_activity").where(window).persist()
    linked = link(
        sightings,
        run_date=run_date,
        settings=config.section("link"),
        identifiers=config.section("identifiers"),
        composite_kinds=list(config.section("composites")),
    )
    links = linked.links.persist()
    clustered = cluster(links, settings=config.section("cluster"), engine="task", run_date=run_date)
    cut_nodes = clustered.cuts.selectExpr("identifier_id as node_id").distinct()
    accounts, actions, releases = (world.table(spark, name) for name in _CONTEXT)
    result = rank(
        RankInputs(
            activity=activity,
            sightings=sightings,
            links=links.join(cut_nodes, "node_id", "left_anti").persist(),
            pools=clustered.pools.persist(),
            accounts=accounts,
            enforcement_actions=actions.where(f"action_at < date'{run_date + timedelta(days=1)}'"),
            model_releases=releases.where(f"released_at < date'{run_date + timedelta(days=1)}'"),
            previous_campaigns=_nothing(spark, "campaigns"),
            previous_members=_nothing(spark, "campaign_members"),
        ),
        run_date=run_date,
        settings=config.section("rank"),
        identifiers=config.section("identifiers"),
        ceiling="campaign" if len(linked.facets) >= int(config.value("link.required_facets")) else "watch",
        has_behaviour=True,
        components=lambda pairs: connected_components(pairs, engine="task"),
        bridges=bridge_links,
    )
    campaigns = result.campaigns.persist()
    beside = world.folder / "truth_workload.parquet"
    compared = evaluate(
        read_truth(spark, world.folder / "truth.parquet"),
        result.campaign_members.persist(),
        campaigns,
        activity=activity,
        workloads=spark.read.parquet(str(beside)) if beside.exists() else None,
    )
    ranked = tuple(row.asDict(recursive=True) for row in campaigns.orderBy("rank").limit(60).collect())
    evidence = result.campaign_evidence.collect()
    for row in ranked:
        mine = [e for e in evidence if e["campaign_id"] == row["campaign_id"]]
        row["evidence"] = [(e["signal"], e["value"], round(e["weight_bits"], 2)) for e in mine]
    spark.catalog.clearCache()
    return Trial(
        Path(world.scenario).stem, world.seed, run_date, day, compared, ranked, time.monotonic() - began
    )  # fmt: skip


def _nothing(spark: SparkSession, name: str) -> DataFrame:
    columns = contract_of(name).column_definitions()
    return spark.range(0).selectExpr(*(f"cast(null as {c.type}) as `{c.name}`" for c in columns))


def days_to_judge(world: World, checked: Sequence[int]) -> list[int]:
    """Which days of a world are judged: those asked for that it has, and always its last."""
    return sorted({day for day in checked if 0 < day <= len(world.dates)} | {len(world.dates)})
