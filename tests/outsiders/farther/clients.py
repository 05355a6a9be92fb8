"""Clients (name, version, headers, TLS), whose releases people take up with delays of their own."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from farther.ids import B32, HEX, text

AGENT_LINES = ("tabby-ide", "opencoder", "shellmate", "docpilot")
# Days between releases.
SDK_CADENCE = {"halcyon-py": 17, "halcyon-js": 14, "halcyon-go": 33, "curl": 70, "litegate": 9, "chainkit": 12}


class Clients:
    """Every build ever seen is a row; a line is a client's releases by platform variant."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.rows: list[tuple[str, str, str, str]] = []
        self.lines: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.line("web", [(f"2026.{k}", -60 + 6 * k) for k in range(1, 13)], 7)
        self.line("ios-android", [(f"5.{k}", -90 + 13 * k) for k in range(1, 9)], 5)
        for name, cadence in SDK_CADENCE.items():
            start = int(rng.integers(-5, 5))
            patched = [f"{1 + k // 9}.{k % 9}.{int(rng.integers(0, 4))}" for k in range(15)]
            self.line(name, [(v, start - cadence * (13 - k)) for k, v in enumerate(patched)], 6)
        for name in (*AGENT_LINES, "zipflow", "mailmuse"):
            start = int(rng.integers(-4, 4))
            self.line(name, [(f"0.{20 + k}", start - 8 * (10 - k)) for k in range(12)], 4)

    def line(self, name: str, versions: list[tuple[str, float]], variants: int, shown: str | None = None) -> str:
        """Add a client by its releases (version, day), perhaps under another's name; headers change now and then."""
        rng = self.rng
        tls = text(rng, variants, 12, HEX, "t13d_")
        grid = np.zeros((variants, len(versions)), int)
        for v in range(variants):
            head = ""
            for k, (version, _) in enumerate(versions):
                if k == 0 or rng.random() < 0.3:
                    head = text(rng, 1, 10, B32, "hdr.")[0]
                grid[v, k] = len(self.rows)
                self.rows.append((shown or name, version, head, tls[v]))
        self.lines[name] = (grid, np.array([day for _, day in versions], float))
        return name

    def pinned(self, name: str, like: str, version: str, variants: int = 1) -> str:
        """Add a frozen build of a known client, with headers of its own."""
        return self.line(name, [(version, -300)], variants, shown=like)

    def at(self, name: str, variant: np.ndarray, lag: np.ndarray, t: np.ndarray) -> np.ndarray:
        """The build each account runs at a time: the newest that is older than its lag in days."""
        grid, days = self.lines[name]
        k = np.searchsorted(days, t / DAY - lag, "right") - 1
        return grid[variant % len(grid), np.clip(k, 0, len(days) - 1)]
