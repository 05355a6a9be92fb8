"""The table the project lives by: every world and its figures, the worst seed of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from rich.table import Table

from revenuer.evaluation.calibration import brier, calibration_error
from revenuer.evaluation.judged import Candidate, Trial
from revenuer.evaluation.result import listed, worst_rank
from revenuer.markdown import table_lines
from revenuer.terminal import drawn

_RANKS = (1, 3, 10)
# Of a campaign that no candidate covers: worse than any rank there is, and a number, as JSON has no infinity.
UNSEEN_RANK = 1_000_000


@dataclass(frozen=True)
class Line:
    """One world over its seeds, on its last day.

    Attributes:
        scenario: World.
        seeds: How many seeds.
        figures: Mean and worst value by figure.
        accused: Look-alike populations accused in any seed, with the most accounts.
        watched: Look-alike populations on watch in any seed, with the most accounts.
        detection_day: Worst day from which on every true campaign of the last day was found, of the days judged; None
            when it was not.
        judged_days: Days judged of every seed.
    """

    scenario: str
    seeds: int
    figures: dict[str, tuple[float, float]]
    accused: dict[str, int]
    watched: dict[str, int]
    detection_day: int | None
    judged_days: tuple[int, ...]


@dataclass(frozen=True)
class Scoreboard:
    """All worlds.

    Attributes:
        lines: One per world.
        calibration_error: Expected calibration error over all candidates (Naeini et al., AAAI 2015), ten bins.
        brier: Mean squared error of the probabilities.
        candidate_count: Candidates behind the two.
        raised_calibration_error: The error over candidates that are not cleared: most are, rightly and surely, and hide
            it in the figure over all.
        raised_count: Candidates behind it.
    """

    lines: tuple[Line, ...]
    calibration_error: float
    brier: float
    candidate_count: int
    raised_calibration_error: float
    raised_count: int

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "lines": [vars(line) for line in self.lines],
            "calibration_error": self.calibration_error,
            "brier": self.brier,
            "candidate_count": self.candidate_count,
            "raised_calibration_error": self.raised_calibration_error,
            "raised_count": self.raised_count,
        }

    def to_markdown(self) -> str:
        """The worst seed of every world as a Markdown table."""
        return "\n".join([*table_lines(*self._cells()), "", self._calibration()])

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
            f" Brier score {self.brier:.3f}; over the {self.raised_count} not cleared: expected error"
            f" {self.raised_calibration_error:.3f}"
        )

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        heads = ["world", "seeds", "account P / R", "exchange P / R", "tenants P / R", "rank", "absorbed",
                 "found on day", "leaked", "accused look-alikes", "watched look-alikes"]  # fmt: skip
        rows = []
        for line in self.lines:
            worst = {name: value[1] for name, value in line.figures.items()}
            rows.append([
                line.scenario, str(line.seeds),
                f"{worst['account_precision']:.3f} / {worst['account_recall']:.3f}",
                f"{worst['exchange_precision']:.3f} / {worst['exchange_recall']:.3f}",
                f"{worst['tenant_precision']:.2f} / {worst['tenant_recall']:.2f}", rank_text(worst["worst_rank"]),
                f"{worst['honest_absorbed_count']:.0f}", str(line.detection_day or "-"),
                f"{worst['leaked_share']:.2f}",
                listed(line.accused), listed(line.watched),
            ])  # fmt: skip
        return heads, rows


def precision_at(candidates: Sequence[Candidate], count: int) -> float:
    """Share of the first candidates, up to a rank, that are mostly guilty; of those that are at least watched."""
    first = [c for c in candidates if c.rank <= count and c.verdict != "cleared"]
    return sum(c.guilty_share >= 0.5 for c in first) / len(first) if first else 1.0


def _precision(trial: Trial, count: int) -> float:
    return precision_at(trial.candidates, count)


def _worst_rank(trial: Trial) -> float:
    matches = trial.evaluation.matches
    return float(worst_rank(matches) or UNSEEN_RANK) if matches else 0.0


def rank_text(rank: float) -> str:
    """The worst rank in words; ``-`` in a world without a campaign."""
    if not rank:
        return "-"
    return "unseen" if rank >= UNSEEN_RANK else f"{rank:.0f}"


# Figures by name: how to read one off a world's last day, and which of several seeds is the worst.
_Worst = Callable[[Iterable[float]], float]
FIGURES: dict[str, tuple[Callable[[Trial], float], _Worst]] = {
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
    "tenant_precision": (lambda t: t.tenant_precision, min),
    "tenant_recall": (lambda t: t.tenant_recall, min),
    "worst_rank": (_worst_rank, max),
    **{f"precision_at_{k}": (partial(_precision, count=k), min) for k in _RANKS},
}
# Read off all its judged days.
LEAKED = "leaked_share"


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
        for name, (read, worst) in FIGURES.items():
            values = [read(trial) for trial in last]
            figures[name] = (sum(values) / len(values), worst(values))
        leaked = [_leaked_share(of_seed) for of_seed in by_seed.values()]
        figures[LEAKED] = (sum(leaked) / len(leaked), max(leaked))
        days = [_detection_day(of_seed) for of_seed in by_seed.values()]
        lines.append(
            Line(
                scenario,
                len(last),
                figures,
                _most(t.evaluation.decoys_accused_accounts for t in last),
                _most(t.evaluation.decoys_watched_accounts for t in last),
                None if None in days else max(day for day in days if day is not None),
                tuple(sorted(set.intersection(*({t.day for t in of_seed} for of_seed in by_seed.values())))),
            )
        )
    found = [candidate for trial in last_days(trials) for candidate in trial.candidates]
    pairs, raised = (
        [(c.probability, float(c.guilty_share >= 0.5)) for c in chosen]
        for chosen in (found, [c for c in found if c.verdict != "cleared"])
    )
    return Scoreboard(
        tuple(lines), calibration_error(pairs), brier(pairs), len(pairs), calibration_error(raised), len(raised)
    )


def last_days(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The last judged day of each world and seed."""
    return tuple({(t.scenario, t.seed): t for t in sorted(trials, key=lambda t: t.day)}.values())


def _detection_day(trials: Sequence[Trial]) -> int | None:
    """First judged day from which on every true campaign of the last judged day is found.

    One that had not begun yet was not found: on an early day, all that there were may be some of them.
    """
    ordered = sorted(trials, key=lambda t: t.day)
    awaited = {match.campaign for match in ordered[-1].evaluation.matches}
    found = None
    for trial in ordered:
        if awaited and awaited <= {match.campaign for match in trial.evaluation.matches if match.is_found}:
            found = found or trial.day
        else:
            found = None
    return found


def _leaked_share(trials: Sequence[Trial]) -> float:
    """What the true campaigns had taken by the day of detection; all where they were not found, 0 where none is."""
    if not any(trial.evaluation.campaigns_total for trial in trials):
        return 0.0
    found = _detection_day(trials)
    return next((trial.leaked_share for trial in trials if trial.day == found), 1.0)


def _most(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    most: dict[str, int] = {}
    for of_seed in counts:
        for name, n in of_seed.items():
            most[name] = max(n, most.get(name, 0))
    return dict(sorted(most.items(), key=lambda item: (-item[1], item[0])))
