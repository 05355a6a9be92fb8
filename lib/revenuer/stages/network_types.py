"""Types of networks: what the site's logs name, however they spell it, and what ``network_labels`` know beside that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql.functions import expr

from revenuer.stages.addresses import canonical_ip_sql
from revenuer.stages.quoting import escaped, quoted

TYPES = ("residential", "mobile", "hosting", "vpn", "relay", "business", "education")
"""Types that ranking knows; any other is as good as none."""
# A range as SQL sees it: its address, and how many leading bits of it count.
_ADDRESS, _LENGTH = "trim(substring_index(cidr, '/', 1))", "try_cast(substring_index(cidr, '/', -1) as int)"
_OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_IS_IPV4 = f"rlike '^{_OCTET}([.]{_OCTET}){{3}}$'"
_IS_IPV6 = "rlike '^([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$'"


def _bits_sql(address: str) -> str:
    """SQL of an address as text of zeros and ones, after the family's number; null where it is none."""
    canonical = canonical_ip_sql(address)
    return (
        f"case when {canonical} {_IS_IPV4}"
        f" then '4' || array_join(transform(split({canonical}, '[.]'), part -> lpad(bin(int(part)), 8, '0')), '')"
        f" when {canonical} {_IS_IPV6}"
        f" then '6' || array_join(transform(split({canonical}, ':'), part -> lpad(conv(part, 16, 2), 16, '0')), '')"
        " end"
    )


def ranges(labels: DataFrame) -> DataFrame:
    """Labelled ranges as leading bits.

    Args:
        labels: ``network_labels``.

    Returns:
        Columns of ``labels`` and ``prefix``: the family's number and the bits that all addresses of the range share;
        null where ``cidr`` is no range. An address without a length is a range of one.
    """
    alone = "case when cidr like '%/%' then null when bits like '4%' then 32 else 128 end"
    return (
        labels.withColumn("address", expr(_ADDRESS))
        .selectExpr("*", f"{_bits_sql('address')} as bits")
        .withColumn("prefix_length", expr(f"coalesce({alone}, {_LENGTH})"))
        .withColumn("is_range", expr("prefix_length between 0 and length(bits) - 1"))
        .withColumn("prefix", expr("case when is_range then left(bits, prefix_length + 1) end"))
        .drop("address", "bits", "prefix_length", "is_range")
    )


def type_sql(names: Mapping[str, Sequence[str]], column: str = "label") -> str:
    """SQL of the network type that a label names; null where it names none.

    Args:
        names: Labels by network type.
        column: The label's column.
    """
    cases = " ".join(
        f"when lower(trim({column})) in ({quoted(label.lower() for label in labels)}) then '{escaped(kind)}'"
        for kind, labels in names.items()
        if labels
    )
    return f"case {cases} end" if cases else "cast(null as string)"


def logged_type_sql(names: Mapping[str, Sequence[str]]) -> str:
    """SQL of an event's ``network_type`` under the name that ranking knows it by; one that it does not know stays.

    Args:
        names: Labels by network type.
    """
    # A type's own name is understood whatever labels a site lists for it.
    spelt = {kind: (kind, *names.get(kind, ())) for kind in (*TYPES, *names)}
    return (
        f"case when network_type in ({quoted(TYPES)}) then network_type"
        f" else coalesce({type_sql(spelt, 'network_type')}, network_type) end"
    )


def typed_ranges(labels: DataFrame, names: Mapping[str, Sequence[str]]) -> DataFrame:
    """Ranges whose labels name a type: ``prefix, labelled_type``, the latter null where they name several.

    Args:
        labels: ``network_labels``.
        names: Labels by network type.
    """
    return (
        ranges(labels)
        .selectExpr("prefix", f"{type_sql(names)} as labelled_type")
        .where("prefix is not null and labelled_type is not null")
        .groupBy("prefix")
        .agg(expr("if(min(labelled_type) = max(labelled_type), max(labelled_type), null) as labelled_type"))
    )


def with_network_types(usage: DataFrame, labels: DataFrame, names: Mapping[str, Sequence[str]]) -> DataFrame:
    """Usage with ``network_type`` where the log names none that is known and a labelled range holds ``client_ip``.

    The log's own type stands: whoever wrote it saw the event. Of several ranges the narrowest counts; one that is
    labelled as two types says nothing.

    Args:
        usage: ``valid_usage`` with types as :func:`logged_type_sql` has them; read several times.
        labels: ``network_labels``.
        names: Labels by network type.
    """
    known = typed_ranges(labels, names)
    lengths = known.agg(expr("collect_set(length(prefix)) as lengths"))
    lacks = f"coalesce(network_type not in ({quoted(TYPES)}), true) and client_ip is not null"
    types = (
        usage.where(lacks)
        .select("client_ip")
        .distinct()
        .selectExpr("client_ip", f"{_bits_sql('client_ip')} as bits")
        .crossJoin(lengths.hint("broadcast"))
        .selectExpr(
            "client_ip",
            "explode(transform(filter(lengths, n -> n <= length(bits)), n -> left(bits, n))) as prefix",
        )
        .join(known, "prefix")
        .groupBy("client_ip")
        .agg(expr("max_by(labelled_type, length(prefix)) as labelled_type"))
    )
    # Only events that lack a type are joined: the others of a day stay where they are.
    named = (
        usage.where(lacks)
        .join(types, "client_ip", "left")
        .withColumn("network_type", expr("coalesce(labelled_type, network_type)"))
        .select(*usage.columns)
    )
    return usage.where(f"not ({lacks})").unionByName(named)
