"""The scoreboard sums up trials, keeps the worst seed and notices when something got worse."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest

from revenuer.cli.judgement import _judged, evaluate
from revenuer.config import Config, load_config
from revenuer.errors import ConfigError
from revenuer.evaluation.calibration import calibration_error
from revenuer.evaluation.judged import Candidate, Trial, judge_mark, judged_once
from revenuer.evaluation.result import CampaignMatch, Evaluation
from revenuer.evaluation.scoreboard import UNSEEN_RANK, precision_at, scoreboard
from revenuer.evaluation.stored_scores import compared, read_scores, store
from revenuer.evaluation.tenancy import tenancy
from revenuer.evaluation.trial_world import World
from revenuer.reporting.charts import score_chart, write_chart


def candidate(rank: int = 1, verdict: str = "campaign", probability: float = 0.99, guilty: float = 1.0) -> Candidate:
    return Candidate(rank, "pool", verdict, probability, 30, guilty, None, {"rota": 3.5})


def trial(seed: int, day: int, *, recall: float = 1.0, watched: dict[str, int] | None = None) -> Trial:
    is_found = recall >= 0.5
    match = CampaignMatch("ring", 30, "cmp-1", 1, "campaign" if is_found else "watch", 1.0, recall, recall)
    evaluation = Evaluation(
        account_precision=1.0, account_recall=recall, suspected_recall=recall, noticed_recall=recall,
        exchange_recall=recall,
        exchange_precision=1.0, exchange_basis="work", named_share=1.0, mixed_honest_exchange_count=0.0,
        campaigns_total=1, campaigns_found=int(is_found),
        accused_count=30, honest_accused_count=0, honest_absorbed_count=0, unknown_count=0, decoys_accused=0,
        decoys_watched=len(watched or {}), decoys_accused_accounts={}, decoys_watched_accounts=watched or {},
        matches=(match,),
    )  # fmt: skip
    candidates = (candidate(), candidate(2, "cleared", 0.004, 0.0))
    return Trial("ring", seed, date(2026, 3, day), day, evaluation, candidates, 1.0, 1.0, 1.0, day / 14, 1.0, 3, 2.0)


def test_scoreboard__keeps_the_worst_seed_of_the_last_day() -> None:
    board = scoreboard([
        trial(1, 3, recall=0.1),  # an earlier day: only the day of detection looks at it
        trial(1, 14),
        trial(2, 14, recall=0.8, watched={"recipe": 60}),
    ])  # fmt: skip
    (line,) = board.lines
    assert line.figures["account_recall"] == (pytest.approx(0.9), 0.8)
    assert line.watched == {"recipe": 60}
    assert line.seeds == 2


@pytest.mark.parametrize(
    ("recalls", "day"),
    [
        ({3: 0.1, 5: 0.9, 14: 1.0}, 5),  # found on day 5 and ever after
        ({3: 0.9, 5: 0.1, 14: 1.0}, 14),  # lost again on day 5: day 3 does not count
        ({3: 0.9, 14: 0.1}, None),  # lost at the end
    ],
)
def test_scoreboard__detection_is_the_day_from_which_it_stays_found(recalls: dict[int, float], day: int | None) -> None:
    board = scoreboard([trial(1, number, recall=recall) for number, recall in recalls.items()])
    assert board.lines[0].detection_day == day


@pytest.mark.parametrize(("judged_days", "day"), [((3, 14), 14), ((3, 5, 14), 14), ((3, 9), 3)])
def test_scoreboard__a_campaign_that_begins_later_was_not_found_before(judged_days: tuple[int, ...], day: int) -> None:
    # One of one on day 3; a second one begins on day 5, and both are found on day 14.
    both = ((1, 1.0), (2, 1.0))
    of_day = {3: both[:1], 5: ((1, 1.0), (None, 0.0)), 9: both[:1], 14: both}
    trials = [
        replace(one, evaluation=replace(one.evaluation, matches=matches(*of_day[one.day]))) for one in
        (trial(1, number) for number in judged_days)
    ]  # fmt: skip
    (line,) = scoreboard(trials).lines
    assert line.detection_day == day
    assert line.figures["leaked_share"][1] == pytest.approx(day / 14)


def test_precision_at__leaves_cleared_candidates_out() -> None:
    ranked = [candidate(1), candidate(2, "watch", 0.5, 0.0), candidate(3, "cleared", 0.0, 0.0)]
    assert precision_at(ranked, 1) == 1.0
    assert precision_at(ranked, 3) == 0.5
    assert precision_at(ranked[2:], 3) == 1.0


def test_calibration_error__is_the_gap_between_said_and_true() -> None:
    # Two bins: 0.9 said and 1 true over half of the pairs, 0.1 said and 0.5 true over the other half.
    pairs = [(0.9, 1.0), (0.9, 1.0), (0.1, 0.0), (0.1, 1.0)]
    assert calibration_error(pairs) == pytest.approx(0.5 * 0.1 + 0.5 * 0.4)


def test_adjusted_rand__tells_separation_from_a_merger() -> None:
    assert tenancy(np.array([[5, 0], [0, 5]])).rand == 1.0
    # Two labs in one candidate are no separation at all.
    assert tenancy(np.array([[5], [5]])).rand == pytest.approx(0.0)
    # Hubert and Arabie's index can fall below chance.
    assert tenancy(np.array([[1, 1], [1, 1]])).rand < 0


def test_store__says_what_became_worse(tmp_path: Path) -> None:
    good, bad = [trial(1, 14)], [trial(1, 14, recall=0.7)]
    assert store(scoreboard(good), good, tmp_path) == ([], [], [])
    worse = store(scoreboard(bad), bad, tmp_path).worse
    assert "ring: account_recall 1.000 -> 0.700" in worse
    assert "| ring |" in (tmp_path / "scores.md").read_text(encoding="utf-8")
    # Better than before is no news.
    assert store(scoreboard(good), good, tmp_path) == ([], [], [])


def test_store__says_which_worlds_of_the_result_before_were_not_judged(tmp_path: Path) -> None:
    first, other = trial(1, 14), replace(trial(1, 14), scenario="other")
    store(scoreboard([first, other]), [first, other], tmp_path)
    assert store(scoreboard([other]), [other], tmp_path)[:2] == ([], ["ring"])


def test_compared__a_world_that_is_new_cannot_be_worse_and_is_named() -> None:
    now = compared(scoreboard([trial(1, 14)]), {"lines": []})
    assert (now.worse, now.not_compared[0]) == ([], "ring (not stored)")


def without_figures(before: dict[str, Any]) -> None:
    del before["lines"][0]["figures"]["tenant_recall"]
    before["lines"][0]["figures"]["an old one"] = [1.0, 1.0]
    del before["brier"]


def judged_on_day_3(before: dict[str, Any]) -> None:
    before["lines"][0]["judged_days"] = [3, 14]


def of_another_world(before: dict[str, Any]) -> None:
    before["lines"].append({**before["lines"][0], "scenario": "other"})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            without_figures,
            ["ring: an old one, tenant_recall (in one of the two only)", "all worlds: brier (not stored)"],
        ),
        (judged_on_day_3, ["ring: leaked_share, detection_day (other days were judged)"]),
        (
            of_another_world,
            ["all worlds: calibration_error, brier, raised_calibration_error (other worlds were judged)"],
        ),
        (lambda before: None, []),
    ],
)
def test_compared__names_what_is_not(change: Callable[[dict[str, Any]], None], told: list[str]) -> None:
    before = stored(trial(1, 14))
    change(before)
    found = compared(scoreboard([trial(1, 14)]), before)
    assert (found.worse, found.not_compared) == ([], told)


def stored(*trials: Trial) -> dict[str, Any]:
    """A result as it is read back from its file."""
    return json.loads(json.dumps(scoreboard(trials).to_dict()))


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ({3: 1.0, 14: 1.0}, {3: 0.1, 14: 1.0}, ["leaked_share 0.214 -> 1.000", "detection_day 3 -> 14"]),
        # Lost on its last day: no day of detection is worse than any.
        ({14: 1.0}, {14: 0.4}, ["detection_day 14 -> not found"]),
        # Found earlier, and the same again: no news.
        ({3: 0.1, 14: 1.0}, {3: 1.0, 14: 1.0}, []),
        ({3: 1.0, 14: 1.0}, {3: 1.0, 14: 1.0}, []),
        # Day 3 was not looked at: nobody knows whether it was found by then.
        ({3: 1.0, 14: 1.0}, {14: 1.0}, []),
    ],
)
def test_compared__compares_when_it_was_found(
    before: dict[int, float], now: dict[int, float], worse: list[str]
) -> None:
    was, then = ([trial(1, day, recall=recall) for day, recall in of.items()] for of in (before, now))
    told = [each for each in compared(scoreboard(then), stored(*was)).worse if "day" in each or "leaked" in each]
    assert told == [f"ring: {each}" for each in worse]


def test_compared__compares_calibration_where_the_same_worlds_were_judged() -> None:
    sure = trial(1, 14)
    unsure = replace(sure, candidates=(candidate(probability=0.6), *sure.candidates[1:]))
    told = compared(scoreboard([unsure]), stored(sure)).worse
    assert [each.split(" ")[2] for each in told] == ["calibration_error", "brier", "raised_calibration_error"]
    # Another world's candidates are in one of the two: they are not to be compared.
    assert compared(scoreboard([unsure]), stored(sure, replace(sure, scenario="other"))).worse == []


@pytest.mark.parametrize("name", ["evaluate_quick.json", "evaluate_worlds.json", "evaluate_outsiders.json"])
def test_compared__what_was_stored_by_an_earlier_version_is_compared_as_far_as_it_goes(name: str) -> None:
    kept = read_scores(Path(__file__).parents[1] / name)
    world = kept["lines"][0]["scenario"]
    now = scoreboard([replace(trial(1, 14), scenario=world)])
    assert len(compared(now, kept).not_judged) == len(kept["lines"]) - 1 > 0


def matches(*found: tuple[int | None, float]) -> tuple[CampaignMatch, ...]:
    """One match for each rank and recall."""
    return tuple(
        CampaignMatch(f"lab {k}", 30, f"cmp-{k}" if rank else None, rank, "campaign" if rank else None,
                      1.0, recall, recall)
        for k, (rank, recall) in enumerate(found)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "rank", "text"),
    [
        (((1, 1.0),), 1, "1"),
        (((1, 1.0), (7, 1.0)), 7, "7"),  # the worst of two labs
        (((1, 1.0), (None, 0.0)), UNSEEN_RANK, "unseen"),  # one of them is in no candidate
        (((1, 1.0), (1, 0.1)), UNSEEN_RANK, "unseen"),  # a tenth of the second lies in the first one's candidate
        ((), 0, "-"),
    ],
)
def test_scoreboard__a_campaign_that_is_not_seen_ranks_below_all(
    found: tuple[tuple[int | None, float], ...], rank: int, text: str
) -> None:
    one = trial(1, 14)
    board = scoreboard([replace(one, evaluation=replace(one.evaluation, matches=matches(*found)))])
    assert board.lines[0].figures["worst_rank"] == (rank, rank)
    assert f"| {text} |" in board.to_markdown()


@pytest.mark.parametrize(
    ("recalls", "leaked"),
    [
        ({3: 0.9, 14: 1.0}, 3 / 14),  # found on day 3
        ({3: 0.1, 14: 1.0}, 1.0),
        ({3: 0.9, 14: 0.1}, 1.0),  # lost again: it took all
    ],
)
def test_scoreboard__leaked_is_what_was_taken_by_the_day_of_detection(recalls: dict[int, float], leaked: float) -> None:
    board = scoreboard([trial(1, number, recall=recall) for number, recall in recalls.items()])
    assert board.lines[0].figures["leaked_share"] == (pytest.approx(leaked), pytest.approx(leaked))


def test_scoreboard__cleared_candidates_do_not_hide_the_calibration_of_the_others() -> None:
    # Nine honest ones cleared, rightly, and one honest one on watch at 0.8.
    found = (candidate(1, "watch", 0.8, 0.0), *(candidate(k, "cleared", 0.0, 0.0) for k in range(2, 11)))
    board = scoreboard([replace(trial(1, 14), candidates=found)])
    assert board.calibration_error == pytest.approx(0.08)
    assert (board.raised_calibration_error, board.raised_count) == (pytest.approx(0.8), 1)


def test_tenancy__tells_a_lab_in_fragments_from_two_labs_in_one_candidate() -> None:
    # One of a thousand of one lab's works lies apart; two labs lie in one candidate: the index is 0 for both.
    apart, merged = tenancy(np.array([[999.0, 1.0]])), tenancy(np.array([[500.0], [500.0]]))
    assert (apart.rand, merged.rand) == (pytest.approx(0.0), pytest.approx(0.0))
    assert (apart.precision, apart.recall) == (1.0, pytest.approx(0.998))
    assert (merged.precision, merged.recall) == (pytest.approx(0.5, abs=0.001), 1.0)


def test_tenancy__losing_a_lab_makes_nothing_better() -> None:
    # Two labs of ten works, the second in two fragments; then the second is in no candidate at all.
    fragments = tenancy(np.array([[10.0, 0.0, 0.0], [0.0, 5.0, 5.0]]))
    lost = tenancy(np.array([[10.0], [0.0]]), np.array([0.0, 10.0]))
    assert (fragments.recall, lost.recall) == (pytest.approx(65 / 90), pytest.approx(45 / 90))
    assert lost.rand < fragments.rand < 1
    assert (fragments.precision, lost.precision) == (1.0, 1.0)


@pytest.mark.parametrize("text", [None, "no json", "[]", '{"lines": 3}'])
def test_read_scores__refuses_what_is_no_result(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "scores.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="no stored result"):
        read_scores(file)


def test_read_scores__reads_what_was_stored(tmp_path: Path) -> None:
    good, bad = [trial(1, 14)], [trial(1, 14, recall=0.7)]
    store(scoreboard(good), good, tmp_path)
    assert compared(scoreboard(good), read_scores(tmp_path / "scores.json")).worse == []
    assert compared(scoreboard(bad), read_scores(tmp_path / "scores.json")).worse


def test_score_chart__shows_every_world_and_how_far_the_mean_lies(tmp_path: Path) -> None:
    board = scoreboard([trial(1, 14), trial(2, 14, recall=0.7)])
    chart = score_chart({line.scenario: line.figures for line in board.lines})
    recall = next(part for part in chart.data if part.name == "account recall")
    assert (list(recall.x), list(recall.y)) == ([0.7], ["ring"])
    assert recall.error_x.array[0] == pytest.approx(0.15)
    write_chart(chart, tmp_path / "scores.html")
    assert "account recall" in (tmp_path / "scores.html").read_text(encoding="utf-8")


def test_trial__is_the_same_when_read_back() -> None:
    told = trial(1, 14, recall=0.8, watched={"recipe": 60})
    assert Trial.from_dict(json.loads(json.dumps(told.to_dict()))) == told


def test_judged_once__takes_what_the_same_code_judged_and_nothing_else(tmp_path: Path) -> None:
    file, mark = tmp_path / "world" / "judged" / "day=14.json", judge_mark("settings", "world")
    first, better = trial(1, 14, recall=0.8), trial(1, 14)
    assert judged_once(file, mark, lambda: first) == (first, False)
    assert judged_once(file, mark, lambda: better) == (first, True)  # kept: not judged again
    others = [judge_mark("other", "world"), judge_mark("settings", "other"), judge_mark("settings", "world", ["a"])]
    assert len({mark, *others}) == 4
    for other in others:
        assert judged_once(file, other, lambda: better) == (better, False)
    assert judged_once(file, mark, lambda: first) == (first, False)  # what the others judged is not taken
    assert judged_once(file, mark, lambda: better, again=True) == (better, False)


def test_judged_once__judging_that_fails_leaves_no_result_beside_what_it_began_to_write(tmp_path: Path) -> None:
    file = tmp_path / "day=14.json"
    judged_once(file, "first", lambda: trial(1, 14))

    def fails() -> Trial:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        judged_once(file, "second", fails)
    assert not file.exists()


def test_judged_once__keeps_nothing_where_the_code_was_changed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, told = tmp_path / "day=14.json", trial(1, 14)
    monkeypatch.setattr("revenuer.evaluation.judged.is_source_as_it_was", lambda module: False)
    assert judged_once(file, "mark", lambda: told) == (told, False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", '{"judged_by": "', '{"judged_by": "mark"}', '{"judged_by": "mark", "trial": {}}'])
def test_judged_once__a_file_that_was_cut_or_is_of_another_form_is_judged_anew(tmp_path: Path, text: str) -> None:
    file, told = tmp_path / "day=14.json", trial(1, 14)
    file.write_text(text, encoding="utf-8")
    assert judged_once(file, "mark", lambda: told) == (told, False)
    assert judged_once(file, "mark", lambda: told) == (told, True)


class JudgeOfFolders:
    """Stands in for the real judge: says which seed it was asked for, and leaves candidates as that does."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, tuple[str, ...]]] = []

    def __call__(self, spark: None, config: Config, world: World, day: int, *, left_out=(), keep=True) -> Trial:
        self.asked.append((day, tuple(left_out)))
        if keep:
            done = world.folder / "candidates" / f"day={day}" / "_SUCCESS"
            done.parent.mkdir(parents=True, exist_ok=True)
            done.touch()
        return replace(trial(world.seed, day), scenario=world.name)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    judge = JudgeOfFolders()
    monkeypatch.setattr("revenuer.evaluation.trial.judge", judge)
    return judge.asked


