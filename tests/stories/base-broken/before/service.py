from __future__ import annotations

raise SystemExit("config is broken")
