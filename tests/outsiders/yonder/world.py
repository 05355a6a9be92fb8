"""A world under construction: registries, events so far, and groups of accounts that emit them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from yonder.arrivals import Sessions, expand
from yonder.clients import Clients
from yonder.networks import Networks
from yonder.people import Accounts
from yonder.recipes import Recipes
from yonder.tokens import mix

DAY = 86400.0
CHANNELS = np.array(["api", "batch", "subscription", "console", "cloud_resale"], dtype=object)
API, BATCH, SUB, CONSOLE, RESALE = range(5)


@dataclass
class World:
    """Registries and event columns; times are seconds since the first midnight."""

    name: str
    first_day: datetime
    seed: int
    days: int = 14
    models: list[tuple[str, float]] = field(default_factory=list)
    enforcement: list[tuple[int, str, float, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        salt = sum(ord(c) * 257**i for i, c in enumerate(self.name)) % (1 << 40)
        self.rng = np.random.default_rng([self.seed, salt])
        self.net = Networks(self.rng)
        self.clients = Clients(self.rng)
        self.recipes = Recipes(f"{self.name}-{self.seed}")
        self.accounts = Accounts(self.rng)
        self.campaigns: list[str] = []
        self.parts: list[dict[str, np.ndarray]] = []
        self.sessions = 1
        self.homes: list[np.ndarray] = []

    @property
    def weekday(self) -> int:
        """Weekday of the first day (Monday 0)."""
        return self.first_day.weekday()

    def when(self, seconds: float) -> datetime:
        """UTC datetime of a time."""
        return self.first_day.replace(tzinfo=UTC) + timedelta(seconds=float(seconds))

    def campaign(self, name: str) -> int:
        """Number of a campaign by name."""
        if name not in self.campaigns:
            self.campaigns.append(name)
        return self.campaigns.index(name)

    def action(self, accounts: np.ndarray, what: str, at: np.ndarray | float, reason: str, close: bool = False) -> None:
        """Record enforcement actions; `close` closes the accounts too."""
        times = np.broadcast_to(np.asarray(at, dtype=float), (len(accounts),))
        self.enforcement += [(int(a), what, float(t), reason) for a, t in zip(accounts, times, strict=True)]
        if close:
            frame = self.accounts.frame()
            known = frame.loc[accounts, "closed"].to_numpy(dtype=float)
            frame.loc[accounts, "closed"] = np.fmin(known, times)

    def events(self) -> int:
        """Exchanges so far."""
        return sum(len(p["at"]) for p in self.parts)

    def released(self, model: np.ndarray, at: np.ndarray) -> np.ndarray:
        """Replace models not yet released at the time by the previous one."""
        release = np.array([m[1] for m in self.models])
        for _ in range(3):
            model = np.where(release[model] > at, np.maximum(model - 1, 0), model)
        return model


@dataclass
class Group:
    """Accounts with habits; arrays are by local number. `homes` are address slots with `share` weights."""

    world: World
    ids: np.ndarray
    homes: np.ndarray
    share: np.ndarray
    family: Any  # a number per account, or one for all
    channel: Any  # likewise
    recipes: np.ndarray
    recipe_share: np.ndarray
    model: np.ndarray
    lag: Any = None
    variant: Any = None
    loyalty: float = 0.8
    keys: int = 2
    churn: float = 0.15

    def __post_init__(self) -> None:
        rng, n = self.world.rng, len(self.ids)
        self.family = np.broadcast_to(self.family, (n,))
        self.channel = np.broadcast_to(self.channel, (n,))
        if self.lag is None:
            self.lag = self.world.clients.lags(rng, self.family)
        if self.variant is None:
            self.variant = rng.geometric(0.12, n)
        self.share = np.broadcast_to(self.share, self.homes.shape)
        self.recipe_share = np.broadcast_to(self.recipe_share, self.recipes.shape)
        span = self.world.days * DAY
        self.lease = np.where(rng.random(n) < self.churn, rng.uniform(0, span, n), span * 2)

    def _choose(self, table: np.ndarray, weights: np.ndarray, row: np.ndarray, u: np.ndarray) -> np.ndarray:
        """Weighted pick from each row's slots by uniform numbers."""
        edge = np.cumsum(weights, axis=1)
        edge = edge / edge[:, -1:]
        slot = np.minimum((u[:, None] >= edge[row]).sum(axis=1), table.shape[1] - 1)
        return table[row, slot]

    def emit(
        self,
        ses: Sessions,
        *,
        campaign: int = -1,
        recipe: np.ndarray | None = None,
        model: np.ndarray | None = None,
        channel: np.ndarray | None = None,
        family: np.ndarray | None = None,
        address: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
        hold: float = 5400.0,
        per_event: bool = False,
        client: np.ndarray | None = None,
        status: np.ndarray | None = None,
    ) -> int:
        """Turn sessions into events. Optional arrays are per session; `address(local, at)` overrides the slots.

        `per_event` draws the recipe afresh for every exchange; `hold` is how long an address choice lasts.
        """
        w, rng = self.world, self.world.rng
        if ses.total == 0:
            return 0
        src, turn, at = expand(rng, ses)
        keep = at < w.days * DAY
        src, turn, at = src[keep], turn[keep], at[keep]
        acc = ses.acc[src]
        count = len(acc)
        if recipe is not None:
            rec = recipe[src]
        else:
            u = rng.random(count) if per_event else rng.random(len(ses.acc))[src]
            rec = self._choose(self.recipes, self.recipe_share, acc, u)
        if model is None:
            u = rng.random(len(ses.acc))[src]
            stray = rng.integers(0, len(w.models), len(ses.acc))[src]
            mod = np.where(u < self.loyalty, self.model[acc], stray)
        else:
            mod = model[src]
        if address is None:
            place = self._choose(self.homes, self.share, acc, mix(self.ids[acc], np.floor(at / hold), w.seed))
            if self.homes.shape[1] > 1:
                moved = (at > self.lease[acc]) & (place == self.homes[acc, 0])
                place = np.where(moved, self.homes[acc, -1], place)
        else:
            place = address(acc, at)
        fam = self.family[acc] if family is None else family[src]
        row = w.clients.row(fam, at, self.lag[acc], self.variant[acc]) if client is None else client[src]
        chan = self.channel[acc] if channel is None else channel[src]
        w.parts.append(
            {
                "at": at,
                "acc": self.ids[acc].astype(np.int32),
                "rec": rec.astype(np.int32),
                "model": w.released(mod, at).astype(np.int16),
                "ip": place.astype(np.int32),
                "client": row.astype(np.int32),
                "chan": chan.astype(np.int8),
                "ses": (w.sessions + src).astype(np.int64),
                "turn": turn.astype(np.int32),
                "key": (mix(self.ids[acc], rec, 7) * self.keys).astype(np.int8),
                "camp": np.full(count, campaign, dtype=np.int16),
                "status": np.zeros(count, dtype=np.int16) if status is None else status[src].astype(np.int16),
            }
        )
        w.sessions += len(ses.acc)
        return count