def judged(folder: Path, day: int, *, seed: int = 1, without: str = "", again: bool = False) -> Trial:
    world = World("their/ring", seed, folder, folder, (date(2026, 3, 1),), "origin")
    return _judged(None, load_config(), world, day, without=without, say=lambda text: None, again=again)


def test_judged__a_day_is_judged_once_and_goes_by_the_seed_it_is_asked_for(tmp_path: Path, asked: list) -> None:
    first = judged(tmp_path, 3)
    later = judged(tmp_path, 3, seed=5)  # a world that lies in a folder: the same, whatever seed is given
    assert asked == [(3, ())]
    assert later == replace(first, seed=5)
    judged(tmp_path, 3, again=True)
    assert asked == [(3, ())] * 2


def test_judged__without_a_kind_of_links_is_another_result(tmp_path: Path, asked: list) -> None:
    for without in ("", "template", "shared cards", "template"):
        judged(tmp_path, 3, without=without)
    assert [day for day, _ in asked] == [3] * 3
    assert len({left_out for _, left_out in asked}) == 2  # shared cards are a setting: no composite goes with them


def test_judged__a_day_whose_candidates_are_gone_is_judged_again_for_those_who_learn(
    tmp_path: Path, asked: list
) -> None:
    judged(tmp_path, 3)
    (tmp_path / "candidates" / "day=3" / "_SUCCESS").unlink()
    judged(tmp_path, 3)
    assert len(asked) == 2


