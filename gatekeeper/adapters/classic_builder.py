"""Building an image with the engine's classic builder, through the SDK."""

from __future__ import annotations

import contextlib
import queue
import re
import socket
import threading
from collections.abc import Iterator
from time import monotonic
from typing import IO, Any

from docker.errors import APIError

from gatekeeper.adapters.build_job import (
    KEPT_LINES,
    LOOK_SECONDS,
    SETTLE_SECONDS,
    Job,
    plain_line,
)
from gatekeeper.adapters.docker_cleanup import forget_layers
from gatekeeper.adapters.waiting import wait_until
from gatekeeper.model import Fault
from gatekeeper.ports import CANCELLED, StartFailed, StartFailure

_STEP = re.compile(r"Step (\d+/\d+) : (.*)")
_LAYER = re.compile(r" ---> ([0-9a-f]{12})$")
_NEEDS_BUILDKIT = re.compile(r"requires BuildKit", re.IGNORECASE)


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
                tag=job.tag, buildargs={**job.build.args, **job.given}, labels=job.labels, rm=True,
                forcerm=True, decode=True,
            ):
                self._put(event)
            self._put(None)
        except Exception as error:  # whatever it is, the thread that waits has to hear of it
            self._put(error)

    def _put(self, item: Any) -> None:
        while not self._over.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put(item, timeout=LOOK_SECONDS)
                return

    def events(self, deadline: float) -> Iterator[dict[str, Any]]:
        """Every event of the build until it is done, cancelled or too slow."""
        while True:
            if self._job.cancelled.is_set():
                raise StartFailed(CANCELLED)
            if monotonic() > deadline:
                raise _TooSlow
            try:
                item = self._said.get(timeout=LOOK_SECONDS)
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

    def __init__(self, job: Job, why_not_buildkit: str) -> None:
        self._job = job
        self._why = why_not_buildkit
        self._makes = False
        self.step = ""
        self.lines: list[str] = []
        self.layers: list[str] = []

    @property
    def fetching(self) -> bool:
        return not self.step or _fetches(self.step.partition(": ")[2])

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    def hear(self, event: dict[str, Any]) -> None:
        if "error" in event:
            raise self.failure(str(event["error"]).strip())
        for line in str(event.get("stream") or event.get("status") or "").splitlines():
            line = plain_line(line)  # the builder paints what a step writes to stderr
            self.lines = [*self.lines[-KEPT_LINES:], line]
            if step := _STEP.match(line):
                self.step = f"step {step[1]}: {step[2]}"
                self._makes = not _fetches(step[2])
                self._job.progress.tick(f"{self._job.side}: {self.step}")
            if line == " ---> Using cache":
                self._makes = False
            if (layer := _LAYER.match(line)) and self._makes:
                self.layers.append(layer[1])
                self._job.made(layer[1])

    def failure(self, words: str) -> StartFailed:
        if _NEEDS_BUILDKIT.search(words):
            words = f"the Dockerfile needs BuildKit, which is not used: {self._why}"
        return self._job.failed(self.step, words, self.log)


def _fetches(instruction: str) -> bool:
    return instruction.upper().startswith("FROM ")


class ClassicBuilder:
    """The engine's classic builder; see `build_job.Builder`."""

    def __init__(self, why_not_buildkit: str) -> None:
        self.name = f"classic ({why_not_buildkit})"
        self._why = why_not_buildkit

    def build(self, job: Job, context: IO[bytes], deadline: float) -> str:
        """Build once; what an unfinished build has made goes with it."""
        if job.secrets:
            raise StartFailed(StartFailure(
                f"`service.build_secrets` needs BuildKit, which is not used: {self._why}",
                Fault.WORLD))
        heard, whole = _Hearing(job, self._why), False
        talk = _Talk(job, context)
        try:
            for event in talk.events(deadline):
                heard.hear(event)
            image = str(job.client.images.get(job.tag).id)
            whole = True
            return image
        except _TooSlow:
            raise job.too_slow(heard.step, heard.fetching, heard.log) from None
        except APIError as error:
            raise heard.failure(error.explanation or str(error)) from None
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
