"""The commands evaluate and fit: against planted truth, the pipeline against whole worlds, and learning from those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from revenuer.cli.options import Day, json_option, lake_options, open_bench, out_option, print_json
from revenuer.errors import ConfigError, QualityError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from revenuer.config import Config
    from revenuer.evaluation.judged import Trial
    from revenuer.evaluation.trial_world import World

_QUICK = ("reference", "honest_platforms", "work_only")


@click.command()
@click.option("--truth", metavar="FILE", help="Parquet or CSV: account_id, campaign, decoy.")
@click.option("--run-date", type=Day(), help="With --truth: the published date.")
@click.option(
    "--scenario",
    metavar="NAMES",
    help="Instead: simulate worlds and judge them. Names or TOML files, perhaps with changes as in"
    " reference:jitter_hours=3; folders that hold a world; `quick`, `all`, or `robustness`.",
)
@click.option("--seeds", type=click.IntRange(1), default=1, show_default=True, help="Seeds of each world.")
@click.option("--first-seed", type=int, default=1, show_default=True, help="The first of them.")
@click.option("--days", type=click.IntRange(1), help="Days of each world (default: the world's own).")
@click.option("--accounts", type=click.IntRange(100), help="Honest accounts of each world (default: the world's own).")
@click.option("--check-days", default="", metavar="N,N", help="Judge these days too, for the day of detection.")
@click.option(
    "--ablate-links",
    is_flag=True,
    help="Judge each world again without each kind of link (a minute or two each), and write links.md.",
)
@click.option(
    "--again",
    is_flag=True,
    help="Judge anew what this very code, with these settings, has judged under --out: else a cut run goes on.",
)
@click.option(
    "--min-precision",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Fail (exit 5) when the worst account precision is below.",
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Fail (exit 5) when a figure is worse than in this scores.json.",
)
@out_option("build/evaluate", "Folder of simulated worlds and of the stored result.")
@lake_options
@json_option
def evaluate(
    truth: str | None, run_date: date | None, scenario: str | None, seeds: int, first_seed: int, days: int | None,
    accounts: int | None, check_days: str, ablate_links: bool, again: bool, min_precision: float, baseline: Path | None,
    out: Path, lake: str | None, files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Hold a published date against planted truth, or the whole pipeline against simulated worlds.

    Only verdict `campaign` counts as an accusation. With --scenario every world is simulated, observed, linked,
    clustered and ranked, and the worst seed of each is printed, stored under --out and compared with the result
    stored there before. Each judged day is kept at once: the same command again goes on where one was cut. It
    works in a lake under --out, unless --lake names one.
    """
    if scenario is None:
        if truth is None or run_date is None:
            raise ConfigError("nothing to evaluate", fix="give --truth FILE and --run-date DATE, or --scenario NAMES")
        if baseline or ablate_links or again or check_days:
            raise ConfigError(
                "--baseline, --ablate-links, --again and --check-days go with --scenario",
                fix="give --scenario NAMES, or leave them out",
            )
        from revenuer.evaluation.evaluate import evaluate_run

        with open_bench(lake, files, overrides) as bench:
            result = evaluate_run(bench.lake, truth, run_date, window_days=int(bench.config.value("window.days")))
        print_json(result.to_dict()) if as_json else click.echo(result.text())
        if result.account_precision < min_precision:
            problem = f"account precision {result.account_precision:.3f} is below {min_precision}"
            raise QualityError(
                f"{run_date} is judged worse than it must be", [problem], "look at who was accused wrongly"
            )
        return
    if truth or run_date:
        raise ConfigError("--truth and --run-date do not go with --scenario", fix="evaluate one or the other")
    from revenuer.evaluation.frontier import frontier, frontier_markdown
    from revenuer.evaluation.robustness import cost_of, load_plan, robustness_markdown
    from revenuer.evaluation.scoreboard import scoreboard
    from revenuer.evaluation.source_digest import source_digest
    from revenuer.evaluation.stored_scores import compared, read_scores, store
    from revenuer.evaluation.trial_world import days_to_judge, is_world_folder, prepare
    from revenuer.learning.links import NOTHING, kinds_of_links, links_markdown
    from revenuer.reporting.charts import score_chart, write_chart

    source_digest("revenuer.evaluation.trial")  # what is kept is marked with the code that this process begins with
    known = read_scores(baseline) if baseline else None
    checked = _numbers(check_days)
    plan = load_plan() if scenario == "robustness" else None
    names = [variant.scenario for variant in plan.variants] if plan else _worlds(scenario)
    if plan:
        days, accounts = days or plan.days, accounts or plan.accounts
    say = (lambda text: None) if as_json else click.echo
    trials, costs, ablated = [], {}, []
    with open_bench(lake or str(out / "lake"), files, overrides) as bench:
        judged = partial(_judged, bench.spark, bench.config, say=say, again=again)
        for name in names:
            # A folder is one world: which seed made it, nobody knows.
            for seed in range(first_seed, first_seed + (1 if is_world_folder(name) else seeds)):
                world = prepare(bench.spark, bench.config, name, seed=seed, days=days, accounts=accounts,
                                out=out, say=say)  # fmt: skip
                trials += [judged(world, day) for day in days_to_judge(world, checked)]
                if ablate_links:
                    ablated.append((NOTHING, trials[-1]))
                    ablated += [
                        (kind, judged(world, trials[-1].day, without=kind)) for kind in kinds_of_links(bench.config)
                    ]
                if plan:
                    costs[world.name, seed] = cost_of(bench.spark, world)
    board = scoreboard(trials)
    against = {"the result stored before": store(board, trials, out)}
    if known:
        against[str(baseline)] = compared(board, known)
    write_chart(score_chart({line.scenario: line.figures for line in board.lines}), out / "scores.html")
    (out / "frontier.md").write_text(frontier_markdown(frontier(trials)) + "\n", encoding="utf-8")
    if plan:
        titles = {variant.scenario: variant for variant in plan.variants}
        rows = [(titles[t.scenario], t, costs[t.scenario, t.seed]) for t in trials]
        table = robustness_markdown(rows)
        (out / "robustness.md").write_text(table + "\n", encoding="utf-8")
        say(table)
    if ablated:
        table = links_markdown(ablated)
        (out / "links.md").write_text(table + "\n", encoding="utf-8")
        say(table)
    worse = against["the result stored before"].worse
    if as_json:
        told = {
            name: list(dict.fromkeys(each for of in against.values() for each in getattr(of, name)))
            for name in ("not_judged", "not_compared")
        }
        print_json({**board.to_dict(), "worse": worse, **told})
    else:
        click.echo(board.text())
        click.echo("Worse than the stored result: " + "; ".join(worse) if worse else "Nothing is worse than before.")
        for source, of in against.items():
            if of.not_judged:
                click.echo(f"In {source}, and not judged now: {', '.join(of.not_judged)}")
            if of.not_compared:
                click.echo(f"Not compared with {source}: {'; '.join(of.not_compared)}")
    problems = [
        f"{line.scenario}: account precision {line.figures['account_precision'][1]:.3f} is below {min_precision}"
        for line in board.lines
        if line.figures["account_precision"][1] < min_precision
    ]
    problems += against[str(baseline)].worse if known else []
    if problems:
        raise QualityError(
            "worlds are judged worse than they must be", problems, f"{out}/scores.json has every candidate's evidence"
        )


