"""Short random and hashed identifiers."""

from __future__ import annotations

import hashlib

import numpy as np

_BASE36 = np.array(list("0123456789abcdefghijklmnopqrstuvwxyz"))


def random_hex(rng: np.random.Generator, count: int, digits: int, prefix: str = "") -> list[str]:
    """Return `count` random hexadecimal strings of `digits` digits (digits must be even)."""
    text = rng.bytes(count * digits // 2).hex()
    return [prefix + text[i : i + digits] for i in range(0, count * digits, digits)]


def random_base36(rng: np.random.Generator, count: int, digits: int, prefix: str = "") -> list[str]:
    """Return `count` random base-36 strings."""
    letters = _BASE36[rng.integers(0, 36, (count, digits))]
    return [prefix + "".join(row) for row in letters]


def hashed(prefix: str, label: str, digits: int) -> str:
    """Return a stable keyed-hash-like identifier of a label."""
    return prefix + hashlib.blake2b(label.encode(), digest_size=16).hexdigest()[:digits]


def mix(*parts: np.ndarray | int) -> np.ndarray:
    """Hash integer arrays together into uniform floats in [0, 1)."""
    state = np.full(1, 0x9E3779B97F4A7C15, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for part in parts:
            state = state ^ np.asarray(part).astype(np.int64).astype(np.uint64)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) / float(1 << 53))
