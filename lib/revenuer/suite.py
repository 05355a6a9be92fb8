"""The checks a contract implies for one partition, before those that depend on the day's past."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from revenuer.contract import Contract, RowRule, TableCheck

_PREFIX = "rule_"


def suite_of(contract: Contract, day: date, columns: Sequence[str] | None = None) -> tuple[TableCheck, ...]:
    """Checks of one partition: the columns are there, required ones are filled, the key is unique, rules hold.

    The contract's own table checks follow; an implied check that the contract spells out itself is not repeated.

    Args:
        contract: The table's contract.
        day: The partition's date.
        columns: Columns the partition really has. Checks that need an absent column are left out: the check of the
            columns already fails, and the others would only be broken by it.
    """
    own = contract.checks
    implied = [
        TableCheck(
            "ExpectTableColumnsToMatchSet",
            {"column_set": list(contract.columns), "exact_match": False},
            "fail",
            f"columns of the contract are missing: compare with `revenuer tables {contract.name}`",
        )
    ]
    implied += [
        TableCheck("ExpectColumnValuesToNotBeNull", {"column": name}, "fail", f"{name} is null")
        for name in contract.required_columns
    ]
    repeats = f"rows share the key ({contract.grain})"
    if len(contract.key) == 1:
        implied.append(TableCheck("ExpectColumnValuesToBeUnique", {"column": contract.key[0]}, "fail", repeats))
    elif contract.key:
        arguments = {"column_list": list(contract.key)}
        implied.append(TableCheck("ExpectCompoundColumnsToBeUnique", arguments, "fail", repeats))
    implied += [
        TableCheck(
            "ExpectColumnValuesToBeInSet",
            {"column": f"{_PREFIX}{rule.name}", "value_set": [True]},
            "fail",
            rule.message,
        )
        for rule in _rules(contract, day)
    ]
    spelled = {_identity(check) for check in own}
    checks = (*(check for check in implied if _identity(check) not in spelled), *own)
    absent = set(contract.columns) - set(contract.columns if columns is None else columns)
    return tuple(check for check in checks if not absent or not _needs(check, absent))


def rule_columns(contract: Contract, day: date, columns: Sequence[str]) -> tuple[str, ...]:
    """Select expressions that turn each row rule into a boolean column, so that one aggregate answers all of them."""
    if not set(columns).issuperset(contract.columns):
        return ()
    return tuple(f"coalesce(({rule.sql}), true) as {_PREFIX}{rule.name}" for rule in _rules(contract, day))


def _rules(contract: Contract, day: date) -> tuple[RowRule, ...]:
    dates = tuple(
        RowRule(f"{name}_is_partition", f"{name} = date'{day}'", f"{name} is not the partition's date {day}")
        for name in contract.partition_by
    )
    return dates + contract.row_rules


def _needs(check: TableCheck, absent: set[str]) -> bool:
    named = {str(check.arguments.get("column", "")), *check.arguments.get("column_list", ())}
    return bool(named & absent) or any(name.startswith(_PREFIX) for name in named)


def _identity(check: TableCheck) -> tuple[str, str]:
    arguments = {name: sorted(v) if name == "column_list" else v for name, v in check.arguments.items()}
    return check.expectation, repr(sorted(arguments.items()))
