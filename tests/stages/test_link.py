"""Link on a small population: who is joined, who is not, and what the ledger says."""

from __future__ import annotations

import random
from datetime import date, timedelta
from math import log2

import pytest
from pyspark.sql import DataFrame, SparkSession
from scipy.stats import poisson

from revenuer.config import Config
from revenuer.stages.facts import window_facts
from revenuer.stages.link import LinkResult, link
from revenuer.stages.nodes import poisson_tail_bits_sql
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 1)
SIGHTINGS = CONTRACTS["sightings"]
FACETS = {
    "prefix_client": "network+client",
    "prefix_template": "network+workload",
    "client_template": "client+workload",
}


def used(account: str, prefix: str, client: str, template: str, party: str | None = None) -> list[tuple[object, ...]]:
    """An account seen with one prefix, client and template on the same events."""
    pairs = {
        "prefix_client": (prefix, client),
        "prefix_template": (prefix, template),
        "client_template": (client, template),
    }
    return [
        SIGHTINGS.row(usage_date=DAY, account_id=account, party_id=party or account, facet=FACETS[kind],
                      identifier_kind=kind, identifier_id="+".join(parts), event_count=3)
        for kind, parts in pairs.items()
    ]  # fmt: skip


def population() -> list[tuple[object, ...]]:
    """600 parties that choose prefix, client and template independently."""
    chance = random.Random(7)
    rows: list[tuple[object, ...]] = []
    for number in range(600):
        rows += used(f"h{number}", f"p{chance.randrange(60)}", f"c{chance.randrange(8)}", f"t{chance.randrange(90)}")
    return rows


def run(spark: SparkSession, config: Config, rows: list[tuple[object, ...]], benign: str | None = None) -> LinkResult:
    marked = None if benign is None else spark.range(1).selectExpr(f"'{benign}' as identifier_id")
    sightings = spark.createDataFrame(rows, SIGHTINGS.schema_ddl())
    return link(
        window_facts(sightings),
        sightings=sightings,
        run_date=DAY,
        settings=config.section("link"),
        identifiers=config.section("identifiers"),
        composites=config.section("composites"),
        benign=marked,
    )


def joined(result: LinkResult) -> set[str]:
    return {row["account_id"] for row in result.links.where("is_member").select("account_id").distinct().collect()}


@pytest.fixture(scope="module")
def linked(spark: SparkSession, config: Config) -> LinkResult:
    rows = population()
    # Twelve strangers behind two exits with one stale client and one template: a pool.
    for number in range(12):
        rows += used(f"pool{number}", f"exit{number % 2}", "stale", "harvest")
    # Forty users of one product, client and template of its own, each at home: two facets only.
    for number in range(40):
        rows += used(f"fan{number}", f"p{number}", "product", "product")
    # Twenty accounts of one organisation, all alike: one party.
    for number in range(20):
        rows += used(f"staff{number}", "office", "build", "crm", party="acme")
    # Five accounts that share a card and nothing else.
    rows += [
        SIGHTINGS.row(usage_date=DAY, account_id=f"h{number}", party_id=f"h{number}", facet="payment",
                      identifier_kind="card", identifier_id="card1", event_count=1)
        for number in range(5)
    ]  # fmt: skip
    return run(spark, config, rows)


def test_link__joins_what_chance_cannot_explain(linked: LinkResult) -> None:
    assert joined(linked) == {f"pool{number}" for number in range(12)}


def test_link__keeps_the_evidence_of_accounts_that_fell_short(linked: LinkResult) -> None:
    fans = linked.links.where("account_id = 'fan1'").collect()
    assert {(row["node_kind"], row["is_member"]) for row in fans} == {("client_template", False)}


def test_link__records_bar_and_evidence(linked: LinkResult) -> None:
    row = linked.links.where("account_id = 'pool0'").collect()[0]
    assert row["facet_count"] == 3
    parties = 600 + 12 + 40 + 1
    assert row["required_bits"] == pytest.approx(1.4 * log2(parties))
    assert row["membership_bits"] >= row["required_bits"]


def test_ledger__says_why_a_shared_value_links_nobody(linked: LinkResult) -> None:
    ledger = {row["identifier_id"]: row for row in linked.hub_ledger.collect()}
    product = ledger["product+product"]
    assert product["merged_account_count"] == 40
    assert product["reason"].startswith("most of its parties have no other evidence")


def test_link__does_not_join_over_composites_of_a_benign_identifier(spark: SparkSession, config: Config) -> None:
    rows = population()
    for number in range(12):
        rows += used(f"pool{number}", f"exit{number % 2}", "stale", "harvest")
        # Another pool, which the decision about the first one's client leaves alone.
        rows += used(f"twin{number}", f"way{number % 2}", "odd", "reaping")
    result = run(spark, config, rows, benign="stale")
    assert joined(result) == {f"twin{number}" for number in range(12)}
    assert result.links.where("node_id like '%stale%'").isEmpty()


