"""Building an image with BuildKit, through the docker client.

BuildKit's own protocol is not the SDK's; the client speaks it. It gets the context on its standard
input and an environment that is written here: no token, nothing of the job's, and an engine that no
context of a configuration file can change. It runs in a session of its own and is killed with all
that it started; the engine then ends the build.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import select
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO

from docker.errors import ImageNotFound

from gatekeeper.adapters.build_job import LOOK_SECONDS, Job
from gatekeeper.adapters.buildkit_output import Transcript
from gatekeeper.model import Fault
from gatekeeper.ports import CANCELLED, StartFailed, StartFailure

_LONGEST_LINE = 65536
_KEPT = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
         "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What the client is told of our environment: its way to a registry."""
_NAMESPACE = "BUILDKIT_CACHE_MOUNT_NS"
"""Each side has cache mounts of its own: what head's steps write there is not in base's image."""


@dataclass(frozen=True, slots=True)
class DockerClient:
    """A docker client that can build with BuildKit, and the engine it speaks to."""

    path: str
    name: str
    """`docker 26.1.5 with buildx 0.13.1`."""
    host: str

    def settings(self, home: Path) -> dict[str, str]:
        """What nothing else may set. Its configuration may hold credentials for base images; the
        engine and the builder are not the configuration's to choose."""
        configuration = os.environ.get("DOCKER_CONFIG") or str(Path("~/.docker").expanduser())
        return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home),
                "DOCKER_CONFIG": configuration, "DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "1",
                "BUILDX_BUILDER": "default", "BUILDX_CONFIG": str(home / "buildx"),
                "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}

    def environment(self, home: Path, given: Mapping[str, str]) -> dict[str, str]:
        """All that the client knows of the world, with the values of build arguments."""
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        return {**kept, **given, **self.settings(home)}


class _TooSlow(Exception):
    pass


class BuildKitBuilder:
    """BuildKit through the docker client; see `build_job.Builder`."""

    def __init__(self, client: DockerClient, scratch: Path) -> None:
        self.name = f"BuildKit ({client.name})"
        self._client = client
        self._scratch = scratch

    def build(self, job: Job, context: IO[bytes], deadline: float) -> str:
        """Build once. An unfinished build leaves nothing but BuildKit's own cache."""
        heard = Transcript()
        with tempfile.TemporaryDirectory(prefix="build-", dir=self._scratch) as home:
            try:
                code = self._run(job, context, deadline, heard, Path(home))
            except _TooSlow:
                raise job.too_slow(heard.under_way, not heard.under_way, heard.log) from None
            except OSError as error:
                raise StartFailed(StartFailure(
                    f"the docker client cannot be started: {error.strerror}", Fault.WORLD)) \
                    from None
        if code:
            raise self._failure(job, heard, code)
        try:
            # Not by the client's --iidfile: with containerd's images that is another digest.
            return str(job.client.images.get(job.tag).id)
        except ImageNotFound:
            raise StartFailed(StartFailure("the image that was built is gone", Fault.WORLD)) \
                from None

    def _run(self, job: Job, context: IO[bytes], deadline: float, heard: Transcript, home: Path
             ) -> int:
        arguments = build_arguments(job, frozenset(self._client.settings(home)))
        arguments += _mounted(job.secrets, home)
        process = subprocess.Popen(
            [self._client.path, "build", *arguments, "-"],
            env=self._client.environment(home, job.given), stdin=context,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/", start_new_session=True)
        try:
            job.began(process.pid)
            for line in _lines(process, job, deadline):
                if step := heard.hear(line):
                    job.progress.tick(f"{job.side}: {step}")
            return process.wait()
        finally:
            _end(process)

    @staticmethod
    def _failure(job: Job, heard: Transcript, code: int) -> StartFailed:
        if heard.words:
            return job.failed(heard.failed_step, heard.words, heard.log)
        words = " ".join((heard.last_word or f"exit code {code}").split())[:240]
        return StartFailed(StartFailure(f"the docker client broke off the build: {words}",
                                        Fault.WORLD, words, heard.log))


def build_arguments(job: Job, taken: frozenset[str]) -> list[str]:
    """The arguments of `docker build`, but for the context.

    Values of this run's own build arguments are in the client's environment, because everybody sees
    a command line. The manifest's are on it: they are in the repository, and a variable that a
    change may name (`LD_PRELOAD`, `PATH`) could make the client do anything. So are those of a name
    that the environment has taken."""
    arguments = ["--progress=plain", f"--file={posixpath.normpath(job.build.dockerfile)}",
                 f"--tag={job.tag}"]
    arguments += [f"--label={name}={value}" for name, value in job.labels.items()]
    for name, value in {**job.build.args, **job.given}.items():
        hidden = name in job.given and name not in taken
        arguments.append(f"--build-arg={name}" if hidden else f"--build-arg={name}={value}")
    return [*arguments, f"--build-arg={_NAMESPACE}=gatekeeper-{job.side}"]


def _mounted(secrets: Mapping[str, str], home: Path) -> list[str]:
    """Each secret in a file of its own that goes with the build: a variable that a manifest may
    name could make the client do anything."""
    arguments = []
    for number, (name, value) in enumerate(secrets.items()):
        place = home / f"secret-{number}"
        place.touch(mode=0o600)
        place.write_text(value, "utf-8")
        arguments.append(f"--secret=id={name},src={place}")
    return arguments


def _lines(process: subprocess.Popen[bytes], job: Job, deadline: float) -> Iterator[str]:
    """What the client writes, until it is done; hung up on when cancelled or too slow."""
    assert process.stderr is not None
    rest, news = b"", select.poll()
    news.register(process.stderr, select.POLLIN)
    while True:
        if job.cancelled.is_set():
            raise StartFailed(CANCELLED)
        if monotonic() > deadline:
            raise _TooSlow
        if not news.poll(LOOK_SECONDS * 1000):
            continue
        more = os.read(process.stderr.fileno(), _LONGEST_LINE)
        # Split at newlines only: what else ends a line somewhere is a step's to write.
        *lines, rest = (rest + more).split(b"\n")
        if not more or len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        yield from (line.decode("utf-8", "replace") for line in lines)
        if not more:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stderr is not None:
        process.stderr.close()
