"""Which share of an account's work is whose, as far as the truth tells."""

from __future__ import annotations

import pandas as pd
import pytest

from revenuer.evaluation.truth import campaign_shares, works_as_kept

WORKS = ["account_id", "campaign", "exchange_count"]


@pytest.mark.parametrize(
    ("works", "shares"),
    [
        ([("a", "lab", 30), ("a", "other lab", 10), ("a", None, 20)], (1 / 2, 1 / 6)),
        # All that it did is known, and none of it is the second one's.
        ([("a", "lab", 30), ("a", None, 10)], (3 / 4, 0.0)),
        ([("a", None, 10)], (0.0, 0.0)),
        # Nothing is known of what it did: evenly.
        ([("b", "lab", 30)], (1 / 2, 1 / 2)),
        ([("a", "lab", 0)], (1 / 2, 1 / 2)),
    ],
)
def test_campaign_shares__tells_what_is_not_known_from_what_is_known_to_be_nothing(
    works: list[tuple[str, str | None, int]], shares: tuple[float, float]
) -> None:
    guilty = pd.DataFrame([("a", "lab"), ("a", "other lab")], columns=["account_id", "campaign"])
    found = campaign_shares(guilty, pd.DataFrame(works, columns=WORKS)).set_index("campaign")["share"]
    assert (found["lab"], found["other lab"]) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("has_templates", "has_toolsets", "ids"),
    [
        (True, True, ["t+u", "t+-", "-+-"]),
        (False, True, ["-+u", "-+-", "-+-"]),
        (True, False, ["t+-", "t+-", "-+-"]),
        (False, False, ["-+-", "-+-", "-+-"]),
    ],
)
def test_works_as_kept__goes_by_the_ids_that_the_site_can_give(
    has_templates: bool, has_toolsets: bool, ids: list[str]
) -> None:
    works = pd.DataFrame({"workload_id": ["t+u", "t+-", "-+-"], "exchange_count": [1, 2, 3]})
    found = works_as_kept(works, has_templates, has_toolsets)
    assert list(found["workload_id"]) == ids
    assert list(found["exchange_count"]) == [1, 2, 3]
