"""Errors: exit codes, and a message that shows every problem and the fix."""

from __future__ import annotations

import pytest

from revenuer import errors

EXIT_CODES = {
    errors.ConfigError: 2,
    errors.MissingPartitionError: 3,
    errors.ContractError: 4,
    errors.QualityError: 5,
    errors.CertificateError: 6,
    errors.LakeError: 7,
}


@pytest.mark.parametrize(("kind", "code"), EXIT_CODES.items(), ids=lambda value: getattr(value, "__name__", value))
def test_error__ends_the_run_with_its_own_exit_code(kind: type[errors.RevenuerError], code: int) -> None:
    assert kind("x").exit_code == code
    assert issubclass(kind, errors.RevenuerError)


def test_errors__are_all_listed_here() -> None:
    assert set(errors.RevenuerError.__subclasses__()) == set(EXIT_CODES)


def test_error__shows_message_problems_and_fix() -> None:
    error = errors.ContractError("table t differs", ["column a: missing", "column b: wrong"], "write them")
    assert str(error).splitlines() == [
        "table t differs",
        "  - column a: missing",
        "  - column b: wrong",
        "  fix: write them",
    ]


def test_error__needs_neither_problems_nor_fix() -> None:
    assert str(errors.LakeError("no")) == "no"
