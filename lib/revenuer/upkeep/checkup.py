"""What an examination says of one thing."""

from __future__ import annotations

from dataclasses import dataclass

from revenuer.errors import ConfigError


@dataclass(frozen=True)
class Check:
    """One examined thing.

    Attributes:
        name: What was examined.
        is_healthy: Whether it will do.
        found: What was found, and the fix where it will not do.
        exit_code: What the examination ends with where it will not do.
    """

    name: str
    is_healthy: bool
    found: str
    exit_code: int = ConfigError.exit_code

    def text(self) -> str:
        """One line for people."""
        return f"{'ok ' if self.is_healthy else 'BAD'} {self.name}: {self.found}"
