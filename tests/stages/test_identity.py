"""Lasting ids over generated histories: hundreds of them, each a universe of its own, named in a few Spark jobs.

Every history has accounts, works and nodes of its own names, so all histories of a day are one frame and never meet.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.stages.cluster import NODE_VERTEX
from revenuer.stages.rank import identity
from revenuer.stages.rank.identity import History
from revenuer.stages.rank.lineage import lineage

DAYS = 6
HISTORIES = 250
SHARE = 0.5
# All link nodes are of one kind here.
KIND = ("'prefix_client' as node_kind", "'client+network' as facet")
# No run on the fourth calendar day.
DATES = [date(2026, 3, 1) + timedelta(days=offset) for offset in (0, 1, 2, 4, 5, 6)]


@dataclass
class Group:
    """Accounts that do some work over some nodes: a candidate, or a campaign as it was published."""

    accounts: set[str]
    works: set[str]
    nodes: set[str] = field(default_factory=set)
    rests_until: int = 0

    def copy(self) -> Group:
        return Group(set(self.accounts), set(self.works), set(self.nodes))


Day = dict[str, Group]  # candidate_id -> group


def numbered(letter: str, numbers: Any) -> set[str]:
    return {f"{letter}{number:03d}" for number in numbers}


# -- histories


STEPS = ("churn", "grow", "shrink", "rest", "hand_over", "merge", "split", "found", "change_work", "add_work", "twin")


@st.composite
def histories(draw: st.DrawFn) -> list[Day]:
    """Days of a few operators that lose and gain accounts, rest, hand over, merge, split and change their work."""
    fresh = iter(range(1000))

    def some(letter: str, count: int) -> set[str]:
        return numbered(letter, (next(fresh) for _ in range(count)))

    def founded() -> Group:
        size = draw(st.integers(3, 9))
        return Group(some("a", size), some("w", draw(st.integers(1, 3))), some("n", draw(st.integers(0, 4))))

    groups = [founded() for _ in range(draw(st.integers(1, 3)))]
    days: list[Day] = []
    for day in range(DAYS):
        for _ in range(draw(st.integers(0, 3)) if day else 0):
            step = draw(st.sampled_from(STEPS))
            if step == "found" or not groups:
                groups.append(founded())
                continue
            place = draw(st.integers(0, len(groups) - 1))
            group = groups[place]
            sorted_accounts = sorted(group.accounts)
            if step == "churn":
                gone = sorted_accounts[: draw(st.integers(1, len(sorted_accounts)))]
                group.accounts = (group.accounts - set(gone)) | some("a", len(gone))
            elif step == "grow":
                group.accounts |= some("a", draw(st.integers(1, 12)))
            elif step == "shrink" and len(sorted_accounts) > 2:
                group.accounts -= set(sorted_accounts[: draw(st.integers(1, len(sorted_accounts) - 2))])
            elif step == "rest":
                group.rests_until = day + draw(st.integers(1, 3))
            elif step == "hand_over":
                group.accounts = some("a", len(sorted_accounts))
            elif step == "merge" and len(groups) > 1:
                other = groups.pop((place + 1) % len(groups))
                group.accounts |= other.accounts
                group.works |= other.works
                group.nodes |= other.nodes
            elif step == "split" and len(sorted_accounts) > 3:
                part = set(sorted_accounts[: draw(st.integers(1, len(sorted_accounts) - 1))])
                group.accounts -= part
                groups.append(Group(part, set(group.works), set(group.nodes)))
            elif step == "change_work":
                group.works = some("w", 1)
            elif step == "add_work":
                group.works |= some("w", 1)
            elif step == "twin":  # another tenant on the same accounts
                groups.append(Group(set(group.accounts), some("w", 1), set(group.nodes)))
        groups = [group for group in groups if group.accounts]
        ranked = [group.copy() for group in groups if group.rests_until <= day]
        # Labels do not last: they are dealt anew every day.
        labels = draw(st.permutations(range(len(ranked))))
        days.append({f"c{label}": group for label, group in zip(labels, ranked, strict=True)})
    return days


def generated() -> list[list[Day]]:
    """The same histories in every run."""
    found: list[list[Day]] = []

    @settings(
        max_examples=HISTORIES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def collect(history: list[Day]) -> None:
        found.append(history)

    collect()
    return found


def group(accounts: Any, works: str = "1", nodes: Any = ()) -> Group:
    return Group(numbered("a", accounts), numbered("w", map(int, works)), numbered("n", nodes))


OLD, NEW = range(10), range(10, 20)
# What the issue names, spelled out: days of candidates; the last ones say what must have become of whom.
NAMED: dict[str, list[Day]] = {
    "churn": [{"x": group(range(n, n + 10))} for n in (0, 3, 6, 9, 12, 15)],
    "gap": [{"x": group(OLD)}, {}, {}, {}, {"y": group(OLD)}, {"x": group(OLD)}],
    "hand over": [{"x": group(OLD, nodes=range(5))}] * 2 + [{"y": group(NEW, nodes=range(3, 8))}] * 4,
    "other infrastructure": [{"x": group(OLD, nodes=range(5))}] * 2 + [{"y": group(NEW, nodes=range(5, 9))}] * 4,
    "other work": [{"x": group(OLD, "1", range(5))}] * 2 + [{"y": group(NEW, "2", range(5))}] * 4,
    "split": [{"x": group(OLD)}] * 2 + [{"s": group(range(3)), "l": group(range(3, 10))}] * 4,
    "merge": [{"s": group(range(3)), "l": group(range(3, 10))}] * 2 + [{"x": group(OLD)}] * 4,
    "merge and split": [{"s": group(range(4)), "l": group(range(4, 10))}] * 2
    + [{"x": group(OLD)}] * 2
    + [{"s": group(range(4)), "l": group(range(4, 10))}] * 2,
    # An account that went into another campaign on the third day is no reason to name a part of that after it.
    "merge of a crumb and split": [{"s": group(range(1)), "l": group(range(1, 10))}] * 2
    + [{"x": group(OLD)}] * 2
    + [{"h": group(range(4)), "l": group(range(4, 12))}] * 2,
    # Two tenants of one pool run on the same accounts: only the work tells them apart.
    "twins": [{"x": group(OLD, "1"), "y": group(OLD, "2")}] * 3 + [{"x": group(OLD, "2"), "y": group(OLD, "1")}] * 3,
    # The small part does all of the campaign's work, the large part some of it: the accounts decide.
    "small part of all work": [{"x": group(OLD, "12")}] * 3
    + [{"s": group(range(2), "12"), "l": group(range(2, 10), "1")}] * 3,
}  # fmt: skip


# -- naming all histories of a day at once


@dataclass
class Outcome:
    """What was named: by history and day, id by candidate, and the day's lineage rows by id."""

    histories: dict[str, list[Day]]
    ids: dict[str, list[dict[str, str]]]
    events: dict[str, list[dict[str, dict[str, Any]]]]
    rows: list[tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]


