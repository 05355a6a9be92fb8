"""The cluster stage on tiny frames."""

from __future__ import annotations

from datetime import date

import pytest

from revenuer.errors import CertificateError
from revenuer.stages.cluster import checked_link_count, cluster, uncut
from revenuer.stages.pool_proof import prove_pools
from revenuer.tables import CONTRACTS

DAY = date(2026, 3, 1)
SETTINGS = {
    "task_max_link_count": 1000,
    "guard_min_account_count": 8,
    "guard_min_part_account_count": 4,
    "guard_min_kept_share": 0.8,
    "guard_max_tie_share": 0.2,
    "guard_bar_count": 8,
}


def link(
    account: str, node: str, *, lift: float = 1000.0, tail: float = 300.0, member: bool = True, party: str = "",
    kind: str = "prefix_client",
):  # fmt: skip
    return CONTRACTS["links"].row(
        run_date=DAY,
        account_id=account,
        party_id=party or account,
        node_id=node,
        node_kind=kind,
        facet="client+network",
        party_count=4,
        account_count=4,
        expected_party_count=0.1,
        lift=lift,
        tail_bits=tail,
        evidence_bits=10.0 if lift >= 1000 else 3.0,
        is_member=member,
    )


def run(spark, rows, engine="auto", **settings):
    frame = spark.createDataFrame(rows, CONTRACTS["links"].schema_ddl())
    return cluster(frame, settings={**SETTINGS, **settings}, engine=engine, run_date=DAY)


def two_pools(bridge_lift: float):
    """Two pools of six accounts behind two strong nodes each, and a node that two accounts of each side share."""
    rows = [link(f"{side}{i}", f"{side}-node{n}") for side in "ab" for i in range(6) for n in range(2)]
    return rows + [link(account, "bridge", lift=bridge_lift, tail=25.0) for account in ("a0", "a1", "b0", "b1")]


def by_pool(result):
    pools: dict[str, set[str]] = {}
    for row in result.pools.collect():
        pools.setdefault(row["pool_id"], set()).add(row["account_id"])
    return sorted(sorted(accounts) for accounts in pools.values())


def test_cluster__pools_and_their_columns(spark):
    result = run(
        spark,
        [
            link("a", "n1", party="o"),
            link("b", "n1", party="o"),
            link("c", "n1"),
            link("c", "n2"),
            link("d", "n2"),
            link("e", "n2", member=False),  # fell short of the bar: its link holds nothing together
            link("n1", "x"),
            link("y", "x"),  # an account named like a node is not that node
            link("z", "alone"),  # one account is no pool
        ],
    )
    assert result.pools.columns == list(CONTRACTS["pools"].columns)
    assert by_pool(result) == [["a", "b", "c", "d"], ["n1", "y"]]
    row = result.pools.where("account_id = 'a'").collect()[0]
    # n1 holds three of four accounts; a and b are one party.
    assert (row["account_count"], row["party_count"], row["cohesion"], row["cut_level"]) == (4, 3, 0.75, 0)
    assert row["pool_id"] == f"pool-{row['component_id'] % 2**64:016x}" and row["run_date"] == DAY
    assert result.engine.engine == "task" and result.cuts.count() == 0


def test_cluster__nodes_of_one_id_and_two_kinds_hold_nothing_together(spark):
    # A site's own numbers begin anew with every kind: exit 5 seen with template 7, and template 5 with exit 7.
    rows = [link(account, "5+7", kind="client+network") for account in "ab"]
    rows += [link(account, "5+7", kind="network+template") for account in "cd"]
    result = run(spark, rows)
    assert by_pool(result) == [["a", "b"], ["c", "d"]]
    # What the guard cuts of one kind stays of the other.
    cut = result.cuts.sparkSession.createDataFrame(
        [CONTRACTS["hub_ledger"].row(identifier_kind="client+network", facet="client+network", identifier_id="5+7")],
        CONTRACTS["hub_ledger"].schema_ddl(),
    )
    left = uncut(spark.createDataFrame(rows, CONTRACTS["links"].schema_ddl()), cut)
    assert {row["account_id"] for row in left.collect()} == {"c", "d"}


def test_prove_pools__misses_no_pool_that_is_gone(spark):
    # Two accounts behind four nodes: in most of such pools a node has the smallest number, in some an account.
    rows = [link(f"{pool}{i}", f"{pool}-node{n}") for pool in "pqr" for i in range(2) for n in range(4)]
    rows += [link("z", "alone")]  # in no pool, and rightly so
    result = run(spark, rows)
    links = spark.createDataFrame(rows, CONTRACTS["links"].schema_ddl())
    assert prove_pools(links, result.cuts, result.pools).pool_count == 3
    for lost in ("p0", "p_", "q_", "r_"):  # one account of a pool; every pool as a whole
        with pytest.raises(CertificateError, match="are not what the stored links say") as caught:
            prove_pools(links, result.cuts, result.pools.where(f"account_id not like '{lost}'"))
        assert "4 link nodes join accounts with different labels" in str(caught.value)


def test_cluster__engines_agree_to_the_label(spark):
    rows = two_pools(10.0)
    task, graphframes = (sorted(run(spark, rows, engine).pools.collect()) for engine in ("task", "graphframes"))
    assert task == graphframes and len(task) == 12


def test_cluster__a_weak_bridge_is_cut_and_recorded(spark):
    result = run(spark, two_pools(bridge_lift=10.0))
    assert by_pool(result) == [[f"{side}{i}" for i in range(6)] for side in "ab"]
    assert {row["cut_level"] for row in result.pools.collect()} == {1}
    (cut,) = result.cuts.collect()
    assert result.cuts.columns == list(CONTRACTS["hub_ledger"].columns)
    assert (cut["identifier_kind"], cut["identifier_id"]) == ("prefix_client", "bridge")
    assert (cut["reason"], cut["merged_account_count"]) == ("cut by guard at level 1", 12)
    assert any("guard cut 1 link node" in note for note in result.notes)


@pytest.mark.parametrize(
    ("rows", "settings"),
    [
        # Below the size at which the guard looks at all.
        (two_pools(10.0), {"guard_min_account_count": 50}),
        # The halves share a node that nearly everybody is behind, as strong as the rest: one pool.
        ([*two_pools(10.0), *(link(f"{side}{i}", "shared") for side in "ab" for i in range(6))], {}),
    ],
)
def test_cluster__what_coheres_is_not_cut(spark, rows, settings):
    result = run(spark, rows, **settings)
    assert len(by_pool(result)) == 1 and result.cuts.count() == 0


def test_cluster__no_links_is_no_error(spark):
    result = run(spark, [link("a", "n", member=False)])
    assert result.pools.count() == 0 and result.cuts.count() == 0


def test_checked_link_count__names_the_two_things_that_share_a_vertex_id(spark):
    rows = [
        ("anna", "k", "f", "n1", 1, 11),  # vertex 1 is anna
        ("bert", "k", "f", "n2", 2, 12),  # and bert has his own
        ("anna", "k", "f", "n2", 1, 12),  # anna again: the same thing twice
    ]
    schema = "account_id string, node_kind string, facet string, node_id string, src bigint, dst bigint"
    assert checked_link_count(spark.createDataFrame(rows, schema)) == 3
    # A node that hashes to anna's vertex would put everybody behind it into her pool.
    doubled = spark.createDataFrame([*rows, ("bert", "k", "f", "n3", 2, 1)], schema)
    with pytest.raises(CertificateError, match="1 vertex ids stand for two things") as caught:
        checked_link_count(doubled)
    assert "account anna and node k n3" in str(caught.value)
