"""What a site wants observed, and the columns in which the pass over its events takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

ORDER = "account_order"
"""Bigint column that brings an account's rows together."""
NUMBERS = ("input_tokens", "cached_input_tokens", "output_tokens", "reasoning_tokens", "status_code", "turn_index")
"""Columns of an event that are carried as they are."""
TEXTS = ("api_key_id", "channel", "model", "capability", "network_type", "session_id")
"""Columns of an event that are carried as they are."""
ACTIVITY_KINDS = ("template", "toolset", "settings", "wide_network", "ip_prefix", "client_signature")
"""Kinds that activity needs by name; a site may have switched any of them off."""


@dataclass(frozen=True)
class Kind:
    """A configured kind of identifier."""

    name: str
    facet: str
    grain: str
    strength: str
    expression: str


@dataclass(frozen=True)
class Identifier:
    """A kind that sightings have: one configured kind, or a composite of two."""

    name: str
    facet: str
    grain: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Recipe:
    """What to observe.

    A row of the pass is an event, or an account's own entry (with null for ``day``). Both put the values of their
    kinds into the same columns, ``slot(0)`` onwards: events in the order of ``event_kinds``, accounts in that of
    ``account_kinds``.

    Attributes:
        hash_key: The site's secret.
        event_kinds: Kinds whose expression is evaluated on events.
        account_kinds: Kinds whose expression is evaluated on accounts.
        identifiers: Kinds of the sightings.
        session_gap_seconds: Idle seconds that start a new session.
        max_set_size: Most entries of a set of distinct values.
    """

    hash_key: bytes = field(repr=False)
    event_kinds: tuple[Kind, ...]
    account_kinds: tuple[Kind, ...]
    identifiers: tuple[Identifier, ...]
    session_gap_seconds: int
    max_set_size: int

    @classmethod
    def of(
        cls,
        *,
        identifiers: Mapping[str, Mapping[str, str]],
        composites: Mapping[str, Mapping[str, Any]],
        settings: Mapping[str, Any],
        hash_key: bytes,
    ) -> Self:
        """The recipe of a configuration's sections ``identifiers``, ``composites`` and ``observe``."""
        kinds = {name: Kind(name=name, **entry) for name, entry in identifiers.items()}
        # One of an event's kinds and one of the account's is a fact about the account: stage link pairs those.
        alike = {n: e["parts"] for n, e in composites.items() if len({kinds[part].grain for part in e["parts"]}) == 1}
        single = [Identifier(kind.name, kind.facet, kind.grain, (kind.name,)) for kind in kinds.values()]
        double = [
            Identifier(name, _facet(kinds, parts), kinds[parts[0]].grain, tuple(parts)) for name, parts in alike.items()
        ]
        return cls(
            hash_key=hash_key,
            event_kinds=tuple(k for k in kinds.values() if k.grain == "event" or k.name in ACTIVITY_KINDS),
            account_kinds=tuple(k for k in kinds.values() if k.grain == "account"),
            identifiers=(*single, *double),
            session_gap_seconds=int(settings["session_gap_seconds"]),
            max_set_size=int(settings["max_set_size"]),
        )

    @property
    def slots(self) -> tuple[str, ...]:
        """Columns for values of kinds."""
        return tuple(slot(place) for place in range(max(len(self.event_kinds), len(self.account_kinds))))


def slot(place: int) -> str:
    """Name of the column that holds the values of a kind."""
    return f"kind_{place}"


def _facet(kinds: Mapping[str, Kind], parts: list[str]) -> str:
    """Facet label of a composite: its parts' facets, joined when they differ."""
    first, second = (kinds[part].facet for part in parts)
    return first if first == second else f"{first}+{second}"