def frame(spark: SparkSession, rows: list[tuple[Any, ...]], schema: str, seed: int) -> DataFrame:
    """Rows in an order, and in partitions, that the seed decides."""
    shuffled = random.Random(seed).sample(rows, len(rows))
    names = [part.split()[0] for part in schema.split(", ")]
    return spark.createDataFrame(pd.DataFrame(shuffled, columns=names), schema).repartition(1 + seed % 3)


def members_of(days: Mapping[str, Day], attribute: str) -> list[tuple[str, str]]:
    return [
        (f"{name}/{label}", f"{name}/{value}")
        for name, day in days.items()
        for label, one in day.items()
        for value in getattr(one, attribute)
    ]


def history_of(spark: SparkSession, published: list[tuple[date, dict[str, Group]]], seed: int) -> History:
    """Published tables of the days so far; values carry the history's name already."""
    campaigns = [
        (day, name, len(one.accounts), sorted(one.works)) for day, groups in published for name, one in groups.items()
    ]
    accounts, nodes = (
        [(day, id_, value) for day, groups in published for id_, one in groups.items() for value in getattr(one, part)]
        for part in ("accounts", "nodes")
    )
    ranked = frame(
        spark, campaigns, "run_date date, campaign_id string, account_count long, workload_ids array<string>", seed
    )
    members = frame(spark, accounts, "run_date date, campaign_id string, account_id string", seed)
    return History(
        published[-1][0],
        ranked,
        members,
        frame(spark, nodes, "run_date date, campaign_id string, node_id string", seed).selectExpr("*", *KIND),
        frame(spark, [], "campaign_id string, signal string", seed),
        ranked,
        members,
    )


