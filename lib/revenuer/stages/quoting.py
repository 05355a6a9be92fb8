"""Texts within SQL."""

from __future__ import annotations

from collections.abc import Iterable


def escaped(text: str) -> str:
    """Text as it stands within quotes in SQL."""
    return text.replace("\\", "\\\\").replace("'", "\\'")


def quoted(texts: Iterable[str]) -> str:
    """Texts as what stands in the brackets of ``in``; an empty text where there are none, since a list has one."""
    return ", ".join(f"'{escaped(text)}'" for text in texts) or "''"
