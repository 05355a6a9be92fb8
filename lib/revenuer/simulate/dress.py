"""Turns exchanges into rows of ``usage_events``, with the mess of real logs, column by column."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from revenuer.simulate import traces
from revenuer.simulate.build import CAPABILITIES, Build
from revenuer.simulate.ids import Floats, Hashes, Ints, hex_matrix, scramble, unit
from revenuer.simulate.networks import COUNTRIES, TYPES, address_text
from revenuer.simulate.roster import BY_DAY, BY_EVENT
from revenuer.simulate.sessions import DAY_S, Block, join

_ODD_ADDRESSES = ["unknown", "10.0.0.256", "-"]


@dataclass(frozen=True)
class Mess:
    """Shares of rows that go wrong, as in real logs."""

    duplicates: float = 0.026
    malformed: float = 0.001
    retries: float = 0.6
    clock_skew_s: float = 1.5


class Wardrobe:
    """Everything a row needs besides its exchange, flattened once per world."""

    def __init__(self, build: Build, account_ids: list[str], start: date, mess: Mess) -> None:
        roster = build.roster
        self.s = roster.streams()
        self._build, self._mess = build, mess
        self._epoch_us = int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()) * 1_000_000
        self._template, self._settings = roster.choice_list("template"), roster.choice_list("settings")
        self._endpoint = roster.choice_list("endpoint")
        nets = build.networks
        self._base, self._span = np.concatenate(nets.base), np.concatenate(nets.span)
        self._lease, self._system = np.concatenate(nets.lease), np.concatenate(nets.system)
        self._as_number = np.array(nets.as_number, np.int64)
        self._as_country, self._as_type = np.array(nets.as_country), np.array(nets.as_type)
        self._model_cdf, self._capability_cdf = build.mixes()
        accounts = roster.accounts()
        organization = accounts["organization_id"]
        organizations = sorted({o for o in organization if o is not None})
        place = {o: k for k, o in enumerate(organizations)}
        self._organization = np.array([place.get(o, -1) for o in organization], np.int64)
        rng = build.rng("keys")
        self._key_mark = rng.integers(0, 1 << 62, roster.account_count).astype(np.uint64)
        self._words = {
            "account_id": pa.array(account_ids, pa.string()),
            "organization_id": pa.array(organizations, pa.string()),
            "template": pa.array(roster.templates.names, pa.string()),
            "toolset": pa.array(roster.toolsets.names, pa.string()),
            "settings": pa.array(roster.settings.names, pa.string()),
            "header": pa.array(roster.headers.names, pa.string()),
            "tls": pa.array(roster.tls.names, pa.string()),
            "channel": pa.array(roster.channels.names, pa.string()),
            "operation": pa.array(roster.operations.names, pa.string()),
            "model": pa.array([m.name for m in build.models], pa.string()),
            "capability": pa.array(CAPABILITIES, pa.string()),
            "country": pa.array([c[0] for c in COUNTRIES], pa.string()),
            "type": pa.array(TYPES, pa.string()),
            "client": pa.array([r.client for r in build.clients.releases], pa.string()),
            "version": pa.array([r.version for r in build.clients.releases], pa.string()),
        }
        self._release_header = np.array([r.header for r in build.clients.releases], np.int64)

    def retry(self, block: Block, rng: np.random.Generator) -> Block:
        """Settle statuses, and add the retries that clients make of failed exchanges some seconds later."""
        fail = self.s["fail"][block.stream]
        drawn = np.where(
            rng.random(len(block)) < fail,
            _pick(rng, [429, 500, 401, 400, 529], [0.5, 0.25, 0.08, 0.12, 0.05], len(block)),
            200,
        )
        status = np.where(block.status > 0, block.status, drawn)
        settled = replace(block, status=status)
        again = np.flatnonzero(
            np.isin(drawn, (429, 500, 529)) & (block.status == 0) & (rng.random(len(block)) < self._mess.retries)
        )
        if not len(again):
            return settled
        part = settled.take(again)
        later = replace(
            part,
            at=part.at + 0.8 + rng.exponential(6.0, len(again)),
            status=np.where(rng.random(len(again)) < 0.9, 200, 429),
        )
        return join([settled, later])

    def templates_of(self, block: Block) -> Ints:
        """Template of each exchange, -1 for none: one per session from the stream's list."""
        n = self.s["template_n"][block.work]
        which = scramble(block.session ^ np.uint64(11)) % np.maximum(n, 1).astype(np.uint64)
        at = self.s["template_at"][block.work] + which.astype(np.int64)
        return np.where(n > 0, self._template[np.where(n > 0, at, 0)] if len(self._template) else -1, -1)

    def table(self, block: Block, template: Ints, day: int, rng: np.random.Generator) -> pa.Table:
        """All rows of one usage date, duplicates and malformed rows included; ``usage_date`` stands in the path."""
        s, row, work, n = self.s, block.stream, block.work, len(block)
        columns: dict[str, pa.Array] = {}
        bad = self._malformed(n, rng)
        columns["request_id"] = _request_ids(n, np.flatnonzero(bad == 1), rng)
        micros = ((block.at + rng.normal(0, self._mess.clock_skew_s, n)) * 1e6).astype(np.int64) + self._epoch_us
        micros = np.where(bad == 2, micros - 40 * 86_400_000_000, micros)
        columns["event_at"] = pa.array(micros).cast(pa.timestamp("us", "UTC"))
        account = s["account"][row].astype(np.int64)
        columns["account_id"] = self._coded("account_id", np.where(bad == 3, -1, account))
        columns["organization_id"] = self._coded("organization_id", self._organization[account])
        columns["api_key_id"] = self._keys(block, account, rng)
        columns["channel"] = self._coded("channel", s["channel"][row])
        columns["operation"] = self._coded("operation", s["operation"][work])
        columns["model"] = self._coded("model", self._models(block, rng))
        able = _from_cdf(self._capability_cdf[s["capabilities"][work]], _drawn(block, "capability", rng))
        columns["capability"] = self._coded("capability", able)
        columns |= self._amounts(block, bad, rng)
        online = s["channel"][row] != self._build.roster.channels.number("batch")
        logged = (rng.random(n) < s["session_logged"][row]) & online
        columns["session_id"] = _session_ids(block.session, logged)
        turn_known = logged | (rng.random(n) < s["turn_logged"][row])
        columns["turn_index"] = pa.array(block.turn.astype(np.int32), mask=~turn_known)
        columns["prompt_template_id"] = self._coded("template", template)
        columns["toolset_id"] = self._coded("toolset", s["toolset"][work])
        columns["request_settings_id"] = self._coded("settings", self._settings_of(block, rng))
        columns |= self._client(row, day, rng)
        columns |= self._address(block, bad, rng)
        table = pa.table(columns)
        twice = np.flatnonzero(rng.random(n) < self._mess.duplicates)
        return pa.concat_tables([table, table.take(pa.array(twice))]) if len(twice) else table

    # -- columns

    def _malformed(self, n: int, rng: np.random.Generator) -> Ints:
        """0 for good rows, otherwise what is wrong: 1 id, 2 time, 3 account, 4 tokens, 5 status, 6 address."""
        return np.where(rng.random(n) < self._mess.malformed, rng.integers(1, 7, n), 0)

    def _coded(self, words: str, numbers: npt.NDArray[Any]) -> pa.Array:
        indices = pa.array(numbers.astype(np.int32), mask=numbers < 0)
        return pa.DictionaryArray.from_arrays(indices, self._words[words])

    def _keys(self, block: Block, account: Ints, rng: np.random.Generator) -> pa.Array:
        count = self.s["keys"][block.stream]
        which = (scramble(block.session ^ np.uint64(5)) % np.maximum(count, 1).astype(np.uint64)).astype(np.uint64)
        marks, numbers = np.unique(scramble(self._key_mark[account] + which), return_inverse=True)
        words = pa.array([f"key_{v:016x}" for v in marks.tolist()], pa.string())
        return pa.DictionaryArray.from_arrays(pa.array(numbers.astype(np.int32), mask=count == 0), words)

    def _models(self, block: Block, rng: np.random.Generator) -> Ints:
        s, row = self.s, block.work
        model = _from_cdf(self._model_cdf[s["models"][row]], _drawn(block, "model", rng))
        for number, new in enumerate(self._build.models):
            if new.released_day is None:
                continue
            age = block.at / DAY_S - new.released_day
            pull = s["adopt_cap"][row] * -np.expm1(-np.maximum(age, 0) / s["adopt_days"][row])
            model = np.where(_drawn(block, f"model {number}", rng) < pull, number, model)
        return model

    def _settings_of(self, block: Block, rng: np.random.Generator) -> Ints:
        s, row = self.s, block.work
        n = s["settings_n"][row]
        usual = _drawn(block, "usual settings", rng) < s["settings_main"][row]
        which = np.where(usual, 0, _drawn(block, "settings", rng) * n).astype(np.int64)
        at = np.where(n > 0, s["settings_at"][row] + which, 0)
        return np.where(n > 0, self._settings[at] if len(self._settings) else -1, -1)

    def _amounts(self, block: Block, bad: Ints, rng: np.random.Generator) -> dict[str, pa.Array]:
        s, row, n = self.s, block.work, len(block)
        inputs, outputs, _ = traces.lengths()
        tokens = []
        for short, model in (("in", inputs), ("out", outputs)):
            drawn = model.draw(s[f"{short}_model"][row], _drawn(block, short, rng)) * s[f"{short}_scale"][row]
            modal = _drawn(block, f"{short} modal", rng) < s[f"{short}_modal_share"][row]
            tokens.append(
                np.where(modal, s[f"{short}_modal"][row], np.maximum(drawn, 1)).astype(np.int64).clip(1, 400_000)
            )
        # A conversation carries its past along.
        given = np.minimum(tokens[0] + (block.turn * (tokens[1] + 60)), 400_000)
        answered = np.where(block.status < 300, tokens[1], 0)
        cached = np.where(rng.random(n) < 0.7, given * s["cached_share"][row], 0).astype(np.int64)
        reasoning = np.where(rng.random(n) < 0.9, answered * s["reasoning_share"][row], 0).astype(np.int64)
        status = np.where(bad == 5, 0, block.status).astype(np.int32)
        waited = 250 + answered * 14 * rng.lognormal(0, 0.35, n) + given * 0.05
        return {
            "input_tokens": pa.array(np.where(bad == 4, -given, given)),
            "cached_input_tokens": pa.array(cached),
            "output_tokens": pa.array(answered),
            "reasoning_tokens": pa.array(reasoning),
            "status_code": pa.array(status),
            "duration_ms": pa.array(waited.astype(np.int64), mask=rng.random(n) < 0.01),
        }

    def _client(self, row: Ints, day: int, rng: np.random.Generator) -> dict[str, pa.Array]:
        s = self.s
        lineage = np.where(day >= s["switch_day"], s["lineage_after"], s["lineage"])
        release = self._build.clients.release_of(lineage, s["lag"].astype(float), float(day))
        header = np.where(s["header"] >= 0, s["header"], np.where(release >= 0, self._release_header[release], -1))
        seen = rng.random(len(row)) >= 0.01
        return {
            "client_name": self._coded("client", release[row]),
            "client_version": self._coded("version", release[row]),
            "header_fingerprint": self._coded("header", np.where(seen, header[row], -1)),
            "tls_fingerprint": self._coded("tls", np.where(seen, s["tls"][row], -1)),
        }

    def _address(self, block: Block, bad: Ints, rng: np.random.Generator) -> dict[str, pa.Array]:
        s, row, n = self.s, block.stream, len(block)
        by = s["endpoint_by"][row]
        day = (block.at / DAY_S).astype(np.int64)
        nonce = rng.integers(0, 1 << 62, n).astype(np.uint64)
        turn = np.where(by == BY_EVENT, nonce, np.where(by == BY_DAY, scramble(row * 4096 + day), block.session))
        count = np.maximum(s["endpoint_n"][row], 1).astype(np.uint64)
        own = self._endpoint[s["endpoint_at"][row] + (scramble(turn ^ np.uint64(23)) % count).astype(np.int64)]
        point = np.where(block.endpoint >= 0, block.endpoint, own)
        lease = self._lease[point]
        term = np.where(lease > 0, block.at / DAY_S / np.where(lease > 0, lease, 1) + point % 97 / 97, 0).astype(
            np.uint64
        )
        shift = np.where(lease > 0, scramble(point * 1009) + term, turn)
        code = self._base[point] + scramble(shift ^ np.uint64(37)) % self._span[point].astype(np.uint64)
        known, place = np.unique(code, return_inverse=True)
        words = pa.chunked_array([address_text(known), pa.array(_ODD_ADDRESSES)]).combine_chunks()
        place = np.where(bad == 6, len(known) + rng.integers(0, len(_ODD_ADDRESSES), n), place)
        system = self._system[point]
        looked_up = rng.random(n) >= 0.008
        return {
            "client_ip": pa.DictionaryArray.from_arrays(
                pa.array(place.astype(np.int32), mask=rng.random(n) < 0.003), words
            ),
            "asn": pa.array(self._as_number[system], mask=~looked_up),
            "ip_country": self._coded("country", np.where(looked_up, self._as_country[system], -1)),
            "network_type": self._coded("type", np.where(looked_up, self._as_type[system], -1)),
        }


