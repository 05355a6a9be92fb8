"""Rank: a decision is about the accounts and works that an analyst saw, and about nobody who joins them later."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from published_rows import candidates, decisions, history
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.stages.rank import identity
from revenuer.stages.rank.companions import doubted
from revenuer.stages.rank.lineage import lineage
from revenuer.stages.rank.precedents import Precedents, bearing, precedents

DAY = date(2026, 3, 9)
OTHER_WORK = "for other work on these accounts, which says nothing of this"


def told(spark: SparkSession, *rows: tuple[str, str, str], days: dict[str, Any] | None) -> Precedents:
    known = precedents(decisions(spark, DAY, *rows), None if days is None else history(spark, days))
    assert known is not None
    return known


def works_of(described: DataFrame) -> DataFrame:
    return described.selectExpr("candidate_id", "explode(workload_ids) as workload_id")


def test_precedents__are_what_was_published_before_the_day_of_the_decision(spark: SparkSession) -> None:
    known = told(
        spark,
        ("grown", "confirmed", "2026-03-05 10:00:00"),
        ("backdated", "confirmed", "2026-03-05 10:00:00"),
        ("never", "confirmed", "2026-03-05 10:00:00"),
        days={
            # b was suspected on one of two days, c on the only one; what was not decided on is not read.
            "2026-03-03": {"grown": ("ab", "x"), "other": ("z", "x")},
            "2026-03-04": {"grown": ("aBC", "x")},
            # The ranking of the day itself is made once the day is over: the analyst cannot have seen it.
            "2026-03-05": {"grown": ("abcd", "x")},
            # Published later only: he must have seen its first date.
            "2026-03-06": {"backdated": ("e", "x")},
            "2026-03-07": {"backdated": ("ef", "x")},
        },
    )
    assert {tuple(row) for row in known.accounts.collect()} == {
        ("grown", "a", True), ("grown", "b", True), ("grown", "c", False), ("backdated", "e", True),
    }  # fmt: skip
    assert {row["decided_id"]: str(row["until_date"]) for row in known.campaigns.collect()} == {
        "grown": "2026-03-04", "backdated": "2026-03-06", "never": "None",
    }  # fmt: skip


def test_precedents__without_a_decision_about_a_campaign_are_none(spark: SparkSession) -> None:
    made = decisions(spark, DAY, ("a", "benign", "2026-03-05 10:00:00")).withColumn("subject_kind", expr("'account'"))
    assert precedents(made, None) is None


def named(
    spark: SparkSession, day: date, today: dict[str, Any], days: dict[str, Any], *rows: tuple[str, str, str]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """A day's candidates by the job's name for them, with ids and decisions, and the day's lineage by campaign."""
    described, members = candidates(spark, today)
    past = history(spark, days)
    known = precedents(decisions(spark, day, *rows), past)
    assert known is not None
    roster = identity.roster(past, known.campaigns)
    nodes = members.where("false").selectExpr("candidate_id", "0L as node")
    matches = identity.match(described, members, nodes, roster, 0.5)
    ids = identity.name_candidates(described, matches, day).localCheckpoint()
    told = lineage(ids, described.select("candidate_id", "account_count"), matches, roster.campaigns, day)
    found = bearing(described.join(ids, "candidate_id"), members, works_of(described), known)
    return (
        {row["candidate_id"]: row.asDict() for row in found.collect()},
        {row["campaign_id"]: row.asDict() for row in told.collect()},
    )


def test_decision__about_one_work_of_a_pool_goes_to_no_other_on_any_later_day(spark: SparkSession) -> None:
    confirmed = ("lab", "confirmed", "2026-03-05 10:00:00")
    days = {
        "2026-03-04": {"lab": ("abcdef", "x")},
        # A day without labels on the work, which is no other work.
        "2026-03-07": {"lab": ("abcdef", "")},
    }
    said = f"; confirmed by kim on 2026-03-05 {OTHER_WORK}"
    found, told = named(spark, date(2026, 3, 8), {"honest": ("abcdef", "y")}, days, confirmed)
    first = found["honest"]
    assert (first["is_minted"], first["holds"], first["decided_id"], first["mention"]) == (True, False, None, said)
    event = told[first["campaign_id"]]
    assert (event["lineage_event"], event["related_campaign_id"]) == ("split", "lab")
    assert event["reason"].startswith("work of its own on accounts of lab, which an analyst decided on: 6 accounts in")
    # It goes on nowhere.
    assert told["lab"]["lineage_event"] == "retire"
    # The next day the other work is what was published last, and the lab is back beside it.
    days["2026-03-08"] = {first["campaign_id"]: ("abcdef", "y")}
    today = {"honest": ("abcdef", "y"), "back": ("abcdef", "x")}
    found, told = named(spark, date(2026, 3, 9), today, days, confirmed)
    second = found["honest"]
    assert (second["campaign_id"], second["holds"], second["mention"]) == (first["campaign_id"], False, said)
    assert (found["back"]["campaign_id"], found["back"]["holds"]) == ("lab", True)
    assert told["lab"]["lineage_event"] == "return"


