"""Keyed hashing of identifier values with Spark's own functions.

HMAC-SHA-256 (RFC 2104) is two nested SHA-256 calls over padded keys, so two native ``sha2`` calls make it without
a Python UDF. The first 128 bits are kept: at ten billion values the chance of any collision is below 1e-18.
"""

from __future__ import annotations

import hashlib

_BLOCK_BYTES = 64
_HEX_DIGITS = 32


def hmac_sql(key: bytes, kind: str, value_sql: str) -> str:
    """SQL expression for the keyed hash of a string value; null stays null.

    Args:
        key: The site's secret.
        kind: Kind of identifier; separates the hash domains of equal values of different kinds.
        value_sql: SQL expression of the value.

    Returns:
        Expression of 32 lower-case hex digits.
    """
    padded = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
    inner = bytes(b ^ 0x36 for b in padded) + kind.encode() + b"\0"
    outer = bytes(b ^ 0x5C for b in padded)
    message = f"concat(X'{inner.hex()}', cast(cast({value_sql} as string) as binary))"
    return f"substring(sha2(concat(X'{outer.hex()}', unhex(sha2({message}, 256))), 256), 1, {_HEX_DIGITS})"
