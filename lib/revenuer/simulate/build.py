"""What a world's blocks share while they add their accounts, streams and sources."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import numpy as np

from revenuer.errors import ConfigError
from revenuer.simulate.clients import Clients
from revenuer.simulate.ids import Floats, Ints, generator
from revenuer.simulate.networks import Networks
from revenuer.simulate.roster import Roster
from revenuer.simulate.sessions import Source

CAPABILITIES = (
    "chat",
    "coding",
    "agentic_reasoning",
    "writing",
    "summarization",
    "extraction",
    "translation",
    "math",
    "classification",
    "grading",
)


@dataclass(frozen=True)
class Model:
    """One model on offer.

    Attributes:
        name: Name in the log.
        share: Share of ordinary use.
        released_day: Day of its release relative to the world's start; None for one that was always there.
    """

    name: str
    share: float
    released_day: float | None = None


class Build:
    """A world under construction.

    Attributes:
        seed: The world's seed.
        days: Days to simulate.
        roster: Accounts and streams so far.
        networks: Address plan.
        clients: Client lineages.
        models: Models on offer.
        sources: Sources with a life of their own (pools); streams with a rate need none.
        actions: Enforcement actions as (account, action, day, reason).
        work: Templates, tool set and settings of a lab's work by key, for pools that share it.
    """

    def __init__(self, seed: int, days: int, models: Sequence[Model], id_style: str, hash_style: str) -> None:
        self.seed, self.days = seed, days
        self.roster = Roster(id_style, hash_style, generator(seed, "roster"))
        self.networks = Networks(generator(seed, "networks"))
        self.clients = Clients(self.roster, generator(seed, "clients"), days)
        self.models = list(models)
        self.sources: list[Source] = []
        self.actions: list[tuple[int, str, float, str]] = []
        self._model_mixes: list[Floats] = []
        self._capability_mixes: list[Floats] = []
        self._known_mixes: dict[tuple[tuple[str, float], ...], int] = {}
        self.work: dict[str, tuple[Ints, int, Ints]] = {}
        self.popular_products: list[Product] = []
        self.default_models = self.model_mix({m.name: m.share for m in self.models if m.released_day is None})

    def rng(self, *names: str | int) -> np.random.Generator:
        """A random stream for one block."""
        return generator(self.seed, "block", *names)

    def model_mix(self, shares: Mapping[str, float]) -> int:
        """Register a mix of models; returns its row. Names that are not on offer are an error."""
        self._model_mixes.append(self._cumulative([m.name for m in self.models], shares, "model"))
        return len(self._model_mixes) - 1

    def capability_mix(self, shares: Mapping[str, float]) -> int:
        """Register a mix of capabilities once; returns its row."""
        key = tuple(sorted(shares.items()))
        if key in self._known_mixes:
            return self._known_mixes[key]
        self._known_mixes[key] = len(self._capability_mixes)
        self._capability_mixes.append(self._cumulative(CAPABILITIES, shares, "capability"))
        return len(self._capability_mixes) - 1

    @staticmethod
    def _cumulative(names: Sequence[str], shares: Mapping[str, float], what: str) -> Floats:
        unknown = sorted(set(shares) - set(names))
        if unknown or not shares:
            raise ConfigError(f"unknown {what} {unknown}", fix=f"the world has {', '.join(names)}")
        row = np.array([shares.get(name, 0.0) for name in names], float)
        return np.cumsum(row / row.sum())

    def mixes(self) -> tuple[Floats, Floats]:
        """Cumulative model and capability mixes, one row per registered mix."""
        return np.array(self._model_mixes), np.array(self._capability_mixes)


@dataclass(frozen=True)
class Product:
    """A popular client product whose template and tool set all its users share."""

    lineage: int
    template: int
    toolset: int
    settings: int


@dataclass(frozen=True)
class Spec:
    """One block's settings from the world's TOML, defaults filled in.

    Attributes:
        kind: Which builder reads it.
        name: Name of the population; becomes the truth's ``campaign`` or ``decoy``.
        values: Settings by name.
    """

    kind: str
    name: str
    values: Mapping[str, Any]

    def number(self, name: str) -> float:
        """A numeric setting."""
        return float(self.values[name])

    def count(self, name: str = "accounts") -> int:
        """A whole-number setting."""
        return round(float(self.values[name]))

    def text(self, name: str) -> str:
        """A text setting."""
        return str(self.values[name])

    def flag(self, name: str) -> bool:
        """A yes/no setting."""
        return bool(self.values[name])


Builder = Callable[[Build, Spec], None]


@dataclass(frozen=True)
class Kind:
    """A registered kind of block: its builder and its settings' defaults."""

    build: Builder
    defaults: Mapping[str, Any]
    section: str


@dataclass
class Registry:
    """All kinds of blocks by name."""

    kinds: dict[str, Kind] = field(default_factory=dict)

    def kind(self, name: str, section: str, **defaults: Any) -> Callable[[Builder], Builder]:
        """Register a builder under ``[[section]] kind = "name"`` with its settings and their defaults."""

        def register(build: Builder) -> Builder:
            self.kinds[name] = Kind(build, defaults, section)
            return build

        return register

    def spec(self, section: str, raw: Mapping[str, Any], where: str) -> Spec:
        """Check one block of a world and fill in the defaults.

        Raises:
            ConfigError: Unknown kind or setting, with the nearest match.
        """
        name = str(raw.get("kind", ""))
        known = [k for k, v in self.kinds.items() if v.section == section]
        if name not in known:
            raise ConfigError(f"{where}: unknown kind {name!r} in [[{section}]]", fix=_nearest(name, known))
        defaults = self.kinds[name].defaults
        problems = []
        for key, value in raw.items():
            if key in ("kind", "name"):
                continue
            if key not in defaults:
                problems.append(f"{name}.{key}: unknown; {_nearest(key, list(defaults))}")
            elif isinstance(value, str) != isinstance(defaults[key], str):
                problems.append(f"{name}.{key}: {value!r} is of another type than {defaults[key]!r}")
        if problems:
            raise ConfigError(f"{where}: wrong settings in [[{section}]]", problems)
        values = {**defaults, **{k: v for k, v in raw.items() if k not in ("kind", "name")}}
        return Spec(name, str(raw.get("name", name)), values)


def _nearest(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"


REGISTRY = Registry()


def spread(rng: np.random.Generator, count: int, low: float, high: float) -> Floats:
    """Log-uniform values between two bounds."""
    return np.exp(rng.uniform(np.log(low), np.log(high), count))


def pick(
    rng: np.random.Generator, values: Sequence[Any] | Ints, count: int, weights: Sequence[float] | None = None
) -> Ints:
    """Values drawn with weights."""
    w = None if weights is None else np.asarray(weights, float) / np.sum(weights)
    return np.asarray(values)[rng.choice(len(values), count, p=w)]
