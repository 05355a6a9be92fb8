"""The registry of contracts, one module per table."""

from __future__ import annotations

from difflib import get_close_matches

from revenuer.contract import Contract
from revenuer.errors import ConfigError
from revenuer.tables import (
    account_activity,
    accounts,
    campaign_evidence,
    campaign_lineage,
    campaign_links,
    campaign_members,
    campaign_regeneration,
    campaigns,
    dispositions,
    enforcement_actions,
    erasures,
    hub_ledger,
    key_usage,
    links,
    manifest,
    model_releases,
    network_labels,
    pools,
    quarantined_usage,
    run_metrics,
    sightings,
    usage_events,
    valid_usage,
    window_facts,
)

_MODULES = (
    usage_events, accounts, enforcement_actions, model_releases, network_labels, dispositions,
    valid_usage, quarantined_usage, sightings, account_activity, key_usage, window_facts, links, hub_ledger,
    pools,
    campaigns, campaign_members, campaign_evidence, campaign_links, campaign_lineage, campaign_regeneration,
    run_metrics, manifest, erasures,
)  # fmt: skip

CONTRACTS: dict[str, Contract] = {module.CONTRACT.name: module.CONTRACT for module in _MODULES}
"""Contract by unversioned table name, in the order data flows."""
PUBLISHED: tuple[str, ...] = tuple(name for name, contract in CONTRACTS.items() if contract.layer == "published")
"""Tables that readers see."""


def contract_of(name: str) -> Contract:
    """The contract of a table.

    Args:
        name: Unversioned or physical table name.

    Raises:
        ConfigError: No such table; names the nearest ones.
    """
    for contract in CONTRACTS.values():
        if name in (contract.name, contract.table_name):
            return contract
    near = get_close_matches(name, CONTRACTS, n=2)
    raise ConfigError(
        f"there is no table {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""),
        fix="`revenuer tables` lists them all",
    )
