"""Blank texts: an empty string is no value. Exports write one where a database had null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from revenuer.contract import Contract

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def known_sql(column: str) -> str:
    """SQL of a text, null where it is empty or only spaces."""
    return f"if(trim({column}) = '', null, {column})"


# A row's party: that of its site where it names one, else the account itself.
PARTY_SQL = f"coalesce({known_sql('party_id')}, account_id)"


def latest_owner_sql(party: str = "party_id") -> str:
    """SQL aggregate of an account's owner over its rows, which have ``account_id`` and ``usage_date``.

    The owner that was named last: channels that never name him must not make strangers of a firm's people, whichever of
    them was used last, nor must the greater text win. An account that none owns stands for itself.

    Args:
        party: SQL of a row's party.

    Returns:
        SQL of a struct of ``party_named_date``, the last day that named the owner, null where none did, and
        ``party_id``.
    """
    return f"max(struct(if({party} <> account_id, usage_date, null) as party_named_date, {party} as party_id))"


def without_blanks(frame: DataFrame, contract: Contract) -> DataFrame:
    """A conformed frame with null for blank texts; required columns are as they were, since rules speak of theirs."""
    return frame.selectExpr(
        *(
            f"{known_sql(column.name)} as {column.name}"
            if column.type == "string" and column.name not in contract.required_columns
            else column.name
            for column in contract.column_definitions()
        )
    )


def named_sql(contract: Contract) -> str:
    """SQL condition of rows whose required texts are known, which :func:`without_blanks` leaves as they are."""
    texts = (column.name for column in contract.column_definitions() if column.type == "string")
    return " and ".join(f"{known_sql(name)} is not null" for name in texts if name in contract.required_columns)
