"""The lake a stage sees: windows are read, one partition is replaced, a run date is revealed at once.

Tables lie at ``<uri>/<table>_vN``. Results are staged as plain Parquet below ``<uri>/_staging``, checked there, and
copied to the published tables; the manifest's row commits last. Readers' views show the dates the manifest lists,
at the table versions its newest row pins, so a publish that was killed half-way shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from revenuer import __version__
from revenuer.config import Config
from revenuer.lake.publication import Publication
from revenuer.lake.staging import Staged, StagingArea
from revenuer.lake.writing import WritableTables


class Lake(WritableTables):
    """The tables below one root.

    See :class:`revenuer.lake.tablespace.Tablespace` for the arguments and for everything that reads.

    Attributes:
        staging: The staging area, as this run sees it.
    """

    def __init__(self, spark: SparkSession, uri: str, config: Config, run_id: str) -> None:
        super().__init__(spark, uri, config, run_id)
        self.staging = StagingArea(self)
        self._publication = Publication(self)

    # -- writing

    def replace_partition(
        self,
        name: str,
        day: date,
        frame: DataFrame,
        *,
        stage: str,
        staged: bool = False,
        input_versions: Mapping[str, int] | None = None,
        condition: str | None = None,
        is_balanced: bool = False,
        origin: Mapping[str, str] | None = None,
        retired: Sequence[date] = (),
    ) -> int:
        """Replace one partition with a frame, or nothing; an empty frame leaves the day there, but empty.

        Args:
            name: Table.
            day: Partition.
            frame: The partition's new rows; conformed to the contract here.
            stage: Recorded with the commit.
            staged: Write to the staging area instead of the table.
            input_versions: Versions of the tables the rows were made from, recorded with the commit.
            condition: Narrows what is replaced within the partition (SQL); the rows must satisfy it too.
            is_balanced: Whether the rows need no shuffle to be written as few large files.
            origin: What else decided the rows, recorded with the commit.
            retired: Older partitions whose time is over, removed in the same commit.

        Returns:
            Rows written.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partition, other writers were in the way each time, or another run
                published the date that was to be staged.
        """
        if staged:
            return self.staging.write(name, day, frame)
        metadata = {"stage": stage, "input_versions": dict(input_versions or {}), **(origin or {})}
        if retired:
            metadata["retired"] = [old.isoformat() for old in retired]
        days = [day, *retired]
        commit = self.commit_replacement(name, days, frame, metadata, condition=condition, is_balanced=is_balanced)
        return commit.row_count

    def replace_partitions(self, name: str, days: Sequence[date], frame: DataFrame, *, stage: str) -> int:
        """Replace several partitions in one commit: all of them, or nothing.

        Returns:
            Rows written.

        Raises:
            ContractError: The frame does not follow the contract.
            LakeError: Rows lie outside the partitions, or other writers were in the way each time.
        """
        return self.commit_replacement(name, days, frame, {"stage": stage}).row_count

    def record_metrics(self, run_date: date, rows: Sequence[Mapping[str, Any]]) -> int:
        """Replace what is recorded of the stages that rows speak of; other stages' rows of the date stay.

        Args:
            run_date: Run date.
            rows: Values by column of ``run_metrics``, each with its ``stage``; run id, fingerprint, version and start
                are filled in where they are missing.

        Returns:
            Rows written.
        """
        if not rows:
            return 0
        stages = sorted({str(row["stage"]) for row in rows})
        filled = {
            "run_date": run_date,
            "run_id": self.run_id,
            "config_fingerprint": self.config.fingerprint,
            "package_version": __version__,
            "started_at": datetime.now(UTC),
        }
        frame = self.frame_of("run_metrics", [{**filled, **row} for row in rows])
        condition = "stage in ({})".format(", ".join(f"'{stage}'" for stage in stages))
        return self.replace_partition("run_metrics", run_date, frame, stage="+".join(stages), condition=condition)

    # -- publishing

    def publish(self, run_date: date, names: Sequence[str], staged: Staged | None = None) -> dict[str, int]:
        """Reveal the staged partitions of a run date in one commit, the manifest's.

        Args:
            run_date: Run date.
            names: Published tables, all staged for that date.
            staged: What was checked; what the staging area's pointer names when omitted.

        Returns:
            Rows published by table.

        Raises:
            LakeError: A table is not staged, or another run published the date; readers see what they saw.
        """
        return self._publication.publish(run_date, names, staged or self.staging.current(run_date))

    def mend_views(self) -> None:
        """Bring the views of a catalog to what is published; nothing in path mode."""
        self._publication.mend_views()

    def register_views(self) -> list[str]:
        """Create the readers' views (temporary ones in path mode); returns their names."""
        return self._publication.register_views()
