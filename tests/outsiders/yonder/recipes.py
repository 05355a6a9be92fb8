"""What a request asks for: templates, tool sets, settings and their token shapes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from yonder.tokens import hashed


@dataclass(frozen=True)
class Shape:
    """Token behaviour of a kind of request (medians and log-sigmas; `cap` = max output tokens)."""

    capability: str
    in_mid: float
    in_sig: float
    out_mid: float
    out_sig: float
    reason: float = 0.0
    cache: float = 0.1
    growth: float = 0.0
    cap: int = 8192
    fixed: float = 0.0
    stream: bool = True


CHAT = Shape("chat", 1020, 1.1, 129, 1.15, growth=0.5)
LONGCHAT = Shape("chat", 6900, 1.1, 350, 0.8, growth=0.3)
CODE = Shape("code", 1469, 1.0, 60, 1.3, cache=0.3)
AGENT = Shape("agentic", 9000, 0.8, 380, 0.9, reason=0.25, cache=0.6, growth=0.35)
REASON = Shape("reason", 420, 0.7, 1900, 0.6, reason=0.7)
GRADE = Shape("grade", 3600, 0.5, 24, 0.35, cache=0.3, cap=64, fixed=0.35, stream=False)
EXTRACT = Shape("extract", 2400, 0.7, 90, 0.6, cache=0.4, cap=512, fixed=0.2, stream=False)
WRITE = Shape("write", 700, 0.8, 900, 0.7)
TRANSLATE = Shape("translate", 600, 0.7, 640, 0.7)
SUMMARY = Shape("summarise", 5200, 0.8, 260, 0.5, cap=1024)
REVIEW = Shape("code", 6800, 0.8, 420, 0.7, cache=0.4, stream=False)
CLASSIFY = Shape("classify", 520, 0.6, 6, 0.3, cache=0.5, cap=16, fixed=0.5, stream=False)
ANY = (CHAT, LONGCHAT, CODE, AGENT, REASON, EXTRACT, WRITE, TRANSLATE, SUMMARY, CLASSIFY)


@dataclass
class Recipes:
    """Table of recipes; an event holds a row number."""

    salt: str
    template: list[str | None] = field(default_factory=list)
    toolset: list[str | None] = field(default_factory=list)
    settings: list[str | None] = field(default_factory=list)
    shape: list[Shape] = field(default_factory=list)

    def add(self, shape: Shape, template: str | None, toolset: str | None = None, settings: str | None = "") -> int:
        """Add a recipe by labels; settings "" means one setting per template, None means none sent."""
        setting = (template or shape.capability) if settings == "" else settings
        self.template.append(template and hashed("tpl_", f"{self.salt}/{template}", 14))
        self.toolset.append(toolset and hashed("tools_", f"{self.salt}/{toolset}", 12))
        self.settings.append(setting and hashed("cfg_", f"{self.salt}/{setting}", 10))
        self.shape.append(shape)
        return len(self.shape) - 1

    def family(self, shape: Shape, label: str, count: int, tools: int = 0, settings: int = 1) -> np.ndarray:
        """Add `count` templates (each with `tools` tool sets if any, and `settings` settings); return row numbers."""
        rows = [
            self.add(shape, f"{label}-{i}", f"{label}-tools-{t}" if tools else None, f"{label}-s{s}")
            for i in range(count)
            for t in range(max(tools, 1))
            for s in range(settings)
        ]
        return np.array(rows, dtype=np.int32)

    def own(
        self,
        rng: np.random.Generator,
        label: str,
        owners: int,
        width: int,
        shapes: tuple[Shape, ...] = ANY,
        tool_share: float = 0.25,
    ) -> np.ndarray:
        """Private templates: `width` rows for each owner (an owners x width matrix)."""
        pick = rng.integers(0, len(shapes), (owners, width))
        tools = rng.random((owners, width)) < tool_share
        rows = [
            [
                self.add(shapes[pick[o, k]], f"{label}-{o}-{k}", f"{label}-{o}-tools" if tools[o, k] else None)
                for k in range(width)
            ]
            for o in range(owners)
        ]
        return np.array(rows, dtype=np.int32)

    def numbers(self) -> dict[str, np.ndarray]:
        """Token parameters as arrays by row number."""
        names = ("in_mid", "in_sig", "out_mid", "out_sig", "reason", "cache", "growth", "cap", "fixed", "stream")
        return {n: np.array([getattr(s, n) for s in self.shape], dtype=float) for n in names}

    def workloads(self) -> np.ndarray:
        """Workload text of each row."""
        return np.array(
            [f"{t or '-'}+{s or '-'}" for t, s in zip(self.template, self.toolset, strict=True)], dtype=object
        )
