"""Ablation of links: what each kind of evidence that links accounts contributes, by judging a world without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from revenuer.markdown import table_lines

if TYPE_CHECKING:
    from revenuer.config import Config
    from revenuer.evaluation.judged import Trial

NOTHING = "(nothing)"
# Evidence of section link that holds between accounts behind a common link node, by the setting that weighs it.
_SETTINGS = {"shared cards": "card_bits", "shared sessions": "session_bits"}


def kinds_of_links(config: Config) -> tuple[str, ...]:
    """All that can link accounts: strong identifiers, composites, and what is shared behind a link node."""
    strong = [name for name, kind in config.section("identifiers").items() if kind["strength"] == "strong"]
    return (*strong, *config.section("composites"), *_SETTINGS)


def composites_of(config: Config, name: str) -> list[str]:
    """Composites that are a kind of link, or have it as a part: what goes when it is left out."""
    composites = config.section("composites").items()
    return [composite for composite, entry in composites if name == composite or name in entry["parts"]]


def without_links(config: Config, name: str) -> Config:
    """A configuration in which one kind links nobody.

    An identifier stays what it is for everything else, and the composites that have it as a part go with it. A common
    identifier of the payment facet would be a card: so what is left out of that facet leaves it.

    Args:
        config: The configuration.
        name: One of :func:`kinds_of_links`, or :data:`NOTHING`.
    """
    identifiers, composites, link = (dict(config.section(part)) for part in ("identifiers", "composites", "link"))
    if name in _SETTINGS:
        link[_SETTINGS[name]] = 0.0
    elif name in identifiers:
        facet = identifiers[name]["facet"]
        identifiers[name] = {
            **identifiers[name], "strength": "common", "facet": "identity" if facet == "payment" else facet
        }  # fmt: skip
    for composite in composites_of(config, name):
        del composites[composite]
    return config.changed({"identifiers": identifiers, "composites": composites, "link": link})


def links_markdown(rows: Sequence[tuple[str, Trial]]) -> str:
    """The table in Markdown, one line by what was left out: the worst over the worlds, and how many of them."""
    heads = ["left out", "worlds", "true accounts linked", "honest ones linked", "account P / R", "exchange P / R",
             "tenants P / R", "honest accused"]  # fmt: skip
    cells = []
    for name in dict.fromkeys(name for name, _ in rows):
        trials = [trial for left_out, trial in rows if left_out == name]

        def worst(figure: str, trials: Sequence[Any] = tuple(trial.evaluation for trial in trials)) -> str:
            return f"{min(getattr(each, figure) for each in trials):.3f}"

        cells.append((
            name, len(trials), f"{min(trial.linked_share for trial in trials):.3f}",
            f"{max(trial.honest_linked_count for trial in trials):,}",
            f"{worst('account_precision')} / {worst('account_recall')}",
            f"{worst('exchange_precision')} / {worst('exchange_recall')}",
            f"{min(trial.tenant_precision for trial in trials):.2f}"
            f" / {min(trial.tenant_recall for trial in trials):.2f}",
            max(trial.evaluation.honest_accused_count for trial in trials),
        ))  # fmt: skip
    return "\n".join(table_lines(heads, cells))
