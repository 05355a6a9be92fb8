"""What was learnt, in words and numbers: weights, calibration on worlds held back, what each signal is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from revenuer.errors import ConfigError
from revenuer.evaluation.calibration import Pairs, brier, calibration_error, reliability, reliability_markdown
from revenuer.learning.ablation import Ablated, ablate, ablation_markdown
from revenuer.learning.candidates import bits_of, judged_worlds, read_candidates, refuse_unlike, rescored
from revenuer.markdown import table_lines
from revenuer.reporting.charts import reliability_chart, write_chart
from revenuer.stages.rank.scoring import drawn_scoring

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from revenuer.config import Config
    from revenuer.learning.fit import Fit


@dataclass(frozen=True)
class Learnt:
    """A fit with its proof.

    Attributes:
        fit: Weights.
        pairs: (probability, truth) by name of what was measured.
        ablated: What the verdicts are without each signal; empty where that was not asked for.
        verdicts: Candidates by (name of what was measured, is a campaign, verdict).
    """

    fit: Fit
    pairs: dict[str, Pairs]
    ablated: tuple[Ablated, ...]
    verdicts: dict[tuple[str, bool, str], int]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "fit": asdict(self.fit),
            "calibration": {
                name: {"candidates": len(pairs), "error": calibration_error(pairs), "brier": brier(pairs)}
                for name, pairs in self.pairs.items()
            },
            "ablation": [asdict(row) for row in self.ablated],
        }

    def to_markdown(self) -> str:
        """The report."""
        fit = self.fit
        lines = [
            "# What was learnt",
            "",
            f"From {fit.candidate_count} candidates, {fit.guilty_count} of them campaigns, of {len(fit.worlds)} worlds."
            f" Log loss a candidate: {fit.loss_before:.4f} bits by the rules as drawn by hand, {fit.loss_after:.4f} on"
            f" worlds left out of the fit (ridge {fit.ridge:g}). Odds before evidence: {fit.prior_bits:.2f} bits; on"
            f" watch: {fit.watch_cap_bits:.2f}; cleared: {fit.cleared_cap_bits:.2f}.",
            "",
            *table_lines(
                ["signal", "factor", "bits of its curve, from its lowest value to its highest"],
                (
                    (
                        signal.name, f"{fit.factors.get(signal.name, 1.0):.2f}",
                        ", ".join(f"{x:g}: {y * signal.factor:+.2f}" for x, y in signal.curve),
                    )
                    for signal in fit.applied(drawn_scoring()).signals
                ),
            ),
        ]  # fmt: skip
        lines += ["", "# Calibration", ""]
        for name, pairs in self.pairs.items():
            counts = ", ".join(
                f"{n} {'campaigns' if guilty else 'honest'} {verdict}"
                for (of, guilty, verdict), n in sorted(self.verdicts.items()) if of == name
            )  # fmt: skip
            lines += [
                f"{name}: {len(pairs)} candidates, expected error {calibration_error(pairs):.4f},"
                f" Brier score {brier(pairs):.4f} ({counts}).",
                "",
                reliability_markdown(pairs),
                "",
            ]
        if self.ablated:
            lines += ["# Without each signal", "", ablation_markdown(list(self.ablated))]
        return "\n".join(lines).rstrip()

    def write(self, out: Path) -> str:
        """Write ``weights.toml``, ``report.md`` and ``reliability.html``; returns their names as a phrase.

        Raises:
            ConfigError: The folder cannot be written.
        """
        try:
            out.mkdir(parents=True, exist_ok=True)
            (out / "weights.toml").write_text(self.fit.to_toml(), encoding="utf-8")
            (out / "report.md").write_text(self.to_markdown() + "\n", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"cannot write {out}: {error.strerror}", fix="--out another folder") from error
        bins = {name: reliability(pairs) for name, pairs in self.pairs.items()}
        write_chart(reliability_chart(bins), out / "reliability.html")
        return f"{out}/weights.toml, report.md, reliability.html"


def learn(
    spark: SparkSession, config: Config, sources: Sequence[Path], held_back: Sequence[Path], *, with_ablation: bool
) -> Learnt:
    """Learn from judged worlds, and measure on those held back; without any, on those learnt from.

    Args:
        spark: Session.
        config: Effective configuration.
        sources: Folders of ``revenuer evaluate`` to learn from.
        held_back: The same to measure on.
        with_ablation: Whether to leave out every signal in turn.

    Raises:
        ConfigError: No judged worlds, some that were judged unlike the others or are on both sides, or scikit-learn is
            not installed.
    """
    try:
        from revenuer.learning.fit import fit_weights
    except ModuleNotFoundError as error:
        raise ConfigError(f"{error.name} is not installed", fix="pip install 'revenuer[fit]'") from None
    rank, drawn = config.section("rank"), drawn_scoring()
    known = read_candidates(spark, sources).persist()
    measured = read_candidates(spark, held_back).persist() if held_back else known
    refuse_unlike(judged_worlds(known), judged_worlds(measured) if held_back else ())
    fit = fit_weights(bits_of(known, drawn), rescored(known, drawn, rank), drawn)
    where = "held back" if held_back else "learnt from"
    pairs: dict[str, Pairs] = {}
    verdicts: dict[tuple[str, bool, str], int] = {}
    for name, scoring in ((f"as drawn, worlds {where}", drawn), (f"as learnt, worlds {where}", fit.applied(drawn))):
        told = rescored(measured, scoring, rank)
        pairs[name] = list(zip(told["probability"], told["is_guilty"].astype(float), strict=True))
        for (guilty, verdict), count in told.groupby(["is_guilty", "verdict"]).size().items():
            verdicts[name, bool(guilty), str(verdict)] = int(count)
    rows = tuple(ablate(measured, fit.applied(drawn), rank)) if with_ablation else ()
    return Learnt(fit, pairs, rows, verdicts)
