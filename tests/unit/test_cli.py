"""What the command line refuses before it starts anything, and what it says when Spark fails."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from unittest.mock import Mock

import click
import pytest
from pyspark.errors import PySparkException

from revenuer import session
from revenuer.cli import cli, main
from revenuer.errors import ConfigError
from revenuer.simulate import list_worlds


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evaluate"], "--scenario NAMES"),
        (["evaluate", "--truth", "truth.parquet"], "--run-date DATE"),
        (["evaluate", "--scenario", "nonsense"], "no world 'nonsense'"),
        (["evaluate", "--scenario", "quick", "--check-days", "x"], "--check-days 3,6"),
        (["evaluate", "--truth", "t.csv", "--run-date", "2026-03-01", "--baseline", "b.json"], "go with --scenario"),
        (["evaluate", "--truth", "t.csv", "--scenario", "quick"], "do not go with --scenario"),
        (["run", "nonsense", "--run-date", "2026-03-01"], "there is no stage 'nonsense'"),
        (["run", "all", "--run-date", "1 March"], "YYYY-MM-DD"),
        (["simulate", "--scenario", "nonsense", "--out", "out"], "no world 'nonsense'"),
        (["replay", "--from", "2026-03-01", "--to", "2026-03-02", "--truth", "no.csv"], "no.csv does not exist"),
        (["replay", "--from", "2026-03-02", "--to", "2026-03-01", "--truth", "no.csv"], "is empty"),
        (["metrics", "--stage", "ranking"], "there is no stage 'ranking'"),
        (["export", "--out", "out", "--tables", "campaigns, sightings"], "table sightings: working"),
        (["export", "--out", "out", "--tables", "campaing"], "did you mean campaigns"),
    ],
)
def test_command_line__says_what_is_wrong_and_how_to_mend_it(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("command", [cli, *cli.commands.values()], ids=lambda command: command.name)
def test_help__is_text_without_escapes(command: click.Command) -> None:
    help_text = command.get_help(click.Context(command))
    assert "\\" not in help_text and "\b" not in help_text


def test_help__shows_each_example_and_each_exit_code_on_a_line_of_its_own() -> None:
    lines = [line.strip() for line in cli.get_help(click.Context(cli)).splitlines()]
    assert "revenuer run all --run-date 2026-03-01 --lake URI" in lines
    assert {"A first look:  revenuer demo", "Exit codes:    0 done", "6 components not proved correct"} <= set(lines)


def test_help_of_simulate__lists_the_worlds() -> None:
    command = cli.commands["simulate"]
    lines = command.get_help(click.Context(command)).splitlines()
    assert set(list_worlds()) <= {line.split()[0] for line in lines if line.strip()}


def test_main__keeps_the_log_of_a_spark_that_failed_and_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise PySparkException("Job aborted: No space left on device")

    log, empty = tmp_path / "spark.log", tmp_path / "empty.log"
    log.write_text("ERROR TaskSetManager: No space left on device", encoding="utf-8")
    empty.touch()
    monkeypatch.setattr(cli, "main", fail)
    monkeypatch.setattr(session, "_passing_logs", [log, empty])
    assert main(["run"]) == 1
    assert f"No space left on device\n  fix: see {log};" in capsys.readouterr().err
    session._remove_logs()
    assert (log.is_file(), empty.is_file()) == (True, False)
    # Nothing is left to keep; where spark-submit started the JVM there never was.
    assert main(["run"]) == 1
    assert "see the log of the Spark session" in capsys.readouterr().err


def test_main__what_the_storage_refuses_can_be_run_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device", "lake/_staging/current.json")

    monkeypatch.setattr(cli, "main", fail)
    assert main(["run"]) == 7
    told = capsys.readouterr().err
    assert told.startswith("error: the storage refused") and "No space left on device" in told
    assert "lake/_staging/current.json" in told


@pytest.mark.parametrize(
    ("words", "module"),
    [
        (["plan", "--changed"], "inspection"), (["backfill", "--changed", "--dry-run"], "operation"),
        (["retention"], "upkeep"), (["vacuum"], "upkeep"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)  # fmt: skip
def test_command__a_lake_that_is_not_there_is_no_lake_in_order(
    words: list[str], module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Mock()
    bench.lake.require_tables.side_effect = ConfigError("there is no table of a lake at lakee")
    monkeypatch.setattr(f"revenuer.cli.{module}.open_bench", lambda *asked: nullcontext(bench))
    assert main(words) == 2
    told = capsys.readouterr()
    assert "no table of a lake at lakee" in told.err and told.out == ""


def test_plan__names_what_a_stage_may_write_beside_its_own_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "replaces links, hub_ledger (and window_facts)" in lines
    assert "replaces pools, hub_ledger" in lines
    assert sum("(and campaign_regeneration)" in line for line in lines) == 2  # staged, and published


def test_plan__as_data_says_beside_it_which_dates_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mistyped = Mock(**{"dates.return_value": [], "find.return_value": [], "mistyped.return_value": [date(2062, 3, 1)]})
    monkeypatch.setattr("revenuer.cli.inspection.open_bench", lambda *asked: nullcontext(Mock()))
    monkeypatch.setattr("revenuer.pipeline.staleness.Staleness", lambda *asked: mistyped)
    assert main(["plan", "--changed", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == []
    assert "2062-03-01; mistyped?" in told.err
