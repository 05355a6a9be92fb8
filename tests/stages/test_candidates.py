"""Candidates: tenants inside pools and cohorts outside, on frames of a few rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
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


@pytest.mark.parametrize(
    ("pool_size", "doers", "is_owned"),
    [
        (12, 12, True),  # everybody in the pool, where a third of the site does it: no accident
        (12, 10, False),  # two go without it, and so, perhaps, a quarter: customers of a pool
        (4, 4, False),  # four of four come about by chance
    ],
)
def test_tenants__work_so_common_that_nothing_is_eight_times_it_is_the_pools_where_hardly_anybody_goes_without(
    spark: SparkSession, pool_size: int, doers: int, is_owned: bool
) -> None:
    accounts = [f"a{n:02}" for n in range(pool_size)]
    inside = [(a, "common+-" if n < doers else f"t{a}+-") for n, a in enumerate(accounts)]
    strangers = [(f"b{n}", "common+-" if n < 20 else f"t{n}+-") for n in range(80)]
    (found,) = tenants(work(spark, *inside, *strangers), pool(spark, *accounts)).values() or [set()]
    assert ({work for _, work in found} == {"common+-"}) == is_owned


def test_tenants__work_that_the_whole_pool_and_much_of_the_site_do_joins_nothing(spark: SparkSession) -> None:
    accounts = [f"a{n:02}" for n in range(12)]
    # Two labs with templates of their own and everybody's tools, and two that wear a product each, half of the pool.
    labs = [{(a, f"{lab}+common") for a in accounts} for lab in ("t1", "t2")]
    worn = {(a, f"{'p1' if n % 2 else 'p2'}+common") for n, a in enumerate(accounts)}
    # A product without a template, with the same tools: all of the pool does it, and a third of the site.
    product = {(a, "-+common") for a in accounts}
    strangers = [(f"b{n}", f"{('-', 'p1', 'p2', f't{n}')[n % 4]}+common" if n < 48 else f"t{n}+-") for n in range(80)]
    found = tenants(work(spark, *labs[0], *labs[1], *worn, *product, *strangers), pool(spark, *accounts))
    assert sorted(found.values(), key=sorted) == sorted([*labs, product], key=sorted)
    usual = [name for name, rows in found.items() if rows == product]
    names = spark.createDataFrame([(name,) for name in found], "candidate_id string")
    assert [row["candidate_id"] for row in names.where(candidates.IS_USUAL_SQL).collect()] == usual


def test_tenants__usual_work_lends_the_pool_no_crumbs(spark: SparkSession) -> None:
    accounts = [f"a{n:02}" for n in range(30)]
    # An operator varies the template, and everybody's tools are what his accounts have in common ...
    crumbs = {(a, f"t{a}+common") for a in accounts}
    # ... with those of six others, who use a product of a fifth of the site's.
    product = {(a, "p+common") for a in accounts[:6]}
    strangers = [(f"b{n}", f"{'p' if n < 40 else f't{n}'}+{'common' if n < 70 else '-'}") for n in range(200)]
    found = tenants(work(spark, *crumbs, *product, *strangers), pool(spark, *accounts))
    assert list(found.values()) == [crumbs]


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
