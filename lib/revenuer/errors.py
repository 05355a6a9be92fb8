"""The errors a run can end with, each with its own exit code; a run that was interrupted ends with 130.

Every message says which table, date, file or column is meant and how to mend it. Problems of one kind are
collected and raised once, so that a user does not meet them one at a time.
"""

from __future__ import annotations

from collections.abc import Sequence


class RevenuerError(Exception):
    """Base of every error Revenuer raises on purpose.

    Args:
        message: One sentence that names the subject.
        problems: Every single discrepancy, one line each.
        fix: What the reader can do about it.
    """

    exit_code = 1

    def __init__(self, message: str, problems: Sequence[str] = (), fix: str | None = None) -> None:
        self.message = message
        self.problems = tuple(problems)
        self.fix = fix
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [self.message]
        lines.extend(f"  - {problem}" for problem in self.problems)
        if self.fix:
            lines.append(f"  fix: {self.fix}")
        return "\n".join(lines)


class ConfigError(RevenuerError):
    """A setting, an argument or the machine's set-up is wrong."""

    exit_code = 2


class MissingPartitionError(RevenuerError):
    """An input partition is not there yet; a scheduler may retry."""

    exit_code = 3


class ContractError(RevenuerError):
    """A table's columns or types differ from its contract."""

    exit_code = 4


class QualityError(RevenuerError):
    """A fail-severity check found bad data, or a check itself is broken.

    The stage wrote nothing, and readers see what they saw; what the stages before it wrote stands.
    """

    exit_code = 5


class CertificateError(RevenuerError):
    """A component labelling could not be proved correct."""

    exit_code = 6


class LakeError(RevenuerError):
    """Storage refused, conflicted or is inconsistent."""

    exit_code = 7


class ConflictError(LakeError):
    """Another writer was in the way; the same may succeed when it is tried again."""
