"""The command line: one command is run, and every error becomes a message and an exit code."""

from __future__ import annotations

import argparse
import io
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.arguments.guest import add_guest
from gatekeeper.arguments.judging import add_judging
from gatekeeper.arguments.proof import add_proof
from gatekeeper.arguments.releasing import add_releasing
from gatekeeper.arguments.shared import EPILOG, RAW, Parser
from gatekeeper.arguments.starting import add_starting
from gatekeeper.errors import ExitCode, GatekeeperError, UsageError
from gatekeeper.github.event import Event
from gatekeeper.interrupts import interruptible
from gatekeeper.neutral import for_log
from gatekeeper.options import Options

# Each command is imported when it is asked for: a run that starts nothing loads no engine.
# ruff: noqa: PLC0415


class _Version(argparse.Action):
    """Asks git only when it is asked itself."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0,
                         help="say the version and the commit, and end")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from gatekeeper.adapters.commit import commit_of

        print(f"gatekeeper {__version__}\ncommit {commit_of(Path(__file__).parent)}")
        parser.exit()


def make_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = Parser(prog="gatekeeper", description="The release gate for self-hosted model "
                    "services.", epilog=EPILOG, formatter_class=RAW)
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True,
                                     parser_class=Parser)
    add_starting(commands)
    add_judging(commands)
    add_proof(commands)
    add_releasing(commands)
    add_guest(commands)
    return parser


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UsageError("the working folder is gone", "change to one that is there") from None


def _options(args: argparse.Namespace) -> Options:
    given = vars(args)
    return Options(
        folder=_here(),
        manifest=args.manifest,
        base=args.base,
        head=args.head,
        url=given.get("url") or "",
        runtime=given.get("runtime", "auto"),
        evidence=given.get("evidence", Path("evidence")),
        baseline=given.get("baseline", ""),
        repeats=given.get("repeats"),
        concurrency=args.concurrency,
        cases=tuple(given.get("cases", ())),
        shard=given.get("shard"),
        budget=given.get("budget"),
        max_cases=given.get("max_cases"),
        resume=given.get("resume", False),
        accept_policy=given.get("accept_policy", ""),
        reason=given.get("reason", ""),
        force=given.get("force", False),
        probe=given.get("probe", False),
        verbose=given.get("verbose", False),
        model_cache=given.get("model_cache", ""),
        drill_only=args.command == "drill",
        failures=tuple(dict.fromkeys(given.get("failures", ()))),
        build_args=dict(given.get("build_args", ())),
    )


def _init(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.init import init_command

    return init_command(_here(), args.folder, args.dry_run)


def _import(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.importing import import_command

    return import_command(_here(), args.config, args.output, args.dry_run)


def _run(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.run import run_command

    return run_command(_options(args), args.json)


def _check(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.check import check_command

    return check_command(Path(), args.manifest, args.prove)


def _prove(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.prove import prove_command

    return prove_command(Path(), args.manifest, args.evidence, args.json)


def _plan(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.plan import plan_command

    return plan_command(_options(args), args.effective)


def _gate(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.gate import gate_command

    return gate_command(_options(args), args.gate)


def _judge(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.judge import judge_command

    return judge_command(args.evidence, args.json, args.merged)


def _replay(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.replay import replay_command

    return replay_command(args.evidence, args.case, args.url or "")


def _drill(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.drill import drill_command

    return drill_command(_options(args), args.json)


def _doctor(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.doctor import Asked, doctor_command

    return doctor_command(Asked(_here(), args.manifest, args.base, args.deep, args.json))


def _pack(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.pack import pack_command

    return pack_command(args.evidence, args.output)


def _verify(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.verify import verify_command

    return verify_command(args.target, args.released, args.repository)


def _rehearse(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.rehearse import Wanted, rehearse_command

    return rehearse_command(_here(), Wanted(args.readme, args.manifest, args.ref, args.container,
                                            args.seconds))


def _protect(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.protect import Wanted, protect_command

    return protect_command(_here(), Wanted(args.repository, args.branch, args.required_check,
                                           args.only_look))


def _release(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.release import Wanted, release_command

    wanted = Wanted(args.tag, args.repository, args.artifact)
    return release_command(lambda event: _as_released(args, event, args.force), wanted)


def _rollback(args: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.rollback import Wanted, rollback_command

    wanted = Wanted(args.version, args.reason, args.repository)
    return rollback_command(lambda event: _as_released(args, event, True), wanted)


def _as_released(args: argparse.Namespace, event: Event, force: bool) -> Options:
    return Options(_here(), args.manifest, runtime="docker", evidence=args.evidence, force=force,
                   build_args=dict(args.build_args), event=event)


def _tidy(_: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.tidy import tidy_command

    return tidy_command()


def _action(_: argparse.Namespace) -> ExitCode:
    from gatekeeper.commands.action import action_command

    return action_command()


COMMANDS: dict[str, Callable[[argparse.Namespace], ExitCode]] = {
    "init": _init, "import": _import,
    "run": _run, "check": _check, "prove": _prove, "plan": _plan, "gate": _gate, "judge": _judge,
    "replay": _replay, "drill": _drill, "doctor": _doctor,
    "pack": _pack, "verify": _verify, "rehearse": _rehearse, "release": _release,
    "rollback": _rollback,
    "protect": _protect, "action": _action, "tidy": _tidy,
}
"""Command -> what it does."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error ends here as a message, a line of help and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a latin-1 terminal gets marks, not a traceback
            stream.reconfigure(errors="backslashreplace")
    try:
        with interruptible():
            args = make_parser().parse_args(argv)
            return int(COMMANDS[args.command](args))
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
