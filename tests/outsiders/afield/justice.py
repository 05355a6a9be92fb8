"""The provider's own enforcement during the window, right and wrong, and what it does to the traffic."""

from __future__ import annotations

import numpy as np

from afield.world import DAY, World

Action = tuple[int, str, float, str]
# share of a population that the provider's automatic rules ban: attackers, and honest people who look odd to a rule
CAUGHT = {
    "lab-q": 0.06,
    "lab-b": 0.06,
    "lab-w": 0.01,
    "redteam_contest": 0.06,
    "secondhand": 0.07,
    "batch_lru": 0.03,
    "gift_card_lots": 0.06,
    "privacy_commons": 0.05,
    "seat_resellers": 0.03,
    "expat_flatmates": 0.03,
    "sched_equal": 0.02,
    "dataset_commons": 0.02,
    "conference_demo": 0.02,
    "load_test": 0.03,
}


def judge(w: World, ev: dict[str, np.ndarray]) -> tuple[dict[str, np.ndarray], np.ndarray, list[Action]]:
    """Rate limits, suspensions (some lifted), bans. Returns the events left, closing moments and the actions."""
    rng, size, end = w.rng, w.accounts.size, w.days * DAY
    total = np.bincount(ev["acc"], minlength=size)
    last = np.zeros(size)
    np.maximum.at(last, ev["acc"], ev["t"])
    actions: list[Action] = []
    busy = np.flatnonzero(total > 0)
    for a in rng.choice(busy, 260, replace=False, p=total[busy] ** 0.7 / (total[busy] ** 0.7).sum()):
        actions.append((int(a), "rate_limit", float(rng.random() * end), "throughput"))
    mute_from, mute_to = np.full(size, np.inf), np.full(size, np.inf)
    closed = np.full(size, np.nan)
    names = zip(w.accounts.col("campaign"), w.accounts.col("decoy"), strict=False)
    caught = np.flatnonzero(rng.random(size) < np.array([CAUGHT.get(c or d, 0.0) for c, d in names]))
    wrong = np.setdiff1d(rng.choice(busy, 60, replace=False), caught)
    for a in wrong:
        at = float(rng.random() * end)
        actions.append((int(a), "suspend", at, str(rng.choice(["review", "payment", "geo"]))))
        mute_from[a], mute_to[a] = at, end
        if rng.random() < 0.75:
            back = min(at + rng.exponential(1.3 * DAY), end - 1.0)
            mute_to[a] = back
            actions.append((int(a), "reinstate", float(back), "appeal"))
    # in a world without attackers bans still happen (card fraud, policy), mostly of small accounts
    fraud = np.setdiff1d(rng.choice(size, 45, replace=False), np.r_[wrong, caught])
    for a in np.concatenate([caught, fraud]):
        at = float(max(rng.uniform(0.25, 0.95) * end, 0.6 * last[a]))
        actions.append((int(a), "ban", at, "automated" if a in caught else str(rng.choice(["fraud", "policy"]))))
        mute_from[a], mute_to[a], closed[a] = at, end, at + 30.0
    muted = (ev["t"] >= mute_from[ev["acc"]]) & (ev["t"] < mute_to[ev["acc"]])
    ev["status"] = np.where(muted, 403, ev["status"]).astype(np.int16)
    keep = ~muted | (rng.random(len(muted)) < 0.08)
    leaving = rng.choice(size, size // 140, replace=False)
    leaving = leaving[np.isnan(closed[leaving])]
    closed[leaving] = np.maximum(last[leaving], rng.random(len(leaving)) * end) + rng.exponential(DAY, len(leaving))
    closed = np.minimum(closed, end - 1.0)
    return {k: v[keep] for k, v in ev.items()}, closed, actions
