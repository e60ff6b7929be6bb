from __future__ import annotations

raise SystemExit("never run")


def kind(reply):
    return {}


def two(a, b):
    return {}
