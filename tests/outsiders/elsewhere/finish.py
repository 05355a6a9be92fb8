"""What happens to the rows in the end: bans, failures and retries, skewed clocks, duplicates, late rows."""

from __future__ import annotations

import numpy as np
from afield.world import DAY

from elsewhere.ids import unit
from elsewhere.world import ACCOUNT_FIELDS, DAYS, FIELDS, SPAN, World

Columns = dict[str, np.ndarray]


def _only(e: Columns, rows: np.ndarray) -> Columns:
    return {f: v[rows] for f, v in e.items()}


def _and(e: Columns, more: Columns) -> Columns:
    return {f: np.concatenate([v, more[f]]) for f, v in e.items()}


def _silence(w: World, e: Columns) -> tuple[Columns, np.ndarray]:
    """Bans and suspensions silence an account until it is reinstated; also when banned accounts were closed."""
    off, on, closed = np.full(w.n_acc, np.inf), np.full(w.n_acc, np.inf), np.full(w.n_acc, np.nan)
    for acct, t, what, _ in w.bans:
        if what in ("ban", "suspend"):
            off[acct] = min(off[acct], t)
        if what == "ban":
            one = np.array([acct])
            closed[acct] = t + 3600 * 20 * unit(one, 5)[0] if unit(one, 9)[0] < 0.75 else np.nan
        if what == "reinstate":
            on[acct] = t
    silent = (e["t"] > off[e["acct"]]) & (e["t"] < on[e["acct"]])
    soon = silent & (e["t"] < off[e["acct"]] + 1200) & (w.rng.random(len(silent)) < 0.5)
    e["status"][soon], e["out"][soon], e["reas"][soon] = 403, 0, 0
    return _only(e, ~silent | soon), closed


def _fail(w: World, e: Columns) -> Columns:
    """Failures, half of them tried again by the same program or person."""
    rng, n = w.rng, len(e["t"])
    fail = (e["status"] == 200) & (rng.random(n) < 0.016)
    again = np.flatnonzero(fail & (rng.random(n) < 0.5))
    retry = _only(e, again)
    retry["t"] += rng.lognormal(1.2, 1, len(again))
    e["status"][fail] = rng.choice([429, 500, 529, 400], int(fail.sum()), p=[0.45, 0.2, 0.15, 0.2])
    none = e["status"] != 200
    e["out"][none], e["reas"][none], e["cached"][none] = 0, 0, 0
    e["dur"][none] = rng.integers(30, 900, int(none.sum()))
    return _and(e, retry)


def finish(w: World) -> tuple[Columns, Columns]:
    """The finished columns of events (with `req` and `day`) and of accounts (with `closed`)."""
    rng = w.rng
    # A block's column is let go as soon as it is copied: all of them twice would be the peak of memory.
    e = {f: np.concatenate([b.pop(f) for b in w.blocks]) for f in FIELDS}
    a = {f: np.concatenate([b[f] for b in w.acc]) for f in ACCOUNT_FIELDS}
    e, closed = _silence(w, e)
    e = _fail(w, e)
    e["t"] = np.clip(e["t"], 0, SPAN - 1)
    n = len(e["t"])
    skew = rng.random(n) < 0.01
    e["t"] = np.clip(e["t"] + np.where(skew, rng.normal(0, 40, n), 0), 0, SPAN - 1)
    e = _only(e, np.argsort(e["t"], kind="stable"))
    e["req"] = np.arange(n)
    e = _and(e, _only(e, np.flatnonzero(rng.random(n) < 0.005)))
    e["day"] = np.floor(e["t"] / DAY).astype(int)
    e["day"] = np.minimum(e["day"] + (rng.random(len(e["day"])) < 0.0006), DAYS - 1)
    if w.thin:
        half = unit(e["req"], 71) < 0.5
        e["tpl"][half] = e["tool"][half] = -1
    first = np.full(w.n_acc, np.inf)
    np.minimum.at(first, e["acct"], e["t"])
    a["created"] = np.minimum(a["created"], first - rng.uniform(40, 90000, w.n_acc))
    a["closed"] = np.where(closed < a["created"], np.nan, closed)
    return e, a
