"""Simulated worlds: honest traffic with the mess of real logs, look-alikes, and planted campaigns with their truth."""

from __future__ import annotations

from revenuer.simulate.generation import SimulationReport, simulate
from revenuer.simulate.world import list_worlds

__all__ = ["SimulationReport", "list_worlds", "simulate"]
