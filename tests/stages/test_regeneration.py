"""What follows a ban wave, by the hour; stand-by pools; and how fast a campaign moves to a new model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.components import connected_components
from revenuer.stages.rank.adoption import adoption
from revenuer.stages.rank.joining import joined_generations
from revenuer.stages.rank.regeneration import (
    SUCCESSION,
    Regeneration,
    regeneration,
    regeneration_rows,
    wave_features,
)
from revenuer.stages.rank.waves import waves_of

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
LAST = date(2026, 3, 8)
BAN = MIDNIGHT + timedelta(days=4, hours=9, minutes=30)
DAYS = frozenset(date(2026, 3, day) for day in range(1, 9))


def hour_of(day: int, hour: int) -> int:
    return day * 24 + hour


def activity(spark: SparkSession, work: dict[str, dict[str, Iterable[int]]]) -> DataFrame:
    """One exchange in each listed hour (since 1 March), by candidate and account."""
    days: dict[tuple[str, str, int], list[int]] = {}
    for candidate, accounts in work.items():
        for account, hours in accounts.items():
            for hour in hours:
                days.setdefault((candidate, account, hour // 24), [0] * 24)[hour % 24] += 1
    rows = [
        (candidate, account, "t+s", (MIDNIGHT + timedelta(days=day)).date(), counts, sum(counts),
         MIDNIGHT + timedelta(days=day, hours=next(hour for hour in range(24) if counts[hour]),
                              minutes=45 if account == "quick" else 0))
        for (candidate, account, day), counts in days.items()
    ]  # fmt: skip
    names = ["candidate_id", "account_id", "workload_id", "usage_date", "hour_counts", "event_count", "first_seen_at"]
    return spark.createDataFrame(
        pd.DataFrame(rows, columns=names),
        "candidate_id string, account_id string, workload_id string, usage_date date, hour_counts array<long>,"
        " event_count long, first_seen_at timestamp",
    )


def bans(spark: SparkSession, *rows: tuple[str, str, datetime]) -> DataFrame:
    return spark.createDataFrame(list(rows), "account_id string, action string, action_at timestamp")


WORK: dict[str, dict[str, Iterable[int]]] = {
    # Ten accounts, one exchange an hour each; eight are banned at 09:30 on the fifth day; four more take over
    # from 13:00 on, at twice the pace, so that everything comes back.
    "ring": {f"b{n}": range(hour_of(0, 0), hour_of(4, 10)) for n in range(8)}
    | {f"k{n}": range(hour_of(0, 0), hour_of(8, 0)) for n in range(2)}
    # Began in the hour of the ban, half an hour before it and a quarter of an hour after it.
    | {name: range(hour_of(4, 9), hour_of(4, 11)) for name in ("early", "quick")}
    | {f"s{n}": [h for h in range(hour_of(4, 13), hour_of(8, 0)) for _ in range(2)] for n in range(4)},
    # Banned too, and nothing came of it.
    "quiet": {f"q{n}": range(hour_of(0, 0), hour_of(4, 10)) for n in range(6)}
    | {"q9": range(hour_of(0, 0), hour_of(8, 0))},
    # Four banned, and after them nine that no link vouches for; nobody had begun in the days before.
    "rush": {f"f{n}": range(hour_of(0, 0), hour_of(4, 10)) for n in range(4)}
    | {name: range(hour_of(4, 13), hour_of(8, 0)) for name in ("old", *(f"n{n}" for n in range(8)))},
    # The same of a product that gets as many new users every three days.
    "growing": {f"g{n}": range(hour_of(0, 0), hour_of(4, 10)) for n in range(4)}
    | {f"h{n}": range(hour_of(2, 0), hour_of(8, 0)) for n in range(8)}
    | {f"j{n}": range(hour_of(4, 13), hour_of(8, 0)) for n in range(8)},
    # Five banned, whose clients go on asking and are refused, and one more.
    "stubborn": {f"u{n}": range(hour_of(0, 0), hour_of(8, 0)) for n in (*range(5), 9)},
    # Two waves a day apart, all of whose clients go on asking; one of the first wave begins after the second.
    "twice": {f"{name}{n}": range(hour_of(0, 0), hour_of(8, 0)) for name in "xy" for n in range(3)}
    | {"x9": range(hour_of(4, 12), hour_of(8, 0)), "z": range(hour_of(0, 0), hour_of(8, 0))},
    # Two accounts banned: everyday enforcement.
    "shop": {f"p{n}": range(hour_of(0, 0), hour_of(8, 0)) for n in range(4)},
}  # fmt: skip


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> Regeneration:
    daily = activity(spark, WORK).localCheckpoint()
    members = daily.select("candidate_id", "account_id").distinct()
    actions = bans(
        spark,
        *((f"b{n}", "ban", BAN + timedelta(minutes=n)) for n in range(8)),
        ("b0", "ban", BAN + timedelta(hours=2)),  # again: one wave, one account
        *((f"q{n}", "suspend", BAN) for n in range(6)),
        *((f"{name}{n}", "ban", BAN) for name in "fg" for n in range(4)),
        *((f"u{n}", "ban", BAN) for n in range(5)),
        *((f"x{n}", "ban", BAN - timedelta(days=1)) for n in (0, 1, 2, 9)),
        *((f"y{n}", "ban", BAN) for n in range(3)),
        *((f"p{n}", "ban", BAN) for n in range(2)),
        *((f"k{n}", "rate_limit", BAN) for n in range(2)),
    )
    links = spark.createDataFrame(
        [("b0", "x", True), ("b1", "x", True), ("s0", "x", True), ("s1", "x", True), ("s2", "y", True),
         ("b2", "z", False), ("s3", "z", False)],
        "account_id string, node_id string, is_member boolean",
    )  # fmt: skip
    accounts = spark.createDataFrame(
        [("s0", BAN - timedelta(days=3)), ("s1", BAN - timedelta(days=300)), ("s2", BAN + timedelta(hours=1)),
         ("old", BAN - timedelta(days=300)),
         *((f"h{n}", MIDNIGHT) for n in range(8)),
         *((f"{name}{n}", BAN - timedelta(days=2)) for name in "nj" for n in range(8))],
        "account_id string, created_at timestamp",
    )  # fmt: skip
    return regeneration(daily, waves_of(members, actions, DAYS), links, accounts, LAST)


def test_regeneration__says_how_much_came_back_and_when(spark: SparkSession, found: Regeneration) -> None:
    named = spark.createDataFrame([("ring", "cmp-1"), ("quiet", "cmp-2"), ("shop", "cmp-3")],
                                  "candidate_id string, campaign_id string")  # fmt: skip
    rows = {row["campaign_id"]: row.asDict() for row in regeneration_rows(found, named, LAST).collect()}
    assert set(rows) == {"cmp-1", "cmp-2"}  # two banned accounts are no wave
    ring = rows["cmp-1"]
    assert (ring["banned_account_count"], ring["wave_at"].replace(tzinfo=UTC)) == (8, BAN)
    assert (ring["lost_share"], ring["before_exchange_count"]) == (0.8, 240)
    # The first hours after the wave's last action were nobody's.
    assert 0.9 < ring["recovered_share"] <= 1.0
    # To the end of the hour that began with them.
    assert ring["recovery_hours"] == pytest.approx(4.5)
    assert (ring["successor_count"], ring["linked_successor_share"]) == (5, 0.4)
    assert ring["fresh_successor_share"] == pytest.approx(2 / 3)
    assert "5 others first did this work within three days, 40 % of them with link nodes" in ring["reason"]
    quiet = rows["cmp-2"]
    assert (quiet["recovered_share"], quiet["recovery_hours"], quiet["successor_count"]) == (0.0, None, 0)


def test_regeneration__names_the_accounts_that_took_over_and_says_why(found: Regeneration) -> None:
    listed = found.successors.where("candidate_id = 'ring'").selectExpr("*", f"{SUCCESSION} as why").collect()
    rows = {row["account_id"]: row.asDict() for row in listed}
    assert {name for name, row in rows.items() if row["generation"] == 2} == {"s0", "s1", "s2", "s3", "quick"}
    assert rows["s0"]["why"] == (
        "; took over after the bans of 2026-03-05 09:30: first exchange 3.5 h later,"
        " 1 link nodes in common with banned accounts, opened 3 days before"
    )
    # No link, and too few came: when they began is a fact, and no more.
    assert rows["s2"]["why"] == "; first did this work 3.5 h after the bans of 2026-03-05 09:30, opened after them"
    assert "link nodes" not in rows["s3"]["why"]
    assert rows["quick"]["hours_after"] == 0.25  # by its first exchange, not by the hour
    assert rows["k0"]["why"] == rows["b0"]["why"] == rows["early"]["why"] == ""


def test_regeneration__without_links_new_accounts_take_over_where_many_more_came_than_before(
    found: Regeneration,
) -> None:
    over = {row["account_id"]: row["has_taken_over"] for row in found.successors.where("wave_at is not null").collect()}
    assert {name for name, has_taken_over in over.items() if has_taken_over} == {
        "s0", "s1",  # links
        *(f"n{n}" for n in range(8)),  # as many new accounts as it takes, and none before
    }  # fmt: skip
    assert over.keys() >= {"old", "j0", "s2", "s3", "quick"}


def test_regeneration__what_accounts_ask_after_their_ban_is_no_traffic(
    spark: SparkSession, found: Regeneration
) -> None:
    named = found.waves.selectExpr("candidate_id", "candidate_id as campaign_id").distinct()
    rows = {(row["campaign_id"], row["wave_at"].replace(tzinfo=UTC)): row.asDict()
            for row in regeneration_rows(found, named, LAST).collect()}  # fmt: skip
    row = rows["stubborn", BAN]
    assert (row["before_exchange_count"], row["after_exchange_count"], row["recovered_share"]) == (144, 24, 0.0)
    features = {row["candidate_id"]: row.asDict() for row in wave_features(found).collect()}
    assert features["stubborn"]["recovered_share"] == pytest.approx(1 / 6)
    # The first wave: seven accounts before; after it one all the time, and three for a third of it.
    first, second = rows["twice", BAN - timedelta(days=1)], rows["twice", BAN]
    assert (first["before_exchange_count"], first["after_exchange_count"]) == (7 * 24, 48)
    # Before the second the accounts of the first carried something on its first two days of three only, and whoever
    # was banned then is nobody's successor.
    assert second["before_exchange_count"] == round((4 * 72 + 3 * 49) / 3)
    assert (second["after_exchange_count"], second["successor_count"]) == (24, 0)


def test_wave_features__are_of_the_candidates_wave(found: Regeneration) -> None:
    ring = {row["candidate_id"]: row.asDict() for row in wave_features(found).collect()}["ring"]
    assert ring["banned_share"] == pytest.approx(8 / 16)
    assert 0.9 < ring["recovered_share"] < 1.05
    assert ring["newcomer_share"] == pytest.approx(0.8, abs=0.02)


def task_components(links: DataFrame) -> DataFrame:
    return connected_components(links, engine="task")


def test_generations__a_pool_that_wakes_as_another_falls_is_its_next_one(spark: SparkSession) -> None:
    before, after = range(hour_of(0, 0), hour_of(4, 9)), range(hour_of(4, 12), hour_of(8, 0))
    always = range(hour_of(0, 0), hour_of(8, 0))
    pools: dict[str, tuple[str, Iterable[int], int]] = {
        # candidate: work, hours, accounts
        "pool:first": ("harvest", before, 6),
        "pool:standby": ("harvest", after, 6),
        "cohort:rest": ("harvest", after, 6),
        "pool:rival": ("harvest", always, 2),  # had been at it all along
        "pool:other": ("assistant", after, 6),
        "pool:fallen_user": ("product", before, 6),  # fell, too, but its work was always a product's
        "cohort:users": ("product", always, 6),
        "cohort:new_users": ("product", after, 6),
    }
    work = {name: {f"{name}-{n}": hours for n in range(size)} for name, (_, hours, size) in pools.items()}
    # Whether a work is a candidate's own by now says nothing here: the next generation does it as well.
    places = [
        (account, workload, name, name.split(":")[0], name if name.startswith("pool") else None, False)
        for name, (workload, _, _) in pools.items()
        for account in work[name]
    ]
    names = ["account_id", "workload_id", "candidate_id", "source", "pool_id", "is_own"]
    own = spark.createDataFrame(
        pd.DataFrame(places, columns=names),
        "account_id string, workload_id string, candidate_id string, source string, pool_id string, is_own boolean",
    ).localCheckpoint()
    assigned = own.select("candidate_id", "source", "pool_id", "account_id", "workload_id", "is_own")
    daily = activity(spark, work).drop("workload_id").join(own.select("account_id", "workload_id"), "account_id")
    daily = daily.localCheckpoint()
    actions = bans(
        spark, *((f"{name}-{n}", "ban", BAN) for name in ("pool:first", "pool:fallen_user") for n in range(5))
    )
    joined = joined_generations(assigned, daily.drop("candidate_id"), actions, DAYS, task_components)
    assert joined is not None
    rows: set[tuple[Any, ...]] = {tuple(row) for row in joined.collect()}
    of = {row[3].rsplit("-", 1)[0]: row[:3] for row in rows}
    assert of["pool:first"] == of["pool:standby"] == of["cohort:rest"] == ("pool:standby", "pool", "pool:standby")
    apart = [name for name in pools if name not in ("pool:first", "pool:standby", "cohort:rest")]
    assert [of[name][0] for name in apart] == apart
    assert joined.count() == assigned.count()
    # Two of six banned: nothing fell.
    few = bans(spark, *((f"pool:first-{n}", "ban", BAN) for n in range(2)))
    assert joined_generations(assigned, daily.drop("candidate_id"), few, DAYS, task_components) is None


@pytest.mark.parametrize(
    "known_days, count",
    [
        (DAYS, 1),
        (DAYS - {date(2026, 3, 1)}, 1),  # from the day on, three days before the bans
        (DAYS - {date(2026, 3, 1), date(2026, 3, 2)}, 0),
        (DAYS - {date(2026, 3, 1), date(2026, 3, 3)}, 0),  # a day is missing among them
        (DAYS - {BAN.date()}, 0),  # the day itself
        (DAYS - {date(2026, 3, 6)}, 1),  # what is missing afterwards makes nobody come after them
        (frozenset(), 0),
    ],
)  # fmt: skip
def test_waves__too_near_to_the_first_known_day_or_a_missing_one_are_none(
    spark: SparkSession, known_days: frozenset[date], count: int
) -> None:
    # Customers who work now and then, some banned on the fifth day: where nothing before it is known, those not seen
    # yet would have taken over.
    members = spark.createDataFrame([("c", f"a{n}") for n in range(6)], "candidate_id string, account_id string")
    actions = bans(spark, *((f"a{n}", "ban", BAN) for n in range(3)))
    assert waves_of(members, actions, known_days).waves.count() == count


def test_regeneration__says_nothing_of_what_began_hours_before_the_bans(spark: SparkSession) -> None:
    # A work that is five hours old and grows: eight customers began before the bans, and eight new ones after them. Of
    # five hours nobody can say how many would have come anyway, nor of those who carried nothing what came back.
    early, late = range(hour_of(4, 5), hour_of(4, 9)), range(hour_of(4, 12), hour_of(6, 0))
    work: dict[str, dict[str, Iterable[int]]] = {
        "young": {**{f"e{n}": early for n in range(8)}, **{f"l{n}": late for n in range(8)}},
        "idle": {**{f"i{n}": range(hour_of(1, 0), hour_of(6, 0)) for n in range(8)},
                 **{f"b{n}": range(hour_of(4, 9), hour_of(4, 10)) for n in range(3)}},
    }  # fmt: skip
    daily = activity(spark, work).localCheckpoint()
    members = daily.select("candidate_id", "account_id").distinct()
    actions = bans(spark, *((f"{name}{n}", "ban", BAN) for name in "eb" for n in range(3)))
    accounts = spark.createDataFrame(
        [(f"l{n}", BAN - timedelta(days=1)) for n in range(8)], "account_id string, created_at timestamp"
    )
    links = spark.createDataFrame([], "account_id string, node_id string, is_member boolean")
    found = regeneration(daily, waves_of(members, actions, DAYS), links, accounts, LAST)
    young = found.successors.where("candidate_id = 'young' and wave_at is not null").collect()
    assert {row["account_id"]: row["has_taken_over"] for row in young} == {f"l{n}": False for n in range(8)}
    waves = {row["candidate_id"]: row for row in found.waves.collect()}
    assert (waves["idle"]["lost_share"], waves["idle"]["recovered_share"]) == (0.0, None)
    named = spark.createDataFrame([("idle", "cmp-1")], "candidate_id string, campaign_id string")
    (row,) = regeneration_rows(found, named, LAST).collect()
    assert row["reason"].endswith("0 % of the traffic; nothing was lost that could come back; 0 others first did this"
                                  " work within three days")  # fmt: skip


def test_waves__what_was_taken_back_hit_nobody(spark: SparkSession) -> None:
    members = spark.createDataFrame([("c", f"a{n}") for n in range(8)], "candidate_id string, account_id string")
    later = BAN + timedelta(days=1)
    actions = bans(
        spark,
        *((f"a{n}", "ban", BAN) for n in range(5)),
        ("a0", "reinstate", later),  # a mistake
        ("a1", "reinstate", BAN - timedelta(days=1)), ("a2", "reinstate", BAN - timedelta(minutes=1)),  # of bans before
        ("a3", "reinstate", later), ("a3", "ban", later + timedelta(hours=1)),  # banned again since
    )  # fmt: skip
    found = waves_of(members, actions, DAYS)
    assert {row["account_id"] for row in found.banned.where(f"wave_at = timestamp'{BAN}'").collect()} == {
        "a1", "a2", "a4",
    }  # fmt: skip


def test_adoption__compares_with_the_population_from_the_hour_of_the_release(spark: SparkSession) -> None:
    def rows(name: str, *days: tuple[str, int, int, int]) -> list[tuple[Any, ...]]:
        return [
            (name, date.fromisoformat(day), early + late, [early, *[0] * 17, late, *[0] * 5], {"new": moved, "old": 1})
            for day, early, late, moved in days
        ]

    schema = (
        "candidate_id string, usage_date date, event_count long, hour_counts array<long>, model_counts map<string,long>"
    )
    campaign = rows("ring", ("2026-03-04", 50, 50, 0), ("2026-03-05", 60, 40, 20), ("2026-03-06", 50, 50, 70))
    people = rows("all", ("2026-03-05", 90, 10, 1), ("2026-03-06", 50, 50, 5), ("2026-03-07", 50, 50, 50))
    releases = spark.createDataFrame(
        [("new", datetime(2026, 3, 5, 12, tzinfo=UTC)), ("newer", datetime(2026, 3, 9, tzinfo=UTC))],
        "model string, released_at timestamp",
    )
    daily, outside = (spark.createDataFrame(part, schema) for part in (campaign, people))
    (row,) = adoption(daily, outside.drop("candidate_id"), releases, LAST).collect()
    assert row.asDict() == {
        "candidate_id": "ring", "released_model": "new", "release_day_share": 0.5, "next_day_share": 0.7,
        "population_release_day_share": 0.1, "population_next_day_share": 0.05,
    }  # fmt: skip
