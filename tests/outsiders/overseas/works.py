"""Works: what requests are for, with template, tool set, settings and campaign."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from overseas.ids import DIGITS, HEX, text, toolsets
from overseas.shapes import OWN_TOOLS, zipf

SETTINGS, SHARED = 80, 140  # settings of requests, and templates that strangers share
EVERYDAY = (
    *("chat", "codegen", "write", "translate", "summary"),
    *("extract", "ragqa", "think", "label", "autocomplete"),
)
AGENTS = ("forgecli", "pairmate", "loopwright", "scriptor")


class Works:
    """A work is its number in the columns."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Make the works that are nobody's own: chat, shared templates and popular agents."""
        self.rng = rng
        self.kind: list[str] = []
        self.template: list[str | None] = []
        self.toolset: list[str | None] = []
        self.settings: list[str] = []
        self.campaign: list[str | None] = []
        self._settings = text(rng, SETTINGS, 6, HEX, "cfg#")
        self._settings_p = zipf(SETTINGS, 1.2)
        chat = [self.add(kind, 1, template=False) for kind in ("chat", "longchat", "image")]
        web, python = toolsets(rng, 2)
        chat += [self.add("chat", 1, False, web), self.add("codegen", 1, False, python)]
        self.chat = np.concatenate(chat)  # without a template: chat, long chat, image, web search, code
        self.shared = self.mixed(SHARED)
        self.shared_p = zipf(SHARED, 1.05)
        self.agents: list[tuple[str, np.ndarray]] = []  # client line, works
        for line in AGENTS:
            tools = toolsets(rng, 4)
            works = [self.add("agent", 1, tool=tool) for tool in tools] + [self.add("codegen", 1, tool=tools[0])]
            self.agents.append((line, np.concatenate(works)))

    def add(
        self, kind: str, n: int, template: bool = True, tool: str | None = None, campaign: str | None = None
    ) -> np.ndarray:
        """New works of a kind, each with a template of its own, or with none."""
        first, rng = len(self.kind), self.rng
        self.kind += [kind] * n
        self.template += list(text(rng, n, 11, DIGITS, "PT")) if template else [None] * n
        own = OWN_TOOLS.get(kind, 0) if template and tool is None else 0
        names = toolsets(rng, n)
        self.toolset += [tool or (name if u < own else None) for name, u in zip(names, rng.random(n), strict=True)]
        self.settings += list(rng.choice(self._settings, n, p=self._settings_p))
        self.campaign += [campaign] * n
        return np.arange(first, first + n)

    def mixed(self, n: int, kinds: Sequence[str] = EVERYDAY) -> np.ndarray:
        """New works, each of some kind."""
        return np.concatenate([self.add(self.rng.choice(kinds), 1) for _ in range(n)])

    def each(self, kinds: str, n: int) -> np.ndarray:
        """New works of every kind for each of `n` owners: a row each."""
        return np.stack([self.add(kind, n) for kind in kinds.split()], 1)

    def several(self, campaign: str | None = None, tool: str | None = None, **counts: int) -> np.ndarray:
        """New works, so many of each kind."""
        return np.concatenate([self.add(kind, n, tool=tool, campaign=campaign) for kind, n in counts.items()])

    def tool(self) -> str:
        """A new tool set."""
        name: str = toolsets(self.rng, 1)[0]
        return name

    def some_shared(self, n: int) -> np.ndarray:
        """Shared templates, by how popular they are."""
        return self.rng.choice(self.shared, n, p=self.shared_p)
