"""Judged days of worlds: what came out, and the file that keeps it beside the world.

Judging every world takes hours. A run that is cut goes on where it stopped, because each judged day is kept at once,
with a mark of the code and the settings that judged it. A day that anything else judged is judged anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from revenuer.evaluation.result import CampaignMatch, Evaluation
from revenuer.evaluation.source_digest import is_source_as_it_was, source_digest

JUDGED_FOLDER = "judged"
_JUDGE = "revenuer.evaluation.trial"


@dataclass(frozen=True)
class Candidate:
    """One ranked candidate beside the truth.

    Attributes:
        rank: Its rank.
        source: ``pool`` or ``cohort``.
        verdict: Its verdict.
        probability: Its probability.
        account_count: Its accounts.
        guilty_share: Share of its members' exchanges in its works that serve a true campaign.
        resembles: What it was said to resemble.
        evidence: Weight in bits by signal.
    """

    rank: int
    source: str
    verdict: str
    probability: float
    account_count: int
    guilty_share: float
    resembles: str | None
    evidence: dict[str, float]


@dataclass(frozen=True)
class Trial:
    """How one world and seed came out on one run date.

    Attributes:
        scenario: World.
        seed: Its seed.
        run_date: The date that was judged.
        day: Its number in the world, from 1.
        evaluation: Comparison with the truth.
        candidates: Ranked candidates beside the truth.
        tenant_rand: Adjusted Rand index of true campaigns against accused candidates, over the accounts and workloads
            that serve one; what is in no accused candidate is alone. 1 where nothing serves one.
        tenant_precision: Pairs of these in one candidate that serve one campaign, over pairs in one candidate: labs are
            not merged. 1 where nobody is accused.
        tenant_recall: The same over all pairs that serve one campaign: labs are neither in fragments nor missed.
        leaked_share: Exchanges the true campaigns had made by the run date, of all they make in the world.
        linked_share: Of the true campaigns' accounts that were active, those in a pool; 1 where there are none.
        honest_linked_count: Other accounts in pools.
        seconds: Wall time of linking, clustering and ranking.
    """

    scenario: str
    seed: int
    run_date: date
    day: int
    evaluation: Evaluation
    candidates: tuple[Candidate, ...]
    tenant_rand: float
    tenant_precision: float
    tenant_recall: float
    leaked_share: float
    linked_share: float
    honest_linked_count: int
    seconds: float

    def text(self) -> str:
        """One line for people."""
        e = self.evaluation
        listed = "; ".join(f"{m.campaign}: {m.verdict or 'unseen'}, recall {m.accused_recall:.3f}" for m in e.matches)
        return (
            f"  {self.scenario} seed {self.seed} day {self.day}: precision {e.account_precision:.3f},"
            f" recall {e.account_recall:.3f}, {e.decoys_accused} look-alikes accused, {e.decoys_watched} watched"
            f" ({self.seconds:.0f} s){'; ' if listed else ''}{listed}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "run_date": str(self.run_date),
            "day": self.day,
            "seconds": round(self.seconds, 1),
            "tenant_rand": self.tenant_rand,
            "tenant_precision": self.tenant_precision,
            "tenant_recall": self.tenant_recall,
            "leaked_share": self.leaked_share,
            "linked_share": self.linked_share,
            "honest_linked_count": self.honest_linked_count,
            "candidates": [vars(candidate) for candidate in self.candidates],
            **self.evaluation.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Trial:
        """What :meth:`to_dict` said; the seconds as it rounded them.

        Raises:
            KeyError: Something is not there.
        """
        matches = tuple(CampaignMatch(**_fields(CampaignMatch, match)) for match in data["matches"])
        return cls(**_fields(cls, {
            **data,
            "run_date": date.fromisoformat(data["run_date"]),
            "candidates": tuple(Candidate(**candidate) for candidate in data["candidates"]),
            "evaluation": Evaluation(**_fields(Evaluation, {**data, "matches": matches})),
        }))  # fmt: skip


def _fields(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """What a dataclass is made of, out of data that says more."""
    return {field.name: data[field.name] for field in fields(kind)}


def rules_mark(settings: str) -> str:
    """What all days that are judged alike have in common, as a digest: the code that judges, libraries and settings.

    Args:
        settings: Fingerprint of the effective configuration.
    """
    return _digest(source_digest(_JUDGE), settings)


def judge_mark(settings: str, origin: str, left_out: Sequence[str] = ()) -> str:
    """What a judged day depends on, as a digest: what :func:`rules_mark` tells, and the world.

    Args:
        settings: Fingerprint of the effective configuration.
        origin: What the world was made from, as :func:`revenuer.evaluation.trial_world.world_origin` returns it.
        left_out: Kinds of composites that were observed and did not link.
    """
    return _digest(rules_mark(settings), origin, *left_out)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def judged_once(file: Path, mark: str, judge: Callable[[], Trial], *, again: bool = False) -> tuple[Trial, bool]:
    """A judged day as an earlier run kept it, or judged now and kept.

    Nothing is kept where the code was changed while it judged: nobody could say by what.

    Args:
        file: Where it is kept.
        mark: What it must have been judged by, as :func:`judge_mark` returns it.
        judge: Judges it.
        again: Judge it in any case.

    Returns:
        The day, and whether it is from an earlier run.
    """
    kept = None if again else _read(file, mark)
    if kept is not None:
        return kept, True
    # What else judging leaves beside the world is another's from here on.
    file.unlink(missing_ok=True)
    trial = judge()
    if is_source_as_it_was(_JUDGE):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_text(json.dumps({"judged_by": mark, "trial": trial.to_dict()}, indent=1), encoding="utf-8")
        part.replace(file)
    return trial, False


def _read(file: Path, mark: str) -> Trial | None:
    """What a file keeps; None where it is not there, cannot be read, or was judged by something else."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Trial.from_dict(kept["trial"]) if kept["judged_by"] == mark else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
