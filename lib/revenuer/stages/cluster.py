"""Cluster: which accounts are one operator's, as far as links tell.

Exact connected components of the links that count, then the cohesion guard on the large ones, then the certificate
on what is left. Pools are what the certificate has proved, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.components import EngineChoice, choose_engine, connected_components
from revenuer.components.certificate import certify
from revenuer.components.guard import BipartiteLinks, GuardRule, find_cuts
from revenuer.errors import CertificateError
from revenuer.stages.settling import settled
from revenuer.tables import CONTRACTS

# What a link node is told by: a site's own ids may be numbers that begin anew with every kind.
NODE_KEY = ("node_kind", "facet", "node_id")
_NODE = ", ".join(NODE_KEY)
# SQL of a vertex's number in the link graph. Letters keep an account and a node of the same name apart.
ACCOUNT_VERTEX = "xxhash64('a', account_id)"
NODE_VERTEX = f"xxhash64('n', {_NODE})"
_CUTS_SCHEMA = "dst bigint, cut_level int, merged_account_count bigint"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterResult:
    """Pools of a run.

    Attributes:
        pools: Columns of ``pools``.
        cuts: Columns of ``hub_ledger``, one row per node the guard cut; such a node holds no pool together.
        engine: Engine that labelled the components, and why it.
        notes: What the guard did, where it did anything.
    """

    pools: DataFrame
    cuts: DataFrame
    engine: EngineChoice
    notes: tuple[str, ...]


def cluster(
    links: DataFrame,
    *,
    settings: Mapping[str, Any],
    engine: str,
    run_date: date,
    checkpoint_dir: str | None = None,
) -> ClusterResult:
    """Form pools.

    Args:
        links: ``links`` of the run; only rows with ``is_member`` count.
        settings: Section ``cluster``.
        engine: ``auto``, ``task`` or ``graphframes``.
        run_date: Last day of the window.
        checkpoint_dir: Where the GraphFrames engine keeps intermediate results.

    Raises:
        CertificateError: Two vertices share an id, or the labels could not be proved.
        ConfigError: The engine is unknown or not there.
    """
    rule = GuardRule.from_settings(settings)
    counted = links.where("is_member").selectExpr("*", f"{ACCOUNT_VERTEX} as src", f"{NODE_VERTEX} as dst")
    # Nodes go by their numbers: their names are as long as all the rest, and only what is cut is named.
    members = settled(
        counted.selectExpr(
            "account_id",
            "coalesce(party_id, account_id) as party_id",
            "greatest(coalesce(evidence_bits, log2(lift), 1d), 0.001d) as weight",
            "coalesce(evidence_bits, log2(lift), 1d) as lift_bits",
            "coalesce(tail_bits, 1d) as tail_bits",
            "src",
            "dst",
        )
    )
    link_count = checked_link_count(counted)
    choice = choose_engine(engine, link_count, int(settings.get("task_max_link_count", link_count)))
    _log.info("components engine: %s (%s)", choice.engine, choice.reason)

    def labelled(frame: DataFrame) -> DataFrame:
        ends = frame.select("src", "dst")
        return settled(connected_components(ends, engine=choice.engine, checkpoint_dir=checkpoint_dir))

    labels = labelled(members)
    cuts = settled(_cuts(members.join(labels, expr("src = id")), rule))
    cut_count = cuts.count()
    kept = members
    if cut_count:
        kept = settled(members.join(cuts, "dst", "left_anti"))
        labels = labelled(kept)
    certify(kept.select("src", "dst"), labels)
    notes = (f"the guard cut {cut_count} link nodes that held separate groups together",) if cut_count else ()
    return ClusterResult(
        pools=_pools(kept, members.join(cuts, "dst"), labels, run_date),
        cuts=_ledger(counted, cuts, run_date),
        engine=choice,
        notes=notes,
    )


def pool_id_sql(component: str) -> str:
    """SQL expression for the label of the pool that a component makes."""
    return f"'pool-' || lower(lpad(hex({component}), 16, '0'))"


def uncut(links: DataFrame, cuts: DataFrame) -> DataFrame:
    """Links without those to nodes that the guard cut, which hold no pool together.

    Args:
        links: ``links`` of a run.
        cuts: Rows of ``hub_ledger`` that the cluster stage wrote.
    """
    nodes = cuts.selectExpr("identifier_kind as node_kind", "facet", "identifier_id as node_id").distinct()
    return links.join(nodes, list(NODE_KEY), "left_anti")


def checked_link_count(members: DataFrame) -> int:
    """Number of links, with their ``src`` and ``dst``, once it is sure that a vertex id is one account's or node's.

    Vertices of one id are told apart by a second hash: comparing the names themselves would sort all links by text.
    That both hashes agree for two of a billion names has a chance of 1 in 10^20.
    """
    ends = members.selectExpr(
        f"inline(array(struct(src as id, {_second_hash('a', 'account_id')} as other),"
        f" struct(dst as id, {_second_hash('n', *NODE_KEY)} as other)))"
    )
    by_id = ends.groupBy("id").agg(expr("count(*) as ends"), expr("min(other) as one"), expr("max(other) as another"))
    census = by_id.agg(
        expr("coalesce(sum(ends), 0) as ends"),
        expr("count_if(one <> another) as collisions"),
        expr("min(case when one <> another then id end) as example"),
    ).collect()[0]
    if census["collisions"]:
        raise CertificateError(
            f"{census['collisions']} vertex ids stand for two things at once",
            [" and ".join(_names_of(members, int(census["example"])))],
            "one of the two must be known under another id before they can be told apart",
        )
    return int(census["ends"]) // 2


def _second_hash(side: str, *names: str) -> str:
    """Of other families than the vertex's own, so that what makes one of them agree does not make all."""
    whole = ", ".join(names)
    return f"hash('{side}', {whole}) * 4294967296L + crc32(concat_ws(' ', {whole}))"


