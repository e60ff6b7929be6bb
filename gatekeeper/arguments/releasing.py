"""Arguments of the commands that release and go back: release, rollback."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import EPILOG, RAW, build_arg

if TYPE_CHECKING:
    import argparse

    from gatekeeper.arguments.shared import Commands

ARTIFACT = "gatekeeper-evidence"


def add_releasing(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    release = commands.add_parser(
        "release", help="tag and release a commit that has proof",
        description="Find evidence of this repository's own trusted runs that this very tree has "
        "passed under its policy, else measure it now; and only then make the tag, the notes and "
        "the release on GitHub. Done again it goes on where it stopped. The token is read from "
        "GITHUB_TOKEN.", epilog=EPILOG, formatter_class=RAW)
    release.add_argument("--tag", default="", metavar="TAG",
                         help="verify and release a tag that somebody pushed (default: the commit "
                         "that is checked out, under the next version)")
    release.add_argument("--artifact", default=ARTIFACT, metavar="NAME",
                         help="name of the artifact in which runs keep their evidence (default: "
                         f"{ARTIFACT})")
    release.add_argument("--force", action="store_true",
                         help="release even if nothing that counts changed")
    _add_shared(release)
    rollback = commands.add_parser(
        "rollback", help="prove an earlier release and make it the latest again",
        description="Start the release before the latest, or the one that is named, from its own "
        "commit; where it passes under its own policy it becomes the latest on GitHub again, and "
        "the notes of both say why. Without a token in GITHUB_TOKEN it is proven, and told how to "
        "go back.", epilog=EPILOG, formatter_class=RAW)
    rollback.add_argument("version", nargs="?", default="", metavar="VERSION",
                          help="tag of the release to go back to (default: the one before the "
                          "latest)")
    rollback.add_argument("--reason", default="", metavar="TEXT", help="why; it is published")
    _add_shared(rollback)


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--manifest", default="", metavar="F", help="the manifest")
    parser.add_argument("--repository", default="", metavar="OWNER/NAME",
                        help="the repository on GitHub (default: the one that origin is)")
    parser.add_argument("--evidence", type=Path, default=Path("evidence"), metavar="DIR",
                        help="where the evidence pack is written (default: evidence)")
    parser.add_argument("--build-arg", action="append", type=build_arg, default=[],
                        metavar="NAME=VALUE", dest="build_args",
                        help="a build argument for the images; may be repeated")
