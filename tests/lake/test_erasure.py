"""Erased accounts whose ids are plain numbers: texts stay as they are, and decisions do not bring them back."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from revenuer.config import Config
from revenuer.errors import ConfigError
from revenuer.ingest import ingest
from revenuer.lake.erasure import ERASURES
from revenuer.lake.lake import Lake
from revenuer.upkeep.forgetting import forget

DAY = date(2026, 3, 1)
KEY = b"a key of thirty-two bytes or more"


def test_forget__an_id_that_is_a_number_leaves_sentences_alone_and_stays_out_of_dispositions(
    spark: SparkSession, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(spark, str(tmp_path / "lake"), config, "run-1")
    why = "does the same work in 82 exchanges over 3 networks"
    rows = [{"run_date": DAY, "campaign_id": "c1", "account_id": account, "role": "member", "why": why}
            for account in ("82", "83")]  # fmt: skip
    lake.replace_partition("campaign_members", DAY, lake.frame_of("campaign_members", rows), stage="rank", staged=True)
    lake.publish(DAY, ["campaign_members"])
    # A mistyped id is not forgotten, nor is it recorded, unless it is meant.
    for dry_run in (True, False):
        with pytest.raises(ConfigError, match="names this account, and it was never erased"):
            forget(lake, "28", KEY, dry_run=dry_run)
    assert not lake.exists(ERASURES)
    assert (
        forget(lake, "28", KEY, unseen=True).text().endswith("no row of it is left in the working and published tables")
    )
    assert forget(lake, "28", KEY).account_hash, "once recorded, it may be said again"
    done = forget(lake, "82", KEY)
    assert done.pseudonymised == {"campaign_members": 1}
    members = lake.view("campaign_members").collect()
    assert {row["account_id"] for row in members} == {done.pseudonym, "83"}
    assert {row["why"] for row in members} == {why}

    monkeypatch.setenv("REVENUER_HASH_KEY", KEY.decode())
    said = ["account,82", "account,83", "identifier,82"]
    path = tmp_path / "said.csv"
    lines = [f"{subject},benign,2026-03-02T10:00:00Z" for subject in said]
    path.write_text("\n".join(["subject_kind,subject_id,verdict,decided_at", *lines]) + "\n")
    report = ingest(lake, "dispositions", str(path))
    assert report.row_count == 2 and "1 rows of 1 erased accounts dropped" in report.warnings
    kept = {(row["subject_kind"], row["subject_id"]) for row in lake.read("dispositions").collect()}
    assert kept == {("account", "83"), ("identifier", "82")}
