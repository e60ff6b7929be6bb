"""Arguments of the commands that look at a change: run, check, prove, plan, judge, replay,
drill, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import (
    EPILOG,
    RAW,
    add_place,
    add_runtime,
    add_share,
    add_subject,
    positive,
    url,
)
from gatekeeper.drill.catalogue import FAILURES

if TYPE_CHECKING:
    from gatekeeper.arguments.shared import Commands


def add_judging(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    for add in (_add_run, _add_check, _add_prove, _add_plan, _add_gate, _add_judge, _add_replay,
                _add_drill, _add_doctor):
        add(commands)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser(
        "run", help="judge a change and say pass or block",
        description="Start the service from base and from head, ask the fixed cases, judge the "
        "gates, and write the evidence pack.",
        epilog=EPILOG, formatter_class=RAW)
    add_subject(run)
    add_share(run)
    add_runtime(run, "evidence")
    run.add_argument("--resume", action="store_true",
                     help="go on with the pack in --evidence, of the same run that was cut off; "
                     "what was measured is kept")
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
    add_share(plan)
    plan.add_argument("--effective", action="store_true",
                      help="print the deciding manifest with everything spelled out")


def _add_gate(commands: Commands) -> None:
    gate = commands.add_parser(
        "gate", help="tell whether a gate is open before there is a run",
        description="Judge one gate by what the files and the packs of earlier runs tell: before "
        "an hour of a rented GPU, before a fine-tune. Starts nothing.",
        epilog="exit code 0: open; 1: closed; 3: only a run can tell", formatter_class=RAW)
    gate.add_argument("gate", metavar="NAME", help="the gate, as the manifest names it")
    add_subject(gate)


def _add_judge(commands: Commands) -> None:
    judge = commands.add_parser("judge", help="reach the verdict again from evidence packs",
                                description="Reach the verdict again from evidence packs, offline. "
                                "The packs are not touched. Packs of shards are merged into one "
                                "verdict.", epilog=EPILOG, formatter_class=RAW)
    judge.add_argument("evidence", nargs="+", type=Path, metavar="EVIDENCE")
    judge.add_argument("--evidence", type=Path, metavar="DIR", dest="merged",
                       help="where the merged pack of the shards is written (default: nowhere)")
    judge.add_argument("--json", action="store_true", help="print verdict.json and nothing else")


def _add_replay(commands: Commands) -> None:
    replay = commands.add_parser(
        "replay", help="show one case of an evidence pack, and ask it again",
        description="Show what a case asked, what base and head said, and how that was judged. The "
        "pack is not touched. Exit code 0: head passes it, the last time it was asked; 1: it does "
        "not; 3: that is not known.")
    replay.add_argument("evidence", type=Path, metavar="EVIDENCE")
    replay.add_argument("case", metavar="CASE", help="a case id")
    replay.add_argument("--url", default=None, metavar="URL", type=url,
                        help="ask the service that is up at this URL, and show both answers")


def _add_drill(commands: Commands) -> None:
    drill = commands.add_parser(
        "drill", help="break a copy of the service on purpose, and see whether it is survived",
        description="Bring about the declared failures, each on a copy of head's service that "
        "nobody uses: who notices, after how long, what the first checks find, does the fallback "
        "come up, and does the rollback to base pass the cases that base passes?",
        epilog="exit code 0: every failure was noticed and recovered from; 1: one was not; "
        "3: one could not be brought about or followed to its end", formatter_class=RAW)
    add_place(drill)
    drill.add_argument("--failure", action="append", default=[], metavar="NAME", dest="failures",
                       choices=tuple(FAILURES), help="drill only this failure, in place of the "
                       f"declared ones; may be repeated: {', '.join(FAILURES)}")
    drill.add_argument("--concurrency", type=positive, metavar="N", help="requests at a time")
    add_runtime(drill, "evidence-drill")
    drill.add_argument("--json", action="store_true",
                       help="print failure_drill.json, judged, and nothing else")


def _add_doctor(commands: Commands) -> None:
    doctor = commands.add_parser(
        "doctor", help="does this machine have what a run needs?",
        description="Look at git, the repository, base, the engine and its room, the manifest, the "
        "cases, secrets, weights and the clock, and say what to do about each. Starts nothing and "
        "changes nothing.",
        epilog="exit code 0: all that is needed is there; 2: a file must be mended; 3: something "
        "is missing", formatter_class=RAW)
    doctor.add_argument("--manifest", default="", metavar="F", help="the manifest")
    doctor.add_argument("--base", default="", metavar="REF",
                        help="the commit whose policy judges (default: the default branch's tip)")
    doctor.add_argument("--deep", action="store_true",
                        help="also start a container that publishes a port, for a moment")
    doctor.add_argument("--json", action="store_true", help="print a JSON list and nothing else")
