"""The files of a side's own checks: part of its policy, read from its own tree. Pure."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from gatekeeper.errors import Problem
from gatekeeper.model import Case, CheckCall
from gatekeeper.witnesses.own_checks import flaw_in, read_entry
from gatekeeper.witnesses.testimony import PYTHON, witnessed


def entries_of(cases: Iterable[Case]) -> dict[CheckCall, Case]:
    """Every own check that rows are held to, with the first of those rows."""
    found: dict[CheckCall, Case] = {}
    for case in cases:
        for call in witnessed(case):
            if call.name == PYTHON:
                found.setdefault(call, case)
    return found


def read_own_files(
    cases: Iterable[Case], folder: str, read: Callable[[str], bytes | None]
) -> dict[str, bytes]:
    """Path relative to the manifest -> content, for every file that rows name and that is there."""
    paths = sorted({read_entry(call.argument).path for call in entries_of(cases)})
    found = ((path, read(posixpath.normpath(posixpath.join(folder, path)))) for path in paths)
    return {path: content for path, content in found if content is not None}


def flaws_of(
    cases: Iterable[Case], files: Mapping[str, bytes], label: str, folder: str, cases_path: str
) -> Iterator[Problem]:
    """What keeps own checks from being run, found without running any: a file that is not there, a
    function that it does not define."""
    for call, case in entries_of(cases).items():
        entry = read_entry(call.argument)
        content = files.get(entry.path)
        if content is None:
            yield Problem(cases_path, case.line, 1, f"`{call}`: there is no file `{entry.path}` "
                          "beside the manifest", "an own check is a file of the same tree")
            continue
        if flaw := flaw_in(content, entry.function):
            place = label + posixpath.normpath(posixpath.join(folder, entry.path))
            yield Problem(place, flaw.line, flaw.column, flaw.message, flaw.hint)


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Path -> digest of its content: what of them a policy's own digest covers."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items())}