def name_day(
    spark: SparkSession, days: Mapping[str, Day], published: list[tuple[date, dict[str, Group]]], day: date, seed: int
) -> tuple[list[Any], list[Any]]:
    """Names and lineage of one day of all histories."""
    pairs = frame(spark, members_of(days, "accounts"), "candidate_id string, account_id string", seed)
    named_nodes = frame(spark, members_of(days, "nodes"), "candidate_id string, node_id string", seed)
    nodes = named_nodes.selectExpr("*", *KIND).selectExpr("candidate_id", f"{NODE_VERTEX} as node")
    described = frame(
        spark,
        [
            (f"{name}/{label}", sorted(f"{name}/{work}" for work in one.works), min(one.accounts), min(one.works),
             len(one.accounts))
            for name, candidates in days.items()
            for label, one in candidates.items()
        ],
        "candidate_id string, workload_ids array<string>, first_account_id string, first_workload_id string,"
        " account_count long",
        seed,
    ).withColumn("source", expr("'pool'"))  # fmt: skip
    matches, before = None, None
    if published:
        known = identity.roster(history_of(spark, published, seed))
        matches, before = identity.match(described, pairs, nodes, known, SHARE), known.campaigns
    named = identity.name_candidates(described, matches, day).localCheckpoint()
    events = lineage(named, described.select("candidate_id", "account_count"), matches, before, day)
    return named.collect(), events.collect()


@pytest.fixture(scope="module")
def outcome(spark: SparkSession) -> Iterator[Outcome]:
    every = {f"h{number:03d}": history for number, history in enumerate(generated())} | NAMED
    found = Outcome(every, defaultdict(list), defaultdict(list), [])
    published: list[tuple[date, dict[str, Group]]] = []
    for position, day in enumerate(DATES):
        days = {name: history[position] for name, history in every.items()}
        named, events = name_day(spark, days, published, day, seed=position)
        found.rows.append((sorted(map(tuple, named)), sorted(map(tuple, events), key=str)))
        ids = {row["candidate_id"]: row["campaign_id"] for row in named}
        groups: dict[str, Group] = {}
        for name, candidates in days.items():
            found.ids[name].append({label: ids[f"{name}/{label}"] for label in candidates})
            found.events[name].append({})
            for label, one in candidates.items():
                groups[ids[f"{name}/{label}"]] = Group(
                    *({f"{name}/{value}" for value in part} for part in (one.accounts, one.works, one.nodes))
                )
        published.append((day, groups))
        owner = {id_: name for name in every for ids_ in found.ids[name] for id_ in ids_.values()}
        for row in events:
            assert row["campaign_id"] not in found.events[owner[row["campaign_id"]]][-1], "two rows about one campaign"
            found.events[owner[row["campaign_id"]]][-1][row["campaign_id"]] = row.asDict()
    # The last day again, rows in another order and in other partitions.
    days = {name: history[-1] for name, history in every.items()}
    named, events = name_day(spark, days, published[:-1], DATES[-1], seed=25)
    assert (sorted(map(tuple, named)), sorted(map(tuple, events), key=str)) == found.rows[-1]
    yield found


