"""Sentences of findings: numbers as people write them, as SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping

from revenuer.stages.quoting import escaped


def _number_sql(column: str) -> str:
    """A number as people write it: whole numbers and those from ten on without decimals, others with two."""
    return (
        f"case when {column} is null then 'unknown' when abs({column}) >= 10 or {column} = floor({column})"
        f" then format_number({column}, 0) else format_number({column}, 2) end"
    )


def _percent_sql(share: str) -> str:
    """A share as people write it: per cent, with a decimal below one."""
    percent = f"100 * {share}"
    return (
        f"case when {share} is null then 'unknown' when {percent} between 0.05 and 0.95"
        f" then format_number({percent}, 1) || ' %' else format_number({percent}, 0) || ' %' end"
    )


_PLACEHOLDER = re.compile(r"{(1/2\^)?(\w+)(%)?}")
_OWN = {"value": "value", "baseline": "baseline_value"}


def columns_named(sentence: str) -> list[str]:
    """Columns of the candidate's features that a sentence names beside the finding's value and baseline."""
    return sorted({name for _, name, _ in _PLACEHOLDER.findall(sentence) if name not in _OWN})


def sentence_sql(sentence: str) -> str:
    """SQL of a sentence with figures.

    Where a signal weighs one thing by another, its value is a score and no figure to tell anybody: the sentence names
    the figures it was made from.

    Args:
        sentence: Words with placeholders: ``{value}``, ``{baseline}`` or a column of the features in braces, followed
            by ``%`` for a share; ``{1/2^value%}`` for the share of one in two to the power of the value.
    """
    words = f"'{escaped(sentence)}'"
    for halving, name, share in sorted(set(_PLACEHOLDER.findall(sentence))):
        column = _OWN.get(name, name)
        figure = _percent_sql(f"pow(2, -{column})" if halving else column) if share else _number_sql(column)
        words = f"replace({words}, '{{{halving}{name}{share}}}', {figure})"
    return words


def reason_sql(ceiling: str, verdict: Mapping[str, float]) -> str:
    """Why this verdict and no other.

    Args:
        ceiling: Highest verdict the site's evidence allows.
        verdict: Thresholds of the verdict.
    """
    asked, hidden = verdict["min_concealment_bits"], verdict["hard_concealment_bits"]
    watched = f"log2({verdict['watch_probability']}D / (1 - {verdict['watch_probability']}D))"
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
        # Loads, hours and turns are compared over eight accounts or more.
        " when not has_physics and account_count < 8 then 'too few accounts to tell whether a program drives them'"
        " when not has_physics then 'its accounts do not behave like one program'"
        f" when not has_concealment and concealment_gate_bits >= {asked}D"
        " then 'one organisation or payer stands openly behind many of its accounts'"
        " when not has_concealment and concealment_gate_bits < 0.1D then 'nothing shows that anybody hides'"
        " when not has_concealment then 'too little shows that anybody hides: '"
        f" || {bits} || ' bits of concealment, {asked:g} are asked for'"
        " when not has_parties then 'too few parties'"
        " when is_crumbs and is_usual then 'it does what much of the site does; whether it converses is not known'"
        " when is_crumbs then 'small works of a pool that is filled with other work'"
        # Watched for what hides it alone.
        f" when sum_bits < {watched} then 'strong concealment; what speaks against it outweighs the rest'"
        " else 'the evidence for and against nearly balances' end)"
        " else concat('resembles ', resembles, case when is_open then '; nothing to speak of shows that anybody hides'"
        " when is_human then '; it does not behave like a program, and what its accounts share or change comes to '"
        f" || {bits} || ' bits of concealment, less than the {hidden:g} that are watched by themselves'"
        " when is_explained then '; it hardly behaves like a program, and one place, owner or payer covers most: '"
        " || strongest_cover else '' end,"
        " case when strongest_against is not null and not is_explained then '; ' || strongest_against else '' end) end"
    )
