"""Addresses as one text each: IPv6 has many spellings of one address, and prefixes are cut from the text."""

from __future__ import annotations

_GROUPS = 8


def canonical_ip_sql(column: str) -> str:
    """SQL of a well-formed address in its canonical form; builtins only, and next to nothing for IPv4.

    IPv4 is as it was. IPv6 is eight lower-case groups without leading zeros, so that its first three groups are its
    /48. An IPv4 address that a dual-stack gateway writes as IPv6 (``::ffff:203.0.113.7``) is the IPv4 address.

    Args:
        column: Column, or SQL without side effects: the expression repeats it.
    """
    full = _eight_groups_sql(column)
    is_mapped = f"{full} rlike '^0:0:0:0:0:ffff:[0-9a-f]{{1,4}}:[0-9a-f]{{1,4}}$'"
    octets = ", ".join(f"{_group_sql(full, group)} {part}" for group in (7, 8) for part in ("div 256", "% 256"))
    return (
        f"case when {column} like '%:%' then case"
        # How gateways write them all: nothing has to be computed.
        f" when {column} like '%.%' and {column} rlike '^[0:]+:[Ff]{{4}}:[0-9.]+$'"
        f" then substring_index({column}, ':', -1)"
        # Groups are worked out twice only where one of them could be the mark.
        f" when lower({column}) like '%ffff:%' and {is_mapped} then concat_ws('.', {octets})"
        f" else {full} end else {column} end"
    )


def _eight_groups_sql(column: str) -> str:
    quad = f"substring_index({column}, ':', -1)"
    pairs = (f"{_octet_sql(quad, place)} * 256 + {_octet_sql(quad, place + 1)}" for place in (1, 3))
    hexed = ", ':', ".join(f"hex({pair})" for pair in pairs)
    # A trailing dotted quad is two groups; where it is none, the text stays what it is.
    groups = (
        f"if({column} like '%.%', coalesce(concat(left({column}, length({column}) - length({quad})),"
        f" {hexed}), {column}), {column})"
    )
    # What begins or ends with :: lacks its outermost group, which then is none of those that :: stands for.
    closed = f"concat(if({column} like ':%', '0', ''), {groups}, if({column} like '%:', '0', ''))"
    known = f"length({column}) - length(replace({column}, ':', '')) + int({column} like '%.%')"
    expanded = f"replace({closed}, '::', ':' || repeat('0:', {_GROUPS} - ({known})))"
    return f"lower(substring(regexp_replace(':' || {expanded}, ':0+(?=[0-9A-Fa-f])', ':'), 2))"


def _octet_sql(quad: str, place: int) -> str:
    # Small numbers, so that nothing overflows in text that is no address.
    return f"int(try_cast(split_part({quad}, '.', {place}) as smallint))"


def _group_sql(full: str, group: int) -> str:
    return f"int(conv(split_part({full}, ':', {group}), 16, 10))"
