"""Arguments of the commands that look at a change: run, check, prove, plan, judge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import EPILOG, RAW, add_subject, build_arg

if TYPE_CHECKING:
    from gatekeeper.arguments.shared import Commands


def add_judging(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    for add in (_add_run, _add_check, _add_prove, _add_plan, _add_judge):
        add(commands)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser(
        "run", help="judge a change and say pass or block",
        description="Start the service from base and from head, ask the fixed cases, judge the "
        "gates, and write the evidence pack.",
        epilog=EPILOG, formatter_class=RAW)
    add_subject(run)
    run.add_argument("--runtime", choices=("auto", "docker", "process"), default="auto",
                     help="where the service runs; auto takes Docker where an engine answers")
    run.add_argument("--evidence", type=Path, default=Path("evidence"), metavar="DIR",
                     help="where the evidence pack is written (default: evidence)")
    run.add_argument("--resume", action="store_true",
                     help="go on with the pack in --evidence, of the same run that was cut off; "
                     "what was measured is kept")
    run.add_argument("--build-arg", action="append", type=build_arg, default=[],
                     metavar="NAME=VALUE", dest="build_args",
                     help="a build argument for both sides' images; may be repeated")
    run.add_argument("--json", action="store_true", help="print verdict.json and nothing else")


def _add_check(commands: Commands) -> None:
    check = commands.add_parser("check", help="validate manifest, cases and contract",
                                description="Validate manifest, cases and contract. Starts "
                                "nothing.")
    check.add_argument("--manifest", default="", metavar="F", help="the manifest")
    check.add_argument("--prove", action="store_true",
                       help="and prove that the gate can say no; see `gatekeeper prove`")


def _add_prove(commands: Commands) -> None:
    prove = commands.add_parser(
        "prove", help="prove that the gate can say no",
        description="Put canned bad services in place of the real one (one that says nothing, one "
        "that always refuses, one that cites what is not there, …), judge each as a run is "
        "judged, and show which cases and gates turn red. What nothing catches is a blind spot, "
        "told with a row that would. Starts nothing.",
        epilog="exit code 0: every bad service is stopped; 1: one is not; 3: nothing could be "
        "proven", formatter_class=RAW)
    prove.add_argument("--manifest", default="", metavar="F", help="the manifest")
    prove.add_argument("--from", type=Path, dest="evidence", metavar="EVIDENCE",
                       help="take the good replies from an evidence pack (default: make them up "
                       "from what the cases expect)")
    prove.add_argument("--json", action="store_true", help="print the proof as JSON")


def _add_plan(commands: Commands) -> None:
    plan = commands.add_parser("plan", help="show what changed and what would run",
                               description="Show what changed, by kind and with values, what "
                               "would run, and why. Starts nothing.")
    add_subject(plan)
    plan.add_argument("--effective", action="store_true",
                      help="print the deciding manifest with everything spelled out")


def _add_judge(commands: Commands) -> None:
    judge = commands.add_parser("judge", help="reach the verdict again from evidence packs",
                                description="Reach the verdict again from evidence packs, offline. "
                                "The packs are not touched. Packs of shards are merged into one "
                                "verdict.", epilog=EPILOG, formatter_class=RAW)
    judge.add_argument("evidence", nargs="+", type=Path, metavar="EVIDENCE")
    judge.add_argument("--evidence", type=Path, metavar="DIR", dest="merged",
                       help="where the merged pack of the shards is written (default: nowhere)")
    judge.add_argument("--json", action="store_true", help="print verdict.json and nothing else")
