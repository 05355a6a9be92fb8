"""Verification: a published date's pools recomputed with the other engine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

from revenuer.errors import CertificateError
from revenuer.lake.erasure import ERASURES
from revenuer.pipeline.run import Run
from revenuer.pipeline.wiring import CUTS
from revenuer.stages.cluster import cluster
from revenuer.stages.pool_proof import diminished, prove_pools


@dataclass(frozen=True)
class Verification:
    """Outcome of a verification that agreed.

    Attributes:
        run_date: The date.
        engine: Engine that recomputed.
        account_count: Accounts in pools that were recomputed.
        pool_count: Pools that were recomputed.
        diminished_pool_count: Pools that lost accounts to erasure: no link leads out of them, as ``revenuer doctor``
            proves it.
        seconds: Wall seconds of the recomputation.
    """

    run_date: date
    engine: str
    account_count: int
    pool_count: int
    diminished_pool_count: int
    seconds: float

    def text(self) -> str:
        """One line for people."""
        return (
            f"verified {self.run_date}: {self.engine} gives the same {self.pool_count} pools"
            f" of {self.account_count} accounts ({self.seconds:.0f} s)"
        ) + (
            f"; {self.diminished_pool_count} that lost accounts to erasure have no link out of them"
            if self.diminished_pool_count
            else ""
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {**vars(self), "run_date": str(self.run_date), "is_equal": True}


def verify_pools(run: Run) -> Verification:
    """Recompute the run date's pools from its links with ``run.engine`` and compare every account's label.

    Raises:
        MissingPartitionError: The date has no pools.
        CertificateError: An account is labelled otherwise, with examples.
    """
    run.lake.require_partition("pools", run.run_date)
    began = time.monotonic()
    columns = ["account_id", "pool_id", "component_id"]
    settings = run.config.section("cluster")
    links, pools = run.day("links"), run.day("pools")
    result = cluster(links, settings=settings, engine=run.engine, run_date=run.run_date)
    try:
        again, stored = (run.keep(frame.select(*columns)) for frame in (result.pools, pools))
        diminished_count = 0
        if run.lake.exists(ERASURES):
            # A pool may fall apart with an erased account, or be renamed; that no link leads out of it stays provable.
            diminished_count = prove_pools(links, run.day("hub_ledger").where(CUTS), pools).diminished_pool_count
            less = run.keep(diminished(pools).where("is_diminished"))
            gone = stored.join(less, "pool_id", "left_semi").select("account_id")
            again, stored = (run.keep(frame.join(gone, "account_id", "left_anti")) for frame in (again, stored))
        extra, lost = run.keep(again.exceptAll(stored)), run.keep(stored.exceptAll(again))
        differing = extra.count() + lost.count()
        if differing:
            examples = [row["account_id"] for row in lost.unionByName(extra).limit(5).collect()]
            raise CertificateError(
                f"pools of {run.run_date}: {run.engine} disagrees with the stored labels in {differing} rows",
                [f"account {account}" for account in examples],
                "do not act on this date, unless section cluster of the configuration was another when it was run: run"
                " cluster, rank and publish again, and report the difference if it stays",
            )
        counts = stored.selectExpr("count(*) as accounts", "count(distinct pool_id) as pools").collect()[0]
    finally:
        run.let_go()
    seconds = time.monotonic() - began
    return Verification(run.run_date, run.engine, counts["accounts"], counts["pools"], diminished_count, seconds)
