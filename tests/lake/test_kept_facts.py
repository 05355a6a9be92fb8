"""Facts kept from date to date, on a real lake: when they roll, when they are made anew, and that both are the same."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from revenuer.config import load_config
from revenuer.lake.ancestry import Ancestry
from revenuer.lake.commits import Commit, CommitLog
from revenuer.lake.erasure import ERASURES, account_hash
from revenuer.lake.lake import Lake
from revenuer.pipeline import kept_facts
from revenuer.pipeline.currency import Currency
from revenuer.pipeline.kept_facts import TABLE, facts_of, keep_facts
from revenuer.pipeline.run import Run
from revenuer.stages.facts import window_facts

FIRST = date(2026, 3, 1)
WINDOW = 3
COLUMNS = (
    "identifier_kind", "facet", "identifier_id", "account_id", "party_id", "day_count", "event_count",
    "party_named_date",
)  # fmt: skip


@pytest.fixture
def lake(spark: SparkSession, tmp_path: Path) -> Lake:
    """Eight days of sightings; every account comes back on some days and not on others."""
    lake = Lake(spark, str(tmp_path / "lake"), load_config(overrides=(f"window.days={WINDOW}",)), "run-1")
    for number in range(8):
        load(lake, number, [f"a{account}" for account in range(6) if (account + number) % 3])
    return lake


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def load(lake: Lake, number: int, accounts: list[str]) -> None:
    rows = [
        {"usage_date": day(number), "account_id": account, "facet": "network", "identifier_kind": "ip_prefix",
         "identifier_id": f"p{len(account)}", "event_count": number + 1,
         # One account's owner is named on one day, which enters the window and leaves it.
         "party_id": "firm" if (account, number) == ("a0", 2) else None}
        for account in accounts
    ]  # fmt: skip
    lake.replace_partition("sightings", day(number), lake.frame_of("sightings", rows), stage="ingest")


def run_of(lake: Lake, number: int) -> Run:
    return Run(lake, lake.config, day(number), b"k" * 16, None, "auto", lambda text: None)


def plain(lake: Lake, number: int) -> list[Row]:
    facts = window_facts(lake.read_window("sightings", day(number - WINDOW + 1), day(number)))
    return sorted(facts.collect(), key=str)


def kept(lake: Lake, number: int) -> tuple[bool, list[Row]]:
    facts, is_rolled = keep_facts(run_of(lake, number))
    return is_rolled, sorted(facts.select(*COLUMNS).collect(), key=str)


def test_keep_facts__rolls_from_the_date_before_and_equals_the_whole_window(lake: Lake) -> None:
    for number in range(2, 8):
        is_rolled, facts = kept(lake, number)
        assert is_rolled == (number > 2)
        assert facts == plain(lake, number)


def test_keep_facts__is_made_anew_where_the_date_before_is_not_what_sightings_say(lake: Lake) -> None:
    assert not kept(lake, 3)[0]
    # Rows that came late for a day of the earlier window: its facts are not those of today's sightings any more.
    load(lake, 2, ["a0", "late"])
    is_rolled, facts = kept(lake, 4)
    assert (is_rolled, facts) == (False, plain(lake, 4))
    # A day that neither window has changes nothing.
    load(lake, 7, ["a9"])
    assert kept(lake, 5) == (True, plain(lake, 5))
    # A date that was left out.
    assert kept(lake, 7) == (False, plain(lake, 7))
    # Another window, on the same lake.
    wider = Lake(lake.spark, lake.uri, load_config(overrides=("window.days=4",)), "run-2")
    assert not keep_facts(run_of(wider, 6))[1]


def test_facts_of__reads_what_is_kept_only_where_it_is_current(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(number: int) -> list[Row]:
        return sorted(facts_of(run_of(lake, number)).select(*COLUMNS).collect(), key=str)

    assert found(3) == plain(lake, 3), "nothing is kept yet"
    keep_facts(run_of(lake, 3))
    with monkeypatch.context() as unread:
        unread.setattr(kept_facts, "window_facts", None)
        assert found(3) == plain(lake, 3)
    load(lake, 1, ["late"])
    assert found(3) == plain(lake, 3)


def test_is_kept__only_what_this_package_made_in_the_same_way(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_facts(run_of(lake, 3))
    origin = kept_facts._origin(run_of(lake, 3))

    def is_kept(origin: dict[str, str]) -> bool:
        return Currency(lake).is_kept(TABLE, day(3), "link", (("sightings", "window"),), origin)

    assert is_kept(origin)
    assert not any(is_kept({**origin, name: "another"}) for name in ("owners", "window_days"))
    monkeypatch.setattr("revenuer.pipeline.currency.__version__", "9.0")
    assert not is_kept(origin)


def test_keep_facts__opens_the_newest_commits_only(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (2, 3, 4):
        keep_facts(run_of(lake, number))
    opened: list[int] = []
    genuine = CommitLog.commit

    def commit(log: CommitLog, version: int) -> Commit:
        opened.append(version)
        return genuine(log, version)

    monkeypatch.setattr(CommitLog, "commit", commit)
    held, _ = Ancestry(lake.commits(TABLE), "run_date").days()
    assert held == {day(2), day(3), day(4)} and min(opened) >= (lake.version(TABLE) or 0) - 1


@pytest.mark.slow
def test_keep_facts__removes_what_no_date_will_roll_from(lake: Lake) -> None:
    for number in range(8):
        keep_facts(run_of(lake, number))
        held = lake.held_days(TABLE)
        assert {day(number), day(max(number - 1, 0))} <= held
        assert len(held) <= 6
    assert day(0) not in lake.held_days(TABLE)
    # It is as if it had never been kept, and nothing is out of date by that.
    assert not Currency(lake).is_kept(TABLE, day(0), "link", (("sightings", "window"),), {"window_days": str(WINDOW)})


def test_kept_facts__do_not_change_under_a_run_when_another_date_retires_them(lake: Lake) -> None:
    keep_facts(run_of(lake, 2))
    made = keep_facts(run_of(lake, 3))[0]
    found = facts_of(run_of(lake, 2))
    # A backfill of an early date is at work as well; then the day's own run is further on and retires all three.
    early = keep_facts(run_of(lake, 0))[0]
    keep_facts(run_of(lake, 6))
    assert lake.held_days(TABLE) == {day(6)}, "else nothing was retired"
    for number, facts in ((3, made), (2, found), (0, early)):
        assert sorted(facts.select(*COLUMNS).collect(), key=str) == plain(lake, number)


def test_kept_facts__leave_out_who_was_erased_since_they_were_written(lake: Lake) -> None:
    keep_facts(run_of(lake, 3))
    erased = lake.spark.sql("select 'a1' as account_id")
    on = f"t.run_date = date'{day(3)}' and t.account_id = s.account_id"
    lake.merge(TABLE, erased, on, "when matched then delete", {"stage": "forget"})
    found = {row["account_id"] for row in facts_of(run_of(lake, 3)).collect()}
    assert found == {row["account_id"] for row in plain(lake, 3)} - {"a1"}


def test_kept_facts__leave_out_who_was_erased_as_they_were_written(lake: Lake) -> None:
    keep_facts(run_of(lake, 3))
    row = {"account_hash": account_hash(run_of(lake, 3).hash_key, "a1"), "is_complete": True}
    lake.upsert(ERASURES, lake.frame_of(ERASURES, [row]), stage="forget")
    assert "a1" in {row["account_id"] for row in plain(lake, 3)}
    for facts in (facts_of(run_of(lake, 3)), keep_facts(run_of(lake, 4))[0]):
        found = {row["account_id"] for row in facts.collect()}
        assert found and "a1" not in found
