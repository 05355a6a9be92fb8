"""Revenuer: finds coordinated model-distillation campaigns in LLM usage data."""

from __future__ import annotations

__version__ = "0.1.0"
