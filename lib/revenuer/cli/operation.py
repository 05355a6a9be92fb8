"""Commands that load and run: demo, simulate, ingest, run, backfill."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from revenuer.cli.options import (
    Day,
    json_option,
    lake_options,
    open_bench,
    out_option,
    print_json,
    range_options,
    run_date_option,
)
from revenuer.errors import ConfigError


@click.command()
@out_option("build/demo", "Folder to write to; an earlier demo there is replaced.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the simulated world.")
@click.option("--days", type=click.IntRange(2, 28), default=3, show_default=True, help="Days to run.")
def demo(out: Path, seed: int, days: int) -> None:
    """Simulate a small site with one planted campaign and run every stage on it, day by day."""
    from revenuer.demo import run_demo

    run_demo(out, seed=seed, days=days, say=click.echo)


class _WithWorlds(click.Command):
    """A command whose help lists the packaged worlds; they are read only when it is shown."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the worlds after the options."""
        from revenuer.simulate.world import list_worlds

        with formatter.section("Worlds"):
            formatter.write_dl(list(list_worlds().items()))


@click.command(cls=_WithWorlds)
@click.option(
    "--scenario",
    required=True,
    metavar="NAME|FILE",
    help="A packaged world, or a TOML file of your own; after colons changes of its knobs, as in"
    " reference:jitter_hours=3, or columns that the site does not keep, as in reference:missing=asn.",
)
@click.option("--days", type=click.IntRange(1), help="Days to simulate (default: the world's own).")
@click.option("--accounts", type=click.IntRange(1), help="Honest accounts (default: the world's own).")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--start", type=Day(), default="2026-03-01", show_default=True, help="First day.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder to write to; an earlier world there is replaced.",
)
@json_option
def simulate(
    scenario: str, days: int | None, accounts: int | None, seed: int, start: date, out: Path, as_json: bool
) -> None:
    """Write a simulated world as Parquet files.

    usage_events by day, accounts, and the truth, by account (truth) and by account and work (truth_workload); where the
    world has them, enforcement_actions, model_releases and network_labels.
    """
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
    help="A file, a glob, or a folder. A row's day is usage_date=YYYY-MM-DD in the path, else column usage_date, else"
    " the UTC day of event_at.",
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
    """Load files into the lake.

    Of usage_events and sightings, loading the same day again replaces it. Files whose rows name no day (no usage_date=
    in the path, no such column) must hold all that is stored of the UTC days they touch. Of the other tables, which are
    read as a whole, rows that are new or changed by their key are written, and none is removed.
    """
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
@click.option("--force", is_flag=True, help="Run stages whose result is current, too.")
@lake_options
@json_option
def run(
    stage: str,
    run_date: date,
    start: str | None,
    engine: str | None,
    force: bool,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run one STAGE (validate, observe, link, cluster, rank, publish) or `all` for one date.

    A stage is skipped when its result is current: made from the same inputs, settings and package version.
    """
    from revenuer.pipeline.loop import run_stages
    from revenuer.pipeline.stages import stages_from
    from revenuer.quality import preload

    stages = stages_from(stage, start)
    preload()
    with open_bench(lake, files, overrides, engine=engine) as bench:
        say = (lambda text: None) if as_json else click.echo
        reports = run_stages(bench.run(run_date, say), stages, lambda report: say(report.text()), force=force)
    if as_json:
        print_json([report.to_dict() for report in reports])


@click.command()
@range_options
@click.option("--changed", is_flag=True, help="The dates that `plan --changed` names; --from and --to may be left out.")
@click.option("--start", metavar="STAGE", help="Begin each date here.")
@click.option("--force", is_flag=True, help="Run what is current, too.")
@click.option("--skip-missing", is_flag=True, help="Go on without dates that have no input.")
@click.option("--dry-run", is_flag=True, help="Say what would run and why. Writes nothing.")
@lake_options
def backfill(
    first: date | None,
    last: date | None,
    ignored: tuple[str, ...],
    changed: bool,
    start: str | None,
    force: bool,
    skip_missing: bool,
    dry_run: bool,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
) -> None:
    """Run a range of dates, oldest first. What is current is skipped, so the same command resumes a killed backfill."""
    from revenuer.pipeline.backfill import after, dates_between, run_backfill, with_input
    from revenuer.pipeline.stages import stages_from
    from revenuer.pipeline.staleness import Staleness, mistyped_text, staleness_text
    from revenuer.quality import preload

    if not changed and (first is None or last is None):
        raise ConfigError("a backfill needs a range", fix="--from and --to, or --changed")
    if first and last:
        dates_between(first, last)
    stages = stages_from("all", start)
    if not dry_run:
        preload()
    with open_bench(lake, files, overrides) as bench:
        bench.lake.require_tables()
        staleness = Staleness(bench.lake, stages, ignored, bench.hash_key_id)
        left_out = staleness.mistyped() if changed else []
        if changed or first is None or last is None:
            looked_at = staleness.dates(first, last)
            days = sorted({entry.run_date for entry in staleness.find(looked_at)})
        else:
            looked_at = dates_between(first, last)
            days = with_input(staleness, looked_at, skip_missing=skip_missing)
        if dry_run or (changed and not days):
            click.echo(staleness_text(staleness.find(days, force=force), len(looked_at), left_out))
        else:
            if left_out:
                click.echo(mistyped_text(left_out))
            run_backfill(lambda day: bench.run(day, click.echo), staleness, days, click.echo, force=force)
        if not dry_run:
            # What a publisher that was killed left to do is not seen in what is out of date.
            bench.lake.mend_views()
        later = sorted({entry.run_date for entry in after(staleness, days[-1])}) if days and not dry_run else []
    if later:
        click.echo(f"Out of date after it: {len(later)} dates, {later[0]} to {later[-1]} (`revenuer plan --changed`)")
