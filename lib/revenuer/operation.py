"""Commands that load and run: demo, simulate, ingest, run, backfill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from revenuer.options import Day, json_option, lake_options, open_bench, out_option, print_json, run_date_option


@click.command()
@out_option("build/demo", "Folder to write to; an earlier demo there is replaced.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the simulated world.")
@click.option("--days", type=click.IntRange(2, 28), default=3, show_default=True, help="Days to run.")
def demo(out: Path, seed: int, days: int) -> None:
    """Simulate a small site with one planted campaign and run every stage on it, day by day."""
    from revenuer.demo import run_demo

    run_demo(out, seed=seed, days=days, say=click.echo)


@click.command()
@click.option("--scenario", required=True, metavar="NAME|FILE", help="A packaged world, or a TOML file of your own.")
@click.option("--days", type=click.IntRange(1), help="Days to simulate (default: the world's own).")
@click.option("--accounts", type=click.IntRange(1), help="Honest accounts (default: the world's own).")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--start", type=Day(), default="2026-03-01", show_default=True, help="First day.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the files.")
@json_option
def simulate(
    scenario: str, days: int | None, accounts: int | None, seed: int, start: date, out: Path, as_json: bool
) -> None:
    """Write a simulated world: usage_events, accounts and truth as Parquet files."""
    from revenuer.simulate import simulate as simulate_world

    report = simulate_world(scenario, days=days, accounts=accounts, seed=seed, out=out, start=start)
    if as_json:
        print_json(vars(report))
    else:
        click.echo(
            f"simulated {scenario}: {report.events} events of {report.accounts} accounts over {len(report.dates)} days"
            f" in {report.seconds:.0f} s, written to {out}"
        )


@click.command()
@click.option("--table", required=True, help="An input table, or sightings.")
@click.option(
    "--from",
    "source",
    required=True,
    metavar="PATH",
    help="A file, a glob, or a folder whose usage_date= stands in the path.",
)
@click.option("--format", "fmt", type=click.Choice(["parquet", "csv", "jsonl"]), help="Default: by file name.")
@lake_options
@json_option
def ingest(
    table: str,
    source: str,
    fmt: str | None,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Load files into the lake. Loading the same day again replaces it."""
    from revenuer.ingest import ingest as load

    with open_bench(lake, files, overrides) as bench:
        report = load(bench.lake, table, source, fmt=fmt)
    print_json(report.to_dict()) if as_json else click.echo(report.text())


@click.command()
@click.argument("stage")
@run_date_option
@click.option(
    "--start", metavar="STAGE", help="With `all`: begin here, for instance link for a site with sightings only."
)
@click.option("--engine", type=click.Choice(["auto", "task", "graphframes"]), help="Component engine (cluster.engine).")
@lake_options
@json_option
def run(
    stage: str,
    run_date: date,
    start: str | None,
    engine: str | None,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run one STAGE (validate, observe, link, cluster, rank, publish) or `all` for one date."""
    from revenuer.pipeline import run_stages, stages_from
    from revenuer.quality import preload

    stages = stages_from(stage, start)
    preload()
    with open_bench(lake, files, overrides, engine=engine) as bench:
        say = (lambda text: None) if as_json else click.echo
        reports = run_stages(bench.run(run_date, say), stages, lambda report: say(report.text()))
    if as_json:
        print_json([report.to_dict() for report in reports])


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="First date.")
@click.option("--to", "last", type=Day(), required=True, help="Last date.")
@click.option("--start", metavar="STAGE", help="Begin each date here.")
@click.option("--dry-run", is_flag=True, help="Say what would run.")
@lake_options
def backfill(
    first: date,
    last: date,
    start: str | None,
    dry_run: bool,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
) -> None:
    """Run every date of a range, oldest first: ranking needs the day before."""
    from revenuer.pipeline import dates_between, run_stages, stages_from
    from revenuer.quality import preload

    days, stages = dates_between(first, last), stages_from("all", start)
    if dry_run:
        for day in days:
            click.echo(f"{day}: {' -> '.join(stage.name for stage in stages)}")
        return
    preload()
    with open_bench(lake, files, overrides) as bench:
        for day in days:
            run_stages(bench.run(day, click.echo), stages, lambda report: click.echo(report.text()))
