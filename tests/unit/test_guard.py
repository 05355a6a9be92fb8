"""The cohesion guard on small synthetic components; no JVM."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from revenuer.components.guard import BipartiteLinks, GuardRule, find_cuts

RULE = GuardRule(min_account_count=50, min_part_account_count=20)


class World:
    """Collects nodes with their accounts and evidence."""

    def __init__(self) -> None:
        self.links: list[tuple[int, int, float]] = []
        self.nodes: list[tuple[float, float]] = []

    def node(self, accounts, bits: float, tail: float) -> int:
        number = len(self.nodes)
        self.nodes.append((bits, tail))
        self.links += [(int(account), number, bits) for account in accounts]
        return number

    def cluster(self, first: int, size: int, *, seed: int = 0) -> None:
        """A true pool: every account behind three of six strong nodes."""
        random = np.random.default_rng(seed)
        choices = [random.permutation(6)[:3] for _ in range(size)]
        for slot in range(6):
            self.node([first + i for i in range(size) if slot in choices[i]], 11.0, 400.0)

    def cuts(self, rule: GuardRule = RULE):
        account, node, weight = (np.array(column) for column in zip(*self.links, strict=True))
        bits, tail = (np.array(column, float) for column in zip(*self.nodes, strict=True))
        return find_cuts(BipartiteLinks(account, node, weight.astype(float), bits, tail), rule)

    def part_sizes(self, cuts) -> list[int]:
        cut = {c.node for c in cuts}
        graph = nx.Graph((("a", a), ("n", n)) for a, n, _ in self.links if n not in cut)
        return sorted(sum(kind == "a" for kind, _ in part) for part in nx.connected_components(graph))


@pytest.mark.parametrize("size", [60, 500, 20_000])
def test_find_cuts__a_true_pool_of_any_size_stays_whole(size):
    world = World()
    world.cluster(0, size)
    world.node(range(0, size, 9), 4.0, 30.0)  # a weak node inside one pool ties nothing apart
    assert world.cuts() == []


def test_find_cuts__a_weak_bridge_between_two_pools_is_cut():
    world = World()
    world.cluster(0, 60)
    world.cluster(1000, 80, seed=1)
    bridge = world.node([0, 1, 1000, 1001], 4.0, 25.0)
    cuts = world.cuts()
    assert [(cut.node, cut.level, cut.account_count) for cut in cuts] == [(bridge, 1, 140)]
    assert world.part_sizes(cuts) == [60, 80]


def test_find_cuts__a_bridge_of_few_parties_is_found_by_its_tail():
    # Its lift is as high as everything else's: only the tail says how little it rests on.
    world = World()
    world.cluster(0, 60)
    world.cluster(1000, 80, seed=1)
    bridge = world.node([0, 1, 1000, 1001], 11.0, 25.0)
    assert [cut.node for cut in world.cuts()] == [bridge]


def test_find_cuts__a_marginal_hub_over_many_pools_is_cut():
    # A star of clusters: everybody is behind the hub, but it carries little of anybody's evidence.
    world = World()
    for i in range(5):
        world.cluster(1000 * i, 40, seed=i)
    hub = world.node([1000 * i + k for i in range(5) for k in range(40)], 3.2, 9000.0)
    cuts = world.cuts()
    assert [cut.node for cut in cuts] == [hub]
    assert world.part_sizes(cuts) == [40] * 5


def test_find_cuts__a_chain_of_pools_comes_apart_at_every_waist():
    world = World()
    for i in range(4):
        world.cluster(1000 * i, 40, seed=i)
    waists = [world.node([1000 * i, 1000 * i + 1000], 4.0 + i, 25.0 + 5 * i) for i in range(3)]
    cuts = world.cuts()
    assert {cut.node for cut in cuts} == set(waists)
    assert world.part_sizes(cuts) == [40] * 4


def test_find_cuts__exits_tied_by_strong_shared_work_stay_one_pool():
    # Ten exits with accounts of their own, all running one client and one template: a third of everybody's evidence.
    world = World()
    for i in range(10):
        world.node(range(40 * i, 40 * i + 40), 12.0, 500.0)
        world.node(range(40 * i, 40 * i + 40), 12.0, 500.0)
    world.node(range(400), 10.0, 9000.0)
    assert world.cuts() == []


def test_find_cuts__stragglers_go_with_the_side_they_lean_to():
    world = World()
    world.cluster(0, 60)
    world.cluster(1000, 60, seed=1)
    world.node([0, 1000], 4.0, 25.0)  # the bridge
    world.node([5, 6, 7, 900], 4.2, 26.0)  # a weak node inside the first pool, with an account of its own
    cuts = world.cuts()
    assert len(cuts) == 1
    assert world.part_sizes(cuts) == [60, 61]


def test_find_cuts__small_components_are_left_alone():
    world = World()
    world.cluster(0, 24)
    world.cluster(1000, 24, seed=1)
    world.node([0, 1000], 4.0, 25.0)
    assert world.cuts() == []


def test_guard_rule__reads_its_settings():
    rule = GuardRule.from_settings({"engine": "auto", "guard_min_account_count": 7, "guard_max_tie_share": 0.1})
    assert (rule.min_account_count, rule.max_tie_share, rule.bar_count) == (7, 0.1, GuardRule().bar_count)
