"""Learns what findings weigh: one factor per signal on its hand-drawn curve, and the odds before any evidence.

The curves say in which direction and over which range a value speaks; that stays by hand, so the score stays monotone
and readable. What is learnt is how loudly: a factor between a half and one and a half for each signal by penalised
logistic regression, drawn towards 1, so that a signal the worlds say little about keeps its weight. How strongly it is
drawn is chosen by leaving whole worlds out. The factors are kept from the extremes: left free, turns lost all weight to
findings that simulated operators happen to show more often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log, log2

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.model_selection import GroupKFold

from revenuer.errors import ConfigError
from revenuer.stages.rank.scoring import GROUPS, Scoring

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows to learn from, and rows left out."""

_MIN_FACTOR, _MAX_FACTOR = 0.5, 1.5
_RIDGES = (10.0, 30.0, 100.0)
_FOLDS = 5
# A tier of few candidates is drawn towards the odds it had.
_TIER_PRIOR = 8.0


@dataclass(frozen=True)
class Fit:
    """What was learnt.

    Attributes:
        factors: Factor by signal.
        prior_bits: Log2 odds before evidence.
        watch_cap_bits: Log2 odds of what is watched.
        cleared_cap_bits: Log2 odds of what is cleared.
        ridge: How strongly factors were drawn towards 1.
        loss_before: Log loss of the rules as they were, bits a candidate.
        loss_after: The same on worlds that were left out of the fit.
        candidate_count: Candidates learnt from.
        guilty_count: Those that are campaigns.
        worlds: Worlds with their seeds.
    """

    factors: Mapping[str, float]
    prior_bits: float
    watch_cap_bits: float
    cleared_cap_bits: float
    ridge: float
    loss_before: float
    loss_after: float
    candidate_count: int
    guilty_count: int
    worlds: tuple[str, ...]

    def to_toml(self) -> str:
        """The file that the scoring reads, see :func:`revenuer.stages.rank.scoring.load_scoring`."""
        lines = [
            "# Written by `revenuer fit`: factors on the curves of scoring.toml, and odds. Learn anew, do not edit.",
            f"prior_bits = {self.prior_bits:.2f}",
            f"watch_cap_bits = {self.watch_cap_bits:.2f}",
            f"cleared_cap_bits = {self.cleared_cap_bits:.2f}",
            "",
            "[provenance]",
            f"candidate_count = {self.candidate_count}",
            f"guilty_count = {self.guilty_count}",
            f"ridge = {self.ridge:g}",
            f"loss_bits_before = {self.loss_before:.4f}    # per candidate",
            f"loss_bits_on_worlds_left_out = {self.loss_after:.4f}",
            "worlds = [",
            *(f'    "{world}",' for world in self.worlds),
            "]",
            "",
            "[factors]",
            *(f"{name} = {factor:.3f}" for name, factor in self.factors.items()),
        ]
        return "\n".join(lines) + "\n"

    def applied(self, scoring: Scoring) -> Scoring:
        """The rules with what was learnt; ``scoring`` must be the rules as drawn by hand."""
        return scoring.weighted(asdict(self))


@dataclass(frozen=True)
class AdditiveBits:
    """Log2 odds = prior + the capped sums of each group's weighted bits, as the scoring has it.

    A point to evaluate it at holds a factor for each column, and the prior last.

    Attributes:
        groups: Group of each column.
        caps: Lowest and highest sum of each group.
        prior: Log2 odds to be drawn towards.
    """

    groups: Sequence[str]
    caps: Mapping[str, tuple[float, float]]
    prior: float

    def learnt(self, bits: Floats, guilty: Truths, ridge: float) -> Floats:
        """The point that explains candidates best.

        Args:
            bits: Shape (candidates, signals).
            guilty: Whether each is a campaign.
            ridge: How strongly it is drawn to factors of 1 and the prior.
        """
        start = np.append(np.ones(bits.shape[1]), self.prior)
        sign = np.where(guilty, 1.0, -1.0)

        def loss(at: Floats) -> tuple[float, Floats]:
            score, slopes = self.scored(bits, at)
            margin = -sign * score * log(2)
            odds = 1 / (1 + np.exp(-np.clip(margin, -500, 500)))
            strayed = at - start
            slope = slopes.T @ (-sign * odds)
            value = float(np.logaddexp(0, margin).sum() / log(2) + ridge * strayed @ strayed)
            return value, np.asarray(slope + 2 * ridge * strayed)

        bounds = [(_MIN_FACTOR, _MAX_FACTOR)] * bits.shape[1] + [(self.prior - 4, self.prior + 4)]
        return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)

    def scored(self, bits: Floats, at: Floats) -> tuple[Floats, Floats]:
        """Score of each candidate at a point, and how it moves with every factor and the prior."""
        score, slopes = np.full(len(bits), at[-1]), np.zeros((len(bits), len(at)))
        slopes[:, -1] = 1
        for group in GROUPS:
            columns = np.flatnonzero(np.asarray(self.groups) == group)
            total = bits[:, columns] @ at[columns]
            low, high = self.caps[group]
            score += np.clip(total, low, high)
            slopes[:, columns] = bits[:, columns] * ((total > low) & (total < high))[:, None]
        return score, slopes


