"""A runbook for a service's README, drafted: what was found is said, and a section of which nothing
is known holds a remark alone, so that it still counts as missing. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from gatekeeper.manifest.types import Manifest
from gatekeeper.neutral import for_markdown, for_markdown_code, for_shell
from gatekeeper.routes.prose import headings, sentences
from gatekeeper.routes.runbook import SECTIONS
from gatekeeper.service.contract import make_request, spelled_out
from gatekeeper.starting.choosing import Chosen
from gatekeeper.starting.survey import Survey

BESIDE = "README-runbook.md"
"""Where it is written when the README is there already: gatekeeper reads it before the README."""
NAME = "assistant"
"""What the commands call image and container."""
_HARMLESS = re.compile(r"[\w./:+-]{1,200}", re.ASCII)
_WHOLE = ("known limits", "how to stop or roll back")
"""Sections that are written out even where the README has one: they owe more than a heading."""


def draft_runbook(found: Survey, chosen: Chosen, manifest: Manifest, readme: str, text: str) -> str:
    """The file. `readme` and `text` are the README that is there: its sections are pointed to."""
    has = _sections_of(text)
    parts = ["# Runbook", "", "Drafted by `gatekeeper init`: read it, and fill in what is a "
             "remark."]
    for name, make in _MAKE.items():
        parts += ["", f"## {name[0].upper()}{name[1:]}", ""]
        if name in has and name not in _WHOLE:
            parts.append(f"See [{readme}]({readme}#{_anchor(has[name])}).")
        else:
            parts += list(make(found, chosen, manifest))
    return "\n".join(parts) + "\n"


def _named(text: str) -> str:
    """A name in a code element: as itself where no character of it means anything."""
    return f"`{text}`" if _HARMLESS.fullmatch(text) else for_markdown(text)


def _sections_of(text: str) -> dict[str, str]:
    """The sections of a runbook that a README has, each with its heading."""
    found: dict[str, str] = {}
    for heading, below in headings(text):
        for name, pattern in SECTIONS.items():
            if below.strip() and re.search(pattern, heading.text.lower()):
                found.setdefault(name, heading.text)
    return found


def _anchor(heading: str) -> str:
    """The fragment by which GitHub knows a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def first_sentence(text: str) -> str:
    """What a README says first, below its title; empty where it says nothing that is short."""
    for one in sentences(text):
        if one.under and not any(one.text == name for name in one.under):
            return one.text if len(one.text) <= 300 else ""
    return ""


def _remark(words: str) -> str:
    return f"<!-- UNKNOWN: {words} -->"


def _task(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    yield _remark("what the service is for, in a sentence")


def _model(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    said = [line.said["model"] for line in (chosen.line, *(one.line for one in chosen.beside))
            if line and "model" in line.said]
    model = next(iter([*said, *([found.settings.model] if found.settings.model else [])]), None)
    if model is None:
        yield _remark("the model's name and revision")
        return
    yield f"- model: {_named(model.value)} ({_named(model.place)})"
    yield "- version: " + _remark("the model's revision or digest")


def _runtime(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    told = False
    base = found.dockerfiles[0].base if found.dockerfiles else None
    if base is not None:
        told = True
        yield f"- built from {_named(base.value)} ({_named(base.place)})"
    for service in chosen.beside:
        told = True
        image = service.image.value if service.image else service.context
        yield f"- needs {_named(service.name)}, {_named(image)}"
    for one in found.runtime[:5]:
        told = True
        yield f"- {_named(one.value)}"
    if not told:
        yield _remark("what it runs on")


def _license(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    yield _remark("the model's licence, and what it asks of users")


def _run(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    service = manifest.service
    image = service.image or NAME
    yield "```sh"
    if service.build:
        named = f" --file {for_shell(f'{service.build.context}/{service.build.dockerfile}')}" \
            if service.build.dockerfile != "Dockerfile" else ""
        yield for_markdown_code(f"docker build --tag {NAME}{named} "
                                f"{for_shell(service.build.context)}")
    if service.build or service.image:
        given = "".join(f" --env {for_shell(f'{name}={value}')}"
                        for name, value in sorted(service.environment.items()))
        given += "".join(f" --env {for_shell(name)}" for name in sorted(service.secrets))
        yield for_markdown_code(f"docker run --detach --name {NAME} --publish "
                                f"127.0.0.1:{service.port}:{service.port}{given} "
                                f"{for_shell(image)}")
    else:
        yield for_markdown_code(" ".join(for_shell(word.replace("{port}", str(service.port)))
                                         for word in service.command))
    yield "```"


def _test(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    url = f"http://127.0.0.1:{manifest.service.port}"
    contract = spelled_out(manifest)
    body = json.dumps(make_request(contract, "Hello", ""), ensure_ascii=True)
    yield "```sh"
    yield for_markdown_code(f"curl --fail --silent {for_shell(url + manifest.service.ready.path)}")
    yield for_markdown_code(f"curl --fail --silent --header 'Content-Type: application/json' "
                            f"--data {for_shell(body)} {for_shell(url + contract.endpoint)}")
    yield "gatekeeper run --url " + for_shell(url)
    yield "```"


def _limits(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    limits = manifest.contract.limits
    length, target = limits.context_length, limits.latency_target
    yield f"- context length: {length} tokens" if length else _remark("how much context it takes")
    yield f"- latency target: {target:g} s" if target else _remark("the latency target")
    yield _remark("which requests are unsupported")
    yield _remark("what becomes of what it is sent: privacy")


def _stop(found: Survey, chosen: Chosen, manifest: Manifest) -> Iterator[str]:
    stop = spelled_out(manifest).stop_path
    if stop.stop:
        yield "```sh"
        yield for_markdown_code(stop.stop.replace("{container}", NAME))
        yield "```"
        yield ""
    yield f"To roll back: {_named(stop.rollback)}" if stop.rollback \
        else _remark("how to roll back")


_MAKE = {"task": _task, "model and version": _model, "runtime": _runtime, "license note": _license,
         "how to run": _run, "how to test": _test, "known limits": _limits,
         "how to stop or roll back": _stop}
