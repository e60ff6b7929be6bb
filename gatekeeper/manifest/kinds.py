"""What may stand beside what in `service`: one kind of service, and weights that can be mounted."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from gatekeeper.manifest.service import Service
from gatekeeper.manifest.types import Manifest

Trouble = tuple[tuple[str, ...], str, str]


def one_kind_of_service(manifest: Manifest) -> Iterator[Trouble]:
    """Exactly one way to start it; what belongs to another kind is not left unread."""
    service = manifest.service
    if service.build and service.image:
        yield (("service", "image"), "both `build` and `image` are given: which one is meant?",
               "keep the one that is to be released")
    if not (service.build or service.image or service.command or service.url):
        yield (("service",), "nothing says how to start the service",
               "add `build: .`, `image: …`, `command: […]` or `url: …`")
    if service.url:
        for name in ("build", "image", "command", "models"):
            if getattr(service, name):
                yield (("service", name), f"both `url` and `{name}` are given: a service that runs "
                       "elsewhere is not started here", "keep one of them")
    else:
        for path, given in ((("start",), service.start),
                            (("stop", "command"), service.stop.command)):
            if given:
                yield (("service", *path), f"`{'.'.join(path)}` is for a service at a `url`",
                       "gatekeeper stops by itself what it starts")
    if service.start and not service.stop.command:
        yield (("service", "start"), "what is started here is stopped nowhere",
               "declare `stop: {command: […]}`")


def models_that_fit(manifest: Manifest) -> Iterator[Trouble]:
    """Every file has a place of its own, and the folder is nobody else's."""
    service, seen = manifest.service, set()
    for model in service.models:
        if model.mount in seen:
            yield (("service", "models"), f"two models have the mount {model.mount}",
                   "give each a path of its own")
        seen.add(model.mount)
        if covered := _covered(model.mount, service):
            yield (("service", "models"), f"{model.mount} lies in {covered}, a folder in memory",
                   "mount it elsewhere, or take the folder out of `service.sandbox.tmpfs`")
    for model in service.models:
        if above := next((one for one in sorted(seen) if model.mount.startswith(one + "/")), ""):
            yield (("service", "models"), f"{model.mount} lies below {above}, which is a file",
                   "give each a path of its own")


def _covered(mount: str, service: Service) -> str:
    for folder in service.sandbox.tmpfs:
        if f"{posixpath.normpath(folder)}/" == mount[:len(posixpath.normpath(folder)) + 1]:
            return folder
    return ""
