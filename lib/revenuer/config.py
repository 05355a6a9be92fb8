"""Layered configuration: packaged defaults, then site files, then ``--set section.key=value``.

An unknown key is an error that names the nearest known one. The fingerprint of the effective configuration is
recorded with every write, so two runs can be told apart by it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from importlib.resources import files as package_files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from revenuer.errors import ConfigError

OPEN_TABLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        # Tables whose entries the site names: entry name -> the fields an entry has.
        "identifiers": frozenset({"facet", "grain", "strength", "expression"}),
        "composites": frozenset({"parts"}),
    }
)
FACETS = ("network", "client", "payment", "identity", "workload", "handover")
# What changes no row of any result is left out of the fingerprint: where data lies, how Spark is set up, and what a day
# is compared with to warn or to stop. A date whose rows would come out the same is not out of date.
_UNFINGERPRINTED = ("lake", "spark", "hashing", "validate", "drift")


class Config:
    """The effective configuration; immutable.

    Args:
        values: Nested mapping of section to key to value.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def value(self, path: str) -> Any:
        """Value of a dotted key, for instance ``link.min_lift``.

        Raises:
            KeyError: No such key; a programming error, as users' keys are checked on loading.
        """
        node: Any = self._values
        for part in path.split("."):
            node = node[part]
        return node

    def section(self, name: str) -> Mapping[str, Any]:
        """One section as a read-only mapping."""
        return MappingProxyType(self._values[name])

    def changed(self, sections: Mapping[str, Mapping[str, Any]]) -> Config:
        """The same configuration with other sections in place of some."""
        return Config({**self._values, **sections})

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of SHA-256 over the settings that can change a row of a result."""
        relevant = {k: v for k, v in self._values.items() if k not in _UNFINGERPRINTED}
        text = json.dumps(relevant, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def load_config(files: Sequence[Path] = (), overrides: Sequence[str] = ()) -> Config:
    """Load the defaults, then each file, then each override.

    Args:
        files: Site TOML files; later ones win.
        overrides: ``section.key=value`` strings; the value is TOML, or plain text where it is not.

    Raises:
        ConfigError: Every unknown key, wrong type and unreadable file at once.
    """
    values = tomllib.loads(package_files("revenuer").joinpath("default.toml").read_text(encoding="utf-8"))
    problems: list[str] = []
    for file in files:
        try:
            layer = tomllib.loads(Path(file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            problems.append(f"{file}: no such file")
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(f"{file}: {error}")
        else:
            _merge(values, layer, str(file), problems)
    for override in overrides:
        key, separator, text = override.partition("=")
        if not separator or "." not in key:
            problems.append(f"--set {override}: expected section.key=value")
            continue
        layer_node: dict[str, Any] = {}
        node = layer_node
        parts = key.strip().split(".")
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = _parse_value(text)
        _merge(values, layer_node, f"--set {key}", problems)
    if not problems:
        problems.extend([*_check_identifiers(values), *_check_ranges(values)])
    if problems:
        raise ConfigError("the configuration is wrong", problems, "see `revenuer run --help` and default.toml")
    return Config(values)


def _parse_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(base: dict[str, Any], layer: Mapping[str, Any], where: str, problems: list[str], prefix: str = "") -> None:
    """Merge a layer into the base in place, collecting problems."""
    for key, value in layer.items():
        path = f"{prefix}{key}"
        if path == "spark.extra" and isinstance(value, Mapping):
            base[key].update({str(k): str(v) for k, v in _flatten(value)})
        elif prefix.rstrip(".") in OPEN_TABLES:
            fields = OPEN_TABLES[prefix.rstrip(".")]
            if not isinstance(value, Mapping):
                problems.append(f"{where}: {path} must be a table with {', '.join(sorted(fields))}")
                continue
            for unknown in sorted(set(value) - fields):
                problems.append(f"{where}: unknown key {path}.{unknown}{_nearest(unknown, fields)}")
            base[key] = {**base.get(key, {}), **value}
        elif key not in base:
            problems.append(f"{where}: unknown key {path}{_nearest(key, base, prefix)}")
        elif isinstance(base[key], dict) != isinstance(value, Mapping):
            problems.append(f"{where}: {path} must be {'a table' if isinstance(base[key], dict) else 'a single value'}")
        elif isinstance(base[key], dict):
            _merge(base[key], value, where, problems, f"{path}.")
        elif not _same_kind(base[key], value):
            problems.append(f"{where}: {path} must be {type(base[key]).__name__}, not {value!r}")
        else:
            base[key] = float(value) if isinstance(base[key], float) else value


def _flatten(node: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Dotted leaves of a nested table: ``--set spark.extra.spark.ui.port=1`` arrives nested."""
    leaves: list[tuple[str, Any]] = []
    for key, value in node.items():
        leaves.extend(_flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else [(f"{prefix}{key}", value)])
    return leaves


def _same_kind(default: Any, value: Any) -> bool:
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(default, bool) and isinstance(value, bool)
    if isinstance(default, float):
        return isinstance(value, (int, float))
    return isinstance(value, type(default))


def _nearest(key: str, known: Mapping[str, Any] | frozenset[str], prefix: str = "") -> str:
    near = get_close_matches(key, list(known), n=1)
    return f"; did you mean {prefix}{near[0]}?" if near else f"; known: {', '.join(sorted(known))}"


def _check_ranges(values: Mapping[str, Any]) -> list[str]:
    """Numbers that mean nothing: negative ones, shares above one (per cent, perhaps), no days at all."""
    problems = []
    for section, settings in values.items():
        if section in OPEN_TABLES:
            continue
        for key, value in settings.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                continue
            is_share = key.endswith("_share")
            lowest = 1 if key.endswith(("days", "partitions")) else 0
            if value < lowest or (is_share and value > 1):
                allowed = "between 0 and 1, a share and not per cent" if is_share else f"{lowest} or more"
                problems.append(f"{section}.{key} must be {allowed}: it is {value:g}")
    return problems


def _check_identifiers(values: Mapping[str, Any]) -> list[str]:
    """Cross-checks the open tables: facets exist, fields are complete, parts are known kinds."""
    problems = []
    kinds = values["identifiers"]
    for name, kind in kinds.items():
        missing = OPEN_TABLES["identifiers"] - set(kind)
        if missing:
            problems.append(f"identifiers.{name}: {', '.join(sorted(missing))} missing")
            continue
        if kind["facet"] not in FACETS:
            problems.append(f"identifiers.{name}.facet: {kind['facet']!r} is none of {', '.join(FACETS)}")
        if kind["grain"] not in ("event", "account"):
            problems.append(f"identifiers.{name}.grain: {kind['grain']!r} is neither event nor account")
        if kind["strength"] not in ("strong", "common"):
            problems.append(f"identifiers.{name}.strength: {kind['strength']!r} is neither strong nor common")
    for name, composite in values["composites"].items():
        parts = composite.get("parts")
        if not isinstance(parts, list) or len(parts) != 2:
            problems.append(f"composites.{name}.parts: expected two kinds of identifier")
            continue
        unknown = [part for part in parts if part not in kinds]
        problems.extend(f"composites.{name}.parts: unknown kind {part}{_nearest(part, kinds)}" for part in unknown)
        problems.extend(
            f"composites.{name}.parts: identifiers.{part} is common, and common kinds never link: name strong ones"
            ' (a kind is switched off by expression = "null")'
            for part in parts
            if part not in unknown and kinds[part].get("strength") == "common"
        )
        if name in kinds:
            problems.append(f"composites.{name}: an identifier has the same name")
    return problems
