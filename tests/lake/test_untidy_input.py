"""Input that is untidy and accepted: blank texts, accounts that stand twice, thin sites; what stages make of it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import QualityError
from revenuer.lake.lake import Lake
from revenuer.pipeline.loop import run_stages
from revenuer.pipeline.run import Run
from revenuer.pipeline.stage import StageReport
from revenuer.pipeline.stages import stages_from
from revenuer.pipeline.wiring import run_publish
from revenuer.stages import validate as validation
from revenuer.stages.facets import TOO_FEW_FACETS
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 1)
EVENTS, ACCOUNTS, LABELS = (CONTRACTS[name] for name in ("usage_events", "accounts", "network_labels"))


@pytest.fixture
def lake(spark: SparkSession, config: Config, tmp_path: Path) -> Lake:
    return Lake(spark, str(tmp_path / "lake"), config, "run-1")


def run_of(lake: Lake) -> Run:
    return Run(lake, lake.config, DAY, b"a key for tests only", None, "task", lambda text: None)


def reports(lake: Lake, first: str, last: str) -> dict[str, StageReport]:
    stages = [stage for stage in stages_from("all", first) if stage.name in (first, last) or last == "publish"]
    return {report.stage: report for report in run_stages(run_of(lake), stages)}


def test_blank_texts__are_nobodys_organisation_card_or_work(lake: Lake) -> None:
    rows = [
        EVENTS.row(request_id=f"r{n}", event_at=datetime(2026, 3, 1, 23, n), usage_date=DAY, account_id=f"a{n}",
                   organization_id="" if n else " acme ", prompt_template_id="", client_ip="", client_name=" ")
        for n in range(6)
    ]  # fmt: skip
    known = [ACCOUNTS.row(account_id=f"a{n}", organization_id="", payment_fingerprint="", email_domain=" ")
             for n in range(6)]  # fmt: skip
    # As the lake's owners write them.
    lake.replace_partition("usage_events", DAY, lake.spark.createDataFrame(rows, EVENTS.schema_ddl()), stage="ingest")
    lake.spark.createDataFrame(known, ACCOUNTS.schema_ddl()).write.format("delta").save(lake.table_path("accounts"))
    found = reports(lake, "validate", "observe")
    assert not [text for text in found["validate"].warnings if "quarantined" in text], "no address is no bad address"
    # An account without an organisation is its own party; a name is kept as it is.
    activity = lake.read("account_activity").collect()
    assert {row["account_id"]: row["party_id"] for row in activity} == {
        **{f"a{n}": f"a{n}" for n in range(1, 6)}, "a0": " acme "
    }  # fmt: skip
    assert {row["workload_id"] for row in activity} == {"-+-"}
    assert lake.read("sightings").isEmpty(), "there is nothing to be seen with"


def test_accounts__that_stand_twice_are_counted_and_the_fix_is_named(lake: Lake) -> None:
    row = EVENTS.row(request_id="r", event_at=datetime(2026, 3, 1, 23), usage_date=DAY, account_id="a")
    lake.replace_partition("usage_events", DAY, lake.spark.createDataFrame([row], EVENTS.schema_ddl()), stage="ingest")
    known = [ACCOUNTS.row(account_id=name, plan=plan) for name, plan in
             (("a", "x"), ("a", "y"), ("b", "x"), ("b", "x"), ("c", "x"), (None, "x"), (None, "y"))]  # fmt: skip
    lake.spark.createDataFrame(known, ACCOUNTS.schema_ddl()).write.format("delta").save(lake.table_path("accounts"))
    (warning,) = [text for text in reports(lake, "validate", "validate")["validate"].warnings if "accounts" in text]
    assert warning.startswith("2 account ids stand more than once in accounts") and "keep one row" in warning


def test_validate__rows_that_arrive_meanwhile_are_for_the_next_run(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    row = EVENTS.row(request_id="r", event_at=datetime(2026, 3, 1, 23), usage_date=DAY, account_id="a")
    frame = lake.spark.createDataFrame([row], EVENTS.schema_ddl())
    lake.replace_partition("usage_events", DAY, frame, stage="ingest")
    genuine = validation.measure

    def measure(result: validation.ValidateResult) -> validation.ValidateCounts:
        # Which requests came twice was asked, the rows were not read yet.
        frame.write.format("delta").mode("append").save(lake.table_path("usage_events"))
        return genuine(result)

    monkeypatch.setattr(validation, "measure", measure)
    reports(lake, "validate", "validate")
    assert lake.read("valid_usage").count() == 1
    monkeypatch.undo()
    assert not reports(lake, "validate", "validate")["validate"].is_skipped, "its input changed since"
    assert lake.read("usage_events").count() == 2
    assert lake.read("valid_usage").count() == 1


@pytest.mark.slow
def test_network_labels__name_types_that_the_log_lacks_and_what_says_nothing_is_told(lake: Lake) -> None:
    rows = [
        EVENTS.row(request_id=f"r{n}", event_at=datetime(2026, 3, 1, 23, n), usage_date=DAY, account_id="a",
                   client_ip=ip, network_type=kind)
        for n, (ip, kind) in enumerate([("198.51.100.7", None), ("198.51.100.8", "hosting"), ("192.0.2.1", None)])
    ]  # fmt: skip
    lake.replace_partition("usage_events", DAY, lake.spark.createDataFrame(rows, EVENTS.schema_ddl()), stage="ingest")
    known = [LABELS.row(cidr=cidr, label=label) for cidr, label in
             (("198.51.100.0/24", "CGNAT"), ("198.51.100.0", "device_farm"), ("here", "vpn"))]  # fmt: skip
    lake.spark.createDataFrame(known, LABELS.schema_ddl()).write.format("delta").save(lake.table_path("network_labels"))
    found = reports(lake, "validate", "observe")["observe"]
    (activity,) = lake.read("account_activity").collect()
    assert activity["network_type_counts"] == {"mobile": 1, "hosting": 1, "unknown": 1}
    broken, unnamed = found.warnings
    assert "'here'" in broken and "'device_farm'" in unnamed


@pytest.mark.slow
@pytest.mark.parametrize(
    "kinds",
    [
        # IP, client and settings, no templates, no accounts: settings never link.
        {"ip_prefix": "network", "wide_network": "network", "client_signature": "client", "settings": "workload",
         "prefix_client": "network+client"},
        # IP and accounts, no client, no templates: no composite reaches the network.
        {"ip_prefix": "network", "wide_network": "network", "card": "payment", "issuer": "payment",
         "signup_hour": "identity", "issuer_signup_hour": "payment+identity"},
    ],
    ids=["no_work", "no_client"],
)  # fmt: skip
def test_link_and_rank__say_the_same_of_a_thin_site(lake: Lake, kinds: dict[str, str]) -> None:
    rows = [
        {"usage_date": DAY, "account_id": f"a{n}", "facet": facet, "identifier_kind": kind, "event_count": 1,
         "identifier_id": "x+y" if "+" in facet else "z"}
        for n in range(5) for kind, facet in kinds.items()
    ]  # fmt: skip
    lake.replace_partition("sightings", DAY, lake.frame_of("sightings", rows), stage="ingest")
    found = reports(lake, "link", "publish")
    assert TOO_FEW_FACETS in found["link"].missing_evidence
    assert TOO_FEW_FACETS in found["rank"].missing_evidence


DAMAGED = {
    # A check of a table that was not looked at, and a row rule of one that only some sites have.
    "campaign_lineage": (["mint", "mint"], "a campaign has two identity events"),
    "campaign_links": ([None], "is_bridge is null"),
    "campaign_regeneration": ([-1.0], "recovered_share is negative"),
}


@pytest.mark.parametrize("table", DAMAGED)
def test_publish__checks_every_staged_table(lake: Lake, table: str) -> None:
    values, message = DAMAGED[table]
    names = {name for name in CONTRACTS if name.startswith("campaign")} - {"campaign_regeneration"} | {table}
    for name in names:
        damaged = values if name == table else []
        row = {"run_date": DAY, "campaign_id": "c", "account_id": "a", "node_id": "n", "node_kind": "k", "reason": "r",
               "wave_at": datetime(2026, 3, 1), "banned_account_count": 1}  # fmt: skip
        own = {"campaign_lineage": "lineage_event", "campaign_links": "is_bridge"}.get(name, "recovered_share")
        rows = [
            {column: value for column, value in {**row, own: value}.items() if column in CONTRACTS[name].columns}
            for value in damaged
        ]
        lake.replace_partition(name, DAY, lake.frame_of(name, rows), stage="rank", staged=True)
    lake.staging.seal(DAY, {})
    with pytest.raises(QualityError, match=message):
        run_publish(run_of(lake))
    assert lake.published_dates() == []


def test_run__sightings_that_name_nothing_are_not_read(lake: Lake) -> None:
    usual = {"usage_date": DAY, "account_id": "a", "facet": "network", "identifier_kind": "ip", "identifier_id": "7f"}
    texts = ("account_id", "facet", "identifier_kind", "identifier_id")
    rows = [usual, *({**usual, column: text} for column in texts for text in ("", " "))]
    lake.replace_partition("sightings", DAY, lake.frame_of("sightings", rows), stage="ingest")
    (row,) = run_of(lake).window("sightings").collect()
    assert (row["account_id"], row["identifier_id"]) == ("a", "7f")
