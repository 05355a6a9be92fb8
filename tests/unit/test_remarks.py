"""What a run says of a day's rows and goes on all the same."""

from __future__ import annotations

import pytest

from revenuer.config import load_config
from revenuer.pipeline.measures import of_usage
from revenuer.pipeline.remarks import of_rows
from revenuer.stages.validate import ValidateCounts

SETTINGS = load_config().section("validate")


@pytest.mark.parametrize(
    ("duplicates", "says"),
    [
        (0, ()),
        (30, ("30 duplicate rows dropped",)),  # retries
        (100, ("100 duplicate rows dropped",)),  # the share that is still usual
        # Two gateways that count from one: half of the exchanges would be gone without a word of why.
        (
            500,
            ("500 of 1,000 rows (50.0%)", "warn_duplicate_share (10.0%)", "make request_id unique", "gateway's name"),
        ),
    ],
)
def test_of_rows__says_when_request_ids_are_not_unique(duplicates: int, says: tuple[str, ...]) -> None:
    counts = ValidateCounts(1000, 1000 - duplicates, duplicates, 0)
    found = of_rows(counts, SETTINGS)
    assert len(found) == bool(says)
    assert all(part in found[0] for part in says)
    assert of_usage(counts)["duplicate_share"] == duplicates / 1000


def test_of_rows__of_an_empty_day_says_nothing() -> None:
    assert of_rows(ValidateCounts(0, 0, 0, 0), SETTINGS) == ()
