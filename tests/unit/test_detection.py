"""Time to detection: which date counts, what had leaked by then, which ids a campaign had."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from revenuer.evaluation.detection import Leak, Replay, Timeline, timelines
from revenuer.evaluation.result import CampaignMatch, Evaluation
from revenuer.reporting.charts import replay_chart, write_chart

FIRST = date(2026, 3, 1)
DAYS = [FIRST + timedelta(days=offset) for offset in range(6)]
# It rests on the third day.
TOOK = {day: Leak(count, 10 * count) for day, count in zip(DAYS, (100, 100, 0, 200, 300, 300), strict=True)}


def match(verdict: str | None, *, name: str = "cmp-1", rank: int = 1, recall: float = 0.9) -> CampaignMatch:
    if verdict is None:
        return CampaignMatch("ring", 50, None, None, None, 0.0, 0.0, 0.0)
    return CampaignMatch("ring", 50, name, rank, verdict, 1.0, recall, recall)


def evaluation(found: CampaignMatch) -> Evaluation:
    return Evaluation(
        account_precision=1.0, account_recall=1.0, suspected_recall=1.0, noticed_recall=1.0, exchange_recall=1.0,
        exchange_precision=1.0,
        exchange_basis="activity", named_share=None, mixed_honest_exchange_count=None,
        campaigns_total=1, campaigns_found=int(found.is_found), accused_count=0,
        honest_accused_count=0, honest_absorbed_count=0, unknown_count=0, decoys_accused=0, decoys_watched=0,
        decoys_accused_accounts={}, decoys_watched_accounts={}, matches=(found,),
    )  # fmt: skip


def followed(*matches: CampaignMatch, top: int = 3, known: bool = True) -> Timeline:
    evaluations = {day: evaluation(found) for day, found in zip(DAYS, matches, strict=False)}
    (line,) = timelines(["ring"], evaluations, {"ring": TOOK} if known else None, top=top)
    return line


def test_timelines__tells_the_first_watch_from_the_first_accusation() -> None:
    line = followed(match(None), match("watch"), match("watch"), match("campaign"), match("campaign"))
    assert line.noticed is not None and line.accused is not None
    assert (line.noticed.run_date, line.noticed.day_number) == (DAYS[1], 2)
    assert (line.accused.run_date, line.accused.day_number) == (DAYS[3], 3)  # the idle day is no day of activity
    assert line.accused.leaked == Leak(400, 4000)
    assert line.whole == Leak(1000, 10000)
    assert line.to_dict()["accused"]["leaked_exchange_share"] == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("unseen", "why"),
    [
        (match("campaign", rank=4), "below the top three"),
        (match("campaign", recall=0.4), "less than half of it"),
        (match("cleared"), "cleared"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_timelines__counts_no_date_on_which_it_was_not_really_seen(unseen: CampaignMatch, why: str) -> None:
    line = followed(unseen, match("campaign", rank=3))
    assert line.accused is not None and line.noticed is not None
    assert line.accused.run_date == line.noticed.run_date == DAYS[1], why


def test_timelines__follows_the_ids() -> None:
    line = followed(match("watch"), match("campaign"), match("campaign", name="cmp-2"), match("campaign"))
    assert line.ids() == [("cmp-1", DAYS[0], DAYS[1]), ("cmp-2", DAYS[2], DAYS[2]), ("cmp-1", DAYS[3], DAYS[3])]


def test_timelines__says_unknown_where_activity_was_not_observed() -> None:
    line = followed(match("campaign"), known=False)
    assert line.accused is not None
    assert (line.accused.day_number, line.accused.leaked, line.whole, line.first_active_date) == (None,) * 4
    text = Replay(3, (DAYS[0],), (), {DAYS[0]: 0}, (line,)).text()
    assert "unknown" in text


def test_timelines__keeps_a_campaign_that_was_never_active() -> None:
    (line,) = timelines(["sleeper"], {DAYS[0]: evaluation(match("campaign"))}, {"ring": TOOK}, top=3)
    assert (line.accused, line.first_active_date, line.whole) == (None, None, Leak(0, 0))


def a_replay() -> Replay:
    line = followed(match(None), match("watch"), match("campaign"))
    return Replay(3, tuple(DAYS[:3]), (DAYS[3],), dict.fromkeys(DAYS[:3], 0), (line,))


def test_replay__prints_detection_leak_and_what_is_missing() -> None:
    text = a_replay().text(width=200)
    assert "2026-03-03, day 2, rank 1" in text
    assert "200 (20.0%)" in text and "2,000 (20.0%)" in text
    assert "cmp-1 03-02..03-03" in text
    assert "Not published and left out: 2026-03-04" in text


def test_chart__draws_leak_and_rank_on_one_page(tmp_path: Path) -> None:
    leak, rank = replay_chart(a_replay()).data
    assert list(leak.y) == pytest.approx([0.1, 0.2, 0.2])
    assert (list(rank.x), list(rank.marker.symbol)) == (["2026-03-02", "2026-03-03"], ["diamond-open", "circle"])
    write_chart(replay_chart(a_replay()), tmp_path / "new" / "replay.html")
    page = (tmp_path / "new" / "replay.html").read_text(encoding="utf-8")
    assert '<script src="http' not in page
    assert "Time to detection" in page