def test_bearing__a_clearing_follows_the_accounts_under_other_ids(spark: SparkSession) -> None:
    days = {
        "2026-03-04": {"shop": ("abcdefghyz", "x"), "firm": ("tu", "x"), "beside": ("op", "x")},
        "2026-03-06": {"ring": ("yz", "x")},
        "2026-03-08": {"cut": ("efg", "x")},
    }
    known = told(
        spark,
        ("shop", "benign", "2026-03-05 10:00:00"),
        ("firm", "benign", "2026-03-05 10:00:00"),
        ("ring", "confirmed", "2026-03-07 10:00:00"),
        days=days,
    )
    of_shop = "accounts had been in shop, benign by kim on 2026-03-05"
    of_ring = "accounts had been in ring, confirmed by kim on 2026-03-07"
    # Today's campaigns: accounts, works; the decision that holds for them, and what is said of others.
    today = {
        "shop": ("abcd", "x", "shop", ""),
        # Cut off the day before, and today; half of the accounts are enough.
        "cut": ("efg", "x", "shop", ""),
        "new": ("hm", "x", "shop", ""),
        # Half of the shop went into something larger.
        "larger": ("abcdeklmnopqrs", "x", None, f"; 5 of its 14 {of_shop}"),
        # Less than half of either is not worth a word.
        "few": ("abmnopqr", "x", None, ""),
        "other": ("gh", "v", None, f"; benign by kim on 2026-03-05 {OTHER_WORK}"),
        # The analyst saw it beside the shop, and cleared the shop.
        "beside": ("opab", "x", None, f"; 2 of its 4 {of_shop}"),
        # Confirmed since, as a part of another campaign; the latest decision is told.
        "late": ("yz", "x", None, f"; 2 of its 2 {of_ring}"),
        # Its own decision stands, and what came to it is told.
        "firm": ("tuyz", "x", "firm", f"; 2 of its 4 {of_ring}"),
    }  # fmt: skip
    described, members = candidates(spark, {name: row[:2] for name, row in today.items()})
    judged = described.selectExpr("*", "candidate_id as campaign_id", "candidate_id = 'new' as is_minted")
    found = {row["candidate_id"]: row.asDict() for row in bearing(judged, members, works_of(judged), known).collect()}
    assert {name: (row["decided_id"], row["mention"]) for name, row in found.items()} == {
        name: row[2:] for name, row in today.items()
    }
    assert {name for name, row in found.items() if row["holds"]} == {"shop", "cut", "new", "firm"}


@pytest.mark.parametrize(
    "count, work, holds",
    [
        # A campaign names 64 works, the first ones by name. What comes after them may have been cleared as well; what
        # comes before them was not. And nobody is accused for what a list leaves out.
        (64, "\uffee", {"part": "shop"}),
        (64, "z", {}),
        (63, "\uffee", {}),
    ],
)
def test_bearing__works_that_a_long_list_leaves_out_may_have_been_cleared(
    spark: SparkSession, count: int, work: str, holds: dict[str, str]
) -> None:
    works = "".join(chr(0x4E00 + number) for number in range(count))
    # The list of one day was short.
    days = {
        "2026-03-03": {"shop": ("abcd", works[:2])},
        "2026-03-04": {"shop": ("abcd", works), "ring": ("uvwx", works)},
    }
    made = ("shop", "benign", "2026-03-05 10:00:00"), ("ring", "confirmed", "2026-03-05 10:00:00")
    described, members = candidates(spark, {"part": ("ab", work), "ring": ("uvw", work)})
    judged = described.selectExpr("*", "candidate_id as campaign_id", "false as is_minted")
    found = bearing(judged, members, works_of(judged), told(spark, *made, days=days)).where("holds").collect()
    assert {row["candidate_id"]: row["decided_id"] for row in found} == holds


@pytest.mark.parametrize(
    "before, now, holds",
    [
        (["t+s1"], ["t+s2"], True),  # the same template with other tools
        (["-+s1"], ["-+s1"], True),
        (["-+s1"], ["-+s2"], False),
        (["-+-"], ["-+-"], True),  # nothing is known of what it does, then and now
        (["-+-"], ["t+s1"], False),  # nor was it then: it may be anybody's who came to these accounts
        (["t+s1"], ["-+-"], True),  # a day without labels is no other work
    ],
)
def test_bearing__a_confirmation_is_about_what_was_seen_to_be_done(
    spark: SparkSession, before: list[str], now: list[str], holds: bool
) -> None:
    made = told(spark, ("ring", "confirmed", "2026-03-05 10:00:00"), days={"2026-03-04": {"ring": ("abcd", before)}})
    described, members = candidates(spark, {"ring": ("abc", now)})
    judged = described.selectExpr("*", "candidate_id as campaign_id", "false as is_minted")
    (row,) = bearing(judged, members, works_of(judged), made).collect()
    assert row["holds"] == holds


