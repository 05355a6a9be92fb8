"""The cohesion guard: where is one component really two?

Size alone proves nothing: a pool of 20,000 accounts is a finding. What gives an artefact away is that it falls into
large parts at slightly stricter evidence, while hardly any of the parts' evidence runs between them. A true pool
loses stragglers under the same bar, or falls to crumbs, or its parts turn out to be tied by much of what they have.

So a component is tried at rising bars, on two ladders that fail in opposite ways: lift (weak for wide hubs) and tail
(weak for nodes of a handful of parties). At each bar:

1. the parts that remain must hold most accounts, at least two of them large;
2. *tie share* of a part = evidence on links to dropped nodes that also reach another part, over all its evidence.
   While some part's tie share is too high to be chance, it is joined to the part it is tied to most;
3. if two or more groups are left, the dropped nodes between them are cut, and each group is tried again, alone.

Everything runs on one component's links, in numpy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class GuardRule:
    """When a component is cut.

    Attributes:
        min_account_count: Components of fewer accounts are left alone.
        min_part_account_count: Accounts that make a part large.
        min_kept_share: Share of the accounts that the large parts must hold together.
        max_tie_share: Highest tie share at which parts still count as separate.
        bar_count: Bars tried on each ladder; they divide the component's own range of evidence evenly.
    """

    min_account_count: int = 50
    min_part_account_count: int = 20
    min_kept_share: float = 0.8
    max_tie_share: float = 0.2
    bar_count: int = 8

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> GuardRule:
        """Rule from the keys ``guard_*`` of section ``cluster``."""
        names = cls.__dataclass_fields__
        return cls(**{name: settings[f"guard_{name}"] for name in names if f"guard_{name}" in settings})


@dataclass(frozen=True)
class BipartiteLinks:
    """Links of one component, vertices numbered from 0 on either side.

    Attributes:
        account: Account number of each link.
        node: Node number of each link.
        weight: Evidence of each link, in bits; positive.
        lift_bits: Evidence of each node.
        tail_bits: Surprise of each node.
    """

    account: Ints
    node: Ints
    weight: Floats
    lift_bits: Floats
    tail_bits: Floats


@dataclass(frozen=True)
class Cut:
    """A node that is cut.

    Attributes:
        node: Its number.
        level: How many cuts deep: 1 for the whole component, 2 for a part of it, and so on.
        account_count: Accounts of the groups it held together.
    """

    node: int
    level: int
    account_count: int


def find_cuts(links: BipartiteLinks, rule: GuardRule) -> list[Cut]:
    """Nodes to cut from one component so that what is left coheres.

    Returns:
        One entry per node, in order of level and number; empty for a component that coheres.
    """
    cuts: list[Cut] = []
    waiting = [(np.arange(len(links.account)), 1)]
    while waiting:
        index, level = waiting.pop()
        if len(np.unique(links.account[index])) < rule.min_account_count:
            continue
        split = next(_splits(links, index, rule), None)
        if split is None:
            continue
        cuts.extend(Cut(node, level, count) for node, count in sorted(split.items()))
        rest = index[~np.isin(links.node[index], np.fromiter(split, np.int64))]
        label = _parts(links, rest)[links.account[rest]]
        waiting.extend((rest[label == part], level + 1) for part in np.unique(label))
    return sorted(cuts, key=lambda cut: (cut.level, cut.node))


def _splits(links: BipartiteLinks, index: Ints, rule: GuardRule) -> Iterator[dict[int, int]]:
    """Nodes between separate groups, with the accounts they hold, at every bar that separates any; lowest first."""
    nodes = np.unique(links.node[index])
    # Tails span orders of magnitude, so their ladder is logarithmic.
    ladders = (links.lift_bits, np.log2(np.maximum(links.tail_bits, 1.0)))
    for step in range(1, rule.bar_count + 1):
        for strength in ladders:
            low, high = strength[nodes].min(), strength[nodes].max()
            is_dropped = strength < low + (high - low) * step / (rule.bar_count + 1)
            if high > low and is_dropped[nodes].any():
                found = _between(links, index, is_dropped, rule)
                if found:
                    yield found


def _parts(links: BipartiteLinks, index: Ints) -> Ints:
    """Part number of every account under some of the links; accounts without links are parts of their own."""
    accounts, nodes = int(links.account.max()) + 1, int(links.node.max()) + 1
    size = accounts + nodes
    graph = csr_matrix(
        (np.ones(len(index), np.int8), (links.account[index], accounts + links.node[index])), shape=(size, size)
    )
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)[:accounts]


def _between(links: BipartiteLinks, index: Ints, is_dropped: Flags, rule: GuardRule) -> dict[int, int]:
    """Dropped nodes that lie between separate groups of large parts, each with the accounts of those groups."""
    dropped = is_dropped[links.node[index]]
    accounts = np.unique(links.account[index])
    _, part_of = np.unique(_parts(links, index[~dropped])[accounts], return_inverse=True)
    size = np.bincount(part_of)
    large = np.flatnonzero(size >= rule.min_part_account_count)
    if len(large) < 2 or size[large].sum() < rule.min_kept_share * len(accounts):
        return {}
    link_part = part_of[np.searchsorted(accounts, links.account[index])]
    weight = links.weight[index]
    total = np.bincount(link_part, weight, minlength=len(size)).astype(np.float64)
    nodes, node_of = np.unique(links.node[index[dropped]], return_inverse=True)
    reach = csr_matrix((weight[dropped], (link_part[dropped], node_of)), shape=(len(size), len(nodes)))
    group = _groups(reach, total, large, rule.max_tie_share)
    if len(np.unique(group[large])) < 2:
        return {}
    group = _with_small_parts(reach, group)
    touched = _grouped(reach, group)
    held = np.bincount(group[group >= 0], size[group >= 0], minlength=touched.shape[0]).astype(np.int64)
    pattern = touched.astype(bool).astype(np.int64)
    is_between = np.asarray(pattern.sum(axis=0)).ravel() > 1
    counts = np.asarray(pattern.T @ held).ravel()
    return {int(nodes[n]): int(counts[n]) for n in np.flatnonzero(is_between)}


def _groups(reach: csr_matrix, total: Floats, large: Ints, max_tie_share: float) -> Ints:
    """Group of every part: large parts joined while tied; -1 for small ones."""
    group = np.full(len(total), -1, dtype=np.int64)
    group[large] = np.arange(len(large))
    while True:
        count = int(group.max()) + 1
        if count < 2:
            return group
        evidence = np.bincount(group[large], total[large], minlength=count)
        ties = _grouped(reach, group)
        is_shared = np.asarray(ties.astype(bool).sum(axis=0)).ravel() > 1
        shared = ties[:, np.flatnonzero(is_shared)]
        share = np.asarray(shared.sum(axis=1)).ravel() / evidence
        if not (share > max_tie_share).any():
            return group
        closest = int(np.argmax(share))
        mutual = np.asarray((shared[[closest]] @ shared.astype(bool).astype(float).T).todense()).ravel()
        mutual[closest] = -1.0
        keep, lose = sorted((closest, int(np.argmax(mutual))))
        group[group == lose] = keep
        group[group > lose] -= 1


def _with_small_parts(reach: csr_matrix, group: Ints) -> Ints:
    """Give small parts and stragglers to the group their evidence reaches most, nearest first."""
    group = group.copy()
    while (group < 0).any():
        ties = _grouped(reach, group)
        scores = (reach @ ties.astype(bool).astype(float).T).toarray()
        found = (group < 0) & (scores.max(axis=1) > 0)
        if not found.any():
            break
        group[found] = scores[found].argmax(axis=1)
    return group


def _grouped(reach: csr_matrix, group: Ints) -> csr_matrix:
    """Evidence by group and dropped node, summed over the group's parts."""
    known = np.flatnonzero(group >= 0)
    member = csr_matrix((np.ones(len(known)), (group[known], known)), shape=(int(group.max()) + 1, len(group)))
    return (member @ reach).tocsr()
