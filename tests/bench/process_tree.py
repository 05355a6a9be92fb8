"""CPU and memory of a process with everything below it, read from /proc."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Tree:
    """CPU and memory of this process and everything below it, watched until it ends."""

    def __init__(self, root: int) -> None:
        self._root, self._seen, self.peak_bytes = root, dict[int, float](), 0
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Tree:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    @property
    def cpu_seconds(self) -> float:
        """Seconds so far."""
        return sum(self._seen.values())

    def forget_peak(self) -> None:
        """Begin the peak of memory anew."""
        self.peak_bytes = 0

    def look(self) -> float:
        """Take a look now and return the seconds so far."""
        parents, stats = _processes()
        resident = 0
        for pid in _family(self._root, parents) & stats.keys():
            self._seen[pid] = stats[pid][0]
            resident += stats[pid][1]
        self.peak_bytes = max(self.peak_bytes, resident)
        return self.cpu_seconds

    def _watch(self) -> None:
        while not self._is_over.wait(0.5):
            self.look()


def kill(root: int) -> None:
    """Kill a process and everything below it, process groups of their own (as Spark's Python daemon has) included."""
    stopped: set[int] = set()
    # Whoever is stopped starts no further child and leaves none behind without a parent.
    while new := _family(root, _processes()[0]) - stopped:
        _signal(new, signal.SIGSTOP)
        stopped |= new
    _signal(stopped, signal.SIGKILL)


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _processes() -> tuple[dict[int, int], dict[int, tuple[float, int]]]:
    """Of every process: its parent, and its CPU seconds and resident bytes."""
    parents, stats = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
            stats[int(entry.name)] = ((int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * 4096)
    return parents, stats


def _family(root: int, parents: dict[int, int]) -> set[int]:
    family = {root}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return family
