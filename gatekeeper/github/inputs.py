"""The action's inputs. Pure: an environment in, `Options` out; every complaint names the input."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gatekeeper.cases.share import read_shard
from gatekeeper.errors import UsageError
from gatekeeper.formats.spelling import nearest
from gatekeeper.formats.units import parse_duration
from gatekeeper.github.event import Event
from gatekeeper.github.logins import Logins
from gatekeeper.manifest.contract import MAX_CONCURRENCY
from gatekeeper.manifest.types import MAX_REPEATS
from gatekeeper.options import Options
from gatekeeper.report.visit import name_of_gate

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of the action; action.yml and the README say the same, and a test holds them
    together."""

    name: str
    default: str
    doc: str


INPUTS = (
    Input("manifest", "gatekeeper.yaml",
          "Path of the manifest, relative to the repository's top."),
    Input("mode", "gate",
          "`gate` judges; `release` tags and releases what has proof, on pushes to the default "
          "branch and of tags."),
    Input("evidence", "gatekeeper-evidence",
          "Folder of the workspace into which the evidence pack is written."),
    Input("baseline", "run",
          "What head is held against: `run` starts base in the same job, `none` compares with "
          "nothing."),
    Input("repeats", "", "Times each case is asked on each side; by default what the policy says."),
    Input("concurrency", "", "Requests at a time; by default what the policy says."),
    Input("budget", "",
          "Ask nothing more after this time, as `10m`; by default what the policy says. What was "
          "not reached is undecided."),
    Input("shard", "",
          "Ask only this share of the cases, as `3/8`: one job of a matrix. Its own verdict is "
          "undecided at best."),
    Input("shards", "",
          "Folder of the workspace that holds the packs of all shards, each in a folder of its "
          "own: they are merged and judged, and nothing is started."),
    Input("force", "false", "Run even if nothing that counts changed."),
    Input("build-args", "", "Build arguments for both sides' images, one NAME=VALUE a line."),
    Input("github-token", "${{ github.token }}",
          "Token that reads reviews and branch rules and writes the comment and the check run; it "
          "reaches no service."),
    Input("name", "",
          "Name of this gate where a repository has several; by default the manifest's path tells "
          "them apart."),
    Input("comment", "always",
          "When the pull request's comment is written: `always`, `not-passed` (one that is there "
          "is still brought up to date), or `never`."),
    Input("comment-author", "github-actions[bot]",
          "Login that the token writes comments as; an app's is its name with `[bot]`."),
    Input("check-run", "true",
          "Write a check run with remarks on the lines that matter; without it they are the job's "
          "annotations."),
    Input("required-check", "",
          "Name of the check that the branch's rules must require; by default this job's own, read "
          "from the jobs API."),
    Input("accept-policy", "",
          "Digest of the changed policy that whoever started this `workflow_dispatch` run "
          "accepts."),
    Input("accept-reason", "", "Why the changed policy is right; needed with `accept-policy`."),
    Input("redact", "",
          "Values to keep out of all that is stored or sent, one a line; tokens of known shapes "
          "are kept out by themselves."),
    Input("artifact", "gatekeeper-evidence",
          "On `workflow_run` and in mode `release`: name of the artifact that holds a run's "
          "evidence pack."),
    Input("registry-user", "gatekeeper",
          "Name that the declared registry is logged in to with; of GitHub's any goes with a "
          "token."),
    Input("registry-password", "",
          "Password or token of the declared registry; by default `github-token` where that is "
          "`ghcr.io`."),
    Input("dangerously-run-fork-code-with-secrets-in-reach", "false",
          "Build and start a fork's code on `pull_request_target`, where it can reach the "
          "repository's secrets and write token."),
)


@dataclass(frozen=True, slots=True)
class Manners:
    """How the action behaves as a guest on GitHub."""

    token: str
    """Empty: nothing is read or written."""
    name: str
    """The gate's name in comments and checks."""
    comment: str
    """`always`, `not-passed` or `never`."""
    author: str
    check_run: bool
    required_check: str
    artifact: str
    run_fork_code: bool
    mode: str = "gate"
    """`gate` or `release`."""
    logins: Logins = Logins()
    """How the declared registry is logged in to."""


def _given(environment: Mapping[str, str], name: str) -> str:
    # The runner upper-cases the name and keeps its dashes; act turns dashes into underscores.
    upper = name.upper()
    given = environment.get(f"INPUT_{upper}", environment.get(f"INPUT_{upper.replace('-', '_')}"))
    return (given or "").strip()


