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


def settled_party_sql(party: str = "party_id") -> str:
    """SQL aggregate of an account's party over its rows: an owner that any of them names, however ids are spelt.

    Where some days or channels name no owner, the account stands for itself there; the greater text must not win.

    Args:
        party: SQL of a row's party.
    """
    return f"max(struct({party} <> account_id as is_named, {party} as party_id)).party_id"


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
