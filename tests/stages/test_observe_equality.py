"""The fast pass equals the plain SQL, row by row and byte by byte, on messy days and other sites' kinds."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import plain_observe
import pytest
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import Config
from revenuer.stages.observe import observe
from revenuer.tables import CONTRACTS

KEY = b"a key of more than sixteen characters"
TABLES = ("sightings", "account_activity", "key_usage")
EVENTS, ACCOUNTS = CONTRACTS["valid_usage"], CONTRACTS["accounts"]


def drawn(name: str, size: int, text: str = "", nulls: int = 0) -> str:
    """SQL of a value drawn by the row's number; one in so many is null."""
    draw = f"pmod(xxhash64(id, '{name}'), {size})"
    value = f"concat('{text}', {draw})" if text else draw
    return f"case when pmod(xxhash64(id, '{name}', 0), {nulls}) > 0 then {value} end" if nulls else value


ACCOUNT = f"case when id % 3 = 0 then 'busy' else {drawn('account', 60, 'a')} end"


@pytest.fixture(scope="module")
def usage(spark: SparkSession) -> DataFrame:
    """4,000 events of 60 accounts on two days: nulls, ties, shared sessions, refusals, odd and non-ASCII texts."""
    second = f"({drawn('burst', 30)} * 2900 + {drawn('second', 240)})"
    day = f"date_add(date'2026-03-01', cast({drawn('day', 2)} as int))"
    values = {
        "request_id": "concat('r', id)",
        "usage_date": day,
        # A third of the instants are whole seconds, so that many are equal and gaps hit powers of two.
        "event_at": f"timestamp_micros(unix_date({day}) * 86400000000L + {second} * 1000000L"
        f" + case when id % 3 > 0 then {drawn('micros', 1000000)} else 0 end"
        # Some lie hours outside their partition's UTC day, where validate lets minutes through: nothing may rely on it.
        " + case when id % 97 = 0 then 64800000000L when id % 89 = 0 then -64800000000L else 0 end)",
        # One account has a third of the events.
        "account_id": ACCOUNT,
        "organization_id": f"case when id % 5 = 0 then {drawn('org', 6, 'org')} end",
        "api_key_id": drawn("key", 5, "k", nulls=4),
        "channel": f"case {drawn('channel', 3)} when 0 then 'api' when 1 then 'unknown' end",
        "model": drawn("model", 3, "modèle ", nulls=9),
        "capability": drawn("capability", 4, "c", nulls=3),
        "network_type": drawn("network", 3, "n", nulls=3),
        "input_tokens": f"case {drawn('power', 3)} when 0 then cast(pow(2, {drawn('exponent', 26)}) as bigint) - 1"
        f" when 1 then 10 + {drawn('input', 3)} end",
        "cached_input_tokens": drawn("cached", 100, nulls=2),
        "output_tokens": drawn("output", 5000, nulls=5),
        "reasoning_tokens": drawn("reasoning", 50, nulls=2),
        "status_code": f"element_at(array(200, 200, 200, 429, 403, 500, null), cast({drawn('status', 7)} as int) + 1)",
        # Of the ids that were seen twice, one in thirty is shared; and a constant.
        "session_id": f"case when id % 160 = 0 then {drawn('session', 6, 's')}"
        f" when id % 4 = 0 then concat_ws('-', {ACCOUNT}, {drawn('session', 4)}) when id % 50 = 1 then 'constant' end",
        "turn_index": f"cast({drawn('turn', 4, nulls=2)} as int)",
        "prompt_template_id": drawn("template", 5, "t", nulls=3),
        "toolset_id": drawn("toolset", 2, "s", nulls=2),
        "request_settings_id": drawn("settings", 12, "x", nulls=6),
        "client_name": drawn("client", 3, "sdk|", nulls=3),
        "client_version": drawn("version", 3, "v", nulls=2),
        "header_fingerprint": drawn("header", 3, "h", nulls=3),
        "client_ip": f"case when id % 7 = 0 then concat('2001:db8:', {drawn('six', 40)}, '::1')"
        f" when id % 11 > 0 then concat('198.51.', {drawn('four', 200)}, '.', {drawn('host', 250)}) end",
        "asn": drawn("asn", 30, nulls=3),
    }
    frame = spark.range(4000).selectExpr(*(f"{sql} as {name}" for name, sql in values.items()))
    return EVENTS.conform(frame).persist()


