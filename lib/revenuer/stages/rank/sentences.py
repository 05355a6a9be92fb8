"""Sentences of findings: numbers as people write them, as SQL."""

from __future__ import annotations

from collections.abc import Mapping


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


def reason_sql(ceiling: str, verdict: Mapping[str, float]) -> str:
    """Why this verdict and no other.

    Args:
        ceiling: Highest verdict the site's evidence allows.
        verdict: Thresholds of the verdict.
    """
    asked, hidden = verdict["min_concealment_bits"], verdict["hard_concealment_bits"]
    # Cut, not rounded: what is less must not read as much.
    bits = "format_number(floor(10 * concealment_gate_bits) / 10, 1)"
    return (
        "case verdict"
        " when 'campaign' then 'a program drives accounts that somebody hides are one: physics '"
        " || format_number(physics_bits, 1) || ' bits, concealment ' || format_number(concealment_bits, 1) || ' bits'"
        f" || case when physics_gate_bits >= {verdict['min_physics_bits']}D then '' when is_sole"
        " then '; its pool does hardly any other work of its own'"
        " else '; other work on its accounts, or parts of it, are accused by themselves' end"
        " when 'watch' then concat('not enough to accuse: ', case"
        " when not has_behaviour then 'infrastructure alone is known, not behaviour'"
        f" when '{ceiling}' <> 'campaign' then 'the site logs fewer than three facets'"
        " when not has_physics then 'its accounts do not behave like one program'"
        f" when not has_concealment and concealment_gate_bits >= {asked}D"
        " then 'one organisation or payer stands openly behind many of its accounts'"
        " when not has_concealment and concealment_gate_bits < 0.1D then 'nothing shows that anybody hides'"
        " when not has_concealment then 'too little shows that anybody hides: '"
        f" || {bits} || ' bits of concealment, {asked:g} are asked for'"
        " when not has_parties then 'too few parties'"
        " when is_crumbs then 'small works of a pool that is filled with other work'"
        " else 'the evidence for and against nearly balances' end)"
        " else concat('resembles ', resembles, case when is_open then '; nothing to speak of shows that anybody hides'"
        " when is_human then '; it does not behave like a program, and what its accounts share or change comes to '"
        f" || {bits} || ' bits of concealment, less than the {hidden:g} that are watched by themselves'"
        " when is_explained then '; it hardly behaves like a program, and one place, owner or payer covers most: '"
        " || strongest_cover else '' end,"
        " case when strongest_against is not null and not is_explained then '; ' || strongest_against else '' end) end"
    )
