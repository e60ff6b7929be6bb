"""Who holds memory of this machine's GPUs, as NVIDIA's own tool tells it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess

SECONDS = 10
_QUERY = ("--query-compute-apps=pid", "--format=csv,noheader,nounits")


def gpu_holders() -> set[int] | None:
    """Process ids of the machine that hold memory of a GPU; None where that cannot be told."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        told = subprocess.run([program, *_QUERY], capture_output=True, text=True, timeout=SECONDS,
                              check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = set()
    for line in told.stdout.splitlines():
        with contextlib.suppress(ValueError):
            found.add(int(line))
    return found
