"""Building one side's image from its own tree, with the SDK's classic builder.

The context is a stream of that tree's files, `.dockerignore` honoured: no bind mount, so it works
against any engine, and no file of the host can get in: what is followed on the way to the context
is the change's to write, so it must stay in the tree.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import queue
import re
import socket
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

import docker
from docker.errors import APIError

from gatekeeper.adapters.docker_cleanup import forget_layers
from gatekeeper.adapters.waiting import wait_until
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
BUILD_SECONDS = 30 * 60.0
"""How long one side's build may take, tries included. A step can wait for ever, and nobody would
learn which."""
SETTLE_SECONDS = 2.0
"""How long the engine may take to let go of a build that was hung up on."""
_LOOK_SECONDS = 0.05
_STEP = re.compile(r"Step (\d+/\d+) : (.*)")
_LAYER = re.compile(r" ---> ([0-9a-f]{12})$")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_KEPT_LINES = 40


def _refused(words: str) -> StartFailed:
    return StartFailed(StartFailure(words, Fault.CHANGE))


def _inside(root: Path, place: Path, what: str, whole: str) -> Path:
    """Where a path of the manifest leads, links followed; StartFailed where that is not the root.

    A link to `/github` or `/home` is a few bytes in a pull request, and what it leads to would be
    sent to the engine for the change's own Dockerfile to read."""
    try:
        found = place.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop, a name too long, a NUL
        raise _refused(f"{what} leads nowhere") from None
    if not found.is_relative_to(root.resolve()):
        raise _refused(f"{what} leads out of {whole}; nothing outside it is built")
    return found


def build_folder(tree: Path, build: Build) -> Path:
    """The build context as a folder of the exported tree; StartFailed where it is none.

    Neither the context nor `.dockerignore` may be reached through a link even inside the tree: what
    counts as a change is decided by their paths in git, where a link is not followed."""
    what = f"the build context {build.context}"
    folder = _inside(tree, tree / build.context, what, "the tree that is judged")
    if folder != Path(os.path.normpath(tree.resolve() / build.context)):
        raise _refused(f"{what} is reached through a link; name the folder itself")
    dockerfile = folder / build.dockerfile
    _inside(folder, dockerfile, f"the Dockerfile {build.dockerfile}", what)
    if os.path.islink(folder / ".dockerignore"):
        raise _refused(f"{what} has a link as .dockerignore; put the file itself there")
    if not os.path.isfile(dockerfile):
        raise _refused(f"there is no {build.dockerfile} in the build context")
    return folder


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


@dataclass(frozen=True, slots=True)
class Job:
    """One image to build."""

    client: docker.DockerClient
    side: str
    folder: Path
    build: Build
    tag: str
    labels: dict[str, str]
    progress: Progress
    cancelled: threading.Event
    made: Callable[[str], None]
    """Told every layer that this build makes, which nobody else finds if it is cut off."""
    seconds: float = BUILD_SECONDS


class _TooSlow(Exception):
    pass


class _Talk:
    """What the engine says about a build, heard in a thread of its own: a step can be silent for
    ever, and whoever waits for it must be able to hang up."""

    def __init__(self, job: Job, context: IO[bytes]) -> None:
        self._job = job
        self._context = context
        self._said: queue.Queue[Any] = queue.Queue(1024)
        self._answers: list[Any] = []
        self._over = threading.Event()
        # The client tells nobody which socket a build is on, but the session under it has hooks.
        self._hooks = job.client.api.hooks["response"]
        self._hooks.append(self._answered)
        self._thread = threading.Thread(target=self._listen, daemon=True, name=f"build-{job.side}")
        self._thread.start()

    def _answered(self, response: Any, **_: Any) -> None:
        self._answers.append(response)

    def _listen(self) -> None:
        job = self._job
        try:
            for event in job.client.api.build(
                fileobj=self._context, custom_context=True, dockerfile=job.build.dockerfile,
                tag=job.tag, buildargs=dict(job.build.args), labels=job.labels, rm=True,
                forcerm=True, decode=True,
            ):
                self._put(event)
            self._put(None)
        except Exception as error:  # whatever it is, the thread that waits has to hear of it
            self._put(error)

    def _put(self, item: Any) -> None:
        while not self._over.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put(item, timeout=_LOOK_SECONDS)
                return

    def events(self, deadline: float) -> Iterator[dict[str, Any]]:
        """Every event of the build until it is done, cancelled or too slow."""
        while True:
            if self._job.cancelled.is_set():
                raise StartFailed(CANCELLED)
            if monotonic() > deadline:
                raise _TooSlow
            try:
                item = self._said.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def close(self) -> None:
        """Hang up: the engine ends a build that nobody listens to."""
        self._over.set()
        for answer in self._answers:
            connection: Any = getattr(answer.raw, "connection", None)
            with contextlib.suppress(OSError, AttributeError):
                connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(SETTLE_SECONDS)
        self._hooks.remove(self._answered)