@click.command()
@click.option(
    "--from",
    "sources",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Folder of `revenuer evaluate`: judged worlds to learn from. May be given several times.",
)
@click.option(
    "--held-back",
    "held_back",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Judged worlds that nothing is learnt from: calibration and ablation are measured on them.",
)
@click.option("--ablate", is_flag=True, help="Also measure what the verdicts are without each signal (minutes).")
@out_option("build/fit", "Folder of the weights and the report.")
@lake_options
@json_option
def fit(
    sources: tuple[Path, ...], held_back: tuple[Path, ...], ablate: bool, out: Path, lake: str | None,
    files: tuple[Path, ...], overrides: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Learn from judged worlds what each finding weighs, and measure how far probabilities can be believed.

    Writes weights.toml, report.md, and reliability.html. Needs the extra `fit`. It works in a lake under --out, unless
    --lake names one.

    The ranking reads weights.toml once it lies in the installed package, beside scoring.toml, as
    revenuer/stages/rank/weights.toml; no setting names it. Dates judged before are not out of date by it: --force.
    """
    from revenuer.learning.report import learn

    with open_bench(lake or str(out / "lake"), files, overrides) as bench:
        report = learn(bench.spark, bench.config, sources, held_back, with_ablation=ablate)
    written = report.write(out)
    print_json(report.to_dict()) if as_json else click.echo(f"{report.to_markdown()}\n\nWritten: {written}")


def _judged(
    spark: SparkSession, config: Config, world: World, day: int, *, without: str = "", say: Callable[[str], None],
    again: bool,
) -> Trial:  # fmt: skip
    """A day of a world, judged now or by an earlier run of the same code, perhaps without one kind of links."""
    from revenuer.evaluation.judged import JUDGED_FOLDER, judge_mark, judged_once
    from revenuer.evaluation.kept_candidates import has_candidates
    from revenuer.evaluation.trial import judge
    from revenuer.evaluation.trial_world import folder_name
    from revenuer.learning.links import composites_of, without_links

    changed = without_links(config, without) if without else config
    left_out = composites_of(config, without) if without else ()
    name = f"day={day}-without-{folder_name(without)}" if without else f"day={day}"
    trial, is_kept = judged_once(
        world.folder / JUDGED_FOLDER / f"{name}.json",
        judge_mark(changed.fingerprint, world.origin, left_out),
        lambda: judge(spark, changed, world, day, left_out=left_out, keep=not without),
        again=again or not (without or has_candidates(world.folder, day)),
    )
    # A world that lies in a folder is the same world under whatever seed it is asked for.
    trial = replace(trial, scenario=world.name, seed=world.seed)
    say(f"{f'  without {without}:' if without else ''}{trial.text()}{' (judged before)' if is_kept else ''}")
    return trial


def _worlds(names: str) -> list[str]:
    """Worlds by name; ``all`` are those shipped, ``quick`` is a campaign, honest vendors, and shared work alone."""
    from revenuer.evaluation.trial_world import given_dates, is_world_folder, name_of
    from revenuer.simulate.world import list_worlds, load_world

    if names == "all":
        return list(list_worlds())
    chosen = list(_QUICK) if names == "quick" else [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if is_world_folder(name):
            given_dates(Path(name))
        else:
            load_world(name)  # an unknown world is worth saying before Spark starts
    twice = sorted(name for name, count in Counter(map(name_of, chosen)).items() if count > 1)
    if twice:
        raise ConfigError(
            f"several worlds are named {', '.join(twice)}", fix="rename their files or folders: figures go by that name"
        )
    return chosen


def _numbers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise ConfigError(f"--check-days {text!r} is no list of numbers", fix="for instance --check-days 3,6") from None
