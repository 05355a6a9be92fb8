"""The scoring rules as data: readable, complete, and what DESIGN says a group may prove."""

from __future__ import annotations

import re

import pytest

from revenuer.stages.handover import MAX_CHANCE
from revenuer.stages.rank.scoring import GROUPS, Signal, load_scoring
from revenuer.stages.rank.sentences import columns_named, sentence_sql

SCORING = load_scoring()


@pytest.mark.parametrize("signal", SCORING.signals, ids=lambda signal: signal.name)
def test_signal__is_well_formed(signal: Signal) -> None:
    assert signal.group in GROUPS
    values = [value for value, _ in signal.curve]
    assert values == sorted(values)
    assert len(values) == len(set(values)) >= 2
    used = re.findall(r"{.*?}", signal.sentence)
    assert not any("baseline" in placeholder for placeholder in used) or signal.baseline != "cast(null as double)"


@pytest.mark.parametrize("signal", SCORING.signals, ids=lambda signal: signal.name)
def test_sentence__tells_figures_that_the_signal_is_made_from(signal: Signal) -> None:
    columns = columns_named(signal.sentence)
    assert "{" not in re.sub(r"{(1/2\^value%|\w+%?)}", "", signal.sentence)
    assert "{value" in signal.sentence or "{1/2^value" in signal.sentence or columns or signal.name == "linked"
    assert all(re.search(rf"\b{column}\b", f"{signal.value} {signal.requires}") for column in columns)


@pytest.mark.parametrize("signal", SCORING.signals, ids=lambda signal: signal.name)
def test_sentence__does_not_tell_a_score_as_if_it_were_a_figure(signal: Signal) -> None:
    # One figure weighed by another is nobody's share of anything.
    is_weighed = re.search(r"[\w)] \* \(?\w*(reach|share)", signal.value) is not None
    scores = {
        "exit_churn", "rotating_cards", "bought_batches", "failover", "regeneration", "fixed_egress",
        "popular_conversations",
    }  # fmt: skip
    assert is_weighed == (signal.name in scores)
    assert not is_weighed or "value" not in "".join(re.findall(r"{.*?}", signal.sentence))


def test_failover__takes_off_what_counts_as_a_retry_by_chance() -> None:
    (signal,) = (signal for signal in SCORING.signals if signal.name == "failover")
    assert f" - {MAX_CHANCE:g}, 0.0) / {1 - MAX_CHANCE:g} * reach" in signal.value


def test_sentence_sql__replaces_each_kind_of_placeholder() -> None:
    sql = sentence_sql("{value} of {baseline%}, {other} in {1/2^value%}: it's {so}")
    assert sql.count("replace(") == 5
    assert "it\\'s" in sql
    assert "pow(2, -value)" in sql
    assert columns_named("{value} {baseline%} {other%} {1/2^value%} {so}") == ["other", "so"]


@pytest.mark.parametrize("signal", SCORING.signals, ids=lambda signal: signal.name)
def test_signal__is_monotone(signal: Signal) -> None:
    bits = [bits for _, bits in signal.curve]
    assert bits in (sorted(bits), sorted(bits, reverse=True))


def test_against__only_ever_argues_against() -> None:
    assert all(bits <= 0 for signal in SCORING.signals if signal.group == "against" for _, bits in signal.curve)


def test_caps__let_no_single_group_convict() -> None:
    needed = 3.17  # log2 odds of probability .9
    for group in ("relatedness", "physics", "harvest"):
        assert SCORING.prior_bits + SCORING.caps[group][1] < needed
    # Relatedness and physics together are still no accusation: the verdict asks for concealment by rule.
    assert SCORING.verdict["min_concealment_bits"] > 0
    assert SCORING.verdict["min_physics_bits"] > 0


def test_lookalikes__always_name_one() -> None:
    assert SCORING.lookalikes[-1][1] == "true"
