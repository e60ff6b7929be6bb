"""Arguments of the commands that a repository begins with: init, import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import RAW

if TYPE_CHECKING:
    from gatekeeper.arguments.shared import Commands


def add_starting(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    init = commands.add_parser(
        "init", help="write the first gate of a repository from what is in it",
        description="Look at what is in a service's repository (Dockerfile, compose file, prompts, "
        "adapters, command lines of vLLM, llama.cpp and Ollama, an OpenAPI description, promptfoo "
        "and deepeval files) and write the manifest, a first case for every risk, the workflow and "
        "the runbook. Tells what was guessed and from which line, and what is still unknown. Asks "
        "nothing, starts nothing, and never overwrites a file.",
        epilog="exit code 0: what is written is sound; 2: something must be mended first",
        formatter_class=RAW)
    init.add_argument("folder", nargs="?", type=Path, default=Path(), metavar="DIR",
                      help="the service's folder (default: this one)")
    init.add_argument("--dry-run", action="store_true",
                      help="print what would be written, and write nothing")
    bring = commands.add_parser(
        "import", help="bring cases over from another tool's files",
        description="Bring cases over from another tool's files, and list what has no counterpart.")
    tools = bring.add_subparsers(dest="tool", metavar="TOOL", required=True)
    promptfoo = tools.add_parser(
        "promptfoo", help="from a promptfooconfig.yaml",
        description="Bring prompts, variables, tests and assertions over from a promptfoo "
        "configuration, and list what has no counterpart, with its line. Code is not run, and no "
        "file is overwritten.",
        epilog="exit code 0: cases were written; 2: nothing comes over, or the file is there "
        "already", formatter_class=RAW)
    promptfoo.add_argument("config", type=Path, metavar="FILE", help="the configuration")
    promptfoo.add_argument("--output", default="", metavar="F",
                           help="the cases file that is written (default: eval_cases.csv)")
    promptfoo.add_argument("--dry-run", action="store_true",
                           help="print the cases, and write nothing")
