"""What the tests of the lake share."""

from __future__ import annotations

import pytest
from killing import kill_at


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Kill the work just before its manifest row."""
    kill_at(monkeypatch, "manifest")
    return monkeypatch
