"""The arguments of `gatekeeper doctor`."""

from __future__ import annotations

import argparse
from typing import Any


def add_doctor(commands: Any) -> None:
    """Add the command to the others."""
    doctor = commands.add_parser(
        "doctor", help="does this machine have what a run needs?",
        description="Look at git, the repository, base, the engine and its room, the manifest, the "
        "cases, secrets, weights and the clock, and say what to do about each. Starts nothing and "
        "changes nothing.",
        epilog="exit code 0: all that is needed is there; 2: a file must be mended; 3: something "
        "is missing", formatter_class=argparse.RawDescriptionHelpFormatter)
    doctor.add_argument("--manifest", default="", metavar="F", help="the manifest")
    doctor.add_argument("--base", default="", metavar="REF",
                        help="the commit whose policy judges (default: the default branch's tip)")
    doctor.add_argument("--deep", action="store_true",
                        help="also start a container that publishes a port, for a moment")
    doctor.add_argument("--json", action="store_true", help="print a JSON list and nothing else")
