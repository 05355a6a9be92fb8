"""Tables as text: in Markdown, or drawn for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table


def table_lines(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a Markdown table.

    Args:
        heads: Headings of the columns.
        rows: Cells, as many in each row.
    """
    return [_line(heads), "|" + "---|" * len(heads), *map(_line, rows)]


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def drawn(tables: Sequence[Table], width: int) -> str:
    """Tables as text without colour, ``width`` characters wide."""
    page = StringIO()
    # Names and reasons are other people's text: no markup, no emoji.
    console = Console(file=page, width=width, force_terminal=False, markup=False, emoji=False)
    for table in tables:
        console.print(table)
    return page.getvalue().rstrip()
