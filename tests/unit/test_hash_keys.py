"""Where the key that identifiers are hashed with comes from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from revenuer.config import load_config
from revenuer.errors import ConfigError
from revenuer.lake.hash_keys import keep_hash_key, key_id, known_hash_key, load_hash_key, local_path

LONG = "a key of more than sixteen characters"


@pytest.fixture(autouse=True)
def _no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REVENUER_HASH_KEY", raising=False)


def test_load__makes_a_local_lakes_key_once_and_looking_makes_none(tmp_path: Path) -> None:
    config, lake = load_config(), str(tmp_path / "lake")
    assert known_hash_key(config, lake) is None
    assert not (tmp_path / "lake").exists()
    made = load_hash_key(config, lake)
    assert len(made) == 64
    assert load_hash_key(config, lake) == known_hash_key(config, lake) == made
    assert (tmp_path / "lake" / "_site" / "hash_key").stat().st_mode & 0o077 == 0


def test_keep__leaves_the_key_that_is_there(tmp_path: Path) -> None:
    assert keep_hash_key(str(tmp_path), LONG) == LONG.encode()
    assert keep_hash_key(str(tmp_path), "another key of many characters") == LONG.encode()


def test_keep__of_two_first_runs_at_once_the_first_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = os.link

    def link(source: str, target: Path) -> None:
        monkeypatch.undo()
        assert keep_hash_key(str(tmp_path), LONG) == LONG.encode()
        genuine(source, target)

    monkeypatch.setattr(os, "link", link)
    assert keep_hash_key(str(tmp_path), "another key of many characters") == LONG.encode()
    assert [path.name for path in (tmp_path / "_site").iterdir()] == ["hash_key"]


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_keep__that_fails_leaves_no_key_and_no_part_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(ConfigError, match=r"cannot use the hash key file .*/hash_key: No space left"):
        keep_hash_key(str(tmp_path), LONG)
    assert list((tmp_path / "_site").iterdir()) == []
    monkeypatch.undo()
    assert keep_hash_key(str(tmp_path), LONG) == LONG.encode()


def test_load__the_environment_wins_over_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_hash_key(str(tmp_path), LONG)
    monkeypatch.setenv("REVENUER_HASH_KEY", "from the environment")
    assert load_hash_key(load_config(), str(tmp_path)) == b"from the environment"
    monkeypatch.setenv("REVENUER_HASH_KEY", "from the environment\n")  # as a secret is mounted: the same key in a file
    assert load_hash_key(load_config(), str(tmp_path)) == b"from the environment"
    monkeypatch.setenv("REVENUER_HASH_KEY", "too short")
    with pytest.raises(ConfigError, match=r"\$REVENUER_HASH_KEY is shorter than 16"):
        load_hash_key(load_config(), str(tmp_path))


def test_load__says_what_is_wrong_and_how_to_mend_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no key for hashing") as caught:
        load_hash_key(load_config(), "s3a://bucket/lake")
    assert "REVENUER_HASH_KEY" in str(caught.value)
    absent = load_config(overrides=[f"hashing.key_file={tmp_path / 'absent'}"])
    with pytest.raises(ConfigError, match="No such file"):
        load_hash_key(absent, str(tmp_path))
    short = tmp_path / "short"
    short.write_text("too short", encoding="utf-8")
    with pytest.raises(ConfigError, match="shorter than 16"):
        load_hash_key(load_config(overrides=[f"hashing.key_file={short}"]), str(tmp_path))


def test_known__a_lake_in_a_folder_that_may_not_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *arguments: str, **options: str) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    config = load_config()
    monkeypatch.setattr(Path, "exists", refuse)
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ConfigError, match=r"cannot use the hash key file .*/hash_key: Permission denied"):
        known_hash_key(config, str(tmp_path))


@pytest.mark.parametrize(
    ("uri", "local"),
    [
        ("lake", "lake"), ("/data/lake", "/data/lake"), ("file:/data/lake", "/data/lake"), ("a:b/lake", "a:b/lake"),
        ("file:///data/lake", "/data/lake"), ("s3a://bucket/lake", None), ("hdfs:/lake", None), ("dbfs:/lake", None),
    ],
)  # fmt: skip
def test_local_path__a_store_that_is_named_is_not_a_folder_here(uri: str, local: str | None) -> None:
    assert local_path(uri) == (None if local is None else Path(local))


def test_key_id__tells_keys_apart_and_gives_none_away() -> None:
    # Recorded in lakes, so it must never change.
    assert key_id(LONG.encode()) == "12dd97ad0d7c"
    assert key_id(b"one key of the site") != key_id(b"another key of it")
