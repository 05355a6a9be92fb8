"""How many facets a window has, by the kinds in it: one definition for stages link and rank."""

from __future__ import annotations

import pytest

from revenuer.config import load_config
from revenuer.errors import ContractError
from revenuer.stages.facets import WindowFacets

CONFIG = load_config()
NETWORK = [("ip_prefix", "network"), ("wide_network", "network")]
CLIENT = [("client_signature", "client"), ("prefix_client", "network+client")]
ACCOUNTS = [
    ("card", "payment"), ("issuer", "payment"), ("mail_domain", "identity"), ("signup_hour", "identity"),
    ("signup_day", "identity"), ("issuer_signup_hour", "payment+identity"), ("mail_signup_day", "identity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("present", "names", "is_thin"),
    [
        # Common settings never link, so they are no facet: two.
        (NETWORK + CLIENT + [("settings", "workload")], {"network", "client"}, True),
        # No composite reaches the network, though addresses are known: two.
        (NETWORK + ACCOUNTS, {"payment", "identity"}, True),
        # The client of an account pairs with the day of its sign-up, which no event shows: four, with the card.
        (NETWORK + CLIENT + ACCOUNTS, {"network", "client", "payment", "identity"}, False),
        # A card is evidence behind a node of others: three.
        (NETWORK + CLIENT + [("card", "payment")], {"network", "client", "payment"}, False),
        # A site's own plain kinds: all pair with each other.
        ([("ip", "network"), ("ua", "client"), ("prompt", "workload")], {"network", "client", "workload"}, False),
        # Plain kinds of ours: common ones never link, and a handover is no facet of nodes.
        ([*NETWORK, ("settings", "workload"), ("failover", "handover")], {"network"}, True),
        ([], set(), True),
    ],
)
def test_window_facets__are_those_that_can_link(present: list[tuple[str, str]], names: set[str], is_thin: bool) -> None:
    found = WindowFacets.among(present, CONFIG.section("identifiers"), CONFIG.section("composites"))
    assert found.names == names
    assert found.is_thin(3) == is_thin


@pytest.mark.parametrize("facet", ["Network", "asn", "network+asn", ""])
def test_window_facets__a_word_of_the_sites_own_is_refused(facet: str) -> None:
    with pytest.raises(ContractError, match="facet holds") as refused:
        WindowFacets.among([*NETWORK, ("asn", facet)], CONFIG.section("identifiers"), CONFIG.section("composites"))
    assert repr(facet) in str(refused.value)
