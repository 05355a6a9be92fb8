"""Pictures, each one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import plotly.colors
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from revenuer.errors import ConfigError
from revenuer.evaluation.calibration import Bin
from revenuer.evaluation.detection import Replay, Timeline

# Colour alone does not tell verdicts apart for everybody.
_SYMBOLS = {"campaign": "circle", "watch": "diamond-open", "cleared": "x-thin-open"}
_COLORS = plotly.colors.qualitative.Safe


def write_chart(figure: go.Figure, file: Path) -> None:
    """Write a chart.

    Args:
        figure: The chart.
        file: Page to write; its folder is made.

    Raises:
        ConfigError: The page cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.write_html(file, include_plotlyjs=True, full_html=True)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}", fix="--out another folder") from error


def score_chart(figures: Mapping[str, Mapping[str, tuple[float, float]]]) -> go.Figure:
    """Precision and recall of every world: the worst seed as a point, and a line to the mean.

    Args:
        figures: (mean, worst) by name of the figure, by world.
    """
    figure = go.Figure()
    worlds = list(figures)
    names = ("account_precision", "account_recall", "exchange_precision", "exchange_recall", "noticed_recall")
    for number, name in enumerate(names):
        worst, mean = ([figures[world][name][place] for world in worlds] for place in (1, 0))
        figure.add_scatter(
            x=worst, y=worlds, mode="markers", name=name.replace("_", " "), customdata=mean,
            marker={"size": 9, "symbol": number, "color": _COLORS[number]},
            error_x={"type": "data", "symmetric": False, "array": [m - w for m, w in zip(mean, worst, strict=True)]},
            hovertemplate="worst seed %{x:.3f}, mean %{customdata:.3f}",
        )  # fmt: skip
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(
        title="Worst seed of every world (line: to the mean)", template="plotly_white", height=200 + 30 * len(worlds)
    )
    return figure


def reliability_chart(bins: Mapping[str, Sequence[Bin]]) -> go.Figure:
    """What probabilities said against what was true, a point for every bin, a line for everything measured."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": "gray", "dash": "dot"}, name="perfect")
    for name, points in bins.items():
        figure.add_scatter(
            x=[b.probability for b in points], y=[b.share for b in points], mode="lines+markers", name=name,
            text=[f"{b.count} candidates" for b in points], hovertemplate="said %{x:.3f}, true %{y:.3f}, %{text}",
        )  # fmt: skip
    figure.update_layout(
        title="Reliability of the probabilities", template="plotly_white", xaxis_title="probability said",
        yaxis_title="share that are campaigns",
    )  # fmt: skip
    return figure


def replay_chart(replay: Replay) -> go.Figure:
    """A replay: leaked share above, rank below, the days of detection marked."""
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
