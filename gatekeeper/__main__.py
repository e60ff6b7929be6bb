"""`python -m gatekeeper`."""

from __future__ import annotations

import contextlib
import os
import sys

from gatekeeper.cli import main as run_main


def main() -> None:
    """The console script. Ends at once: a build that an interrupt left behind is not waited for."""
    # Closed streams are None; whoever closed them still wants the exit code.
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for the whole process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    code = run_main()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