class _Hearing:
    """What was heard of one build."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._makes = False
        self.step = ""
        self.lines: list[str] = []
        self.layers: list[str] = []

    def hear(self, event: dict[str, Any]) -> None:
        if "error" in event:
            raise StartFailed(self.failure(str(event["error"]).strip()))
        for line in str(event.get("stream") or event.get("status") or "").splitlines():
            line = _COLOURS.sub("", line)  # the builder paints what a step writes to stderr
            self.lines = [*self.lines[-_KEPT_LINES:], line]
            if step := _STEP.match(line):
                self.step = f"step {step[1]}: {step[2]}"
                self._makes = not _fetches(step[2])
                self._job.progress.tick(f"{self._job.side}: {self.step}")
            if line == " ---> Using cache":
                self._makes = False
            if (layer := _LAYER.match(line)) and self._makes:
                self.layers.append(layer[1])
                self._job.made(layer[1])

    def failure(self, words: str) -> StartFailure:
        log = "\n".join(self.lines)
        of_the_world = _OF_THE_WORLD.search(words + log) or _CHURN.search(words)
        fault = Fault.WORLD if of_the_world else Fault.CHANGE
        at = f" at {self.step}" if self.step else ""
        if "--mount option requires BuildKit" in words:
            words = "the Dockerfile needs BuildKit, which this engine's API does not offer"
        return StartFailure(f"the build failed{at}: {' '.join(words.split())[:240]}", fault,
                            words, log)

    def too_slow(self) -> StartFailure:
        """The step that was under way; fetching what it starts from is nobody's step."""
        fetching = not self.step or _fetches(self.step.partition(": ")[2])
        at = f" at {self.step[:240]}" if self.step else ""
        return StartFailure(f"the build was ended{at}: not done within {self._job.seconds / 60:g} "
                            "min", Fault.WORLD if fetching else Fault.CHANGE,
                            logs="\n".join(self.lines))


def _fetches(instruction: str) -> bool:
    return instruction.upper().startswith("FROM ")


def build_image(job: Job) -> str:
    """Build an image and return its id; StartFailed with the step that failed."""
    deadline = monotonic() + job.seconds
    for tries_left in reversed(range(CHURN_TRIES)):
        try:
            return _build_once(job, deadline)
        except StartFailed as failed:
            if not tries_left or not _CHURN.search(failed.failure.detail):
                raise
            job.progress.say(f"{job.side}: a cached layer was taken away, building again")
    raise AssertionError("the last try returns or raises")


def _build_once(job: Job, deadline: float) -> str:
    heard, whole = _Hearing(job), False
    with _context(job.folder, job.build.dockerfile) as context:
        talk = _Talk(job, context)
        try:
            for event in talk.events(deadline):
                heard.hear(event)
            image = str(job.client.images.get(job.tag).id)
            whole = True
            return image
        except _TooSlow:
            raise StartFailed(heard.too_slow()) from None
        except APIError as error:
            raise StartFailed(heard.failure(error.explanation or str(error))) from None
        except StartFailed:
            raise
        except Exception as error:  # of the connection, in the words of three libraries
            words = " ".join(str(error).split())[:240]
            raise StartFailed(StartFailure(f"the engine broke off the build: {words}",
                                           Fault.WORLD)) from None
        finally:
            talk.close()
            if not whole:
                # A build that was hung up on holds its layers until its container is killed.
                wait_until(lambda: not forget_layers(job.client, heard.layers), SETTLE_SECONDS)
