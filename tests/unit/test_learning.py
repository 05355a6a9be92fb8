"""Learning weights, calibration, and the variants that robustness is measured on."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from revenuer.config import load_config
from revenuer.errors import ConfigError
from revenuer.evaluation.calibration import brier, calibration_error, reliability, reliability_markdown
from revenuer.evaluation.robustness import load_plan
from revenuer.evaluation.trial_world import folder_name, is_world_folder, kept_dates, world_origin
from revenuer.learning.ablation import _measured
from revenuer.learning.candidates import JudgedWorld, refuse_unlike
from revenuer.learning.fit import AdditiveBits, Fit, fit_weights
from revenuer.learning.links import NOTHING, kinds_of_links, without_links
from revenuer.simulate.world import load_world
from revenuer.stages.rank.scoring import GROUPS, Signal, drawn_scoring, load_scoring

CAPS = dict.fromkeys(GROUPS, (-10.0, 10.0))


def worlds_of(signal: np.ndarray, noise: np.ndarray, guilty: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
    names = [f"c{n}" for n in range(len(guilty))]
    bits = pd.DataFrame({"speaks": signal, "noise": noise}, index=names)
    told = pd.DataFrame({
        "candidate_id": names, "is_guilty": guilty, "scenario": [f"w{n % 6}" for n in range(len(guilty))],
        "seed": 1, "sum_bits": -3.0 + signal + noise, "verdict": np.where(guilty, "watch", "cleared"),
    })  # fmt: skip
    return bits, told


@pytest.fixture(scope="module")
def rules():
    drawn = drawn_scoring()
    signals = (
        Signal("speaks", "physics", "1", ((0.0, 0.0), (1.0, 2.0)), "s"),
        Signal("noise", "concealment", "1", ((0.0, 0.0), (1.0, 2.0)), "n"),
    )
    return replace(drawn, signals=signals, caps=CAPS, prior_bits=-3.0)


@pytest.fixture(scope="module")
def learnt(rules) -> Fit:
    chance = np.random.default_rng(3)
    guilty = np.arange(600) % 4 == 0
    # The first finding is there for nearly every campaign and hardly anybody else; the second says nothing.
    signal = np.where(chance.random(600) < np.where(guilty, 0.9, 0.05), 2.0, 0.0)
    noise = np.where(chance.random(600) < 0.5, 2.0, 0.0)
    return fit_weights(*worlds_of(signal, noise, guilty), rules)


def test_fit__raises_what_speaks_and_drops_what_does_not(learnt: Fit) -> None:
    assert learnt.factors["speaks"] > 1.1
    assert learnt.factors["noise"] < 0.7
    assert learnt.loss_after < learnt.loss_before


def test_fit__never_turns_a_finding_round(rules) -> None:
    chance = np.random.default_rng(4)
    guilty = np.arange(400) % 4 == 0
    # Speaks against what it is meant to show: the best factor would be negative, and stays at the least.
    backwards = np.where(chance.random(400) < np.where(guilty, 0.05, 0.9), 2.0, 0.0)
    fitted = fit_weights(*worlds_of(backwards, np.zeros(400), guilty), rules)
    assert fitted.factors["speaks"] == 0.5


def test_fit__leaves_alone_what_the_worlds_say_nothing_about(rules) -> None:
    guilty = np.arange(60) % 4 == 0
    fitted = fit_weights(*worlds_of(np.where(guilty, 2.0, 0.0), np.zeros(60), guilty), rules)
    assert fitted.factors["noise"] == pytest.approx(1.0)


def test_fit__needs_two_worlds_with_a_campaign(rules) -> None:
    guilty = np.array([True, False, False, False, False, False])
    with pytest.raises(ConfigError, match="fewer than two"):
        fit_weights(*worlds_of(guilty * 2.0, guilty * 0.0, guilty), rules)


def test_fit__leaves_variants_of_a_world_out_together(rules) -> None:
    # Two worlds by name are one and its variant: neither is unseen when the other was learnt from.
    guilty = np.arange(60) % 4 == 0
    bits, told = worlds_of(np.where(guilty, 2.0, 0.0), np.zeros(60), guilty)
    told["scenario"] = np.where(np.arange(60) < 30, "ring", "ring:jitter_hours=3")
    with pytest.raises(ConfigError, match="fewer than two"):
        fit_weights(bits, told, rules)
    told["scenario"] = np.where(np.arange(60) < 30, "ring", "other:jitter_hours=3")
    assert fit_weights(bits, told, rules).worlds == ("other:jitter_hours=3, seed 1", "ring, seed 1")


def test_refuse_unlike__takes_other_seeds_and_variants_that_were_judged_alike() -> None:
    refuse_unlike(
        [JudgedWorld("ring", 1, "m"), JudgedWorld("ring", 2, "m")],
        [JudgedWorld("ring", 3, "m"), JudgedWorld("ring:jitter_hours=3", 1, "m")],
    )


@pytest.mark.parametrize(
    ("held_back", "told"),
    [
        (
            [JudgedWorld("ring", 3, "m"), JudgedWorld("ring", 2, "m")],
            "ring, seed 2: under --from and under --held-back",
        ),
        ([JudgedWorld("ring", 3, "n")], "ring, seed 3: by other code or settings than most"),
        ([JudgedWorld("ring", 3, None)], "ring, seed 3: by an earlier version"),
    ],
)
def test_refuse_unlike__names_the_worlds_that_prove_nothing(held_back: list[JudgedWorld], told: str) -> None:
    with pytest.raises(ConfigError) as error:
        refuse_unlike([JudgedWorld("ring", 1, "m"), JudgedWorld("ring", 2, "m")], held_back)
    assert [line for line in str(error.value).splitlines() if line.startswith("  - ")] == [f"  - {told}"]
    assert "revenuer evaluate --scenario" in str(error.value)


def test_refuse_unlike__worlds_of_an_earlier_version_do_not_tell_what_judged_them() -> None:
    with pytest.raises(ConfigError, match="ring, seed 1: by an earlier version"):
        refuse_unlike([JudgedWorld("ring", 1, None)], [])


def test_fit__writes_a_file_that_the_scoring_reads(learnt: Fit, rules) -> None:
    read = tomllib.loads(learnt.to_toml())
    assert read["factors"] == pytest.approx(dict(learnt.factors))
    assert read["provenance"]["guilty_count"] == 150
    applied = learnt.applied(rules)
    assert applied == rules.weighted(read)
    assert applied.prior_bits == read["prior_bits"]
    assert applied.verdict["watch_cap_bits"] == read["watch_cap_bits"]
    assert applied.signals[0].factor == learnt.factors["speaks"]
    assert applied.signals[0].curve == rules.signals[0].curve


def test_additive_bits__slope_is_that_of_the_loss() -> None:
    chance = np.random.default_rng(5)
    bits = chance.normal(0, 2, (50, 3))
    model = AdditiveBits(["physics", "physics", "harvest"], CAPS | {"physics": (-1.0, 3.0)}, -1.0)
    at = np.array([0.7, 1.1, 0.4, -2.0])
    score, slopes = model.scored(bits, at)
    for place in range(4):
        moved = at.copy()
        moved[place] += 1e-6
        found = (model.scored(bits, moved)[0] - score) / 1e-6
        assert found == pytest.approx(slopes[:, place], abs=1e-4)


def test_packaged_weights__belong_to_the_packaged_signals() -> None:
    drawn, loaded = drawn_scoring(), load_scoring()
    assert [s.name for s in loaded.signals] == [s.name for s in drawn.signals]
    assert [s.curve for s in loaded.signals] == [s.curve for s in drawn.signals]
    assert all(0 < s.factor <= 2 for s in loaded.signals)


def test_reliability__bins_by_what_was_said() -> None:
    pairs = [(0.05, 0.0), (0.05, 0.0), (0.95, 1.0), (0.95, 0.0), (1.0, 1.0)]
    low, high = reliability(pairs)
    assert (low.count, low.share) == (2, 0.0)
    assert (high.count, high.share) == (3, pytest.approx(2 / 3))
    assert calibration_error(pairs) == pytest.approx((2 * 0.05 + 3 * (2.9 / 3 - 2 / 3)) / 5)
    assert brier(pairs) == pytest.approx((2 * 0.0025 + 0.0025 + 0.9025) / 5)
    assert "| 0.9 to 1.0 | 3 | 0.967 | 0.667 |" in reliability_markdown(pairs)
    assert calibration_error([]) == brier([]) == 0.0


def test_robustness__every_variant_is_a_world() -> None:
    plan = load_plan()
    assert len({variant.title for variant in plan.variants}) == len(plan.variants)
    worlds = {variant.title: load_world(variant.scenario) for variant in plan.variants}
    assert worlds["jitter of 8 hours"].adversaries[0].number("jitter_hours") == 8
    assert worlds["as it is"].adversaries[0].count() == 300
    assert "payment_fingerprint" in worlds["site without payment"].missing_columns


def test_robustness__every_variant_has_a_folder_of_its_own_that_a_file_system_takes() -> None:
    scenarios = [variant.scenario for variant in load_plan().variants]
    assert max(map(len, scenarios)) > 255, "a site that logs next to nothing has a long name"
    assert not any(map(is_world_folder, scenarios))
    folders = [folder_name(scenario) for scenario in scenarios]
    assert len(set(folders)) == len(set(scenarios))
    assert max(map(len, folders)) < 200


def test_without_links__a_kind_goes_with_its_composites_and_stays_what_it_is_for_the_rest() -> None:
    config = load_config()
    changed = without_links(config, "template")
    assert changed.value("identifiers.template.strength") == "common"
    assert {name for name, entry in config.section("composites").items() if "template" in entry["parts"]} == set(
        config.section("composites")
    ) - set(changed.section("composites"))
    assert changed.value("identifiers.toolset") == config.value("identifiers.toolset")
    assert config.value("identifiers.template.strength") == "strong"


def test_without_links__a_composite_goes_alone_and_a_setting_weighs_nothing() -> None:
    config = load_config()
    changed = without_links(config, "prefix_client")
    assert set(config.section("composites")) - set(changed.section("composites")) == {"prefix_client"}
    assert changed.section("identifiers") == config.section("identifiers")
    assert without_links(config, "shared cards").value("link.card_bits") == 0.0


def test_without_links__each_kind_changes_something_and_nothing_changes_nothing() -> None:
    config = load_config()
    assert without_links(config, NOTHING).fingerprint == config.fingerprint
    kinds = kinds_of_links(config)
    assert len({without_links(config, kind).fingerprint for kind in kinds} | {config.fingerprint}) == len(kinds) + 1


def test_world_origin__is_another_when_what_the_world_is_made_from_is(tmp_path: Path) -> None:
    config, file = load_config(), tmp_path / "own.toml"
    file.write_text("[world]\ndays = 2\n", encoding="utf-8")
    was = world_origin(config, str(file), (1, None, 500))
    assert world_origin(load_config(), str(file), (1, None, 500)) == was
    assert world_origin(load_config(overrides=("rank.min_pool_accounts=9",)), str(file), (1, None, 500)) == was
    changed = without_links(config, "template")
    others = [world_origin(config, str(file), (2, None, 500)), world_origin(changed, str(file), (1, None, 500))]
    file.write_text("[world]\ndays = 3\n", encoding="utf-8")
    others.append(world_origin(config, str(file), (1, None, 500)))
    assert len({was, *others}) == 4


@pytest.mark.parametrize("is_linked", [False, True], ids=["plain", "behind a link"])
def test_world_origin__of_a_folder_tells_files_that_were_written_again(tmp_path: Path, is_linked: bool) -> None:
    config, theirs, events = load_config(), tmp_path / "theirs", tmp_path / "events"
    part = events / "usage_date=2026-03-01" / "part.parquet"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"first")
    theirs.mkdir()
    if is_linked:
        (theirs / "usage_events").symlink_to(events)
    else:
        part = events.rename(theirs / "usage_events") / "usage_date=2026-03-01" / "part.parquet"
    was = world_origin(config, str(theirs))
    assert world_origin(config, str(theirs)) == was
    os.utime(part, ns=(1, 1))  # as many bytes, written at another time
    assert world_origin(config, str(theirs)) != was


@pytest.mark.parametrize("text", [None, "", "[]", '["2026-03-01"]', '{"dates": ["2026-03-01"]}'])
def test_kept_dates__a_mark_that_is_cut_or_of_an_older_form_keeps_nothing(tmp_path: Path, text: str | None) -> None:
    mark = tmp_path / "observed.json"
    if text is not None:
        mark.write_text(text, encoding="utf-8")
    assert kept_dates(mark, "origin") == ()
    mark.write_text(json.dumps({"dates": ["2026-03-01"], "made_from": "origin"}), encoding="utf-8")
    assert kept_dates(mark, "origin") == (date(2026, 3, 1),)
    assert kept_dates(mark, "another") == ()


def test_measured__an_account_in_two_accused_candidates_is_recalled_once() -> None:
    # Two cohorts hold the same three of six accounts: by counts all six were recalled.
    row = {
        "scenario": "ring", "seed": 1, "verdict": "campaign", "probability": 1.0, "is_guilty": True, "member_count": 3,
        "guilty_member_count": 3, "guilty_member_ids": ["a0", "a1", "a2"], "true_account_count": 6,
    }  # fmt: skip
    nobody = {**row, "verdict": "cleared", "is_guilty": False, "guilty_member_count": 0, "guilty_member_ids": None}
    measured = _measured("(nothing)", pd.DataFrame([row, row, nobody]), 0.0, 0.0)
    assert measured.account_recall == pytest.approx(0.5)
    assert measured.member_precision == 1.0
