"""Work: prompt templates, tool sets, settings, and the token shapes they produce."""

from __future__ import annotations

import numpy as np

from afield.world import Beats, Ints, World

# input median, sigma, output median, sigma, share of one modal input, of one modal output, cached, reasoning share
SHAPES: dict[str, tuple[float, ...]] = {
    "chat": (1020, 0.77, 129, 0.93, 0, 0, 0.2, 0),
    "code": (1469, 0.98, 13, 1.13, 0.03, 0, 0.3, 0),
    "long": (6909, 1.07, 350, 0.42, 0, 0, 0.3, 0),
    "extract": (900, 0.6, 60, 0.6, 0.05, 0.1, 0.4, 0),
    "reason": (420, 0.7, 1900, 0.6, 0, 0, 0.05, 0.7),
    "grade": (5200, 0.5, 6, 0.15, 0.02, 0.7, 0.25, 0),
    "translate": (720, 0.6, 760, 0.6, 0, 0, 0.1, 0),
    "agent": (9000, 0.9, 240, 0.9, 0, 0, 0.7, 0.15),
    "summary": (3200, 0.8, 220, 0.4, 0, 0, 0.1, 0),
    "qa": (350, 0.4, 820, 0.5, 0.05, 0, 0.2, 0.1),
    "digest": (640, 0.25, 90, 0.3, 0.35, 0.35, 0.5, 0),
    "solve": (610, 0.5, 1150, 0.55, 0.02, 0, 0.1, 0.45),
}
CAPABILITY = {
    "chat": "chat",
    "code": "code",
    "long": "chat",
    "extract": "extract",
    "reason": "reason",
    "grade": "classify",
    "translate": "translate",
    "agent": "agent",
    "summary": "summarize",
    "qa": "chat",
    "digest": "summarize",
    "solve": "code",
}


def craft(w: World, n: int, shape: str, *, tools: str = "none", settings: int = 1, plain: bool = False) -> Ints:
    """n works of one maker. `tools`: none, one (shared by all), each; `plain` = no template at all."""
    template = None if plain else w.tokens(n, "tmpl_", 14)
    toolset = {"none": None, "one": None, "each": None}[tools]
    if tools == "one":
        toolset = np.repeat(w.tokens(1, "tset_", 10), n)
    elif tools == "each":
        toolset = w.tokens(n, "tset_", 10)
    config = w.rng.choice(w.tokens(settings, "cfg_", 8), n) if settings else None
    return w.works.add(
        n, template=template, toolset=toolset, settings=config, capability=CAPABILITY[shape], shape=shape
    )


def freeform(w: World) -> Ints:
    """What people do without any template: the same few rows for the whole world."""
    if "free" not in w.memo:
        w.memo["free"] = np.concatenate(
            [
                craft(w, 1, s, plain=True, settings=k)
                for s, k in (
                    ("chat", 0),
                    ("chat", 1),
                    ("long", 0),
                    ("code", 0),
                    ("reason", 0),
                    ("translate", 0),
                    ("summary", 0),
                )
            ]
        )
    return w.memo["free"]


def own(w: World, n: int, shapes: list[str], tools: float = 0.3) -> Ints:
    """One private work for each of n accounts."""
    pick = w.rng.integers(0, len(shapes), n)
    rows = np.empty(n, np.int64)
    for i, shape in enumerate(shapes):
        at = np.flatnonzero(pick == i)
        bare = w.rng.random(len(at)) >= tools
        for flag, kind in ((True, "none"), (False, "each")):
            rows[at[bare == flag]] = craft(
                w, int((bare == flag).sum()), shape, tools=kind, settings=max(1, int((bare == flag).sum()))
            )
    return rows


def per_session(w: World, works: Ints, beats: Beats, p: list[float] | None = None) -> Ints:
    """One work a session, drawn from a common list."""
    pick = w.rng.choice(works, int(beats.session.max()) + 1 if len(beats) else 0, p=p)
    return pick[beats.session] if len(beats) else np.empty(0, np.int64)


def leaning(w: World, works: Ints, n: int, beats: Beats, main: float = 0.7) -> Ints:
    """Every account has a favourite of the list, used for the share `main` of its sessions."""
    favourite = w.rng.choice(works, n)[beats.pos]
    other = per_session(w, works, beats)
    keep = w.rng.random(int(beats.session.max()) + 1 if len(beats) else 0) < main
    return np.where(keep[beats.session], favourite, other) if len(beats) else other
