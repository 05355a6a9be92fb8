"""What became of the figures since the last time: results are stored, read back and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from revenuer.errors import ConfigError
from revenuer.judged import Trial
from revenuer.scoreboard import FIGURES, LEAKED, Scoreboard, rank_text

# A change of this much is a change, not rounding.
_WORSE = 0.005
# Those of a whole result; more is worse.
_OF_ALL = ("calibration_error", "brier", "raised_calibration_error")


def changes(now: Scoreboard, before: Mapping[str, Any]) -> list[str]:
    """What became worse in the worst seed since a stored result, one sentence each; empty when nothing did.

    Worlds, and figures, that are in one of the two only are not compared; nor are figures of when a campaign was found
    where other days were judged, nor those over all candidates where other worlds were.
    """
    old = {line["scenario"]: line for line in before.get("lines", ())}
    worse = []
    for line in now.lines:
        if line.scenario not in old:
            continue
        stored = old[line.scenario]
        has_same_days = tuple(stored.get("judged_days", line.judged_days)) == line.judged_days
        for name, (_, value) in line.figures.items():
            if name not in stored["figures"] or (name == LEAKED and not has_same_days):
                continue
            was = float(stored["figures"][name][1])
            is_less_worse = name in FIGURES and FIGURES[name][1] is min
            if value < was - _WORSE if is_less_worse else value > was + _WORSE:
                worse.append(f"{line.scenario}: {name} {_figure(name, was)} -> {_figure(name, value)}")
        known = stored.get("detection_day")
        if known is not None and has_same_days and (line.detection_day is None or line.detection_day > known):
            worse.append(f"{line.scenario}: detection_day {known} -> {line.detection_day or 'not found'}")
    if set(old) == {line.scenario for line in now.lines}:
        for name in _OF_ALL:
            before_it, value = before.get(name), float(getattr(now, name))
            if before_it is not None and value > before_it + _WORSE:
                worse.append(f"all worlds: {name} {before_it:.3f} -> {value:.3f}")
    return worse


def not_judged(now: Scoreboard, before: Mapping[str, Any]) -> list[str]:
    """Worlds of a stored result that this one lacks: nothing is known of them."""
    judged = {line.scenario for line in now.lines}
    return [line["scenario"] for line in before.get("lines", ()) if line["scenario"] not in judged]


def _figure(name: str, value: float) -> str:
    return rank_text(value) if name == "worst_rank" else f"{value:.3f}"


def read_scores(file: Path) -> dict[str, Any]:
    """A stored result.

    Raises:
        ConfigError: The file is not there, or is no stored result.
    """
    try:
        scores = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(scores["lines"], list):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{file} is no stored result of revenuer evaluate", fix="give a scores.json, as it writes under --out"
        ) from None
    return dict(scores)


def store(board: Scoreboard, trials: Sequence[Trial], folder: Path) -> tuple[list[str], list[str]]:
    """Write ``scores.json`` and ``scores.md`` to a folder.

    Returns:
        What became worse since the result it held, and the worlds of that one that are not in this one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scores.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    data = {**board.to_dict(), "trials": [trial.to_dict() for trial in trials]}
    file.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
    (folder / "scores.md").write_text(board.to_markdown() + "\n", encoding="utf-8")
    return changes(board, before), not_judged(board, before)
