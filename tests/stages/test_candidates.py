"""Candidates: tenants inside pools and cohorts outside, on frames of a few rows."""

from __future__ import annotations

from datetime import timedelta

from activity_rows import DAY, activity, work
from pyspark.sql import DataFrame, SparkSession

from revenuer.components import connected_components
from revenuer.stages.rank import candidates

Row = tuple[str, str]


def pool(spark: SparkSession, *accounts: str) -> DataFrame:
    return spark.createDataFrame([(account, "p") for account in accounts], "account_id string, pool_id string")


def tenants(made: DataFrame, pools: DataFrame) -> dict[str, set[Row]]:
    found = candidates.tenants(made, pools, lambda links: connected_components(links, engine="task"), 4)
    by_id: dict[str, set[Row]] = {}
    for row in found.collect():
        by_id.setdefault(row["candidate_id"], set()).add((row["account_id"], row["workload_id"]))
    return by_id


def test_tenants__two_labs_on_the_same_accounts_stay_two(spark: SparkSession) -> None:
    accounts = [f"a{n}" for n in range(5)]
    rows = [(a, w) for a in accounts for w in ("t1+s1", "t2+s2")]
    found = tenants(work(spark, *rows), pool(spark, *accounts))
    assert sorted(found.values(), key=sorted) == sorted(
        ({(a, "t1+s1") for a in accounts}, {(a, "t2+s2") for a in accounts}), key=sorted
    )


def test_tenants__a_tool_set_joins_two_templates(spark: SparkSession) -> None:
    accounts = [f"a{n}" for n in range(5)]
    rows = [(a, w) for a in accounts for w in ("t1+s1", "t2+s1")]
    assert list(tenants(work(spark, *rows), pool(spark, *accounts)).values()) == [set(rows)]


def test_tenants__a_popular_template_is_no_work_of_the_pool(spark: SparkSession) -> None:
    accounts = [f"a{n}" for n in range(4)]
    rows = [(a, "own+-") for a in accounts] + [("a0", "popular+-")]
    strangers = [(f"b{n}", "popular+-") for n in range(20)]
    (found,) = tenants(work(spark, *rows, *strangers), pool(spark, *accounts)).values()
    assert found == {(a, "own+-") for a in accounts}


def test_tenants__crumbs_of_work_are_looked_at_together(spark: SparkSession) -> None:
    # 30 accounts with a template each: an operator who varies it. One template is used by all.
    accounts = [f"a{n:02}" for n in range(30)]
    crumbs = {(a, f"t{a}+-") for a in accounts}
    whole = {(a, "all+-") for a in accounts}
    found = tenants(work(spark, *crumbs, *whole), pool(spark, *accounts))
    assert sorted(found.values(), key=sorted) == sorted((crumbs, whole), key=sorted)
    names = spark.createDataFrame([(name,) for name in found], "candidate_id string")
    (small,) = names.where(candidates.IS_SMALL_SQL).collect()
    assert found[small["candidate_id"]] == crumbs


def test_tenants__one_account_with_several_works_is_one_account(spark: SparkSession) -> None:
    accounts = [f"a{n}" for n in range(5)]
    whole = {(a, "all+-") for a in accounts}
    busy = {("a0", f"t{n}+mine") for n in range(5)}
    assert list(tenants(work(spark, *whole, *busy), pool(spark, *accounts)).values()) == [whole]


def test_work_of__an_owner_that_some_days_do_not_name_owns_the_account(spark: SparkSession) -> None:
    rows = [
        # The account's own name sorts after its owner's, before it, and there is no owner.
        ("user-1", "org-1"), ("user-1", "user-1"), ("5", "7"), ("5", "5"), ("alone", "alone"),
    ]  # fmt: skip
    frame = spark.createDataFrame(rows, "account_id string, party_id string").selectExpr(
        "*", f"date'{DAY}' as usage_date", "'t+s' as workload_id", "1L as event_count"
    )
    found = {row["account_id"]: row["party_id"] for row in candidates.work_of(candidates.with_owners(frame)).collect()}
    assert found == {"user-1": "org-1", "5": "7", "alone": "alone"}


def test_cohorts__need_parties_and_leave_tenants_out(spark: SparkSession) -> None:
    rows = [(f"a{n}", "wide+-") for n in range(9)] + [(f"a{n}", "narrow+-") for n in range(3)]
    made = work(spark, *rows)
    taken = made.where("account_id = 'a8'").selectExpr("account_id", "workload_id")
    found = candidates.cohorts(made, taken, {"min_candidate_parties": 8}).collect()
    # Eight of nine are left for the wide one, three are too few for the narrow one.
    assert {row["candidate_id"] for row in found} == {"cohort:t:wide"}
    assert {row["account_id"] for row in found} == {f"a{n}" for n in range(8)}


def test_cohorts__a_tool_set_of_the_same_rows_adds_nothing(spark: SparkSession) -> None:
    made = work(spark, *((f"a{n}", "t+s") for n in range(8)))
    nobody = made.where("false").selectExpr("account_id", "workload_id")
    found = candidates.cohorts(made, nobody, {"min_candidate_parties": 8})
    assert [row["candidate_id"] for row in found.select("candidate_id").distinct().collect()] == ["cohort:t:t"]


def test_with_owners__an_account_has_the_owner_that_was_named_last(spark: SparkSession) -> None:
    days = (DAY - timedelta(days=2), DAY - timedelta(days=1), DAY)
    parties = {
        "z": ("org", "z", "z"),  # a channel that names no owner was used last, and its text is the greater one
        "m": ("org-9", "org-1", "m"),  # moved: the later one, whose text is not
        "n": ("n", "n", "n"),  # nobody's but his own
    }
    seen = activity(
        spark,
        *(
            {"account_id": account, "usage_date": day, "workload_id": f"w{n}+-", "party_id": party}
            for account, named in parties.items()
            for n, (day, party) in enumerate(zip(days, named, strict=True))
        ),
    )
    settled = candidates.with_owners(seen)
    assert settled.columns == seen.columns and settled.count() == seen.count()
    # One party of an account, whatever work of its is looked at.
    assert {(row["account_id"], row["party_id"]) for row in candidates.work_of(settled).collect()} == {
        ("z", "org"), ("m", "org-1"), ("n", "n"),
    }  # fmt: skip
