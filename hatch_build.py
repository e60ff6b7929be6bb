"""Stamps wheel and sdist with the commit they are built from; `gatekeeper --version` reads it."""

from __future__ import annotations

import importlib.util
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Stamp(BuildHookInterface):
    """An sdist brings its stamp along, and an editable install asks git each time: neither is
    stamped again."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the stamp into what is built, and nothing into the checkout."""
        root = Path(self.root)
        spec = importlib.util.spec_from_file_location(
            "commit", root / "gatekeeper" / "adapters" / "commit.py")
        if spec is None or spec.loader is None:
            raise RuntimeError("gatekeeper/adapters/commit.py is not there")
        commit = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(commit)
        stamp = commit.stamp_of(root)
        if stamp and version != "editable":
            self.folder = tempfile.TemporaryDirectory(prefix="gatekeeper-")
            place = Path(self.folder.name) / commit.STAMP
            place.write_text(f"{stamp}\n")
            build_data["force_include"][str(place)] = f"gatekeeper/{commit.STAMP}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """What was written for the build goes again."""
        if hasattr(self, "folder"):
            self.folder.cleanup()
