"""The table the project lives by: every world and seed, its figures, and what became of them since the last time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from rich.table import Table

from revenuer.errors import ConfigError
from revenuer.evaluation import drawn, listed
from revenuer.judged import Candidate, Trial
from revenuer.learning.calibration import brier, calibration_error

_RANKS = (1, 3, 10)
# A change of this much is a change, not rounding.
_WORSE = 0.005


@dataclass(frozen=True)
class Line:
    """One world over its seeds, on its last day.

    Attributes:
        scenario: World.
        seeds: How many seeds.
        figures: Mean and worst value by figure.
        accused: Look-alike populations accused in any seed, with the most accounts.
        watched: Look-alike populations on watch in any seed, with the most accounts.
        detection_day: Worst day on which every true campaign was found, of the days judged; None when it was not.
    """

    scenario: str
    seeds: int
    figures: dict[str, tuple[float, float]]
    accused: dict[str, int]
    watched: dict[str, int]
    detection_day: int | None


@dataclass(frozen=True)
class Scoreboard:
    """All worlds.

    Attributes:
        lines: One per world.
        calibration_error: Expected calibration error over all candidates (Naeini et al., AAAI 2015), ten bins.
        brier: Mean squared error of the probabilities.
        candidate_count: Candidates behind the two.
    """

    lines: tuple[Line, ...]
    calibration_error: float
    brier: float
    candidate_count: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "lines": [vars(line) for line in self.lines],
            "calibration_error": self.calibration_error,
            "brier": self.brier,
            "candidate_count": self.candidate_count,
        }

    def to_markdown(self) -> str:
        """The worst seed of every world as a Markdown table."""
        heads, rows = self._cells()
        lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        return "\n".join([*lines, "", self._calibration()])

    def text(self, width: int = 150) -> str:
        """The same for a terminal."""
        heads, rows = self._cells()
        table = Table(title="Worst seed of every world")
        for head in heads:
            table.add_column(head)
        for row in rows:
            table.add_row(*row)
        return f"{drawn([table], width)}\n{self._calibration()}"

    def _calibration(self) -> str:
        return (
            f"Calibration over {self.candidate_count} candidates: expected error {self.calibration_error:.3f},"
            f" Brier score {self.brier:.3f}"
        )

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        heads = ["world", "seeds", "account P / R", "exchange P / R", "tenants", "rank", "absorbed", "found on day",
                 "accused look-alikes", "watched look-alikes"]  # fmt: skip
        rows = []
        for line in self.lines:
            worst = {name: value[1] for name, value in line.figures.items()}
            rows.append([
                line.scenario, str(line.seeds),
                f"{worst['account_precision']:.3f} / {worst['account_recall']:.3f}",
                f"{worst['exchange_precision']:.3f} / {worst['exchange_recall']:.3f}",
                f"{worst['tenant_rand']:.2f}", f"{worst['best_rank']:.0f}" if worst["best_rank"] else "-",
                f"{worst['honest_absorbed_count']:.0f}", str(line.detection_day or "-"),
                listed(line.accused), listed(line.watched),
            ])  # fmt: skip
        return heads, rows


def precision_at(candidates: Sequence[Candidate], count: int) -> float:
    """Share of the first candidates, up to a rank, that are mostly guilty; of those that are at least watched."""
    first = [c for c in candidates if c.rank <= count and c.verdict != "cleared"]
    return sum(c.guilty_share >= 0.5 for c in first) / len(first) if first else 1.0


def _precision(trial: Trial, count: int) -> float:
    return precision_at(trial.candidates, count)


# Figures by name: how to read one off a trial, and which of several seeds is the worst.
_Worst = Callable[[Iterable[float]], float]
_FIGURES: dict[str, tuple[Callable[[Trial], float], _Worst]] = {
    "account_precision": (lambda t: t.evaluation.account_precision, min),
    "account_recall": (lambda t: t.evaluation.account_recall, min),
    "noticed_recall": (lambda t: t.evaluation.noticed_recall, min),
    "exchange_precision": (lambda t: t.evaluation.exchange_precision, min),
    "exchange_recall": (lambda t: t.evaluation.exchange_recall, min),
    "honest_accused_count": (lambda t: float(t.evaluation.honest_accused_count), max),
    "honest_absorbed_count": (lambda t: float(t.evaluation.honest_absorbed_count), max),
    "decoys_accused": (lambda t: float(t.evaluation.decoys_accused), max),
    "decoys_watched": (lambda t: float(t.evaluation.decoys_watched), max),
    "tenant_rand": (lambda t: t.tenant_rand, min),
    "best_rank": (lambda t: float(min((m.rank for m in t.evaluation.matches if m.rank), default=0)), max),
    "leaked_share": (lambda t: t.leaked_share, max),
    **{f"precision_at_{k}": (partial(_precision, count=k), min) for k in _RANKS},
}


def scoreboard(trials: Sequence[Trial]) -> Scoreboard:
    """Sum trials up by world.

    Args:
        trials: All days judged of all worlds and seeds.
    """
    lines = []
    for scenario in dict.fromkeys(trial.scenario for trial in trials):
        mine = [trial for trial in trials if trial.scenario == scenario]
        by_seed = {seed: [t for t in mine if t.seed == seed] for seed in dict.fromkeys(t.seed for t in mine)}
        last = [max(of_seed, key=lambda t: t.day) for of_seed in by_seed.values()]
        figures = {}
        for name, (read, worst) in _FIGURES.items():
            values = [read(trial) for trial in last]
            figures[name] = (sum(values) / len(values), worst(values))
        days = [_detection_day(of_seed) for of_seed in by_seed.values()]
        lines.append(
            Line(
                scenario,
                len(last),
                figures,
                _most(t.evaluation.decoys_accused_accounts for t in last),
                _most(t.evaluation.decoys_watched_accounts for t in last),
                None if None in days else max(day for day in days if day is not None),
            )
        )
    ends = {(t.scenario, t.seed): t for t in sorted(trials, key=lambda t: t.day)}
    pairs = [(c.probability, float(c.guilty_share >= 0.5)) for t in ends.values() for c in t.candidates]
    return Scoreboard(tuple(lines), calibration_error(pairs), brier(pairs), len(pairs))


def _detection_day(trials: Sequence[Trial]) -> int | None:
    """First judged day from which on every true campaign is found."""
    found = None
    for trial in sorted(trials, key=lambda t: t.day):
        if trial.evaluation.campaigns_total and trial.evaluation.campaigns_found == trial.evaluation.campaigns_total:
            found = found or trial.day
        else:
            found = None
    return found


def _most(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    most: dict[str, int] = {}
    for of_seed in counts:
        for name, n in of_seed.items():
            most[name] = max(n, most.get(name, 0))
    return dict(sorted(most.items(), key=lambda item: (-item[1], item[0])))


def changes(now: Scoreboard, before: Mapping[str, Any]) -> list[str]:
    """What became worse in the worst seed since a stored result, one sentence each; empty when nothing did."""
    old = {line["scenario"]: line for line in before.get("lines", ())}
    worse = []
    for line in now.lines:
        for name, (_, value) in line.figures.items():
            if line.scenario not in old or name not in old[line.scenario]["figures"]:
                continue
            was = float(old[line.scenario]["figures"][name][1])
            is_worse = value < was - _WORSE if _FIGURES[name][1] is min else value > was + _WORSE
            if is_worse:
                worse.append(f"{line.scenario}: {name} {was:.3f} -> {value:.3f}")
    return worse


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


def store(board: Scoreboard, trials: Sequence[Trial], folder: Path) -> list[str]:
    """Write ``scores.json`` and ``scores.md`` to a folder; returns what became worse since the result it held."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scores.json"
    worse = changes(board, json.loads(file.read_text(encoding="utf-8"))) if file.exists() else []
    data = {**board.to_dict(), "trials": [trial.to_dict() for trial in trials]}
    file.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")
    (folder / "scores.md").write_text(board.to_markdown() + "\n", encoding="utf-8")
    return worse
