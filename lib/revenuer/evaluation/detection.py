"""When each true campaign was found, and what it had taken by then: pure bookkeeping over days already compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from rich.table import Table

from revenuer.evaluation.result import CampaignMatch, Evaluation
from revenuer.terminal import drawn

NOTICED = ("campaign", "watch")


@dataclass(frozen=True)
class Leak:
    """What a campaign took on one day or up to one.

    Attributes:
        exchange_count: Exchanges.
        output_token_count: Output tokens.
    """

    exchange_count: float
    output_token_count: float

    def share_of(self, whole: Leak) -> tuple[float, float]:
        """Exchanges and output tokens over those of the whole; 0 where the whole is nothing."""
        return (
            self.exchange_count / whole.exchange_count if whole.exchange_count else 0.0,
            self.output_token_count / whole.output_token_count if whole.output_token_count else 0.0,
        )


@dataclass(frozen=True)
class Detection:
    """The first published date on which a campaign stood in the top k.

    Attributes:
        run_date: The date.
        day_number: Days with activity of the campaign up to it, the date included; None where activity is unknown.
        rank: Rank of the candidate that covers it.
        campaign_id: That candidate.
        leaked: What the campaign had taken by the end of the date; None where activity is unknown.
    """

    run_date: date
    day_number: int | None
    rank: int
    campaign_id: str
    leaked: Leak | None


@dataclass(frozen=True)
class Timeline:
    """One true campaign over the replayed dates.

    Attributes:
        campaign: Name in the truth.
        first_active_date: Its first day with activity; None where none is known.
        accused: First date on which a candidate with verdict ``campaign`` covered it in the top k.
        noticed: The same with verdict ``campaign`` or ``watch``.
        leaked: What it had taken by the end of each replayed date; empty where activity is unknown.
        whole: What it took on all days the lake has observed, later ones included.
        days: Its match on each replayed date on which it had been active.
    """

    campaign: str
    first_active_date: date | None
    accused: Detection | None
    noticed: Detection | None
    leaked: Mapping[date, Leak]
    whole: Leak | None
    days: Mapping[date, CampaignMatch]

    def ids(self) -> list[tuple[str, date, date]]:
        """Candidates that covered it, each with the first and last date of an unbroken reign."""
        reigns: list[tuple[str, date, date]] = []
        for day, match in self.days.items():
            if not match.is_covered or match.campaign_id is None:
                continue
            if reigns and reigns[-1][0] == match.campaign_id:
                reigns[-1] = (match.campaign_id, reigns[-1][1], day)
            else:
                reigns.append((match.campaign_id, day, day))
        return reigns

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "campaign": self.campaign,
            "first_active_date": self.first_active_date,
            "accused": self._found(self.accused),
            "noticed": self._found(self.noticed),
            "whole": asdict(self.whole) if self.whole else None,
            "ids": [{"campaign_id": name, "first_date": a, "last_date": b} for name, a, b in self.ids()],
            "days": [
                {"run_date": day, **match.to_dict(), "leaked": asdict(self.leaked[day]) if day in self.leaked else None}
                for day, match in self.days.items()
            ],
        }

    def _found(self, detection: Detection | None) -> dict[str, Any] | None:
        if detection is None:
            return None
        data = asdict(detection)
        if detection.leaked and self.whole:
            names = ("leaked_exchange_share", "leaked_output_token_share")
            data.update(zip(names, detection.leaked.share_of(self.whole), strict=True))
        return data


@dataclass(frozen=True)
class Replay:
    """All true campaigns over a range of published dates.

    Attributes:
        top: How far down the ranking a campaign counts as seen.
        run_dates: Published dates that were looked at.
        missing_dates: Dates of the range that are not published.
        honest_accused: Honest accounts accused by date.
        timelines: One per true campaign.
    """

    top: int
    run_dates: tuple[date, ...]
    missing_dates: tuple[date, ...]
    honest_accused: Mapping[date, int]
    timelines: tuple[Timeline, ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain data for ``--json``."""
        return {
            "top": self.top,
            "run_dates": self.run_dates,
            "missing_dates": self.missing_dates,
            "honest_accused": {str(day): count for day, count in self.honest_accused.items()},
            "campaigns": [timeline.to_dict() for timeline in self.timelines],
        }

    def text(self, width: int = 150) -> str:
        """A table of campaigns, and one of days."""
        first, last = self.run_dates[0], self.run_dates[-1]
        found = Table(title=f"Time to detection, {first} to {last}, top {self.top}")
        for head in ("campaign", "first active", "on watch or accused", "accused", "exchanges by then",
                     "output tokens by then", "ids over time"):  # fmt: skip
            found.add_column(head, no_wrap=head in ("campaign", "ids over time"))
        for line in self.timelines:
            leaked = line.accused.leaked if line.accused else line.leaked.get(last)
            found.add_row(
                line.campaign, str(line.first_active_date or "-"), _when(line.noticed), _when(line.accused),
                *_leaked(leaked, line.whole),
                "\n".join(f"{name} {a:%m-%d}..{b:%m-%d}" for name, a, b in line.ids()) or "-",
            )  # fmt: skip
        days = Table(title="Day by day: the candidate that holds most of the campaign")
        for head in ("date", "campaign", "candidate", "rank", "verdict", "precision", "recall", "exchanges so far",
                     "honest accused"):  # fmt: skip
            days.add_column(head)
        for day in self.run_dates:
            for line in self.timelines:
                match = line.days.get(day)
                if match is None:
                    continue
                days.add_row(
                    str(day), line.campaign, match.campaign_id or "-", str(match.rank or "-"), match.verdict or "-",
                    f"{match.precision:.3f}", f"{match.recall:.3f}", _leaked(line.leaked.get(day), line.whole)[0],
                    str(self.honest_accused[day]),
                )  # fmt: skip
        text = drawn([found, days], width)
        if any(line.accused is None for line in self.timelines):
            text += f"\nFor a campaign that was not accused, what it took by {last} is given."
        if self.missing_dates:
            text += f"\nNot published and left out: {', '.join(map(str, self.missing_dates))}"
        return text


