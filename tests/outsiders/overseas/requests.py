"""From chunks to the requests that the site saw: what closed accounts lose, failures, retries, tokens, clocks."""

from __future__ import annotations

import numpy as np
from as_logged import Clocks, first_absences

from overseas.people import NEVER, SPAN
from overseas.shapes import KINDS
from overseas.world import World

Columns = dict[str, np.ndarray]
FAILURES = {429: 0.45, 500: 0.12, 503: 0.08, 529: 0.12, 400: 0.19, 422: 0.04}
REFUSED = 299  # inside a world: the model refused, which the site sees as 200 with a short answer
WINDOW = 200_000  # tokens that an input is cut to
CLOCKS = Clocks(usual=1.4, wrong_share=0.003, wrong=90, late_share=0.0005)


def _gather(w: World) -> Columns:
    """All events while their accounts are open; most tries within 18 minutes of a ban are seen, few later."""
    rng, a = w.rng, w.account
    e = {name: np.concatenate([chunk[name] for chunk in w.chunks]) for name in w.chunks[0]}
    w.chunks.clear()
    t, acc = e["t"], e["acc"]
    kept = (t >= 0) & (t < SPAN - 2) & (t > a["created"][acc] + 45)
    begin, end = first_absences(w.gone, w.n, NEVER)
    shut = (t >= begin[acc]) & (t < end[acc])
    seen = np.where(t - begin[acc] < 1100, 0.7, 0.03)
    kept &= ~shut | (rng.random(len(t)) < seen)
    closed = np.where(np.isnan(a["closed"]) | (begin < NEVER), NEVER, a["closed"])
    kept &= t < closed[acc]
    e["status"] = np.where(shut, np.where(rng.random(len(t)) < 0.8, 403, 401), e["status"])
    return {name: column[kept] for name, column in e.items()}


def _fail_and_retry(w: World, e: Columns) -> Columns:
    """Failures at each account's own rate; retries are new requests."""
    rng, n = w.rng, len(e["t"])
    unset = e["status"] == 0
    bad = unset & (rng.random(n) < w.account["fail"][e["acc"]])
    failure = rng.choice(list(FAILURES), n, p=list(FAILURES.values()))
    refused = e["status"] == REFUSED
    e["status"] = np.where(bad, failure, np.where(unset | refused, 200, e["status"]))
    e["refused"] = refused
    again = np.flatnonzero(bad & (failure >= 429) & (rng.random(n) < 0.65))
    more = {name: column[again] for name, column in e.items()}
    more["t"] = more["t"] + rng.lognormal(1.4, 1.1, len(again))
    more["status"] = np.where(rng.random(len(again)) < 0.06, 529, 200)
    return {name: np.concatenate([column, more[name]]) for name, column in e.items()}


def requests(w: World) -> Columns:
    """All requests in time order."""
    e = _fail_and_retry(w, _gather(w))
    e = {name: column[e["t"] < SPAN - 1] for name, column in e.items()}
    order = np.argsort(e["t"], kind="stable")
    return {name: column[order] for name, column in e.items()}


def measures(w: World, e: Columns) -> Columns:
    """Tokens by the shape of the work, growing with the turns, and milliseconds."""
    rng, n, work = w.rng, len(e["t"]), e["work"]
    shapes = np.array([KINDS[kind][1:] for kind in w.works.kind], float)
    input_median, input_sigma, output_median, output_sigma, cached_share, reasoning_share = shapes[work].T
    count = len(shapes)
    ok = e["status"] == 200
    fixed = (np.arange(count) * 2654435761 % 100 < 9)[work]  # works with a prompt of one length
    scale = np.exp(np.random.default_rng(5).normal(0, 0.35, count))[work]
    noise = np.where(fixed, 0.02, input_sigma) * rng.standard_normal(n)
    tokens = np.exp(np.log(input_median * scale) + noise) * (1 + 0.3 * np.minimum(e["turn"], 16))
    tokens = np.clip(tokens, 5, WINDOW - 2000).astype(np.int64)
    tokens = np.where((input_median > 2900) & (rng.random(n) < 0.012), WINDOW, tokens)
    answer = np.exp(np.log(output_median) + output_sigma * rng.standard_normal(n))
    answer = np.clip(answer, 1, 30_000).astype(np.int64)
    answer = np.where(e["refused"], rng.integers(18, 70, n), answer)
    limited = rng.random(n) < 0.02
    answer = np.where(limited, np.minimum(answer, rng.choice([128, 256, 1000, 1024, 4096], n)), answer)
    reasons = (rng.random(n) < 0.9) & ~e["refused"]
    share = np.clip(reasoning_share * rng.uniform(0.6, 1.3, n), 0, 0.95)
    reasoning = np.where(reasons, answer * share, 0).astype(np.int64)
    hits = rng.random(n) < 0.7
    cached = np.where(hits, tokens * cached_share * rng.uniform(0.2, 1.1, n), 0).astype(np.int64)
    took = (250 + rng.lognormal(5.7, 0.7, n) + answer * rng.lognormal(2.4, 0.35, n)).astype(np.int64)
    return {
        "input_tokens": tokens,
        "cached_input_tokens": np.where(ok, np.minimum(cached, tokens), 0),
        "output_tokens": np.where(ok, answer, 0),
        "reasoning_tokens": np.where(ok, reasoning, 0),
        "duration_ms": np.where(ok, took, rng.integers(9, 1200, n)),
    }
