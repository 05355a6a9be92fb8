"""Keeps count of who really did what, for the truth tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from revenuer.simulate.build import Build
from revenuer.simulate.dress import Wardrobe
from revenuer.simulate.ids import Ints
from revenuer.simulate.sessions import Block


class Tally:
    """Exchanges by stream, template and tool set, added up day by day."""

    def __init__(self, build: Build, wardrobe: Wardrobe) -> None:
        self._build, self._wardrobe = build, wardrobe
        self._width = len(build.roster.templates.names) + 1
        self._depth = len(build.roster.toolsets.names) + 1
        self._keys: list[Ints] = []
        self._counts: list[Ints] = []

    def add(self, block: Block, template: Ints) -> None:
        """Count a day's exchanges (duplicated deliveries are not exchanges)."""
        toolset = self._wardrobe.s["toolset"][block.work]
        work = block.stream * self._width + template + 1
        keys, counts = np.unique(work * self._depth + toolset + 1, return_counts=True)
        self._keys.append(keys)
        self._counts.append(counts)

    def tables(self, ids: Sequence[str]) -> tuple[pa.Table, pa.Table]:
        """The two truth tables.

        Returns:
            Truth per account and campaign (account_id, campaign, decoy, exchange_count), with one row for an account
            that serves no campaign; and per account and workload (account_id, workload, campaign, exchange_count),
            where workload is ``template+toolset`` and ``-`` stands for a missing part.
        """
        roster, s = self._build.roster, self._wardrobe.s
        keys, place = np.unique(np.concatenate(self._keys), return_inverse=True)
        counts = np.bincount(place, np.concatenate(self._counts)).astype(np.int64)
        work, toolset = keys // self._depth, keys % self._depth - 1
        stream, template = work // self._width, work % self._width - 1
        account, campaign = (s[f][stream].astype(np.int64) for f in ("account", "campaign"))
        names = [*roster.campaigns.names, None]
        words = [*roster.templates.names, "-"]
        tools = [*roster.toolsets.names, "-"]
        order = np.lexsort((toolset, template, campaign, account))
        workload = pa.table(
            {
                "account_id": pa.array([ids[a] for a in account[order].tolist()], pa.string()),
                "workload": pa.array(
                    [
                        f"{words[t]}+{tools[u]}"
                        for t, u in zip(template[order].tolist(), toolset[order].tolist(), strict=True)
                    ],
                    pa.string(),
                ),
                "campaign": pa.array([names[c] for c in campaign[order].tolist()], pa.string()),
                "exchange_count": pa.array(counts[order]),
            }
        )
        return self._accounts(ids, account, campaign, counts), workload

    def _accounts(self, ids: Sequence[str], account: Ints, campaign: Ints, counts: Ints) -> pa.Table:
        roster = self._build.roster
        width = len(roster.campaigns.names) + 1
        served, place = np.unique(account * width + campaign + 1, return_inverse=True)
        exchanges = np.bincount(place, counts).astype(np.int64)
        facts = roster.accounts()
        rows: list[tuple[str, str | None, str | None, int]] = []
        busy = dict[int, list[tuple[int, int]]]()
        for key, count in zip(served.tolist(), exchanges.tolist(), strict=True):
            busy.setdefault(key // width, []).append((key % width - 1, count))
        for number in range(roster.account_count):
            done = busy.get(number, [])
            campaigns = [(roster.campaigns.names[c], n) for c, n in done if c >= 0]
            decoy = facts["decoy"][number]
            if campaigns:
                rows += [(ids[number], name, decoy, n) for name, n in campaigns]
            else:
                # A bought account that was never used still belongs to its campaign; one that only honest customers
                # of its pool used did nothing for it.
                bought_for = None if done else facts["campaign"][number]
                rows.append((ids[number], bought_for, decoy, sum(n for _, n in done)))
        columns = list(zip(*rows, strict=True))
        return pa.table(
            {
                "account_id": pa.array(columns[0], pa.string()),
                "campaign": pa.array(columns[1], pa.string()),
                "decoy": pa.array(columns[2], pa.string()),
                "exchange_count": pa.array(columns[3], pa.int64()),
            }
        )
