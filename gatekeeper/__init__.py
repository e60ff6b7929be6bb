"""gatekeeper: the release gate for self-hosted model services."""

from __future__ import annotations

__version__ = "0.1.0"
