"""Commands that look back over many dates: replay, history, metrics, export."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from revenuer.cli.options import Day, json_option, lake_options, open_bench, out_option, print_json


@click.command()
@click.option("--from", "first", type=Day(), required=True, help="First run date.")
@click.option("--to", "last", type=Day(), required=True, help="Last run date.")
@click.option("--truth", metavar="FILE", required=True, help="Parquet or CSV: account_id, campaign, decoy.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, help="Ranks that an analyst looks at.")
@click.option("--no-run", is_flag=True, help="Leave dates out that are not published, instead of running them.")
@out_option("build/replay", "Folder for replay.html (the plot) and replay.json.")
@lake_options
@json_option
def replay(
    first: date, last: date, truth: str, top: int, no_run: bool, out: Path, lake: str | None, files: tuple[Path, ...],
    overrides: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Say when each true campaign was first in the top ranks, and what had leaked by then.

    Published dates are read as they are; the others are run first, oldest first. A campaign counts as seen by the rule
    of `evaluate`: one candidate holds at least half of it, and at least half of what the candidate holds is the
    campaign's. Exchanges are counted where a world's truth_workload.parquet lies beside the truth, else accounts.
    `accused` asks for verdict campaign, `on watch or accused` for watch or campaign.
    """
    from revenuer.evaluation.replay import replay as look_back
    from revenuer.evaluation.replay import unpublished
    from revenuer.evaluation.truth import require_file
    from revenuer.pipeline.backfill import dates_between
    from revenuer.pipeline.loop import run_stages
    from revenuer.pipeline.stages import stages_from
    from revenuer.pipeline.staleness import Staleness
    from revenuer.quality import preload
    from revenuer.reporting.charts import replay_chart, write_chart

    days = dates_between(first, last)
    require_file(truth)
    say = (lambda text: None) if as_json else click.echo
    with open_bench(lake, files, overrides) as bench:
        missing = () if no_run else unpublished(bench.lake, days)
        if missing:
            say(f"{len(missing)} of {len(days)} dates are not published; running them")
            preload()
        # A site may start at its own sightings; a date without any input stays unpublished.
        staleness = Staleness(bench.lake, stages_from("all"))
        for day in missing:
            stages = staleness.stages_for(day)
            if stages:
                run_stages(bench.run(day, say), stages, lambda report: say(report.text()))
            else:
                say(f"{day} has no input")
        result = look_back(bench.lake, truth, days, top=top, window_days=int(bench.config.value("window.days")))
    write_chart(replay_chart(result), out / "replay.html")
    (out / "replay.json").write_text(json.dumps(result.to_dict(), indent=1, default=str) + "\n", encoding="utf-8")
    print_json(result.to_dict()) if as_json else click.echo(f"{result.text()}\nPlot: {out / 'replay.html'}")


@click.command()
@click.argument("campaign_id", required=False)
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="Campaigns to list.")
@lake_options
@json_option
def history(
    campaign_id: str | None, last: int, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...],
    as_json: bool,
) -> None:  # fmt: skip
    """Show a campaign over its published dates, or list every campaign that was ever published."""
    from revenuer.reporting.history import read_catalogue, read_history

    with open_bench(lake, files, overrides) as bench:
        found = read_history(bench.lake, campaign_id) if campaign_id else read_catalogue(bench.lake, last=last)
    print_json(found.to_dict()) if as_json else click.echo(found.text())


@click.command()
@click.option("--last", type=click.IntRange(1), default=14, show_default=True, help="Dates to show.")
@click.option("--stage", metavar="STAGE", help="One stage only, with all its warnings.")
@lake_options
@json_option
def metrics(
    last: int, stage: str | None, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool
) -> None:
    """Show how volume, verdicts, time and warnings went over recent dates."""
    from revenuer.reporting.metrics import known_stage, read_trend

    chosen = known_stage(stage)
    with open_bench(lake, files, overrides) as bench:
        trend = read_trend(bench.lake, last=last, stage=chosen)
    print_json(trend.to_dict()) if as_json else click.echo(trend.text())


@click.command()
@click.option("--out", required=True, metavar="URI", help="Folder to write to; each table gets a folder in it.")
@click.option("--run-date", type=Day(), help="One published date (default: all of them).")
@click.option("--tables", "names", metavar="NAMES", help="Published tables, separated by commas (default: all).")
@click.option("--format", "fmt", type=click.Choice(["parquet", "csv", "jsonl"]), default="parquet", show_default=True)
@lake_options
@json_option
def export(
    out: str, run_date: date | None, names: str | None, fmt: str, lake: str | None, files: tuple[Path, ...],
    overrides: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Write published tables as files, for tools that read no Delta. Never overwrites."""
    from revenuer.reporting.export import chosen_tables
    from revenuer.reporting.export import export as write

    chosen = chosen_tables(names)
    with open_bench(lake, files, overrides) as bench:
        done = write(bench.lake, out, chosen, run_date=run_date, fmt=fmt)
    print_json(done.to_dict()) if as_json else click.echo(done.text())
