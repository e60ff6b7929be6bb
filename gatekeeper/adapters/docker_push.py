"""Pushing an image that is on an engine, as it is."""

from __future__ import annotations

import contextlib
import re

from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_cleanup import connect, docker_host
from gatekeeper.errors import CouldNotMeasure
from gatekeeper.github.logins import Login
from gatekeeper.neutral import shortened, visible

PUSH_SECONDS = 1800
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def push_image(image: str, repository: str, tag: str, login: Login | None) -> str:
    """Push an image by its id; `repository@sha256:…`, as the registry has it. The name it needs for
    that is taken off the engine again. CouldNotMeasure where it cannot be pushed."""
    client = connect(docker_host(), timeout=PUSH_SECONDS)
    auth = {"username": login.user, "password": login.password} if login else None
    name, digest = f"{repository}:{tag}", ""
    try:
        client.api.tag(image, repository, tag, force=True)
        for line in client.images.push(repository, tag, stream=True, decode=True,
                                       auth_config=auth):
            if "error" in line:
                raise _failed(repository, line["error"])
            digest = (line.get("aux") or {}).get("Digest", digest)
    except (DockerException, RequestException) as error:
        raise _failed(repository, error) from None
    finally:
        with contextlib.suppress(APIError, RequestException):
            client.images.remove(name, noprune=True)
        client.close()
    if not _DIGEST.fullmatch(digest):
        raise _failed(repository, "the engine does not say under which digest")
    return f"{repository}@{digest}"


def _failed(repository: str, why: object) -> CouldNotMeasure:
    words = shortened(visible(" ".join(str(why).split())), 240)
    return CouldNotMeasure(f"the tested image could not be pushed to {repository}: {words}",
                           "log in to the registry; GitHub's needs `packages: write`")
