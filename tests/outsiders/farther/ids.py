"""Spellings of identifiers."""

from __future__ import annotations

import numpy as np

HEX = np.array(list("0123456789abcdef"))
B32 = np.array(list("0123456789abcdefghjkmnpqrstvwxyz"))
DIGITS = np.array(list("0123456789"))
TOP_LEVEL = ["com", "io", "net", "co", "org", "eu"]
FIRST_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "jasper", "kelp", "lunar"),
    *("maple", "north", "ochre", "pine", "quartz", "river", "slate", "tidal", "umber", "vale", "willow", "zephyr"),
)
SECOND_WORDS = (
    *("works", "labs", "group", "studio", "digital", "partners", "systems", "media", "logistics"),
    *("health", "legal", "foods", "retail", "energy", "bank", "college", "trade", "craft"),
)


def text(rng: np.random.Generator, n: int, size: int, alphabet: np.ndarray = B32, head: str = "") -> np.ndarray:
    """n random strings, as objects."""
    body = np.ascontiguousarray(alphabet[rng.integers(0, len(alphabet), (n, size))]).view(f"U{size}").ravel()
    return (np.char.add(head, body) if head else body).astype(object)


def card_ids(rng: np.random.Generator, n: int, alphabet: np.ndarray = HEX) -> np.ndarray:
    """Fingerprints of n means of payment."""
    return text(rng, n, 10, alphabet, "pm_")


def org_ids(rng: np.random.Generator, n: int) -> np.ndarray:
    """Ids of n organisations."""
    return text(rng, n, 9, HEX, "ws-")


def toolset_ids(rng: np.random.Generator, n: int) -> np.ndarray:
    """Ids of n tool sets."""
    return text(rng, n, 9, B32, "tk_")


def domains(rng: np.random.Generator, n: int, endings: list[str] | None = None) -> np.ndarray:
    """Mail domains like companies'; a number keeps collisions few."""
    first, second = rng.choice(FIRST_WORDS, n), rng.choice(SECOND_WORDS, n)
    number, end = rng.integers(2, 9999, n), rng.choice(endings or TOP_LEVEL, n)
    parts = zip(first, second, number, end, strict=True)
    return np.array([f"{a}{b}{k}.{z}" for a, b, k, z in parts], dtype=object)
