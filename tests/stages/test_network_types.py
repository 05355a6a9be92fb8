"""Network types from labelled ranges, on tiny frames and against the standard library."""

from __future__ import annotations

import random
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

from pyspark.sql import DataFrame, SparkSession

from revenuer.pipeline.remarks import of_network_labels
from revenuer.stages.network_types import logged_type_sql, with_network_types
from revenuer.tables import CONTRACTS

USAGE, LABELS = CONTRACTS["valid_usage"], CONTRACTS["network_labels"]
NAMES = {"mobile": ["mobile", "cgnat"], "vpn": ["vpn"], "education": ["campus"], "hosting": []}


def labelled(spark: SparkSession, *rows: tuple[str, str]) -> DataFrame:
    return spark.createDataFrame(
        [LABELS.row(cidr=cidr, label=label, source="test") for cidr, label in rows], LABELS.schema_ddl()
    )


def used(spark: SparkSession, *rows: tuple[str | None, str | None]) -> DataFrame:
    at = datetime(2026, 3, 1, 12)
    return spark.createDataFrame(
        [
            USAGE.row(request_id=f"r{number}", event_at=at, usage_date=at.date(), account_id="a", client_ip=ip,
                      network_type=kind)
            for number, (ip, kind) in enumerate(rows)
        ],
        USAGE.schema_ddl(),
    )  # fmt: skip


def types(usage: DataFrame, labels: DataFrame) -> list[str | None]:
    named = with_network_types(usage, labels, NAMES)
    assert named.columns == usage.columns
    ordered = named.orderBy(named.request_id.substr(2, 9).cast("int"))
    return [row["network_type"] for row in ordered.collect()]


def test_with_network_types__names_what_the_log_does_not(spark: SparkSession) -> None:
    labels = labelled(
        spark,
        ("198.51.0.0/16", "CGNAT"),  # however it is written
        ("198.51.100.0/24", "vpn"),  # narrower
        ("198.51.100.0/24", "vpn"),  # twice
        ("198.51.100.7", "campus"),  # one address
        ("203.0.113.0/24", "tor"),  # names no type
        ("198.51.101.0/24", "vpn"),  # two types, so none, and the wider range does not speak for it
        ("198.51.101.0/24", "campus"),
        ("2001:db8::/32", "mobile"),
        ("2001:0DB8:0001::/47", "vpn"),  # not on a boundary of digits
    )
    usage = used(
        spark,
        ("198.51.7.7", None),
        ("198.51.100.8", None),
        ("198.51.100.7", None),
        ("198.51.100.8", "residential"),  # the log's own stands
        ("203.0.113.9", None),
        ("192.0.2.1", None),
        ("2001:db8:9::1", None),
        ("2001:db8:0:5::1", None),
        ("2001:db8:1:5::1", None),
        ("2001:db8:2:5::1", None),
        ("::ffff:198.51.100.8", None),
        ("not an address", None),
        (None, None),
        (None, "business"),
        ("198.51.101.9", None),
        ("198.51.100.8", " Unknown"),
        ("198.51.100.8", "satellite"),  # a type that nothing is known of
        ("192.0.2.1", "satellite"),
    )
    assert types(usage, labels) == [
        "mobile", "vpn", "education", "residential", None, None, "mobile", "vpn", "vpn", "mobile", "vpn", None, None,
        "business", None, "vpn", "vpn", "satellite",
    ]  # fmt: skip


def test_logged_type__is_understood_however_it_is_spelt(spark: SparkSession) -> None:
    spelt = ["residential", "Residential", " ISP", "cgnat", "MOBILE", "data_center", "satellite", "Unknown", None]
    frame = used(spark, *((None, kind) for kind in spelt))
    names = {"residential": ["isp"], "mobile": ["cgnat"], "hosting": ["data_center"]}
    found = frame.selectExpr("request_id", f"{logged_type_sql(names)} as kind").orderBy("request_id").collect()
    assert [row["kind"] for row in found] == [
        "residential", "residential", "residential", "mobile", "mobile", "hosting", "satellite", "Unknown", None,
    ]  # fmt: skip


def test_with_network_types__takes_the_range_that_the_standard_library_takes(spark: SparkSession) -> None:
    chance = random.Random(5)
    networks: dict[IPv4Network | IPv6Network, str] = {}
    for _ in range(60):
        networks[ip_network((chance.getrandbits(8) << 24, chance.randint(0, 16)), strict=False)] = "vpn"
        networks[ip_network((0xCB007100 | chance.getrandbits(8), chance.randint(24, 32)), strict=False)] = "mobile"
        high = chance.getrandbits(16) << 112
        networks[IPv6Network((high, chance.randint(6, 20)), strict=False)] = "campus"
    addresses: list[IPv4Address | IPv6Address] = []
    for _ in range(150):
        addresses += [
            IPv4Address(chance.getrandbits(32)), IPv4Address(0xCB007100 | chance.getrandbits(8)),
            IPv6Address(chance.getrandbits(128)),
        ]  # fmt: skip
    kinds = {"vpn": "vpn", "mobile": "mobile", "campus": "education"}
    expected = []
    for address in addresses:
        held = [network for network in networks if network.version == address.version and address in network]
        narrowest = max(held, key=lambda network: network.prefixlen, default=None)
        expected.append(None if narrowest is None else kinds[networks[narrowest]])
    assert set(expected) == {None, "vpn", "mobile", "education"}
    labels = labelled(spark, *((str(network), label) for network, label in networks.items()))
    assert types(used(spark, *((str(address), None) for address in addresses)), labels) == expected


def test_of_network_labels__says_what_says_nothing(spark: SparkSession) -> None:
    labels = labelled(
        spark,
        ("198.51.100.0/24", "vpn"),
        ("198.51.100.0/33", "vpn"),  # longer than an address
        ("198.51.100.999/24", "vpn"),
        ("2001:db8::/x", "vpn"),
        ("203.0.113.0/24", "tor"),
        ("198.51.100.0/24", "mobile"),
    )
    broken, unnamed, unsettled = of_network_labels(labels, NAMES)
    assert broken.startswith("3 rows of network_labels are left out")
    assert "'198.51.100.0/33'" in broken
    assert unnamed.startswith("1 rows of network_labels say nothing")
    assert "'tor'" in unnamed
    assert unsettled.startswith("1 ranges of network_labels say nothing, they are labelled as networks of two types")
    assert of_network_labels(labelled(spark, ("198.51.100.0/24", "campus")), NAMES) == ()
