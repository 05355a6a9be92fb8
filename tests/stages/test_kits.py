"""Kits: works outside pools that the same parties use are judged together."""

from __future__ import annotations

import pytest
from activity_rows import work
from pyspark.sql import SparkSession

from revenuer.components import connected_components
from revenuer.stages.rank import candidates
from revenuer.stages.rank import kits as kits_module
from revenuer.stages.rank.joining import of_convicted_parts, standing, without_watched
from revenuer.stages.rank.kits import Kits, kits, superseded

SETTINGS = {"min_candidate_parties": 8}
Row = tuple[str, str]
# 24 accounts of a careful operator, who uses two of three templates on each; a crowd makes the three rare.
LAB = [(f"a{n:02}", f"t{k}+-") for n in range(24) for k in range(3) if k != n % 3]
CROWD = [(f"b{n:03}", "popular+-") for n in range(400)]


def kits_of(spark: SparkSession, *rows: Row) -> Kits | None:
    done = work(spark, *rows)
    nobody = done.where("false").selectExpr("account_id", "workload_id")
    cohorts = candidates.cohorts(done, nobody, SETTINGS)
    return kits(cohorts, done, lambda links: connected_components(links, engine="task"), SETTINGS)


def rows_of(found: Kits | None) -> dict[str, set[Row]]:
    by_id: dict[str, set[Row]] = {}
    for row in [] if found is None else found.rows.collect():
        by_id.setdefault(row["candidate_id"], set()).add((row["account_id"], row["workload_id"]))
    return by_id


def test_kits__are_the_works_of_the_same_parties(spark: SparkSession) -> None:
    # Some of the lab's accounts use the popular product too: it stays apart, since the crowd does.
    customers = [(f"a{n:02}", "popular+-") for n in range(20)]
    found = kits_of(spark, *LAB, *CROWD, *customers)
    assert found is not None
    assert rows_of(found) == {"kit:cohort:t:t0": set(LAB)}
    assert {row["part_id"] for row in found.told.collect()} == {f"cohort:t:t{n}" for n in range(3)}


def test_kits__leave_out_who_does_one_of_the_works_only(spark: SparkSession) -> None:
    # Ten strangers use one of the templates, say a published one, which is not the kit's to tell any more.
    strangers = [(f"c{n}", "t0+-") for n in range(10)]
    found = kits_of(spark, *LAB, *CROWD, *strangers)
    assert found is not None
    assert rows_of(found) == {"kit:cohort:t:t0": set(LAB)}
    assert {row["part_id"] for row in found.told.collect()} == {"cohort:t:t1", "cohort:t:t2"}


def test_kits__leave_out_users_of_a_suite_that_the_operator_uses_a_piece_of(spark: SparkSession) -> None:
    # Eight works on each account of the lab. Users of a public suite do the one that is common, and another.
    lab = [(f"a{n:02}", f"t{k}+-") for n in range(24) for k in range(8)]
    suite = [(f"c{n:02}", f"{work}+-") for n in range(24) for work in ("t0", "suite")]
    assert rows_of(kits_of(spark, *lab, *suite, *CROWD)) == {"kit:cohort:t:suite": set(lab)}


def test_kits__need_three_works(spark: SparkSession) -> None:
    two = [(account, work) for account, work in LAB if work != "t2+-"]
    assert rows_of(kits_of(spark, *two, *CROWD)) == {}


def test_kits__do_not_count_a_template_s_tool_sets_as_works(spark: SparkSession) -> None:
    # Two templates with a tool set in common and two apart.
    tools = [(f"a{n:02}", f"t{k}+s{k}{n % 2}") for n in range(24) for k in range(2)]
    tools += [(f"a{n:02}", f"t{k}+s") for n in range(24) for k in range(2)]
    assert rows_of(kits_of(spark, *tools, *CROWD)) == {}
    # Work that has no template goes by its tool set.
    bare = [(f"a{n:02}", f"-+s{k}") for n in range(24) for k in range(3)]
    assert rows_of(kits_of(spark, *bare, *CROWD)) == {"kit:cohort:s:s0": set(bare)}


def test_kits__count_parties(spark: SparkSession) -> None:
    # Four firms with ten accounts each use the suite; eight strangers each use a third of it.
    firms = [(f"firm{f}/{n}", f"t{k}+-") for f in range(4) for n in range(10) for k in range(3)]
    strangers = [(f"c{k}{n}", f"t{k}+-") for k in range(3) for n in range(8)]
    assert rows_of(kits_of(spark, *firms, *strangers, *CROWD)) == {}


def test_kits__need_more_in_common_than_chance_brings(spark: SparkSession) -> None:
    # Without the crowd the lab's works are all there is: everybody does them.
    assert rows_of(kits_of(spark, *LAB)) == {}


def test_kits__hear_operators_with_hundreds_of_templates(spark: SparkSession) -> None:
    # 130 templates on each of ten accounts: each is a cohort that says nothing, all are one kit.
    lab = [(f"a{n:02}", f"t{k:03}+-") for n in range(10) for k in range(130)]
    assert rows_of(kits_of(spark, *lab, *CROWD)) == {"kit:cohort:t:t000": set(lab)}


