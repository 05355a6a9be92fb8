"""Options and openings that the commands share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from revenuer.errors import ConfigError

if TYPE_CHECKING:
    from revenuer.workbench import Workbench

Command = TypeVar("Command", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD."""

    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse one value."""
        if isinstance(value, date):
            return value
        try:
            if len(value) != len("YYYY-MM-DD"):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise ConfigError(
                f"{value!r} is not a date", fix="write dates as YYYY-MM-DD, for instance 2026-03-01"
            ) from None


def lake_options(command: Command) -> Command:
    """The options every command that meets a lake takes."""
    for option in (
        click.option("--set", "overrides", multiple=True, metavar="SECTION.KEY=VALUE", help="Override one setting."),
        click.option("--config", "files", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
                     help="Site configuration (TOML); later files win."),
        click.option("--lake", metavar="URI", help="Root of the lake (default: lake.uri)."),
    ):  # fmt: skip
        command = option(command)
    return command


def range_options(command: Command) -> Command:
    """The options of commands that look at the commits behind a range of dates."""
    for option in (
        click.option("--ignore", "ignored", multiple=True, metavar="TABLE", callback=_known_tables,
                     help="Changes of this input table do not count, say of accounts that are loaded anew every day."),
        click.option("--to", "last", type=Day(), help="Last date."),
        click.option("--from", "first", type=Day(), help="First date."),
    ):  # fmt: skip
        command = option(command)
    return command


def _known_tables(context: click.Context, parameter: click.Parameter, names: tuple[str, ...]) -> tuple[str, ...]:
    from revenuer.tables import contract_of

    return tuple(contract_of(name).name for name in names)


def out_option(default: str, text: str) -> Callable[[Command], Command]:
    """``--out``: the folder a command writes to."""
    return click.option("--out", type=click.Path(path_type=Path), default=Path(default), show_default=True, help=text)


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines instead of text.")
run_date_option = click.option("--run-date", type=Day(), required=True, help="Logical date: last day of the window.")


def open_bench(lake: str | None, files: Sequence[Path], overrides: Sequence[str], **options: Any) -> Workbench:
    """Open session, lake and configuration; imported here so that `--help` stays quick."""
    from revenuer.workbench import Workbench

    return Workbench.open(lake, files, overrides, **options)


def print_json(data: Any) -> None:
    """Print plain data for machines."""
    click.echo(json.dumps(data, indent=2, default=str))
