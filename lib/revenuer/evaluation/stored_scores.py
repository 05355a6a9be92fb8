"""What became of the figures since the last time: results are stored, read back and compared."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from revenuer.errors import ConfigError
from revenuer.evaluation.judged import Trial
from revenuer.evaluation.scoreboard import FIGURES, LEAKED, Scoreboard, rank_text

# A change of this much is a change, not rounding.
_WORSE = 0.005
# Those of a whole result; more is worse.
_OF_ALL = ("calibration_error", "brier", "raised_calibration_error")


class Comparison(NamedTuple):
    """A result beside a stored one.

    Attributes:
        worse: What became worse in the worst seed, one sentence each; empty when nothing did.
        not_judged: Worlds of the stored result that this one lacks: nothing is known of them.
        not_compared: Worlds, and figures of worlds, of which nothing is known to be worse or not, and why.
    """

    worse: list[str]
    not_judged: list[str]
    not_compared: list[str]


def compared(now: Scoreboard, before: Mapping[str, Any]) -> Comparison:
    """Compare a result with a stored one.

    Worlds, and figures, that are in one of the two only are not compared; nor are figures of when a campaign was found
    where other days were judged, nor those over all candidates where other worlds were.
    """
    old = {line["scenario"]: line for line in before.get("lines", ())}
    judged = {line.scenario for line in now.lines}
    worse, skipped = [], [f"{line.scenario} (not stored)" for line in now.lines if line.scenario not in old]
    for line in now.lines:
        if line.scenario not in old:
            continue
        stored = old[line.scenario]
        has_same_days = tuple(stored.get("judged_days", line.judged_days)) == line.judged_days
        lacking = sorted({*line.figures} ^ {*stored["figures"]})
        if lacking:
            skipped.append(f"{line.scenario}: {', '.join(lacking)} (in one of the two only)")
        if not has_same_days:
            skipped.append(f"{line.scenario}: {LEAKED}, detection_day (other days were judged)")
        for name, (_, value) in line.figures.items():
            if name in lacking or (name == LEAKED and not has_same_days):
                continue
            was = float(stored["figures"][name][1])
            is_less_worse = name in FIGURES and FIGURES[name][1] is min
            if value < was - _WORSE if is_less_worse else value > was + _WORSE:
                worse.append(f"{line.scenario}: {name} {_figure(name, was)} -> {_figure(name, value)}")
        known = stored.get("detection_day")
        if known is not None and has_same_days and (line.detection_day is None or line.detection_day > known):
            worse.append(f"{line.scenario}: detection_day {known} -> {line.detection_day or 'not found'}")
    has_same_worlds = set(old) == judged
    if not has_same_worlds:
        skipped.append(f"all worlds: {', '.join(_OF_ALL)} (other worlds were judged)")
    elif missing := [name for name in _OF_ALL if before.get(name) is None]:
        skipped.append(f"all worlds: {', '.join(missing)} (not stored)")
    for name in _OF_ALL:
        before_it, value = before.get(name), float(getattr(now, name))
        if has_same_worlds and before_it is not None and value > before_it + _WORSE:
            worse.append(f"all worlds: {name} {before_it:.3f} -> {value:.3f}")
    return Comparison(worse, [name for name in old if name not in judged], skipped)


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


def store(board: Scoreboard, trials: Sequence[Trial], folder: Path) -> Comparison:
    """Write ``scores.json`` and ``scores.md`` to a folder.

    Returns:
        The comparison with the result it held; nothing where it held none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scores.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    data = {**board.to_dict(), "trials": [trial.to_dict() for trial in trials]}
    file.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
    (folder / "scores.md").write_text(board.to_markdown() + "\n", encoding="utf-8")
    return Comparison([], [], []) if before is None else compared(board, before)
