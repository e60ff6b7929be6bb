"""`gatekeeper protect`: whether the gate really blocks on a branch, and making it block."""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.adapters.console import Console, emit, style_of
from gatekeeper.adapters.git import Git
from gatekeeper.commands.origin import api_of_origin, found_token, of_origin
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.errors import ExitCode, FilesNeedMending, UsageError
from gatekeeper.github.forge import Denied, Forge
from gatekeeper.github.gate_workflows import FOLDER, check_names, is_made_up
from gatekeeper.github.protecting import look
from gatekeeper.github.protection import RULESET, Finding, findings, with_check
from gatekeeper.manifest.parse import NAME
from gatekeeper.neutral import for_terminal
from gatekeeper.policy.declared import read_declared
from gatekeeper.redaction import Redactor
from gatekeeper.report.terminal import Style

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The command's arguments; empty where they are to be found out."""

    repository: str
    branch: str
    check: str
    only_look: bool


def protect_command(folder: Path, wanted: Wanted) -> ExitCode:
    """Require the gate, unless only asked to look; then tell what protects the branch. PASS where
    everything holds, BLOCK where something does not, UNDECIDED where that cannot be told."""
    token = found_token()
    if not token:
        raise UsageError("there is no token in GITHUB_TOKEN", "`contents: read` is enough to look; "
                         "setting a rule up needs `administration: write`, which no workflow's "
                         "own token can have")
    from gatekeeper.adapters.github import GitHub  # noqa: PLC0415 - 300 ms

    with scratch_folder() as scratch:
        git = Git(folder, scratch)
        api = os.environ.get("GITHUB_API_URL") or api_of_origin(git)
        name = wanted.repository or os.environ.get("GITHUB_REPOSITORY") or of_origin(git)
        with contextlib.closing(GitHub(api, name, token, Console(), Redactor((token,)))) as forge:
            return _protect(forge, git, wanted)


def _protect(forge: Forge, git: Git, wanted: Wanted) -> ExitCode:
    tree, style = git.working_tree(), style_of(sys.stdout)
    workflows = _workflows(git, tree)
    check = wanted.check or _check_of(workflows)
    branch = wanted.branch or forge.default_branch()
    if not wanted.only_look:
        emit(f"{for_terminal(_require(forge, branch, check))}\n")
    seen = look(forge, branch, tuple(workflows), tuple(dict.fromkeys(_judging_files(git, tree))))
    found = findings(seen, check)
    for finding in found:
        emit(_shown(finding, style))
    if any(one.holds is False for one in found):
        return ExitCode.BLOCK
    return ExitCode.UNDECIDED if any(one.holds is None for one in found) else ExitCode.PASS


def _workflows(git: Git, tree: str) -> dict[str, str]:
    """Path -> text of the workflows here that run the gate."""
    found = {}
    for entry in git.files(tree, FOLDER):
        text = (git.read(tree, entry.path) or b"").decode("utf-8", "replace")
        if entry.path.endswith((".yml", ".yaml")) and check_names(text, entry.path):
            found[entry.path] = text
    return found


def _check_of(workflows: Mapping[str, str]) -> str:
    names = {name: text for path, text in workflows.items() for name in check_names(text, path)}
    if len(names) == 1:
        (name, text), = names.items()
        if not is_made_up(name, text):
            return name
        what = f"the check of {name} gets its name when it runs"
    elif names:
        what = f"{len(names)} jobs run the gate: {', '.join(names)}"
    else:
        what = f"no workflow in {FOLDER} runs the gate"
    raise UsageError(what, "name it with --required-check, as a pull request lists it")


def _judging_files(git: Git, tree: str) -> Iterator[str]:
    """Every manifest here, with the cases it names."""
    for entry in git.files(tree):
        if posixpath.basename(entry.path) == NAME:
            yield entry.path
            with contextlib.suppress(FilesNeedMending):
                yield read_declared(entry.path, functools.partial(git.read, tree)).cases_path


def _require(forge: Forge, branch: str, check: str) -> str:
    """Make the branch require the check, in a ruleset of our own; done twice it is done once."""
    try:
        ours = next((one for one in forge.rulesets() if one.get("name") == RULESET), None)
        there = forge.ruleset(int(ours["id"])) if ours else None
        wanted = with_check(there, branch, check)
        if there is not None and all(there.get(key) == value for key, value in wanted.items()):
            return f"ruleset {RULESET} requires it already"
        address = forge.put_ruleset(int(ours["id"]) if ours else None, wanted)
    except Denied as error:
        raise UsageError(error.message, "rules need a token with `administration: write`: a "
                         "personal or an app's one, never a workflow's own") from None
    return f"ruleset {RULESET} requires the check {check} on {branch}: {address}"


def _shown(finding: Finding, style: Style) -> str:
    mark, colour = _MARKS[finding.holds]
    help = f"\n    help: {for_terminal(finding.help, 600)}" if finding.help else ""
    return f"{style.paint(mark, colour)} {for_terminal(finding.words, 600)}{help}\n"