def fit_weights(bits: pd.DataFrame, told: pd.DataFrame, scoring: Scoring) -> Fit:
    """Learn from judged worlds.

    Args:
        bits: As :func:`revenuer.learning.candidates.bits_of` returns them for the rules as drawn by hand.
        told: As :func:`revenuer.learning.candidates.rescored` returns them for the same rules.
        scoring: Those rules.

    Raises:
        ConfigError: Fewer than two worlds, their variants not counted, have a campaign: nothing could be left out.
    """
    told = told.set_index("candidate_id").loc[bits.index]
    guilty = told["is_guilty"].to_numpy(bool)
    # A world's other seeds and its variants, named after a colon, teach it: they are left out together.
    worlds = told["scenario"].str.partition(":")[0].to_numpy(str)
    if len(set(worlds[guilty])) < 2:
        raise ConfigError("fewer than two judged worlds have a campaign", fix="`revenuer evaluate --scenario all`")
    values = bits.to_numpy(float)
    model = AdditiveBits([signal.group for signal in scoring.signals], scoring.caps, scoring.prior_bits)
    folds = list(GroupKFold(min(_FOLDS, len(set(worlds)))).split(values, guilty, worlds))
    scores = {ridge: _left_out(model, values, guilty, folds, ridge) for ridge in _RIDGES}
    losses = {ridge: np.mean([_loss(guilty[out], score[out]) for _, out in folds]) for ridge, score in scores.items()}
    ridge = min(_RIDGES, key=lambda known: losses[known])
    *factors, prior = model.learnt(values, guilty, ridge).tolist()
    tiers = {
        tier: _tier_bits(guilty[(told["verdict"] == tier).to_numpy()], scoring.verdict[f"{tier}_cap_bits"])
        for tier in ("watch", "cleared")
    }
    return Fit(
        factors={name: round(factor, 3) for name, factor in zip(bits.columns, factors, strict=True)},
        prior_bits=round(prior, 2),
        watch_cap_bits=tiers["watch"],
        cleared_cap_bits=tiers["cleared"],
        ridge=ridge,
        loss_before=_loss(guilty, told["sum_bits"].to_numpy(float)),
        loss_after=_loss(guilty, scores[ridge]),
        candidate_count=len(guilty),
        guilty_count=int(guilty.sum()),
        worlds=tuple(sorted({f"{s}, seed {n}" for s, n in zip(told["scenario"], told["seed"], strict=True)})),
    )


def _left_out(model: AdditiveBits, bits: Floats, guilty: Truths, folds: Sequence[Fold], ridge: float) -> Floats:
    """Score of each candidate by what was learnt from the worlds of the other folds."""
    score = np.zeros(len(bits))
    for kept, out in folds:
        score[out] = model.scored(bits[out], model.learnt(bits[kept], guilty[kept], ridge))[0]
    return score


def _loss(guilty: Truths, score: Floats) -> float:
    """Log loss of log2 odds, in bits; no candidate costs more than twenty."""
    right = 1 / (1 + np.exp2(-np.clip(np.where(guilty, score, -score), -100, 100)))
    return float(-np.log2(np.maximum(right, 2.0**-20)).mean()) if len(right) else 0.0


def _tier_bits(guilty: Truths, bits: float) -> float:
    """Log2 odds of a tier from its candidates and the odds it had, which count as a few candidates more."""
    had = 1 / (1 + 2.0**-bits)
    share = (guilty.sum() + _TIER_PRIOR * had) / (len(guilty) + _TIER_PRIOR)
    return round(log2(share / (1 - share)), 2)
