"""What the README says is held against the program: its commands, tables, exit codes and make targets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from revenuer import errors
from revenuer.cli import cli
from revenuer.tables import CONTRACTS

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def command_lines() -> Iterator[list[str]]:
    """Yield the words after ``revenuer`` of every command line in a shell block."""
    for block in re.findall(r"^```sh\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            words = shlex.split(line, comments=True)
            if words and Path(words[0]).name == "revenuer":
                yield words[1:]


def table_after(header: str) -> list[list[str]]:
    """Return the cells of the table that starts with this header row."""
    rows = README.split(header, 1)[1].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[: rows.index("")]]


def test_readme__shows_python_whose_columns_are_there() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    compile(block, "README.md", "exec")
    read = {"c": "campaigns", "m": "campaign_members"}
    for alias, column in re.findall(r"\b([cm])\.(\w+)", block):
        assert column in CONTRACTS[read[alias]].columns


@pytest.mark.parametrize("words", list(command_lines()), ids=" ".join)
def test_readme__shows_command_lines_that_parse(words: list[str]) -> None:
    name, *arguments = words
    cli.commands[name].make_context(name, arguments)


def test_readme__names_only_known_commands() -> None:
    named = set(re.findall(r"`revenuer ([a-z-]+)", README))
    assert named
    assert named <= set(cli.commands)


def test_readme__lists_the_published_tables() -> None:
    listed = [row[0].strip("`") for row in table_after("| published table | one row per |")]
    assert sorted(listed) == sorted(name for name, contract in CONTRACTS.items() if contract.layer == "published")


def test_readme__lists_every_exit_code() -> None:
    listed = {int(row[0]) for row in table_after("| code | meaning | what to do |")}
    raised = {kind.exit_code for kind in vars(errors).values() if hasattr(kind, "exit_code")}
    assert listed == {0, 130} | raised


def test_readme__names_only_targets_that_make_has() -> None:
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", README, flags=re.MULTILINE))
    assert {first or second for first, second in named} <= targets