def _pick(rng: np.random.Generator, values: list[int], weights: list[float], count: int) -> Ints:
    place = np.searchsorted(np.cumsum(weights), rng.random(count) * sum(weights))
    drawn: Ints = np.array(values, np.int64)[place.clip(0, len(values) - 1)]
    return drawn


def _drawn(block: Block, what: str, rng: np.random.Generator) -> Floats:
    """A draw for each exchange; a request that is sent on two accounts asks for the same both times."""
    u = rng.random(len(block))
    twice = np.flatnonzero(block.request)
    u[twice] = unit(scramble(block.request[twice] + np.uint64(zlib.crc32(what.encode()))))
    return u


def _from_cdf(rows: Floats, u: Floats) -> Ints:
    out = np.zeros(len(rows), np.int64)
    for k in range(rows.shape[1] - 1):
        out += u > rows[:, k]
    return out


def _request_ids(n: int, blank: Ints, rng: np.random.Generator) -> pa.Array:
    width = 28
    text = np.empty((n, width), np.uint8)
    text[:, :4] = np.frombuffer(b"req_", np.uint8)
    text[:, 4:] = hex_matrix(n, width - 4, rng)
    valid = np.ones(n, bool)
    valid[blank] = False
    offsets = np.arange(n + 1, dtype=np.int32) * width
    buffers = [pa.py_buffer(np.packbits(valid, bitorder="little")), pa.py_buffer(offsets), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string(), n, buffers)


def _session_ids(session: Hashes, logged: npt.NDArray[np.bool_]) -> pa.Array:
    named, place = np.unique(session[logged], return_inverse=True)
    words = pa.array([f"s-{v:016x}" for v in named.tolist()], pa.string())
    full = np.zeros(len(session), np.int32)
    full[logged] = place
    return pa.DictionaryArray.from_arrays(pa.array(full, mask=~logged), words)