# Today's candidates by campaign: accounts, works, and the job's own verdict.
TODAY = {
    # Two of four accounts were seen: half of them is enough.
    "half": ("abcd", "x", "cleared"),
    # Two of five.
    "minority": ("abcde", "x", "watch"),
    # All accounts are others, as after a ban.
    "replaced": ("uvw", "x", "campaign"),
    # What it did by then is over; another's work has come to its accounts since, and kept the id.
    "drifted": ("ab", "y", "watch"),
    # The job by itself accuses this one; c and d joined.
    "accused": ("abcd", "x", "campaign"),
    # A cleared one stays so whoever joins: new kinds of evidence bring it back.
    "cleared": ("abcde", "x", "campaign"),
    # Nobody decided.
    "open": ("abcde", "x", "watch"),
}


@pytest.fixture(scope="module")
def weighed(spark: SparkSession) -> tuple[DataFrame, DataFrame, Precedents]:
    described, members = candidates(spark, {name: row[:2] for name, row in TODAY.items()})
    known = told(
        spark,
        *(
            (name, "benign" if name == "cleared" else "confirmed", "2026-03-05 10:00:00")
            for name in TODAY
            if name != "open"
        ),
        days={
            "2026-03-04": dict.fromkeys(TODAY, ("aB", "x")),
            # What stood under the id on the days after says nothing.
            "2026-03-08": {name: (row[0], "x") for name, row in TODAY.items()},
        },
    )
    verdicts = ", ".join(f"'{name}', '{row[2]}'" for name, row in TODAY.items())
    judged = described.selectExpr(
        "*", "candidate_id as campaign_id", "false as is_minted", f"map({verdicts})[candidate_id] as verdict"
    )
    return bearing(judged, members, works_of(judged), known).localCheckpoint(), members, known


def test_bearing__a_confirmation_holds_for_those_it_was_made_about(
    weighed: tuple[DataFrame, DataFrame, Precedents],
) -> None:
    found = {row["candidate_id"]: (row["holds"], row["known_count"]) for row in weighed[0].collect()}
    assert found == {
        "half": (True, 2), "minority": (False, 2), "replaced": (False, 0), "drifted": (False, 2), "accused": (True, 2),
        "cleared": (True, 2), "open": (False, None),
    }  # fmt: skip


def test_bearing__a_date_that_is_made_again_is_what_the_analyst_saw(spark: SparkSession) -> None:
    described, members = candidates(spark, {"again": ("ab", "x")})
    known = told(spark, ("again", "confirmed", "2026-03-09 10:00:00"), days=None)
    judged = described.selectExpr("*", "candidate_id as campaign_id", "true as is_minted", "'watch' as verdict")
    found = bearing(judged, members, works_of(judged), known)
    assert [(row["holds"], row["known_count"]) for row in found.collect()] == [(True, 0)]
    # Nothing says who of them would have joined since.
    assert doubted(None, found, members, known).isEmpty()


def test_doubted__who_joined_a_confirmed_campaign_that_the_job_does_not_accuse(
    spark: SparkSession, weighed: tuple[DataFrame, DataFrame, Precedents]
) -> None:
    judged, members, known = weighed
    late = "; it had not been published with the campaign when kim confirmed that on 2026-03-05, and the job by itself"
    found = {tuple(row) for row in doubted(None, judged, members, known).collect()}
    assert found == {("half", name, f"{late} does not accuse it") for name in "cd"}
    suspects = spark.createDataFrame(
        [
            # Members of a confirmed campaign at the time; b was only suspected, but of this one.
            ("accused", "a"), ("accused", "b"), ("open", "a"),
            # b was suspected only, d joined later: whether or not the job accuses the campaign, they stay suspects.
            ("open", "b"), ("accused", "d"), ("half", "d"),
            # Nobody is vouched for by what does not hold.
            ("minority", "b"),
        ],
        "candidate_id string, account_id string",
    ).withColumn("doubt", expr("'little'"))  # fmt: skip
    rows = doubted(suspects, judged, members, known).collect()
    assert {(row["candidate_id"], row["account_id"], row["doubt"][:6]) for row in rows} == {
        ("open", "b", "little"), ("accused", "d", "little"), ("half", "d", "little"), ("minority", "b", "little"),
        ("half", "c", "; it h"),
    }  # fmt: skip
