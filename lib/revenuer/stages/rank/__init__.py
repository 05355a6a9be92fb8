"""Rank: from pools and behaviour to ranked, explained and named campaigns."""

from revenuer.stages.rank.ranking import RankInputs, RankResult, rank

__all__ = ["RankInputs", "RankResult", "rank"]
