"""Both engines, the certificate and bridges, on a real Spark session."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from revenuer.components import connected_components
from revenuer.components.bridges import bridge_links
from revenuer.components.certificate import build_witness, certify
from revenuer.errors import CertificateError

ENGINES = ("task", "graphframes")
GRAPHS = Path(os.environ.get("REVENUER_SHARED", Path(__file__).parents[2] / ".." / "shared")) / "data" / "cc_graphs"

# Two components: -9 with 3 and 4, and 0 with 1 and 2; 5 is alone. Direction, duplicates and loops do not matter.
LINKS = [(0, 1), (1, 0), (1, 2), (2, 1), (1, 1), (3, 4), (4, -9), (4, -9), (5, 5)]
LABELS = {-9: -9, 3: -9, 4: -9, 0: 0, 1: 0, 2: 0, 5: 5}


@pytest.fixture(scope="module")
def links(spark):
    return spark.createDataFrame(LINKS, "src bigint, dst bigint").persist()


@pytest.mark.parametrize("engine", ENGINES)
def test_connected_components__names_components_by_their_smallest_id(links, engine):
    rows = connected_components(links, engine=engine).collect()
    assert sorted(map(tuple, rows)) == sorted(LABELS.items())


@pytest.mark.parametrize("engine", ENGINES)
def test_connected_components__no_links_no_labels(links, engine):
    assert connected_components(links.where("false"), engine=engine).collect() == []


def test_connected_components__a_null_id_is_refused(spark):
    links = spark.sql("select 1L as src, cast(null as bigint) as dst")
    with pytest.raises(Exception, match="a link has a null dst"):
        connected_components(links, engine="task").collect()


def test_graphframes__leaves_the_session_as_it_was(spark, links):
    names = ("spark.sql.shuffle.partitions", "spark.sql.adaptive.enabled")
    before = [spark.conf.get(name) for name in names]
    connected_components(links, engine="graphframes").collect()
    assert [spark.conf.get(name) for name in names] == before


# GraphFrames takes minutes for what the task engine does in seconds.
@pytest.mark.parametrize("engine", ["task", pytest.param("graphframes", marks=pytest.mark.slow)])
@pytest.mark.reference
def test_connected_components__known_graphs(spark, engine, tmp_path):
    if not GRAPHS.is_dir():
        pytest.skip(f"the reference graphs are not there: {GRAPHS} (set REVENUER_SHARED)")
    edges, expected, offset = [], [], 0
    for file in sorted(GRAPHS.glob("*.edges.parquet")):
        graph = pd.read_parquet(file)
        known = pd.read_parquet(GRAPHS / file.name.replace(".edges.", ".components."))
        # A vertex without links occurs in no link; a loop on itself brings it in.
        isolated = known.loc[~known["id"].isin(pd.concat([graph["src"], graph["dst"]])), "id"]
        edges += [graph + offset, pd.DataFrame({"src": isolated, "dst": isolated}) + offset]
        expected.append(known.set_axis(["id", "component"], axis=1) + offset)
        offset += int(known["id"].max()) + 1
    assert len(expected) == 25
    # By way of a file: row by row from Python, 700,000 links take a minute and a half.
    pd.concat(edges).to_parquet(tmp_path / "links.parquet", index=False)
    read = spark.read.parquet(str(tmp_path / "links.parquet"))
    links = read.selectExpr("cast(src as bigint)", "cast(dst as bigint)").persist()
    wanted = pd.concat(expected).sort_values("id").reset_index(drop=True)
    labels = connected_components(links, engine=engine).persist()
    found = labels.toPandas().sort_values("id").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    certify(links, labels)
    labels.unpersist()
    links.unpersist()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        # One label over two true components: no link crosses labels, only the witness shows it.
        ({0: -9, 1: -9, 2: -9}, "separate components"),
        # A component split in two, each part named rightly.
        ({2: 2}, "link to a vertex with another label"),
        # The right parts, named by a member that is not the smallest.
        ({0: 1, 1: 1, 2: 1}, "smallest member"),
        # Named by an id below all members, which is no member.
        ({5: -7}, "no root"),
        ({1: None}, "null label"),
    ],
)
def test_certify__wrong_labels(spark, links, change, complaint):
    labels = spark.createDataFrame(list({**LABELS, **change}.items()), "id bigint, component bigint")
    if complaint is None:
        certify(links, labels)
        return
    with pytest.raises(CertificateError, match=complaint):
        certify(links, labels)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([row for row in LABELS.items() if row[0] != 1], "have no label"),  # a vertex was lost
        ([*LABELS.items(), (1, 0)], "more than one label"),  # counted twice, even with the same label
        ([*LABELS.items(), (77, 77)], "no link bears out|no root"),  # a vertex that is in no link
    ],
)
def test_certify__missing_and_surplus_vertices(spark, links, rows, complaint):
    with pytest.raises(CertificateError, match=complaint):
        certify(links, spark.createDataFrame(rows, "id bigint, component bigint"))


@pytest.mark.parametrize(
    "change",
    [
        {2: (0, 1)},  # no link leads from 2 to 0
        {2: (1, 3)},  # not one deeper than its parent
        {1: (2, 3), 2: (1, 2)},  # a circle, which no depths can serve
        {3: (3, 0)},  # a second root under the label of -9
        {2: (4, 2)},  # a parent under another label
    ],
)
def test_certify__does_not_trust_the_witness(spark, links, change):
    labels = spark.createDataFrame(list(LABELS.items()), "id bigint, component bigint")
    grown = {row["id"]: (row["parent"], row["depth"]) for row in build_witness(links, labels).collect()}
    rows = [(vertex, *claim) for vertex, claim in {**grown, **change}.items()]
    with pytest.raises(CertificateError, match="witness that no link bears out"):
        certify(links, labels, spark.createDataFrame(rows, "id bigint, parent bigint, depth bigint"))


def test_bridge_links__marks_the_only_way_between_two_halves(spark):
    rows = [
        # Two accounts behind two common nodes: a ring, no link of it is a bridge.
        ("p", 1, -1, False),
        ("p", 2, -1, False),
        ("p", 1, -2, False),
        ("p", 2, -2, False),
        # Account 3 hangs on the second node alone.
        ("p", 3, -2, True),
        # The same numbers in another pool are other vertices.
        ("q", 1, -1, True),
    ]
    # Each is listed twice: that makes no second link of it.
    links = [row[:3] for row in rows] * 2
    marked = bridge_links(spark.createDataFrame(links, "pool_id string, src bigint, dst bigint"))
    assert sorted(map(tuple, marked.collect())) == [row[:3] for row in rows if row[3]]
