"""Comparing a run with the truth, on frames small enough to count by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.errors import ConfigError, ContractError
from revenuer.evaluation.evaluate import evaluate
from revenuer.evaluation.trial import _leaked_share
from revenuer.evaluation.truth import Truth, read_truth

TRUTH = "account_id string, campaign string, decoy string"
MEMBERS = "campaign_id string, account_id string, role string, exchange_count bigint, exchange_share double"
CAMPAIGNS = "campaign_id string, rank int, verdict string"


@pytest.fixture
def frames(spark: SparkSession) -> dict[str, DataFrame]:
    """Four accounts of one campaign, two of another; one is missed, one honest recipe user is accused."""
    truth = [*((f"a{k}", "ring", None) for k in range(4)), ("b0", "small", None), ("b1", "small", None)]
    truth += [("r0", None, "recipe"), ("r1", None, "recipe"), ("v0", None, "vendor"), ("h0", None, None)]
    members = [
        ("c1", "a0", "member", 100, 1.0),
        ("c1", "a1", "member", 100, 1.0),
        ("c1", "a2", "member", 50, 0.5),
        ("c1", "a3", "suspected", 100, 1.0),
        ("c1", "r0", "member", 30, 1.0),
        ("c2", "b0", "member", 10, 1.0),
        ("c2", "v0", "member", 10, 1.0),
        ("c3", "r1", "member", 10, 1.0),
    ]
    campaigns = [("c1", 1, "campaign"), ("c2", 2, "watch"), ("c3", 3, "cleared")]
    return {
        "truth": spark.createDataFrame(truth, TRUTH),
        "members": spark.createDataFrame(members, MEMBERS),
        "campaigns": spark.createDataFrame(campaigns, CAMPAIGNS),
    }


def test_evaluate__counts_only_members_of_campaign_verdicts_as_accused(frames: dict[str, DataFrame]) -> None:
    result = evaluate(**frames)
    assert result.accused_count == 4
    assert result.account_precision == pytest.approx(3 / 4)
    assert result.account_recall == pytest.approx(3 / 6)
    assert result.suspected_recall == pytest.approx(4 / 6)
    assert result.noticed_recall == pytest.approx(4 / 6)


def test_evaluate__names_accused_and_watched_look_alikes(frames: dict[str, DataFrame]) -> None:
    result = evaluate(**frames).to_dict()
    assert result["decoys_accused"] == 1
    assert result["decoys_accused_accounts"] == {"recipe": 1}
    assert result["decoys_watched_accounts"] == {"vendor": 1}
    assert result["honest_absorbed_count"] == 2


def test_evaluate__matches_each_true_campaign_with_its_best_candidate(frames: dict[str, DataFrame]) -> None:
    by_name = {m.campaign: m for m in evaluate(**frames).matches}
    assert (by_name["ring"].campaign_id, by_name["ring"].rank, by_name["ring"].is_found) == ("c1", 1, True)
    assert by_name["ring"].precision == pytest.approx(3 / 4)
    assert (by_name["small"].campaign_id, by_name["small"].verdict, by_name["small"].is_found) == ("c2", "watch", False)
    assert evaluate(**frames).campaigns_found == 1


def test_evaluate__a_campaign_is_found_where_an_accused_candidate_covers_it(spark: SparkSession) -> None:
    # Of four accounts a watched candidate holds all, an accused one three, and the first of the ranking one: too few.
    truth = [(f"a{k}", "ring", None) for k in range(4)]
    held = {"c1": "a0", "c2": "a0 a1 a2", "c3": "a0 a1 a2 a3"}
    members = [(name, account, "member", 1, 1.0) for name, accounts in held.items() for account in accounts.split()]
    campaigns = [("c1", 1, "campaign"), ("c2", 2, "campaign"), ("c3", 3, "watch")]
    frames = (truth, TRUTH), (members, MEMBERS), (campaigns, CAMPAIGNS)
    [match] = evaluate(*(spark.createDataFrame(rows, schema) for rows, schema in frames)).matches
    assert (match.campaign_id, match.rank, match.recall, match.is_found) == ("c2", 2, 0.75, True)


def test_evaluate__a_campaign_is_watched_where_a_watched_candidate_covers_it(spark: SparkSession) -> None:
    # Of four accounts a watched candidate holds three and nobody else; a cleared crowd of nine holds all four.
    truth = [(f"a{k}", "ring", None) for k in range(4)]
    held = {"c1": "a0 a1 a2", "c2": "a0 a1 a2 a3 h0 h1 h2 h3 h4"}
    members = [(name, account, "member", 1, 1.0) for name, accounts in held.items() for account in accounts.split()]
    campaigns = [("c1", 1, "watch"), ("c2", 2, "cleared")]
    frames = (truth, TRUTH), (members, MEMBERS), (campaigns, CAMPAIGNS)
    [match] = evaluate(*(spark.createDataFrame(rows, schema) for rows, schema in frames)).matches
    assert (match.campaign_id, match.verdict, match.is_covered) == ("c1", "watch", True)


def test_evaluate__weighs_by_activity_when_it_is_given(frames: dict[str, DataFrame], spark: SparkSession) -> None:
    rows = [("a0", 100), ("a1", 60), ("a1", 40), ("a2", 100), ("a3", 700)]
    activity = spark.createDataFrame(rows, "account_id string, event_count bigint")
    result = evaluate(**frames, activity=activity)
    assert result.exchange_basis == "activity"
    assert result.exchange_recall == pytest.approx(250 / 1000)
    assert result.exchange_precision == pytest.approx(250 / 280)
    # The second campaign was silent in the window: it cannot be missed.
    assert result.campaigns_total == 1


@pytest.mark.parametrize("named", [("one", "two"), ("one",)], ids=["both named", "the second by its work only"])
def test_evaluate__gives_an_account_in_two_campaigns_its_shares(spark: SparkSession, named: tuple[str, ...]) -> None:
    truth = spark.createDataFrame([("a", name, None) for name in named], TRUTH)
    members = spark.createDataFrame([("c1", "a", "member", 70, 0.7), ("c2", "a", "member", 20, 0.2)], MEMBERS)
    campaigns = spark.createDataFrame([("c1", 1, "campaign"), ("c2", 2, "campaign")], CAMPAIGNS)
    activity = spark.createDataFrame([("a", 100)], "account_id string, event_count bigint")
    workloads = spark.createDataFrame(
        [("a", "one", 70), ("a", "two", 20), ("a", None, 10)],
        "account_id string, campaign string, exchange_count bigint",
    )
    result = evaluate(truth, members, campaigns, activity=activity, workloads=workloads)
    assert result.exchange_recall == result.exchange_precision == pytest.approx(1.0)
    assert result.account_precision == 1.0
    assert result.campaigns_total == 2


def test_evaluate__counts_by_work_where_the_truth_tells_whose_it_is(spark: SparkSession) -> None:
    # One account serves lab A, lab B and an honest product, another one the product only. Lab A and the product on the
    # first account are accused: half of that is right, and lab B is not found, whoever's account it is.
    works = [("a", "wa", "lab A", 40), ("a", "wb", "lab B", 40), ("a", "wh", None, 40), ("h", "wh", None, 60)]
    activity = [(account, work, count // 2) for account, work, _, count in works for _ in ("a day", "another")]
    members = [("c1", "a", "member", 40, 1 / 3), ("c2", "a", "member", 40, 1 / 3), ("c3", "h", "member", 60, 1.0)]
    campaigns = [("c1", 1, "campaign", ["wa"]), ("c2", 2, "campaign", ["wh"]), ("c3", 3, "cleared", ["wh"])]
    result = evaluate(
        spark.createDataFrame([("a", "lab A", None), ("h", None, "product")], TRUTH),
        spark.createDataFrame(members, MEMBERS),
        spark.createDataFrame(campaigns, f"{CAMPAIGNS}, workload_ids array<string>"),
        activity=spark.createDataFrame(activity, "account_id string, workload_id string, event_count bigint"),
        workloads=spark.createDataFrame(works, "account_id string, workload_id string, campaign string,"
                                        " exchange_count bigint"),
    )  # fmt: skip
    assert (result.exchange_basis, result.named_share) == ("work", 1.0)
    assert (result.exchange_precision, result.exchange_recall) == (pytest.approx(40 / 80), pytest.approx(40 / 80))
    assert result.mixed_honest_exchange_count == pytest.approx(40)
    assert {match.campaign: match.is_found for match in result.matches} == {"lab A": True, "lab B": False}


@pytest.mark.parametrize(("is_kept", "precision"), [(True, 1.0), (False, 0.5)])
def test_evaluate__knows_a_labs_work_on_a_site_that_keeps_no_templates(
    spark: SparkSession, is_kept: bool, precision: float
) -> None:
    # In half of the window the account has done half of both of its works, as many exchanges as the truth says of the
    # honest one alone. Without templates both are one work, of which half is the lab's.
    activity = [("a", "t+-" if is_kept else "-+-", 25), ("a", "-+-", 25), ("h", "-+-", 10)]
    works = [("a", "t+-", "lab", 50), ("a", "-+-", None, 50), ("h", "-+-", None, 20)]
    accused = 25 if is_kept else 50
    result = evaluate(
        spark.createDataFrame([("a", "lab", None), ("h", None, None)], TRUTH),
        spark.createDataFrame([("c1", "a", "member", accused, 1.0)], MEMBERS),
        spark.createDataFrame([("c1", 1, "campaign", ["t+-" if is_kept else "-+-"])],
                              f"{CAMPAIGNS}, workload_ids array<string>"),
        activity=spark.createDataFrame(activity, "account_id string, workload_id string, event_count bigint"),
        workloads=spark.createDataFrame(works, "account_id string, workload_id string, campaign string,"
                                        " exchange_count bigint"),
    )  # fmt: skip
    assert (result.campaigns_total, result.exchange_basis) == (1, "work")
    assert (result.exchange_precision, result.exchange_recall) == (pytest.approx(precision), pytest.approx(1.0))


@pytest.mark.parametrize("has_works", [True, False])
def test_evaluate__who_was_silent_in_a_window_in_which_others_were_not_cannot_be_missed(
    spark: SparkSession, has_works: bool
) -> None:
    works = spark.createDataFrame([("a", "t+-", "lab", 50)], "account_id string, workload_id string, campaign string,"
                                  " exchange_count bigint")  # fmt: skip
    activity = spark.createDataFrame([("h", "t+-", 10)], "account_id string, workload_id string, event_count bigint")
    result = evaluate(
        spark.createDataFrame([("a", "lab", None, 50)], f"{TRUTH}, exchange_count bigint"),
        spark.createDataFrame([], MEMBERS),
        spark.createDataFrame([], f"{CAMPAIGNS}, workload_ids array<string>"),
        activity=activity,
        workloads=works if has_works else None,
    )
    assert (result.campaigns_total, result.exchange_basis) == (0, "work" if has_works else "activity")


def test_evaluate__is_vacuously_right_when_nothing_is_there(spark: SparkSession) -> None:
    truth = spark.createDataFrame([("h0", None, "recipe")], TRUTH)
    result = evaluate(truth, spark.createDataFrame([], MEMBERS), spark.createDataFrame([], CAMPAIGNS))
    assert (result.account_precision, result.account_recall, result.exchange_recall) == (1.0, 1.0, 1.0)
    assert (result.decoys_accused, result.campaigns_found, result.matches) == (0, 0, ())


def test_evaluate__counts_accounts_the_truth_does_not_know_as_honest(spark: SparkSession) -> None:
    truth = spark.createDataFrame([("a0", "ring", None)], TRUTH)
    members = spark.createDataFrame([("c1", "a0", "member", 5, 1.0), ("c1", "x9", "member", 5, 1.0)], MEMBERS)
    result = evaluate(truth, members, spark.createDataFrame([("c1", 1, "campaign")], CAMPAIGNS))
    assert (result.unknown_count, result.account_precision) == (1, 0.5)


def test_evaluation__text_names_what_a_person_looks_for(frames: dict[str, DataFrame]) -> None:
    text = evaluate(**frames).text()
    for words in ("0.750 / 0.500", "recipe (1)", "vendor (1)", "ring", "1 of 2"):
        assert words in text


def test_read_truth__reads_csv_with_empty_fields_as_null(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,campaign,decoy\na0,ring,\nh0,,recipe\nh1,,\n")
    rows: list[Any] = [tuple(r) for r in read_truth(spark, path).orderBy("account_id").collect()]
    assert rows == [("a0", "ring", None), ("h0", None, "recipe"), ("h1", None, None)]


def test_truth__account_ids_that_are_numbers_are_text_as_in_the_lake(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(2).selectExpr("id as account_id", "'ring' as campaign", "cast(null as string) as decoy").write.parquet(
        str(tmp_path / "truth.parquet")
    )
    spark.range(2).selectExpr("id as account_id", "'ring' as campaign", "5 as exchange_count").write.parquet(
        str(tmp_path / "truth_workload.parquet")
    )
    truth = Truth.read(spark, tmp_path / "truth.parquet")
    assert truth.workloads is not None
    assert sorted(truth.known["account_id"]) == sorted(truth.workloads["account_id"]) == ["0", "1"]


@pytest.mark.parametrize("by_work", [False, True], ids=["by account", "by work"])
def test_truth__a_blank_campaign_is_none(spark: SparkSession, tmp_path: Path, by_work: bool) -> None:
    named = "case id when 0 then ' ring ' when 1 then '' else '  ' end as campaign"
    spark.range(3).selectExpr("id as account_id", named, "cast(null as string) as decoy").write.parquet(
        str(tmp_path / "truth.parquet")
    )
    spark.range(3).selectExpr("id as account_id", "'t+-' as workload", named, "5 as exchange_count").write.parquet(
        str(tmp_path / "truth_workload.parquet")
    )

    def with_ids(frame: DataFrame) -> DataFrame:
        return frame.withColumnRenamed("prompt_template_id", "workload_id")

    truth = Truth.read(spark, tmp_path / "truth.parquet", with_ids=with_ids if by_work else None)
    assert truth.workloads is not None
    assert list(truth.workloads["campaign"].dropna()) == ["ring"]
    assert truth.shares().to_dict("records") == [{"account_id": "0", "campaign": "ring", "share": 1.0}]


@pytest.mark.parametrize(
    ("works", "leaked"),
    [
        # A shared pool of ten exchanges a day, and an account that works for the lab alone from the third day on: by
        # the second the lab has taken 2 of 2 + 2 + 20.
        ([("a", "lab", 4), ("a", None, 36), ("b", "lab", 20)], 2 / 24),
        ([("a", None, 40), ("b", None, 20)], 0.0),  # an honest world
    ],
)
def test_leaked_share__is_of_what_accounts_did_for_campaigns(
    spark: SparkSession, works: list[tuple[str, str | None, int]], leaked: float
) -> None:
    days = [("a", day, 10) for day in (1, 2, 3, 4)] + [("b", day, 10) for day in (3, 4)]
    activity = spark.createDataFrame(
        [(account, date(2026, 3, day), count) for account, day, count in days],
        "account_id string, usage_date date, event_count bigint",
    )
    workloads = pd.DataFrame(works, columns=["account_id", "campaign", "exchange_count"])
    known = workloads[["account_id", "campaign"]].assign(decoy=None)
    shares = Truth(known, workloads).shares()
    assert _leaked_share(activity, shares, date(2026, 3, 2)) == pytest.approx(leaked)


def test_read_truth__lists_missing_columns(spark: SparkSession, tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("account_id,label\na0,ring\n")
    with pytest.raises(ContractError, match="column campaign: missing") as error:
        read_truth(spark, path)
    assert "decoy" in str(error.value)


def test_read_truth__names_a_file_that_is_not_there(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        read_truth(spark, tmp_path / "nowhere.parquet")
