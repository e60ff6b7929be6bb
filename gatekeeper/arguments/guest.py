"""Arguments of the commands that are at home on GitHub: protect, action, tidy."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import EPILOG, RAW
from gatekeeper.github.inputs import INPUTS
from gatekeeper.report.outputs import OUTPUTS

if TYPE_CHECKING:
    from gatekeeper.arguments.shared import Commands


def add_guest(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    _add_protect(commands)
    commands.add_parser("action", help="run as a GitHub Action (reads INPUT_* and the event)",
                        description="The entry point of the container action: reads its inputs "
                        "and the event from the environment.", epilog=_action_epilog(),
                        formatter_class=RAW)
    commands.add_parser("tidy", help="remove what the action's run has left (reads STATE_*)",
                        description="The post step of the container action: stops the action's "
                        "container if it is still there, and removes what its run has left on the "
                        "engine. Its exit code is always 0.")


def _add_protect(commands: Commands) -> None:
    protect = commands.add_parser(
        "protect", help="make the gate a required check, or tell whether it is one",
        description="Require the gate's check before a merge, in a ruleset of its own, and tell "
        "what else the branch's rules leave open. The token is read from GITHUB_TOKEN.",
        epilog="exit code 0: everything holds; 1: something does not; 3: it cannot be told with "
        "this token", formatter_class=RAW)
    protect.add_argument("--check", action="store_true", dest="only_look",
                         help="only look, and change nothing")
    protect.add_argument("--repository", default="", metavar="OWNER/NAME",
                         help="the repository on GitHub (default: the one that origin is)")
    protect.add_argument("--branch", default="", metavar="B",
                         help="the branch that is merged into (default: the default branch)")
    protect.add_argument("--required-check", default="", metavar="NAME",
                         help="the check's name, as a pull request lists it (default: that of the "
                         "one job that runs the gate)")


def _action_epilog() -> str:
    told = [("inputs:", {one.name: one.doc for one in INPUTS}), ("outputs:", OUTPUTS)]
    lines = []
    for title, docs in told:
        lines.append(title)
        for name, doc in docs.items():
            lines += [f"  {name}", *textwrap.wrap(doc, 76, initial_indent="      ",
                                                  subsequent_indent="      ")]
    return "\n".join([*lines, "", EPILOG])
