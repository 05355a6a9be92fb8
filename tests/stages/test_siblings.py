"""Rank: convicted candidates that are one operator's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.components import connected_components
from revenuer.stages.rank.candidates import work_of
from revenuer.stages.rank.siblings import siblings

# account, workload, settings, exchanges, most common bucket of prompt and answer sizes
Use = tuple[str, str, str | None, int, int, int]
# candidate, pool or None, verdict
Verdict = tuple[str, str | None, str]
# What a workload asks and on which days, in tenths of its exchanges; nothing is known of others.
Asked = dict[str, tuple[dict[str, int], list[int]]]
Groups = set[frozenset[str]]


@dataclass(frozen=True)
class Case:
    """A small site of its own.

    Attributes:
        held: Accounts and works of each candidate.
        verdicts: Candidates with pool and verdict; ``confirmed`` is what an analyst decided on.
        uses: What is done on the site.
        joined: Candidates that must be said to be one.
        asked: What works ask, and when.
    """

    held: dict[str, list[tuple[str, str]]]
    verdicts: list[Verdict]
    uses: list[Use]
    joined: Groups
    asked: Asked = field(default_factory=dict)


def activity(spark: SparkSession, uses: list[Use], asked: Asked) -> DataFrame:
    rows = []
    for account, workload, settings, count, inputs, outputs in uses:
        counted = {settings: count} if settings else {}
        lengths = [[count if bucket == at else 0 for bucket in range(24)] for at in (inputs, outputs)]
        models, days = asked.get(workload, ({}, [10]))
        for day, tenths in enumerate(days):
            share = tenths * count // 10
            by_model = {model: part * share // 10 for model, part in models.items()}
            rows.append((date(2026, 3, 1 + day), account, account, workload, share, counted, *lengths, by_model))
    return spark.createDataFrame(
        rows,
        "usage_date date, account_id string, party_id string, workload_id string, event_count long,"
        " settings_counts map<string, long>, input_length_counts array<long>, output_length_counts array<long>,"
        " model_counts map<string, long>",
    )


def task_components(links: DataFrame) -> DataFrame:
    return connected_components(links, engine="task")


def groups_of(spark: SparkSession, case: Case) -> Groups:
    """Groups of candidates that are said to be one."""
    pools = {name: pool for name, pool, _ in case.verdicts}
    assigned = spark.createDataFrame(
        [
            (name, "pool" if pools[name] else "cohort", pools[name], account, workload, True)
            for name, rows in case.held.items()
            for account, workload in rows
        ],
        "candidate_id string, source string, pool_id string, account_id string, workload_id string, is_own boolean",
    )
    scored = spark.createDataFrame(case.verdicts, "candidate_id string, pool_id string, verdict string").withColumn(
        "source", expr("if(pool_id is null, 'cohort', 'pool')")
    )
    seen = activity(spark, case.uses, case.asked)
    convicted = assigned.join(scored.where("verdict in ('campaign', 'confirmed')"), "candidate_id", "left_semi")
    found = siblings(
        assigned,
        scored.where("verdict <> 'confirmed'"),
        convicted.select("account_id", "workload_id"),
        work_of(seen),
        seen,
        assigned.where("pool_id is not null").select("pool_id", "account_id").distinct(),
        task_components,
    )
    groups: dict[str, set[str]] = {}
    for row in found.collect() if found is not None else []:
        groups.setdefault(row["merged_id"], {row["merged_id"]}).add(row["candidate_id"])
    return set(map(frozenset, groups.values()))


# All cases are looked at side by side, as parts of one large site that have nothing in common: that takes as long as
# one of them.
CASES: dict[str, Case] = {}
Found = dict[str, Groups]


def side_by_side(built: Callable[[], Case]) -> Callable[[Found], None]:
    """Enter a case, and make the test of it."""
    CASES[built.__name__] = built()

    def test(found: Found) -> None:
        assert found.get(built.__name__, set()) == CASES[built.__name__].joined

    return test


def apart(case: Case, mark: str) -> Case:
    """The case's site with names of its own: nothing in it is anything of another one's."""

    def work(name: str) -> str:
        return "+".join(part if part == "-" else part + mark for part in name.split("+"))

    return replace(
        case,
        held={name + mark: [(account + mark, work(of)) for account, of in rows] for name, rows in case.held.items()},
        verdicts=[(name + mark, pool and pool + mark, verdict) for name, pool, verdict in case.verdicts],
        uses=[(account + mark, work(of), settings and settings + mark, *n) for account, of, settings, *n in case.uses],
        asked={work(of): asked for of, asked in case.asked.items()},
    )


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> Found:
    """Groups by case, under the names that the case gave."""
    marked = [apart(case, f"@{test}") for test, case in CASES.items()]
    whole = Case(
        {name: rows for case in marked for name, rows in case.held.items()},
        [verdict for case in marked for verdict in case.verdicts],
        [use for case in marked for use in case.uses],
        set(),
        {work: asked for case in marked for work, asked in case.asked.items()},
    )
    groups: Found = {}
    for group in groups_of(spark, whole):
        # A group of two sites' candidates is everybody's.
        for test in {name.partition("@")[2] for name in group}:
            groups.setdefault(test, set()).add(frozenset(name.removesuffix(f"@{test}") for name in group))
    return groups


def everybody(workload: str, settings: str | None, inputs: int, outputs: int, accounts: str = "abcd") -> list[Use]:
    return [(account, workload, settings, 100, inputs, outputs) for account in accounts]


def rows(workload: str, accounts: str = "abcd") -> list[tuple[str, str]]:
    return [(account, workload) for account in accounts]


@side_by_side
def test_siblings__templates_with_settings_and_sizes_of_their_own_are_one_lab() -> Case:
    # t1 and t2: one lab's settings and sizes. t3: another lab's, on the same accounts.
    held = {"t1": rows("t1+-"), "t2": rows("t2+-"), "t3": rows("t3+-")}
    verdicts: list[Verdict] = [("t1", "p", "campaign"), ("t2", "p", "campaign"), ("t3", "p", "campaign")]
    uses = [*everybody("t1+-", "mine", 12, 9), *everybody("t2+-", "mine", 12, 9), *everybody("t3+-", "other", 9, 10)]
    return Case(held, verdicts, uses, {frozenset({"t1", "t2"})})


@side_by_side
def test_siblings__settings_that_a_relay_sets_for_everybody_join_no_labs() -> Case:
    # The relay's settings are on everything; what the labs ask for differs in size.
    held = {"t1": rows("t1+-"), "t2": rows("t2+-")}
    verdicts: list[Verdict] = [("t1", "p", "campaign"), ("t2", "p", "campaign")]
    uses = [*everybody("t1+-", "relay", 12, 9), *everybody("t2+-", "relay", 9, 10)]
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__settings_that_honest_work_on_the_accounts_carries_are_the_relays() -> Case:
    # Two labs with work of the same sizes; a fifth of what else is done on their accounts has the same settings.
    held = {"t1": rows("t1+-"), "t2": rows("t2+-"), "h": rows("h+-")}
    verdicts: list[Verdict] = [("t1", "p", "campaign"), ("t2", "p", "campaign"), ("h", "p", "watch")]
    uses = [
        *everybody("t1+-", "relay", 12, 9), *everybody("t2+-", "relay", 12, 9),
        *everybody("h+-", "relay", 9, 4, "a"), *everybody("i+-", "other", 9, 4),
    ]  # fmt: skip
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__common_settings_join_nothing() -> Case:
    # Of all exchanges with these settings a third are the two candidates'.
    held = {"t1": rows("t1+-"), "t2": rows("t2+-")}
    verdicts: list[Verdict] = [("t1", "p", "campaign"), ("t2", "p", "campaign")]
    crowd = everybody("u+-", "common", 12, 9, "efghijklmnopqrst")
    uses = [*everybody("t1+-", "common", 12, 9), *everybody("t2+-", "common", 12, 9), *crowd]
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__a_watched_candidate_joins_on_convicted_accounts_only() -> Case:
    # w: the same kind of work on accounts that are convicted anyway, one of them in another pool for other work, u.
    # v: on accounts of its own: nobody new is accused. c: cleared, so left alone whatever it does.
    held = {
        "t1": rows("t1+-"), "u": rows("u+-", "e"), "v": rows("v+-", "wx"), "w": rows("w+-", "abce"),
        "c": rows("c+-", "a"),
    }  # fmt: skip
    verdicts: list[Verdict] = [
        ("t1", "p", "campaign"), ("u", "q", "campaign"), ("v", "p", "watch"), ("w", "p", "watch"),
        ("c", "p", "cleared"),
    ]  # fmt: skip
    uses = [
        *everybody("t1+-", "mine", 12, 9),
        *everybody("v+-", "mine", 12, 9, "wx"),
        *everybody("w+-", "mine", 12, 9, "abce"),
        *everybody("u+-", "other", 12, 9, "e"),
        ("a", "c+-", "mine", 5, 12, 9),
    ]
    return Case(held, verdicts, uses, {frozenset({"t1", "w"})})


@side_by_side
def test_siblings__one_work_in_several_pools_is_one() -> Case:
    # The same template in two pools; the third does something else. A cohort is left alone: no link vouches for it.
    held = {
        "pool:1": rows("t+-", "ab"), "pool:2": rows("t+-", "cd"), "cohort:t": rows("t+-", "ef"),
        "pool:3": rows("u+-", "gh"),
    }  # fmt: skip
    verdicts: list[Verdict] = [
        ("pool:1", "1", "campaign"), ("pool:2", "2", "campaign"), ("cohort:t", None, "campaign"),
        ("pool:3", "3", "campaign"),
    ]  # fmt: skip
    uses = [*everybody("t+-", None, 12, 9, "abcdef"), *everybody("u+-", None, 12, 9, "gh")]
    return Case(held, verdicts, uses, {frozenset({"pool:1", "pool:2"})})


@side_by_side
def test_siblings__a_watched_work_goes_with_the_same_work_in_another_pool() -> Case:
    # w2: t1's template, watched in another pool, on accounts that are convicted there for u. x2: the same on accounts
    # that nothing is convicted of. y2: on convicted accounts, but work that nobody is convicted of.
    held = {
        "t1": rows("t+-", "ab"), "u2": rows("u+-", "cdxy"), "w2": rows("t+-", "cd"), "x2": rows("t+-", "ef"),
        "y2": rows("y+-", "cd"),
    }  # fmt: skip
    verdicts: list[Verdict] = [
        ("t1", "1", "campaign"), ("u2", "2", "campaign"), ("w2", "2", "watch"), ("x2", "2", "watch"),
        ("y2", "2", "watch"),
    ]  # fmt: skip
    uses = [
        *everybody("t+-", None, 12, 9, "abcdef"), *everybody("u+-", None, 12, 9, "cdxy"),
        *everybody("y+-", None, 12, 9, "cd"),
    ]  # fmt: skip
    return Case(held, verdicts, uses, {frozenset({"t1", "w2"})})


@side_by_side
def test_siblings__a_watched_work_with_the_template_of_one_lab_and_the_tools_of_another_is_no_bridge() -> Case:
    # w carries t2's template and t1's tool set, on accounts of both: it goes with the template, not the first name.
    held = {"t2": rows("t+s"), "t1": rows("u+v"), "w": rows("t+v")}
    verdicts: list[Verdict] = [("t2", "p", "campaign"), ("t1", "q", "campaign"), ("w", "r", "watch")]
    uses = [*everybody("t+s", None, 12, 9), *everybody("u+v", None, 12, 9), *everybody("t+v", None, 12, 9)]
    return Case(held, verdicts, uses, {frozenset({"t2", "w"})})


@side_by_side
def test_siblings__convicted_cohorts_are_not_anybody_else() -> Case:
    # Half of the template's users are in neither pool, but convicted as a cohort. Of u's likewise, and they are not.
    held = {
        "pool:1": rows("t+-", "ab"), "pool:2": rows("t+-", "cd"), "cohort:t": rows("t+-", "efgh"),
        "pool:3": rows("u+-", "ij"), "pool:4": rows("u+-", "kl"), "cohort:u": rows("u+-", "mnop"),
    }  # fmt: skip
    verdicts: list[Verdict] = [
        ("pool:1", "1", "campaign"), ("pool:2", "2", "campaign"), ("cohort:t", None, "campaign"),
        ("pool:3", "3", "campaign"), ("pool:4", "4", "campaign"), ("cohort:u", None, "watch"),
    ]  # fmt: skip
    uses = [*everybody("t+-", None, 12, 9, "abcdefgh"), *everybody("u+-", None, 12, 9, "ijklmnop")]
    return Case(held, verdicts, uses, {frozenset({"pool:1", "pool:2"})})


@side_by_side
def test_siblings__a_confirmed_campaign_is_not_anybody_else() -> Case:
    # Its template and settings are those of two pools each that nobody decided on; it is joined with none of them.
    held = {
        "pool:1": rows("t+-", "ab"), "pool:2": rows("t+-", "cd"), "pool:3": rows("u+-", "ef"),
        "pool:4": rows("v+-", "gh"), "pool:5": rows("t+-", "mnop"),
    }  # fmt: skip
    verdicts: list[Verdict] = [
        *((f"pool:{n}", str(n), "campaign") for n in (1, 2, 3, 4)), ("pool:5", "5", "confirmed"),
    ]  # fmt: skip
    uses = [
        *everybody("t+-", None, 3, 3, "abcd"), *everybody("u+-", "mine", 12, 9, "ef"),
        *everybody("v+-", "mine", 12, 9, "gh"), *everybody("t+-", "mine", 9, 12, "mnop"),
    ]  # fmt: skip
    return Case(held, verdicts, uses, {frozenset({"pool:1", "pool:2"}), frozenset({"pool:3", "pool:4"})})


@side_by_side
def test_siblings__a_popular_products_template_joins_no_pools() -> Case:
    # Half of the template's users are in neither pool; a watched pool with the same template is not asked at all.
    held = {"pool:1": rows("t+-", "ab"), "pool:2": rows("t+-", "cd"), "pool:3": rows("t+-", "ef")}
    verdicts: list[Verdict] = [("pool:1", "1", "campaign"), ("pool:2", "2", "campaign"), ("pool:3", "3", "watch")]
    uses = everybody("t+-", None, 12, 9, "abcdefgh")
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__one_kind_of_work_in_two_pools_is_one() -> Case:
    # Neither template nor accounts in common. The third has the settings on work of other sizes.
    held = {"pool:1": rows("t1+-", "ab"), "pool:2": rows("t2+-", "cd"), "pool:3": rows("t3+-", "ef")}
    verdicts: list[Verdict] = [(f"pool:{n}", str(n), "campaign") for n in (1, 2, 3)]
    uses = [
        *everybody("t1+-", "mine", 12, 9, "ab"),
        *everybody("t2+-", "mine", 12, 9, "cd"),
        *everybody("t3+-", "mine", 12, 4, "e"),
    ]
    return Case(held, verdicts, uses, {frozenset({"pool:1", "pool:2"})})


@side_by_side
def test_siblings__sizes_that_are_not_known_are_not_alike() -> Case:
    # The last bucket is where sizes go that a site does not log.
    held = {"pool:1": rows("t1+-", "ab"), "pool:2": rows("t2+-", "cd")}
    verdicts: list[Verdict] = [("pool:1", "1", "campaign"), ("pool:2", "2", "campaign")]
    uses = [*everybody("t1+-", "mine", 23, 23, "ab"), *everybody("t2+-", "mine", 23, 23, "cd")]
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__a_watched_work_between_two_labs_is_no_bridge() -> Case:
    # Behind a relay that sets the settings: w has crumbs of both labs and is like each of them, a little more like t1.
    held = {"t1": rows("t1+-"), "t2": rows("t2+-"), "w": rows("w+-")}
    verdicts: list[Verdict] = [("t1", "p", "campaign"), ("t2", "p", "campaign"), ("w", "p", "watch")]
    uses: list[Use] = [
        *everybody("t1+-", "relay", 12, 9),
        ("a", "t2+-", "relay", 80, 12, 9), ("b", "t2+-", "relay", 20, 13, 9),
        ("a", "w+-", "relay", 9, 12, 9), ("b", "w+-", "relay", 1, 13, 9),
    ]  # fmt: skip
    return Case(held, verdicts, uses, {frozenset({"t1", "w"})})


@side_by_side
def test_siblings__unlabelled_work_and_unknown_settings_join_nothing() -> Case:
    held = {"pool:1": rows("-+-", "ab"), "pool:2": rows("-+-", "cd"), "pool:3": rows("t+-", "ab")}
    verdicts: list[Verdict] = [(f"pool:{n}", str(n % 3 or 1), "campaign") for n in (1, 2, 3)]
    uses = [*everybody("-+-", None, 12, 9), *everybody("t+-", None, 12, 9, "ab")]
    return Case(held, verdicts, uses, set())


@side_by_side
def test_siblings__works_of_a_pool_that_nobody_else_uses_are_one_labs() -> Case:
    steady = [5, 5]
    asked: Asked = {
        "t1+-": ({"new": 8, "old": 2}, steady),
        "t2+-": ({"new": 7, "old": 3}, steady),  # much the same models and days
        "t3+-": ({"new": 2, "old": 8}, steady),  # other models: a second lab
        "t4+-": ({"new": 8, "old": 2}, [2, 8]),  # other days: a third
        "t5+-": ({"unknown": 10}, steady),  # unknown models say nothing
        "t8+-": ({"unknown": 10}, steady),
        "t6+-": ({"new": 8, "old": 2}, steady),  # on half of the accounts
        "t7+-": ({"new": 8, "old": 2}, steady),  # only watched
    }
    held = {work[:2]: rows(work, "ab" if work == "t6+-" else "abcd") for work in asked}
    verdicts = [(name, "p", "watch" if name == "t7" else "campaign") for name in held]
    # What is watched is a tenth of what is done there at most, or the pool is not the labs' alone.
    uses = [
        (account, work, None, 20 if work == "t7+-" else 100, 3, number)
        for number, (work, name) in enumerate(zip(asked, held, strict=True))
        for account, _ in held[name]
    ]
    return Case(held, verdicts, uses, {frozenset({"t1", "t2"})}, asked)


def test_siblings__one_day_does_not_show_when_a_lab_works(spark: SparkSession) -> None:
    asked: Asked = {work: ({"new": 10}, [10]) for work in ("t1+-", "t2+-")}
    held = {work[:2]: rows(work) for work in asked}
    verdicts: list[Verdict] = [(name, "p", "campaign") for name in held]
    uses = [*everybody("t1+-", None, 3, 1), *everybody("t2+-", None, 3, 9)]
    assert groups_of(spark, Case(held, verdicts, uses, set(), asked)) == set()


@side_by_side
def test_siblings__works_of_a_pool_that_others_use_may_be_two_labs() -> Case:
    # Works of p, a pool of their own; of q, on whose accounts somebody does a fifth of all; of r, half of whose
    # accounts are somebody's who does something else on them.
    on = {"p": "abcd", "q": "efgh", "r": "ijkl"}
    asked: Asked = {f"{pool}{number}+-": ({"new": 10}, [5, 5]) for pool in on for number in (1, 2)}
    held = {work[:2]: rows(work, on[work[0]]) for work in asked} | {"r3": rows("chat+-", "mnop")}
    verdicts: list[Verdict] = [(name, name[0], "cleared" if name == "r3" else "campaign") for name in held]
    uses = [
        *(use for work in asked for use in everybody(work, None, 3, int(work[1]) * 5, on[work[0]])),
        *((account, "chat+-", None, 50, 5, 5) for account in "efghmnop"),
    ]  # fmt: skip
    return Case(held, verdicts, uses, {frozenset({"p1", "p2"})}, asked)
