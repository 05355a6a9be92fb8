"""The key that identifiers are hashed with: where it comes from, its name, and days that were hashed with another."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from revenuer.errors import ConfigError
from revenuer.lake.ancestry import Ancestry
from revenuer.lake.files import is_uri

if TYPE_CHECKING:
    from revenuer.config import Config
    from revenuer.lake.tablespace import Tablespace

# What a commit of hashed identifiers says of the key.
KEY_ID = "hash_key_id"
_FILE = ("_site", "hash_key")
_SHORTEST = 16


def load_hash_key(config: Config, lake_uri: str) -> bytes:
    """The site's secret: from the environment, from a file, or made once beside a local lake.

    Args:
        config: Names the variable and the file.
        lake_uri: Root of the lake.

    Raises:
        ConfigError: No key is set and the lake is not on a local disk, or the file cannot be read.
    """
    key = known_hash_key(config, lake_uri)
    return keep_hash_key(lake_uri, secrets.token_hex(32)) if key is None else key


def known_hash_key(config: Config, lake_uri: str) -> bytes | None:
    """The site's secret as :func:`load_hash_key` finds it; None where a local lake has none yet.

    Raises:
        ConfigError: No key is set and the lake is not on a local disk, or the file cannot be read.
    """
    variable = str(config.value("hashing.key_variable"))
    if os.environ.get(variable):
        return _checked(os.environ[variable], f"${variable}")
    named = str(config.value("hashing.key_file"))
    root = local_path(lake_uri)
    if not named and root is None:
        raise ConfigError(
            "no key for hashing identifiers", [f"neither ${variable} nor hashing.key_file is set"],
            f"set {variable}, or hashing.key_file, to a secret that stays the same for the life of the lake",
        )  # fmt: skip
    file = Path(named) if named or root is None else root.joinpath(*_FILE)
    try:
        is_made = bool(named) or file.exists()
    except OSError:
        is_made = True  # in a folder that may not be entered: reading says so
    return _read(file) if is_made else None


def keep_hash_key(lake_uri: str, key: str) -> bytes:
    """Put a key beside a local lake; returns the one that is there, if another run was first.

    Raises:
        ConfigError: The file cannot be written.
    """
    file = (local_path(lake_uri) or Path()).joinpath(*_FILE)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            _write_once(file, key)
    except OSError as error:
        fix = "make its folder writable, or set hashing.key_file to a file with a key of your own"
        raise ConfigError(f"cannot use the hash key file {file}: {error.strerror}", fix=fix) from error
    return _read(file)


def _write_once(file: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all; one that is there stays as it is."""
    # Of two first runs at once, one links its key to the name and the other reads that. The name never stands for a
    # part of a key, whatever is killed or fills up: the file has its content when it gets the name.
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, prefix=f".{file.name}.") as part:
        part.write(text)
        part.flush()
        os.fsync(part.fileno())
        with suppress(FileExistsError):
            os.link(part.name, file)


def _read(file: Path) -> bytes:
    try:
        return _checked(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise ConfigError(
            f"cannot use the hash key file {file}: {error.strerror}", fix="name one that exists and can be read"
        ) from error


def _checked(text: str, place: str) -> bytes:
    """A key without the blanks and line ends that a mounted secret may have around it: the same from either place."""
    key = text.strip()
    if len(key) < _SHORTEST:
        raise ConfigError(f"the hash key in {place} is shorter than {_SHORTEST} characters", fix="use a longer secret")
    return key.encode()


def key_id(key: bytes) -> str:
    """A name of a key that does not give it away: 12 hex digits of HMAC-SHA-256 under it."""
    return hmac.new(key, b"revenuer hash key", hashlib.sha256).hexdigest()[:12]


def foreign_days(lake: Tablespace, days: Iterable[date], key: bytes) -> list[date]:
    """Days of ``sightings`` that were hashed with another key, as far as the log tells.

    Args:
        lake: Where to look.
        days: Days to look at.
        key: The key in use.
    """
    ours, table = key_id(key), Ancestry(lake.commits("sightings"), "usage_date")
    found = []
    for day in days:
        names = (commit.metadata.get(KEY_ID) for commit in table.commits_of(day))
        theirs = next((name for name in names if name), ours)
        if theirs != ours:
            found.append(day)
    return found


def local_path(uri: str) -> Path | None:
    """The local path of a URI, or None where it is elsewhere."""
    if uri.startswith("file:"):
        return Path("/" + uri.removeprefix("file:").lstrip("/"))
    return None if is_uri(uri) else Path(uri)
