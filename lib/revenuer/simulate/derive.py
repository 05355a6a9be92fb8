"""Derives the small traffic tables the simulator ships from the full public traces.

Run ``python -m revenuer.simulate.derive SHARED_DATA_DIR [OUT_DIR]`` to make them again. Only aggregates leave the
traces: mean rates, hour shares and token quantiles.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

LEVELS = (1, 5, 10, 25, 50, 75, 90, 95, 99)
_DAY_S = 86_400


def client_rates(shared: Path) -> pd.DataFrame:
    """Mean daily requests of each client with how bursty it is.

    Args:
        shared: Directory that holds ``servegen/``.

    Returns:
        One row per client: model, requests_per_day, active_share (of 10-minute windows), peak_to_mean, median_iat_cv,
        rank_share (share of the model's traffic).
    """
    rates = pd.read_parquet(shared / "servegen" / "client_rate_10min.parquet")
    rates = rates[rates["category"] != "multimodal"]
    grouped = rates.groupby(["model", "client_id"])["rate_rps"]
    table = pd.DataFrame(
        {
            "requests_per_day": grouped.mean() * _DAY_S,
            "active_share": grouped.apply(lambda r: float((r > 0).mean())),
            "peak_to_mean": grouped.max() / grouped.mean(),
        }
    )
    busy = rates[rates["rate_rps"] > 0].groupby(["model", "client_id"])["iat_cv"].median()
    table["median_iat_cv"] = busy
    table = table[table["requests_per_day"] > 0].reset_index()
    table["rank_share"] = table["requests_per_day"] / table.groupby("model")["requests_per_day"].transform("sum")
    table = table.sort_values(["model", "requests_per_day"], ascending=[True, False])
    return table.drop(columns="client_id").round(4)


def hour_profiles(shared: Path, clusters: int = 12) -> pd.DataFrame:
    """Share of a day's requests in each hour: the campus service, and clusters of business clients.

    Args:
        shared: Directory that holds ``servegen/`` and ``burstgpt_aggregates/``.
        clusters: Number of business shapes to keep.

    Returns:
        Columns profile, weight (share of clients with that shape), h00 .. h23 (sum 1).
    """
    campus = pd.read_csv(shared / "burstgpt_aggregates" / "hourly_avg.csv")["avg_requests_per_hour"].to_numpy(float)
    rows: list[tuple[str, float, np.ndarray]] = [("campus", 0.0, campus / campus.sum())]
    rates = pd.read_parquet(shared / "servegen" / "client_rate_10min.parquet")
    rates = rates[rates["model"].isin(["m-large", "m-mid", "m-small"])]
    hour = (rates["window_start_s"] % _DAY_S) // 3600
    shapes = rates.groupby(["model", "client_id", hour])["rate_rps"].sum().unstack(fill_value=0.0).to_numpy(float)
    shapes = shapes[(shapes > 0).sum(axis=1) >= 12]
    shapes = shapes / shapes.sum(axis=1, keepdims=True)
    # Centres start evenly spread from the flattest client to the most peaked one, then a few rounds of k-means follow:
    # small, deterministic and free of further packages.
    order = np.argsort(shapes.max(axis=1))
    centre = shapes[order[np.linspace(0, len(order) - 1, clusters).astype(int)]]
    for _ in range(25):
        nearest = ((shapes[:, None, :] - centre[None]) ** 2).sum(axis=2).argmin(axis=1)
        for k in range(clusters):
            if (nearest == k).any():
                centre[k] = shapes[nearest == k].mean(axis=0)
    for k in range(clusters):
        share = float((nearest == k).mean())
        if share > 0:
            rows.append((f"business_{k:02d}", share, centre[k]))
    return pd.DataFrame(
        [(name, round(weight, 4), *np.round(shape, 5)) for name, weight, shape in rows],
        columns=["profile", "weight", *(f"h{h:02d}" for h in range(24))],
    )


def token_quantiles(shared: Path) -> pd.DataFrame:
    """Input and output length quantiles of each client, and of two public services as a whole.

    Args:
        shared: Directory that holds ``servegen/`` and ``azure_llm_2023/``.

    Returns:
        One row per client: source, field ``input`` and ``output`` side by side as ``in_p01`` .. ``out_p99``, and the
        share of requests with the client's most frequent length.
    """
    names = [f"p{level:02d}" for level in LEVELS]
    wide = pd.read_parquet(shared / "servegen" / "client_token_quantiles_6h.parquet")
    wide = wide[wide["category"] != "multimodal"]
    fields = {"in": "input_tokens", "out": "output_tokens"}
    parts = []
    for short, field in fields.items():
        part = wide[wide["field"] == field].groupby(["model", "client_id"])[[*names, "top_share"]].median()
        parts.append(part.add_prefix(f"{short}_"))
    table = parts[0].join(parts[1], how="inner").reset_index()
    table.insert(0, "source", "servegen/" + table["model"])
    table = table.drop(columns=["model", "client_id"])
    extra = []
    for kind in ("conv", "code"):
        trace = pd.read_csv(shared / "azure_llm_2023" / f"AzureLLMInferenceTrace_{kind}.csv.gz")
        row: dict[str, object] = {"source": f"azure/{kind}"}
        for short, column in (("in", "ContextTokens"), ("out", "GeneratedTokens")):
            row |= {f"{short}_{n}": float(np.percentile(trace[column], q)) for n, q in zip(names, LEVELS, strict=True)}
            row[f"{short}_top_share"] = float(trace[column].value_counts(normalize=True).iloc[0])
        extra.append(row)
    table = pd.concat([pd.DataFrame(extra), table], ignore_index=True)
    return table.round({c: 4 if c.endswith("share") else 0 for c in table.columns if c != "source"})


def disposable_domains(shared: Path, count: int = 300) -> pd.DataFrame:
    """An even sample of the public list of disposable mail domains."""
    path = shared / "email_reference" / "disposable_email_blocklist.txt.gz"
    names = pd.read_csv(path, header=None, names=["domain"])["domain"]
    return names.iloc[np.linspace(0, len(names) - 1, count).astype(int)].to_frame()


def main(arguments: list[str]) -> int:
    """Write the tables next to this module, or into the second argument."""
    if not 1 <= len(arguments) <= 2:
        sys.stderr.write("usage: python -m revenuer.simulate.derive SHARED_DATA_DIR [OUT_DIR]\n")
        return 2
    shared = Path(arguments[0])
    out = Path(arguments[1]) if len(arguments) == 2 else Path(__file__).parent / "data"
    out.mkdir(parents=True, exist_ok=True)
    for name, make in (
        ("client_rates", client_rates),
        ("hour_profiles", hour_profiles),
        ("token_quantiles", token_quantiles),
        ("disposable_domains", disposable_domains),
    ):
        path = out / f"{name}.csv"
        make(shared).to_csv(path, index=False)
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
