"""Random identifiers."""

from __future__ import annotations

import numpy as np

BASE36 = np.array(list("0123456789abcdefghijklmnopqrstuvwxyz"))
UPPER = np.array(list("23456789ABCDEFGHJKLMNPQRSTUVWXYZ"))
DIGITS = np.array(list("0123456789"))
HEX = np.array(list("0123456789abcdef"))


def text(rng: np.random.Generator, n: int, size: int, letters: np.ndarray = BASE36, head: str = "") -> np.ndarray:
    """Strings of `size` random letters after a head."""
    body = np.ascontiguousarray(letters[rng.integers(0, len(letters), (n, size))]).view(f"U{size}").ravel()
    return np.char.add(head, body).astype(object)


def toolsets(rng: np.random.Generator, n: int) -> np.ndarray:
    """Names of tool sets."""
    return text(rng, n, 5, BASE36, "tl~")
