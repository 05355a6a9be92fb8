"""The frontier moves the gates of an accusation over judged candidates, and tells what that gains and costs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit.test_scoreboard import candidate, trial

from revenuer.evaluation.frontier import CONCEALMENT, PHYSICS, Point, frontier, frontier_markdown, gate_bits
from revenuer.evaluation.judged import Candidate, Trial
from revenuer.stages.rank.scoring import load_scoring

# Over an accusation's sum: -7 before evidence, 3 + 1 of relatedness, 8.5 of concealment, 2 of a program.
HIDDEN = {"linked": 3.0, "shared_sessions": 1.0, "exit_churn": 8.5, "even_load": 2.0}


def watched(evidence: dict[str, float], guilty: float) -> Candidate:
    return replace(candidate(2, "watch", 0.33, guilty), evidence=evidence)


def judged(*candidates: Candidate, scenario: str = "ring", day: int = 14) -> Trial:
    return replace(trial(1, day), scenario=scenario, candidates=candidates)


def at(points: tuple[Point, ...], physics: float | None, concealment: float) -> Point:
    (point,) = (p for p in points if p.physics_bits == physics and p.concealment_bits == concealment)
    return point


def test_gate_bits__sums_groups_up_to_their_caps_and_takes_owners_off_what_hides() -> None:
    evidence = {"even_load": 3.0, "wandering_clock": 2.5, "rota": 3.5, "exit_churn": 8.5, "rotating_cards": 4.0}
    # Nine bits of physics count as eight; twelve and a half of concealment, less four of a payer, as eight and a half.
    assert gate_bits({**evidence, "one_payer": -4.0}, load_scoring()) == (8.0, 8.5, -7.0 + 8.0 + 10.0 - 4.0)
    assert gate_bits({}, load_scoring()) == (0.0, 0.0, -7.0)


@pytest.mark.parametrize(
    ("candidates", "physics", "recall", "honest"),
    [
        # Two bits of a program: a gate of two lets it through, one of two and a half does not.
        ([watched(HIDDEN, 1.0)], 2.0, 1.0, 0),
        ([watched(HIDDEN, 1.0)], 2.5, 0.0, 0),
        # An honest one at the same place is what that costs.
        ([watched(HIDDEN, 0.0)], 2.0, 0.0, 30),
        # The sum of all must come to an accusation's too: follow-ups, own cards and staying put speak against this one.
        ([watched({**HIDDEN, "follow_ups": -2.0, "own_customers": -2.0, "settled": -1.5}, 1.0)], 2.0, 0.0, 0),
        # What is cleared stays cleared, and what is accused stays accused whatever its evidence.
        ([replace(watched(HIDDEN, 1.0), verdict="cleared")], None, 0.0, 0),
        ([candidate()], 3.5, 1.0, 0),
    ],
)
def test_frontier__moves_the_gates_and_nothing_else(
    candidates: list[Candidate], physics: float | None, recall: float, honest: int
) -> None:
    point = at(frontier([judged(*candidates)]), physics, 6.0)
    assert (point.recall, point.honest_count, point.worlds_hurt) == (recall, honest, int(honest > 0))


def test_frontier__counts_the_last_day_of_each_world_and_a_world_at_most_as_whole() -> None:
    twice = (candidate(), candidate())  # accounts of two candidates are counted in each, and are one world's 30
    points = frontier([
        judged(watched(HIDDEN, 0.0), day=7),  # an earlier day does not count
        judged(*twice),
        judged(watched(HIDDEN, 0.0), scenario="other"),
    ])  # fmt: skip
    strict, loose = at(points, 3.5, 3.0), at(points, None, 3.0)
    assert (strict.recall, strict.guilty_count, strict.precision) == (0.5, 60, 1.0)
    assert (loose.recall, loose.precision, loose.worlds_hurt) == (0.5, pytest.approx(60 / 90), 1)


def test_frontier_markdown__has_a_line_for_every_pair_of_gates() -> None:
    table = frontier_markdown(frontier([judged(candidate())])).splitlines()
    assert len(table) == 2 + len(PHYSICS) * len(CONCEALMENT)
    assert table[2] == "| 10 bits | 3.5 bits | 1.000 | 1.000 | 30 | 0 | 0 |"
    assert "| nothing |" in table[8]
