"""All that is found in a service's folder, as one value. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.starting.code import App, apps, code_interface
from gatekeeper.starting.commands import ServerLine, in_script
from gatekeeper.starting.compose import ComposeService, compose_services
from gatekeeper.starting.dockerfile import Dockerfile, dockerfiles
from gatekeeper.starting.found import Found
from gatekeeper.starting.interface import Interface
from gatekeeper.starting.openapi import openapi_interface
from gatekeeper.starting.prompts import Prompts, prompts_in
from gatekeeper.starting.questions import deepeval_in, questions_in, sources_in, topic_in
from gatekeeper.starting.settings import Settings, settings_in
from gatekeeper.trees.working import Files

_SCRIPTS = r"(?:.*/)?(?:[\w.-]+\.sh|procfile|makefile|justfile|modelfile)"
_RUNTIME = r"(?:requirements[\w.-]*\.txt|pyproject\.toml|poetry\.lock|uv\.lock|pipfile(?:\.lock)?" \
           r"|environment\.ya?ml|modelfile)"
_WEIGHTS = r"(?:.*/)?[^/]+\.(?:gguf|safetensors|onnx)"
_ADAPTER = r"(?:(?:.*/)?(?:adapters?|loras?)/.+|(?:.*/)?adapter_config\.json)"
_PROMPTFOO = r"(?!node_modules/)(?:.*/)?promptfooconfig[\w.-]*\.(?:ya?ml|json)"
_FROM_CODE = re.compile(r"(?:getenv|environ\.get)\(\s*[\"'](\w*(?:URL|HOST|BASE|ENDPOINT)\w*)[\"']"
                        r"\s*,\s*[\"'](https?://[^\"'\s]+)[\"']")


@dataclass(frozen=True, slots=True)
class Survey:
    """What is there."""

    dockerfiles: tuple[Dockerfile, ...]
    compose: tuple[ComposeService, ...]
    scripts: tuple[ServerLine, ...]
    interface: Interface
    apps: tuple[App, ...]
    prompts: Prompts
    settings: Settings
    questions: tuple[Found, ...]
    sources: Found | None
    topic: Found | None
    adapters: tuple[Found, ...]
    runtime: tuple[Found, ...]
    weights: tuple[Found, ...]
    upstream: tuple[tuple[str, Found], ...]
    """Variables that name another server, with the default that code has for each."""
    promptfoo: str
    """Path of a configuration; empty for none."""
    deepeval: tuple[Found, ...]
    tags: tuple[str, ...]
    """Git tags."""
    branch: str
    """The default branch."""


def survey(files: Files, tags: tuple[str, ...], branch: str) -> Survey:
    """Look at everything once."""
    described = openapi_interface(files)
    written = code_interface(files)
    sources = sources_in(files)
    return Survey(
        tuple(dockerfiles(files)), tuple(compose_services(files)),
        tuple(line for path, text in files.texts(_SCRIPTS, 30) for line in in_script(path, text)),
        Interface(described.routes or written.routes, described.health or written.health),
        tuple(apps(files)), prompts_in(files), settings_in(files), tuple(questions_in(files)),
        sources, topic_in(files, sources.value) if sources else None,
        tuple(_folders(files.matching(_ADAPTER, 50))),
        tuple(Found(path, path) for path in files.matching(_RUNTIME, 20)),
        tuple(Found(path, path) for path in files.matching(_WEIGHTS, 20)),
        tuple(_upstream(files)), next(files.matching(_PROMPTFOO, 1), ""),
        tuple(deepeval_in(files)), tags, branch)


def _folders(paths: Iterator[str]) -> Iterator[Found]:
    """The folder of adapters that each lies in, once."""
    seen = set()
    for path in paths:
        parts = path.split("/")
        at = next((index for index, part in enumerate(parts[:-1])
                   if re.fullmatch(r"adapters?|loras?", part.lower())), len(parts) - 2)
        pattern = "/".join([*parts[: at + 1], "**"]) if len(parts) > 1 else path
        if pattern not in seen:
            seen.add(pattern)
            yield Found(pattern, path)


def _upstream(files: Files) -> Iterator[tuple[str, Found]]:
    for path, text in files.texts(r"(?!(?:.*/)?tests?/).*\.py", 200):
        for number, line in enumerate(text.splitlines(), 1):
            if len(line) < 1000 and (found := _FROM_CODE.search(line)):
                yield found[1], Found(found[2], path, number)
