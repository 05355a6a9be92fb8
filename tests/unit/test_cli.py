"""What the command line refuses before it starts anything."""

from __future__ import annotations

import pytest

from revenuer.cli import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["evaluate"], "--scenario NAMES"),
        (["evaluate", "--truth", "truth.parquet"], "--run-date DATE"),
        (["evaluate", "--scenario", "nonsense"], "no world 'nonsense'"),
        (["evaluate", "--scenario", "quick", "--check-days", "x"], "--check-days 3,6"),
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