# -- laws


def test_ids__of_a_day_are_each_one_campaigns(outcome: Outcome) -> None:
    for position in range(DAYS):
        count = Counter(id_ for ids in outcome.ids.values() for id_ in ids[position].values())
        assert not [id_ for id_, times in count.items() if times > 1]


def test_ids__are_never_minted_twice_and_never_leave_their_history(outcome: Outcome) -> None:
    minted = Counter(
        id_
        for events in outcome.events.values()
        for day in events
        for id_, row in day.items()
        if row["lineage_event"] in ("mint", "split")
    )
    assert max(minted.values()) == 1
    assert {id_ for ids in outcome.ids.values() for day in ids for id_ in day.values()} == set(minted)


def test_lineage__explains_every_change_with_one_row(outcome: Outcome) -> None:
    kinds: Counter[str] = Counter()
    for name, events in outcome.events.items():
        seen: set[str] = set()
        before: set[str] = set()
        for position, rows in enumerate(events):
            now = set(outcome.ids[name][position].values())
            assert set(rows) == now | before
            for id_, row in rows.items():
                event, other = row["lineage_event"], row["related_campaign_id"]
                kinds[event] += 1
                expected = (
                    {"survive"} if id_ in now & before
                    else {"merge", "retire"} if id_ in before
                    else {"return"} if id_ in seen
                    else {"mint", "split"}
                )  # fmt: skip
                assert event in expected
                # Whatever a row names goes on, and under its own id.
                assert (other in now and other != id_) if event in ("merge", "split") else other is None
                assert (row["overlap_share"] is None) == (event in ("mint", "retire"))
            seen |= now
            before = now
    assert set(kinds) == {"mint", "survive", "return", "merge", "split", "retire"}
    assert min(kinds.values()) >= 20, kinds  # the histories do reach every event


def test_ids__follow_the_reference_rule(outcome: Outcome) -> None:
    """The greedy rule in plain Python, over every generated history, against what the SQL named."""
    for name, days in outcome.histories.items():
        last: dict[str, tuple[int, Group]] = {}
        for position, candidates in enumerate(days):
            kept = reference(candidates, last, position)
            ids = outcome.ids[name][position]
            assert {label: ids[label] for label in kept} == kept, (name, position)
            assert not [label for label in set(ids) - set(kept) if ids[label] in last], (name, position)
            last |= {ids[label]: (position, one) for label, one in candidates.items()}


def weight_of(one: Group, old: Group) -> float:
    work = len(one.works & old.works) / min(len(one.works), len(old.works))
    return len(one.accounts & old.accounts) * max(work, 0.01)


def reference(candidates: Day, last: Mapping[str, tuple[int, Group]], position: int) -> dict[str, str]:
    pairs = []
    for label, one in candidates.items():
        live = max((weight_of(one, old) for day, old in last.values() if day == position - 1), default=0.0)
        for id_, (day, old) in last.items():
            common, nodes = len(one.accounts & old.accounts), len(one.nodes & old.nodes)
            overlap = common / min(len(one.accounts), len(old.accounts))
            work = len(one.works & old.works) / min(len(one.works), len(old.works))
            by_nodes = nodes >= 2 and nodes / min(len(one.nodes), len(old.nodes)) >= 0.2
            by_accounts = overlap >= SHARE or (work >= SHARE and overlap >= 0.2)
            if by_accounts or (work >= SHARE and by_nodes):
                weight = weight_of(one, old)
                # A part of a live campaign is not the comeback of a crumb that once went into it.
                if day == position - 1 or weight >= SHARE * live:
                    pairs.append((not by_accounts, day != position - 1, -weight, -nodes, -day, id_, label))
    kept: dict[str, str] = {}
    for *_, id_, label in sorted(pairs):
        if label not in kept and id_ not in kept.values():
            kept[label] = id_
    return kept