def test_link__finds_a_pool_where_the_site_knows_no_work(spark: SparkSession, config: Config) -> None:
    """Client and sign-up day of an account are a pair, though no event shows both."""
    chance = random.Random(5)
    rows: list[tuple[object, ...]] = []

    def known(account: str, **values: str) -> None:
        facets = {"client_signature": "client", "signup_day": "identity", "issuer_signup_hour": "payment+identity"}
        for kind, value in values.items():
            rows.append(SIGHTINGS.row(usage_date=DAY, account_id=account, party_id=account, facet=facets[kind],
                                      identifier_kind=kind, identifier_id=value, event_count=3))  # fmt: skip

    for number in range(600):
        day, issuer = f"d{chance.randrange(80)}", f"bank{chance.randrange(12)}"
        known(f"h{number}", client_signature=f"c{chance.randrange(8)}", signup_day=day,
              issuer_signup_hour=f"{issuer}+{day}-{chance.randrange(24)}")  # fmt: skip
    for number in range(16):
        # Bought on two days, at one bank within the hour, and all with one stale client.
        day = f"d{number % 2}"
        known(f"pool{number}", client_signature="stale", signup_day=day, issuer_signup_hour=f"prepaid+{day}-3")
    for number in range(30):
        # A product that launched on one day: its client and the day of its users, but cards of their own.
        known(f"fan{number}", client_signature="product", signup_day="d9",
              issuer_signup_hour=f"bank{chance.randrange(12)}+d9-{chance.randrange(24)}")  # fmt: skip
    result = run(spark, config, rows)
    assert joined(result) == {f"pool{number}" for number in range(16)}
    nodes = {row["node_id"] for row in result.links.where("node_kind = 'client_signup_day'").collect()}
    assert {"stale+d0", "stale+d1", "product+d9"} <= nodes


def test_link__works_from_plain_sightings(spark: SparkSession, config: Config) -> None:
    """A site's own kinds, no composites: pairs of facets on the same day are nodes."""
    chance = random.Random(3)
    rows = []

    def plain(account: str, **values: str) -> None:
        facets = {"ip": "network", "agent": "client", "prompt": "workload"}
        for kind, value in values.items():
            rows.append(SIGHTINGS.row(usage_date=DAY, account_id=account, facet=facets[kind], identifier_kind=kind,
                                      identifier_id=value))  # fmt: skip

    for number in range(400):
        plain(
            f"h{number}",
            ip=f"i{chance.randrange(50)}",
            agent=f"a{chance.randrange(6)}",
            prompt=f"w{chance.randrange(60)}",
        )
    for number in range(10):
        plain(f"pool{number}", ip="i+exit", agent="odd", prompt="harvest")
    result = run(spark, config, rows)
    assert joined(result) == {f"pool{number}" for number in range(10)}
    assert not [note for note in result.missing_evidence if "fewer than three" in note]


def test_link__takes_an_organisation_that_is_known_from_the_second_day_for_one_party(
    spark: SparkSession, config: Config
) -> None:
    chance = random.Random(4)
    rows = []

    def plain(account: str, day: date = DAY, party: str | None = None, **values: str) -> None:
        facets = {"ip": "network", "agent": "client", "prompt": "workload"}
        for kind, value in values.items():
            rows.append(SIGHTINGS.row(usage_date=day, account_id=account, party_id=party, facet=facets[kind],
                                      identifier_kind=kind, identifier_id=value))  # fmt: skip

    for number in range(400):
        plain(f"h{number}", ip=f"i{chance.randrange(50)}", agent=f"a{chance.randrange(6)}",
              prompt=f"w{chance.randrange(60)}")  # fmt: skip
    for number in range(10):
        # All alike on the first day, when nobody knew whose they are; at home on the second, when it is known.
        plain(f"staff{number}", ip="office", agent="build", prompt="crm")
        plain(f"staff{number}", DAY + timedelta(days=1), "acme", ip=f"i{number}")
        plain(f"pool{number}", ip="exit", agent="odd", prompt="harvest")
    assert joined(run(spark, config, rows)) == {f"pool{number}" for number in range(10)}


def test_link__says_when_a_site_is_thin(spark: SparkSession, config: Config) -> None:
    rows = [row for row in population() if "prefix_client" in row]
    result = run(spark, config, rows)
    assert any("fewer than three facets" in note for note in result.missing_evidence)


def test_link__of_an_empty_window_is_empty(spark: SparkSession, config: Config) -> None:
    result = run(spark, config, [])
    assert result.links.isEmpty()
    assert result.hub_ledger.isEmpty()


@pytest.mark.parametrize(("count", "mean"), [(4, 0.01), (4, 1.0), (10, 2.0), (60, 20.0), (500, 100.0)])
def test_poisson_tail_bits__is_close_and_never_above_the_truth(spark: SparkSession, count: int, mean: float) -> None:
    exact = -poisson.logsf(count - 1, mean) / 0.6931471805599453
    found: DataFrame = spark.range(1).selectExpr(poisson_tail_bits_sql(str(count), f"{mean}D"))
    assert exact - 0.2 <= found.collect()[0][0] <= exact + 1e-6


def test_poisson_tail_bits__is_zero_at_or_below_the_mean(spark: SparkSession) -> None:
    assert spark.range(1).selectExpr(poisson_tail_bits_sql("4", "4D")).collect()[0][0] == 0.0
