"""Stable hashes of integers, and the forms in which the worlds print them."""

from __future__ import annotations

import numpy as np

_B32 = np.array(list("0123456789abcdefghjkmnpqrstvwxyz"))


def mix(x: np.ndarray, salt: int = 0) -> np.ndarray:
    """Splitmix64: well-spread 64 bits of integers."""
    with np.errstate(over="ignore"):
        z = np.asarray(x).astype(np.uint64) + np.uint64((int(salt) * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def unit(x: np.ndarray, salt: int) -> np.ndarray:
    """A stable uniform number in [0, 1) for each integer."""
    return (mix(x, salt) >> np.uint64(11)).astype(float) / 2**53


def printed(style: str, prefix: str, h: np.ndarray) -> list[str]:
    """Strings of 64-bit hashes in one of the worlds' id styles."""
    v = h.tolist()
    if style == "hex":
        return [f"{prefix}{x:016x}" for x in v]
    if style == "short":
        return [f"{prefix}{x >> 24:010x}" for x in v]
    if style == "num":
        return [f"{prefix}{x % 10**15:015d}" for x in v]
    if style == "uuid":
        w = mix(h, 77).tolist()
        return [
            f"{prefix}{x >> 32:08x}-{x >> 16 & 0xFFFF:04x}-4{x & 0xFFF:03x}-a{y >> 52:03x}-{y & 0xFFFFFFFFFFFF:012x}"
            for x, y in zip(v, w, strict=True)
        ]
    if style == "b32":
        digits = _B32[((h[:, None] >> (np.arange(13) * 5).astype(np.uint64)) & np.uint64(31)).astype(int)]
        return [prefix + "".join(row) for row in digits]
    raise ValueError(style)