def _value(environment: Mapping[str, str], name: str) -> str:
    default = next(one.default for one in INPUTS if one.name == name)
    return _given(environment, name) or default


def _choice(environment: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    text = _value(environment, name)
    if text not in words:
        raise UsageError(f"input `{name}`: unknown word `{text}`", nearest(text, words))
    return text


def _number(environment: Mapping[str, str], name: str, most: int) -> int | None:
    text = _value(environment, name)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal()) or not text.strip("0"):
        raise UsageError(f"input `{name}`: `{text}` is not a whole number above 0")
    if len(text) > len(str(most)) or int(text) > most:
        raise UsageError(f"input `{name}`: `{text}` is more than {most}")
    return int(text)


def _read(environment: Mapping[str, str], name: str, read: Callable[[str], Value]) -> Value | None:
    text = _given(environment, name)
    try:
        return read(text) if text else None
    except ValueError as error:
        raise UsageError(f"input `{name}`: {error}") from None


def _flag(environment: Mapping[str, str], name: str) -> bool:
    text = _value(environment, name).lower()
    if text not in ("true", "false"):
        raise UsageError(f"input `{name}`: `{text}` is neither true nor false",
                         nearest(text, ("true", "false")))
    return text == "true"


def _build_args(environment: Mapping[str, str]) -> dict[str, str]:
    args = {}
    for line in _value(environment, "build-args").splitlines():
        name, equals, value = line.strip().partition("=")
        if "\0" in line or (line.strip() and not (name and equals)):
            raise UsageError(f"input `build-args`: `{line.strip()}` is not NAME=VALUE")
        if name:
            args[name] = value
    return args


def _manifest(text: str) -> str:
    """A name, not a place: what the change links it to must not choose the judge."""
    if text.startswith("/") or posixpath.normpath(text).startswith(".."):
        raise UsageError(f"input `manifest`: `{text}` is not below the workspace")
    return posixpath.normpath(text)


def _below(folder: Path, text: str, name: str) -> Path:
    place = (folder / text).resolve()
    if folder.resolve() not in place.parents:
        raise UsageError(f"input `{name}`: `{text}` is not below the workspace")
    return place


def read_manners(environment: Mapping[str, str]) -> Manners:
    """How to behave on GitHub; UsageError names the input that is wrong."""
    return Manners(
        token=_given(environment, "github-token"),  # no default of ours: the runner fills it in
        name=name_of_gate(_given(environment, "name"), _value(environment, "manifest")),
        comment=_choice(environment, "comment", ("always", "not-passed", "never")),
        author=_value(environment, "comment-author"),
        check_run=_flag(environment, "check-run"),
        required_check=_given(environment, "required-check"),
        artifact=_value(environment, "artifact"),
        run_fork_code=_flag(environment, "dangerously-run-fork-code-with-secrets-in-reach"),
        mode=_choice(environment, "mode", ("gate", "release")),
        logins=Logins(_value(environment, "registry-user"),
                      _given(environment, "registry-password"),
                      _given(environment, "github-token")),
    )


def secret_lines(environment: Mapping[str, str]) -> tuple[str, ...]:
    """What the input `redact` names."""
    return tuple(filter(None, map(str.strip, _given(environment, "redact").splitlines())))


def manifest_input(environment: Mapping[str, str]) -> str:
    """The manifest's path in the repository; UsageError where it leads out of it."""
    return _manifest(_value(environment, "manifest"))


def shards_input(environment: Mapping[str, str], workspace: Path) -> Path | None:
    """Where the packs of all shards are; None where something is to be run."""
    given = _given(environment, "shards")
    return _below(workspace, given, "shards") if given else None


def read_inputs(environment: Mapping[str, str], event: Event, workspace: Path) -> Options:
    """The options of an action's run; UsageError names the input that is wrong."""
    return Options(
        folder=workspace,
        manifest=manifest_input(environment),
        runtime="docker",  # the process runtime would run pull-request code beside the token
        evidence=_below(workspace, _value(environment, "evidence"), "evidence"),
        baseline=_choice(environment, "baseline", ("run", "none")),
        repeats=_number(environment, "repeats", MAX_REPEATS),
        concurrency=_number(environment, "concurrency", MAX_CONCURRENCY),
        budget=_read(environment, "budget", parse_duration) or None,
        shard=_read(environment, "shard", read_shard),
        accept_policy=_given(environment, "accept-policy"),
        reason=_given(environment, "accept-reason"),
        force=_flag(environment, "force"),
        build_args=_build_args(environment),
        event=event,
    )
