"""Rank: works of a convicted kit that are done in pools as well."""

from __future__ import annotations

from collections.abc import Iterable

from activity_rows import work
from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.rank.kit_pools import in_kits, same_kit

# candidate: source, verdict, and who does which works.
Held = dict[str, tuple[str, str, Iterable[str], str]]
KIT: Held = {"kit:cohort:t:1": ("cohort", "campaign", "abcdefgh", "1234")}


def frames(spark: SparkSession, held: Held) -> tuple[DataFrame, DataFrame]:
    """Assignments and scores."""
    rows = [
        (name, source, None if source == "cohort" else "p", account, f"{template}+-", False)
        for name, (source, _, accounts, templates) in held.items()
        for account in accounts
        for template in templates
    ]
    assigned = spark.createDataFrame(
        rows,
        "candidate_id string, source string, pool_id string, account_id string, workload_id string, is_own boolean",
    )
    scored = spark.createDataFrame(
        [(name, source, verdict) for name, (source, verdict, _, _) in held.items()],
        "candidate_id string, source string, verdict string",
    )
    return assigned, scored


def told(
    spark: SparkSession, held: Held, *others: tuple[str, str], known: tuple[str, ...] = (), confirmed: str = ""
) -> set[tuple[str, str]]:
    """Tenants and kits that go together.

    Args:
        spark: Session.
        held: The candidates.
        others: Who does works in no candidate.
        known: Candidates that were called benign, or whose owner is known.
        confirmed: A candidate that an analyst confirmed.
    """
    assigned, scored = frames(spark, held)
    done = [(row["account_id"], row["workload_id"]) for row in assigned.collect()]
    doubtful = scored.where(~scored.candidate_id.isin(*known)) if known else scored
    undecided = doubtful.where(doubtful.candidate_id != confirmed)
    found = same_kit(assigned, undecided, doubtful.select("candidate_id"), work(spark, *done, *others))
    return set() if found is None else {tuple(row) for row in found.collect()}


def test_same_kit__a_pools_tenants_that_do_its_works_are_its(spark: SparkSession) -> None:
    # One work each of the same pool's accounts, who do all four; another work of theirs; and accounts that do only one.
    held: Held = {
        **KIT, **{f"pool:p:{n}": ("pool", "cleared", "ijkl", n) for n in "1234"},
        "pool:p:9": ("pool", "watch", "ijkl", "9"), "pool:q:1": ("pool", "watch", "mn", "1"),
    }  # fmt: skip
    assert told(spark, held) == {(f"pool:p:{n}", "kit:cohort:t:1") for n in "1234"}


def test_same_kit__convicted_tenants_and_kits_that_are_not_are_left_alone(spark: SparkSession) -> None:
    convicted: Held = {**KIT, "pool:p:1": ("pool", "campaign", "ijkl", "1234")}
    assert told(spark, convicted) == set()
    watched: Held = {
        "kit:cohort:t:1": ("cohort", "watch", "abcdefgh", "1234"),
        "pool:p:1": ("pool", "watch", "ij", "1234"),
    }
    assert told(spark, watched) == set()


def test_same_kit__works_that_others_do_are_nobodys_kit(spark: SparkSession) -> None:
    # Five others do each of the works: eight of thirteen are the kit's.
    held: Held = {**KIT, "pool:p:1": ("pool", "cleared", "ijkl", "1234")}
    others = [(account, f"{n}+-") for account in "vwxyz" for n in "1234"]
    assert told(spark, held, *others) == set()
    assert told(spark, held, *others[4:]) == {("pool:p:1", "kit:cohort:t:1")}


def test_same_kit__who_does_one_of_its_works_is_not_brought_by_who_does_all(spark: SparkSession) -> None:
    # Two of the tenant's six accounts do all four works, which is most of its exchanges but not of its accounts.
    held: Held = {**KIT, "pool:p:1": ("pool", "cleared", "ij", "1234"), "pool:p:5": ("pool", "watch", "ij", "1")}
    assert told(spark, held) == {("pool:p:1", "kit:cohort:t:1"), ("pool:p:5", "kit:cohort:t:1")}
    held["pool:p:5"] = ("pool", "watch", "ijklmn", "1")
    assert told(spark, held) == {("pool:p:1", "kit:cohort:t:1")}


def test_same_kit__a_labs_convicted_tenants_are_not_anybody_else(spark: SparkSession) -> None:
    held: Held = {
        **KIT, "pool:p:1": ("pool", "cleared", "ijkl", "1234"), "pool:q:1": ("pool", "campaign", "vwxyz", "1234"),
    }  # fmt: skip
    assert told(spark, held) == {("pool:p:1", "kit:cohort:t:1")}


def test_same_kit__whose_owner_is_known_is_somebody_else(spark: SparkSession) -> None:
    # Eight of the 13 accounts that do the works are the kit's, once the firm's five count: more than its one party. A
    # confirmed lab is nobody else.
    held: Held = {
        **KIT, "pool:p:1": ("pool", "cleared", "ijkl", "1234"),
        "pool:q:1": ("pool", "cleared", [f"firm/{n}" for n in range(5)], "1234"),
    }  # fmt: skip
    assert told(spark, held, known=("pool:q:1",)) == set()
    assert told(spark, held, confirmed="pool:q:1") == {("pool:p:1", "kit:cohort:t:1")}


def test_same_kit__a_tenant_that_does_mostly_something_else_is_not_its(spark: SparkSession) -> None:
    # A tool set joins the works; three of eight exchanges are of the kit's kind.
    held: Held = {**KIT, "pool:p:1": ("pool", "cleared", "ijkl", "12356789")}
    assert told(spark, held) == set()


def test_in_kits__a_tenant_counts_as_work_outside_pools(spark: SparkSession) -> None:
    held: Held = {**KIT, "pool:p:1": ("pool", "cleared", "i", "12"), "pool:p:2": ("pool", "watch", "i", "9")}
    assigned, _ = frames(spark, held)
    groups = spark.createDataFrame([("pool:p:1", "kit:cohort:t:1")], "candidate_id string, merged_id string")
    rows = {tuple(row) for row in in_kits(assigned, groups).collect()}
    assert {row[0] for row in rows} == {"kit:cohort:t:1"}
    assert {(row[3], row[4]) for row in rows if row[3] == "i"} == {("i", "1+-"), ("i", "2+-")}
    assert {row[1:3] + row[5:] for row in rows} == {("cohort", None, True)}