@pytest.mark.parametrize(("most_pairs", "told"), [(95, None), (96, "t0 t1 t2"), (1_305, "t0 t1 t2"), (1_306, "A B C")])
def test_kits__hear_those_with_few_works_where_all_would_be_too_many(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, most_pairs: int, told: str | None
) -> None:
    # The lab's 24 accounts with two works each are 96 pairs; ten strangers with eleven, the lab's too, 1,210 more.
    strangers = [(f"c{n}", f"{work}+-") for n in range(10) for work in ("t0", "t1", "t2", *"ABCDEFGH")]
    crowd = [(f"d{n}", "popular+-") for n in range(400)]
    monkeypatch.setattr(kits_module, "_ALWAYS_HEARD", 1)
    monkeypatch.setattr(kits_module, "_MAX_PAIRS", most_pairs)
    found = kits_of(spark, *LAB, *strangers, *CROWD, *crowd)
    parts = {row["part_id"] for row in found.told.collect()} if found else set()
    assert {f"cohort:t:{work}" for work in told.split()} <= parts if told else found is None
    assert ("cohort:t:A" in parts) == (most_pairs >= 1_306)


VERDICTS = {
    # Watched as a whole, its parts cleared: the whole says what its parts cannot.
    "kit:1": "watch", "1a": "cleared", "1b": "cleared",
    # Cleared as a whole: its parts stay.
    "kit:2": "cleared", "2a": "cleared", "2b": "watch",
    # Convicted as a whole; a convicted part goes on, and is joined by its accounts.
    "kit:3": "campaign", "3a": "campaign", "3b": "watch",
    # Watched as a whole, which a convicted part must not be hidden in.
    "kit:4": "watch", "4a": "campaign", "4b": "cleared",
    # An analyst decided on a part: the whole does not inherit that.
    "kit:5": "campaign", "5a": "watch", "5b": "cleared",
    # An analyst decided on something as large as the whole: it goes on.
    "kit:6": "campaign", "6a": "watch", "6b": "cleared",
    # No part is the kit's for the most of what it does.
    "kit:7": "watch", "other": "cleared",
}  # fmt: skip
DECIDED = {"5a", "kit:6", "6a"}


def test_superseded__a_kit_stands_for_parts_that_are_judged_no_harder(spark: SparkSession) -> None:
    told = [(f"kit:{name[0]}", name) for name in VERDICTS if name[0].isdigit()]
    wholes = [(name,) for name in VERDICTS if name.startswith("kit:")]
    found = Kits(
        spark.createDataFrame(wholes, "candidate_id string"),
        spark.createDataFrame(told, "candidate_id string, part_id string"),
    )
    scored = spark.createDataFrame(list(VERDICTS.items()), "candidate_id string, verdict string")
    undecided = scored.where(f"candidate_id not in ({', '.join(map(repr, sorted(DECIDED)))})")
    gone = {row["candidate_id"] for row in superseded(found, scored, undecided).collect()}
    left = {"kit:1", "2a", "2b", "kit:3", "3a", "4a", "4b", "5a", "5b", "kit:6", "kit:7", "other"}
    assert set(VERDICTS) - gone == left


def test_standing__a_join_takes_no_verdict_back(spark: SparkSession) -> None:
    pairs = [("b", "a"), ("d", "c"), ("f", "e")]
    groups = spark.createDataFrame(pairs, "candidate_id string, merged_id string")
    before = [("a", "watch"), ("b", "campaign"), ("c", "campaign"), ("d", "watch"), ("e", "watch"), ("f", "watch")]
    after = [("a", "campaign"), ("c", "watch"), ("e", "watch")]
    made = (spark.createDataFrame(rows, "candidate_id string, verdict string") for rows in (before, after))
    assert [tuple(row) for row in standing(groups, *made).orderBy("merged_id").collect()] == [("b", "a"), ("f", "e")]


def test_of_convicted_parts__one_watched_part_is_enough_to_be_none(spark: SparkSession) -> None:
    groups = spark.createDataFrame([("b", "a"), ("c", "a"), ("e", "d")], "candidate_id string, merged_id string")
    before = [("a", "campaign"), ("b", "campaign"), ("c", "watch"), ("d", "campaign"), ("e", "campaign")]
    scored = spark.createDataFrame(before, "candidate_id string, verdict string")
    assert [tuple(row) for row in of_convicted_parts(groups, scored).collect()] == [("d",)]


def test_without_watched__a_watched_part_keeps_no_convicted_ones_apart(spark: SparkSession) -> None:
    groups = spark.createDataFrame(
        # a is watched, and the whole's name; d-e held; f-g are both convicted and did not hold; h is left alone.
        [("b", "a"), ("c", "a"), ("e", "d"), ("g", "f"), ("i", "h")],
        "candidate_id string, merged_id string",
    )
    watched = {"a", "e", "i"}
    scored = spark.createDataFrame(
        [(name, "watch" if name in watched else "campaign") for name in "abcdefghi"],
        "candidate_id string, verdict string",
    )
    found = without_watched(groups, groups.where("merged_id = 'd'"), scored)
    assert found is not None
    assert [tuple(row) for row in found.collect()] == [("c", "b")]
    assert without_watched(groups, groups, scored) is None