def _names_of(members: DataFrame, vertex: int) -> list[str]:
    """Two of the things an id stands for."""
    names = (
        members.where(f"src = {vertex}")
        .selectExpr("'account ' || account_id as name")
        .unionByName(members.where(f"dst = {vertex}").selectExpr("concat_ws(' ', 'node', node_kind, node_id) as name"))
    )
    return [str(row["name"]) for row in names.distinct().orderBy("name").limit(2).collect()]


def _cuts(members: DataFrame, rule: GuardRule) -> DataFrame:
    """Nodes the guard cuts; ``members`` carry their ``component``."""
    large = (
        members.groupBy("component").agg(expr("count(distinct src) as size")).where(f"size >= {rule.min_account_count}")
    )

    def cut_component(links: pa.Table) -> pa.Table:
        # Rows arrive in any order, and the guard sums their evidence.
        links = links.sort_by([("src", "ascending"), ("dst", "ascending")])
        _, account = np.unique(links["src"].to_numpy(), return_inverse=True)
        nodes, first, node = np.unique(links["dst"].to_numpy(), return_index=True, return_inverse=True)
        found = find_cuts(
            BipartiteLinks(
                account,
                node,
                links["weight"].to_numpy(),
                links["lift_bits"].to_numpy()[first],
                links["tail_bits"].to_numpy()[first],
            ),
            rule,
        )
        return pa.table(
            {
                "dst": pa.array([int(nodes[cut.node]) for cut in found], pa.int64()),
                "cut_level": pa.array([cut.level for cut in found], pa.int32()),
                "merged_account_count": pa.array([cut.account_count for cut in found], pa.int64()),
            }
        )

    return (
        members.join(large.select("component"), "component", "left_semi")
        .select("component", "src", "dst", "weight", "lift_bits", "tail_bits")
        .groupBy("component")
        .applyInArrow(cut_component, _CUTS_SCHEMA)
    )


def _pools(kept: DataFrame, cut: DataFrame, labels: DataFrame, run_date: date) -> DataFrame:
    """Columns of ``pools``: components of two accounts or more."""
    placed = kept.join(labels, expr("src = id"))
    # An account has a row for each of its nodes: told apart first, since Spark sorts for the least of texts.
    accounts = (
        placed.select("src", "account_id", "party_id", "component")
        .distinct()
        .groupBy("src", "component")
        .agg(expr("min(account_id) as account_id"), expr("min(party_id) as party_id"))
        .withColumnRenamed("component", "component_id")
    )
    widest = (
        placed.groupBy("component", "dst")
        .agg(expr("count(distinct src) as width"))
        .groupBy("component")
        .agg(expr("max(width) as width"))
    )
    # A cut always leaves a trace on both sides: accounts that had a link to the node that was cut.
    levels = (
        cut.select("src", "cut_level")
        .join(accounts.select("src", "component_id"), "src")
        .groupBy("component_id")
        .agg(expr("max(cut_level) as cut_level"))
    )
    sizes = accounts.groupBy("component_id").agg(
        expr("count(*) as account_count"), expr("count(distinct party_id) as party_count")
    )
    pools = (
        accounts.join(sizes.where("account_count >= 2"), "component_id")
        .join(widest.withColumnRenamed("component", "component_id"), "component_id")
        .join(levels, "component_id", "left")
        .selectExpr(
            f"date'{run_date}' as run_date",
            "account_id",
            "party_id",
            f"{pool_id_sql('component_id')} as pool_id",
            "component_id",
            "src as vertex_id",
            "account_count",
            "party_count",
            "width / account_count as cohesion",
            "coalesce(cut_level, 0) as cut_level",
        )
    )
    return CONTRACTS["pools"].conform(pools)


def _ledger(members: DataFrame, cuts: DataFrame, run_date: date) -> DataFrame:
    """The cuts as rows of ``hub_ledger``; ``members`` are links with their ``dst``, alike in all that is the node's."""
    nodes = members.join(cuts, "dst").dropDuplicates(["dst"])
    return CONTRACTS["hub_ledger"].conform(
        nodes.selectExpr(
            f"date'{run_date}' as run_date",
            "node_kind as identifier_kind",
            "node_id as identifier_id",
            "facet",
            "'cut by guard at level ' || cut_level as reason",
            "party_count",
            "account_count",
            "expected_party_count",
            "lift",
            "merged_account_count",
        )
    )
