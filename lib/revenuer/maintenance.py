"""Commands that keep a lake in order: vacuum."""

from __future__ import annotations

from pathlib import Path

import click

from revenuer.options import json_option, lake_options, open_bench, print_json


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
    from revenuer.vacuum import vacuum as clear

    with open_bench(lake, files, overrides) as bench:
        report = clear(bench.lake, older_than_hours=hours, dry_run=dry_run)
    print_json(report.to_dict()) if as_json else click.echo(report.text())
