"""Ablation: what the verdicts would be without a signal, on candidates whose truth is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from revenuer.evaluation.calibration import brier
from revenuer.learning.candidates import bits_of, rescored
from revenuer.markdown import table_lines
from revenuer.stages.rank.scoring import GROUPS, Scoring

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

NOTHING = "(nothing)"


@dataclass(frozen=True)
class Ablated:
    """Verdicts with something left out.

    Attributes:
        left_out: Signal or group; :data:`NOTHING` for the rules as they are.
        guilty_bits: Mean bits it gives to true campaigns.
        honest_bits: Mean bits it gives to honest candidates.
        member_precision: Guilty members of accused candidates over all their members, an account once for each
            candidate that holds it: the honest ones are not kept by name; 1 where nobody is accused.
        account_recall: Campaign accounts that are members of accused candidates, once each, over all campaign accounts
            that were active; mean over worlds.
        found_count: True campaigns' candidates accused.
        honest_accused_count: Honest candidates accused.
        honest_watched_count: Honest candidates on watch.
        brier: Brier score of the probabilities.
    """

    left_out: str
    guilty_bits: float
    honest_bits: float
    member_precision: float
    account_recall: float
    found_count: int
    honest_accused_count: int
    honest_watched_count: int
    brier: float


def ablate(candidates: DataFrame, scoring: Scoring, rank: Mapping[str, Any]) -> Iterator[Ablated]:
    """Leave out nothing, then every signal, then every group.

    Args:
        candidates: As :func:`revenuer.learning.candidates.read_candidates` returns them.
        scoring: The rules.
        rank: Section ``rank`` of the configuration.
    """
    bits = bits_of(candidates, scoring)
    told = rescored(candidates, scoring, rank)
    is_guilty = told.set_index("candidate_id").loc[bits.index, "is_guilty"].to_numpy(bool)
    yield _measured(NOTHING, told, 0.0, 0.0)
    for name, kept in _without(scoring):
        members = [signal.name for signal in scoring.signals if name in (signal.name, signal.group)]
        total = bits[members].sum(axis=1).to_numpy()
        yield _measured(
            name,
            rescored(candidates, replace(scoring, signals=kept), rank),
            float(total[is_guilty].mean()) if is_guilty.any() else 0.0,
            float(total[~is_guilty].mean()) if not is_guilty.all() else 0.0,
        )


def _without(scoring: Scoring) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for left_out in scoring.signals:
        yield left_out.name, tuple(signal for signal in scoring.signals if signal is not left_out)
    for group in GROUPS:
        yield group, tuple(signal for signal in scoring.signals if signal.group != group)


def _measured(name: str, told: pd.DataFrame, guilty_bits: float, honest_bits: float) -> Ablated:
    accused = told[told["verdict"] == "campaign"]
    members, guilty = int(accused["member_count"].sum()), int(accused["guilty_member_count"].sum())
    recalls = [
        len(_united(part.loc[part["verdict"] == "campaign", "guilty_member_ids"])) / whole
        for _, part in told.groupby(["scenario", "seed"])
        if (whole := int(part["true_account_count"].max()))
    ]
    honest = told[~told["is_guilty"]]
    return Ablated(
        name,
        guilty_bits,
        honest_bits,
        guilty / members if members else 1.0,
        sum(recalls) / len(recalls) if recalls else 1.0,
        int(accused["is_guilty"].sum()),
        int((honest["verdict"] == "campaign").sum()),
        int((honest["verdict"] == "watch").sum()),
        brier(list(zip(told["probability"], told["is_guilty"].astype(float), strict=True))),
    )


def _united(lists: Iterable[Iterable[str] | None]) -> set[str]:
    """Accounts of several candidates, once each: two cohorts may hold the same ones."""
    return {account for accounts in lists if accounts is not None for account in accounts}


def ablation_markdown(rows: list[Ablated]) -> str:
    """The table in Markdown."""
    heads = ["left out", "bits to campaigns", "bits to honest", "member P / account R", "campaigns accused",
             "honest accused", "honest watched", "Brier"]  # fmt: skip
    cells = [
        (
            row.left_out, f"{row.guilty_bits:+.2f}", f"{row.honest_bits:+.2f}",
            f"{row.member_precision:.3f} / {row.account_recall:.3f}", row.found_count, row.honest_accused_count,
            row.honest_watched_count, f"{row.brier:.4f}",
        )
        for row in rows
    ]  # fmt: skip
    return "\n".join(table_lines(heads, cells))
