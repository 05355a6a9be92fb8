"""Identifiers in the shapes different sites use, so that nobody can key on one of them."""

from __future__ import annotations

import zlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from revenuer.errors import ConfigError

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Hashes: TypeAlias = npt.NDArray[np.uint64]

STYLES = ("uuid", "prefixed", "numeric", "ulid", "hex", "base32")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A random stream of its own for each named part, so that adding one part does not change another."""
    words = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))


def scramble(values: npt.NDArray[np.integer] | Hashes) -> Hashes:
    """Splitmix64: a well-mixed 64-bit hash of each value."""
    z = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def unit(hashes: Hashes) -> Floats:
    """A number in 0..1 from each hash, as a uniform draw would give."""
    drawn: Floats = (hashes >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return drawn


def mint(style: str, count: int, rng: np.random.Generator, prefix: str = "acct") -> list[str]:
    """Distinct ids in one style.

    Args:
        style: One of :data:`STYLES`.
        count: How many.
        rng: Source of randomness.
        prefix: Leading word of the ``prefixed`` style.

    Raises:
        ConfigError: An unknown style.
    """
    if style not in STYLES:
        raise ConfigError(f"unknown id style {style!r}", fix=f"use one of {', '.join(STYLES)}")
    seen: dict[str, None] = {}
    while len(seen) < count:
        for value in _draw(style, count - len(seen), rng, prefix):
            seen[value] = None
    return list(seen)


def _draw(style: str, count: int, rng: np.random.Generator, prefix: str) -> list[str]:
    if style == "numeric":
        return [str(v) for v in rng.integers(10**8, 10**10, count)]
    if style == "ulid":
        return ["01J" + "".join(_CROCKFORD[c] for c in row) for row in rng.integers(0, 32, (count, 23))]
    if style == "prefixed":
        return [f"{prefix}_" + "".join(_BASE62[c] for c in row) for row in rng.integers(0, 62, (count, 14))]
    if style == "base32":
        return ["".join(_CROCKFORD[c] for c in row).lower() for row in rng.integers(0, 32, (count, 13))]
    digits = rng.bytes(16 * count).hex()
    rows = [digits[32 * i : 32 * (i + 1)] for i in range(count)]
    if style == "hex":
        return [row[:16] for row in rows]
    return [f"{r[:8]}-{r[8:12]}-4{r[13:16]}-a{r[17:20]}-{r[20:]}" for r in rows]


def hex_matrix(count: int, width: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """ASCII hex digits, one row per id: the raw material of request ids made without a Python loop."""
    digits = rng.bytes((count * width + 1) // 2).hex().encode()[: count * width]
    return np.frombuffer(digits, dtype=np.uint8).reshape(count, width)
