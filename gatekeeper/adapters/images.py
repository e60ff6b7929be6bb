"""The image of a service that is not built here: found on the engine, or pulled from its registry.

What is on the engine under a tag may be older than what the registry has there now. A digest cannot
move; a tag that came from a registry is asked about, and what is there now is what is run.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound
from requests.exceptions import RequestException

from gatekeeper.adapters.docker_faults import fault_of, words_of
from gatekeeper.model import Fault
from gatekeeper.ports import StartFailed, StartFailure

_DENIED = re.compile(r"denied|unauthorized|no basic auth|authentication required|forbidden|401|403",
                     re.IGNORECASE)
_ABSENT = re.compile(r"manifest unknown|not found|no such image|name unknown", re.IGNORECASE)
LOGIN = "→ look at `docker login` for its registry, and DOCKER_CONFIG where this runs in the action"
ABSENT = "→ look at the tag or digest in `service.image`"
UNREACHABLE = "→ look at the registry's address, and at the network between it and the engine"


@dataclass(frozen=True, slots=True)
class Image:
    """An image that is on the engine, and how it came there."""

    id: str
    about: dict[str, Any]
    """For the evidence: what was asked for, its digest, and whether a registry confirmed it."""


def find_image(client: docker.DockerClient, reference: str, say: Callable[[str], None]) -> Image:
    """The image that a reference means now; StartFailed where there is none."""
    try:
        here = client.images.get(reference)
    except ImageNotFound:
        return _pull(client, reference, say, "")
    known = _digest_in(here.attrs, reference)
    about = {"reference": reference, "digest": known}
    if "@" in reference:
        return Image(str(here.id), {**about, "origin": "was on the engine, named by its digest"})
    if not known:
        say(f"{reference} was made on this engine, and is not looked for in a registry")
        return Image(str(here.id), {**about, "origin": "made on the engine"})
    try:
        now = str(client.images.get_registry_data(reference).id)
    except (APIError, DockerException, RequestException) as error:
        words = words_of(error) if isinstance(error, APIError) else str(error)
        say(f"{reference} is taken as it is on the engine: its registry does not say what it has "
            f"there now ({' '.join(words.split())[:120]})")
        return Image(str(here.id), {**about, "origin": "was on the engine, unconfirmed"})
    if now == known:
        return Image(str(here.id), {**about, "origin": "was on the engine, as the registry has it"})
    say(f"{reference} has moved: the engine has {known[:19]}, the registry {now[:19]}")
    return _pull(client, reference, say, known)


def _pull(client: docker.DockerClient, reference: str, say: Callable[[str], None], before: str
          ) -> Image:
    say(f"pulling {reference}")
    try:
        image: Any = client.images.pull(reference)
    except APIError as error:
        raise _not_pulled(words_of(error), fault_of(error)) from None
    except (DockerException, RequestException) as error:  # a credential helper, an engine gone
        raise _not_pulled(" ".join(str(error).split()), Fault.WORLD) from None
    about = {"reference": reference, "digest": _digest_in(image.attrs, reference),
             "origin": "pulled"}
    return Image(str(image.id), {**about, "moved_from": before} if before else about)


def _not_pulled(words: str, fault: Fault) -> StartFailed:
    """Whose doing it is: a name that is not there is the change's; what may only be a missing
    login, or a registry that does not answer, is not."""
    look = UNREACHABLE
    if "may require" in words or "repository does not exist" in words:
        look = f"{ABSENT}, or at `docker login`"  # a registry that does not say which of the two
    elif _DENIED.search(words):
        look, fault = LOGIN, Fault.WORLD
    elif _ABSENT.search(words):
        look = ABSENT
    return StartFailed(StartFailure(f"the image cannot be pulled: {words[:240]} {look}", fault,
                                    words))


def _digest_in(attributes: dict[str, Any], reference: str) -> str:
    """The digest that the engine keeps of an image for the repository of a reference; empty for an
    image that no registry of that name has given."""
    wanted = repository_of(reference)
    for known in attributes.get("RepoDigests") or ():
        repository, _, digest = str(known).partition("@")
        if repository_of(repository) == wanted:
            return digest
    return ""


def repository_of(reference: str) -> str:
    """A reference without tag and digest, as the engine spells it."""
    name = reference.partition("@")[0]
    head, slash, tail = name.rpartition("/")
    name = f"{head}{slash}{tail.partition(':')[0]}"
    return name.removeprefix("docker.io/").removeprefix("library/")
