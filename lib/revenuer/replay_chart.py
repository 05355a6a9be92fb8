"""The replay as a picture: what leaked from day to day, and where each campaign stood in the ranking."""

from __future__ import annotations

from pathlib import Path

import plotly.colors
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from revenuer.detection import Replay, Timeline
from revenuer.errors import ConfigError

# Colour alone does not tell verdicts apart for everybody.
_SYMBOLS = {"campaign": "circle", "watch": "diamond-open", "cleared": "x-thin-open"}
_COLORS = plotly.colors.qualitative.Safe


def write_chart(replay: Replay, file: Path) -> None:
    """Write the chart as one HTML page that needs nothing from elsewhere.

    Args:
        replay: What to draw.
        file: Page to write; its folder is made.

    Raises:
        ConfigError: The page cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        chart_of(replay).write_html(file, include_plotlyjs=True, full_html=True)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}", fix="--out another folder") from error


def chart_of(replay: Replay) -> go.Figure:
    """The chart: leaked share above, rank below, the days of detection marked."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08, row_heights=[0.6, 0.4])
    for number, line in enumerate(replay.timelines):
        color = _COLORS[number % len(_COLORS)]
        _draw_leak(figure, line, color)
        _draw_rank(figure, line, color)
        if line.accused:
            figure.add_vline(x=str(line.accused.run_date), line={"color": color, "dash": "dot"}, row="all", col=1)
    figure.add_hline(y=replay.top, line={"color": "gray", "width": 1}, row=2, col=1)
    figure.update_yaxes(title="exchanges taken so far", tickformat=".0%", range=[0, 1.02], row=1, col=1)
    figure.update_yaxes(title=f"rank (line: top {replay.top})", type="log", autorange="reversed", row=2, col=1)
    figure.update_xaxes(title="run date; dotted: accused", row=2, col=1)
    figure.update_layout(
        title=f"Time to detection, {replay.run_dates[0]} to {replay.run_dates[-1]}",
        template="plotly_white", height=700, hovermode="x unified",
    )  # fmt: skip
    return figure


def _draw_leak(figure: go.Figure, line: Timeline, color: str) -> None:
    whole = line.whole
    if whole is None:
        return
    figure.add_scatter(
        x=[str(day) for day in line.leaked], y=[leak.share_of(whole)[0] for leak in line.leaked.values()],
        name=line.campaign, legendgroup=line.campaign, mode="lines+markers", line={"color": color},
        customdata=[[leak.exchange_count, leak.output_token_count] for leak in line.leaked.values()],
        hovertemplate="%{y:.1%}: %{customdata[0]:,.0f} exchanges, %{customdata[1]:,.0f} output tokens",
        row=1, col=1,
    )  # fmt: skip


def _draw_rank(figure: go.Figure, line: Timeline, color: str) -> None:
    ranked = {day: match for day, match in line.days.items() if match.is_covered}
    figure.add_scatter(
        x=[str(day) for day in ranked], y=[match.rank for match in ranked.values()],
        name=line.campaign, legendgroup=line.campaign, showlegend=line.whole is None, mode="lines+markers",
        line={"color": color},
        marker={"symbol": [_SYMBOLS.get(str(match.verdict), "circle-open") for match in ranked.values()], "size": 9},
        text=[f"{match.campaign_id}: {match.verdict}" for match in ranked.values()],
        hovertemplate="rank %{y}, %{text}",
        row=2, col=1,
    )  # fmt: skip
