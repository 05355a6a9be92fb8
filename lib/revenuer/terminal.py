"""Tables drawn for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table


def drawn(tables: Sequence[Table], width: int) -> str:
    """Tables as text without colour, ``width`` characters wide."""
    page = StringIO()
    # Names and reasons are other people's text: no markup, no emoji.
    console = Console(file=page, width=width, force_terminal=False, markup=False, emoji=False)
    for table in tables:
        console.print(table)
    return page.getvalue().rstrip()
