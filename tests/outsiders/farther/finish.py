"""From chunks to the requests that the site saw: what closed accounts lose, failures, retries, tokens, clocks."""

from __future__ import annotations

import numpy as np
from as_logged import Clocks, first_absences

from farther.world import NEVER, SPAN, World

Columns = dict[str, np.ndarray]
FAILURES = {429: 0.42, 500: 0.14, 529: 0.15, 400: 0.2, 408: 0.05, 413: 0.04}
CLOCKS = Clocks(usual=1.0, wrong_share=0.004, wrong=110, late_share=0.0007)
WORTH_RETRYING = (429, 500, 529, 408)


def _gather(w: World) -> Columns:
    """All events while their accounts are open; most tries within 25 minutes of a ban are seen, few later."""
    e = {k: np.concatenate([c[k] for c in w.chunks]) for k in w.chunks[0]}
    w.chunks.clear()
    a, rng = w.a, w.rng
    t, acc = e["t"], e["acc"]
    begin, end = first_absences(w.gone, w.n, NEVER)
    banned = begin < NEVER
    closed = np.where(np.isnan(a["closed"]), NEVER, a["closed"])
    kept = (t >= 0) & (t < SPAN) & (t >= a["created"][acc] + 20)
    kept &= (t < closed[acc] + 600) | banned[acc]
    rows = np.flatnonzero(banned[acc])
    rows = rows[(t[rows] >= begin[acc[rows]]) & (t[rows] < end[acc[rows]])]
    soon = t[rows] - begin[acc[rows]] < 1500
    tried = (e["status"][rows] >= 400) | (rng.random(len(rows)) < np.where(soon, 0.8, 0.04))
    kept[rows[~tried]] = False
    e["status"][rows] = np.where(rng.random(len(rows)) < 0.85, 403, 401)
    return {k: v[kept] for k, v in e.items()}


def _fail_and_retry(w: World, e: Columns) -> Columns:
    """Failures at each account's own rate; retries are new requests."""
    rng, n = w.rng, len(e["t"])
    unset = e["status"] == 0
    bad = unset & (rng.random(n) < w.a["fail"][e["acc"]])
    failure = rng.choice(list(FAILURES), n, p=list(FAILURES.values()))
    e["status"] = np.where(bad, failure, np.where(unset, 200, e["status"]))
    again = np.flatnonzero(bad & np.isin(e["status"], WORTH_RETRYING) & (rng.random(n) < 0.6))
    more = {k: v[again] for k, v in e.items()}
    more["t"] = more["t"] + rng.lognormal(1.2, 1.0, len(again))
    more["status"] = np.full(len(again), 200)
    return {k: np.concatenate([v, more[k]]) for k, v in e.items()}


def requests(w: World) -> Columns:
    """All requests in time order."""
    e = _fail_and_retry(w, _gather(w))
    order = np.argsort(e["t"], kind="stable")
    return {k: v[order] for k, v in e.items()}


def measures(w: World, e: Columns, works: Columns) -> Columns:
    """Tokens by the shape of the work, growing with the turns, and milliseconds."""
    rng, n, k = w.rng, len(e["t"]), e["work"]
    ok = e["status"] == 200
    tokens_in = np.exp(works["in_mu"][k] + works["in_sd"][k] * rng.standard_normal(n))
    turns = np.minimum(e["turn"], 20) * (works["in_sd"][k] > 0)
    tokens_in = np.clip(tokens_in * (1 + 0.35 * turns), 6, 190_000).astype(np.int64)
    full = (works["capability"][k] == "coding") & (rng.random(n) < 0.02)
    tokens_in = np.where(full, 200_000, tokens_in)
    out = np.exp(works["out_mu"][k] + works["out_sd"][k] * rng.standard_normal(n))
    out = np.clip(out, 1, 32_000).astype(np.int64)
    out = np.where(rng.random(n) < 0.03, np.minimum(out, rng.choice([256, 512, 1024, 4096], n)), out)
    reasons = rng.random(n) < 0.92
    reason = np.where(reasons, out * works["reason"][k] * rng.uniform(0.6, 1.3, n), 0).astype(np.int64)
    reason = np.minimum(reason, out)
    hits = rng.random(n) < 0.75
    cached = np.where(hits, tokens_in * works["cached"][k] * rng.uniform(0.3, 1.15, n), 0).astype(np.int64)
    took = (300 + rng.lognormal(5.6, 0.6, n) + out * rng.lognormal(2.3, 0.3, n)).astype(np.int64)
    return {
        "input_tokens": tokens_in,
        "cached_input_tokens": np.where(ok, cached, 0),
        "output_tokens": np.where(ok, out, 0),
        "reasoning_tokens": np.where(ok, reason, 0),
        "duration_ms": np.where(ok, took, rng.integers(12, 900, n)),
    }
