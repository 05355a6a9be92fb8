"""Which entries of a Delta log are commits."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest

from revenuer.commits import CommitLog
from revenuer.files import FileSystem

LOG = "file:/lake with space/t_v1/_delta_log"


def entry(version: int, prefix: str = "", suffix: str = "") -> str:
    return f"{LOG}/{prefix}{version:020d}.json{suffix}"


@pytest.mark.parametrize(
    ("entries", "versions"),
    [
        ([], []),
        ([entry(0)], [0]),
        ([entry(1), entry(0)], [0, 1]),
        # Version 2 is still being written, and checksums are no commits either.
        ([entry(0), entry(2, ".", ".0b1c-44.tmp"), entry(1), entry(1, ".", ".crc")], [0, 1]),
        ([f"{LOG}/{1:020d}.crc", f"{LOG}/{1:020d}.checkpoint.parquet", f"{LOG}/_last_checkpoint", entry(1)], [1]),
    ],
)
def test_versions__are_those_that_are_committed(
    monkeypatch: pytest.MonkeyPatch, entries: list[str], versions: list[int]
) -> None:
    listing = "{" + ",".join(entries) + "}" if entries else ""
    monkeypatch.setattr(FileSystem, "listing", lambda self, path: listing)
    log = CommitLog(MagicMock(), "/lake with space/t_v1")
    assert log.versions() == versions
    assert log.latest() == (versions[-1] if versions else None)