def test_evaluate__worlds_of_one_name_are_refused(tmp_path: Path) -> None:
    for side in ("a", "b"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "own.toml").write_text("[world]\ndays = 1\n", encoding="utf-8")
    names = ",".join(str(tmp_path / side / "own.toml") for side in ("a", "b"))
    with pytest.raises(ConfigError, match="several worlds are named own"):
        evaluate.main(["--scenario", names], standalone_mode=False)


@pytest.mark.parametrize("as_json", [False, True])
def test_evaluate__says_what_the_baseline_does_not_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    one = replace(trial(1, 1), scenario="reference")
    before = stored(one)
    del before["lines"][0]["figures"]["tenant_recall"]
    baseline = tmp_path / "before.json"
    baseline.write_text(json.dumps(before), encoding="utf-8")
    world = World("reference", 1, tmp_path, tmp_path, (date(2026, 3, 1),), "origin")
    monkeypatch.setattr("revenuer.cli.judgement.open_bench", lambda *asked: nullcontext(Mock()))
    monkeypatch.setattr("revenuer.evaluation.trial_world.prepare", lambda *asked, **options: world)
    monkeypatch.setattr("revenuer.cli.judgement._judged", lambda *asked, **options: one)
    command = ["--scenario", "reference", "--baseline", str(baseline), "--out", str(tmp_path / "out")]
    evaluate.main([*command, *(["--json"] if as_json else [])], standalone_mode=False)
    printed = capsys.readouterr().out
    told = "reference: tenant_recall (in one of the two only)"
    if as_json:
        assert json.loads(printed)["not_compared"] == [told]
    else:
        assert f"Not compared with {baseline}: {told}" in printed
