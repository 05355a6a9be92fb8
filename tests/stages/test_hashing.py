"""Keyed hashes: the digits of the standard library, and a key that no plan shows."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from plain_observe import hmac_sql
from pyspark.sql import DataFrame, SparkSession

from revenuer.config import Config
from revenuer.stages.activity import with_workload_id
from revenuer.stages.handover import handover_sightings
from revenuer.stages.hashing import with_digits

KEY = b"a key of more than sixteen characters"
SESSIONS = (
    "usage_date date, account_id string, party_id string, session_id string, event_count bigint, token_count bigint,"
    " first_seen_at timestamp, last_seen_at timestamp"
)


def digits(key: bytes, value: str) -> str:
    return hmac.new(key, b"kind\0" + value.encode(), hashlib.sha256).hexdigest()[:32]


def plans(frame: DataFrame) -> str:
    """All plans of a frame, as Spark prints them into event logs and errors."""
    return str(frame._jdf.queryExecution().toString()).lower()


def secrets(key: bytes) -> list[str]:
    """What a key could be told from: itself, and the pads that the two hashes begin with."""
    padded = key.ljust(64, b"\0")
    return [key.decode(), key.hex(), *(bytes(b ^ mask for b in padded).hex() for mask in (0x36, 0x5C))]


@pytest.mark.parametrize("key", [KEY, b"k" * 100], ids=["short", "longer than a block, hashed first"])
def test_with_digits__equals_the_standard_library_and_the_plain_sql(spark: SparkSession, key: bytes) -> None:
    # Twice the same text, none, an empty one, one that is not ASCII.
    frame = spark.createDataFrame([("a", 1), ("a", 2), (None, 3), ("", 4), ("é", 5)], "text string, place int")
    hashed = with_digits(frame, key, "kind", "text", "digits").selectExpr("*", f"{hmac_sql(key, 'kind', 'text')} as s")
    rows = {row["place"]: (row["text"], row["digits"], row["s"]) for row in hashed.collect()}
    assert rows == {
        place: (text, *([None] * 2 if text is None else [digits(key, text)] * 2))
        for place, text in enumerate(("a", "a", None, "", "é"), start=1)
    }


def test_with_digits__a_frame_without_rows_has_the_column(spark: SparkSession) -> None:
    frame = spark.createDataFrame([], "text string, at timestamp, many array<bigint>")
    hashed = with_digits(frame, KEY, "kind", "text", "digits")
    assert hashed.columns == ["text", "at", "many", "digits"]
    assert hashed.collect() == []


def test_keys__are_in_no_plan(spark: SparkSession, config: Config) -> None:
    usage = spark.createDataFrame([], "usage_date date, account_id string, request_id string, event_at timestamp,"
        " status_code int, prompt_template_id string, toolset_id string, request_settings_id string, model string,"
        " input_tokens bigint")  # fmt: skip
    sessions = spark.createDataFrame([], SESSIONS)
    handed = handover_sightings(
        usage,
        sessions,
        sessions.select("usage_date", "account_id", "party_id"),
        settings=config.section("observe"),
        hash_key=KEY,
    )
    works = with_workload_id(usage, hash_key=KEY, kinds=config.section("identifiers"))
    # What this would look like: the plain SQL tells it.
    told = plans(usage.selectExpr(f"{hmac_sql(KEY, 'kind', 'account_id')} as hashed"))
    assert any(secret in told for secret in secrets(KEY))
    for frame in (handed, works):
        assert not [secret for secret in secrets(KEY) if secret in plans(frame)]
