"""What is asked: kinds of work that the honest share, private ones, and models."""

from __future__ import annotations

from typing import Any

import numpy as np
from yonder.world import DAY, SUB

from abroad.hashing import mix, pick, u01
from abroad.world import World

CAPS = (
    *("conversation", "writing", "coding", "agentic_coding", "reasoning", "extraction"),
    *("translation", "vision", "grading", "search_answers", "tool_use", "math"),
)
CAP = {name: i for i, name in enumerate(CAPS)}
SUBJECTS = 60
AGENTS = {"devcrab": (14000, 260), "inkpatch": (8000, 190), "tabwright": (5200, 240)}  # median tokens in, out


def caps(*names: str) -> np.ndarray:
    """Codes of capabilities."""
    return np.array([CAP[name] for name in names])


class Works:
    """Common work of one world, and its models: name, days from the first day to release, share of use."""

    def __init__(self, w: World, models: tuple[tuple[str, float, float], ...]) -> None:
        r = w.rng
        self.w, self.models = w, [m[0] for m in models]
        self.released = np.array([w.start + m[1] * DAY for m in models])
        self.share = np.array([m[2] for m in models])
        self.new = int(np.argmax(self.released))
        kinds = r.choice([0, 1, 2, 4, 6, 7, 9, 11], SUBJECTS, p=[0.35, 0.2, 0.15, 0.08, 0.07, 0.05, 0.07, 0.03])
        self.chat = w.style(
            SUBJECTS,
            cap=kinds,
            in_med=1020 * np.exp(r.normal(0, 0.5, SUBJECTS)),
            out_med=140 * np.exp(r.normal(0, 0.6, SUBJECTS)),
            out_sig=0.9,
            cache=0.15,
            reason=0.2 * (kinds == CAP["reasoning"]),
        )
        # Popular agents: a template for each of a release train, two tool sets; thousands of strangers use them.
        self.agents = []
        for tokens_in, tokens_out in AGENTS.values():
            tools = w.new("toolset", 2)
            self.agents.append(
                w.style(
                    6,
                    template=w.new("template", 6),
                    toolset=tools[[0, 0, 0, 0, 1, 1]],
                    settings=w.new("settings", 2)[[0, 1, 0, 0, 1, 0]],
                    cap=CAP["agentic_coding"],
                    in_med=tokens_in * np.exp(r.normal(0, 0.2, 6)),
                    in_sig=0.9,
                    out_med=tokens_out,
                    out_sig=1,
                    cache=0.8,
                    reason=0.25,
                )
            )
        n = 40  # apps and frameworks whose starter template strangers share
        self.settings = w.new("settings", 8)
        self.apps = w.style(
            n,
            template=w.new("template", n),
            toolset=np.where(r.random(n) < 0.4, w.new("toolset", n), -1),
            settings=self.settings[r.integers(0, 8, n)],
            cap=r.choice([1, 2, 5, 6, 9, 10], n),
            in_med=np.exp(r.normal(7.4, 0.8, n)),
            out_med=np.exp(r.normal(5, 1, n)),
            fixin=0.5 * (r.random(n) < 0.12),
            fixout=0.5 * (r.random(n) < 0.33),
            cache=0.3,
        )
        self.recipes = self.kit(
            24,
            cap=r.choice([1, 5, 6, 9], 24),
            in_med=np.exp(r.normal(6.8, 0.6, 24)),
            out_med=np.exp(r.normal(4.6, 0.8, 24)),
            fixout=0.4 * (r.random(24) < 0.3),
        )

    def own(self, n: int, reason: float = 0.1, **columns: Any) -> np.ndarray:
        """n private kinds of work, widely different."""
        w, r = self.w, self.w.rng
        base = {
            "template": w.new("template", n),
            "settings": np.where(r.random(n) < 0.5, self.settings[r.integers(0, 8, n)], w.new("settings", n)),
            "toolset": np.where(r.random(n) < 0.25, w.new("toolset", n), -1),
            "cap": r.choice([1, 2, 4, 5, 6, 8, 9, 10], n),
            "in_med": np.exp(r.normal(7.2, 1, n)),
            "in_sig": r.uniform(0.2, 1.1, n),
            "out_med": np.exp(r.normal(4.8, 1.3, n)),
            "out_sig": r.uniform(0.2, 1, n),
            "fixin": 0.5 * (r.random(n) < 0.12),
            "fixout": 0.5 * (r.random(n) < 0.35),
            "cache": r.uniform(0, 0.6, n),
            "reason": reason * (r.random(n) < 0.5),
        }
        return w.style(n, **(base | columns))

    def kit(self, n: int, tools: int = 0, **columns: Any) -> np.ndarray:
        """n templates of one maker with one setting, and his tool sets (so many) shared out over them in order."""
        w = self.w
        template = w.new("template", n)
        toolset = np.repeat(w.new("toolset", tools), n // tools) if tools else -1
        return w.style(n, **({"template": template, "toolset": toolset, "settings": w.new("settings")[0]} | columns))

    def subject(self, session: np.ndarray) -> np.ndarray:
        """What a session of chat is about."""
        return self.chat[pick(mix(session, 7), SUBJECTS)]

    def model_of(self, acc: np.ndarray, t: np.ndarray, channel: np.ndarray) -> np.ndarray:
        """An account's usual model, sometimes another; new releases are taken up over weeks, chat sooner."""
        cum = np.cumsum(self.share / self.share.sum())
        h = np.where(u01(mix(acc, t // DAY, 41, self.w.salt)) < 0.12, mix(acc, t // DAY, 42), mix(acc, 43, self.w.salt))
        out = np.minimum(np.searchsorted(cum, u01(h)), len(self.models) - 1)
        new = self.new
        out = np.where(out == new, (new - 1) % len(self.models), out)
        lag = -np.log(np.maximum(u01(mix(acc, 44, self.w.salt)), 1e-9)) * np.where(channel == SUB, 6, 16) * DAY
        return np.where((t > self.released[new] + lag) & (u01(mix(acc, t // 7200, 45)) < 0.75), new, out)
