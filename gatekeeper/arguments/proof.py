"""Arguments of the commands that keep and check proof: pack, verify, rehearse."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.arguments.shared import RAW, positive

if TYPE_CHECKING:
    from gatekeeper.arguments.shared import Commands


def add_proof(commands: Commands) -> None:
    """In the order in which `--help` lists them."""
    _add_pack(commands)
    _add_verify(commands)
    _add_rehearse(commands)


def _add_pack(commands: Commands) -> None:
    pack = commands.add_parser(
        "pack", help="make one archive of an evidence pack",
        description="Make one archive of a sealed evidence pack; the same pack gives the same "
        "bytes. A pack that was changed since it was sealed is refused.")
    pack.add_argument("evidence", type=Path, metavar="EVIDENCE")
    pack.add_argument("-o", "--output", type=Path, metavar="FILE",
                      default=Path("gatekeeper-evidence.tar.gz"),
                      help="where to (default: gatekeeper-evidence.tar.gz)")


def _add_verify(commands: Commands) -> None:
    verify = commands.add_parser(
        "verify", help="check that an evidence pack fits itself, byte for byte",
        description="Check every digest of a pack, reach the verdict again from the raw replies, "
        "hold commit, tree and policy against this repository, and name the first byte that does "
        "not fit. Offline, but for a URL or a tag.",
        epilog="exit code 0: every byte fits (and with a tag, it is that release's evidence); 1: "
        "something does not; 2: it is no pack; 3: it could not be told.\nThat a pack fits itself "
        "proves arithmetic, not origin.", formatter_class=RAW)
    verify.add_argument("target", metavar="PACK|ARCHIVE|URL|TAG",
                        help="a folder, an archive, an archive's address, or a release's tag")
    verify.add_argument("--released", default="", metavar="TAG",
                        help="and ask GitHub whether the archive is the evidence of that release")
    verify.add_argument("--repository", default="", metavar="OWNER/NAME",
                        help="the repository on GitHub (default: the one that origin is)")


def _add_rehearse(commands: Commands) -> None:
    rehearse = commands.add_parser(
        "rehearse", help="type a README's commands as the next engineer would",
        description="Run the commands of a README under its headings to run, to test, and to stop "
        "or roll back, in that order, in a clean checkout of a commit with an environment of its "
        "own. They run as you: rehearse what you trust.",
        epilog="exit code 0: every command did what it says; 1: one did not, and is named; 2: "
        "there is nothing to rehearse", formatter_class=RAW)
    rehearse.add_argument("readme", nargs="?", default="", metavar="README",
                          help="its path in the repository (default: the one beside the manifest)")
    rehearse.add_argument("--manifest", default="", metavar="F",
                          help="the manifest, which says where the service answers")
    rehearse.add_argument("--ref", default="HEAD", metavar="REF",
                          help="the commit (default: HEAD; what is not committed is not there)")
    rehearse.add_argument("--container", default="", metavar="IMAGE",
                          help="in a new container of an image that has bash")
    rehearse.add_argument("--seconds", type=positive, default=600, metavar="N",
                          help="how long one block of commands may take (default: 600)")