# -- what the issue names


def events_of(outcome: Outcome, name: str) -> list[list[str]]:
    return [sorted(row["lineage_event"] for row in day.values()) for day in outcome.events[name]]


def test_id__survives_churn_that_leaves_no_first_member(outcome: Outcome) -> None:
    assert len({id_ for day in outcome.ids["churn"] for id_ in day.values()}) == 1


def test_id__returns_after_days_of_silence(outcome: Outcome) -> None:
    assert events_of(outcome, "gap") == [["mint"], ["retire"], [], [], ["return"], ["survive"]]
    (row,) = outcome.events["gap"][4].values()
    assert (row["previous_run_date"], row["overlap_share"]) == (DATES[0], 1.0)
    assert "back after 4 days" in row["reason"]


def test_id__survives_a_hand_over_of_all_accounts_only_with_work_and_infrastructure(outcome: Outcome) -> None:
    assert events_of(outcome, "hand over")[2] == ["survive"]
    (row,) = outcome.events["hand over"][2].values()
    assert (row["overlap_share"], row["node_overlap_share"], row["work_overlap_share"]) == (0.0, 0.4, 1.0)
    assert row["reason"].startswith("handed over")
    for name in ("other infrastructure", "other work"):
        assert events_of(outcome, name)[2] == ["mint", "retire"]


def test_split__leaves_the_id_with_the_larger_part_and_says_the_overlap(outcome: Outcome) -> None:
    for name, day in (("split", 2), ("small part of all work", 3)):
        before, now = outcome.ids[name][day - 1], outcome.ids[name][day]
        assert now["l"] == before["x"]
        row = outcome.events[name][day][now["s"]]
        assert (row["lineage_event"], row["related_campaign_id"], row["overlap_share"]) == ("split", now["l"], 1.0)


def test_merge__keeps_the_larger_ones_id_and_a_later_split_gives_the_other_back(outcome: Outcome) -> None:
    ids, events = outcome.ids["merge and split"], outcome.events["merge and split"]
    assert ids[2]["x"] == ids[1]["l"]
    merged = events[2][ids[1]["s"]]
    assert (merged["lineage_event"], merged["related_campaign_id"]) == ("merge", ids[1]["l"])
    # It does not take its name back while it is part of the other.
    assert ids[3]["x"] == ids[1]["l"]
    assert (ids[4], events[4][ids[4]["s"]]["lineage_event"]) == (ids[1], "return")


def test_split__off_a_campaign_is_not_the_comeback_of_a_crumb_of_it(outcome: Outcome) -> None:
    ids, events = (part["merge of a crumb and split"] for part in (outcome.ids, outcome.events))
    assert ids[2]["x"] == ids[1]["l"] == ids[4]["l"]
    row = events[4][ids[4]["h"]]
    assert (row["lineage_event"], row["related_campaign_id"]) == ("split", ids[4]["l"])
    assert ids[4]["h"] != ids[1]["s"]


def test_ids__of_two_tenants_on_the_same_accounts_follow_the_work(outcome: Outcome) -> None:
    before, after = outcome.ids["twins"][2], outcome.ids["twins"][3]
    assert (after["x"], after["y"]) == (before["y"], before["x"])


def test_name__is_minted_alike_on_two_machines_and_anew_on_another_day(spark: SparkSession) -> None:
    ids = spark.createDataFrame(
        [("x", "1", "w1")], "candidate_id string, first_account_id string, first_workload_id string"
    )
    names = [
        identity.name_candidates(rows, None, day).collect()[0]["campaign_id"]
        for rows, day in ((ids, date(2026, 3, 2)), (ids.repartition(3), date(2026, 3, 2)), (ids, date(2026, 3, 3)))
    ]
    assert names[0] == names[1] != names[2]
    # The date is part of the name, so no later day can mint it, whatever its hash.
    assert [name[:8] for name in names[1:]] == ["cmp-5022", "cmp-5023"]
