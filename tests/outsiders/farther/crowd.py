"""What honest people do: chats, own programs, popular agents, automations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from farther.clients import AGENT_LINES
from farther.rhythm import even, human, scheduled
from farther.world import DAYS, Where, World

OWN_KINDS = {
    "chat": 6,
    "complete": 9,
    "agent": 8,
    "code": 12,
    "extract": 14,
    "translate": 7,
    "summarize": 11,
    "classify": 10,
    "reason": 3,
    "rag": 10,
    "support": 4,
    "vision": 3,
    "write": 3,
}
Days = Sequence[float] | np.ndarray | None


class Fashion:
    """Popular agents, apps and recipes: works that thousands of strangers share."""

    def __init__(self, w: World) -> None:
        kinds = ["agent"] * 26 + ["complete"] * 8 + ["code"] * 8 + ["summarize"] * 6 + ["extract"] * 6 + ["write"] * 6
        self.agents = w.works.add(kinds, tools=0.8, size_noise=0.5)
        self.line = np.array([AGENT_LINES[k % len(AGENT_LINES)] for k in range(len(kinds))], dtype=object)
        p = w.rng.permutation(1 / np.arange(1, len(kinds) + 1) ** 1.05)
        self.agents_p = p / p.sum()
        some = w.rng.choice(["summarize", "classify", "extract", "write", "translate"], 40)
        self.recipes = w.works.add(some, tools=0.3)
        p = 1 / np.arange(1, 41)
        self.recipes_p = p / p.sum()
        self.chat = w.works.add(["chat"] * 12, template=np.arange(12) % 3 == 0, tools=0.0, fixed=0)
        self.chat_tools = w.works.add(["chat"] * 3, template=False, tools=1.0, fixed=0)
        kinds = ["chat", "code", "reason", "write", "translate", "extract"] * 3
        self.bare = w.works.add(kinds, template=False, tools=0.0, fixed=0)


def furnish(w: World) -> World:
    """Give the world its popular works."""
    w.fashion = Fashion(w)
    return w


def heavy(w: World, n: int, mean: float, sigma: float = 1.0, idle: float = 0.0) -> np.ndarray:
    """Counts about a log-normal mean; a share is idle."""
    x = w.rng.lognormal(0, sigma, n) * mean / np.exp(sigma**2 / 2)
    counts = w.rng.poisson(x)
    return np.where(w.rng.random(n) < idle, 0, counts)


def chat(
    w: World,
    acc: np.ndarray,
    counts: np.ndarray,
    profile: str | None = None,
    where: Where | None = None,
    *,
    days: Days = None,
    weekend: float = 0.7,
) -> None:
    """Chat in the app or the console; people are of three sorts where no profile is given."""
    f, sort = w.fashion, acc * 37 % 10
    sorts = {"campus": sort < 4, "evening": (sort >= 4) & (sort < 8), "office": sort >= 8}
    for name, rows in sorts.items() if profile is None else [(profile, np.full(len(acc), True))]:
        if not rows.any():
            continue
        u = human(w, acc[rows], counts[rows], name, 2.1, (126, 1.0), weekend, days=days)
        how = u.sess * 31 % 100
        work = np.where(how < 70, f.bare[0], np.where(how < 85, f.chat_tools[u.sess % 3], f.chat[u.sess % 12]))
        line = np.where(u.acc % 5 < 3, "web", "ios-android").astype(object)
        channel = np.where(u.acc % 11 == 0, "console", "subscription").astype(object)
        w.emit(u, (where or w.life)(u), work, channel, line, w.a["chatmodel"][u.acc])


def own_works(w: World, n: int) -> np.ndarray:
    """One to four works of its own for each of n parties, as a matrix with four columns."""
    p = np.array(list(OWN_KINDS.values())) / 100
    kinds = w.rng.choice(list(OWN_KINDS), n * 4, p=p / p.sum())
    ids = w.works.add(kinds, template=w.rng.random(n * 4) < 0.86).reshape(n, 4)
    count = w.rng.choice([1, 2, 3, 4], n, p=[0.45, 0.3, 0.15, 0.1])
    for c in range(1, 4):
        ids[:, c] = np.where(count > c, ids[:, c], ids[:, 0])
    return ids


def pick(matrix: np.ndarray, row: np.ndarray, sess: np.ndarray) -> np.ndarray:
    """A work of its row's party for each session; the first most often."""
    return matrix[row, np.array([0, 0, 0, 0, 1, 1, 2, 3])[(sess * 17 + row) % 8]]


def dev(
    w: World,
    acc: np.ndarray,
    counts: np.ndarray,
    matrix: np.ndarray | None = None,
    profile: str = "office",
    weekend: float = 0.3,
    where: Where | None = None,
    channel: str = "api",
) -> None:
    """Own programs run by people."""
    matrix = own_works(w, len(acc)) if matrix is None else matrix
    length = w.rng.lognormal(1.8, 0.9, len(acc)) + 1
    u = human(w, acc, counts, profile, length, (9, 1.5), weekend, day_sigma=1.2)
    ip = (where or w.server)(u)
    w.emit(u, ip, pick(matrix, w.rows_of(acc)[u.acc], u.sess), channel)


def agent(w: World, acc: np.ndarray, counts: np.ndarray) -> None:
    """Two popular agents each, on one's own machine."""
    f = w.fashion
    mine = w.rng.choice(len(f.agents), (len(acc), 2), p=f.agents_p)
    u = human(w, acc, counts, "campus", 7, (22, 1.1), 0.6)
    which = mine[w.rows_of(acc)[u.acc], (u.sess % 5 == 0).astype(int)]
    w.emit(u, w.life(u), f.agents[which], "api", f.line[which], shown=u.acc % 10 < 2)


def auto(w: World, acc: np.ndarray, counts: np.ndarray, matrix: np.ndarray, channel: str = "api") -> None:
    """Steady programs and scheduled ones, day and night."""
    steady = (acc % 2 == 0) | (counts < 70)
    rows_of = w.rows_of(acc)
    for rows, by_clock in ((steady, False), (~steady, True)):
        if not rows.any():
            continue
        mine, n = acc[rows], counts[rows]
        u = scheduled(w, mine, np.clip(n // 70, 1, 24), 5) if by_clock else even(w, mine, n / DAYS)
        w.emit(u, w.server(u), pick(matrix, rows_of[u.acc], u.sess // 5), channel)


def personal(w: World, acc: np.ndarray, mean: float, idle: float = 0.25, sigma: float = 1.0) -> None:
    """The diverse life of a look-alike's members: chats and, for some, own programs and agents."""
    chat(w, acc, heavy(w, len(acc), mean * 0.6, sigma, idle))
    some = acc[w.rng.random(len(acc)) < 0.35]
    if len(some):
        dev(w, some, heavy(w, len(some), mean * 0.8, sigma), profile="evening", weekend=1.0, where=w.life)
    few = acc[w.rng.random(len(acc)) < 0.25]
    if len(few):
        agent(w, few, heavy(w, len(few), mean, sigma))
