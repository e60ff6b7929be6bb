"""Which of the things that were found is the service: how it is started, where it listens, what it
needs. Pure."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace

from gatekeeper.starting.commands import LLAMA_CPP, OLLAMA, VLLM, ServerLine
from gatekeeper.starting.compose import ComposeService
from gatekeeper.starting.dockerfile import Dockerfile
from gatekeeper.starting.found import Found
from gatekeeper.starting.survey import Survey

MODEL_SERVERS = (VLLM, LLAMA_CPP, OLLAMA)
_PORTS = {VLLM: "8000", LLAMA_CPP: "8080", OLLAMA: "11434"}
_HEALTH = {VLLM: "/health", LLAMA_CPP: "/health", OLLAMA: "/"}
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE", re.IGNORECASE)
_LOGIN = re.compile(r"://[^/@\s]+@")
_HOST = re.compile(r"^(?:\w+://)?([\w.-]+)(?::\d+)?(?:/|$)")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RUNNERS = ("GITHUB_", "INPUT_", "ACTIONS_", "RUNNER_", "STATE_", "GATEKEEPER_")
_PORT_WORD = re.compile(r"\$\{?PORT\b[^}]*\}?|\d{2,5}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The service, as the manifest will have it."""

    build: Found | None = None
    """Folder that it is built from."""
    dockerfile: str = ""
    """Inside that folder, where it is not called `Dockerfile`."""
    image: Found | None = None
    command: tuple[str, ...] = ()
    command_from: Found | None = None
    server: str = ""
    """The model server, where the service is one itself."""
    line: ServerLine | None = None
    """Its own command line."""
    port: Found | None = None
    health: Found | None = None
    environment: dict[str, Found] = field(default_factory=dict)
    secrets: dict[str, Found] = field(default_factory=dict)
    upstream: dict[str, Found] = field(default_factory=dict)
    """Variables that hold the address of another service."""
    beside: tuple[ComposeService, ...] = ()
    """Services of the compose file that it needs."""
    unsaid: Found | None = None
    """A command line that the image is given, and that a manifest has no key for."""


def choose(found: Survey) -> Chosen:
    """The service that the gate starts."""
    own = _of_compose(found)
    docker = _dockerfile(found, own)
    line = (docker.line if docker else None) or (own.line if own else None)
    server = line.server if line and line.server in MODEL_SERVERS else ""
    if docker is None and (own is None or own.image is None):
        chosen = _without_docker(found)
    else:
        chosen = Chosen(
            *_built(docker, own), image=None if docker else own.image if own else None,
            server=server, line=line,
            unsaid=line.place if line and own and not docker else None)
        words = _at_a_desk(docker, found) if docker and not server else ()
        chosen = replace(chosen, command=words, command_from=docker.command[0]
                         if docker and words else None)
    chosen = replace(chosen, port=_port(docker, own, line, server),
                     health=_health(docker, own, found, server))
    return _surroundings(found, own, chosen)


def _of_compose(found: Survey) -> ComposeService | None:
    """One that is built here and listens; else one that serves a model."""
    built = [one for one in found.compose if one.context]
    needing = [one for one in built if one.needs]
    listening = [one for one in built if one.port]
    serving = [one for one in found.compose if one.line and one.line.server in MODEL_SERVERS]
    both = [one for one in listening if one in needing]
    return next(iter([*both, *listening, *needing, *built, *serving]), None)


def _dockerfile(found: Survey, own: ComposeService | None) -> Dockerfile | None:
    if own and own.context:
        wanted = posixpath.normpath(posixpath.join(own.context, own.dockerfile or "Dockerfile"))
        named = [one for one in found.dockerfiles if one.path == wanted]
        if named:
            return named[0]
    if own and own.image and not own.context:
        return None
    return next(iter(found.dockerfiles), None)


