"""A configured session with its lake: what every command that meets a lake opens first."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from pyspark.sql import SparkSession

from revenuer.config import Config, load_config
from revenuer.lake.hash_keys import key_id, known_hash_key, load_hash_key, local_path
from revenuer.lake.lake import Lake
from revenuer.pipeline.run import Run
from revenuer.session import build_session


@dataclass
class Workbench:
    """Session, lake and configuration; a context manager.

    Attributes:
        config: Effective configuration.
        spark: Session.
        lake: Lake.
        engine: Component engine.
    """

    config: Config
    spark: SparkSession
    lake: Lake
    engine: str

    @classmethod
    def open(
        cls,
        lake_uri: str | None,
        files: Sequence[Path] = (),
        overrides: Sequence[str] = (),
        *,
        engine: str | None = None,
        with_graphframes: bool = False,
    ) -> Self:
        """Load the configuration, start the session, open the lake.

        Args:
            lake_uri: Root of the lake; ``lake.uri`` when omitted.
            files: Site configuration files.
            overrides: ``section.key=value`` overrides.
            engine: Component engine; ``cluster.engine`` when omitted.
            with_graphframes: Load GraphFrames' jar even where the engine does not ask for it.

        Raises:
            ConfigError: The configuration, Java or the jars are wrong.
        """
        config = load_config(files, overrides)
        uri = lake_uri or str(config.value("lake.uri"))
        chosen = engine or str(config.value("cluster.engine"))
        # The jar weighs 73 MB; `auto` on a small graph never needs it, so only an explicit wish loads it.
        spark = build_session(config, with_graphframes=with_graphframes or chosen == "graphframes")
        run_id = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        return cls(config, spark, Lake(spark, uri, config, run_id), chosen)

    @property
    def hash_key_id(self) -> str | None:
        """Name of the key that runs hash with; None where the first one will make it."""
        key = known_hash_key(self.config, self.lake.uri)
        return None if key is None else key_id(key)

    def run(self, run_date: date, announce: Callable[[str], None]) -> Run:
        """Context of a run for one date."""
        root = local_path(self.lake.uri)
        return Run(
            lake=self.lake,
            config=self.config,
            run_date=run_date,
            hash_key=load_hash_key(self.config, self.lake.uri),
            docs_dir=root / "_quality" if root else None,
            engine=self.engine,
            announce=announce,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.spark.stop()
