"""Measurements behind docs/design/0002-engine.md. Nothing here is part of the package."""

from __future__ import annotations