def _built(docker: Dockerfile | None, own: ComposeService | None) -> tuple[Found | None, str]:
    """Context, and the Dockerfile's path in it."""
    if docker is None:
        return None, ""
    folder = posixpath.dirname(docker.path)
    context = own.context if own and own.context and not own.context.startswith("..") else folder
    context = posixpath.normpath(context or ".")
    place = own.place if own and own.context else Found("", docker.path)
    inside = posixpath.relpath(docker.path, context)
    return place.saying(context), "" if inside == "Dockerfile" else inside


def _at_a_desk(docker: Dockerfile, found: Survey) -> tuple[str, ...]:
    """The container's command as it would be typed in the folder, where that can be told: what it
    imports must be there under the same name."""
    words = [word.value for word in docker.command]
    if not words or not docker.line or docker.line.server in MODEL_SERVERS:
        return ()
    known = {app.name.value for app in found.apps}
    if not any(word in known for word in words):
        return ()
    out = [re.sub(r"^0\.0\.0\.0(?=$|:)", "127.0.0.1", word) for word in words]
    for index, word in enumerate(out):
        before = out[index - 1] if index else ""
        if before == "--port" or word.startswith("--port="):
            out[index] = _PORT_WORD.sub("{port}", word)
        elif before in ("-b", "--bind") or word.startswith("--bind="):
            out[index] = re.sub(r":(?:\$\{?PORT\b[^}]*\}?|\d{2,5})$", ":{port}", word)
    if not any("{port}" in word for word in out):
        out += ["--port", "{port}"]
    return tuple(out) if all(word and "$" not in word for word in out) else ()


def _without_docker(found: Survey) -> Chosen:
    app = next(iter(found.apps), None)
    if app is None:
        return Chosen()
    return Chosen(command=("uvicorn", app.name.value, "--host", "127.0.0.1", "--port", "{port}"),
                  command_from=app.name)


def _port(docker: Dockerfile | None, own: ComposeService | None, line: ServerLine | None,
          server: str) -> Found | None:
    """Said by the command, the compose file, the image; else what the server is known for."""
    told = [line.said.get("port") if line else None, own.port if own else None,
            docker.port if docker else None]
    if bound := line.said.get("bind") if line else None:
        told.insert(0, bound.saying(bound.value.rpartition(":")[2]))
    usual = Found(_PORTS[server], f"what {server} listens on") if server else None
    return next((one for one in (*told, usual)
                 if one and one.value.isdecimal() and 0 < int(one.value) < 65536), None)


def _health(docker: Dockerfile | None, own: ComposeService | None, found: Survey, server: str
            ) -> Found | None:
    told = [own.health if own else None, docker.health if docker else None,
            None if server else found.interface.health,
            Found(_HEALTH[server], f"what {server} answers") if server else None]
    return next((one for one in told if one and re.fullmatch(r"/[!-~]*", one.value)), None)


def _surroundings(found: Survey, own: ComposeService | None, chosen: Chosen) -> Chosen:
    """Variables, secrets by name alone, and what else the service needs."""
    names = {one.name: one for one in found.compose if one is not own}
    plain: dict[str, Found] = {}
    secrets: dict[str, Found] = {}
    upstream: dict[str, Found] = {}
    for name, value in (own.environment if own else {}).items():
        if not _NAME.fullmatch(name):
            continue
        host = _HOST.match(value.value)
        if _SECRET.search(name) or _LOGIN.search(value.value) or "redacted:" in value.value:
            if not name.upper().startswith(_RUNNERS):
                secrets[name] = value
        elif host and host[1] in names:
            upstream[name] = value
        elif value.value and name != "PORT":
            plain[name] = value
    if not chosen.server:
        for name, value in found.upstream:
            if name not in plain and name not in secrets:
                upstream.setdefault(name, value)
    hosts = {host[1] for value in upstream.values() if (host := _HOST.match(value.value))}
    needed = (*(own.needs if own else ()), *hosts)
    beside = tuple(names[name] for name in dict.fromkeys(needed) if name in names)
    return replace(chosen, environment=plain, secrets=secrets, upstream=upstream, beside=beside)
