"""Arguments, and one place where every error becomes a message and an exit code."""

from __future__ import annotations

import argparse
import io
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from gatekeeper import __version__
from gatekeeper.commands.doctor_arguments import add_doctor
from gatekeeper.errors import ExitCode, GatekeeperError, UsageError
from gatekeeper.github.inputs import INPUTS
from gatekeeper.interrupts import interruptible
from gatekeeper.neutral import for_log
from gatekeeper.options import Options
from gatekeeper.report.outputs import OUTPUTS

EPILOG = """\
exit codes:
  0    pass         every gate that blocks this event is open, or nothing that counts changed
  1    block        a gate is closed by a fact about the change
  2    usage        arguments, manifest or cases must be mended
  3    undecided    declared but not measurable, for a reason outside the change
  130  interrupted  cancelled; services are gone, what was measured is kept
Anything but 0 blocks.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(message, f"`{self.prog} --help` lists the arguments")


def _positive(text: str) -> int:
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return value


def _build_arg(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"`{text}` is not NAME=VALUE")
    return name, value


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise argparse.ArgumentTypeError(f"`{text}` is not a URL of a service; write "
                                         "http://host:port")
    return text


def _add_subject(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--manifest", default="", metavar="F",
                        help="the manifest (default: gatekeeper.yaml here, else at the top of the "
                        "repository)")
    parser.add_argument("--base", default="", metavar="REF",
                        help="the commit whose policy judges (default: the default branch's tip)")
    parser.add_argument("--head", default="", metavar="REF",
                        help="the commit to judge (default: the working tree)")
    parser.add_argument("--case", action="append", default=[], metavar="ID", dest="cases",
                        help="ask only this case; may be repeated; the verdict is then undecided "
                        "at best")
    parser.add_argument("--repeats", type=_positive, metavar="N",
                        help="times each case is asked on each side")
    parser.add_argument("--concurrency", type=_positive, metavar="N", help="requests at a time")
    parser.add_argument("--baseline", default="", metavar="run|none|DIR",
                        help="what head is held against: base in the same run (default), nothing, "
                        "or an earlier evidence pack; with --url nothing is the default")
    parser.add_argument("--url", default=None, metavar="URL", type=_url,
                        help="judge the service that is up at this URL instead of starting head's")
    parser.add_argument("--accept-policy", default="", metavar="DIGEST",
                        help="let the changed policy with this digest decide; needs --reason, and "
                        "is shown as self-accepted")
    parser.add_argument("--reason", default="", metavar="TEXT",
                        help="why the changed policy is right")
    parser.add_argument("--force", action="store_true",
                        help="run even if nothing that counts changed")


def _add_run(commands: argparse._SubParsersAction[_Parser]) -> None:
    run = commands.add_parser(
        "run", help="judge a change and say pass or block",
        description="Start the service from base and from head, ask the fixed cases, judge the "
        "gates, and write the evidence pack.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    _add_subject(run)
    run.add_argument("--runtime", choices=("auto", "docker", "process"), default="auto",
                     help="where the service runs; auto takes Docker where an engine answers")
    run.add_argument("--evidence", type=Path, default=Path("evidence"), metavar="DIR",
                     help="where the evidence pack is written (default: evidence)")
    run.add_argument("--build-arg", action="append", type=_build_arg, default=[],
                     metavar="NAME=VALUE", dest="build_args",
                     help="a build argument for both sides' images; may be repeated")
    run.add_argument("--model-cache", default="", metavar="DIR",
                     help="where weights are kept between runs (default: GATEKEEPER_MODEL_CACHE, "
                     "else gatekeeper/models in your cache folder)")
    run.add_argument("--json", action="store_true", help="print verdict.json and nothing else")


def _add_prove(commands: argparse._SubParsersAction[_Parser]) -> None:
    prove = commands.add_parser(
        "prove", help="prove that the gate can say no",
        description="Put canned bad services in place of the real one (one that says nothing, one "
        "that always refuses, one that cites what is not there, …), judge each as a run is "
        "judged, and show which cases and gates turn red. What nothing catches is a blind spot, "
        "told with a row that would. Starts nothing.",
        epilog="exit code 0: every bad service is stopped; 1: one is not; 3: nothing could be "
        "proven", formatter_class=argparse.RawDescriptionHelpFormatter)
    prove.add_argument("--manifest", default="", metavar="F", help="the manifest")
    prove.add_argument("--from", type=Path, dest="evidence", metavar="EVIDENCE",
                       help="take the good replies from an evidence pack (default: make them up "
                       "from what the cases expect)")
    prove.add_argument("--json", action="store_true", help="print the proof as JSON")


def _add_protect(commands: argparse._SubParsersAction[_Parser]) -> None:
    protect = commands.add_parser(
        "protect", help="make the gate a required check, or tell whether it is one",
        description="Require the gate's check before a merge, in a ruleset of its own, and tell "
        "what else the branch's rules leave open. The token is read from GITHUB_TOKEN.",
        epilog="exit code 0: everything holds; 1: something does not; 3: it cannot be told with "
        "this token", formatter_class=argparse.RawDescriptionHelpFormatter)
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


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = _Parser(prog="gatekeeper", description="The release gate for self-hosted model "
                     "services.", epilog=EPILOG,
                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"gatekeeper {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True,
                                     parser_class=_Parser)
    _add_run(commands)
    check = commands.add_parser("check", help="validate manifest, cases and contract",
                                description="Validate manifest, cases and contract. Starts "
                                "nothing.")
    check.add_argument("--manifest", default="", metavar="F", help="the manifest")
    check.add_argument("--prove", action="store_true",
                       help="and prove that the gate can say no; see `gatekeeper prove`")
    _add_prove(commands)
    plan = commands.add_parser("plan", help="show what changed and what would run",
                               description="Show what changed, by kind and with values, what "
                               "would run, and why. Starts nothing.")
    _add_subject(plan)
    plan.add_argument("--effective", action="store_true",
                      help="print the deciding manifest with everything spelled out")
    judge = commands.add_parser("judge", help="reach the verdict again from evidence packs",
                                description="Reach the verdict again from evidence packs, offline. "
                                "The packs are not touched.", epilog=EPILOG,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    judge.add_argument("evidence", nargs="+", type=Path, metavar="EVIDENCE")
    judge.add_argument("--json", action="store_true", help="print verdict.json and nothing else")
    _add_protect(commands)
    add_doctor(commands)
    commands.add_parser("action", help="run as a GitHub Action (reads INPUT_* and the event)",
                        description="The entry point of the container action: reads its inputs "
                        "and the event from the environment.", epilog=_action_epilog(),
                        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands.add_parser("tidy", help="remove what the action's run has left (reads STATE_*)",
                        description="The post step of the container action: stops the action's "
                        "container if it is still there, and removes what its run has left on the "
                        "engine. Its exit code is always 0.")
    return parser


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the working folder is gone", "change to one that is there") from None


def _options(args: argparse.Namespace) -> Options:
    return Options(
        folder=_here(),
        manifest=args.manifest,
        base=args.base,
        head=args.head,
        url=args.url or "",
        runtime=getattr(args, "runtime", "auto"),
        evidence=getattr(args, "evidence", Path("evidence")),
        baseline=args.baseline,
        repeats=args.repeats,
        concurrency=args.concurrency,
        cases=tuple(args.cases),
        accept_policy=args.accept_policy,
        reason=args.reason,
        force=args.force,
        model_cache=getattr(args, "model_cache", ""),
        build_args=dict(getattr(args, "build_args", ())),
    )


def _dispatch(args: argparse.Namespace) -> ExitCode:
    # Each command is imported when it is asked for: a run that starts nothing loads no engine.
    # ruff: noqa: PLC0415
    if args.command == "run":
        from gatekeeper.commands.run import run_command

        return run_command(_options(args), args.json)
    if args.command == "check":
        from gatekeeper.commands.check import check_command

        return check_command(Path(), args.manifest, args.prove)
    if args.command == "prove":
        from gatekeeper.commands.prove import prove_command

        return prove_command(Path(), args.manifest, args.evidence, args.json)
    if args.command == "plan":
        from gatekeeper.commands.plan import plan_command

        return plan_command(_options(args), args.effective)
    if args.command == "judge":
        from gatekeeper.commands.judge import judge_command

        return judge_command(args.evidence, args.json)
    if args.command == "protect":
        from gatekeeper.commands.protect import Wanted, protect_command

        return protect_command(_here(), Wanted(args.repository, args.branch, args.required_check,
                                               args.only_look))
    if args.command == "doctor":
        from gatekeeper.commands.doctor import Asked, doctor_command

        return doctor_command(Asked(_here(), args.manifest, args.base, args.deep, args.json))
    if args.command == "tidy":
        from gatekeeper.commands.tidy import tidy_command

        return tidy_command()
    from gatekeeper.commands.action import action_command

    return action_command()


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error ends here as a message, a line of help and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a latin-1 terminal gets marks, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        with interruptible():
            return int(_dispatch(make_parser().parse_args(argv)))
    except GatekeeperError as error:
        print(_told(error), file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except Exception:
        traceback.print_exc()
        print("gatekeeper: this is a fault of gatekeeper itself; please report it with the lines "
              "above. Nothing was decided.", file=sys.stderr)
        return int(ExitCode.UNDECIDED)


def _told(error: GatekeeperError) -> str:
    first, *rest = error.message.splitlines() or [""]
    lines = [f"gatekeeper: {first}", *rest, *([f"help: {error.help}"] if error.help else [])]
    return "\n".join(map(for_log, lines))
