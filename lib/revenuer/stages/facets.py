"""Facets of a site: how many independent sorts of evidence its window can link accounts by.

Stages ``link`` and ``rank`` must agree on it: the one asks more where facets are few, the other then accuses nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pyspark.sql import DataFrame

from revenuer.config import FACETS
from revenuer.errors import ContractError
from revenuer.stages.composites import is_composite

TOO_FEW_FACETS = "links: fewer than three facets, so no verdict can exceed watch"


@dataclass(frozen=True)
class WindowFacets:
    """What a window has evidence in.

    Attributes:
        names: Facets in which link nodes are possible, and ``payment`` where cards are known.
        has_composites: Whether composites were observed; else pairs are derived from plain sightings.
        has_cards: Whether payment instruments are known.
    """

    names: frozenset[str]
    has_composites: bool
    has_cards: bool

    @classmethod
    def of(
        cls,
        facts: DataFrame,
        identifiers: Mapping[str, Mapping[str, str]],
        composites: Mapping[str, Mapping[str, Any]],
    ) -> Self:
        """Facets of a window.

        Args:
            facts: As :func:`revenuer.stages.facts.window_facts` returns them.
            identifiers: Section ``identifiers``; kinds a site wrote itself may be missing there.
            composites: Section ``composites``.
        """
        present = facts.select("identifier_kind", "facet").distinct().collect()
        return cls.among([(row["identifier_kind"], row["facet"]) for row in present], identifiers, composites)

    @classmethod
    def among(
        cls,
        present: Iterable[tuple[str, str]],
        identifiers: Mapping[str, Mapping[str, str]],
        composites: Mapping[str, Mapping[str, Any]],
    ) -> Self:
        """As :meth:`of`, from the kinds that are present, each with its facet.

        Raises:
            ContractError: A facet is none of those that are known. Two spellings of one would be two independent ones.
        """
        present = set(present)
        unknown = {facet for _, facet in present if not set(facet.split("+")).issubset(FACETS)}
        if unknown:
            raise ContractError(
                f"table sightings: column facet holds {', '.join(map(repr, sorted(unknown)))}",
                fix=f"write one of {', '.join(FACETS)}, or two of them joined by +",
            )
        kinds = {kind for kind, _ in present}
        observed = [facet for kind, facet in present if is_composite(kind, facet, composites)]
        common = {name for name, kind in identifiers.items() if kind["strength"] == "common"}
        if observed:
            # What is seen on an account's events pairs with what the account is, whether or not one event shows both.
            possible = [entry["parts"] for entry in composites.values() if kinds.issuperset(entry["parts"])]
            found = [*observed, *(identifiers[part]["facet"] for parts in possible for part in parts)]
        else:
            found = [facet for kind, facet in present if kind not in common]
        has_cards = any(identifiers[kind]["facet"] == "payment" for kind in kinds & common)
        names = {name for facet in found for name in facet.split("+")} | ({"payment"} if has_cards else set())
        return cls(frozenset(names - {"handover"}), bool(observed), has_cards)

    def is_thin(self, required_facets: int) -> bool:
        """Whether they are too few for an accusation."""
        return len(self.names) < required_facets
