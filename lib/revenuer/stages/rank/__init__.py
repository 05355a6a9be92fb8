"""Rank: from pools and behaviour to ranked, explained and named campaigns."""

from revenuer.stages.rank.identity import History
from revenuer.stages.rank.published import RankResult
from revenuer.stages.rank.ranking import RankInputs, rank

__all__ = ["History", "RankInputs", "RankResult", "rank"]
