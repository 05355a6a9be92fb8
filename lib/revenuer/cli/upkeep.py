"""Commands that keep a lake in order: vacuum, forget, retention."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from revenuer.cli.options import Day, json_option, lake_options, open_bench, print_json


@click.command()
@click.option(
    "--older-than",
    "hours",
    type=click.FloatRange(min=0),
    default=24.0,  # no run is at work for longer
    show_default=True,
    metavar="HOURS",
    help="Age from which staged results count as abandoned.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be removed.")
@lake_options
@json_option
def vacuum(
    hours: float, dry_run: bool, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool
) -> None:
    """Remove abandoned staging and files that no kept version of a table refers to."""
    from revenuer.upkeep.vacuum import vacuum as clear

    with open_bench(lake, files, overrides) as bench:
        bench.lake.require_tables()
        report = clear(bench.lake, older_than_hours=hours, dry_run=dry_run)
    print_json(report.to_dict()) if as_json else click.echo(report.text())


@click.command()
@click.option("--account", required=True, metavar="ID", help="The account to forget.")
@click.option("--reason", metavar="TEXT", help="Why; kept with the record of the erasure. Name no person here.")
@click.option("--inputs", "with_inputs", is_flag=True, help="Delete from the lake owners' input tables too.")
@click.option("--unseen", is_flag=True, help="Record it although no table names the account: no later load keeps it.")
@click.option("--dry-run", is_flag=True, help="Say what would be touched; write nothing.")
@lake_options
@json_option
def forget(
    account: str, reason: str | None, with_inputs: bool, unseen: bool, dry_run: bool, lake: str | None,
    files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Erase an account: out of the working tables, under a pseudonym in the published ones, for good.

    Later runs and loads drop its rows. Killed half-way, run it again: it goes on. Older table versions hold the
    account until `revenuer vacuum` has removed them.
    """
    from revenuer.upkeep.forgetting import forget as erase

    with open_bench(lake, files, overrides) as bench:
        done = erase(bench.lake, account, reason=reason, with_inputs=with_inputs, unseen=unseen, dry_run=dry_run)
    print_json(done.to_dict()) if as_json else click.echo(done.text())


@click.command()
@click.option(
    "--as-of", type=Day(), help="Day to count back from, today at the latest (default: each table's newest day)."
)
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
@lake_options
@json_option
def retention(
    as_of: date | None, dry_run: bool, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Remove the days of working tables that are older than their contracts keep them.

    Nothing goes that a run for the newest day or a later one reads. `revenuer tables` shows how long each is kept.
    """
    from revenuer.upkeep.retention import expired, retire

    with open_bench(lake, files, overrides) as bench:
        bench.lake.require_tables()
        expiries = expired(bench.lake, as_of)
        if not dry_run:
            retire(bench.lake, expiries)
    if as_json:
        print_json([expiry.to_dict() for expiry in expiries])
        return
    for expiry in expiries:
        click.echo(f"{'would remove' if dry_run else 'removed'} {expiry.text()}")
    if not expiries:
        click.echo("nothing is older than its table's contract keeps it")
    elif not dry_run:
        click.echo("the files go with `revenuer vacuum`, once no table version that is kept needs them")
