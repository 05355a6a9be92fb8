"""What a comparison with the truth says, as numbers and as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from revenuer.terminal import drawn

# A true campaign counts as found when one accused candidate holds at least this share of it, and is at least that pure.
_FOUND_SHARE = 0.5


@dataclass(frozen=True)
class CampaignMatch:
    """How one true campaign fared.

    Attributes:
        campaign: Name in the truth.
        account_count: Its accounts with activity.
        campaign_id: Candidate with the largest overlap, of those accused that cover it where there are any; None when
            no candidate holds any of it.
        rank: The candidate's rank.
        verdict: The candidate's verdict.
        precision: Share of the exchanges of the candidate's members that are the campaign's; share of the members that
            belong to it where the truth does not tell works.
        recall: Share of the campaign's exchanges that members of the candidate hold; share of its accounts likewise.
        accused_recall: Share of the campaign's accounts that are accused by any candidate, of its work where the truth
            tells works.
    """

    campaign: str
    account_count: int
    campaign_id: str | None
    rank: int | None
    verdict: str | None
    precision: float
    recall: float
    accused_recall: float

    @property
    def is_covered(self) -> bool:
        """Whether the candidate, whatever its verdict, is mostly pure and holds at least half of the campaign."""
        return self.campaign_id is not None and min(self.precision, self.recall) >= _FOUND_SHARE

    @property
    def is_found(self) -> bool:
        """Whether the campaign is covered by a candidate that is accused."""
        return self.is_covered and self.verdict == "campaign"

    @property
    def is_watched(self) -> bool:
        """Whether the campaign is covered by a candidate on watch."""
        return self.is_covered and self.verdict == "watch"

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "is_found": self.is_found}


@dataclass(frozen=True)
class Evaluation:
    """The result of comparing one run with the truth.

    Attributes:
        account_precision: Accused accounts that serve a campaign, over all accused; 1 when nobody is accused.
        account_recall: Accused campaign accounts over all campaign accounts with activity; 1 when there is no campaign.
        suspected_recall: The same with role ``suspected`` counted in.
        noticed_recall: The same with verdict ``watch`` counted in, role ``member`` only.
        exchange_recall: Exchanges rightly attributed over all of the campaigns' exchanges.
        exchange_precision: Exchanges rightly attributed over all exchanges attributed to accused campaigns.
        exchange_basis: Where they are known from: ``work`` (by account, work and campaign), ``activity`` (by account
            and campaign), ``truth`` or ``members`` (estimated).
        named_share: Of the exchanges accused, those in works that their candidate is known to hold (in a lake the 64
            that ``campaigns`` names) and the truth knows; the others are estimated. None where works are not known.
        mixed_honest_exchange_count: Exchanges accused on campaign accounts that served no campaign; None likewise.
        campaigns_total: True campaigns with activity.
        campaigns_found: Those found.
        accused_count: Accounts accused.
        honest_accused_count: Honest accounts accused.
        honest_absorbed_count: Honest accounts that share an accused or watched candidate with campaign accounts.
        unknown_count: Accused accounts that the truth does not know; they count as honest.
        decoys_accused: Honest look-alike populations with an accused account.
        decoys_watched: Honest look-alike populations with an account on watch.
        decoys_accused_accounts: Accused accounts by look-alike population.
        decoys_watched_accounts: Watched accounts by look-alike population.
        matches: One entry per true campaign.
    """

    account_precision: float
    account_recall: float
    suspected_recall: float
    noticed_recall: float
    exchange_recall: float
    exchange_precision: float
    exchange_basis: str
    named_share: float | None
    mixed_honest_exchange_count: float | None
    campaigns_total: int
    campaigns_found: int
    accused_count: int
    honest_accused_count: int
    honest_absorbed_count: int
    unknown_count: int
    decoys_accused: int
    decoys_watched: int
    decoys_accused_accounts: dict[str, int]
    decoys_watched_accounts: dict[str, int]
    matches: tuple[CampaignMatch, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data for ``--json``."""
        return {**asdict(self), "matches": [m.to_dict() for m in self.matches]}

    def text(self, width: int = 110) -> str:
        """Two tables for people."""
        summary = Table(title="Against the truth", show_header=False)
        for name, value in (
            ("accounts: precision / recall", f"{self.account_precision:.3f} / {self.account_recall:.3f}"),
            ("recall with suspected accounts", f"{self.suspected_recall:.3f}"),
            ("recall with watched accounts", f"{self.noticed_recall:.3f}"),
            (
                f"exchanges: precision / recall (by {self.exchange_basis})",
                f"{self.exchange_precision:.3f} / {self.exchange_recall:.3f}",
            ),
            *self._of_work(),
            ("campaigns found", f"{self.campaigns_found} of {self.campaigns_total}"),
            ("accounts accused, of them honest", f"{self.accused_count}, {self.honest_accused_count}"),
            ("honest accounts linked to a campaign", str(self.honest_absorbed_count)),
            ("look-alikes accused", listed(self.decoys_accused_accounts)),
            ("look-alikes on watch", listed(self.decoys_watched_accounts)),
        ):
            summary.add_row(name, value)
        tables = [summary]
        if self.matches:
            table = Table(title="True campaigns")
            for heading in ("campaign", "accounts", "best match", "rank", "verdict", "precision", "recall", "found"):
                table.add_column(heading)
            for m in self.matches:
                table.add_row(
                    m.campaign,
                    str(m.account_count),
                    m.campaign_id or "none",
                    "-" if m.rank is None else str(m.rank),
                    m.verdict or "-",
                    f"{m.precision:.3f}",
                    f"{m.recall:.3f}",
                    "yes" if m.is_found else "no",
                )
            tables.append(table)
        return drawn(tables, width)

    def _of_work(self) -> Iterator[tuple[str, str]]:
        """What is known where the truth tells which work is whose."""
        if self.mixed_honest_exchange_count is not None:
            yield "honest exchanges accused on campaign accounts", f"{self.mixed_honest_exchange_count:,.0f}"
        if self.named_share is not None and self.named_share < 1:
            yield "accused exchanges whose work is named", f"{self.named_share:.1%}"


def worst_rank(matches: Sequence[CampaignMatch]) -> int | None:
    """The worst rank of true campaigns; None where one is covered by no candidate."""
    ranks = [match.rank for match in matches if match.is_covered and match.rank is not None]
    return max(ranks, default=None) if len(ranks) == len(matches) else None


def share_of(part: float, whole: float) -> float:
    """Part over whole; 1 where the whole is nothing."""
    return float(part) / float(whole) if whole else 1.0


def listed(counts: Mapping[str, int]) -> str:
    """Counts by name as one phrase."""
    return ", ".join(f"{name} ({n})" for name, n in counts.items()) or "none"
