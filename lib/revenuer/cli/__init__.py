"""The command line. Commands parse and print; the work is done by the modules they import when called."""

from __future__ import annotations

from collections.abc import Sequence

import click

from revenuer import __version__
from revenuer.cli import inspection, judgement, operation, review, upkeep
from revenuer.errors import ConfigError, LakeError, RevenuerError

# A paragraph that begins with a backspace keeps its lines; a docstring could not hold that sign without an escape.
_HELP = """Find coordinated model-distillation campaigns in the usage data of an LLM API.

\b
A first look:  revenuer demo
Every day:     revenuer ingest --table usage_events --from FILES --lake URI
               revenuer run all --run-date 2026-03-01 --lake URI
               revenuer report --run-date 2026-03-01 --lake URI

\b
Exit codes:    0 done
               1 unexpected
               2 a setting, an argument or the machine is wrong
               3 an input partition is missing (retry later)
               4 a table breaks its contract
               5 data quality
               6 components not proved correct
               7 storage
               130 interrupted
"""


@click.group(help=_HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="revenuer")
def cli() -> None:
    """Every command of the program."""


for _command in (
    operation.demo, operation.simulate, operation.ingest, operation.run, operation.backfill,
    inspection.plan, inspection.verify, judgement.evaluate, judgement.fit, review.replay, inspection.report,
    review.history, review.metrics, review.export, inspection.tables, inspection.doctor, upkeep.vacuum,
    upkeep.forget, upkeep.retention,
):  # fmt: skip
    cli.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point.

    Args:
        arguments: Words of the command line; the process's own when omitted.

    Returns:
        Exit code.
    """
    try:
        cli.main(args=None if arguments is None else list(arguments), prog_name="revenuer", standalone_mode=False)
    except RevenuerError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return ConfigError.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return 130
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    except BrokenPipeError:
        raise
    except OSError as error:
        click.echo(f"error: the storage refused: {error}\n  fix: give it access and room, and run again", err=True)
        return LakeError.exit_code
    except Exception as error:
        if type(error).__module__.split(".")[0] not in ("pyspark", "py4j"):
            raise
        from revenuer.session import is_of_storage, keep_log

        if is_of_storage(error):
            click.echo(f"error: the storage refused: {root_cause(error)}", err=True)
            click.echo("  fix: check that the lake's store answers, and run again", err=True)
            return LakeError.exit_code
        click.echo(f"error: Spark failed: {root_cause(error)}", err=True)
        log = keep_log() or "the log of the Spark session"
        click.echo(f"  fix: see {log}; `revenuer doctor` checks the set-up", err=True)
        return 1
    return 0


def root_cause(error: Exception) -> str:
    """What happened, in a line: a JVM stack helps nobody who schedules a job, and its top says only what was called.

    An error of a Python worker is told by its last line, a JVM's by its innermost cause.
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if (cause := getattr(error, "java_exception", None)) is not None:
        while (inner := cause.getCause()) is not None:
            cause = inner
        lines = [line.strip() for line in str(cause.toString()).splitlines() if line.strip()]
    is_of_worker = any(line.startswith("Traceback") or "PythonException" in line for line in lines)
    return (lines[-1] if is_of_worker else lines[0]) if lines else type(error).__name__
