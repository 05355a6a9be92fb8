"""Kinds of work with their token sizes, and the works (template, tool set, settings) made of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from farther.ids import HEX, text, toolset_ids

# kind: capability, input median and sigma, output median and sigma, cached share, reasoning share
KINDS = {
    "chat": ("chat", 1020, 0.9, 150, 0.9, 0.2, 0.0),
    "complete": ("coding", 1469, 0.9, 16, 1.0, 0.1, 0.0),
    "agent": ("agentic", 7200, 0.8, 330, 0.9, 0.7, 0.1),
    "code": ("coding", 2600, 0.8, 620, 0.8, 0.2, 0.15),
    "extract": ("extraction", 2100, 0.5, 90, 0.5, 0.3, 0.0),
    "translate": ("translation", 640, 0.6, 520, 0.6, 0.3, 0.0),
    "summarize": ("summarization", 3400, 0.7, 240, 0.4, 0.1, 0.0),
    "classify": ("classification", 420, 0.5, 8, 0.6, 0.5, 0.0),
    "reason": ("reasoning", 480, 0.6, 1350, 0.6, 0.1, 0.6),
    "rag": ("retrieval_qa", 4800, 0.6, 260, 0.7, 0.2, 0.0),
    "support": ("chat", 1900, 0.5, 130, 0.6, 0.6, 0.0),
    "vision": ("vision", 1650, 0.3, 110, 0.6, 0.0, 0.0),
    "write": ("writing", 900, 0.7, 700, 0.6, 0.1, 0.05),
    "test": ("agentic", 3800, 0.6, 120, 0.6, 0.5, 0.0),
}


class Works:
    """A growing table of works; settings are few and popular."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.cols: dict[str, list[np.ndarray]] = {}
        self.size = 0
        self.settings = text(rng, 60, 7, HEX, "rs-")
        zipf = 1 / np.arange(1, 61)
        self.settings_p = zipf / zipf.sum()
        toolset_ids(rng, 5)  # defaults that nothing came to use; what follows is drawn after them

    def new_toolset(self) -> str:
        """A tool set for several works."""
        return str(toolset_ids(self.rng, 1)[0])

    def add(
        self,
        kinds: Sequence[str] | np.ndarray,
        *,
        campaign: str | None = None,
        template: bool | np.ndarray = True,
        tools: float | str | None = 0.35,
        settings: str | None = None,
        size_noise: float = 0.35,
        fixed: float = 0.12,
    ) -> np.ndarray:
        """One work a kind given; `tools`: the share that has its own, or one id for all (or none)."""
        rng = self.rng
        n = len(kinds)
        capability, in_median, in_sigma, out_median, out_sigma, cached, reason = zip(
            *(KINDS[k] for k in kinds), strict=True
        )
        templates = np.where(np.broadcast_to(template, n), text(rng, n, 13, HEX, "pt:"), None)
        if isinstance(tools, str) or tools is None:
            toolsets = np.full(n, tools, dtype=object)
        else:
            toolsets = np.where(rng.random(n) < tools, toolset_ids(rng, n), None)
        cols = {
            "template": templates,
            "toolset": toolsets,
            "settings": np.full(n, settings, dtype=object)
            if settings
            else rng.choice(self.settings, n, p=self.settings_p),
            "capability": np.array(capability, dtype=object),
            "in_mu": np.log(in_median) + rng.normal(0, size_noise, n),
            "in_sd": np.where(rng.random(n) < fixed, 0.0, in_sigma),
            "out_mu": np.log(out_median) + rng.normal(0, size_noise, n),
            "out_sd": np.where(rng.random(n) < fixed / 2, 0.0, out_sigma),
            "cached": np.array(cached),
            "reason": np.array(reason),
            "campaign": np.full(n, campaign, dtype=object),
        }
        for name, value in cols.items():
            self.cols.setdefault(name, []).append(value)
        self.size += n
        return np.arange(self.size - n, self.size)

    def finish(self) -> dict[str, np.ndarray]:
        """All works' columns."""
        return {k: np.concatenate(v) for k, v in self.cols.items()}
