"""A site that has sightings only: one pool among strangers."""

from __future__ import annotations

from datetime import date

from revenuer.tables import CONTRACTS

_STRANGERS = 300


def pool_among_strangers(day: date, partners: int) -> list[tuple[object, ...]]:
    """Rows of ``sightings``: strangers share popular values, the partners an exit, a client and a prompt."""
    rows = []
    for number in range(_STRANGERS):
        rows += [(f"h{number}", "network", "ip", f"i{number % 40}"), (f"h{number}", "client", "ua", f"u{number % 7}"),
                 (f"h{number}", "workload", "prompt", f"w{number % 61}")]  # fmt: skip
    for number in range(partners):
        rows += [(f"x{number}", "network", "ip", "exit"), (f"x{number}", "client", "ua", "odd"),
                 (f"x{number}", "workload", "prompt", "harvest")]  # fmt: skip
    return [
        CONTRACTS["sightings"].row(usage_date=day, account_id=account, party_id=account, facet=facet,
                                   identifier_kind=kind, identifier_id=value, event_count=5)
        for account, facet, kind, value in rows
    ]  # fmt: skip
