"""Everyday habits: popular tools, model preferences, address slots."""

from __future__ import annotations

import numpy as np

from yonder.recipes import AGENT, CHAT, CODE, EXTRACT, GRADE, LONGCHAT, REASON, SUMMARY, TRANSLATE, WRITE, Shape
from yonder.world import World

POPULAR: list[tuple[str, Shape, bool, str, float]] = [
    ("termcode", AGENT, True, "termcode", 30),
    ("shipwright", AGENT, True, "shipwright", 22),
    ("opencrew", AGENT, True, "opencrew", 16),
    ("ide-bridge", CODE, True, "ide-bridge", 14),
    ("chainkit-rag", EXTRACT, False, "chainkit", 9),
    ("commit-msg", CODE, False, "curl", 3),
    ("chainkit-react", AGENT, True, "chainkit", 7),
    ("thinkchain", REASON, False, "sdk-python", 4),
    ("subtitle-kit", TRANSLATE, False, "sdk-python", 3),
    ("eval-judge-oss", GRADE, False, "sdk-python", 3),
    ("blog-maker", WRITE, False, "flowpress", 2),
    ("pdf-chat", SUMMARY, False, "sdk-node", 4),
]


def models(w: World, n: int) -> np.ndarray:
    """Everyday model preferences: the cheap and the current one dominate."""
    weights = np.array([0.12, 0.36, 0.34, 0.08, 0.10])[: len(w.models)]
    return w.rng.choice(len(w.models), n, p=weights / weights.sum())


def places(
    w: World, codes: np.ndarray, *, vpn: float = 0.06, relay: float = 0.05, mobile: float = 0.35
) -> tuple[np.ndarray, np.ndarray]:
    """Four address slots: home, carrier NAT, VPN or relay or second place, next lease of the home line."""
    rng, n = w.rng, len(codes)
    home, nxt = w.net.home(codes), w.net.home(codes)
    w.homes.append(home)
    carrier = w.net.shared(codes, w.net.cgnat)
    other = w.net.home(codes, "business")
    kind = rng.random(n)
    other = np.where(
        kind < vpn,
        rng.choice(w.net.vpn_exits, n),
        np.where(kind < vpn + relay, rng.choice(w.net.relay_exits, n), other),
    )
    uses_mobile = rng.random(n) < mobile
    third = np.where(kind < vpn + relay, 0.6, np.where(rng.random(n) < 0.3, 0.25, 0.0))
    share = np.stack(
        [np.full(n, 0.75), np.where(uses_mobile, rng.uniform(0.05, 0.9, n), 0.0), third, np.zeros(n)], axis=1
    )
    return np.stack([home, carrier, other, nxt], axis=1), share


def scale(ses_rate: np.ndarray, target: float, days: int, active: np.ndarray, cap: float = 2500.0) -> np.ndarray:
    """Scale rates per active day so that the expected total is `target`, capping the largest."""
    for _ in range(3):
        ses_rate = np.minimum(ses_rate * target / max(1.0, float((ses_rate * active).sum() * days)), cap)
    return ses_rate


def popular(w: World) -> dict[str, np.ndarray]:
    """Recipes everybody shares: the app's own chat, and the popular open-source tools with their few settings."""
    book = {
        "chat": np.array(
            [
                w.recipes.add(CHAT, None, None, None),
                w.recipes.add(LONGCHAT, None, None, None),
                w.recipes.add(CODE, None, None, None),
                w.recipes.add(REASON, None, None, None),
            ]
        )
    }
    for name, shape, tools, _, _ in POPULAR:
        book[name] = w.recipes.family(shape, name, 1, int(tools), settings=4)
    return book
