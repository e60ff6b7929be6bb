"""What several commands take alike, and how an argument is read."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.cases.share import Shard, read_shard
from gatekeeper.errors import UsageError
from gatekeeper.formats.units import parse_duration
from gatekeeper.formats.urls import split_url

EPILOG = """\
exit codes:
  0    pass         every gate that blocks this event is open, or nothing that counts changed
  1    block        a gate is closed by a fact about the change
  2    usage        arguments, manifest or cases must be mended
  3    undecided    declared but not measurable, for a reason outside the change
  130  interrupted  cancelled; services are gone, what was measured is kept
Anything but 0 blocks.
"""
RAW = argparse.RawDescriptionHelpFormatter


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are usage errors like any other."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise UsageError(message, f"`{self.prog} --help` lists the arguments")


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Parser]


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


def url(text: str) -> str:
    """The URL of a service."""
    if split_url(text) is None:
        raise argparse.ArgumentTypeError(f"`{text}` is not a URL of a service; write "
                                         "http://host:port")
    return text


def shard(text: str) -> Shard:
    """`3/8`."""
    try:
        return read_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def duration(text: str) -> float:
    """A time with its unit, above zero."""
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if seconds <= 0:
        raise argparse.ArgumentTypeError(f"`{text}` is no time at all")
    return seconds


def add_share(parser: argparse.ArgumentParser) -> None:
    """How much of the cases is asked."""
    parser.add_argument("--shard", type=shard, metavar="K/N",
                        help="ask only the K-th of N shares of the cases, as one of N machines; "
                        "`gatekeeper judge` merges their packs")
    parser.add_argument("--budget", type=duration, metavar="TIME",
                        help="ask nothing more after this time, as 10m (default: eval.budget); "
                        "what was not reached is undecided")
    parser.add_argument("--max-cases", type=positive, metavar="N",
                        help="ask so many cases at most, the gravest risks first")


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
    parser.add_argument("--model-cache", default="", metavar="DIR",
                        help="where weights are kept between runs (default: "
                        "GATEKEEPER_MODEL_CACHE, else gatekeeper/models in your cache folder)")
    parser.add_argument("--verbose", action="store_true",
                        help="tell every request as it is answered")


def add_subject(parser: argparse.ArgumentParser) -> None:
    """What is judged, and against what."""
    add_place(parser)
    parser.add_argument("--case", action="append", default=[], metavar="ID", dest="cases",
                        help="ask only this case; may be repeated; the verdict is then undecided "
                        "at best")
    parser.add_argument("--repeats", type=positive, metavar="N",
                        help="times each case is asked on each side")
    parser.add_argument("--concurrency", type=positive, metavar="N", help="requests at a time")
    parser.add_argument("--baseline", default="", metavar="run|none|DIR",
                        help="what head is held against: base in the same run (default), nothing, "
                        "or an earlier evidence pack; with --url nothing is the default")
    parser.add_argument("--url", default=None, metavar="URL", type=url,
                        help="judge the service that is up at this URL instead of starting head's")
    parser.add_argument("--accept-policy", default="", metavar="DIGEST",
                        help="let the changed policy with this digest decide; needs --reason, and "
                        "is shown as self-accepted")
    parser.add_argument("--reason", default="", metavar="TEXT",
                        help="why the changed policy is right")
    parser.add_argument("--force", action="store_true",
                        help="run even if nothing that counts changed")
    parser.add_argument("--probe", action="store_true",
                        help="probe the contract also with --case or --url: requests that must be "
                        "refused, too long, or too many at once")
