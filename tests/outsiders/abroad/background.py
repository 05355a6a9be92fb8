"""The honest world: chatters, developers, coding agents, products, automations, backfills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from yonder.world import API, BATCH, CONSOLE, RESALE, SUB

from abroad.clients import C
from abroad.hashing import mix, pick
from abroad.nets import LANDS
from abroad.people import cards, domains, everyday_actions, organisation_ids, people
from abroad.rhythm import OFFICE, amounts, bursts, schedule, service, sessions
from abroad.works import AGENTS
from abroad.world import SERVER, Pop, World

CHATTER, DEVELOPER, AGENT, PRODUCT, AUTOMATION, BACKFILL, CONSOLE_USER, IDLE = range(8)
KIND_SHARES = [0.49, 0.15, 0.13, 0.06, 0.05, 0.02, 0.02, 0.08]
KIND_MEANS = np.array([16, 40, 75, 190, 90, 330, 60, 0.0])
ORGANISATIONS = 420
CHAT_APPS = np.array([C["web"], C["web"], C["web"], C["ios-app"], C["android-app"]])
SDKS = np.array(
    [C["python-sdk"]] * 4
    + [C["node-sdk"]] * 3
    + [C[name] for name in ("http", "langweave", "langweave", "go-sdk", "java-sdk", "switchyard")]
)


def _organisations(w: World, p: Pop) -> None:
    """Heavy-tailed organisations: some of hundreds, one card, one domain, one office or several."""
    r, n = w.rng, ORGANISATIONS
    weight = 1 / np.arange(1, n + 1) ** 0.85
    member = np.flatnonzero(r.random(p.n) < 0.2)
    o = r.choice(n, len(member), p=weight / weight.sum())
    ids = organisation_ids(w, n)
    land = r.choice(LANDS, n, p=np.ones(LANDS) / LANDS)
    office = np.array([w.nets.office(int(c), size=int(r.integers(1, 5))) for c in land])
    card, domain = cards(w, n), domains(w, n)
    p.put(member, org=ids[o], email=domain[o], plan="team")
    paid = r.random(len(member)) < 0.8
    p.put(member[paid], card=card[o[paid]])
    near = r.random(len(member)) < 0.8
    p.put(member[near], office=office[o[near]])


def _families(w: World, p: Pop) -> None:
    """Two to four people at one address with one card."""
    r = w.rng
    first = np.flatnonzero((r.random(p.n) < 0.05 / 2) & np.equal(p.org, None))
    for i in first[first < p.n - 4]:
        for j in range(i + 1, i + 1 + int(r.choice([1, 1, 2, 3]))):
            for f in ("country", "tz", "home", "card", "issuer", "bill", "hkey"):
                p.c[f][j] = p.c[f][i]


def chat(w: World, p: Pop, mean: float, sigma: float, who: np.ndarray | None = None, turns: float = 2.0) -> None:
    """Ordinary chat by a block (or part of it): human hours, own places, varied subjects."""
    who = np.arange(p.n) if who is None else who
    if not len(who):
        return
    i, t, s, k = sessions(w, amounts(w, len(who), mean, sigma, 4000), p.tz[who], p.late_shift[who], turns=turns)
    gid = p.gid[who[i]]
    app = CHAT_APPS[pick(mix(gid, s % 3, 8, w.salt), 5)]
    w.emit(gid, t, w.works.subject(s), app, SUB, session=s, turn=k)


@dataclass
class _Trade:
    """The programs of the background: what they ask and how they call."""

    w: World
    p: Pop
    own: np.ndarray  # three private kinds of work for each account

    def work(self, i: np.ndarray) -> np.ndarray:
        """Mostly an account's own work, sometimes one of its popular apps."""
        r, gid = self.w.rng, self.p.gid[i]
        own = r.random(len(i)) < 0.8
        mine = self.own[i * 3 + pick(mix(i, r.integers(0, 3, len(i)), 3), 3)]
        return np.where(own, mine, self.w.works.apps[pick(mix(gid, 12), 8 + pick(mix(gid, 13), 32))])

    def sdk(self, i: np.ndarray) -> np.ndarray:
        """What an account's programs are written with."""
        return SDKS[pick(mix(self.p.gid[i], 5), 13)]

    def emit(
        self, i: np.ndarray, t: np.ndarray, s: np.ndarray, k: np.ndarray, style: Any, client: Any, **columns: Any
    ) -> None:
        """Calls of programs, which seldom tell a session."""
        columns = {"channel": API, "turn": k} | columns
        told = np.where(self.w.rng.random(len(t)) < 0.05, s, -1)
        self.w.emit(self.p.gid[i], t, style, client, session=told, **columns)


