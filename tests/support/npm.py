"""What the tests borrow from npm; `make test` installs it where npm is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REQUIRED = "GATEKEEPER_REQUIRE_NODE"
FOLDER = Path(__file__).parents[1] / "node"
MODULES = FOLDER / "node_modules"


def node_modules() -> Path:
    """Where the packages are. Skips where they are not, unless the environment requires them."""
    if (MODULES / ".installed").is_file():
        return MODULES
    why = "what is needed from npm is not installed: run `make node`"
    if os.environ.get(REQUIRED):
        raise AssertionError(why)
    pytest.skip(f"{why} (set {REQUIRED}=1 to require it)")
