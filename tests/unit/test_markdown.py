"""Markdown tables."""

from __future__ import annotations

from revenuer.markdown import table_lines


def test_table_lines__a_bar_or_a_line_end_in_a_cell_does_not_end_it() -> None:
    assert table_lines(["world", "P"], [["ci|review\nof a day", 1]]) == [
        "| world | P |", "|---|---|", "| ci&#124;review of a day | 1 |",
    ]  # fmt: skip
