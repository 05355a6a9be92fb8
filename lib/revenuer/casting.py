"""Which Spark type can stand for which without losing or guessing anything."""

from __future__ import annotations

_INTEGERS = ("tinyint", "smallint", "int", "bigint")
_NUMBERS = (*_INTEGERS, "float", "double")


def is_castable(actual: str, expected: str) -> bool:
    """Whether a type can stand for another without losing or guessing anything."""
    if actual in (expected, "void"):
        return True
    if expected in _INTEGERS:
        return actual in _INTEGERS and _INTEGERS.index(actual) <= _INTEGERS.index(expected)
    if expected == "double":
        return actual in _NUMBERS or actual.startswith("decimal")
    if expected == "timestamp":
        return actual == "timestamp_ntz"
    return expected == "string" and (actual.startswith(("varchar", "char")))
