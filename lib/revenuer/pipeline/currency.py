"""Whether a stage's result for a date is current: made from the inputs, the settings and the package as they are now.

The truth is in the commit logs. A commit of ours says which versions of which tables it was made from; the commits
after those versions say which days have changed since. No query runs, so asking costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from revenuer import __version__
from revenuer.lake.ancestry import Ancestry
from revenuer.lake.hash_keys import KEY_ID
from revenuer.lake.older import pin_of
from revenuer.lake.tablespace import MANIFEST
from revenuer.tables import contract_of

if TYPE_CHECKING:
    from revenuer.lake.commits import Commit
    from revenuer.lake.lake import Lake
    from revenuer.lake.staging import Staged
    from revenuer.pipeline.stage import Stage

NEVER = "never run"
RETIRED = "removed by retention"
# Erasing an account goes through every layer at once, and what retention removes is not read any more: no result is
# out of date by either.
_ERASURE, _RETENTION = "forget", "retention"


class Currency:
    """What is current in a lake.

    Args:
        lake: The lake; its configuration is the one results are compared with.
        ignored: Input tables whose changes do not count.
        hash_key_id: Name of the key identifiers are hashed with; None where that is not to be compared.
    """

    def __init__(self, lake: Lake, ignored: Collection[str] = (), hash_key_id: str | None = None) -> None:
        self._lake = lake
        self._ignored = frozenset(ignored)
        self._hash_key_id = hash_key_id
        self._tables: dict[str, Ancestry] = {}

    def refresh(self) -> None:
        """Look for new commits when next asked; known ones are not read again."""
        for table in self._tables.values():
            table.refresh()

    def table(self, name: str) -> Ancestry:
        """The commits of a table."""
        if name not in self._tables:
            days = contract_of(name).partition_by
            self._tables[name] = Ancestry(self._lake.commits(name), days[0] if days else None)
        return self._tables[name]

    def why_stale(self, stage: Stage, run_date: date) -> str | None:
        """Why a stage should run for a date.

        Args:
            stage: The stage.
            run_date: The date.

        Returns:
            The reason in words, ``NEVER`` where it has not run yet; None where its result is current.
        """
        if any(scope == "staged" for _, scope in stage.reads):
            return "staged results wait" if self._waiting(run_date) else self._why_unpublished(stage, run_date)
        if not _publishes(stage):
            made = {table: self._made(table, run_date, stage.name) for table in stage.writes}
            reason = self._why_unmade(stage.name, made, run_date)
            origins = [commit.metadata for commit in made.values() if commit and not commit.retired(run_date)]
        else:
            reason = self._why_unpublished(stage, run_date) or self._why_staged_otherwise(run_date)
            origins = [commit.metadata for commit in [self._publication(run_date)] if commit]
        if reason:
            return reason
        reasons = (self._why_inputs_differ(stage, run_date, origin) for origin in origins)
        return next((reason for reason in reasons if reason), None)

    def is_kept(
        self, table: str, day: date, stage: str, reads: Sequence[tuple[str, str]], origin: Mapping[str, str]
    ) -> bool:
        """Whether a day of a table is there and was made, by this package, of inputs that have not changed since.

        Args:
            table: The table.
            day: The day.
            stage: The stage that writes it.
            reads: Inputs with their scope.
            origin: What must be on record beside them.
        """
        commit = self._made(table, day, stage)
        if commit is None or commit.retired(day):
            return False
        found = {**origin, "package_version": __version__}
        if any(commit.metadata.get(name) != value for name, value in found.items()):
            return False
        versions = commit.metadata.get("input_versions", {})
        return all(self._why_changed(name, scope, day, versions.get(name)) is None for name, scope in reads)

    # -- what was written

    def _made(self, table: str, day: date, stage: str) -> Commit | None:
        """The newest commit that wrote a day; one of another stage that replaced only its own rows does not count."""
        for commit in self.table(table).commits_of(day):
            if commit.metadata.get("stage") == _ERASURE:
                continue
            if commit.metadata.get("stage") == stage or not commit.metadata.get("condition"):
                return commit
        return None

    def _why_unmade(self, stage: str, made: Mapping[str, Commit | None], day: date) -> str | None:
        # What is kept longest says whether the day's time is over. Bad rows go months before good ones, and a table
        # that holds nothing of the day is never retired.
        kept = {table: contract_of(table).retention_days or 0 for table in made}
        retired = {table for table, commit in made.items() if commit and commit.retired(day)}
        if any(kept[table] == max(kept.values()) for table in retired):
            return RETIRED
        made = {table: commit for table, commit in made.items() if table not in retired}
        if not any(made.values()):
            lost = next((name for name in made if not self.table(name).is_complete), None)
            if lost and self._lake.has_partition(lost, day):
                return f"{lost} {day} is older than the table's log, which cannot say what it was made from"
            return NEVER
        writers = {table: commit.metadata.get("stage") if commit else None for table, commit in made.items()}
        is_shared = all(commit is None or commit.metadata.get("input_versions") for commit in made.values())
        if stage not in writers.values() and None in made.values() and is_shared:
            return NEVER  # all there is comes from a stage that writes one of the tables, too
        for table, commit in made.items():
            writer = writers[table]
            if commit is None:
                return f"{table} {day} was never written"
            if writer != stage:
                return f"{table} {day} was written by {writer or 'another program'} last ({_at(commit)})"
        return None

    def published_run(self, run_date: date) -> str | None:
        """The run whose staged results were published last for a date; None where none were."""
        commit = self._publication(run_date)
        return commit.metadata.get("staged_by") if commit else None

    def _waiting(self, run_date: date) -> Staged | None:
        """What is staged, other than what a publish left behind that was killed as it tidied up."""
        staged, commit = self._lake.staging.waiting(run_date), self._publication(run_date)
        if staged is None or commit is None:
            return staged
        is_left = staged.run_id == commit.metadata.get("staged_by") and staged.manifest_version < commit.version
        return None if is_left else staged

    def _why_staged_otherwise(self, run_date: date) -> str | None:
        """Why what waits is not what a run would publish: somebody tried other settings out, say."""
        staged = self._waiting(run_date)
        reason = staged.why_other(self._lake.config.fingerprint) if staged else None
        return f"what is staged for {run_date} was {reason}" if reason else None

    def _publication(self, run_date: date) -> Commit | None:
        """The manifest's commit that published a date last."""
        commits = self.table(MANIFEST).commits_of(run_date)
        return next((commit for commit in commits if commit.metadata.get("stage") == "publish"), None)

    def _why_unpublished(self, stage: Stage, run_date: date) -> str | None:
        commit = self._publication(run_date)
        if commit is None:
            return NEVER
        pins = commit.metadata.get("table_versions", {})
        for name in dict.fromkeys(contract_of(known).name for known in (*stage.writes, *pins)):
            if name == MANIFEST:
                continue
            pin = pin_of(name, pins)
            changes = self.table(name).changes_since(pin)
            found = self._newest(name, changes or [], {run_date.isoformat()})
            if changes is None or (found and pin is None):
                return f"{name} {run_date}: its log cannot say whether it is as it was published"
            if found and pin is not None:
                return f"{name} {run_date} {_when(found[0], pin)}, after version {pin} was published"
        return None

    # -- what it was made from

    def _why_inputs_differ(self, stage: Stage, run_date: date, origin: Mapping[str, Any]) -> str | None:
        config = self._lake.config
        if origin.get("config_fingerprint") != config.fingerprint:
            return f"made with configuration {origin.get('config_fingerprint')}, which is {config.fingerprint} now"
        if origin.get("package_version") != __version__:
            return f"made by revenuer {origin.get('package_version')}, which is {__version__} now"
        if self._hash_key_id and origin.get(KEY_ID, self._hash_key_id) != self._hash_key_id:
            return "its identifiers were hashed with another key"
        versions = origin.get("input_versions", {})
        for table, scope in stage.reads:
            reason = None if table in self._ignored else self._why_changed(table, scope, run_date, versions.get(table))
            if reason:
                return reason
        return None

    def _why_changed(self, table: str, scope: str, run_date: date, version: int | None) -> str | None:
        changes = self.table(table).changes_since(version)
        if changes is None:
            return f"{table}: its log no longer tells what changed after version {version} it was made from"
        if not changes:
            return None
        if scope == "all":
            found = self._newest(table, [c for c in changes if self._matters(table, c, run_date)], None)
        else:
            found = self._newest(table, changes, self.days_read(scope, run_date))
        if found is None:
            return None
        commit, day = found
        if version is None:
            return f"{table}{day} was not there when it was made: version {commit.version} brought it ({_at(commit)})"
        return f"{table}{day} {_when(commit, version)}, after version {version} it was made from"

    def _matters(self, table: str, commit: Commit, run_date: date) -> bool:
        """Whether a commit to a table that is read as a whole can change what a date's run makes of it."""
        since = self.table(table).change(commit.version).since
        return since is None or since <= run_date.isoformat()

    def _newest(self, table: str, changes: Iterable[Commit], days: Collection[str] | None) -> tuple[Commit, str] | None:
        """The newest commit that changed one of some days (None: anything), and the first such day in words."""
        for commit in changes:
            if commit.metadata.get("stage") in (_ERASURE, _RETENTION):
                continue
            change = self.table(table).change(commit.version)
            hit = sorted(change.days if days is None else change.days & set(days))
            if change.is_whole or hit:
                return commit, f" {hit[0]}" if hit and days is not None else ""
        return None

    def days_read(self, scope: str, run_date: date, planned: Collection[str] = ()) -> frozenset[str]:
        """ISO dates of a table that a stage reads with a scope other than ``all``.

        Args:
            scope: ``day``, ``window`` or ``previous``: the last published date, and those ids are remembered from.
            run_date: The date.
            planned: ISO dates that will be published before it is run.
        """
        if scope == "window":
            size = int(self._lake.config.value("window.days"))
            return frozenset((run_date - timedelta(days=back)).isoformat() for back in range(size))
        if scope == "previous":
            coming = [date.fromisoformat(day) for day in planned if day < run_date.isoformat()]
            last = max((day for day in (self._previous(run_date), *coming) if day), default=None)
            size = int(self._lake.config.value("rank.memory_days"))
            return frozenset((last - timedelta(days=back)).isoformat() for back in range(size)) if last else frozenset()
        return frozenset({run_date.isoformat()})

    def _previous(self, run_date: date) -> date | None:
        """The last published date before another."""
        manifest = self.table(MANIFEST)
        before = run_date - timedelta(days=1)
        if any(True for _ in manifest.commits_of(before)):
            return before
        days, is_certain = manifest.days()
        if not is_certain:
            return self._lake.previous_published(run_date)
        return max((day for day in days if day < run_date), default=None)


def _publishes(stage: Stage) -> bool:
    """Whether what a stage makes is seen only once it is published."""
    return contract_of(stage.writes[0]).layer == "published"


def _at(commit: Commit) -> str:
    return f"{commit.committed_at:%Y-%m-%d %H:%M} UTC"


def _when(commit: Commit, since: int) -> str:
    if commit.version <= since:
        return f"was rolled back to before version {commit.version}"
    return f"changed at version {commit.version} ({_at(commit)})"
