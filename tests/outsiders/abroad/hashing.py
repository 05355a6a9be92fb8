"""Choices by hash: the same question gets the same answer wherever and however often it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np


def mix(*parts: Any) -> np.ndarray:
    """One 64-bit hash of any number of integers or arrays of them (splitmix64)."""
    with np.errstate(over="ignore"):
        h = np.uint64(0x9E3779B97F4A7C15)
        for part in parts:
            x = np.asarray(part).astype(np.int64).astype(np.uint64)
            h = (h ^ x) * np.uint64(0xBF58476D1CE4E5B9)
            h = h ^ (h >> np.uint64(29))
            h = (h + np.uint64(0x632BE59BD9B4E019)) * np.uint64(0x94D049BB133111EB)
            h = h ^ (h >> np.uint64(32))
        return h


def u01(h: np.ndarray) -> np.ndarray:
    """Hashes as uniform numbers from 0 to 1."""
    return (h >> np.uint64(11)).astype(np.float64) / 2.0**53


def pick(h: np.ndarray, n: Any) -> np.ndarray:
    """Hashes as whole numbers below n."""
    return (h % np.asarray(n).astype(np.uint64)).astype(np.int64)
