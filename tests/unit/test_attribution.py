"""Whose exchanges candidates hold, on rows small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from revenuer.evaluation.attribution import Attribution, attribute
from revenuer.evaluation.evaluate import Case, compare
from revenuer.evaluation.result import Evaluation

COUNT = 100
WORKS = {"a": "lab A", "b": "lab B", "h": None}
ACCUSED, WATCHED = "campaign", "watch"


def pool(each: int = 20) -> pd.DataFrame:
    """Truth of work of a hundred accounts that serve lab A, lab B and an honest product, evenly."""
    rows = [(f"p{k}", work, lab, each) for k in range(COUNT) for work, lab in WORKS.items()]
    return pd.DataFrame(rows, columns=["account_id", "workload_id", "campaign", "exchange_count"])


def case(works: pd.DataFrame, candidates: dict[str, str], verdicts: dict[str, str], **changed: pd.DataFrame) -> Case:
    """Candidates by name, each with the works it names, held by all accounts that do them."""
    rows, listed = [], []
    for rank, (name, named) in enumerate(candidates.items(), 1):
        mine = works[works["workload_id"].isin(named.split())].groupby("account_id")["exchange_count"].sum()
        rows += [(name, account, "member", count, 0.5, rank, verdicts[name]) for account, count in mine.items()]
        listed += [(name, work) for work in named.split()]
    columns = ["campaign_id", "account_id", "role", "exchange_count", "exchange_share", "rank", "verdict"]
    held = changed.get("held", pd.DataFrame(rows, columns=columns))
    listing = changed.get("listed", pd.DataFrame(listed, columns=["campaign_id", "workload_id"]))
    guilty = works.dropna(subset=["campaign"])[["account_id", "campaign"]].drop_duplicates()
    known = guilty.assign(decoy=None)
    done = works.groupby(["account_id", "workload_id"])["exchange_count"].sum().rename("total").reset_index()
    attribution = attribute(held, listing, done, changed.get("truth", works), guilty)
    seen = done.groupby("account_id")["total"].sum().reset_index()
    return Case(known, works, guilty, held, seen, attribution)


def judged(candidates: dict[str, str], verdicts: dict[str, str]) -> Evaluation:
    return compare(case(pool(), candidates, verdicts))


def test_compare__accused_of_an_honest_products_work_is_not_right_because_a_lab_is_there() -> None:
    # Lab A and the honest product are accused, lab B is not: by account alone all of it was right, and both were found.
    result = judged({"c1": "a", "c2": "h"}, {"c1": ACCUSED, "c2": ACCUSED})
    assert result.exchange_basis == "work"
    assert result.exchange_precision == pytest.approx(1 / 2)
    assert result.exchange_recall == pytest.approx(1 / 2)
    assert result.mixed_honest_exchange_count == pytest.approx(COUNT * 20)
    assert result.campaigns_found == 1
    by_name = {match.campaign: match for match in result.matches}
    assert (by_name["lab A"].campaign_id, by_name["lab A"].precision, by_name["lab A"].recall) == ("c1", 1.0, 1.0)
    assert (by_name["lab B"].campaign_id, by_name["lab B"].accused_recall) == (None, 0.0)
    # Accounts are what they are: each of them serves a lab.
    assert (result.account_precision, result.account_recall) == (1.0, 1.0)


def test_compare__labs_told_apart_are_both_found() -> None:
    result = judged({"c1": "a", "c2": "b", "c3": "h"}, {"c1": ACCUSED, "c2": ACCUSED, "c3": WATCHED})
    assert (result.exchange_precision, result.exchange_recall, result.campaigns_found) == (1.0, 1.0, 2)
    assert [match.campaign_id for match in result.matches] == ["c1", "c2"]
    assert (result.mixed_honest_exchange_count, result.named_share) == (0.0, 1.0)


def test_compare__what_two_accused_candidates_hold_is_accused_once() -> None:
    # A cohort of the template and one of the tool set hold the same work; lab B is missed.
    result = judged({"c1": "a", "c2": "a"}, {"c1": ACCUSED, "c2": ACCUSED})
    assert (result.exchange_precision, result.exchange_recall) == (1.0, pytest.approx(1 / 2))


def test_compare__a_match_is_watched_by_exchanges_too() -> None:
    by_name = {
        match.campaign: match for match in judged({"c1": "a", "c2": "b"}, {"c1": ACCUSED, "c2": WATCHED}).matches
    }
    assert (by_name["lab B"].campaign_id, by_name["lab B"].is_watched, by_name["lab B"].is_found) == ("c2", True, False)


def test_attribute__a_work_that_a_lab_and_honest_customers_do_is_each_ones_share() -> None:
    # A popular product's template: three quarters of it on this account are the lab's.
    works = pd.DataFrame(
        [("p0", "w", "lab", 75), ("p0", "w", None, 25)],
        columns=["account_id", "workload_id", "campaign", "exchange_count"],
    )
    result = compare(case(works, {"c1": "w"}, {"c1": ACCUSED}))
    assert (result.exchange_precision, result.exchange_recall) == (0.75, 1.0)


def wide() -> tuple[pd.DataFrame, Attribution]:
    """A lab with four works of ten exchanges, of which the candidate names two; an honest one of twenty beside them."""
    rows = [("p0", f"w{k}", "lab", 10) for k in range(4)] + [("p0", "x", None, 20)]
    works = pd.DataFrame(rows, columns=["account_id", "workload_id", "campaign", "exchange_count"])
    listed = pd.DataFrame([("c1", "w0"), ("c1", "w1")], columns=["campaign_id", "workload_id"])
    found = case(works, {"c1": "w0 w1 w2 w3"}, {"c1": ACCUSED}, listed=listed)
    assert found.attribution is not None
    return works, found.attribution


def test_attribute__works_beyond_those_named_are_taken_evenly_from_the_others() -> None:
    _, attribution = wide()
    shares = attribution.held.set_index("workload_id")["share"].to_dict()
    # Twenty exchanges of the membership are in works it does not name, out of forty in such.
    assert shares == {"w0": 1.0, "w1": 1.0, **{name: pytest.approx(1 / 2) for name in ("w2", "w3", "x")}}
    accused = attribution.accused()
    assert (accused["share"] * accused["total"]).sum() == pytest.approx(40)  # all that the membership counts


def test_attribute__a_work_of_which_a_member_did_more_than_its_rest_is_not_the_candidates() -> None:
    # A second account does one unnamed work of the lab and the honest one: its rest is ten, and forty are not in it.
    works, _ = wide()
    second = pd.DataFrame([("p1", "w2", "lab", 10), ("p1", "x", None, 40)], columns=works.columns)
    works = pd.concat([works, second], ignore_index=True)
    listed = pd.DataFrame([("c1", "w0"), ("c1", "w1")], columns=["campaign_id", "workload_id"])
    found = case(works, {"c1": "w0 w1 w2 w3"}, {"c1": ACCUSED}, listed=listed)
    result = compare(found)
    assert (result.exchange_precision, result.exchange_recall) == (1.0, 1.0)
    assert result.named_share == pytest.approx(20 / 50)


def test_compare__says_how_much_of_what_is_accused_is_known_by_work() -> None:
    works, attribution = wide()
    found = case(works, {"c1": "w0 w1 w2 w3"}, {"c1": ACCUSED})
    result = compare(Case(found.known, works, found.guilty, found.held, found.seen, attribution))
    assert result.named_share == pytest.approx(1 / 2)
    assert "50.0%" in result.text()


def test_attribute__where_the_truth_does_not_know_a_work_the_accounts_own_share_stands_for_it() -> None:
    # The site keeps no templates: all is one work, and the truth names others.
    truth = pool()
    works = truth.assign(workload_id="-+-")
    known = case(works, {"c1": "-+-"}, {"c1": ACCUSED}, truth=truth)
    result = compare(known)
    assert (result.exchange_precision, result.exchange_recall) == (pytest.approx(2 / 3), pytest.approx(1.0))
    assert result.named_share == 0.0


def untemplated(seen: dict[str, int]) -> Evaluation:
    """Of an account with fifty exchanges of a lab, under a template, and fifty honest ones under none."""
    rows = [("a", "t+-", "lab", 50), ("a", "-+-", None, 50)]
    truth = pd.DataFrame(rows, columns=["account_id", "workload_id", "campaign", "exchange_count"])
    works = pd.DataFrame([("a", work, "lab", count) for work, count in seen.items()], columns=truth.columns)
    return compare(case(works, {}, {}, truth=truth, held=nobody_held()))


def nobody_held() -> pd.DataFrame:
    kinds = {"campaign_id": str, "account_id": str, "role": str, "exchange_count": int, "exchange_share": float,
             "rank": int, "verdict": str}  # fmt: skip
    return pd.DataFrame(columns=list(kinds)).astype(kinds)


@pytest.mark.parametrize(
    ("seen", "campaigns", "recall"),
    [
        ({"-+-": 100}, 1, 0.0),  # the lab's work stands under the id of the honest one, and is missed
        ({"-+-": 75, "t+-": 25}, 1, 0.0),
        ({"-+-": 50}, 0, 1.0),  # the lab has not begun: what is there is all honest
        ({"-+-": 20}, 0, 1.0),
    ],
)
def test_attribute__a_labs_work_under_an_honest_works_id_does_not_disappear(
    seen: dict[str, int], campaigns: int, recall: float
) -> None:
    result = untemplated(seen)
    assert (result.campaigns_total, result.account_recall) == (campaigns, recall)


def test_guilty_shares__are_of_all_that_a_candidate_holds() -> None:
    attribution = case(pool(), {"c1": "a h", "c2": "h"}, {"c1": ACCUSED, "c2": WATCHED}).attribution
    assert attribution is not None
    # Other members of the second, who serve nobody, are not among the rows.
    assert attribution.guilty_shares({"c1": COUNT * 40, "c2": COUNT * 30}) == {"c1": pytest.approx(0.5), "c2": 0.0}


def test_tenancy__of_two_labs_in_one_accused_candidate() -> None:
    merged = case(pool(), {"c1": "a b"}, {"c1": ACCUSED}).attribution
    apart = case(pool(), {"c1": "a", "c2": "b"}, {"c1": ACCUSED, "c2": ACCUSED}).attribution
    assert merged is not None and apart is not None
    assert (merged.tenancy().recall, merged.tenancy().precision) == (1.0, pytest.approx(0.5, abs=0.01))
    assert (apart.tenancy().recall, apart.tenancy().precision, apart.tenancy().rand) == (1.0, 1.0, 1.0)


def test_tenancy__a_lab_that_is_not_accused_is_no_better_than_one_in_fragments() -> None:
    nobody = case(pool(), {"c1": "a"}, {"c1": WATCHED}).attribution
    one = case(pool(), {"c1": "a"}, {"c1": ACCUSED}).attribution
    assert nobody is not None and one is not None
    assert (nobody.tenancy().rand, nobody.tenancy().precision, nobody.tenancy().recall) == (0.0, 1.0, 0.0)
    assert (one.tenancy().precision, one.tenancy().recall) == (1.0, 0.5)
    assert 0 < one.tenancy().rand < 1


def test_tenancy__is_whole_where_there_is_no_lab() -> None:
    honest = case(pool().assign(campaign=None), {"c1": "a"}, {"c1": ACCUSED}).attribution
    assert honest is not None
    assert (honest.tenancy().rand, honest.tenancy().precision, honest.tenancy().recall) == (1.0, 1.0, 1.0)


def test_tenancy__a_work_that_an_accused_candidate_holds_less_than_half_of_is_missed() -> None:
    _, attribution = wide()
    held = attribution.held.assign(share=lambda rows: rows["share"].where(rows["workload_id"] != "w0", 0.4))
    # The lab's w1, w2 and w3 lie together: three of its six pairs.
    assert replace(attribution, held=held).tenancy().recall == pytest.approx(3 / 6)
