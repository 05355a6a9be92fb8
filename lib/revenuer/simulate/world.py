"""Reads a world's description from TOML and checks it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from revenuer.errors import ConfigError
from revenuer.simulate import places, platforms, pools, population, teams
from revenuer.simulate.build import REGISTRY, Model, Spec
from revenuer.simulate.dress import Mess
from revenuer.tables import accounts, usage_events

# Importing these registers their kinds.
BLOCKS = (population, platforms, places, teams, pools)
_INPUTS = (usage_events.CONTRACT, accounts.CONTRACT)
_SECTIONS = {"world", "ids", "models", "population", "lookalikes", "adversaries", "mess", "labels"}
_WORLD_KEYS = {"summary", "days", "accounts", "missing_columns"}


@dataclass(frozen=True)
class World:
    """A world's description.

    Attributes:
        name: Name of the file without its ending.
        summary: What it is about, in a sentence.
        days: Days it runs unless told otherwise.
        accounts: Honest accounts unless told otherwise.
        ids: Id styles: ``account`` and ``hash``.
        models: Models on offer.
        population: Settings of the background.
        lookalikes: Honest blocks that look coordinated.
        adversaries: Campaign blocks.
        mess: How dirty the log is.
        has_labels: Whether known network ranges are written too.
        missing_columns: Columns of ``usage_events`` and ``accounts`` that the site does not keep.
    """

    name: str
    summary: str
    days: int
    accounts: int
    ids: Mapping[str, str]
    models: tuple[Model, ...]
    population: Spec
    lookalikes: tuple[Spec, ...]
    adversaries: tuple[Spec, ...]
    mess: Mess
    has_labels: bool
    missing_columns: tuple[str, ...] = ()


def list_worlds() -> dict[str, str]:
    """Names of the shipped worlds with their summaries."""
    found = {}
    for entry in sorted(resources.files("revenuer.simulate").joinpath("worlds").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".toml"):
            found[entry.name.removesuffix(".toml")] = load_world(entry.name.removesuffix(".toml")).summary
    return found


def load_world(scenario: str | Path) -> World:
    """Read a shipped world by name, or one's own by path.

    Args:
        scenario: Name or path; after colons, what is to be changed in it, as ``reference:jitter_hours=3:turns=2``.
            A change sets a knob of every adversary; ``missing=client_ip+asn`` names columns the site does not keep.

    Raises:
        ConfigError: No such world, broken TOML, or unknown settings.
    """
    scenario, _, changes = str(scenario).partition(":")
    path = Path(scenario)
    shipped = resources.files("revenuer.simulate").joinpath("worlds", f"{scenario}.toml")
    if path.suffix == ".toml" and path.is_file():
        text, name = path.read_text(encoding="utf-8"), path.stem
    elif path.suffix != ".toml" and shipped.is_file():
        text, name = shipped.read_text(encoding="utf-8"), str(scenario)
    else:
        folder = resources.files("revenuer.simulate").joinpath("worlds")
        names = [e.name.removesuffix(".toml") for e in folder.iterdir()]
        raise ConfigError(f"no world {str(scenario)!r}", fix=f"give a .toml file or one of {', '.join(sorted(names))}")
    try:
        return parse_world(name, _changed(tomllib.loads(text), changes))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"world {name}: not valid TOML: {error}") from error


def _changed(raw: dict[str, Any], changes: str) -> dict[str, Any]:
    """A world with the changes that a scenario's name asks for."""
    for change in filter(None, changes.split(":")):
        key, is_given, text = (part.strip() for part in change.partition("="))
        if not is_given:
            raise ConfigError(
                f"change {change!r} of a world sets nothing", fix="write knob=value, as in jitter_hours=3"
            )
        if key == "missing":
            raw.setdefault("world", {})["missing_columns"] = text.split("+")
            continue
        try:
            value = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        for adversary in raw.get("adversaries", []):
            adversary[key] = value
    return raw


def parse_world(name: str, raw: Mapping[str, Any]) -> World:
    """A world from parsed TOML.

    Raises:
        ConfigError: Unknown sections, kinds or settings.
    """
    head = raw.get("world", {})
    unknown = sorted(set(raw) - _SECTIONS) + sorted(f"world.{k}" for k in set(head) - _WORLD_KEYS)
    if unknown:
        raise ConfigError(
            f"world {name}: unknown {', '.join(unknown)}", fix=f"sections are {', '.join(sorted(_SECTIONS))}"
        )
    models = tuple(
        Model(str(m["name"]), float(m.get("share", 1.0)), float(m["released_day"]) if "released_day" in m else None)
        for m in raw.get("models", [{"name": "atlas-4"}])
    )
    where = f"world {name}"
    mess = raw.get("mess", {})
    if set(mess) - set(Mess.__dataclass_fields__):
        raise ConfigError(f"{where}: unknown mess setting", sorted(set(mess) - set(Mess.__dataclass_fields__)))
    blocks = {
        section: tuple(REGISTRY.spec(section, entry, where) for entry in raw.get(section, []))
        for section in ("lookalikes", "adversaries")
    }
    missing = tuple(str(column) for column in head.get("missing_columns", ()))
    optional = {name for table in _INPUTS for name in table.columns if name not in table.required_columns}
    if set(missing) - optional:
        raise ConfigError(
            f"{where}: no optional column {', '.join(sorted(set(missing) - optional))} is there to be missing",
            fix=f"columns are {', '.join(sorted(optional))}",
        )
    names = [s.name for group in blocks.values() for s in group]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ConfigError(f"{where}: {', '.join(twice)} named twice", fix="give each block its own name")
    return World(
        name,
        str(head.get("summary", "")),
        int(head.get("days", 5)),
        int(head.get("accounts", 4000)),
        {"account": "prefixed", "hash": "hex", **raw.get("ids", {})},
        models,
        REGISTRY.spec("population", {"kind": "background", **raw.get("population", {})}, where),
        blocks["lookalikes"],
        blocks["adversaries"],
        Mess(**{k: float(v) for k, v in mess.items()}),
        bool(raw.get("labels", {}).get("known_ranges", False)),
        missing,
    )