def _developers(trade: _Trade, who: np.ndarray, mean: float) -> None:
    w, p = trade.w, trade.p
    amount = amounts(w, len(who), mean, 2.1)
    i, t, s, k = sessions(w, amount, p.tz[who], p.late_shift[who], turns=5, gap=35, profile=OFFICE + 12, sig=1.4)
    i = who[i]
    trade.emit(i, t, s, k, trade.work(i), trade.sdk(i), key=pick(mix(p.gid[i], t // 864000), 2))


def _agent_users(trade: _Trade, who: np.ndarray, mean: float) -> None:
    w, p = trade.w, trade.p
    amount = amounts(w, len(who), mean, 2.0)
    i, t, s, k = sessions(w, amount, p.tz[who], p.late_shift[who], turns=9, gap=22, profile=OFFICE + 15, sig=1.2)
    gid = p.gid[who[i]]
    which = pick(mix(gid, 14), 10)
    which = np.where(which < 6, 0, np.where(which < 9, 1, 2))
    style = np.array(w.works.agents)[which, np.minimum(pick(mix(s, 15), 6), pick(mix(gid, 16), 6))]
    client = np.array([C[name] for name in AGENTS])[which]
    on_plan = pick(mix(gid, 17), 10) < 5
    w.emit(gid, t, style, client, np.where(on_plan, SUB, API), session=np.where(on_plan, s, -1), turn=k)
    chat(w, p, mean * 0.15, 1.4, who[w.rng.random(len(who)) < 0.6])


def _products(trade: _Trade, who: np.ndarray, mean: float) -> None:
    w, p = trade.w, trade.p
    i, t, s, k = service(w, amounts(w, len(who), mean, 2.1), p.tz[who], depth=0.3)
    i = who[i]
    gid = p.gid[i]
    channel = np.where(pick(mix(gid, 18), 12) == 0, RESALE, API)
    key = pick(mix(t, 3), 1 + pick(mix(gid, 19), 3))
    trade.emit(i, t, s, k, trade.work(i), trade.sdk(i), channel=channel, where=SERVER, key=key)


def _automations(trade: _Trade, who: np.ndarray, mean: float) -> None:
    """Two thirds run at one of two hosted no-code services, from its own cloud."""
    w, p, nets = trade.w, trade.p, trade.w.nets
    i, t, s, k = schedule(w, amounts(w, len(who), mean, 1.5))
    i = who[i]
    gid = p.gid[i]
    hosted = pick(mix(gid, 20), 3) < 2
    first = pick(mix(gid, 22), 2) == 0
    style = np.where(hosted, w.works.recipes[pick(mix(gid, 21), 24)], trade.work(i))
    cloud = np.where(first, nets.runners[0], nets.runners[1])
    net, addr = nets.address(cloud, pick(mix(gid, t // 1800), 60), t)
    client = np.where(hosted, np.where(first, C["flowloom"], C["zipline"]), C["python-sdk"])
    net, addr = np.where(hosted, net, -1), np.where(hosted, addr, -1)
    trade.emit(i, t, s, k, style, client, where=SERVER, net=net, addr=addr)
    chat(w, p, 12, 1.2, who[w.rng.random(len(who)) < 0.5])


def _backfills(trade: _Trade, who: np.ndarray, mean: float) -> None:
    w, p = trade.w, trade.p
    i, t, s, k = bursts(w, amounts(w, len(who), mean, 1.7), p.tz[who], p.late_shift[who])
    i = who[i]
    channel = np.where(pick(mix(p.gid[i], 23), 2) == 0, BATCH, API)
    trade.emit(i, t, s, k, trade.work(i), trade.sdk(i), channel=channel, where=SERVER)


def _console_users(trade: _Trade, who: np.ndarray, mean: float) -> None:
    w, p = trade.w, trade.p
    amount = amounts(w, len(who), mean, 1.5)
    i, t, s, k = sessions(w, amount, p.tz[who], p.late_shift[who], turns=4, gap=80)
    i = who[i]
    style = trade.work(i)
    told = np.where(w.rng.random(len(t)) < 0.6, s, -1)
    w.emit(p.gid[i], t, style, C["web"], CONSOLE, session=told, turn=k)


def background(w: World, n: int, total: float) -> None:
    """n unrelated accounts making about `total` exchanges."""
    p = people(w, n)
    _organisations(w, p)
    _families(w, p)
    kind = w.rng.choice(8, n, p=KIND_SHARES)
    mean = KIND_MEANS * (total / (KIND_MEANS * np.bincount(kind, minlength=8)).sum())
    of = [np.flatnonzero(kind == x) for x in range(8)]
    chat(w, p, mean[CHATTER], 2.0, of[CHATTER])
    chat(w, p, mean[DEVELOPER] * 0.35, 1.4, of[DEVELOPER])
    trade = _Trade(w, p, w.works.own(n * 3))
    _developers(trade, of[DEVELOPER], mean[DEVELOPER] * 0.65)
    _agent_users(trade, of[AGENT], mean[AGENT])
    _products(trade, of[PRODUCT], mean[PRODUCT])
    _automations(trade, of[AUTOMATION], mean[AUTOMATION])
    _backfills(trade, of[BACKFILL], mean[BACKFILL])
    _console_users(trade, of[CONSOLE_USER], mean[CONSOLE_USER])
    everyday_actions(w, p)
