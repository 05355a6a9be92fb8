"""The staging area: results that no reader sees yet, and the pointer that says whose of them are complete.

A run stages below ``<uri>/_staging/<date>/<run_id>/<table>``, as plain Parquet, and when everything is there writes
``<uri>/_staging/<date>/current.json`` in one step. Two runs of a date therefore never mix, and what a killed run left
behind is named by no pointer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from revenuer import __version__
from revenuer.errors import LakeError
from revenuer.lake.commits import Commit
from revenuer.lake.tablespace import MANIFEST
from revenuer.session import SPARK_ERRORS
from revenuer.tables import contract_of

if TYPE_CHECKING:
    from revenuer.lake.tablespace import Tablespace

_POINTER = "current.json"


@dataclass(frozen=True)
class Staged:
    """What the pointer of a run date says.

    Attributes:
        run_id: Run that staged.
        tables: Tables it staged.
        input_versions: Version of each table that the rows were made from.
        manifest_version: The manifest's version when the run began, -1 before there was one.
        config_fingerprint: Configuration of the run.
        package_version: Version of the package.
    """

    run_id: str
    tables: tuple[str, ...]
    input_versions: Mapping[str, int] = field(default_factory=dict)
    manifest_version: int = -1
    config_fingerprint: str = ""
    package_version: str = __version__

    def why_other(self, config_fingerprint: str) -> str | None:
        """How it was made otherwise than a run would make it now, in words; None where it was not.

        Args:
            config_fingerprint: Configuration of that run.
        """
        if self.config_fingerprint != config_fingerprint:
            return f"made with configuration {self.config_fingerprint}, which is {config_fingerprint} now"
        if self.package_version != __version__:
            return f"made by revenuer {self.package_version}, which is {__version__} now"
        return None


@dataclass(frozen=True)
class StagedFolder:
    """A folder of the staging area.

    Attributes:
        run_date: Its date, as text.
        run_id: Its run; None for a date's folder without any run.
        touched_at: When anything in it was last written (UTC).
    """

    run_date: str
    run_id: str | None
    touched_at: datetime


class StagingArea:
    """Staging of one lake, as one run sees it.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Tablespace) -> None:
        self._lake = lake
        self._files = lake.files
        self._began: dict[date, int] = {}
        self._written: dict[date, list[str]] = {}

    @property
    def root(self) -> str:
        """Where the area lies."""
        return f"{self._lake.uri}/_staging"

    def _folder(self, run_date: date | str, run_id: str) -> str:
        return f"{self.root}/{run_date}/{run_id}"

    # -- by the run that stages

    def begin(self, run_date: date) -> None:
        """Note what is published now: who publishes the date from here on was at work at the same time."""
        latest = self._lake.commits(MANIFEST).latest()
        self._began[run_date] = -1 if latest is None else latest
        self._written.pop(run_date, None)

    def write(self, name: str, run_date: date, frame: DataFrame) -> int:
        """Stage one table; not complete before :meth:`seal`.

        Returns:
            Rows staged.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Another run published the date meanwhile, which clears its staging.
        """
        if run_date not in self._began:
            self.begin(run_date)
        conformed = contract_of(name).conform(frame, f"for {run_date}")
        path = f"{self._folder(run_date, self._lake.run_id)}/{name}"
        with self.in_use(run_date, self._began[run_date]):
            conformed.hint("rebalance").write.mode("overwrite").parquet(path)
            count = self._read(name, path).count()
        self._written.setdefault(run_date, []).append(name)
        return count

    def seal(self, run_date: date, input_versions: Mapping[str, int] | None = None) -> Staged:
        """Declare what this run staged for a date complete: from now on it is what will be published.

        Args:
            run_date: Run date.
            input_versions: Version of each table the rows were made from.
        """
        lake = self._lake
        staged = Staged(
            run_id=lake.run_id,
            tables=tuple(sorted(set(self._written[run_date]))),
            input_versions=dict(input_versions or {}),
            manifest_version=self._began[run_date],
            config_fingerprint=lake.config.fingerprint,
        )
        self._files.write_whole(f"{self.root}/{run_date}/{_POINTER}", json.dumps(asdict(staged)))
        return staged

    # -- by the run that publishes

    def current(self, run_date: date) -> Staged:
        """What is staged completely for a date; where this run staged itself, its own.

        Raises:
            LakeError: Nothing is, another run staged after this one, or one published meanwhile.
        """
        found, mine = self._pointer(run_date), self._written.get(run_date)
        if found is None and mine:
            if self.rival(run_date, self._began[run_date]) is not None:
                self.discard(run_date, self._lake.run_id)
                raise overtaken(run_date)
            found = self.seal(run_date)
        if found is None:
            raise LakeError(
                f"run date {run_date} cannot be published: nothing is staged for it in {self._lake.uri}",
                fix=f"run the stages before publish for {run_date} first; a run that published meanwhile stands",
            )
        if mine and found.run_id != self._lake.run_id:
            self.discard(run_date, self._lake.run_id)
            raise LakeError(
                f"run date {run_date} was not published by this run: another run of the date staged after this one"
                f" ({found.run_id})",
                fix="let the other one publish; readers see what they saw before",
            )
        return found

    def waiting(self, run_date: date) -> Staged | None:
        """What is staged completely for a date and was not published yet; None where nothing is."""
        return self._pointer(run_date)

    def read(self, name: str, run_date: date, staged: Staged) -> DataFrame:
        """One staged table."""
        return self._read(name, f"{self._folder(run_date, staged.run_id)}/{name}")

    @contextmanager
    def in_use(self, run_date: date, manifest_version: int) -> Iterator[None]:
        """While staged tables are written or read, say so if another run publishes the date and clears them.

        Args:
            run_date: Run date.
            manifest_version: The manifest's version when the work began.

        Raises:
            LakeError: Another run did.
        """
        try:
            yield
        except SPARK_ERRORS:
            if self.rival(run_date, manifest_version) is None:
                raise
            raise overtaken(run_date) from None

    def rival(self, run_date: date, manifest_version: int) -> Commit | None:
        """The manifest's newest commit after a version that published the date, if there is one."""
        commits = self._lake.commits(MANIFEST).newest_first(manifest_version)
        return next((commit for commit in commits if commit.wrote(run_date)), None)

    # -- by whoever tidies

    def discard(self, run_date: date | str, run_id: str | None = None) -> None:
        """Remove what a run staged for a date, or what all did. The pointer goes first: it promises the rest."""
        date_folder = f"{self.root}/{run_date}"
        pointer = self._pointer(run_date)
        if run_id is None or (pointer is not None and pointer.run_id == run_id):
            self._files.delete(f"{date_folder}/{_POINTER}")
        if run_id is not None:
            self._files.delete(self._folder(run_date, run_id))
        if run_id is None or not self._files.entries(date_folder):
            self._files.delete(date_folder)
        if run_id in (None, self._lake.run_id) and isinstance(run_date, date):
            self._began.pop(run_date, None)
            self._written.pop(run_date, None)

    def folders(self) -> list[StagedFolder]:
        """Everything in the area."""
        found = []
        for day in self._files.entries(self.root):
            path = f"{self.root}/{day}"
            runs = [name for name in self._files.entries(path) if name != _POINTER and not name.startswith(".")]
            found += [StagedFolder(day, run, self._files.touched_at(f"{path}/{run}")) for run in runs]
            if not runs:
                found.append(StagedFolder(day, None, self._files.touched_at(path)))
        return found

    def _pointer(self, run_date: date | str) -> Staged | None:
        path = f"{self.root}/{run_date}/{_POINTER}"
        if not self._files.exists(path):
            return None
        values = json.loads("".join(self._files.lines(path)))
        return Staged(**{**values, "tables": tuple(values["tables"])})

    def _read(self, name: str, path: str) -> DataFrame:
        return self._lake.spark.read.schema(contract_of(name).schema_ddl()).parquet(path)


def refuse_other_settings(staged: Staged, run_date: date, config_fingerprint: str) -> None:
    """Stop a publish of what was tried out with other settings, or staged by another version of the package.

    Args:
        staged: What is to be published.
        run_date: Its date.
        config_fingerprint: Configuration of the run that publishes.

    Raises:
        LakeError: It was staged otherwise.
    """
    reason = staged.why_other(config_fingerprint)
    if reason:
        raise LakeError(
            f"run date {run_date} was not published, since it is staged with other settings: run rank",
            [f"run {staged.run_id} staged what was {reason}"],
            f"`revenuer run rank --run-date {run_date}`, or publish with the settings that it was staged with",
        )


def overtaken(run_date: date, by: Sequence[str] = ()) -> LakeError:
    """The error of a run whose date another run published while it was at work."""
    return LakeError(
        f"run date {run_date} was not published by this run: another run of the date published it meanwhile",
        by,
        "nothing is to be done: readers see the other run's results; run the date again to replace them",
    )