@pytest.fixture(scope="module")
def accounts(spark: SparkSession) -> DataFrame:
    """Half of the accounts, some of them with an organisation, and one that was never active."""
    values = {
        "account_id": "case id when 30 then 'busy' when 31 then 'idle' else concat('a', id * 2) end",
        "organization_id": f"case when id % 4 = 0 then {drawn('org', 4, 'org')} end",
        "created_at": f"timestamp_seconds(1760000000 + {drawn('created', 90)} * 1800)",
        "payment_fingerprint": drawn("card", 9, "card", nulls=3),
        "payment_issuer": drawn("issuer", 3, "bank", nulls=5),
        "email_domain": drawn("mail", 3, "Mail.", nulls=5),
    }
    frame = spark.range(32).selectExpr(*(f"{sql} as {name}" for name, sql in values.items()))
    return ACCOUNTS.conform(frame).persist()


def sections(config: Config, site: str) -> dict[str, Any]:
    """Configuration of a site: as shipped, or with kinds switched off, changed and added."""
    found = {name: deepcopy(dict(config.section(name))) for name in ("identifiers", "composites", "observe")}
    if site == "other":
        kinds = found["identifiers"]
        for name in ("template", "settings", "wide_network", "issuer", "signup_hour"):
            del kinds[name]
        kinds["toolset"]["expression"] = "upper(coalesce(toolset_id, prompt_template_id))"
        kinds["night"] = {
            "facet": "client", "grain": "event", "strength": "common",
            "expression": "case when hour(event_at) < 6 then 1 when status_code = 500 then 0 end",
        }  # fmt: skip
        found["composites"] = {
            name: entry for name, entry in found["composites"].items() if set(entry["parts"]) <= kinds.keys()
        }
        found["composites"]["night_toolset"] = {"parts": ["night", "toolset"]}
        found["composites"]["night_client"] = {"parts": ["night", "client_signature"]}
        found["observe"] |= {"session_gap_seconds": 64, "retry_seconds": 600, "max_set_size": 3}
    return {
        "identifiers": found["identifiers"], "composites": found["composites"], "settings": found["observe"],
        "hash_key": KEY,
    }  # fmt: skip


def rows_of(found: Any) -> dict[str, list[str]]:
    return {table: sorted(map(str, getattr(found, table).collect())) for table in TABLES}


@pytest.mark.parametrize("site", ["shipped", "other"])
def test_observe__equals_the_plain_sql(site: str, usage: DataFrame, accounts: DataFrame, config: Config) -> None:
    wanted = sections(config, site)
    fast = observe(usage.repartition(3), accounts, **wanted)
    fast.gathered.persist()
    found = rows_of(fast)
    plain = rows_of(plain_observe.observe(plain_observe.with_parties(usage, accounts).persist(), accounts, **wanted))
    for table in TABLES:
        assert found[table] == plain[table]
    handed = [row for row in found["sightings"] if "handover" in row]
    assert any("failover" in row for row in handed)
    assert any("shared_session" in row for row in handed)
    assert fast.gathered.selectExpr("sum(event_count)").collect()[0][0] == 4000


def test_observe__of_an_empty_day_is_empty(usage: DataFrame, accounts: DataFrame, config: Config) -> None:
    found = observe(usage.where("false"), accounts, **sections(config, "shipped"))
    assert rows_of(found) == {table: [] for table in TABLES}
