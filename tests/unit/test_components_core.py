"""The graph routines over plain arrays, against networkx; no JVM."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revenuer.components import choose_engine
from revenuer.components.adjacency import stream_labels, stream_witness
from revenuer.components.bridges import find_bridges
from revenuer.errors import ConfigError

# Few distinct ids make dense graphs; the extremes and negative ids are where arithmetic on ids would go wrong.
IDS = st.sampled_from([-(2**63), -7, -1, 0, 1, 2, 3, 5, 8, 13, 2**62, 2**63 - 1]) | st.integers(-20, 20)
LINKS = st.lists(st.tuples(IDS, IDS), max_size=60)


def expected_labels(links: list[tuple[int, int]]) -> dict[int, int]:
    graph = nx.Graph(links)
    return {vertex: min(part) for part in nx.connected_components(graph) for vertex in part}


def chunks(links: list[tuple[int, int]], size: int) -> list[tuple[np.ndarray, np.ndarray]]:
    src, dst = np.array([a for a, _ in links], np.int64), np.array([b for _, b in links], np.int64)
    return [(src[i : i + size], dst[i : i + size]) for i in range(0, len(links), size)]


@given(LINKS, st.integers(1, 7), st.integers(1, 20))
@settings(deadline=None)
def test_stream_labels__equals_networkx_however_links_arrive(links, batch, chunk_links):
    ids, components = stream_labels(chunks(links, batch), chunk_links)
    assert dict(zip(ids.tolist(), components.tolist(), strict=True)) == expected_labels(links)
    assert len(ids) == len(set(ids.tolist()))


@given(LINKS, st.integers(1, 7), st.integers(1, 20))
@settings(deadline=None)
def test_stream_witness__descends_over_existing_links_to_the_root(links, batch, chunk_links):
    wanted = expected_labels(links)
    roots = np.array(sorted(set(wanted.values())), np.int64)
    columns = [column.tolist() for column in stream_witness(chunks(links, batch), lambda: roots, chunk_links)]
    depth_of = dict(zip(columns[0], columns[2], strict=True))
    assert set(depth_of) == set(wanted)
    existing = {frozenset(link) for link in links}
    for vertex, parent, depth in zip(*columns, strict=True):
        if depth == 0:
            assert parent == vertex == wanted[vertex]
        else:
            assert frozenset((vertex, parent)) in existing and depth == depth_of[parent] + 1


def test_stream_witness__leaves_out_what_no_root_reaches():
    # 1-2 hangs on the root 1; 3-4 has no root, as when a label joins two components.
    ids, _, _ = stream_witness(chunks([(1, 2), (3, 4)], 9), lambda: np.array([1]))
    assert sorted(ids.tolist()) == [1, 2]


def test_stream_labels__long_chain():
    length = 200_000
    ids, components = stream_labels(chunks([(i, i + 1) for i in range(length)], 1000), 10_000)
    assert len(ids) == length + 1 and not components.any()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda link: link[0] != link[1]), max_size=30))
def test_find_bridges__equals_networkx(links):
    graph = nx.Graph()
    graph.add_edges_from(links)
    doubled = {frozenset(a) for i, a in enumerate(links) for b in links[:i] if set(a) == set(b)}
    bridges = {frozenset(link) for link in nx.bridges(graph)} - doubled
    assert find_bridges(*ends(links)).tolist() == [frozenset(link) in bridges for link in links]


def test_find_bridges__deep_chain_does_not_recurse():
    assert find_bridges(*ends([(i, i + 1) for i in range(50_000)])).all()


def ends(links):
    pairs = np.array(links, dtype=np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@pytest.mark.parametrize(
    ("asked", "link_count", "taken"),
    [
        ("auto", 10, "task"),  # the bound itself still fits one task
        ("auto", 11, "graphframes"),
        ("task", 11, "task"),  # a name wins over the count
        ("graphframes", 1, "graphframes"),
    ],
)
def test_choose_engine__rule(asked, link_count, taken):
    choice = choose_engine(asked, link_count, 10)
    assert choice.engine == taken and choice.reason


def test_choose_engine__unknown_name_is_a_config_error():
    with pytest.raises(ConfigError, match="auto, task, graphframes"):
        choose_engine("graphx", 1)
