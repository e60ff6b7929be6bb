"""`gatekeeper verify`: does a pack fit itself, and is it what a release carries?"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gatekeeper import __version__
from gatekeeper.adapters.archive import MAX_ARCHIVE, read_archive
from gatekeeper.adapters.console import Console, emit
from gatekeeper.adapters.download import download, is_url
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.github_transport import Transport
from gatekeeper.adapters.released import Released, Releases
from gatekeeper.commands.origin import api_of_origin, found_token, of_origin
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, UsageError
from gatekeeper.evidence.files import MANIFEST
from gatekeeper.evidence.pack import Pack
from gatekeeper.github.releases import evidence_asset
from gatekeeper.judging.verifying import Verified, verify
from gatekeeper.neutral import for_terminal
from gatekeeper.outcome import Conclusion

MAX_SHOWN = 20
NOT_ORIGIN = ("this proves arithmetic, not origin: whoever writes a pack can write all of it, "
              "digests and all. It is not released evidence")


@dataclass(frozen=True, slots=True)
class Target:
    """A pack laid out, with the archive it came in."""

    folder: Path
    archive: bytes | None
    released: Released | None
    """Of which release it is the evidence, as GitHub says."""
    doubt: str = ""
    """Why it is not that of the release it should be."""


def verify_command(target: str, tag: str, repository: str) -> ExitCode:
    """PASS where every byte fits, and with a tag where it is that release's evidence too; BLOCK
    where something does not; UNDECIDED where that could not be told."""
    with scratch_folder() as scratch:
        git = _here(scratch)
        found = _reach(target, tag, repository, git, scratch)
        pack = Pack.open(found.folder)
        verified = verify(pack, scratch, git)
        emit("\n".join(_told(target, pack, verified, found)) + "\n")
        doubt = bool(found.doubt or _not_releasable(pack, verified, found))
        return ExitCode.BLOCK if verified.misfits or doubt else ExitCode.PASS


def _here(scratch: Path) -> Git | None:
    with contextlib.suppress(UsageError):
        return Git(Path.cwd(), scratch)
    return None


def _reach(target: str, tag: str, repository: str, git: Git | None, scratch: Path) -> Target:
    """The pack: a folder, an archive, an archive at a URL, or the evidence of a tag's release."""
    place = Path(target)
    if place.is_dir():
        if tag:
            raise UsageError("--released compares an archive, and this is a folder",
                             "name the archive; `gatekeeper pack` makes one")
        return Target(place, None, None)
    released: Released | str | None = None
    with _releases(repository, git) if tag or not (place.exists() or is_url(target)) else \
            contextlib.nullcontext() as releases:
        if is_url(target):
            content = download(target, MAX_ARCHIVE)
        elif place.exists():
            content = _file(place)
        else:
            tag = target
            content = b""
        if releases is not None:
            released = releases.find(tag)
            if isinstance(released, Released) and not content:
                content = releases.fetch(released)
            elif isinstance(released, Released) and not released.digest:
                fetched = releases.fetch(released)
                released = released if fetched == content else \
                    f"{evidence_asset(tag)} is another file"
    if not content:
        raise UsageError(f"{target}: there is no such file or folder, and {released}",
                         "name a pack, an archive, a URL, or the tag of a release")
    folder = scratch / "pack"
    folder.mkdir()
    read_archive(content, folder)
    return _compared(folder, content, released)


def _file(place: Path) -> bytes:
    if place.stat().st_size > MAX_ARCHIVE:
        raise UsageError(f"{place} is larger than {MAX_ARCHIVE} bytes")
    return place.read_bytes()


def _compared(folder: Path, content: bytes, released: Released | str | None) -> Target:
    if isinstance(released, Released) and released.digest not in (
            "", hashlib.sha256(content).hexdigest()):
        released = f"{evidence_asset(released.tag)} of that release has another digest"
    if isinstance(released, str):
        return Target(folder, content, None, released)
    return Target(folder, content, released)


@contextlib.contextmanager
def _releases(repository: str, git: Git | None) -> Iterator[Releases]:
    token = found_token()
    name = repository or os.environ.get("GITHUB_REPOSITORY", "")
    api = os.environ.get("GITHUB_API_URL", "")
    if git is None and not (name and api):
        raise UsageError("which repository's release is meant cannot be told outside of it",
                         "go there, or name it with --repository OWNER/NAME")
    if git is not None:
        name, api = name or of_origin(git), api or api_of_origin(git)
    transport = Transport(api, token, Console())
    try:
        yield Releases(transport, name)
    finally:
        transport.close()


def _not_releasable(pack: Pack, verified: Verified, found: Target) -> str:
    """Why a release's asset is no evidence for what its tag names."""
    if found.released is None:
        return ""
    judgement = verified.judgement
    if judgement is None or judgement.verdict.conclusion is not Conclusion.PASS:
        return "its verdict is not pass"
    if judgement.record.head.tree != found.released.tree:
        return f"the tag names another tree ({found.released.tree[:12]}) than was judged"
    return ""


def _told(target: str, pack: Pack, verified: Verified, found: Target) -> Iterator[str]:
    for misfit in verified.misfits[:MAX_SHOWN]:
        yield f"✗ {for_terminal(str(misfit), 600)}"
    if len(verified.misfits) > MAX_SHOWN:
        yield f"✗ and {len(verified.misfits) - MAX_SHOWN} more"
    for note in verified.notes:
        yield f"  {for_terminal(note)}"
    record = verified.judgement.record if verified.judgement else None
    if verified.misfits and record and record.gatekeeper != __version__:
        yield f"  the pack was written by gatekeeper {for_terminal(record.gatekeeper)}, this is " \
              f"{__version__}: judged by that one it may fit"
    if verified.misfits:
        yield f"{for_terminal(target)}: does not fit, first at " \
              f"{for_terminal(str(verified.misfits[0].file))}"
    elif verified.judgement is not None:
        yield f"✓ {for_terminal(target)}: every byte fits; the verdict, reached again from the " \
              f"replies, is {verified.judgement.verdict.conclusion}"
        seal = pack.read_json(MANIFEST)
        yield f"  pack    {for_terminal(str(seal['pack_digest']))}"
        yield f"  inputs  {for_terminal(str(seal.get('inputs_digest')))}"
    if doubt := found.doubt or _not_releasable(pack, verified, found):
        yield f"✗ not released evidence: {for_terminal(doubt)}"
    elif found.released is not None and not verified.misfits:
        kind = "prerelease" if found.released.prerelease else "release"
        yield f"✓ released evidence: the asset of {kind} {for_terminal(found.released.tag)}, " \
              "with that digest, as GitHub says"
    else:
        yield f"  {NOT_ORIGIN}; --released TAG asks GitHub."
