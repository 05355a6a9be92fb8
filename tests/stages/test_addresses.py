"""One text for one address, held against the standard library; one query for all addresses."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.stages.addresses import canonical_ip_sql

# Zeros and the mark of mapped addresses are what spellings differ in, so they come often.
GROUP = st.one_of(st.just(0), st.sampled_from((0xFFFF, 1, 0x10, 0xFF00)), st.integers(0, 0xFFFF))
MAPPED = st.tuples(GROUP, GROUP).map(lambda low: [0, 0, 0, 0, 0, 0xFFFF, *low])
GROUPS = st.one_of(st.lists(GROUP, min_size=8, max_size=8), MAPPED)


@st.composite
def spelt(draw: st.DrawFn) -> str:
    """An IPv6 address in one of the ways it can be written."""
    groups = draw(GROUPS)
    width = draw(st.integers(1, 4))
    texts = [f"{group:0{width}x}" for group in groups]
    if draw(st.booleans()):
        texts[6:] = [str(IPv4Address(groups[6] << 16 | groups[7]))]
    first, length = draw(st.integers(0, len(texts))), draw(st.integers(0, len(texts)))
    is_zero = [text.strip("0") == "" for text in texts]
    if length and all(is_zero[first : first + length]) and first + length <= len(texts):
        text = ":".join(texts[:first]) + "::" + ":".join(texts[first + length :])
    else:
        text = ":".join(texts)
    return text.upper() if draw(st.booleans()) else text


def examples(count: int) -> list[str]:
    found: list[str] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(spelt())
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


def wanted(text: str) -> str:
    address = IPv6Address(text)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return ":".join(f"{int(group, 16):x}" for group in address.exploded.split(":"))


def canonical(spark: SparkSession, texts: list[str | None]) -> list[str | None]:
    frame = spark.createDataFrame(list(enumerate(texts)), "place int, client_ip string")
    rows = frame.selectExpr("place", f"{canonical_ip_sql('client_ip')} as found").collect()
    return [row["found"] for row in sorted(rows)]


def test_canonical_ip_sql__is_the_standard_librarys_address(spark: SparkSession) -> None:
    texts = [
        *examples(1500),
        "::", "::1", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",  # nothing at one end
        "::ffff:203.0.113.7", "::FFFF:203.0.113.7", "0:0:0:0:0:ffff:203.0.113.7", "::0000:ffff:203.0.113.7",
        "::ffff:cb00:7107", "0:0:0:0:0:ffff:5::", "0:0:0:0:0:ffff::", "0:0:0:0:0:ffff::5",  # mapped, oddly written
        "::203.0.113.7", "64:ff9b::203.0.113.7", "ffff::1", "::ffff", "::ffff:1", "0:ffff::1:2",  # not mapped
    ]  # fmt: skip
    assert len({"::" in text for text in texts}) == len({"." in text for text in texts}) == 2
    assert canonical(spark, list(texts)) == [wanted(text) for text in texts]


def test_canonical_ip_sql__leaves_what_is_no_ipv6(spark: SparkSession) -> None:
    texts = ["203.0.113.7", "0.0.0.0", None, "", "host"]
    assert canonical(spark, texts) == texts


def test_canonical_ip_sql__fails_on_no_text(spark: SparkSession) -> None:
    # A site may write valid_usage itself: bad text must not end a run, whatever becomes of it.
    bad = [":", ":::", "1:2:3", "g::1", "::ffff:99999999999999999999.1.1.1", "::ffff:1.2", "a:b:1.2.3.4.5",
           "0:0:0:0:0:ffff:123456789012345678:1", "::ffff:x:y", "1:2:3:4:5:6:7:8:9:10"]  # fmt: skip
    assert len(canonical(spark, list(bad))) == len(bad)


@pytest.mark.parametrize(
    ("texts", "prefix"),
    [
        # Three spellings of one /48, and capitals.
        (["2001:db8::1", "2001:db8:0:1::1", "2001:0db8:0000::", "2001:DB8::A"], "2001:db8:0::/48"),
        # A gateway that writes IPv4 as IPv6: not everybody's ::ffff::/48.
        (["::ffff:203.0.113.7", "203.0.113.9", "::FFFF:cb00:7101"], "203.0.113.0/24"),
    ],
)
def test_prefix__is_one_for_all_spellings(spark: SparkSession, config: Config, texts: list[str], prefix: str) -> None:
    expression = config.section("identifiers")["ip_prefix"]["expression"]
    frame = spark.createDataFrame([(text,) for text in texts], "client_ip string")
    found = frame.selectExpr(f"{canonical_ip_sql('client_ip')} as client_ip").selectExpr(f"{expression} as prefix")
    assert {row["prefix"] for row in found.collect()} == {prefix}
