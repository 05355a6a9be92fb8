"""Exact connected components of a link graph, by one of two engines behind one function.

Vertex ids are bigints of our own making; every id that occurs in a link gets exactly one row, and a component is
named by its smallest member id, whichever engine ran.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from revenuer.errors import ConfigError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Engine = Literal["task", "graphframes"]
ENGINES = ("auto", "task", "graphframes")
LABELS_SCHEMA = "id bigint, component bigint"
TASK_MAX_LINKS = 100_000_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EngineChoice:
    """Which engine runs, and why.

    Attributes:
        engine: ``task`` or ``graphframes``.
        reason: The rule that chose it, for the run's log.
    """

    engine: Engine
    reason: str


def choose_engine(engine: str, link_count: int, task_max_links: int = TASK_MAX_LINKS) -> EngineChoice:
    """Apply the engine rule.

    Args:
        engine: ``auto``, ``task`` or ``graphframes``.
        link_count: Links of the graph; only ``auto`` looks at it.
        task_max_links: Most links one task may take under ``auto``.

    Raises:
        ConfigError: Unknown engine.
    """
    if engine == "task":
        return EngineChoice("task", "asked for by name")
    if engine == "graphframes":
        return EngineChoice("graphframes", "asked for by name")
    if engine != "auto":
        raise ConfigError(
            f"unknown components engine {engine!r}", fix=f"set cluster.engine to one of {', '.join(ENGINES)}"
        )
    if link_count <= task_max_links:
        return EngineChoice("task", f"auto: {link_count:,} links are within {task_max_links:,}")
    return EngineChoice("graphframes", f"auto: {link_count:,} links exceed {task_max_links:,}")


def connected_components(
    links: DataFrame,
    *,
    engine: str = "auto",
    task_max_links: int = TASK_MAX_LINKS,
    checkpoint_dir: str | None = None,
    link_count: int | None = None,
) -> DataFrame:
    """Label every vertex with its component.

    Args:
        links: ``src bigint, dst bigint``; direction, duplicates and self loops do not matter. It is read more than
            once, so it must be deterministic; persist it if it is costly.
        engine: ``auto``, ``task`` or ``graphframes``.
        task_max_links: Most links one task may take under ``auto``.
        checkpoint_dir: Where the GraphFrames engine keeps intermediate results.
        link_count: Row count of ``links`` where it is known; else ``auto`` counts.

    Returns:
        ``id bigint, component bigint``, one row per id in ``links``; component = smallest member id.

    Raises:
        ConfigError: Unknown engine, or GraphFrames is asked for and not there.
    """
    if link_count is None:
        link_count = links.count() if engine == "auto" else 0
    choice = choose_engine(engine, link_count, task_max_links)
    _log.info("components engine: %s (%s)", choice.engine, choice.reason)
    if choice.engine == "task":
        from revenuer.components.task_engine import task_components

        return task_components(links)
    from revenuer.components.graphframes_engine import graphframes_components

    return graphframes_components(links, checkpoint_dir=checkpoint_dir)


def present_ids(links: DataFrame) -> DataFrame:
    """``src, dst`` as bigints; a null id fails the query instead of vanishing from the graph."""
    return links.selectExpr(
        *(
            f"coalesce(cast({name} as bigint), cast(raise_error('a link has a null {name}') as bigint)) as {name}"
            for name in ("src", "dst")
        )
    )
