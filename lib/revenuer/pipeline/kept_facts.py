"""Facts of a run's window, kept from date to date so that a date reads one day that enters and one that leaves.

Table ``window_facts`` is a copy of what ``sightings`` say and never the only source of anything: it is used where the
commit logs prove that it was made from the sightings as they are now, and made anew from the whole window elsewhere
(the first date, late rows, a backfill that skips dates, another window). So a date's facts are the same on either way.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from revenuer.lake.ancestry import held_record
from revenuer.lake.erasure import without_erased
from revenuer.pipeline.currency import Currency
from revenuer.stages.facts import rolled_facts, window_facts
from revenuer.tables import CONTRACTS

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import DataFrame

    from revenuer.pipeline.run import Run

TABLE = "window_facts"
_STAGE = "link"


def keep_facts(run: Run) -> tuple[DataFrame, bool]:
    """Make the facts of a run's window and keep them.

    Args:
        run: The run.

    Returns:
        The facts, and whether they come from those of the date before.
    """
    lake, day, before = run.lake, run.run_date, run.run_date - timedelta(days=1)
    versions = lake.input_versions(["sightings"])
    currency = Currency(lake)
    is_rolled = _is_current(run, currency, before)
    if is_rolled:
        gone = run.first_date - timedelta(days=1)
        entering, leaving = run.day("sightings"), run.between("sightings", gone, gone)
        facts = rolled_facts(_kept_without_erased(run, before), entering, leaving, run.first_date)
    else:
        facts = window_facts(run.window("sightings"))
    table = currency.table(TABLE)
    held, _ = table.days()
    lake.replace_partition(
        TABLE,
        day,
        facts.selectExpr(f"date'{day}' as run_date", "*"),
        stage=_STAGE,
        input_versions=versions,
        is_balanced=True,
        # What is held is recorded, so that the next date opens the commits since, and not every one there is.
        origin={**_origin(run), **held_record(table.latest, held)},
        retired=_outlived(held, day),
    )
    return _kept(run, day), is_rolled


def facts_of(run: Run) -> DataFrame:
    """The facts of a run's window: the kept ones if they are current, else from the sightings; nothing is written."""
    if _is_current(run, Currency(run.lake), run.run_date):
        return _kept_without_erased(run, run.run_date)
    return window_facts(run.window("sightings"))


def _kept_without_erased(run: Run, day: date) -> DataFrame:
    """What an earlier run kept of a day, without accounts that were erased as it was at work: as sightings are read."""
    return without_erased(run.lake, _kept(run, day), run.hash_key)


def _kept(run: Run, day: date) -> DataFrame:
    """What is kept of a day, whatever is committed meanwhile: a run of another date may retire it at any time."""
    version = None
    for commit in run.lake.commits(TABLE).newest_first():
        # Up to its removal, and not as it was written: an account may have been erased since.
        if commit.retired(day):
            version = commit.version - 1
        elif version is None:
            version = commit.version
        if commit.wrote(day) and not commit.retired(day):
            break
    return run.lake.read_window(TABLE, day, day, version=version).drop("run_date")


def _is_current(run: Run, currency: Currency, day: date) -> bool:
    return currency.is_kept(TABLE, day, _STAGE, (("sightings", "window"),), _origin(run))


def _origin(run: Run) -> dict[str, str]:
    """What facts are made by, beside their sightings. Those made another way cannot be rolled on."""
    return {"window_days": str(len(run.window_days)), "owners": "the latest that is named"}


def _outlived(held: Collection[date], day: date) -> list[date]:
    """Dates that are kept no longer: they go together, since a commit that removes something costs more than others."""
    kept = CONTRACTS[TABLE].retention_days or 1
    old = sorted(known for known in held if known <= day - timedelta(days=kept))
    return old if len(old) >= kept else []
