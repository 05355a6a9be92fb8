"""Facts that roll from day to day, and counts that leave narrow nodes out, equal those of the plain way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from plain_link import plain_surprise
from pyspark.sql import DataFrame, SparkSession

from revenuer.stages.facts import rolled_facts, window_facts
from revenuer.stages.nodes import _NODE, node_census, node_names, numbered, surprise
from revenuer.tables import CONTRACTS

FIRST = date(2026, 3, 1)
WINDOW, DAYS = 3, 9
ROUNDED = ("expected_party_count", "lift", "tail_bits")


def drawn(name: str, size: int) -> str:
    return f"pmod(xxhash64(id, '{name}'), {size})"


@pytest.fixture(scope="module")
def sightings(spark: SparkSession) -> DataFrame:
    """Nine days of 40 accounts: some pause for longer than the window, some change hands, counts may be unknown."""
    rows = spark.range(1200).selectExpr(
        f"date_add(date'{FIRST}', cast({drawn('day', DAYS)} as int)) as usage_date",
        f"concat('a', {drawn('account', 40)}) as account_id",
        f"element_at(array('network', 'client'), cast({drawn('facet', 2)} as int) + 1) as facet",
        f"concat('i', {drawn('identifier', 12)}) as identifier_id",
        f"case when {drawn('known', 4)} > 0 then {drawn('events', 9)} + 1 end as event_count",
        # A third of the accounts is in an organisation, some move to another, and two rows in three name none.
        f"case when pmod(xxhash64({drawn('account', 40)}), 3) = 0 and {drawn('named', 3)} = 0"
        f" then concat('org', cast({drawn('day', DAYS)} / 4 as int)) end as party_id",
    )
    unique = rows.selectExpr("*", "facet || '_kind' as identifier_kind").dropDuplicates(
        ["usage_date", "account_id", "facet", "identifier_id"]
    )
    return CONTRACTS["sightings"].conform(unique).localCheckpoint()


def test_rolled_facts__equal_those_of_the_whole_window_day_after_day(sightings: DataFrame) -> None:
    def days(first: int, last: int) -> DataFrame:
        return sightings.where(f"datediff(usage_date, date'{FIRST}') between {first} and {last}")

    facts = window_facts(days(0, 0))
    for day in range(1, DAYS):
        facts = rolled_facts(
            facts, days(day, day), days(day - WINDOW, day - WINDOW), FIRST + timedelta(days=day - WINDOW + 1)
        ).localCheckpoint()
        plain = window_facts(days(day - WINDOW + 1, day))
        assert facts.columns == plain.columns
        assert sorted(facts.collect(), key=str) == sorted(plain.collect(), key=str), f"day {day}"
    assert facts.where("party_named_date is null and party_id <> account_id").isEmpty()
    # The last window holds accounts whose owner was named on each of its days, and not on the last of theirs alone.
    assert {row["party_named_date"] for row in facts.select("party_named_date").distinct().collect()} > {
        FIRST + timedelta(days=day) for day in range(DAYS - WINDOW, DAYS)
    }


OWNERS: dict[str, tuple[tuple[str | None, str | None, str | None], str, int | None]] = {
    "z": (("before", None, "after"), "after", 2),  # out of an organisation, and into another one
    "y": (("firm", None, None), "firm", 0),  # the channel used last names no owner
    "a": (("firm", "", "a"), "firm", 0),  # nor does one that writes nothing, or the account itself
    "x": ((None, None, None), "x", None),
}
"""By account, the owners that its days name, whom it belongs to then, and which day named him."""


def test_window_facts__give_an_account_the_owner_that_was_named_last(spark: SparkSession) -> None:
    contract = CONTRACTS["sightings"]

    def seen(day: int) -> DataFrame:
        rows = [
            contract.row(
                usage_date=FIRST + timedelta(days=day), account_id=account, party_id=owners[day], facet="network",
                identifier_kind="ip_prefix", identifier_id=f"prefix of {account}", event_count=2,
            )
            for account, (owners, _, _) in OWNERS.items()
        ]  # fmt: skip
        return spark.createDataFrame(rows, contract.schema_ddl())

    days = [seen(day) for day in range(3)]
    nothing = days[0].limit(0)
    plain = window_facts(days[0].union(days[1]).union(days[2]))
    rolled = window_facts(days[0])
    for entering in days[1:]:
        rolled = rolled_facts(rolled, entering, nothing, FIRST)
    for facts in (plain, rolled):
        told = {row["account_id"]: row for row in facts.collect()}
        for account, (_, party, named) in OWNERS.items():
            row = told.pop(account)
            assert (row["party_id"], row["day_count"], row["event_count"]) == (party, 3, 6)
            assert row["party_named_date"] == (None if named is None else FIRST + timedelta(days=named))
        assert not told
    # Once the day that named him has left the window, nobody is known to own the account.
    after = rolled_facts(rolled, nothing, days[0], FIRST + timedelta(days=1)).collect()
    assert {row["account_id"]: row["party_id"] for row in after} == {
        account: account if named == 0 else party for account, (_, party, named) in OWNERS.items()
    }


def test_window_facts__let_an_owner_named_that_day_win_however_ids_are_spelt(spark: SparkSession) -> None:
    contract = CONTRACTS["sightings"]
    # One day of one account: its network rows name no owner, and the account's own id is the greater text.
    rows = [
        contract.row(usage_date=FIRST, account_id="user_1", party_id=party, facet=facet, identifier_kind=facet,
                     identifier_id="p")
        for facet, party in (("client", "org_1"), ("network", None))
    ]  # fmt: skip
    sightings = spark.createDataFrame(rows, contract.schema_ddl())
    for facts in (window_facts(sightings), rolled_facts(window_facts(sightings.limit(0)), sightings,
                                                        sightings.limit(0), FIRST)):  # fmt: skip
        assert {row["party_id"] for row in facts.collect()} == {"org_1"}


def test_facts__give_an_account_without_a_party_its_own(spark: SparkSession) -> None:
    contract = CONTRACTS["sightings"]
    # Null, empty and blank: a site's own tables name no owner in all three ways.
    rows = [
        contract.row(usage_date=FIRST, account_id=f"a{number}", party_id=party, facet="network",
                     identifier_kind="ip_prefix", identifier_id="p")
        for number, party in enumerate((None, "", "  "))
    ]  # fmt: skip
    sightings = spark.createDataFrame(rows, contract.schema_ddl())
    before = window_facts(sightings)
    rolled = rolled_facts(before, sightings, sightings.limit(0), FIRST)
    for facts in (before, rolled):
        assert {(row["account_id"], row["party_id"]) for row in facts.collect()} == {
            (f"a{n}", f"a{n}") for n in range(3)
        }


@pytest.fixture(scope="module")
def composites(spark: SparkSession) -> DataFrame:
    """600 accounts of 400 parties over two kinds; a few values are popular and most belong to one party."""
    rows = spark.range(3000).selectExpr(
        f"case when {drawn('kind', 3)} = 0 then 'prefix_template' else 'prefix_client' end as node_kind",
        f"concat('p', cast(pow(600, {drawn('a', 1000)} / 1000) as int)) as part_a",
        f"concat('b', cast(pow(80, {drawn('b', 1000)} / 1000) as int)) as part_b",
        f"{drawn('account', 600)} as account",
    )
    return (
        rows.selectExpr(
            "part_a || '+' || part_b as node_id", "node_kind",
            "case node_kind when 'prefix_template' then 'network+workload' else 'network+client' end as facet",
            "part_a", "part_b", "concat('a', account) as account_id", "concat('o', account % 400) as party_id",
            "1 as day_count", "5L as event_count",
        )
        .dropDuplicates(["node_kind", "node_id", "account_id"])
        .localCheckpoint()
    )  # fmt: skip


@pytest.mark.parametrize("suspected", ["none", "few", "all"])
def test_surprise__equals_the_counts_over_everything(composites: DataFrame, suspected: str) -> None:
    suspects = None
    if suspected != "none":
        chosen = "pmod(xxhash64(party_id), 5) = 0" if suspected == "few" else "true"
        suspects = composites.where(chosen).select("party_id").distinct()
    numbers = numbered(composites)
    outside = None if suspects is None else suspects.selectExpr("xxhash64(party_id) as party")
    fast = surprise(node_census(numbers, 4), numbers, outside)
    fast = fast.join(node_names(composites, fast.select("node")), "node").drop("node")
    plain = plain_surprise(composites, suspects).where("party_count >= 4")
    assert sorted(fast.columns) == sorted(plain.columns)
    columns = [f"round({name}, 9) as {name}" if name in ROUNDED else name for name in sorted(plain.columns)]
    found, wanted = (sorted(frame.selectExpr(*columns).collect()) for frame in (fast, plain))
    assert found == wanted
    assert len(wanted) > 20, "the frame has nodes that are wide"


def test_node_names__two_nodes_of_one_number_have_no_name(
    composites: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Hashes of 64 bits agree once in many years: here all nodes of the busiest first part have one number.
    monkeypatch.setattr("revenuer.stages.nodes._NODE", f"case when part_a = 'p1' then 1L else {_NODE} end")
    nodes = composites.select("node_kind", "part_a", "node_id").distinct()
    alike, others = nodes.where("part_a = 'p1'"), nodes.where("part_a <> 'p1'")
    assert alike.count() > 1, "the frame has nodes that come to share a number"
    names = node_names(composites, numbered(composites).select("node").distinct()).select("node_id").collect()
    assert sorted(names) == sorted(others.select("node_id").collect())


def independent(spark: SparkSession) -> DataFrame:
    """4,000 parties on 10 x 10 values, 40 to a pair, as chance puts them there."""
    rows = spark.range(4000).selectExpr(
        "'prefix_client' as node_kind", "'network+client' as facet", "concat('p', id % 10) as part_a",
        "concat('c', id div 10 % 10) as part_b", "concat('a', id) as account_id", "concat('a', id) as party_id",
        "1 as day_count", "5L as event_count",
    )  # fmt: skip
    return rows.selectExpr("*", "part_a || '+' || part_b as node_id").localCheckpoint()


def lifts_without(composites: DataFrame, suspected: int) -> list[float]:
    numbers = numbered(composites)
    suspects = composites.where(f"cast(substring(account_id, 2) as int) div 100 % 10 < {suspected}")
    found = surprise(node_census(numbers, 4), numbers, suspects.selectExpr("xxhash64(party_id) as party"))
    return [row["lift"] for row in found.select("lift").collect()]


@pytest.mark.parametrize("suspected", [0, 3, 5])
def test_surprise__of_independent_parts_is_none_whoever_is_left_out(spark: SparkSession, suspected: int) -> None:
    lifts = lifts_without(independent(spark), suspected)
    assert len(lifts) == 100
    # Left out by tenths, all pairs alike. Adding one to a value's 40 parties that are left moves it by a twentieth.
    assert lifts == pytest.approx([1.0] * 100, abs=0.06)


def test_surprise__of_a_kind_that_suspects_alone_use_is_great(spark: SparkSession) -> None:
    # Nobody is left to say what is usual: 40 parties where one or two are expected.
    assert min(lifts_without(independent(spark), 10)) >= 20
