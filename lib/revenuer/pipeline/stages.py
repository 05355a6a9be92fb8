"""The stages of a run, in order: what each reads and replaces, and what runs it."""

from __future__ import annotations

from revenuer.errors import ConfigError
from revenuer.pipeline import kept_facts, wiring
from revenuer.pipeline.stage import STAGE_NAMES, Stage

STAGES: tuple[Stage, ...] = (
    Stage("validate", (("usage_events", "day"), ("accounts", "all")), ("accounts",),
          ("valid_usage", "quarantined_usage"), wiring.run_validate),
    Stage("observe", (("valid_usage", "day"), ("accounts", "all"), ("network_labels", "all")),
          ("accounts", "network_labels"),
          ("sightings", "account_activity", "key_usage"), wiring.run_observe),
    Stage("link", (("sightings", "window"), ("dispositions", "all")), ("dispositions",),
          ("links", "hub_ledger"), wiring.run_link, (kept_facts.TABLE,)),
    Stage("cluster", (("links", "day"),), (), ("pools", "hub_ledger"), wiring.run_cluster),
    Stage("rank",
          (("account_activity", "window"), ("sightings", "window"), ("links", "day"), ("pools", "day"),
           ("hub_ledger", "day"), ("accounts", "all"), ("enforcement_actions", "all"), ("model_releases", "all"),
           ("dispositions", "all"), ("campaigns", "previous"), ("campaign_members", "previous"),
           ("campaign_links", "previous"), ("campaign_evidence", "previous"), ("manifest", "previous")),
          ("account_activity", "accounts", "enforcement_actions", "model_releases", "dispositions", "campaigns",
           "campaign_members", "campaign_links", "campaign_evidence", "manifest"),
          wiring.RANKED, wiring.run_rank, wiring.RANKED_IF_KNOWN),
    Stage("publish", tuple((name, "staged") for name in wiring.RANKED), (), (*wiring.RANKED, "manifest"),
          wiring.run_publish, wiring.RANKED_IF_KNOWN),
)  # fmt: skip


def stages_from(selection: str, start: str | None = None) -> tuple[Stage, ...]:
    """The stages of ``run {stage|all} [--start STAGE]``.

    Raises:
        ConfigError: An unknown stage name, or ``--start`` with a single stage.
    """
    for name in (selection if selection != "all" else STAGE_NAMES[0], start or STAGE_NAMES[0]):
        if name not in STAGE_NAMES:
            raise ConfigError(f"there is no stage {name!r}", fix=f"stages: {', '.join(STAGE_NAMES)}, or all")
    if selection != "all":
        if start:
            raise ConfigError("--start goes with `run all` only", fix=f"leave it out, or `run all --start {start}`")
        return tuple(stage for stage in STAGES if stage.name == selection)
    first = STAGE_NAMES.index(start or STAGE_NAMES[0])
    return STAGES[first:]
