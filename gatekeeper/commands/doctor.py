"""`gatekeeper doctor`: does this machine have what a run needs? Reads, and with `--deep` starts one
container for a moment; changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from gatekeeper import __version__
from gatekeeper.adapters.console import emit
from gatekeeper.adapters.git import Git
from gatekeeper.adapters.weights import cache_folder
from gatekeeper.cases.file import read_cases
from gatekeeper.commands.scratch import scratch_folder
from gatekeeper.doctor.engine import engine_findings
from gatekeeper.doctor.finding import Finding, State, exit_code, missing, ok, rendered, warn
from gatekeeper.errors import CouldNotMeasure, ExitCode, FilesNeedMending, GatekeeperError
from gatekeeper.formats.canonical import plain, to_json
from gatekeeper.manifest.models import Kind
from gatekeeper.manifest.parse import NAME
from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest
from gatekeeper.manifest.witnesses import OwnChecks
from gatekeeper.policy.declared import Declared, read_declared, standards

OLDEST_GIT = (2, 38)
"""`git merge-tree --write-tree` makes the test merge at a desk."""
NOT_BEFORE = 1_767_225_600
"""2026-01-01: a clock before it is wrong, and waivers expire by it."""

PROBE = OwnChecks().image
"""An image with a Python, whose container publishes a port for a moment."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments."""

    folder: Path
    manifest: str
    base: str
    deep: bool
    as_json: bool


def doctor_command(asked: Asked) -> ExitCode:
    """Look at everything; the exit code says whether a run can be made here."""
    with scratch_folder() as scratch:
        found = list(_all(asked, scratch))
    if asked.as_json:
        emit(to_json([plain(one) for one in found]))
    else:
        emit("\n".join(rendered(found)) + "\n")
    return exit_code(found)


def _all(asked: Asked, scratch: Path) -> Iterator[Finding]:
    yield ok("gatekeeper", f"{__version__} on Python {platform.python_version()}")
    yield _git()
    declared, found = _repository(asked, scratch)
    yield from found
    manifest = declared.manifest if declared else None
    service = manifest.service if manifest else None
    if service is None or not service.url:
        yield from _engine(asked, scratch, service)
    if manifest is not None:
        yield from _secrets(manifest)
        yield from _weights(manifest.service)
    yield from _github()
    yield _clock()


def _clock() -> Finding:
    if time.time() < NOT_BEFORE:
        return missing("clock", "it is before 2026", "set it: waivers and certificates expire by "
                       "it")
    return ok("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()))


def _git() -> Finding:
    path = shutil.which("git")
    if path is None:
        return missing("git", "there is none", "install git")
    done = subprocess.run([path, "--version"], capture_output=True, check=False, timeout=20)
    said = done.stdout.decode("utf-8", "replace").strip()
    numbers = re.search(r"(\d+)\.(\d+)", said)
    if numbers and (int(numbers[1]), int(numbers[2])) < OLDEST_GIT:
        return warn("git", said, "2.38 is the oldest that makes a test merge; without it the "
                    "working tree is judged as it is")
    return ok("git", said)


def _repository(asked: Asked, scratch: Path) -> tuple[Declared | None, list[Finding]]:
    try:
        git = Git(asked.folder, scratch)
    except GatekeeperError as error:
        return None, [missing("repository", error.message, error.help or "run it in one")]
    found = [_base(git, asked.base)]
    where = os.path.relpath(asked.folder / (asked.manifest or NAME), git.top)
    try:
        declared = read_declared(where, lambda name: _text(git.top / name))
    except FilesNeedMending as error:
        return None, [*found, Finding("manifest", State.WRONG, str(error), "`gatekeeper check`")]
    rows, _ = read_cases(declared.cases_text, declared.cases_path, standards(declared.manifest))
    return declared, [*found, ok("manifest", f"{where} is sound"),
                      ok("cases", f"{len(rows)} in {declared.cases_path}")]


def _text(place: Path) -> bytes | None:
    return place.read_bytes() if place.is_file() else None


def _base(git: Git, wanted: str) -> Finding:
    ref = wanted or git.default_branch() or ""
    commit = git.commit(ref) if ref else None
    if commit is None:
        return missing("base", f"{ref or 'the default branch'} is not in this clone",
                       "`git fetch origin`, or name another with --base")
    if git.is_shallow():
        return warn("base", f"{ref} at {commit[:12]}; history is cut off",
                    "actions/checkout needs `fetch-depth: 2` at least")
    return ok("base", f"{ref} at {commit[:12]}")


def _engine(asked: Asked, scratch: Path, service: Service | None) -> Iterator[Finding]:
    from gatekeeper.adapters.engine_facts import look_at_engine  # noqa: PLC0415 - 100 ms

    images = [service.image] if service and service.image else []
    try:
        facts = look_at_engine(images, scratch, PROBE if asked.deep else "", token_hex(6))
    except CouldNotMeasure as error:
        if service is not None and service.command:
            yield warn("engine", error.message, "the process runtime would be taken, at a desk")
        else:
            yield missing("engine", error.message, error.help)
        return
    yield from engine_findings(facts, service, sides=2)


def _secrets(manifest: Manifest) -> Iterator[Finding]:
    for asker, name in _asked_for(manifest):
        yield ok("secret", f"{name} is set ({asker})") if os.environ.get(name) else missing(
            "secret", f"{name} is not set, which {asker} needs",
            "set it in this environment; in a workflow with `env`")


def _asked_for(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Who needs a secret -> its name."""
    fallback = manifest.drill.fallback if manifest.drill else None
    keys = {"contract.auth": manifest.contract.auth,
            "drill.fallback": fallback.auth if fallback else None,
            **{name: getattr(manifest, name).auth for name in sorted(manifest.witnesses)}}
    yield from ((asker, auth.secret) for asker, auth in keys.items() if auth is not None)
    yield from (("service.build_secrets", name) for name in manifest.service.build_secrets)
    yield from ((f"service.environment.{variable}", name)
                for variable, name in sorted(manifest.service.secrets.items()))


def _weights(service: Service) -> Iterator[Finding]:
    cache = cache_folder("")
    for model in service.models:
        if model.origin.kind is Kind.PATH:
            there = Path(model.origin.place).is_file()
            yield ok("model", f"{model.from_} is here") if there else missing(
                "model", f"{model.from_} is not on this machine", "put it there, or name another "
                "place in `service.models`")
        elif (cache / model.sha256).is_file():
            yield ok("model", f"{model.name} is in the cache {cache}")
        else:
            yield warn("model", f"{model.name} will be fetched from {model.from_} into {cache}")


def _github() -> Iterator[Finding]:
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    token = any(os.environ.get(name) for name in ("INPUT_GITHUB-TOKEN", "GITHUB_TOKEN"))
    yield ok("token", "GITHUB_TOKEN is set") if token else warn(
        "token", "no GitHub token is set here", "without one there is no comment, and no review "
        "is read; the exit code still blocks")
