"""Commands that look and check: plan, verify, report, tables, doctor."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from revenuer.cli.options import Day, json_option, lake_options, open_bench, print_json, range_options, run_date_option
from revenuer.errors import ConfigError


@click.command()
@click.option("--run-date", type=Day(), help="Say also whether the inputs of this date are there.")
@click.option("--start", metavar="STAGE", help="Begin here.")
@click.option("--changed", is_flag=True, help="Say instead which dates are out of date, why, and what follows.")
@range_options
@lake_options
@json_option
def plan(
    run_date: date | None,
    start: str | None,
    changed: bool,
    first: date | None,
    last: date | None,
    ignored: tuple[str, ...],
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Preview a run: its stages, what each reads and what it replaces. Writes nothing.

    With --changed: every date whose inputs, settings, package or tables changed since it was run, every date that
    has input and never ran, and what must be run again after them, in order. `revenuer backfill --changed` does it.
    """
    from revenuer.pipeline.plan import plan_of, plan_text
    from revenuer.pipeline.stages import stages_from

    stages = stages_from("all", start)
    if not changed and (first or last or ignored):
        raise ConfigError("--from, --to and --ignore go with --changed", fix="plan --changed --from DATE")
    if changed:
        from revenuer.pipeline.staleness import Staleness, mistyped_text, staleness_text

        with open_bench(lake, files, overrides) as bench:
            bench.lake.require_tables()
            staleness = Staleness(bench.lake, stages, ignored, bench.hash_key_id)
            dates = staleness.dates(first or run_date, last or run_date)
            found = staleness.find(dates)
            left_out = staleness.mistyped()
        if as_json:
            print_json([entry.to_dict() for entry in found])
            if left_out:
                click.echo(mistyped_text(left_out), err=True)
        else:
            click.echo(staleness_text(found, len(dates), left_out))
        return
    if run_date is None:
        entries = plan_of(stages, None, None)
    else:
        with open_bench(lake, files, overrides) as bench:
            entries = plan_of(stages, run_date, bench.lake)
    print_json(entries) if as_json else click.echo(plan_text(entries))


@click.command()
@run_date_option
@click.option("--engine", type=click.Choice(["task", "graphframes"]), default="graphframes", show_default=True)
@lake_options
@json_option
def verify(
    run_date: date, engine: str, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool
) -> None:
    """Recompute a date's pools with another engine and compare: they must agree exactly."""
    from revenuer.reporting.verify import verify_pools

    with open_bench(lake, files, overrides, engine=engine) as bench:
        bench.lake.require_partition("pools", run_date)  # before a run makes a hash key where there is no lake
        result = verify_pools(bench.run(run_date, click.echo))
    print_json(result.to_dict()) if as_json else click.echo(result.text())


@click.command()
@click.option("--run-date", type=Day(), help="Default: the latest published date.")
@click.option(
    "--top",
    type=click.IntRange(1),
    default=15,
    show_default=True,
    help="Candidates to list; those of a pool that are not accused and look alike count as one.",
)
@lake_options
@json_option
def report(
    run_date: date | None,
    top: int,
    lake: str | None,
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show a published date's ranking and the evidence behind its first campaign."""
    from revenuer.reporting.report import read_ranking

    with open_bench(lake, files, overrides) as bench:
        ranking = read_ranking(bench.lake, run_date, top=top)
    print_json(ranking.to_dict()) if as_json else click.echo(ranking.text())


@click.command()
@click.argument("name", required=False)
@click.option("--format", "fmt", type=click.Choice(["md", "json", "ddl"]), help="Default: a list, or md for one table.")
def tables(name: str | None, fmt: str | None) -> None:
    """Describe the tables, from their contracts."""
    from revenuer.tables import CONTRACTS, contract_of

    chosen = [contract_of(name)] if name else list(CONTRACTS.values())
    if fmt is None and not name:
        for contract in chosen:
            click.echo(f"{contract.name:20} {contract.layer:10} {contract.retention:13} {contract.description}")
    elif fmt == "json":
        data = [contract.to_dict() for contract in chosen]
        print_json(data[0] if name else data)
    elif fmt == "ddl":
        click.echo("\n\n".join(f"{contract.ddl()};" for contract in chosen))
    else:
        click.echo("\n".join(contract.to_markdown() for contract in chosen))


@click.command()
@lake_options
@json_option
def doctor(lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool) -> None:
    """Check Java, packages, jars and write access, and the integrity of a lake that is there already.

    Nothing is changed. Ends with 2 where the set-up is wrong, with 7 where the lake is broken.
    """
    from revenuer.upkeep.doctor import examine

    checks = examine(lake, files, overrides)
    if as_json:
        print_json([vars(check) for check in checks])
    else:
        for check in checks:
            click.echo(check.text())
    failed = [check.exit_code for check in checks if not check.is_healthy]
    if failed:
        raise SystemExit(failed[0])
