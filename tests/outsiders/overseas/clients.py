"""Clients: lines of releases, with header and TLS prints by variant."""

from __future__ import annotations

import numpy as np

from overseas.ids import HEX, UPPER, text

RELEASES = 14  # of a line that goes on; the last comes within a cadence of the window's end
WINDOW = 14  # days
FROZEN_SINCE = np.array([-500.0])  # days; a frozen line has one release, long ago
NEW_HEADER = 0.22  # how probable a release changes the header print
LINES = {  # days between releases, variants
    "web": (3, 8),
    "ios": (9, 3),
    "android": (8, 6),
    "sdk-python": (19, 7),
    "sdk-node": (15, 6),
    "sdk-jvm": (30, 4),
    "http-raw": (90, 9),
    "forgecli": (5, 5),
    "pairmate": (7, 5),
    "loopwright": (4, 4),
    "scriptor": (12, 4),
    "routery": (11, 4),
}


class Clients:
    """A build is its number in `rows`: name, version, header print, TLS print."""

    def __init__(self, rng: np.random.Generator) -> None:
        """Release the lines that everyone knows."""
        self.rng = rng
        self.rows: list[tuple[str, str, str, str]] = []
        self._lines: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        for name, (cadence, variants) in LINES.items():
            self.line(name, cadence, variants)

    def line(
        self, name: str, cadence: float = 20, variants: int = 1, frozen: bool = False, shown: str | None = None
    ) -> str:
        """Release a line; `shown` is the client name that it sends."""
        rng, count = self.rng, 1 if frozen else RELEASES
        days = FROZEN_SINCE
        if not frozen:
            days = rng.uniform(0, cadence) + cadence * (np.arange(count) - count + 1) + WINDOW
        tls = text(rng, variants, 9, HEX, "ja/")
        grid = np.zeros((variants, count), int)
        major = int(rng.integers(0, 6))
        header = ""
        for variant in range(variants):
            for release in range(count):
                if release == 0 or rng.random() < NEW_HEADER:
                    header = text(rng, 1, 8, UPPER, "H.")[0]
                grid[variant, release] = len(self.rows)
                self.rows.append((shown or name, f"{major}.{20 + release}.{release % 3}", header, tls[variant]))
        self._lines[name] = (grid, days)
        return name

    def at(self, line: str, variant: np.ndarray, day: np.ndarray) -> np.ndarray:
        """The build of a line that a variant has on a day."""
        grid, days = self._lines[line]
        release = np.searchsorted(days, day, "right") - 1
        return grid[variant % len(grid), np.clip(release, 0, len(days) - 1)]
