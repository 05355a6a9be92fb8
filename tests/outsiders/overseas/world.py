"""A world under construction: accounts, works, and chunks of events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np

from overseas.countries import TZ
from overseas.networks import GATEWAYS
from overseas.people import DAY, DAYS, MODELS, NEVER, NEW, NEW_MODEL, SPAN, Each, People
from overseas.shapes import hour_of_day, zipf
from overseas.works import Works

Where = Callable[[np.ndarray, np.ndarray], np.ndarray]  # the address that an account has at a second


class World(People):
    """Times are seconds since the first midnight."""

    def __init__(self, name: str, seed: int, start: str, release: float) -> None:
        """A world whose window starts on a date; the new model comes `release` days later."""
        super().__init__(np.random.default_rng([seed, sum(map(ord, name)), 7741]), release * DAY)
        self.start = dt.datetime.fromisoformat(start).replace(tzinfo=dt.UTC)
        self.works = Works(self.rng)
        self.releases = {**MODELS, NEW_MODEL: release}
        self.chunks: list[dict[str, np.ndarray]] = []
        self.actions: list[tuple[int, str, float, str]] = []  # account, action, second, reason
        self.gone: list[tuple[int, float, float]] = []  # account, from, to
        self._sessions = 0

    def weekday(self, day: np.ndarray) -> np.ndarray:
        """Day of the week of a day of the window, Monday = 0."""
        return (day + self.start.weekday()) % 7

    def sessions(self, n: int) -> np.ndarray:
        """New session numbers."""
        self._sessions += n
        return np.arange(self._sessions - n, self._sessions)

    def any_of(self, ips: np.ndarray) -> Where:
        """Some of these addresses, at each conversation another."""
        return lambda acc, t: ips[self.rng.integers(0, len(ips), len(acc))]

    def lived(self, acc: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Where people are: at the office by day, on a VPN, on the phone, or at home."""
        a, rng, n = self.account, self.rng, len(acc)
        zone, leases = TZ[a["country"][acc]], a["leases"][acc]
        hour = (t / 3600 + zone) % 24
        weekday = self.weekday(np.floor(t / DAY + zone / 24).astype(int))
        lease = (t / SPAN * leases + (a["shift"][acc] % 1) - 0.5).astype(int)
        ips = a["home"][acc] + np.clip(lease, 0, leases - 1)
        mobile = rng.random(n) < a["p_mobile"][acc]
        if mobile.any():
            # A phone keeps to a few of the carrier's gateways.
            gateway = (acc[mobile] * 7 + rng.integers(0, 4, mobile.sum())) % GATEWAYS
            ips[mobile] = self.net.carrier[a["country"][acc][mobile], a["carrier"][acc][mobile], gateway]
        on_vpn = (a["vpn"][acc] >= 0) & (rng.random(n) < a["p_vpn"][acc])
        for i in np.flatnonzero(on_vpn):
            exits = self.net.exits[a["vpn"][acc[i]]]
            ips[i] = exits[int(len(exits) * rng.random() ** 1.5)]
        by_day = (hour > 7.5) & (hour < 19.5) & (weekday < 5)
        at_work = (a["office"][acc] >= 0) & by_day & (rng.random(n) < a["p_office"][acc])
        for i in np.flatnonzero(at_work):
            office = self.offices[a["office"][acc[i]]]
            ips[i] = office[int(len(office) * rng.random() ** 2)]
        return ips

    def _counts(
        self,
        per_day: np.ndarray,
        weekend: float,
        p_day: float,
        noise: float,
        curve: Sequence[float] | None,
        poisson: bool,
        bursts: bool,
    ) -> np.ndarray:
        """Conversations of each account on each day from the one before the window to the one after it."""
        rng, n = self.rng, len(per_day)
        days = np.arange(-1, DAYS + 1)
        factor = np.where(self.weekday(days) >= 5, weekend, 1.0)[None, :] * np.ones((n, 1))
        if curve is not None:
            factor = factor * np.asarray(curve)[np.clip(days, 0, DAYS - 1)][None, :]
        shape = (n, len(days))
        on = rng.random(shape) < p_day
        rate = per_day[:, None] * factor * on * np.exp(rng.normal(-noise * noise / 2, noise, shape))
        if bursts:
            rate = rate * np.where(rng.random(shape) < 0.02, 4, 1)
        return rng.poisson(rate) if poisson else np.floor(rate + rng.random(shape)).astype(int)

    def act(
        self,
        acc: np.ndarray,
        per_day: Each,
        works: np.ndarray,
        hours: str = "home",
        weekend: float = 1.0,
        turns: float = 1.6,
        p_day: float = 0.6,
        noise: float = 0.5,
        shape: float = 1.3,
        place: Where | None = None,
        line: np.ndarray | None = None,
        days: tuple[float, float] = (0, DAYS),
        gap: float = 100,
        tz: float | None = None,
        curve: Sequence[float] | None = None,
        model: int | None = None,
        poisson: bool = True,
        bursts: bool = True,
    ) -> None:
        """People at work, `per_day` exchanges on the share `p_day` of days, times the weekend's and `curve`'s factors.

        `works`: one row for all, or one for each account; the first are the likeliest, by the power `shape`.
        `noise`: log-sigma of days; `gap`: seconds between turns; `line`: a client for each; `tz`: whose hours they
        keep, if not their country's; `poisson`: else counts are as even as they can be; `bursts`: on some days.
        """
        a, rng = self.account, self.rng
        n = len(acc)
        zone = TZ[a["country"][acc]] if tz is None else np.full(n, tz)
        count = self._counts(np.broadcast_to(per_day, n) / turns, weekend, p_day, noise, curve, poisson, bursts)
        i, day = np.nonzero(count)
        m = count[i, day]
        i, day = np.repeat(i, m), np.repeat(day, m) - 1
        if not len(i):
            return
        hour = hour_of_day(rng, hours, len(i)) + a["shift"][acc[i]]
        t = day * DAY + (hour % 24 - zone[i]) * 3600
        inside = (t >= days[0] * DAY) & (t < days[1] * DAY)
        i, t = i[inside], t[inside]
        options = works.shape[-1]
        column = np.searchsorted(np.cumsum(zipf(options, shape)), rng.random(len(i))).clip(0, options - 1)
        work = works[column] if works.ndim == 1 else works[i, column]
        length = rng.geometric(1 / turns, len(i)).clip(1, 40) if turns > 1 else 1
        self.put(acc[i], t, work, length, place or self.lived, None if line is None else line[i], gap, model)

    def put(
        self,
        acc: np.ndarray,
        t: np.ndarray,
        work: np.ndarray,
        turns: Each,
        place: Where | np.ndarray | None = None,
        line: np.ndarray | None = None,
        gap: float = 100,
        model: Each = None,
        status: Each = 0,
        session: np.ndarray | None = None,
    ) -> None:
        """Add conversations. `model`: one for all, or for each exchange; of the status, 0 is yet to come."""
        a, rng, n = self.account, self.rng, len(acc)
        ips = place if isinstance(place, np.ndarray) else (place or self.lived)(acc, t)
        session = self.sessions(n) if session is None else session
        turns = np.broadcast_to(turns, n)
        row = np.repeat(np.arange(n), turns)
        turn = np.arange(len(row)) - np.repeat(np.cumsum(turns) - turns, turns)
        passed = np.cumsum(np.where(turn > 0, rng.lognormal(np.log(gap), 0.9, len(row)), 0))
        seconds = t[row] + passed - passed[np.flatnonzero(turn == 0)][row]
        who = acc[row]
        if model is None:
            model = np.where(seconds > a["adopts"][who], NEW, a["model"][who])
        columns = {
            "acc": who,
            "work": work[row],
            "ip": ips[row],
            "build": self._builds(who, seconds, a["line"][who] if line is None else line[row]),
            "channel": a["channel"][who],
            "model": np.broadcast_to(model, len(row)),
            "session": session[row],
            "turn": turn,
            "key": rng.integers(0, 9, n)[row] % a["keys"][who],
            "status": np.broadcast_to(status, n)[row],
        }
        self.chunks.append({"t": seconds, **{name: column.astype(np.int32) for name, column in columns.items()}})

    def _builds(self, acc: np.ndarray, t: np.ndarray, lines: np.ndarray) -> np.ndarray:
        """The builds that accounts run."""
        a, builds = self.account, np.zeros(len(acc), int)
        for line in dict.fromkeys(lines.tolist()):
            rows = lines == line
            day = t[rows] / DAY - a["lag"][acc[rows]]
            builds[rows] = self.clients.at(line, a["variant"][acc[rows]], day)
        return builds

    def ban(self, acc: np.ndarray, t: Each, reason: str) -> None:
        """Close accounts at their times."""
        for i, s in zip(acc.tolist(), np.broadcast_to(t, len(acc)).tolist(), strict=True):
            self.actions.append((i, "ban", s, reason))
            self.gone.append((i, s, NEVER))
            self.account["closed"][i] = s

    def suspend(self, acc: int, t: float, back: float, reason: str, delay: float = 0.0) -> None:
        """Close an account from a time to another; its reinstatement is written down `delay` seconds later."""
        self.actions.append((acc, "suspend", t, reason))
        self.gone.append((acc, t, back))
        if back < SPAN:
            self.actions.append((acc, "reinstate", back + delay, reason))
