"""Turning what other programs write into a contract's types, where that loses nothing.

Each conversion is SQL text: one expression that yields the value, null where it cannot, and so a bad cell is one
whose raw value is there while the converted one is not.
"""

from __future__ import annotations

from dataclasses import dataclass

_INTEGERS = frozenset({"tinyint", "smallint", "int", "bigint"})
_REALS = frozenset({"float", "double"})
# Larger whole doubles may already have been rounded by whoever wrote them.
_EXACT_DOUBLE = 9007199254740992
# 2015-01-01 and 2100-01-01 as nanoseconds: a bigint in between, in a file with nanosecond columns, is one.
_NANOSECONDS = (1420070400000000000, 4102444800000000000)
_DATE = r"^\\d{4}-\\d{2}-\\d{2}"
_WHOLE = r"^[+-]?\\d+([.]0*)?$"


@dataclass(frozen=True)
class Conversion:
    """How one column becomes what the contract says.

    Attributes:
        present: SQL predicate: the raw cell holds a value.
        value: SQL expression: the converted value, null where the raw one does not convert.
    """

    present: str
    value: str

    @property
    def bad(self) -> str:
        """SQL predicate: the raw cell holds a value that does not convert."""
        return f"({self.present} and {self.value} is null)"


def conversion(column: str, actual: str, expected: str, *, has_nanoseconds: bool = False) -> Conversion | None:
    """How to read a column of one type as another.

    Args:
        column: Column name.
        actual: Spark SQL type it has.
        expected: Spark SQL type the contract wants.
        has_nanoseconds: Whether bigints of the file may be timestamps in nanoseconds.

    Returns:
        The conversion, or None when the types have nothing to do with each other.
    """
    raw = f"`{column}`"
    present = f"{raw} is not null"
    if actual == "void":
        return Conversion("false", f"cast(null as {expected})")
    if actual.startswith(("varchar", "char")):
        actual = "string"
    if actual == "binary":
        # Some writers leave the text annotation out; bytes that are no UTF-8 are no text.
        decoded = f"case when is_valid_utf8(cast({raw} as string)) then cast({raw} as string) end"
        inner = _of_type(decoded, "string", expected, has_nanoseconds)
        return Conversion(present, inner) if inner else None
    if actual == "string" and expected != "string":
        raw, present = f"trim({raw})", f"{raw} is not null and trim({raw}) <> ''"
    if actual in _REALS:
        present = f"{raw} is not null and not isnan({raw})"
    value = _of_type(raw, actual, expected, has_nanoseconds)
    return Conversion(present, value) if value else None


def _of_type(raw: str, actual: str, expected: str, has_nanoseconds: bool) -> str | None:
    if actual == expected:
        return raw
    if expected == "string":
        return _text(raw, actual)
    if expected in _INTEGERS:
        return _whole(raw, actual, expected)
    if expected == "double":
        return f"try_cast({raw} as double)" if actual in _INTEGERS | _REALS or _is_text_or_decimal(actual) else None
    if expected == "timestamp":
        return _instant(raw, actual, has_nanoseconds)
    if expected == "date":
        instant = _instant(raw, actual, has_nanoseconds)
        is_midnight = f"date_trunc('day', {instant}) = {instant}"
        return f"case when {is_midnight} then cast({instant} as date) end" if instant else None
    return None


def _text(raw: str, actual: str) -> str | None:
    if actual in _INTEGERS:
        return f"cast({raw} as string)"
    whole = _whole(raw, actual, "bigint") if actual in _REALS or actual.startswith("decimal") else None
    return f"cast({whole} as string)" if whole else None


def _whole(raw: str, actual: str, expected: str) -> str | None:
    if actual in _INTEGERS:
        return f"try_cast({raw} as {expected})"
    if actual in _REALS:
        is_whole = f"abs({raw}) <= {_EXACT_DOUBLE} and floor({raw}) = {raw}"
        return f"case when {is_whole} then try_cast({raw} as {expected}) end"
    if actual.startswith("decimal"):
        return f"case when floor({raw}) = {raw} then try_cast({raw} as {expected}) end"
    if actual == "string":
        return f"case when {raw} rlike '{_WHOLE}' then try_cast(substring_index({raw}, '.', 1) as {expected}) end"
    return None


def _instant(raw: str, actual: str, has_nanoseconds: bool) -> str | None:
    if actual in ("timestamp", "timestamp_ntz", "date"):
        # The session's time zone is UTC, so a timestamp without a zone is taken as UTC.
        return f"cast({raw} as timestamp)"
    if actual == "string":
        # Spark would also read a bare time of day (as today) or a bare year.
        return f"case when {raw} rlike '{_DATE}' then try_cast({raw} as timestamp) end"
    if actual == "bigint" and has_nanoseconds:
        is_sane = f"{raw} between {_NANOSECONDS[0]} and {_NANOSECONDS[1]}"
        return f"case when {is_sane} then timestamp_micros({raw} div 1000) end"
    return None


def _is_text_or_decimal(actual: str) -> bool:
    return actual == "string" or actual.startswith("decimal")
