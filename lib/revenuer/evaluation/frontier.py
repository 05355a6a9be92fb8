"""The frontier: what accusing on less evidence would gain in guilty accounts, and cost in honest ones.

An accusation asks for findings of a program and for findings that hide. Whoever sets these gates trades recall against
precision; judged worlds tell at what price. Only the gates are moved: what is cleared stays cleared, and the sum of all
evidence must come to an accusation's as before.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from revenuer.evaluation.result import share_of
from revenuer.evaluation.scoreboard import last_days
from revenuer.markdown import table_lines
from revenuer.stages.rank.scoring import Scoring, load_scoring

if TYPE_CHECKING:
    from revenuer.evaluation.judged import Candidate, Trial

# Bits asked of each kind, from what scoring.toml asks of most candidates; minus infinity asks for nothing.
PHYSICS = (3.5, 3.0, 2.5, 2.0, 1.5, 1.0, -math.inf)
CONCEALMENT = (3.0, 6.0, 8.0, 10.0)
# Evidence is kept in hundredths of a bit.
_ROUNDING = 0.005


@dataclass(frozen=True)
class Point:
    """What one pair of gates gives, over the last days of all judged worlds and seeds.

    Accounts are those of candidates, their guilty part by the share of what they did: one that is in several
    candidates counts in each.

    Attributes:
        physics_bits: Asked of findings of a program; None where nothing is asked.
        concealment_bits: Asked of findings that hide, what names an owner taken off.
        guilty_count: Accounts accused, guilty part.
        honest_count: The rest of them.
        precision: Guilty over accused; 1 where nobody is accused.
        recall: Of the true campaigns' accounts with activity, those accused; a world counts at most as whole.
        worlds_hurt: Worlds, by seed, in which a candidate that is mostly honest is accused.
    """

    physics_bits: float | None
    concealment_bits: float
    guilty_count: float
    honest_count: float
    precision: float
    recall: float
    worlds_hurt: int


def gate_bits(evidence: Mapping[str, float], scoring: Scoring) -> tuple[float, float, float]:
    """Bits of a candidate's findings of a program, of those that hide, and of all; as scoring sums them up."""
    drawn = dict.fromkeys(scoring.caps, 0.0)
    weighed = dict(drawn)
    owner = 0.0
    for signal in scoring.signals:
        bits = evidence.get(signal.name, 0.0)
        curve_bits = bits / signal.factor if signal.factor else 0.0
        weighed[signal.group] += bits
        drawn[signal.group] += curve_bits
        owner += curve_bits if signal.owner else 0.0

    def capped(group: str, bits: float) -> float:
        low, high = scoring.caps[group]
        return min(max(bits, low), high)

    whole = scoring.prior_bits + sum(capped(group, bits) for group, bits in weighed.items())
    return capped("physics", drawn["physics"]), capped("concealment", drawn["concealment"] + owner), whole


def frontier(trials: Sequence[Trial]) -> tuple[Point, ...]:
    """Every pair of gates, the strictest first.

    Beside what is accused as it stands, a watched candidate is accused where it passes the gates and its sum is an
    accusation's.

    Args:
        trials: Judged days; the last of each world and seed counts.
    """
    scoring = load_scoring()
    asked = scoring.verdict["campaign_probability"]
    least = math.log2(asked / (1 - asked))
    ends = last_days(trials)
    whole = [sum(match.account_count for match in trial.evaluation.matches) for trial in ends]
    open_to = [list(_accusable(trial.candidates, scoring, least)) for trial in ends]

    def point(physics: float, concealment: float) -> Point:
        guilty, honest, found, hurt = 0.0, 0.0, 0.0, 0
        for candidates, true_count in zip(open_to, whole, strict=True):
            accused = [c for c, program, hidden in candidates if program >= physics and hidden >= concealment]
            mine = sum(c.account_count * c.guilty_share for c in accused)
            guilty += mine
            honest += sum(c.account_count for c in accused) - mine
            found += min(mine, true_count)
            hurt += any(c.guilty_share < 0.5 for c in accused)
        return Point(
            None if math.isinf(physics) else physics, concealment, guilty, honest,
            share_of(guilty, guilty + honest), share_of(found, sum(whole)), hurt,
        )  # fmt: skip

    return tuple(point(physics, concealment) for concealment in reversed(CONCEALMENT) for physics in PHYSICS)


def _accusable(
    candidates: Sequence[Candidate], scoring: Scoring, least: float
) -> Iterator[tuple[Candidate, float, float]]:
    """Candidates that some gates let through, with their bits of a program and of hiding, as if not rounded down."""
    for candidate in candidates:
        if candidate.verdict == "campaign":
            yield candidate, math.inf, math.inf
        elif candidate.verdict == "watch":
            program, hidden, whole = gate_bits(candidate.evidence, scoring)
            if whole >= least - _ROUNDING * len(candidate.evidence):
                yield candidate, program + _ROUNDING, hidden + _ROUNDING


def frontier_markdown(points: Sequence[Point]) -> str:
    """The table in Markdown, one line by pair of gates."""
    heads = ["asked: hiding", "asked: a program", "account precision", "account recall", "guilty accounts",
             "honest accounts", "worlds with honest candidates accused"]  # fmt: skip
    rows = [
        (
            f"{p.concealment_bits:g} bits", "nothing" if p.physics_bits is None else f"{p.physics_bits:g} bits",
            f"{p.precision:.3f}", f"{p.recall:.3f}", f"{p.guilty_count:,.0f}", f"{p.honest_count:,.0f}", p.worlds_hurt,
        )
        for p in points
    ]  # fmt: skip
    return "\n".join(table_lines(heads, rows))
