"""The one place that chooses what builds images: BuildKit where a docker client that can is there
and the engine takes it, else the engine's classic builder. It says which, and why."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import monotonic
from typing import Any

from gatekeeper.adapters.build_context import pack_context
from gatekeeper.adapters.build_job import CHURN, Builder, Job
from gatekeeper.adapters.buildkit_builder import BuildKitBuilder, DockerClient
from gatekeeper.adapters.classic_builder import ClassicBuilder
from gatekeeper.ports import StartFailed

CHURN_TRIES = 4
OLDEST_API = (1, 41)
"""Docker 20.10's, the oldest engine on which BuildKit was tried."""
BUILT_IN_BEFORE = 23
"""Clients before this version can speak to BuildKit by themselves; those since need buildx."""
_ASKED_SECONDS = 20


def choose_builder(host: str, scratch: Path) -> Builder:
    """What builds images on an engine."""
    path = shutil.which("docker")
    if path is None:
        return ClassicBuilder("there is no docker client here")
    with tempfile.TemporaryDirectory(prefix="client-", dir=scratch) as home:
        client = DockerClient(path, "", host)
        environment = client.environment(Path(home), {})
        said = _answer([path, "version", "--format", "{{json .}}"], environment)
        buildx = _answer([path, "buildx", "version"], environment)
    name, why = judge_client(said, buildx)
    return ClassicBuilder(why) if why else BuildKitBuilder(DockerClient(path, name, host), scratch)


def _answer(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints; nothing where it fails."""
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False,
                              capture_output=True, cwd="/", timeout=_ASKED_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def judge_client(said: str, buildx: str) -> tuple[str, str]:
    """A client's name, and why it cannot build with BuildKit on its engine; empty where it can.

    `said` is what `docker version --format '{{json .}}'` printed, `buildx` what `docker buildx
    version` did."""
    try:
        told: Any = json.loads(said)
        version, api = str(told["Client"]["Version"]), str(told["Server"]["ApiVersion"])
        numbers = tuple(int(part) for part in api.split(".")[:2])
        major = int(version.partition(".")[0])
    except (ValueError, KeyError, TypeError):
        return "", "the docker client does not speak with this engine"
    name = f"docker {version.partition('+')[0]}"
    if numbers < OLDEST_API:
        return name, f"the engine's API {api} is too old for it"
    if major < BUILT_IN_BEFORE:
        return name, ""
    if words := buildx.split():
        plugin = next((word for word in words if word.lstrip("v")[:1].isdigit()), "")
        return f"{name} with buildx {plugin.partition('+')[0]}".rstrip(), ""
    return name, f"{name} has no buildx"


def build_image(job: Job, builder: Builder) -> str:
    """Build an image and return its id; StartFailed with the step that failed."""
    deadline = monotonic() + job.seconds
    for tries_left in reversed(range(CHURN_TRIES)):
        try:
            with pack_context(job.folder, job.build.dockerfile) as context:
                return builder.build(job, context, deadline)
        except StartFailed as failed:
            if not tries_left or not CHURN.search(failed.failure.detail):
                raise
            job.progress.say(f"{job.side}: a cached layer was taken away, building again")
    raise AssertionError("the last try returns or raises")
