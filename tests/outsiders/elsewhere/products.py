"""What people use the service for: products and private scripts, their templates, tool sets and clients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from elsewhere.clients import NAMES
from elsewhere.shapes import kind_number
from elsewhere.world import World


def app(
    w: World,
    n_tpl: int,
    *,
    client: str,
    kind: str,
    tool: bool | int = True,
    null: float = 0.0,
    sett: int | None = None,
) -> int:
    """A product or private script: its prompt templates, tool set (True = its own), settings and client."""
    tpl = int(w.new("tpl", n_tpl)[0])
    if isinstance(tool, bool):
        tool = int(w.new("tool")[0]) if tool else -1
    if sett is None:
        common = w.rng.random() < 0.7
        sett = int(w.common_sett[int(w.rng.integers(0, 6))] if common else w.new("sett")[0])
    row = (tpl, n_tpl, tool, sett, NAMES.index(client), kind_number(kind), null)
    for column, value in zip(w.app.values(), row, strict=True):
        column.append(value)
    return len(w.app["tpl"]) - 1


def some_app(w: World, clients: str | Sequence[str], kinds: Sequence[str], tooled: float, most: int = 3) -> int:
    """An app of up to `most` templates and of any of some kinds; `tooled` is the chance that it has a tool set."""
    rng = w.rng
    n_tpl = int(rng.integers(1, most + 1))
    client = clients if isinstance(clients, str) else str(rng.choice(clients))
    return app(w, n_tpl, client=client, kind=str(rng.choice(kinds)), tool=bool(rng.random() < tooled))


def scripts(
    w: World,
    n: int,
    kinds: Sequence[str],
    *,
    templates: int | tuple[int, int],
    clients: str | Sequence[str] = "python-sdk",
    tools: bool | float = True,
) -> np.ndarray:
    """A private script for each of n people; `tools` as a number is the share of scripts with a tool set."""
    rng = w.rng
    drawn = rng.choice(kinds, n)
    tooled = np.full(n, tools) if isinstance(tools, bool) else rng.random(n) < tools
    return np.array(
        [
            app(
                w,
                templates if isinstance(templates, int) else int(rng.integers(*templates)),
                client=clients if isinstance(clients, str) else str(rng.choice(clients)),
                kind=str(k),
                tool=bool(t),
            )
            for k, t in zip(drawn, tooled, strict=True)
        ]
    )


def craft(w: World, apps: np.ndarray, lean: float, tried: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Template and tool set of sittings with apps: the first templates most, or any of `tried` new ones."""
    rng, n = w.rng, len(apps)
    tpl, ntpl, tool, null = (np.array(w.app[k])[apps] for k in ("tpl", "ntpl", "tool", "null"))
    tpl = tpl + (ntpl * rng.random(n) ** lean).astype(int)
    if tried:
        tpl = rng.choice(w.new("tpl", tried), n)
    bare = rng.random(n) < null
    return np.where(bare, -1, tpl), np.where(bare, -1, tool)
