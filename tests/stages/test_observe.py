"""Observe on a handful of events, each there to prove one thing."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, datetime

import plain_observe
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import expr

from revenuer.config import Config
from revenuer.stages.handover import handover_sightings
from revenuer.stages.observe import Observation, observe
from revenuer.tables import CONTRACTS

KEY = b"a key of more than sixteen characters"
DAY = date(2026, 3, 1)
EVENTS, ACCOUNTS = CONTRACTS["valid_usage"], CONTRACTS["accounts"]


def hashed(kind: str, value: str) -> str:
    return hmac.new(KEY, kind.encode() + b"\0" + value.encode(), hashlib.sha256).hexdigest()[:32]


def event(
    request: str, account: str, hour: int, minute: int = 0, second: int = 0, **values: object
) -> tuple[object, ...]:
    at = datetime(2026, 3, 1, hour, minute, second)
    return EVENTS.row(request_id=request, event_at=at, usage_date=DAY, account_id=account, **values)


@pytest.fixture(scope="module")
def observed(spark: SparkSession, config: Config) -> Observation:
    ours = {"client_ip": "198.51.100.7", "header_fingerprint": "h", "client_name": "sdk", "client_version": "1"}
    work = {"prompt_template_id": "t", "toolset_id": "s", "request_settings_id": "x", "model": "m"}
    rows = [
        # Two events half an hour apart in one workload: two session starts, one gap.
        event("r1", "a", 9, **ours, **work, input_tokens=100, output_tokens=10, status_code=200),
        event("r2", "a", 9, 30, **ours, **work, input_tokens=100, output_tokens=20, status_code=200),
        # An event without any workload column: workload_id is -+-.
        event("r3", "a", 10, client_ip="2001:db8:1::5"),
        # Other spellings of addresses that the account was seen with: they are no further networks.
        event("r10", "a", 10, client_ip="2001:0DB8:0001:0:9::"),
        event("r11", "a", 10, client_ip="::ffff:198.51.100.7"),
        # An organisation known from the log only.
        event("r4", "b", 11, organization_id="org", client_ip="198.51.100.9"),
        # A refused request, and the same one 30 s later on another party's account: a failover.
        event("r5", "c", 12, **work, input_tokens=777, status_code=429),
        event("r6", "d", 12, 0, 30, **work, input_tokens=777, status_code=200),
        # The same two minutes later: not a failover any more.
        event("r7", "e", 12, 2, 30, **work, input_tokens=777, status_code=200),
        # One conversation under two parties.
        event("r8", "f", 13, session_id="z"),
        event("r9", "g", 13, session_id="z"),
    ]
    accounts = [ACCOUNTS.row(account_id="a", payment_fingerprint="card", payment_issuer="bank",
                             created_at=datetime(2026, 1, 2, 3, 4))]  # fmt: skip
    usage = spark.createDataFrame(rows, EVENTS.schema_ddl())
    known = spark.createDataFrame(accounts, ACCOUNTS.schema_ddl())
    found = observe(
        usage,
        known,
        identifiers=config.section("identifiers"),
        composites=config.section("composites"),
        settings=config.section("observe"),
        hash_key=KEY,
    )
    for name in found.__dataclass_fields__:
        getattr(found, name).persist()
    return found


def rows_of(frame: DataFrame, where: str) -> list[dict[str, object]]:
    return [row.asDict(recursive=True) for row in frame.where(where).collect()]


def test_sightings__join_the_parts_of_a_composite(observed: Observation) -> None:
    prefix = hashed("ip_prefix", "198.51.100.0/24")
    signature = hashed("client_signature", "h|sdk|1")
    (row,) = rows_of(observed.sightings, "account_id = 'a' and identifier_kind = 'prefix_client'")
    assert row["identifier_id"] == f"{prefix}+{signature}"
    assert (row["facet"], row["event_count"], row["token_count"]) == ("network+client", 2, 230)


def test_sightings__know_the_prefix_of_both_address_families(observed: Observation) -> None:
    found = {
        row["identifier_id"]
        for row in rows_of(observed.sightings, "account_id = 'a' and identifier_kind = 'ip_prefix'")
    }
    assert found == {hashed("ip_prefix", "198.51.100.0/24"), hashed("ip_prefix", "2001:db8:1::/48")}


def test_sightings__store_no_raw_value(observed: Observation) -> None:
    raw = ("198.51.100", "2001:db8", "sdk", "card", "bank")
    assert not [r for r in rows_of(observed.sightings, "true") if any(text in str(r["identifier_id"]) for text in raw)]


def test_sightings__carry_account_identifiers_on_active_days(observed: Observation) -> None:
    kinds = {row["identifier_kind"] for row in rows_of(observed.sightings, "facet in ('payment', 'payment+identity')")}
    assert kinds == {"card", "issuer", "issuer_signup_hour"}


def test_party__is_the_organisation_or_the_account(observed: Observation) -> None:
    parties = {(row["account_id"], row["party_id"]) for row in rows_of(observed.sightings, "account_id in ('a', 'b')")}
    assert parties == {("a", "a"), ("b", "org")}


def test_handover__sees_a_retry_within_a_minute_and_no_later_one(observed: Observation) -> None:
    found = rows_of(observed.sightings, "identifier_kind = 'failover'")
    assert {row["account_id"] for row in found} == {"c", "d"}
    assert {row["identifier_id"] for row in found} == {hashed("failover", "r5")}


def test_handover__schedules_that_start_together_hand_nothing_over(spark: SparkSession, config: Config) -> None:
    def asked(key: str, account: str, second: int, status: int = 200) -> tuple[object, ...]:
        organization = {"x": "org", "y": "org"}.get(account)
        return event(f"{key}{account}{second}", account, 12, second // 60, second % 60, organization_id=organization,
                     prompt_template_id="t", model="m", input_tokens=ord(key), status_code=status)  # fmt: skip

    rows = [
        # h: refused, and another party gets the answer: handed over.
        asked("h", "a", 110, 429), asked("h", "b", 130),
        # c: refused twice before the third account gets it: both refusals were handed on.
        asked("c", "a", 110, 429), asked("c", "b", 120, 429), asked("c", "d", 130),
        # v: two parties answer, one of them with two accounts: tried again, since the first answer came late.
        asked("v", "a", 110, 429), asked("v", "b", 130), asked("v", "x", 140), asked("v", "y", 150),
        # l: a stranger was answered 61 seconds before, and the account itself 121 seconds after: both too far away.
        asked("l", "b", 49), asked("l", "a", 110, 429), asked("l", "d", 130), asked("l", "a", 231),
        # u: neither its own answer of the minute before nor its organisation's says anything of the refusal.
        asked("u", "x", 105), asked("u", "y", 106), asked("u", "x", 110, 429), asked("u", "b", 130),
        # o: two strangers' hourly job; who was refused gets its own answer when the next minute is over.
        asked("o", "a", 110, 429), asked("o", "b", 115), asked("o", "a", 230),
        # i: it gets it in the very second of the refusal.
        asked("i", "a", 110, 429), asked("i", "a", 110), asked("i", "b", 115),
        # p: its organisation's other account answers, as well as a stranger.
        asked("p", "x", 110, 429), asked("p", "b", 115), asked("p", "y", 120),
        # n: the other account gets it in the very second of the refusal, or (j) at the end of the minute.
        asked("n", "x", 110, 429), asked("n", "y", 110), asked("n", "b", 115),
        asked("j", "x", 110, 429), asked("j", "y", 170), asked("j", "b", 115),
        # q: the other account answers later than in a minute, which is nothing to do with it.
        asked("q", "x", 110, 429), asked("q", "b", 115), asked("q", "y", 171),
        # s: a stranger was answered in the minute before, too: that is a schedule.
        asked("s", "a", 110, 429), asked("s", "b", 50), asked("s", "d", 125),
        # e: answered at the very moment of the refusal, which no retry can be.
        asked("e", "a", 110, 429), asked("e", "b", 110), asked("e", "d", 125),
        # m: three parties answer: many do this at the full hour.
        asked("m", "a", 110, 429), *(asked("m", account, 120) for account in "bdf"),
    ]  # fmt: skip
    usage = spark.createDataFrame(rows, EVENTS.schema_ddl()).withColumn(
        "request_id", expr("request_id || if(status_code = 200, '', '!')")
    )
    events = usage.withColumn("party_id", expr("coalesce(organization_id, account_id)"))
    parties = events.select("usage_date", "account_id", "party_id").distinct()
    sessions, settings = sessions_of(spark, ("z", ["a"])), config.section("observe")
    found = handover_sightings(usage, sessions, parties, settings=settings, hash_key=KEY)
    wanted = [("ha110", "ab"), ("ca110", "ad"), ("cb120", "bd"), ("va110", "abxy"), ("la110", "ad"), ("ux110", "bx"),
              ("qx110", "bx")]  # fmt: skip
    handed = {(hashed("failover", f"{request}!"), account) for request, both in wanted for account in both}
    for one in (found, plain_observe.handover_sightings(events, settings=settings, hash_key=KEY)):
        assert {(row["identifier_id"], row["account_id"]) for row in rows_of(one, "facet = 'handover'")} == handed


def test_handover__sees_a_session_under_two_parties(observed: Observation) -> None:
    found = rows_of(observed.sightings, "identifier_kind = 'shared_session'")
    assert {row["account_id"] for row in found} == {"f", "g"}


def sessions_of(spark: SparkSession, *ids: tuple[str, list[str]]) -> DataFrame:
    """Sessions of a day, two exchanges in each: an id and the accounts that show it."""
    at = datetime(2026, 3, 1, 12)
    return spark.createDataFrame(
        [(DAY, account, account, name, 2, 10, at, at) for name, accounts in ids for account in accounts],
        "usage_date date, account_id string, party_id string, session_id string, event_count long, token_count long,"
        " first_seen_at timestamp, last_seen_at timestamp",
    )


RANDOM = [(f"random{n}", [f"a{n}"]) for n in range(300)]
HANDED = [(f"pool{n}", ["f", "g"]) for n in range(6)]


@pytest.mark.parametrize(
    ("ids", "seen"),
    [
        (HANDED[:1], 1),  # one may be handed on, whatever the others are
        ([*HANDED, *RANDOM], 6),  # a pool's, among the ids of others
        # Three clients count their sessions: that all have a first and a second one shows nothing.
        ([*((f"{n}", ["a", "b", "c"]) for n in range(20)), ("20", ["a"])], 0),
        # A constant is no session, and does not make the others doubtful ...
        ([*HANDED, ("none", [f"a{n}" for n in range(21)]), *RANDOM], 6),
        # ... but a product whose clients count, beside random ids: few are shared, several of them by very many.
        ([*HANDED, *((f"{n}", [f"a{k}" for k in range(30 - 2 * n)]) for n in range(5)), *RANDOM], 0),
    ],
)
def test_handover__knows_ids_that_clients_count_up(
    spark: SparkSession, ids: list[tuple[str, list[str]]], seen: int
) -> None:
    nothing = spark.createDataFrame([], EVENTS.schema_ddl())
    sessions = sessions_of(spark, *ids)
    found = handover_sightings(
        nothing, sessions, sessions.limit(0), settings={"retry_seconds": 60}, hash_key=KEY
    ).where("identifier_kind = 'shared_session'")
    assert found.select("identifier_id").distinct().count() == seen


def test_activity__counts_clock_sessions_and_lengths(observed: Observation) -> None:
    work = f"{hashed('template', 't')}+{hashed('toolset', 's')}"
    (row,) = rows_of(observed.account_activity, f"account_id = 'a' and workload_id = '{work}'")
    assert (row["event_count"], row["input_tokens"], row["output_tokens"]) == (2, 200, 30)
    assert row["hour_counts"] == [2 if hour == 9 else 0 for hour in range(24)]
    assert row["session_start_seconds"] == [9 * 3600, 9 * 3600 + 1800]
    assert row["session_end_seconds"] == [9 * 3600, 9 * 3600 + 1800]  # a session of one event each
    assert row["gap_counts"][10] == 1  # 1,800 s lie between 2^10 and 2^11
    assert row["input_length_counts"][6] == 2  # 100 tokens lie between 2^6 and 2^7
    assert row["model_counts"] == {"m": 2}


def test_activity__labels_unknown_work(observed: Observation) -> None:
    (row,) = rows_of(observed.account_activity, "account_id = 'a' and workload_id = '-+-'")
    assert row["event_count"] == 3


def test_key_usage__keeps_every_exchange(observed: Observation) -> None:
    assert sum(int(str(row["event_count"])) for row in rows_of(observed.key_usage, "true")) == 11


def test_observe__days_together_come_out_as_they_do_alone(spark: SparkSession, config: Config) -> None:
    work = {"prompt_template_id": "t", "model": "m", "input_tokens": 777}

    def at(request: str, account: str, when: datetime, **values: object) -> tuple[object, ...]:
        return EVENTS.row(
            request_id=request, account_id=account, event_at=when, usage_date=when.date(), **work, **values
        )

    rows = [
        # One workload over midnight: a session start on either day.
        at("r1", "a", datetime(2026, 3, 1, 23, 50), organization_id="org"),
        at("r2", "a", datetime(2026, 3, 2, 0, 5)),
        # A refusal before midnight and its retry after it, one session on both sides: no handover on either day.
        at("r3", "b", datetime(2026, 3, 1, 23, 59, 50), status_code=429, session_id="z"),
        at("r4", "c", datetime(2026, 3, 2, 0, 0, 10), status_code=200, session_id="z"),
        # And both within the second day.
        at("r5", "b", datetime(2026, 3, 2, 9), status_code=429, session_id="y"),
        at("r6", "c", datetime(2026, 3, 2, 9, 0, 30), status_code=200, session_id="y"),
    ]
    usage = spark.createDataFrame(rows, EVENTS.schema_ddl())
    nobody = spark.createDataFrame([], ACCOUNTS.schema_ddl())

    tables = ("sightings", "account_activity", "key_usage")

    def observed_days(frame: DataFrame) -> dict[str, list[str]]:
        found = observe(
            frame, nobody, identifiers=config.section("identifiers"),
            composites=config.section("composites"), settings=config.section("observe"), hash_key=KEY,
        )  # fmt: skip
        found.gathered.persist()
        return {name: sorted(map(str, getattr(found, name).collect())) for name in tables}

    together = observed_days(usage)
    alone = [observed_days(usage.where(f"usage_date = date'{day}'")) for day in ("2026-03-01", "2026-03-02")]
    assert together == {name: sorted(alone[0][name] + alone[1][name]) for name in together}
    assert any("failover" in row for row in together["sightings"])
