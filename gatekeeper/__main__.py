"""`python -m gatekeeper`."""

from __future__ import annotations

import os
import sys

from gatekeeper.cli import main as run_main


def main() -> None:
    """The console script. Ends at once: a build that an interrupt left behind is not waited for."""
    code = run_main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
