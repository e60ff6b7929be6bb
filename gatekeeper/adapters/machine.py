"""Which machine this is: what tells whether two times were taken on the same one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from secrets import token_hex

_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Linux: a number that is made when the kernel starts, and is the same in every container."""


def this_machine() -> str:
    """A name that says nothing; another each time where the machine cannot be told."""
    try:
        told = _BOOT.read_text()
    except OSError:
        told = token_hex()
    return hashlib.sha256(told.encode()).hexdigest()[:12]
