"""One image to build, and how a build that failed is told, whoever built it."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import docker

from gatekeeper.manifest.service import Build
from gatekeeper.model import Fault
from gatekeeper.ports import Progress, StartFailed, StartFailure

_OF_THE_WORLD = re.compile(
    r"no such host|i/o timeout|tls handshake|connection refused|toomanyrequests|timed? ?out"
    r"|temporary failure in name resolution|unexpected eof|network is unreachable"
    r"|no space left|server misbehaving|code = unavailable|error reading from server",
    re.IGNORECASE)
CHURN = re.compile(
    r"failed to get digest|/(?:imagedb|layerdb)/|layer does not exist|no such image"
    r"|image does not exist|unrecognized image id", re.IGNORECASE)
"""Another build or removal on the same engine took a cached layer away in the middle of ours."""
BUILD_SECONDS = 30 * 60.0
"""How long one side's build may take, tries included. A step can wait for ever, and nobody would
learn which."""
SETTLE_SECONDS = 2.0
"""How long the engine may take to let go of a build that was hung up on."""
LOOK_SECONDS = 0.05
KEPT_LINES = 40
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_HERE_DOCUMENT = re.compile(rb"^\s*(?:RUN|COPY|ADD)\s[^\n]*<<-?[\"']?\w",
                            re.MULTILINE | re.IGNORECASE)
_UNKNOWN = re.compile(r"unknown instruction: \S*", re.IGNORECASE)


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
    made: Callable[[str], None] = lambda layer: None
    """Told every layer that this build makes, which nobody else finds if it is cut off."""
    began: Callable[[int], None] = lambda group: None
    """Told the process group of a client that builds, which would go on without us."""
    given: Mapping[str, str] = field(default_factory=dict)
    """Build arguments of this run. They win over the manifest's, and nobody else may see them."""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What steps may mount by name, and nobody else may see."""
    seconds: float = BUILD_SECONDS

    def failed(self, step: str, words: str, log: str) -> StartFailed:
        """The failure of a build at a step (`step 3/7: RUN make`, or nothing) in its words."""
        of_the_world = _OF_THE_WORLD.search(words + log) or CHURN.search(words)
        fault = Fault.WORLD if of_the_world else Fault.CHANGE
        at = f" at {step[:240]}" if step else ""
        look = " → look at that step's last lines" if step else ""
        if of_the_world:
            look = " → look at the network and the disk of the engine's machine"
        if _UNKNOWN.search(words) and self._has_here_document():
            words += "; a here-document needs BuildKit of Docker 23 or newer"
        return StartFailed(StartFailure(
            f"the build failed{at}: {' '.join(words.split())[:240]}{look}", fault, words, log))

    def too_slow(self, step: str, fetching: bool, log: str) -> StartFailed:
        """The failure of a build that was not done in time. Fetching what it starts from is
        nobody's step."""
        at = f" at {step[:240]}" if step else ""
        return StartFailed(StartFailure(
            f"the build was ended{at}: not done within {self.seconds / 60:g} min",
            Fault.WORLD if fetching else Fault.CHANGE, logs=log))

    def _has_here_document(self) -> bool:
        return bool(_HERE_DOCUMENT.search((self.folder / self.build.dockerfile).read_bytes()))


class Builder(Protocol):
    """What builds images: BuildKit through the docker client, or the engine's classic builder."""

    name: str
    """What environment.json calls it."""

    def build(self, job: Job, context: IO[bytes], deadline: float) -> str:
        """Build once, by a time of the monotonic clock, and return the image's id; StartFailed with
        the step that failed, was under way when time was up, or was cancelled."""


def plain_line(line: str) -> str:
    """A line of a build's log without colours, and without what a progress bar drew over."""
    return _COLOURS.sub("", line).rstrip("\r").rpartition("\r")[2]
