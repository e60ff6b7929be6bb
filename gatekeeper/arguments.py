"""Arguments that several commands take, and those of `gatekeeper drill`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gatekeeper.drill.catalogue import FAILURES


def positive(text: str) -> int:
    """A whole number above 0."""
    value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not a whole number above 0")
    return value


def build_arg(text: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"`{text}` is not NAME=VALUE")
    return name, value


def read_url(text: str) -> str:
    """The URL of a service."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise argparse.ArgumentTypeError(f"`{text}` is not a URL of a service; write "
                                         "http://host:port")
    return text


def add_place(parser: argparse.ArgumentParser) -> None:
    """Which trees are judged by whose policy."""
    parser.add_argument("--manifest", default="", metavar="F",
                        help="the manifest (default: gatekeeper.yaml here, else at the top of the "
                        "repository)")
    parser.add_argument("--base", default="", metavar="REF",
                        help="the commit whose policy judges (default: the default branch's tip)")
    parser.add_argument("--head", default="", metavar="REF",
                        help="the commit to judge (default: the working tree)")


def add_runtime(parser: argparse.ArgumentParser, evidence: str) -> None:
    """Where services run, and where the pack is written; `evidence` by default."""
    parser.add_argument("--runtime", choices=("auto", "docker", "process"), default="auto",
                        help="where the service runs; auto takes Docker where an engine answers")
    parser.add_argument("--evidence", type=Path, default=Path(evidence), metavar="DIR",
                        help=f"where the evidence pack is written (default: {evidence})")
    parser.add_argument("--build-arg", action="append", type=build_arg, default=[],
                        metavar="NAME=VALUE", dest="build_args",
                        help="a build argument for both sides' images; may be repeated")


def add_drill(commands: argparse._SubParsersAction[Any]) -> None:
    """`gatekeeper drill`."""
    drill = commands.add_parser(
        "drill", help="break a copy of the service on purpose, and see whether it is survived",
        description="Bring about the declared failures, each on a copy of head's service that "
        "nobody uses: who notices, after how long, what the first checks find, does the fallback "
        "come up, and does the rollback to base pass the cases that base passes?",
        epilog="exit code 0: every failure was noticed and recovered from; 1: one was not; "
        "3: one could not be brought about or followed to its end",
        formatter_class=argparse.RawDescriptionHelpFormatter)
    add_place(drill)
    drill.add_argument("--failure", action="append", default=[], metavar="NAME", dest="failures",
                       choices=tuple(FAILURES), help="drill only this failure, in place of the "
                       f"declared ones; may be repeated: {', '.join(FAILURES)}")
    drill.add_argument("--concurrency", type=positive, metavar="N", help="requests at a time")
    add_runtime(drill, "evidence-drill")
    drill.add_argument("--json", action="store_true",
                       help="print failure_drill.json, judged, and nothing else")
