"""A folder for what a command lays out and nobody keeps."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder that goes with the command."""
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
