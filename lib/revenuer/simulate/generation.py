"""Builds a world and writes its tables, one day after another."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from revenuer.errors import ConfigError
from revenuer.simulate import population
from revenuer.simulate.build import REGISTRY, Build, Spec
from revenuer.simulate.dress import Wardrobe
from revenuer.simulate.ids import Ints, mint
from revenuer.simulate.sessions import DAY_S, Block, Habits, join
from revenuer.simulate.truth import Tally
from revenuer.simulate.world import World, load_world
from revenuer.simulate.world_folder import world_folder

Progress = Callable[[str], None]


@dataclass(frozen=True)
class SimulationReport:
    """What a simulation wrote: events, accounts, dates, seconds."""

    events: int
    accounts: int
    dates: tuple[date, ...]
    seconds: float


def build_world(world: World, *, days: int, accounts: int, seed: int) -> Build:
    """Build all blocks of a world.

    Args:
        world: Its description.
        days: Days to lay out.
        accounts: Honest accounts; the background takes what the look-alikes leave, at least a third.
        seed: Seed.
    """
    build = Build(seed, days, world.models, world.ids["account"], world.ids["hash"])
    for words, names in ((build.roster.channels, ("api", "batch", "subscription", "console", "cloud_resale")),):
        words.numbers(names)
    population.add_products(build)
    population.relay_lineage(build)
    taken = sum(s.count() for s in world.lookalikes)
    background = max(accounts - taken, accounts // 3)
    blocks: list[Spec] = [
        Spec(world.population.kind, "background", {**world.population.values, "accounts": background})
    ]
    for spec in (*blocks, *world.lookalikes, *world.adversaries):
        REGISTRY.kinds[spec.kind].build(build, spec)
    for words in (build.roster.templates, build.roster.settings):
        population.readable_words(words)
    return build


def simulate(
    scenario: str | Path,
    *,
    days: int | None = None,
    accounts: int | None = None,
    seed: int = 1,
    out: Path,
    start: date = date(2026, 3, 1),
    progress: Progress | None = None,
) -> SimulationReport:
    """Write a world's tables under ``out``.

    ``usage_events/usage_date=.../part-0.parquet``, ``accounts.parquet``, ``truth.parquet``, ``truth_workload.parquet``
    and, where the world has them, ``enforcement_actions.parquet``, ``model_releases.parquet`` and
    ``network_labels.parquet``.
    The same arguments write the same bytes' worth of rows.

    Args:
        scenario: Shipped world's name or path of a TOML file.
        days: Days; the world's own number when omitted.
        accounts: Honest accounts; the world's own number when omitted.
        seed: Seed.
        out: Directory, made when missing; a world that was simulated there before is replaced once this one is whole.
        start: First usage date.
        progress: Called with one line per day.

    Raises:
        ConfigError: Unknown world or impossible numbers, or ``out`` holds tables that no simulation wrote.
    """
    began = time.monotonic()
    world = load_world(scenario)
    days, accounts = days or world.days, accounts or world.accounts
    if days < 1 or accounts < 100:
        raise ConfigError(f"{days} days and {accounts} accounts: too few", fix="at least 1 day and 100 accounts")
    build = build_world(world, days=days, accounts=accounts, seed=seed)
    ids = mint(world.ids["account"], build.roster.account_count, build.rng("account ids"), "acct")
    wardrobe = Wardrobe(build, ids, start, world.mess)
    tally = Tally(build, wardrobe)
    sources = [Habits(wardrobe.s, start.weekday()), *build.sources]
    carry, total, dates = join([]), 0, []
    with world_folder(out) as folder, ThreadPoolExecutor(2) as pool:
        writing: list[Future[int]] = []
        for number in range(days):
            rng = build.rng("day", number)
            block = wardrobe.retry(join([carry, *(s.day(number, rng) for s in sources)]), rng)
            late = block.at >= (number + 1) * DAY_S
            on_time = np.flatnonzero(~late)
            order = on_time[np.argsort(block.at[on_time], kind="stable")]
            carry, block = block.take(late), block.take(order)
            template = wardrobe.templates_of(block)
            tally.add(block, template)
            day = start + timedelta(days=number)
            dates.append(day)
            table_rng, path = build.rng("rows", number), _path(folder, day)
            writing.append(
                pool.submit(_write_day, wardrobe, block, template, number, table_rng, path, world.missing_columns)
            )
            if len(writing) > 2:
                total += writing.pop(0).result()
            if progress is not None:
                progress(f"{day} {len(block):,} exchanges")
        total += sum(w.result() for w in writing)
        _write_context(build, world, wardrobe, tally, ids, start, folder)
    return SimulationReport(total, build.roster.account_count, tuple(dates), time.monotonic() - began)


def _path(out: Path, day: date) -> Path:
    path = out / "usage_events" / f"usage_date={day.isoformat()}"
    path.mkdir(parents=True, exist_ok=True)
    return path / "part-0.parquet"


def _write_day(
    wardrobe: Wardrobe, block: Block, template: Ints, number: int, rng: np.random.Generator, path: Path,
    missing: Sequence[str],
) -> int:  # fmt: skip
    table = _without(wardrobe.table(block, template, number, rng), missing)
    write_table(table, path)
    return int(table.num_rows)


def _without(table: pa.Table, missing: Sequence[str]) -> pa.Table:
    return table.drop_columns([name for name in missing if name in table.column_names])


def write_table(table: pa.Table, path: Path) -> None:
    """Write Parquet without Arrow's own schema, so that every reader sees plain strings.

    Numbers and unique ids are written plainly: dictionaries and compression would cost more time than they save space.
    """
    coded = [f.name for f in table.schema if pa.types.is_dictionary(f.type)] or True
    packed = {
        name: "none" if name in ("request_id", "client_ip", "session_id") else "snappy" for name in table.column_names
    }
    statistics: list[str] | bool = ["event_at"] if "event_at" in table.column_names else True
    pq.write_table(
        table, path, compression=packed, use_dictionary=coded, write_statistics=statistics, store_schema=False
    )


def _write_context(
    build: Build, world: World, wardrobe: Wardrobe, tally: Tally, ids: Sequence[str], start: date, out: Path
) -> None:
    epoch = datetime(start.year, start.month, start.day, tzinfo=UTC)
    instant = pa.timestamp("us", "UTC")

    def at(days: Any) -> pa.Array:
        return pa.array([None if np.isnan(d) else epoch + timedelta(days=float(d)) for d in days], instant)

    accounts = build.roster.accounts()
    columns: dict[str, pa.Array] = {"account_id": pa.array(ids, pa.string())}
    for name in (
        "organization_id",
        "created_day",
        "plan",
        "payment_fingerprint",
        "payment_issuer",
        "billing_country",
        "email_domain",
        "phone_prefix",
        "signup_ip",
        "closed_day",
    ):
        if name.endswith("_day"):
            columns[name.replace("_day", "_at")] = at(accounts[name])
        else:
            columns[name] = pa.array(accounts[name].tolist(), pa.string())
    write_table(_without(pa.table(columns), world.missing_columns), out / "accounts.parquet")
    truth, workload = tally.tables(ids)
    write_table(truth, out / "truth.parquet")
    write_table(workload, out / "truth_workload.parquet")
    actions = [a for a in build.actions if a[2] < build.days]
    if actions:
        write_table(
            pa.table(
                {
                    "account_id": pa.array([ids[a[0]] for a in actions]),
                    "action": pa.array([a[1] for a in actions]),
                    "action_at": at([a[2] for a in actions]),
                    "reason": pa.array([a[3] for a in actions]),
                }
            ),
            out / "enforcement_actions.parquet",
        )
    released = [m for m in world.models if m.released_day is not None]
    if released:
        days = [m.released_day for m in released]
        write_table(
            pa.table({"model": pa.array([m.name for m in released]), "released_at": at(days)}),
            out / "model_releases.parquet",
        )
    # A site that does not know the kinds of its networks has no list of them either.
    if world.has_labels and "network_type" not in world.missing_columns:
        ranges = build.networks.known_ranges(build.rng("labels"))
        write_table(
            pa.table(
                {
                    "cidr": pa.array([r[0] for r in ranges]),
                    "label": pa.array([r[1] for r in ranges]),
                    "source": pa.array(["simulated"] * len(ranges)),
                }
            ),
            out / "network_labels.parquet",
        )
