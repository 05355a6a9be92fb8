"""Killing the work of a lake at a point, as a crash would."""

from __future__ import annotations

from typing import Any

import pytest

from revenuer.lake.lake import Lake


def kill_at(monkeypatch: pytest.MonkeyPatch, table: str) -> None:
    """Kill whatever is about to commit to a table, until the patch is undone."""
    genuine = Lake.commit_replacement

    def commit(self: Lake, name: str, *arguments: Any, **options: Any) -> Any:
        if name == table:
            raise KeyboardInterrupt
        return genuine(self, name, *arguments, **options)

    monkeypatch.setattr(Lake, "commit_replacement", commit)
