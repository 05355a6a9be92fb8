"""Sentences of findings: numbers as people write them, as SQL."""

from __future__ import annotations


def _number_sql(column: str) -> str:
    """A number as people write it: two decimals below ten, none above."""
    return (
        f"case when {column} is null then 'unknown' when abs({column}) >= 10 then format_number({column}, 0)"
        f" else format_number({column}, 2) end"
    )


def _percent_sql(share: str) -> str:
    """A share as people write it: per cent, with a decimal below one."""
    percent = f"100 * {share}"
    return (
        f"case when {share} is null then 'unknown' when {percent} between 0.05 and 0.95"
        f" then format_number({percent}, 1) || ' %' else format_number({percent}, 0) || ' %' end"
    )


PLACEHOLDERS = {
    "{value}": _number_sql("value"),
    "{value%}": _percent_sql("value"),
    "{1/2^value%}": _percent_sql("pow(2, -value)"),
    "{baseline}": _number_sql("baseline_value"),
    "{baseline%}": _percent_sql("baseline_value"),
}
"""What may stand in a sentence, and the SQL of the words that replace it."""


def sentence_sql(sentence: str) -> str:
    """SQL of a sentence whose placeholders stand for ``value`` and ``baseline_value``."""
    words = f"'{escaped(sentence)}'"
    for placeholder, sql in PLACEHOLDERS.items():
        if placeholder in sentence:
            words = f"replace({words}, '{placeholder}', {sql})"
    return words


def escaped(text: str) -> str:
    """Text as it stands within quotes in SQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")
