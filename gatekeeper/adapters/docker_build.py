"""Building one side's image from its own tree, with the SDK's classic builder.

The context is a stream of that tree's files, `.dockerignore` honoured: no bind mount, so it works
against any engine, and no file of the host can get in.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import docker
from docker.errors import APIError

from gatekeeper.globs import DockerIgnore
from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import CANCELLED, Progress, StartFailed, StartFailure

_OF_THE_WORLD = re.compile(
    r"no such host|i/o timeout|tls handshake|connection refused|toomanyrequests|timed? ?out"
    r"|temporary failure in name resolution|unexpected eof|network is unreachable"
    r"|no space left|server misbehaving", re.IGNORECASE)
_CHURN = re.compile(
    r"failed to get digest|/(?:imagedb|layerdb)/|layer does not exist|no such image"
    r"|image does not exist|unrecognized image id", re.IGNORECASE)
"""Another build or removal on the same engine took a cached layer away in the middle of ours."""
CHURN_TRIES = 4
_STEP = re.compile(r"Step (\d+/\d+) : (.*)")
_LAYER = re.compile(r" ---> ([0-9a-f]{12})$")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_KEPT_LINES = 40


def context_files(folder: Path, dockerfile: str) -> Iterator[tuple[str, Path]]:
    """Name and path of every file of the build context, sorted."""
    rules = folder / ".dockerignore"
    ignore = DockerIgnore(rules.read_text("utf-8", "replace") if rules.is_file() else "")
    always = {".dockerignore", posixpath.normpath(dockerfile)}
    for root, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if Path(root, name).is_symlink()]
        for name in sorted(names + links):
            path = Path(root, name)
            inside = path.relative_to(folder).as_posix()
            if inside in always or not ignore.ignores(inside):
                yield inside, path


def _context(folder: Path, dockerfile: str) -> IO[bytes]:
    # Ownership and times are the same everywhere, so that equal trees make equal layers.
    out = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, path in context_files(folder, dockerfile):
            info = archive.gettarinfo(str(path), name)
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            with path.open("rb") if info.isreg() else contextlib.nullcontext() as content:
                archive.addfile(info, content)
    out.seek(0)
    return out


class _Builder:
    def __init__(self, client: docker.DockerClient, side: str, progress: Progress,
                 cancelled: threading.Event) -> None:
        self._client = client
        self._cancelled = cancelled
        self._side = side
        self._progress = progress
        self.step = ""
        self.lines: list[str] = []
        self.layers: list[str] = []

    def hear(self, event: dict[str, Any]) -> None:
        if self._cancelled.is_set():
            raise StartFailed(CANCELLED)
        if "error" in event:
            raise StartFailed(self.failure(str(event["error"]).strip()))
        for line in str(event.get("stream") or event.get("status") or "").splitlines():
            line = _COLOURS.sub("", line)  # the builder paints what a step writes to stderr
            self.lines = [*self.lines[-_KEPT_LINES:], line]
            if step := _STEP.match(line):
                self.step = f"step {step[1]}: {step[2]}"
                self._progress.tick(f"{self._side}: {self.step}")
            if layer := _LAYER.match(line):
                self.layers.append(layer[1])

    def failure(self, words: str) -> StartFailure:
        log = "\n".join(self.lines)
        of_the_world = _OF_THE_WORLD.search(words + log) or _CHURN.search(words)
        fault = Fault.WORLD if of_the_world else Fault.CHANGE
        at = f" at {self.step}" if self.step else ""
        if "--mount option requires BuildKit" in words:
            words = "the Dockerfile needs BuildKit, which this engine's API does not offer"
        return StartFailure(f"the build failed{at}: {' '.join(words.split())[:240]}", fault,
                            words, log)

    def forget_layers(self) -> None:
        """A failed build leaves unnamed layers that carry no label; those nobody uses go."""
        for layer in reversed(self.layers):
            with contextlib.suppress(APIError):
                if not self._client.images.get(layer).tags:
                    self._client.images.remove(layer, noprune=True)


def build_image(
    client: docker.DockerClient,
    side: str,
    folder: Path,
    build: Build,
    tag: str,
    labels: dict[str, str],
    progress: Progress,
    cancelled: threading.Event,
) -> str:
    """Build an image and return its id; StartFailed with the step that failed."""
    if not (folder / build.dockerfile).is_file():
        raise StartFailed(StartFailure(f"there is no {build.dockerfile} in the build context",
                                       Fault.CHANGE))
    for tries_left in reversed(range(CHURN_TRIES)):
        try:
            return _build_once(client, side, folder, build, tag, labels, progress, cancelled)
        except StartFailed as failed:
            if not tries_left or not _CHURN.search(failed.failure.detail):
                raise
            progress.say(f"{side}: a cached layer was taken away, building again")
    raise AssertionError("the last try returns or raises")


def _build_once(
    client: docker.DockerClient, side: str, folder: Path, build: Build, tag: str,
    labels: dict[str, str], progress: Progress, cancelled: threading.Event,
) -> str:
    builder = _Builder(client, side, progress, cancelled)
    try:
        with _context(folder, build.dockerfile) as context:
            events = client.api.build(
                fileobj=context, custom_context=True, dockerfile=build.dockerfile, tag=tag,
                buildargs=dict(build.args), labels=labels, rm=True, forcerm=True, decode=True,
            )
            for event in events:
                builder.hear(event)
        return str(client.images.get(tag).id)
    except StartFailed:
        builder.forget_layers()
        raise
    except APIError as error:
        builder.forget_layers()
        raise StartFailed(builder.failure(error.explanation or str(error))) from None