def _when(detection: Detection | None) -> str:
    if detection is None:
        return "not seen"
    number = "" if detection.day_number is None else f", day {detection.day_number}"
    return f"{detection.run_date}{number}, rank {detection.rank}"


def _leaked(leaked: Leak | None, whole: Leak | None) -> tuple[str, str]:
    if leaked is None or whole is None:
        return "unknown", "unknown"
    exchanges, tokens = leaked.share_of(whole)
    return f"{leaked.exchange_count:,.0f} ({exchanges:.1%})", f"{leaked.output_token_count:,.0f} ({tokens:.1%})"


def timelines(
    names: Sequence[str],
    evaluations: Mapping[date, Evaluation],
    daily: Mapping[str, Mapping[date, Leak]] | None,
    *,
    top: int,
) -> tuple[Timeline, ...]:
    """Follow every true campaign through the dates that were compared with the truth.

    Args:
        names: True campaigns.
        evaluations: Comparison by published date.
        daily: By campaign and day what it took; None where activity is unknown.
        top: How far down the ranking a campaign counts as seen.
    """
    lines = []
    for name in names:
        took = {day: leak for day, leak in sorted((daily or {}).get(name, {}).items()) if leak.exchange_count > 0}
        days = {
            day: match for day, result in sorted(evaluations.items()) for match in result.matches
            if match.campaign == name
        }  # fmt: skip
        so_far = {day: _sum(took, day) for day in sorted(evaluations)} if daily is not None else {}
        lines.append(
            Timeline(
                name,
                min(took, default=None),
                _first(days, ("campaign",), took, so_far, top),
                _first(days, NOTICED, took, so_far, top),
                so_far,
                None if daily is None else _sum(took, max(took, default=date.min)),
                days,
            )
        )
    return tuple(lines)


def _first(
    days: Mapping[date, CampaignMatch],
    verdicts: Sequence[str],
    took: Mapping[date, Leak],
    so_far: Mapping[date, Leak],
    top: int,
) -> Detection | None:
    for day, match in days.items():
        if match.is_covered and match.verdict in verdicts and match.rank is not None and match.rank <= top:
            number = sum(active <= day for active in took) if so_far else None
            return Detection(day, number, match.rank, str(match.campaign_id), so_far.get(day))
    return None


def _sum(took: Mapping[date, Leak], last: date) -> Leak:
    until = [leak for day, leak in took.items() if day <= last]
    return Leak(sum(leak.exchange_count for leak in until), sum(leak.output_token_count for leak in until))
